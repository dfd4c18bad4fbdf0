from datetime import date

from activities.models import Session
from activities.weeks import Week
from tests.factories import at, make_session

TUESDAY = date(2026, 11, 24)


def test_week_counts_each_day_from_monday_to_sunday(db):
    make_session(starts_at=at("2026-11-22", "23:00"), ends_at=at("2026-11-23", "0:00"))
    make_session(starts_at=at("2026-11-23", "0:00"))
    make_session(starts_at=at("2026-11-28"))
    make_session(starts_at=at("2026-11-28", "14:00"))
    make_session(starts_at=at("2026-11-29", "21:00"))
    make_session(starts_at=at("2026-11-30", "0:00"))

    week = Week.of(Session.objects.all(), TUESDAY)

    assert [(day.on.day, day.count) for day in week.days] == [
        (23, 1),
        (24, 0),
        (25, 0),
        (26, 0),
        (27, 0),
        (28, 2),
        (29, 1),
    ]
    assert (week.count, week.first, week.last) == (4, date(2026, 11, 23), date(2026, 11, 29))


def test_week_counts_a_long_session_on_each_of_its_days_and_once_in_all(db):
    make_session(starts_at=at("2026-11-21"), ends_at=at("2026-11-25"))

    week = Week.of(Session.objects.all(), TUESDAY)

    assert [day.count for day in week.days] == [1, 1, 1, 0, 0, 0, 0]
    assert week.count == 1


def test_week_tells_today_past_and_weekend_apart(db):
    week = Week.of(Session.objects.all(), TUESDAY)

    assert week.today.on == TUESDAY
    assert [day.is_past for day in week.days] == [True, False, False, False, False, False, False]
    assert [day.on.day for day in week.days if day.is_weekend] == [28, 29]
