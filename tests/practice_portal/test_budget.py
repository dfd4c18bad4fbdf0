"""How often a public page asks the database: the same on a street ten times as large."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import (
    at,
    make_activity,
    make_article,
    make_article_picture,
    make_attachment,
    make_brand,
    make_centre,
    make_compound,
    make_held_session,
    make_membership,
    make_partner_unit,
    make_platform,
    make_posting,
    make_role_model,
    make_session,
    make_station,
    make_team,
    make_venue,
)

QUERIES = {
    "/": 9,  # one more where nothing has been entered yet
    "/activities/": 7,
    "/activities/?station=nanhu&days=two_weeks": 7,
    "/activities/?on=2026-11-25": 7,
    "/activities/?on=2026-11-25&until=2026-11-28&audience=everyone&q=理发": 7,
    "/activities/2026-11/": 3,
    "/activities/2026-11/?station=nanhu": 3,
    "/activities/{activity}/": 9,
    "/activities/calendar.ics": 9,
    "/activities/stations/nanhu.ics": 9,
    "/activities/sessions/{session}.ics": 8,
    "/search/": 1,
    "/search/?q=示例": 11,
    "/search/?q=示例&kind=teams": 3,
    "/brands/": 2,
    "/role-models/": 6,
    "/role-models/notice/": 2,
    "/role-models/nominate/": 2,
    "/role-models/{role_model}/": 4,
    "/brands/{brand}/": 5,
    "/stations/": 4,
    "/stations/?by=compound": 4,
    "/where/": 3,
    "/where/?q=示例": 3,
    "/stations/nanhu/": 13,
    "/teams/": 5,
    "/teams/?station=nanhu&kind=neighbour": 5,
    "/teams/{team}/": 3,
    "/news/": 6,
    "/news/?station=nanhu&kind=notice": 6,
    "/news/{article}/": 5,
    "/rules/": 3,
    "/about/": 4,
    "/figures/": 4,
    "/doors/help/": 2,
    "/doors/report/": 2,
    "/doors/progress/": 2,
    "/my/": 1,
    "/privacy/": 2,
    "/accessibility/": 1,
}


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(at("2026-11-24", "10:00"), tick=False):
        yield


def furnish(station, *, times: int) -> dict:
    """A station with so much of everything that a page shows; the last of each."""
    brand = make_brand(station=station)
    make_posting(station=station, duty="head")
    unit = make_partner_unit()
    steward = make_posting(station=station, duty="steward")
    for number in range(times):
        make_compound(station=station, steward=steward)
        venue = make_venue(station=station)
        make_platform(station=station).venues.add(venue)
        team = make_team(station=station, is_featured=True, partner_unit=unit)
        make_membership(team=team)
        activity = make_activity(station=station, brand=brand, cohosts=[make_station()])
        session = make_session(activity=activity, venue=venue, days=1)
        make_session(activity=activity, days=2 + number)
        make_session(activity=activity, days=3).take("cancel", remark="停电")
        make_held_session(activity=activity, story="来了不少人。")
        article = make_article(station=station)
        make_article_picture(article=article)
        make_attachment(article=article)
        make_article(station=station, kind="notice")
        make_article(station=station, kind="rules")
        make_role_model(station=station, status="notice")
        role_model = make_role_model(station=station, has_consented=True)
        role_model.talks.add(activity)
    return {
        "brand": brand,
        "role_model": role_model,
        "activity": activity,
        "session": session,
        "team": team,
        "article": article,
    }


def asked(client, rows: dict) -> dict[str, int]:
    """How many queries each page takes now."""
    keys = {name: row.pk for name, row in rows.items()}
    found = {}
    for address in QUERIES:
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address.format(**keys)).status_code == 200, address
        found[address] = len(queries)
    return found


def test_public_pages_ask_as_often_on_a_street_ten_times_as_large(client, db):
    nanhu = make_station(slug="nanhu")
    about = make_article(station=make_centre(), kind="page", slug="about")
    rows = furnish(nanhu, times=1)
    brand, activity, article = rows["brand"], rows["activity"], rows["article"]
    assert asked(client, rows) == QUERIES

    for venue in nanhu.venues.all():
        for number in range(9):
            make_session(activity=activity, venue=venue, days=10 + number)
            make_held_session(activity=activity, days=-10 - number)
    for _ in range(9):
        make_article_picture(article=article)
        make_attachment(article=about)
    activity.cohosts.add(*[make_station() for _ in range(9)])
    brand.ended_on = brand.started_on
    brand.save()
    furnish(nanhu, times=9)
    for _ in range(9):
        furnish(make_station(), times=2)

    assert asked(client, rows) == QUERIES
    assert max(QUERIES.values()) <= 13
