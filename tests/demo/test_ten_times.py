"""The demo street ten times over: the public pages ask no more often than before."""

from copy import copy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.models import Activity, RoleModel, Session
from practice_portal.lib.codes import new_code
from services.models import Demand, Whistle
from stations.models import Booking, Platform, Station, Venue
from volunteers.models import Membership, Team, Volunteer

TIMES = 10
PAGES = [
    "/",
    "/activities/",
    "/activities/?station=nanhu&days=two_weeks",
    "/brands/",
    "/stations/",
    "/stations/nanhu/",
    "/figures/",
    "/doors/help/",
]


def _copies(model, renew) -> None:
    """Nine more of every row; `renew` changes what may not stand twice."""
    rows = list(model.objects.all())
    for number in range(1, TIMES):
        twins = []
        for row in rows:
            twin = copy(row)
            twin.pk = twin.id = None
            renew(twin, number)
            twins.append(twin)
        model.objects.bulk_create(twins, batch_size=2000)


def _same(row, number) -> None:
    pass


def _number(row, number) -> None:
    row.number = f"{number}-{row.number}"


def _name(row, number) -> None:
    row.name = f"{row.name}{number}"


def _code(row, number) -> None:
    row.code = new_code()


def _entered_by_staff(row, number) -> None:
    row.code = None


def _apart(row, number) -> None:
    row.booking_id = None


def queries(client, page: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(page).status_code == 200
    return len(captured)


@pytest.fixture
def busiest(demo_noon) -> str:
    """An activity of 南湖 that is still to come."""
    station = Station.objects.get(slug="nanhu")
    coming = Session.objects.published().upcoming().filter(activity__station=station)
    return coming.first().activity.get_absolute_url()


def test_public_pages_ask_as_often_on_a_street_ten_times_as_large(client, demo_noon, busiest):
    pages = [*PAGES, busiest]
    before = {page: queries(client, page) for page in pages}

    _copies(Volunteer, _number)
    _copies(Team, _name)
    _copies(Membership, _same_member_elsewhere())
    _copies(Venue, _name)
    _copies(Platform, _same)
    _copies(Activity, _same)
    _copies(Session, _apart)
    _copies(Demand, _code)
    _copies(RoleModel, _entered_by_staff)
    _copies(Whistle, _same)
    assert Volunteer.objects.count() > 97_000
    assert Booking.objects.exists()

    assert {page: queries(client, page) for page in pages} == before
    assert max(before.values()) <= 13


def _same_member_elsewhere():
    """The same people in the copied teams."""
    teams = list(Team.objects.order_by("pk").values_list("pk", flat=True))
    originals = len(teams) // TIMES

    def renew(row, number) -> None:
        row.team_id = teams[teams.index(row.team_id) + number * originals]

    return renew
