"""站点体检: what is amiss on the site, with where it is mended."""

import re
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.db import models
from django.utils import timezone

from activities.models import Activity, Brand, RoleModel
from practice_portal.lib import checkups
from practice_portal.lib.pictures import PictureField
from practice_portal.lib.stock import StockModel
from stations.models import Article, ArticlePicture, Platform, Station, Venue
from stations.public_pages import public_pages
from tests.factories import (
    at,
    days_away,
    make_activity,
    make_article,
    make_article_picture,
    make_brand,
    make_centre,
    make_demand,
    make_held_session,
    make_picture_file,
    make_platform,
    make_posting,
    make_role_model,
    make_session,
    make_team,
    make_venue,
    make_whistle,
)
from volunteers.models import Organisation, PartnerUnit

PAGE = "/reports/check-up/"

#: One for each check (one for each kind of page of what is offline), and who asks.
QUERIES = 36


@pytest.fixture(autouse=True)
def november(db):
    with time_machine.travel("2026-11-23 10:00 +0800", tick=False):
        yield


@pytest.fixture
def sound(centre, station):
    """A street with nothing amiss."""
    for each in (centre, station):
        each.intro = "有屋子，有活动。"
        each.save()
    make_posting(station=station, duty="head", name="示例负责人")
    make_brand(station=station)
    activity = make_activity(station=station, status="draft")
    make_session(activity=activity, days=3)
    activity.take("publish")
    for make in (make_venue, make_platform, make_team):
        make(station=station)
    make_role_model(station=station, has_consented=True)
    for kind in ("news", "notice", "rules"):
        make_article(station=centre, kind=kind)
    for slug in ("about", "leading-group", "plan"):
        make_article(station=centre, kind="page", slug=slug)
    return activity


def found() -> dict[str, list[tuple]]:
    asked = checkups.Asked(Station.objects.in_force(), timezone.now())
    results = {each.code: list(each.find(asked)) for each in checkups.declared()}
    return {
        code: [(finding.text, finding.url) for finding in findings]
        for code, findings in results.items()
        if findings
    }


def test_sound_street_has_nothing_amiss(sound):
    assert found() == {}


def test_checks_are_declared_once_each():
    codes = [each.code for each in checkups.declared()]

    assert len(codes) == len(set(codes)) >= 14


def _lacking(field):
    def spoil(station, activity):
        Station.objects.filter(pk=station.pk).update(**{field: ""})
        return [("南湖社区", f"/admin/stations/station/{station.pk}/change/")]

    return spoil


def _without_head(station, activity):
    station.postings.filter(duty="head").update(until=days_away(-1))
    return [("南湖社区", f"/admin/stations/station/{station.pk}/change/")]


def _without_brand(station, activity):
    station.brands.update(ended_on=days_away(-1))
    return [("南湖社区", "/admin/activities/brand/add/")]


def _without_story(station, activity):
    brand = station.brands.get()
    station.brands.update(story="")
    return [(f"“{brand}”", f"/admin/activities/brand/{brand.pk}/change/")]


def _nothing_on(station, activity):
    activity.sessions.update(starts_at=at("2026-12-08"), ends_at=at("2026-12-08", "11:30"))
    return [("南湖社区", "/admin/activities/activity/add/")]


def _home_is_stale(station, activity):
    activity.changes.update(at=timezone.now() - timedelta(days=14))
    return [("首页：两周里没有发布新的活动", "/admin/activities/activity/add/")]


def _no_result(station, activity):
    session = make_session(activity=activity, days=-1)
    return [(str(session), f"/admin/activities/session/{session.pk}/change/")]


def _unanswered(station, activity):
    demand = make_demand(station=station, submitted_at=at("2026-11-18"))
    make_demand(station=station, submitted_at=at("2026-11-19"))
    make_demand(station=station, submitted_at=at("2026-11-01"), status="returned")
    words = "想学用手机：11月18日（周三）收到，还没有答复"
    return [(words, f"/admin/services/demand/{demand.pk}/change/")]


def _unfinished(station, activity):
    demand = make_demand(station=station, submitted_at=at("2026-10-23"), status="accepted")
    words = "想学用手机：10月23日（周五）收到，还没办结"
    return [(words, f"/admin/services/demand/{demand.pk}/change/")]


def _whistle(station, activity):
    whistle = make_whistle(station=station, raised_on=at("2026-11-17").date())
    make_whistle(station=station, raised_on=at("2026-11-18").date())
    words = "井盖松动：11月17日（周二）收到，还没有答复"
    return [(words, f"/admin/services/whistle/{whistle.pk}/change/")]


