from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.factories import (
    days_away,
    make_membership,
    make_partner_unit,
    make_team,
    make_volunteer,
)
from volunteers.models import Membership, Team, Volunteer


def test_volunteer_register_and_retire_are_dated(clerk):
    volunteer = make_volunteer(status="applied")
    assert list(Volunteer.objects.active()) == []

    volunteer.take("register", by=clerk)

    today = timezone.localdate()
    assert (volunteer.status, volunteer.started_on, volunteer.ended_on) == ("active", today, None)
    assert list(Volunteer.objects.active()) == [volunteer]

    volunteer.take("retire", by=clerk)

    assert (volunteer.status, volunteer.ended_on) == ("retired", today)
    assert list(Volunteer.objects.active()) == []


def test_volunteer_that_retires_on_a_given_day_counted_until_then(clerk):
    volunteer = make_volunteer(started_on=date(2019, 3, 1))

    volunteer.take("retire", by=clerk, ended_on=date(2020, 4, 25))

    days = [date(2019, 2, 28), date(2019, 3, 1), date(2020, 4, 24), date(2020, 4, 25)]
    counted = [Volunteer.objects.active(day).count() for day in days]
    assert counted == [0, 1, 1, 0]


def test_volunteer_backbones_are_registered_and_became_so(db):
    backbone = make_volunteer(backbone_since=days_away(0))
    make_volunteer(backbone_since=days_away(1))
    make_volunteer(backbone_since=days_away(-9), status="retired")
    make_volunteer()

    assert list(Volunteer.objects.backbones()) == [backbone]


@pytest.mark.parametrize(
    "values",
    [
        {"status": "active", "started_on": None},
        {"status": "active", "started_on": date(2020, 1, 1), "ended_on": date(2020, 2, 1)},
        {"status": "retired", "started_on": date(2020, 1, 1), "ended_on": None},
        {"status": "applied", "started_on": date(2020, 1, 1)},
        {"status": "retired", "started_on": date(2020, 2, 1), "ended_on": date(2020, 1, 1)},
    ],
)
def test_volunteer_dates_fit_the_status(db, values):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_volunteer(**values)


def test_volunteer_number_is_unique(db):
    make_volunteer(number="A1")

    with pytest.raises(IntegrityError), transaction.atomic():
        make_volunteer(number="A1")


def test_volunteer_is_masked_where_many_read(db):
    assert make_volunteer(number="A1", name="宋示例").masked == "A1 宋**"


def test_team_that_is_featured_has_a_partner(station):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_team(station=station, is_featured=True)
    team = Team(station=station, kind="law", name="示例队", is_featured=True)
    with pytest.raises(ValidationError, match="请选上共建单位"):
        team.full_clean()

    assert make_team(station=station, is_featured=True, partner_unit=make_partner_unit())


def test_membership_is_once_at_a_time(db):
    membership = make_membership()
    pair = {"team": membership.team, "volunteer": membership.volunteer}

    with pytest.raises(IntegrityError), transaction.atomic():
        make_membership(**pair)
    Membership.objects.update(until=days_away(0))
    again = make_membership(**pair, since=days_away(0))

    assert list(Membership.objects.in_force()) == [again]
