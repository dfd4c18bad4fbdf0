"""The demo street ten times over: the public pages ask no more often than before."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from activities.models import Activity, RoleModel, Session
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


#: The same people in the copied team.
COPIED_TEAM = """(
    SELECT copied.id FROM volunteers_team team
    JOIN volunteers_team copied
        ON copied.station_id = team.station_id AND copied.name = team.name || '{n}'
    WHERE team.id = source.team_id
)"""


def _copies(model, **anew) -> None:
    """Nine more of every row, by the database itself; `anew` is SQL for what may not stand twice.

    In it `{n}` is the copy's number, and `source` the row that is copied.
    """
    meta = model._meta
    last = model.objects.latest("pk").pk
    columns = [field.column for field in meta.concrete_fields if not field.primary_key]
    values = [anew.get(column, f'source."{column}"') for column in columns]
    copied = f"""
        INSERT INTO {meta.db_table} ({", ".join(f'"{column}"' for column in columns)})
        SELECT {", ".join(values)} FROM {meta.db_table} source WHERE source.id <= {last}
    """
    with connection.cursor() as cursor:
        for number in range(1, TIMES):
            cursor.execute(copied.replace("{n}", str(number)))


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

    _copies(Volunteer, number="'{n}-' || source.number")
    _copies(Team, name="source.name || '{n}'")
    _copies(Membership, team_id=COPIED_TEAM)
    _copies(Venue, name="source.name || '{n}'")
    _copies(Platform)
    _copies(Activity)
    _copies(Session, booking_id="NULL")
    _copies(Demand, code="'-{n}' || substr(source.code, 3)")
    _copies(RoleModel, code="NULL")
    _copies(Whistle)
    assert Volunteer.objects.count() > 97_000
    assert Booking.objects.exists()

    assert {page: queries(client, page) for page in pages} == before
    assert max(before.values()) <= 13