def _no_news(station, activity):
    Article.objects.filter(kind="news").update(published_at=at("2026-11-09", "09:59"))
    return [("“动态”两周没有新的一条", "/admin/stations/article/add/")]


def _no_notices(station, activity):
    Article.objects.filter(kind="notice").update(published_at=at("2026-05-01"))
    return [("“通知公告”半年没有新的一条", "/admin/stations/article/add/")]


def _empty_page(station, activity):
    Article.objects.get(slug="plan").take("withdraw", remark="要重写")
    return [("“实施方案”还没有正文", "/admin/stations/article/add/")]


def _ended(rows, kind):
    def spoil(station, activity):
        getattr(station, rows).update(ended_on=days_away(-1))
        return [("南湖社区", f"/admin/{kind}/add/")]

    return spoil


def _no_rules(station, activity):
    Article.objects.get(kind="rules").take("withdraw", remark="要重写")
    return [("“制度文件”里一篇也没有", "/admin/stations/article/add/")]


def _no_role_model(station, activity):
    station.role_models.all().delete()
    return [("“身边的榜样”里一个人也没有", "/admin/activities/rolemodel/")]


def _no_caption(station, activity):
    article = Article.objects.get(kind="news")
    make_article_picture(article=article)
    make_article_picture(article=article, caption="IMG_2034.jpg")
    words = f"“{article.title}”的图片，说明现在是“IMG_2034.jpg”"
    return [(words, f"/admin/stations/article/{article.pk}/change/")]


def _brand_picture(station, activity):
    old = make_brand(
        station=station,
        started_on=days_away(-99),
        ended_on=days_away(-9),
        slogan="",
        story="照片",
        picture=make_picture_file(),
    )
    return [(f"“{old}”", f"/admin/activities/brand/{old.pk}/change/")]


#: Every check, and what makes it find one thing.
SPOILT = {
    "stations.no_phone": _lacking("phone"),
    "stations.no_opening_hours": _lacking("opening_hours"),
    "stations.no_address": _lacking("address"),
    "stations.no_intro": _lacking("intro"),
    "stations.no_head": _without_head,
    "stations.no_news": _no_news,
    "stations.no_notices": _no_notices,
    "stations.empty_pages": _empty_page,
    "activities.no_brand": _without_brand,
    "activities.brand_without_story": _without_story,
    "activities.nothing_on": _nothing_on,
    "activities.home_is_stale": _home_is_stale,
    "activities.no_result": _no_result,
    "activities.brand_picture_without_words": _brand_picture,
    "activities.no_role_model": _no_role_model,
    "stations.picture_without_words": _no_caption,
    "stations.no_venue": _ended("venues", "stations/venue"),
    "stations.no_platform": _ended("platforms", "stations/platform"),
    "stations.no_rules": _no_rules,
    "volunteers.no_team": _ended("teams", "volunteers/team"),
    "services.demand_unanswered": _unanswered,
    "services.demand_unfinished": _unfinished,
    "services.whistle_unanswered": _whistle,
}


@pytest.mark.parametrize(("code", "spoil"), SPOILT.items())
def test_check_finds_what_is_amiss_and_nothing_else(sound, station, code, spoil):
    expected = spoil(station, sound)

    assert found() == {code: expected}


def test_check_finds_what_is_taken_down(sound, station, director):
    brand = station.brands.get()
    brand.take_down(by=director, reason="故事抄错了")

    assert found() == {
        "stations.offline": [
            (f"{brand}：故事抄错了", f"/admin/activities/brand/{brand.pk}/change/")
        ]
    }


def test_joint_activity_is_on_at_both(sound, station, other_station):
    sound.cohosts.add(other_station)

    assert "activities.nothing_on" not in found()


def test_every_check_is_tried():
    assert {*SPOILT, "stations.offline"} == {each.code for each in checkups.declared()}


# What is demanded, by what the site shows: a new column, field or picture asks for its check ------

#: The street's own, which no page of a station lists.
NO_COLUMN = {Station, Organisation, PartnerUnit}

COLUMNS = {*public_pages().values()} | {
    model for model in apps.get_models() if issubclass(model, StockModel)
}

#: Where the page itself says what a picture shows, or the row cannot be without its words.
SAID_BESIDE = {Station, Activity, RoleModel}

