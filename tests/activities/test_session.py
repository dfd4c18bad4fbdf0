from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from activities.models import Activity, Session
from practice_portal.lib.workflow import IllegalStep
from stations.models import Booking
from tests.factories import (
    at,
    days_away,
    make_activity,
    make_booking,
    make_held_session,
    make_session,
    make_station,
    make_venue,
)


@pytest.fixture
def room(station):
    return make_venue(station=station, name="活动室")


@pytest.fixture
def activity(station):
    return make_activity(station=station, title="邻居理发日")


def held_rooms() -> list[tuple]:
    rows = Booking.objects.occupying().order_by("starts_at", "pk")
    return list(rows.values_list("venue", "starts_at", "ends_at", "purpose", "holder"))


def test_session_hold_books_the_room_for_its_time(activity, room):
    session = make_session(activity=activity)

    session.hold(room)

    expected = (room.pk, session.starts_at, session.ends_at, "邻居理发日", "南湖社区")
    assert held_rooms() == [expected]
    assert Session.objects.get().booking.venue == room
    assert session.place == "南湖社区活动室"


def test_session_hold_of_a_taken_room_changes_nothing(activity, room):
    session = make_session(activity=activity)
    make_booking(venue=room, starts_at=session.starts_at)
    before = held_rooms()

    with pytest.raises(ValidationError, match="已由示例合唱队"):
        session.hold(room)

    assert held_rooms() == before
    assert session.booking is None
    assert Session.objects.get().booking is None


def test_session_hold_of_another_room_gives_the_first_back(activity, room, station):
    session = make_session(activity=activity, venue=room)
    other = make_venue(station=station)

    session.hold(other)

    assert [row[0] for row in held_rooms()] == [other.pk]
    assert Booking.objects.count() == 1


def test_session_hold_of_a_taken_room_keeps_the_first(activity, room, station):
    session = make_session(activity=activity, venue=room)
    other = make_venue(station=station)
    make_booking(venue=other, starts_at=session.starts_at)
    before = held_rooms()

    with pytest.raises(ValidationError):
        session.hold(other)

    assert held_rooms() == before
    assert Session.objects.get().booking.venue == room


def test_session_hold_of_nothing_gives_the_room_back(activity, room):
    session = make_session(activity=activity, venue=room, address="3号楼前空地")

    session.hold(None)

    assert held_rooms() == []
    assert session.place == "3号楼前空地"
    assert Session.objects.get().booking is None


def test_session_hold_after_its_booking_was_cancelled_occupies_again(activity, room, clerk):
    session = make_session(activity=activity, venue=room)
    session.booking.take("cancel", by=clerk)
    assert held_rooms() == []

    session = Session.objects.get()
    session.hold(room)

    assert [row[0] for row in held_rooms()] == [room.pk]
    assert Session.objects.get().booking.status == Booking.Status.CONFIRMED


def test_session_that_moves_after_its_booking_was_cancelled_does_not_take_the_room(
    activity, room, clerk
):
    make_session(activity=activity, venue=room).booking.take("cancel", by=clerk)
    session = Session.objects.get()
    session.ends_at += timedelta(hours=1)

    session.save()

    assert held_rooms() == []


def test_session_that_moves_takes_its_room_along(activity, room):
    session = make_session(activity=activity, venue=room)
    session.starts_at += timedelta(days=1)
    session.ends_at += timedelta(days=1, hours=1)

    session.save()

    assert [row[1:3] for row in held_rooms()] == [(session.starts_at, session.ends_at)]
    assert Booking.objects.count() == 1


def test_session_that_moves_into_a_taken_time_stays(activity, room):
    session = make_session(activity=activity, venue=room, starts_at=at(days_away(1)))
    make_booking(venue=room, starts_at=at(days_away(2)))
    before = held_rooms()
    session.starts_at += timedelta(days=1)
    session.ends_at += timedelta(days=1)

    with pytest.raises(ValidationError):
        session.save()

    assert held_rooms() == before
    assert Session.objects.get().starts_at == at(days_away(1))


