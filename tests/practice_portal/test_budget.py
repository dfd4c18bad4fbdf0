"""How often a public page asks the database: at most ten times, however large the street is."""

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.factories import (
    at,
    make_activity,
    make_brand,
    make_centre,
    make_held_session,
    make_membership,
    make_partner_unit,
    make_platform,
    make_posting,
    make_session,
    make_station,
    make_team,
    make_venue,
)

QUERIES = {
    "/": 6,
    "/activities/": 6,
    "/activities/?station=nanhu&days=two_weeks": 6,
    "/activities/?on=2026-11-25": 6,
    "/activities/{activity}/": 7,
    "/brands/": 2,
    "/brands/{brand}/": 4,
    "/stations/": 2,
    "/stations/nanhu/": 10,
    "/figures/": 2,
    "/doors/help/": 2,
    "/doors/report/": 2,
    "/doors/progress/": 2,
    "/my/": 1,
    "/privacy/": 1,
}


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(at("2026-11-24", "10:00"), tick=False):
        yield


def furnish(station, *, times: int) -> tuple:
    """A station with so much of everything that a page shows."""
    brand = make_brand(station=station)
    make_posting(station=station, duty="head")
    unit = make_partner_unit()
    for number in range(times):
        venue = make_venue(station=station)
        make_platform(station=station).venues.add(venue)
        team = make_team(station=station, is_featured=True, partner_unit=unit)
        make_membership(team=team)
        activity = make_activity(station=station, brand=brand, cohosts=[make_station()])
        make_session(activity=activity, venue=venue, days=1)
        make_session(activity=activity, days=2 + number)
        make_session(activity=activity, days=3).take("cancel", remark="停电")
        make_held_session(activity=activity, story="来了不少人。")
    return brand, activity


@pytest.mark.parametrize(("address", "expected"), QUERIES.items())
def test_public_page_asks_as_often_on_a_street_ten_times_as_large(client, db, address, expected):
    make_centre()
    nanhu = make_station(slug="nanhu")
    brand, activity = furnish(nanhu, times=1)
    url = address.format(activity=activity.pk, brand=brand.pk)
    with CaptureQueriesContext(
        connection,
    ) as small:
        assert client.get(url).status_code == 200

    for venue in nanhu.venues.all():
        for number in range(9):
            make_session(activity=activity, venue=venue, days=10 + number)
            make_held_session(activity=activity, days=-10 - number)
    activity.cohosts.add(*[make_station() for _ in range(9)])
    brand.ended_on = brand.started_on
    brand.save()
    furnish(nanhu, times=9)
    for _ in range(9):
        furnish(make_station(), times=2)
    with CaptureQueriesContext(connection) as large:
        assert client.get(url).status_code == 200

    assert (len(small), len(large)) == (expected, expected)
    assert expected <= 10
