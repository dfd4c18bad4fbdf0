"""The street office can take any public page down at once (DESIGN law 10)."""

import re
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.urls import reverse

from stations.public_page_admin import PublicPageAdmin
from stations.public_pages import PublicPage, PublicPageQuerySet, public_pages
from tests.factories import (
    make_activity,
    make_article,
    make_attachment,
    make_brand,
    make_role_model,
    make_session,
    make_signup,
    make_team,
)
from tests.public_pages import SAMPLES, WITHOUT_ROW, addresses, with_arguments

PAGES = sorted(set(with_arguments()) - WITHOUT_ROW)


@pytest.fixture
def street(centre, station, other_station):
    """A page of each kind, each linked to from the others, and something beside it."""
    brand = make_brand(station=station)
    activity = make_activity(station=station, brand=brand, cohosts=[other_station])
    make_session(activity=activity, days=0)
    make_signup(session=make_session(activity=activity, days=3, capacity=20))
    make_session(activity=make_activity(station=station), days=2)
    make_brand(station=other_station)
    make_role_model(station=station, has_consented=True, code="ABCD2345")
    make_role_model(station=station, status="notice")
    make_team(station=station)
    make_team(station=other_station)
    make_attachment(article=make_article(station=station))
    make_article(station=station)


def sample(name) -> str:
    samples, _ = SAMPLES[name]
    return reverse(name, args=[next(iter(samples()))])


def row_of(client, url) -> PublicPage:
    return client.get(url).wsgi_request.public_page


def pages_linking_to(client, url, pages) -> list[str]:
    link = re.compile(rf'href="{re.escape(url)}["#?]')
    answers = {page: client.get(page) for page in pages}
    return [
        page
        for page, answer in answers.items()
        if not answer.streaming and link.search(answer.content.decode())
    ]


def test_every_kind_of_page_is_named_once():
    assert set(public_pages()) >= {"station", "brand", "activity"}
    assert len(PAGES) >= 3
    assert set(with_arguments()) >= WITHOUT_ROW


@pytest.mark.parametrize("name", PAGES)
def test_page_of_a_row_is_gone_at_once_and_comes_back(client, street, director, name):
    url = sample(name)
    page = row_of(client, url)
    assert isinstance(page, PublicPage)
    assert page.get_absolute_url() == url
    asked = f"/search/?q={quote(str(page)[:20])}"
    others = [asked, *(each for each in addresses() if each != url)]
    linking = pages_linking_to(client, url, others)
    assert linking != [], "nothing to drop it from"

    page.take_down(by=director, reason="照片里有别人家的门牌")

    gone = client.get(url)
    assert gone.status_code == 410
    assert "这一页已经下线了" in gone.content.decode()
    assert "照片里有别人家的门牌" not in gone.content.decode()
    assert pages_linking_to(client, url, others) == []
    assert f"{url}</loc>" not in client.get("/sitemap.xml").content.decode()

    page.put_back(by=director, reason="换了照片")

    assert client.get(url).status_code == 200
    assert pages_linking_to(client, url, linking) == linking


@pytest.mark.parametrize("name", PAGES)
def test_page_shows_its_bar_to_the_street_office_only(client, street, director, clerk, name):
    url = sample(name)
    page = row_of(client, url)
    take_down = f"/reports/pages/{page._meta.model_name}/{page.pk}/take-down/"
    assert "工作人员：" not in client.get(url).content.decode()

    client.force_login(director)
    assert f'<a href="{take_down}">下线这一页</a>' in client.get(url).content.decode()
    client.force_login(clerk)
    html = client.get(url).content.decode()

    assert "编辑</a>" in html
    assert "下线这一页" not in html


@pytest.mark.parametrize("name", PAGES)
def test_bar_costs_a_resident_nothing(client, street, name):
    response = client.get(sample(name))

    assert response.cookies == {}
    assert response.wsgi_request.session.accessed is False


@pytest.mark.parametrize("model", public_pages().values(), ids=lambda model: model.__name__)
def test_page_has_its_query_and_its_admin(model):
    assert isinstance(model._default_manager.all(), PublicPageQuerySet)
    assert isinstance(admin.site._registry[model], PublicPageAdmin)
    assert hasattr(model, "get_absolute_url")
