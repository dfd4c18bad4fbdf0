"""小区 and 节假日: their rules, and who edits them where."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from stations.models import Compound, Holiday
from tests.factories import make_compound, make_holiday, make_posting, make_station


def inline(*rows, initial=0) -> dict:
    """What the station's form sends for its compounds."""
    data = {"compounds-TOTAL_FORMS": len(rows), "compounds-INITIAL_FORMS": initial}
    for number, row in enumerate(rows):
        data |= {f"compounds-{number}-{name}": value for name, value in row.items()}
    return data


@pytest.fixture
def send(client, clerk, station):
    client.force_login(clerk)
    page = reverse("admin:stations_station_change", args=[station.pk])
    return lambda data: client.post(page, {"phone": "0937-6000009", **data})


def test_compound_is_added_by_the_clerk_at_the_station(send, station):
    steward = make_posting(station=station, duty="steward")
    row = {"name": "示例小区", "aliases": "老八栋", "steward": steward.pk, "position": 1}

    assert send(inline(row)).status_code == 302

    compound = Compound.objects.get()
    assert (compound.station, compound.steward, compound.aliases) == (station, steward, "老八栋")
    assert compound.history.count() == 1


@pytest.mark.parametrize("of", ["another station", "another duty"])
def test_compound_refuses_a_steward_who_is_none_of_its_own(send, station, other_station, of):
    if of == "another station":
        wrong = make_posting(station=other_station, duty="steward")
    else:
        wrong = make_posting(station=station, duty="head")

    response = send(inline({"name": "示例小区", "steward": wrong.pk, "position": 1}))

    assert response.status_code == 200
    assert not Compound.objects.exists()


def test_compound_of_another_station_is_not_taken(send, station, other_station):
    theirs = make_compound(station=other_station, name="他们的")

    send(inline({"id": theirs.pk, "name": "夺来的", "position": 1}, initial=1))

    theirs.refresh_from_db()
    assert (theirs.name, theirs.station) == ("他们的", other_station)


def test_compound_name_is_once_at_a_station(station):
    make_compound(station=station, name="示例小区")
    make_compound(station=make_station(), name="示例小区")

    with pytest.raises(IntegrityError), transaction.atomic():
        make_compound(station=station, name="示例小区")


def test_compound_keeps_no_steward_of_another_station(station, other_station):
    wrong = make_posting(station=other_station, duty="steward")
    with pytest.raises(ValidationError, match="社区管家要选这个社区自己的"):
        Compound(station=station, name="示例小区", steward=wrong).full_clean()


def test_station_form_refuses_hours_that_cannot_be_read(send, station):
    response = send({"opening_hours": "有事再来", **inline()})

    assert "没有看懂“有事再来”" in response.content.decode()


def test_holiday_refuses_days_that_are_taken_or_turned_round(centre):
    make_holiday(first_on=date(2026, 10, 1), last_on=date(2026, 10, 7))

    beside = Holiday(
        station=centre, name="中秋", first_on=date(2026, 10, 7), last_on=date(2026, 10, 8)
    )
    with pytest.raises(ValidationError, match="国庆节放假”的日子重叠"):
        beside.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_holiday(first_on=date(2026, 10, 9), last_on=date(2026, 10, 8))


def test_holiday_is_added_by_the_street_office_alone(client, clerk, director, centre):
    page = reverse("admin:stations_holiday_add")
    data = {
        "name": "元旦",
        "first_on": "2027-01-01",
        "last_on": "2027-01-03",
        "station": centre.pk,
    }

    client.force_login(clerk)
    assert client.post(page, data).status_code == 403
    client.force_login(director)
    assert client.post(page, data).status_code == 302

    assert Holiday.objects.get().station == centre
