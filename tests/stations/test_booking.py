from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from practice_portal.lib.workflow import IllegalStep
from stations.models import Booking, BookingChange, Venue
from tests.factories import at, make_booking, make_venue

DAY = "2026-11-28"
TAKEN = (
    "活动室在11月28日（周六）上午9:30到上午11:30已由示例合唱队用于“合唱排练”。"
    "最近的空档从11月28日（周六）上午11:30开始。"
)
NOW = time_machine.travel(at("2026-11-20", "12:00"), tick=False)


@pytest.fixture
def room(station) -> Venue:
    return make_venue(station=station, name="活动室")


def booked(room, starts="9:30", ends="11:30", **values) -> Booking:
    return make_booking(venue=room, starts_at=at(DAY, starts), ends_at=at(DAY, ends), **values)


def unsaved(room, starts="10:00", ends="10:30", **values) -> Booking:
    values = {"holder": "示例棋队", "purpose": "下棋", "status": "confirmed", **values}
    return Booking(venue=room, starts_at=at(DAY, starts), ends_at=at(DAY, ends), **values)


@NOW
def test_booking_clash_names_the_holder_and_the_next_free_time(room):
    booked(room)

    with pytest.raises(ValidationError) as in_the_form:
        unsaved(room, "11:00", "12:00").full_clean()
    with pytest.raises(ValidationError) as at_the_last_door:
        unsaved(room, "11:00", "12:00").save()

    assert in_the_form.value.messages == at_the_last_door.value.messages == [TAKEN]
    assert room.bookings.count() == 1


@pytest.mark.parametrize(
    ("starts", "ends"),
    [
        ("9:30", "11:30"),
        ("9:00", "9:31"),
        ("11:29", "12:00"),
        ("10:00", "10:01"),
        ("8:00", "20:00"),
    ],
)
def test_booking_refuses_every_kind_of_overlap(room, starts, ends):
    booked(room)

    with pytest.raises(ValidationError), transaction.atomic():
        unsaved(room, starts, ends).save()

    assert room.bookings.count() == 1


def test_booking_next_to_another_is_fine(room):
    booked(room)

    unsaved(room, "8:00", "9:30").save()
    unsaved(room, "11:30", "12:00").save()

    assert room.bookings.occupying().count() == 3


def test_booking_of_another_room_is_fine(room):
    booked(room)

    unsaved(make_venue(station=room.station)).save()

    assert Booking.objects.occupying().count() == 2


def test_booking_does_not_clash_with_itself(room):
    booking = booked(room)
    booking.ends_at = at(DAY, "12:00")

    booking.full_clean()
    booking.save()

    assert Booking.objects.get().ends_at == at(DAY, "12:00")


def test_booking_moved_into_another_is_refused(room):
    booked(room)
    booking = booked(room, "14:00", "15:00")
    booking.starts_at, booking.ends_at = at(DAY, "11:00"), at(DAY, "12:00")

    with pytest.raises(ValidationError), transaction.atomic():
        booking.save()

    booking.refresh_from_db()
    assert booking.starts_at == at(DAY, "14:00")


def test_booking_request_does_not_occupy(room):
    booked(room, status="requested")

    unsaved(room).save()

    assert [b.holder for b in room.bookings.occupying()] == ["示例棋队"]


def test_booking_request_for_a_taken_room_is_refused_in_the_form(room):
    booked(room)

    with pytest.raises(ValidationError, match="已由示例合唱队"):
        unsaved(room, status="requested").full_clean()


@NOW
def test_booking_request_is_not_confirmed_while_the_room_is_taken(room, clerk):
    request = booked(room, "11:00", "12:00", status="requested")
    booked(room)

    with pytest.raises(IllegalStep) as refused:
        request.take("confirm", by=clerk)

    assert refused.value.message == TAKEN
    assert request.status == Booking.Status.REQUESTED
    assert not BookingChange.objects.exists()


@pytest.mark.parametrize(
    ("status", "step"), [("confirmed", "cancel"), ("requested", "cancel"), ("requested", "decline")]
)
def test_booking_that_is_given_up_frees_the_room(room, clerk, status, step):
    booked(room, status=status).take(step, by=clerk, remark="不来了")

    unsaved(room).save()

    assert [b.holder for b in room.bookings.occupying()] == ["示例棋队"]


def test_booking_confirmed_step_by_step_occupies(room, clerk):
    booked(room, status="requested").take("confirm", by=clerk)

    with pytest.raises(ValidationError), transaction.atomic():
        unsaved(room).save()


def test_booking_ends_after_it_starts(room):
    with pytest.raises(ValidationError, match="结束时间须晚于开始时间。"):
        unsaved(room, "10:00", "10:00").full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        Booking.objects.bulk_create([unsaved(room, "10:00", "9:00")])


def test_booking_overlap_past_our_code_is_refused_by_postgresql_alone(room):
    """SQLite has no exclusion constraints: there `Booking.save` is the only guard."""
    booked(room)
    refusals = {"postgresql": 1, "sqlite": 0}

    refused = 0
    try:
        with transaction.atomic():
            Booking.objects.bulk_create([unsaved(room)])
    except IntegrityError as error:
        assert "stations_booking_no_overlap" in str(error)
        refused = 1

    assert refused == refusals[connection.vendor]
    assert room.bookings.count() == 2 - refusals[connection.vendor]


def test_booking_refused_by_the_constraint_reads_as_a_sentence(room, monkeypatch):
    """On PostgreSQL, should somebody get between question and answer in a way of their own."""
    booked(room)
    monkeypatch.setattr(Booking, "_clash", lambda self: None)
    said = []

    try:
        with transaction.atomic():
            unsaved(room).save()
    except ValidationError as error:
        said = error.messages

    sentence = "该阵地在这段时间刚刚被别人订走，请换一个时间。"
    assert said == {"postgresql": [sentence], "sqlite": []}[connection.vendor]


def test_booking_queues_at_the_row_of_its_room(room):
    """Two who meet at PostgreSQL's constraint instead would end in a deadlock now and then."""
    with CaptureQueriesContext(connection) as queries:
        unsaved(room).save()

    locks = [query for query in queries.captured_queries if "FOR NO KEY UPDATE" in query["sql"]]
    assert len(locks) == {"postgresql": 1, "sqlite": 0}[connection.vendor]


@pytest.mark.parametrize(
    ("starts", "hours", "expected"),
    [
        ("8:30", 1, (DAY, "8:30")),  # free already
        ("7:00", 1, (DAY, "8:00")),  # not before opening
        ("9:30", 1, (DAY, "13:00")),  # would run into ten o'clock
        ("10:00", 1, (DAY, "13:00")),
        ("10:00", 2, (DAY, "15:00")),
        ("19:30", 1, (DAY, "19:30")),
        ("20:30", 1, ("2026-11-29", "8:00")),  # would last past closing
        ("15:00", 7, ("2026-11-29", "8:00")),
    ],
)
def test_venue_next_free_looks_between_bookings_and_opening_hours(room, starts, hours, expected):
    booked(room, "10:00", "12:30")
    booked(room, "12:30", "13:00")
    booked(room, "14:00", "15:00")

    free = room.next_free(at(DAY, starts), timedelta(hours=hours))

    assert free == at(*expected)
