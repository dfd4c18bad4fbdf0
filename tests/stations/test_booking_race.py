"""One room, one hour, eight who want it."""

import threading
from collections import Counter
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from practice_portal.lib.workflow import IllegalStep
from stations.models import Booking, Venue
from tests.factories import at, days_away, make_booking, make_venue
from tests.races import PATIENCE, run_race

PEOPLE = 8
NO_OVERLAP = next(c for c in Booking._meta.constraints if c.name == "stations_booking_no_overlap")


def bookings_of(venue: Venue, **values) -> list[Booking]:
    starts_at = at(days_away(1))
    return [
        Booking(
            venue=venue,
            starts_at=starts_at + timedelta(minutes=number),
            ends_at=starts_at + timedelta(hours=1, minutes=number),
            holder=f"示例{number}队",
            purpose="排练",
            **values,
        )
        for number in range(PEOPLE)
    ]


@contextmanager
def without_the_constraint():
    """PostgreSQL forgets the exclusion constraint; SQLite never had one."""
    is_there = connection.vendor == "postgresql"
    if is_there:
        with connection.schema_editor() as editor:
            editor.remove_constraint(Booking, NO_OVERLAP)
    try:
        yield
    finally:
        if is_there:
            Booking.objects.all().delete()
            with connection.schema_editor() as editor:
                editor.add_constraint(Booking, NO_OVERLAP)


@pytest.mark.django_db(transaction=True)
def test_booking_by_many_at_once_succeeds_exactly_once():
    venue = make_venue()
    bookings = bookings_of(venue, status=Booking.Status.CONFIRMED)

    outcomes = run_race([booking.save for booking in bookings])

    assert Counter(map(type, outcomes)) == {type(None): 1, ValidationError: PEOPLE - 1}
    assert venue.bookings.count() == 1


@pytest.mark.django_db(transaction=True)
def test_booking_requests_confirmed_at_once_leave_exactly_one_confirmed():
    venue = make_venue()
    requests = bookings_of(venue, status=Booking.Status.REQUESTED)
    for request in requests:
        request.save()

    outcomes = run_race([lambda r=request: r.take("confirm") for request in requests])

    assert Counter(map(type, outcomes)) == {type(None): 1, IllegalStep: PEOPLE - 1}
    assert venue.bookings.occupying().count() == 1


@pytest.mark.django_db(transaction=True)
def test_booking_by_question_and_answer_would_be_taken_by_all():
    """The control: whoever asks first and writes later meets the others in the room."""
    venue = make_venue()
    all_have_asked = threading.Barrier(PEOPLE, timeout=PATIENCE)

    def ask_and_write(booking):
        rows = venue.bookings.occupying().overlapping(booking.starts_at, booking.ends_at)
        is_free = not rows.exists()
        all_have_asked.wait()
        if is_free:
            Booking.objects.bulk_create([booking])

    bookings = bookings_of(venue, status=Booking.Status.CONFIRMED)
    with without_the_constraint():
        outcomes = run_race([lambda b=booking: ask_and_write(b) for booking in bookings])
        overlapping = venue.bookings.occupying().count()

    assert outcomes == [None] * PEOPLE
    assert overlapping == PEOPLE


@pytest.mark.django_db(transaction=True)
def test_booking_constraint_is_back_after_its_control():
    """The last of this file: what the control took away stands again."""
    venue = make_venue()
    make_booking(venue=venue)
    with connection.cursor() as cursor:
        constraints = connection.introspection.get_constraints(cursor, Booking._meta.db_table)

    assert (NO_OVERLAP.name in constraints) == (connection.vendor == "postgresql")
