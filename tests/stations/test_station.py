from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from stations.models import Station
from tests.factories import days_away, make_centre, make_posting, make_station, make_user


def test_station_there_is_one_centre_at_most(centre):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_station(tier=Station.Tier.CENTRE)
    second = Station(tier="centre", name="另一个街道", slug="another", position=77)
    with pytest.raises(ValidationError) as refused:
        second.full_clean()

    assert refused.value.messages == ["一个街道只有一个中心。"]
    assert Station.objects.centre() == centre


def test_station_centre_is_none_before_it_is_set_up(station):
    assert Station.objects.centre() is None
    assert make_centre().is_centre


def test_station_of_any_number_stands_beside_the_centre(centre):
    stations = [make_station(position=100 + number) for number in range(3)]

    assert list(Station.objects.stations()) == stations
    assert centre.full_name == "钢城街道新时代文明实践中心"
    assert make_station(name="南湖社区").full_name == "南湖社区新时代文明实践所"


def test_station_without_a_real_name_does_not_become_public(db):
    station = Station.objects.get(pk=make_station(name="待确认社区01", is_public=False).pk)
    station.is_public = True

    with pytest.raises(ValidationError) as refused:
        station.full_clean()
    assert refused.value.message_dict == {
        "is_public": ["这个社区还没有正式名称，请先改名，再对居民公开。"]
    }

    station.name = "示例社区"
    station.full_clean()


def test_station_new_without_a_real_name_is_not_public_either(db):
    station = Station(name="待确认社区02", slug="community-02", position=2, is_public=True)

    with pytest.raises(ValidationError, match="请先改名"):
        station.full_clean()


def test_station_of_the_demo_that_is_public_already_can_be_edited(db):
    """The demo street shows its placeholders; its clerk may still correct the address."""
    station = Station.objects.get(pk=make_station(name="待确认社区03", is_public=True).pk)
    station.address = "示例路3号"

    station.full_clean()


def test_station_public_are_the_open_ones_that_residents_see(centre):
    shown = make_station(position=100)
    make_station(is_public=False)
    make_station(ended_on=days_away(0))
    make_station(started_on=days_away(1))
    last_day = make_station(position=101, ended_on=days_away(1))

    assert list(Station.objects.public()) == [shown, last_day]


def test_station_in_force_from_its_first_day_until_before_its_last(db):
    station = make_station(started_on=date(2019, 5, 1), ended_on=date(2020, 4, 25))
    days = [date(2019, 4, 30), date(2019, 5, 1), date(2020, 4, 24), date(2020, 4, 25)]

    expected = [False, True, True, False]
    assert [station.is_in_force(day) for day in days] == expected
    assert [Station.objects.in_force(day).exists() for day in days] == expected


def test_station_does_not_end_before_it_starts(db):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_station(started_on=date(2020, 1, 2), ended_on=date(2020, 1, 1))


def test_posting_opens_the_station_from_its_first_day_until_before_its_last(station):
    user = make_user()
    make_posting(station=station, user=user, since=days_away(0), until=days_away(1))
    make_posting(station=make_station(), user=user, since=days_away(1))
    make_posting(station=make_station(), user=user, until=days_away(0))

    assert user.station_ids == [station.pk]
    assert not user.is_at_centre


def test_posting_of_two_duties_names_the_station_once(station):
    user = make_user(station=station)
    make_posting(station=station, user=user, duty="head")

    assert user.station_ids == [station.pk]


def test_posting_does_not_end_before_it_starts(station):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_posting(station=station, until=date(2018, 1, 1) - timedelta(days=1))