WITH_PICTURE = [
    model
    for model in apps.get_models()
    if any(isinstance(field, PictureField) for field in model._meta.fields)
]

SILENT = {
    ArticlePicture: lambda station: (
        make_article_picture(article=make_article(station=station), caption="　").article
    ),
    Brand: lambda station: make_brand(
        station=station, slogan="", story="", picture=make_picture_file()
    ),
}


def links() -> set[str]:
    return {url for findings in found().values() for _, url in findings}


def test_empty_street_is_told_of_every_column(centre, station):
    forms = links()

    untold = [
        model._meta.label
        for model in COLUMNS - NO_COLUMN
        if not any(f"/{model._meta.app_label}/{model._meta.model_name}/" in url for url in forms)
    ]
    assert {Venue, Platform, Brand} < COLUMNS
    assert untold == []


def test_empty_street_is_told_of_every_kind_of_article_and_of_every_page(centre):
    words = "".join(text for findings in found().values() for text, _ in findings)
    asked = [*Article.Kind, *Article.Page]

    untold = [each.value for each in asked if f"“{each.label}”" not in words]
    assert untold == ["page", "privacy"]  # the page of personal data has its own text


@pytest.mark.parametrize(
    "field",
    [
        field.name
        for field in Station._meta.fields
        if field.blank and isinstance(field, models.CharField | models.TextField)
    ],
)
def test_station_is_told_of_every_empty_field_of_its_page(sound, station, field):
    Station.objects.filter(pk=station.pk).update(**{field: ""})

    assert links() == {f"/admin/stations/station/{station.pk}/change/"}


@pytest.mark.parametrize("model", WITH_PICTURE, ids=lambda model: model._meta.object_name)
def test_every_kind_of_picture_is_asked_for_words(centre, station, model):
    if model in SAID_BESIDE:
        return
    row = SILENT[model](station)

    meta = row._meta
    assert f"/admin/{meta.app_label}/{meta.model_name}/{row.pk}/change/" in links()


@pytest.mark.parametrize(
    ("words", "is_silent"),
    [
        *(
            (words, True)
            for words in ("", "　", "图片1", "IMG_2034.jpg", "微信图片_20261123", "照片（二）")
        ),
        *((words, True) for words in ("活动照片", "1", "配图。", "图片第三张", "无")),
        *(
            (words, False)
            for words in ("师傅在拧阀门", "图书室一角", "合影前排是老人", "3号楼前的雪扫净了")
        ),
    ],
)
def test_words_that_say_nothing(words, is_silent):
    assert bool(re.search(checkups.SAYS_NOTHING, words)) is is_silent


def test_links_of_the_page_have_names_that_differ(client, director, station, other_station):
    client.force_login(director)

    html = client.get(PAGE).content.decode()

    names = re.findall(
        r'<a href="/admin/[^"]+">(去[改添]<span class="visually-hidden">.*?</span>)', html
    )
    assert len(names) == len(set(names)) > 10


def test_street_office_sees_all_in_the_streets_order(client, director, station, other_station):
    client.force_login(director)

    response = client.get(PAGE)

    brands = next(
        each for each in response.context["amiss"] if each["checkup"].code == "activities.no_brand"
    )
    assert [station.name for station, _ in brands["findings"]] == ["南湖社区", "示例邻社区"]
    assert "/admin/activities/brand/add/" in response.content.decode()


def test_station_sees_its_own_part(client, clerk, station, other_station):
    make_centre()
    make_demand(station=other_station, title="别人家的需求", submitted_at=at("2026-11-01"))
    client.force_login(clerk)

    response = client.get(PAGE)

    stations = {
        found.station_id for each in response.context["amiss"] for _, found in each["findings"]
    }
    assert stations == {station.pk}
    assert "别人家的需求" not in response.content.decode()


def test_check_up_needs_the_same_queries_whatever_it_finds(
    client, director, station, other_station, django_assert_num_queries
):
    client.force_login(director)
    with django_assert_num_queries(QUERIES):
        client.get(PAGE)
    for _ in range(5):
        make_demand(station=station, submitted_at=at("2026-11-01"))
        make_session(activity=make_activity(station=other_station), days=-2)
        make_held_session(activity=make_activity(station=station))

    with django_assert_num_queries(QUERIES):
        client.get(PAGE)


def test_stranger_and_visitor_do_not_see_it(client, station):
    assert client.get(PAGE).url.startswith("/admin/login/")
    assert client.post(PAGE).status_code == 302
