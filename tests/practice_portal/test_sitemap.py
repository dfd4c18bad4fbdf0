"""What search engines are told: which pages there are, and which to leave alone."""

import re

import pytest

from tests.factories import (
    days_away,
    make_activity,
    make_article,
    make_brand,
    make_centre,
    make_role_model,
    make_station,
    make_team,
)

PAGES = [
    "/",
    "/activities/",
    "/stations/",
    "/teams/",
    "/brands/",
    "/role-models/",
    "/role-models/notice/",
    "/role-models/nominate/",
    "/figures/",
    "/doors/help/",
    "/doors/report/",
    "/doors/progress/",
    "/news/",
    "/rules/",
    "/about/",
    "/leading-group/",
    "/plan/",
    "/privacy/",
    "/accessibility/",
]


def locations(response) -> list[str]:
    return re.findall(r"<loc>(.*?)</loc>", response.content.decode())


def test_sitemap_lists_every_page_that_residents_may_find(client, db):
    make_centre()
    station = make_station(slug="nanhu")
    activity = make_activity(station=station)
    brand = make_brand(station=station)
    team = make_team(station=station)
    role_model = make_role_model(station=station, has_consented=True)
    article = make_article(station=station)
    # What residents do not see is not told either.
    hidden = make_station(slug="hidden", is_public=False)
    make_activity(station=hidden)
    make_activity(station=station, status="draft")
    make_brand(station=hidden)
    make_role_model(station=station, has_consented=False)
    make_role_model(station=station, status="notice")
    make_team(station=station, ended_on=days_away(-1))
    make_article(station=station, status="draft")

    response = client.get("/sitemap.xml")

    assert response.headers["Content-Type"] == "application/xml"
    assert locations(response) == [
        f"http://testserver{path}"
        for path in [
            *PAGES,
            "/stations/nanhu/",
            f"/activities/{activity.pk}/",
            f"/news/{article.pk}/",
            f"/brands/{brand.pk}/",
            f"/role-models/{role_model.pk}/",
            f"/teams/{team.pk}/",
        ]
    ]


def test_sitemap_gives_the_public_address_where_one_is_configured(client, db, settings):
    settings.SITE = settings.SITE | {"base_url": "https://portal.example.org"}

    found = locations(client.get("/sitemap.xml"))

    assert found == [f"https://portal.example.org{path}" for path in PAGES]


def test_sitemap_pages_all_answer(client, db):
    make_station(slug="nanhu")

    found = locations(client.get("/sitemap.xml"))

    assert {client.get(address).status_code for address in found} == {200}


@pytest.mark.parametrize("path", ["/sitemap.xml", "/robots.txt", "/favicon.ico"])
def test_pages_for_machines_refuse_other_methods(client, db, path):
    assert client.post(path).status_code == 405


def test_robots_are_kept_from_staff_pages_and_shown_the_sitemap(client, db):
    response = client.get("/robots.txt")

    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().splitlines() == [
        "User-agent: *",
        "Disallow: /admin/",
        "Disallow: /reports/",
        "Disallow: /my/",
        "Disallow: /large-text/",
        "Disallow: /*.ics$",
        "Disallow: /*.pdf$",
        "Sitemap: http://testserver/sitemap.xml",
    ]


def test_robots_are_told_the_public_address(client, db, settings):
    settings.SITE = settings.SITE | {"base_url": "https://portal.example.org"}

    text = client.get("/robots.txt").content.decode()

    assert text.endswith("\nSitemap: https://portal.example.org/sitemap.xml\n")


def test_favicon_is_found_by_its_old_name(client, db):
    response = client.get("/favicon.ico")

    assert (response.status_code, response.headers["Location"]) == (
        302,
        "/static/icons/favicon.ico",
    )