def test_session_cancel_gives_the_room_back(activity, room, clerk):
    session = make_session(activity=activity, venue=room)

    session.take("cancel", by=clerk, remark="下雨")

    assert session.status == Session.Status.CANCELLED
    assert held_rooms() == []
    make_session(activity=activity, venue=room)
    assert len(held_rooms()) == 1


def test_session_that_is_over_is_not_cancelled(activity, clerk):
    session = make_session(activity=activity, days=-1)

    with pytest.raises(IllegalStep) as refused:
        session.take("cancel", by=clerk, remark="没办")

    assert refused.value.message == "这一场已经结束，不能再取消。"


@pytest.mark.parametrize(
    "delete",
    [
        lambda session: session.delete(),
        lambda session: Session.objects.filter(pk=session.pk).delete(),
        lambda session: session.activity.delete(),
        lambda session: Activity.objects.all().delete(),
    ],
    ids=["session", "sessions", "activity", "activities"],
)
def test_session_that_is_deleted_frees_the_room(activity, room, delete):
    make_booking(venue=make_venue(), holder="别人")
    session = make_session(activity=activity, venue=room)

    delete(session)

    assert not Session.objects.exists()
    assert [row[4] for row in held_rooms()] == ["别人"]


def test_session_result_is_filled_in_after_its_end(activity):
    session = make_session(activity=activity, starts_at=timezone.now() - timedelta(hours=1))
    session.people_served = 12

    with pytest.raises(ValidationError) as refused:
        session.full_clean()
    assert refused.value.message_dict == {
        "__all__": ["这一场还没有结束，办完以后再填人次；填过人次的，日子不能改到以后。"]
    }

    session.ends_at = timezone.now()
    session.full_clean()


def test_session_that_is_cancelled_has_no_result(activity):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_session(activity=activity, status="cancelled", people_served=3, days=-1)


def test_session_ends_after_it_starts(activity):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_session(activity=activity, starts_at=at(days_away(1)), ends_at=at(days_away(1)))


def test_sessions_held_are_over_and_have_a_result(activity):
    held = make_held_session(activity=activity)
    zero = make_held_session(activity=activity, people_served=0)
    make_session(activity=activity, days=-1)
    make_session(activity=activity, days=-1, status="cancelled")

    assert set(Session.objects.held()) == {held, zero}


def test_sessions_hosted_by_a_station_are_its_own_and_the_joint_ones(station, other_station):
    third = make_station()
    own = make_session(activity=make_activity(station=station))
    joint = make_session(activity=make_activity(station=other_station, cohosts=[station, third]))
    both = make_session(activity=make_activity(station=station, cohosts=[station, other_station]))
    make_session(activity=make_activity(station=third))

    def hosted_by(house):
        return list(Session.objects.hosted_by(house).order_by("pk"))

    assert hosted_by(station) == [own, joint, both]
    assert hosted_by(other_station) == [joint, both]


def test_sessions_published_are_those_of_published_activities_that_residents_see(activity):
    shown = make_session(activity=activity)
    called_off = make_session(activity=activity, status="cancelled", days=2)
    for status in ("draft", "withdrawn"):
        make_session(activity=make_activity(status=status))
    make_session(activity=make_activity(station=make_station(is_public=False)))

    assert list(Session.objects.published()) == [shown, called_off]


def test_sessions_upcoming_are_not_over_and_the_next_comes_first(activity):
    now = timezone.now()

    def session(start, end):
        return make_session(
            activity=activity,
            starts_at=now + timedelta(hours=start),
            ends_at=now + timedelta(hours=end),
        )

    later, on_now, over, long_ago = session(2, 3), session(-1, 1), session(-2, 0), session(-9, -8)

    assert list(Session.objects.upcoming(now)) == [on_now, later]
    assert list(Session.objects.past(now)) == [over, long_ago]
    assert (on_now.is_on, later.is_on, over.is_on) == (True, False, False)
    assert over.is_over
