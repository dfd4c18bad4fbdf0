"""Every public page answers, whatever is in the database (its content is tested with its app)."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from tests.factories import (
    days_away,
    make_activity,
    make_article,
    make_article_picture,
    make_attachment,
    make_booking,
    make_brand,
    make_demand,
    make_held_session,
    make_membership,
    make_partner_unit,
    make_platform,
    make_posting,
    make_role_model,
    make_session,
    make_signup,
    make_team,
    make_venue,
    make_whistle,
)
from tests.public_pages import (
    POST_ONLY,
    REDIRECTS,
    SAMPLES,
    STAFF,
    addresses,
    form_addresses,
    public_urls,
    sure_addresses,
    with_arguments,
    without_arguments,
)


@pytest.fixture
def small_street(centre, station, other_station):
    """Two stations with a little of everything, and things of which half is missing."""
    make_posting(station=station, duty="head")
    venue = make_venue(station=station)
    make_platform(station=station).venues.add(venue)
    make_booking(venue=venue)
    brand = make_brand(station=station)
    make_brand(station=other_station, ended_on=days_away(-1))
    team = make_team(station=station, is_featured=True, partner_unit=make_partner_unit())
    make_membership(team=team)
    activity = make_activity(
        station=station, brand=brand, cohosts=[other_station, centre], festival="mid_autumn"
    )
    make_signup(session=make_session(activity=activity, venue=venue, capacity=30, days=3))
    make_session(activity=activity, address="3号楼前空地", days=0)
    make_session(activity=activity, status="cancelled", days=4)
    make_held_session(activity=activity)
    make_session(activity=make_activity(station=centre), days=5)
    make_activity(station=other_station)
    make_role_model(station=station, has_consented=True, deed="", code="ABCD2345")
    make_role_model(station=other_station, status="notice")
    article = make_article(station=station)
    make_article_picture(article=article)
    make_attachment(article=article)
    make_article(station=centre, kind="rules")
    make_article(station=centre, kind="page", slug="about")
    make_article(station=other_station, status="draft")
    make_demand(station=station)
    make_whistle(station=station)


def codes_of(client, pages) -> dict[str, int]:
    return {page: client.get(page).status_code for page in pages}


def all_ok(pages) -> dict[str, int]:
    return dict.fromkeys(pages, 200)


def test_public_pages_are_found():
    names = set(public_urls())

    assert {"home", "figures", "stations:station-list", "activities:activity-list"} <= names
    assert set(with_arguments()) == set(SAMPLES), "every URL with arguments needs a sample"
    assert set(without_arguments()) >= REDIRECTS


def test_public_pages_answer_on_an_empty_database(client, db):
    pages = [reverse(name) for name in without_arguments() if name not in REDIRECTS | POST_ONLY]

    assert codes_of(client, pages) == all_ok(pages)


def test_public_pages_of_what_is_not_there_say_so(client, db):
    pages = [reverse(name, args=[SAMPLES[name][1]]) for name in with_arguments()]

    assert codes_of(client, pages) == dict.fromkeys(pages, 404)


def test_public_pages_answer_on_a_small_street(client, small_street):
    pages = addresses()

    assert codes_of(client, pages) == all_ok(pages)


def test_public_pages_answer_on_the_demo_street(client, demo_noon):
    pages = addresses()

    assert codes_of(client, pages) == all_ok(pages)


def test_public_pages_answer_to_staff_too(client, small_street, clerk):
    client.force_login(clerk)
    pages = addresses()

    assert codes_of(client, pages) == all_ok(pages)


def test_public_pages_refuse_to_be_written_to(client, small_street):
    pages = {*addresses(), *map(reverse, REDIRECTS)} - {*form_addresses(), *sure_addresses()}

    codes = {page: client.post(page).status_code for page in pages}

    assert codes == dict.fromkeys(pages, 405)


def test_public_pages_that_only_take_a_form_are_not_looked_at(client, db):
    pages = [reverse(name) for name in POST_ONLY & set(without_arguments())]

    assert codes_of(client, pages) == dict.fromkeys(pages, 405)


def test_public_pages_with_a_form_bear_an_empty_one(client, small_street):
    pages = form_addresses()

    codes = {page: client.post(page).status_code for page in pages}

    assert codes == dict.fromkeys(pages, 200)


def test_public_pages_that_redirect_stay_with_us(client, db):
    for name in REDIRECTS:
        for there in (
            "https://evil.example/",
            "//evil.example/",
            "/\\evil.example",
            "javascript:1",
        ):
            response = client.get(reverse(name), {"next": there})
            assert response.status_code == 302
            assert response["Location"] == "/"


def test_public_pages_have_a_title_and_a_description_of_their_own(client, small_street):
    heads = {}
    for page in addresses():
        answer = client.get(page)
        if answer.streaming:
            continue  # a file
        html = answer.content.decode()
        title = re.search(r"<title>(.*) - 钢城街道新时代文明实践中心</title>", html)[1]
        description = re.search(r'<meta name="description" content="(.*)">', html)[1]
        assert 15 <= len(unescape(description)) <= 120, page
        heads[page] = title, description

    titles, descriptions = zip(*heads.values(), strict=True)
    assert len(set(titles)) == len(set(descriptions)) == len(heads)


def test_public_pages_carry_the_strict_policy(small_street):
    client = Client()
    for page in addresses():
        policy = client.get(page)["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe-inline" not in policy


#: The pages that read what stands in their address.
ASKED = [
    *("/", "/activities/", "/search/", "/figures/", "/stations/", "/stations/nanhu/", "/where/"),
    *("/teams/", "/news/", "/rules/", "/role-models/", "/my/"),
]


@pytest.mark.parametrize(
    "query",
    [
        "on=x&until=x&days=x&audience=x&kind=x&by=x&to=x&category=x&page=x",
        "on=2026-13-45&station=%00&platform=%27&year=99999999999&page=-1&q=%00&next=%00",
        "on=9999-12-31&page=9999999999999999999999",
        "on=0001-01-01&until=9999-12-31",
        "on=2026-11-28&until=2026-11-01&q=a&kind=x",
        "q=a&kind=teams&page=-1",
        "station=" + "9" * 300 + "&q=" + "a" * 300,
    ],
)
def test_public_pages_that_are_asked_bear_any_query(client, small_street, query):
    """All of them, with worse, in test_fuzz.py; here each still answers with its page."""
    pages = [f"{page}?{query}" for page in ASKED]

    assert codes_of(client, pages) == all_ok(pages)


@pytest.mark.parametrize("name", sorted(STAFF))
def test_staff_pages_ask_a_stranger_to_log_in(client, db, name):
    address = {
        "admin": "admin:index",
        "reports": "reports:month-list",
        "account": "account:handover",
    }[name]

    response = client.get(reverse(address))

    assert response.status_code == 302
    assert response["Location"].startswith(reverse("admin:login"))
