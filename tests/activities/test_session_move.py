"""What residents are told when a session that they have read of moves."""

import pytest
import time_machine
from django.db import IntegrityError, transaction

from activities.models import Session, SessionMove
from tests.factories import (
    at,
    make_activity,
    make_booking,
    make_held_session,
    make_session,
    make_station,
    make_venue,
)

NOW = at("2026-11-24", "10:00")


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def activity(station):
    station.address = "示例路8号"
    station.save()
    return make_activity(station=station)


@pytest.fixture
def session(activity):
    """Read anew, as the next request does."""
    made = make_session(activity=activity, starts_at=at("2026-11-28"))
    return Session.objects.get(pk=made.pk)


def shift(session, starts="10:00", ends="12:00", day="2026-11-28"):
    session.starts_at, session.ends_at = at(day, starts), at(day, ends)
    session.save()


def told() -> list[tuple]:
    return [
        (move.days_before, move.place_before, move.days_after, move.place_after, move.reason)
        for move in SessionMove.objects.order_by("pk")
    ]


BEFORE = ("11月28日（周六）上午9:30–11:30", "示例路8号")


def test_session_move_of_time_is_told(session):
    session.move_reason = "老师要开会。"
    shift(session)

    after = "11月28日（周六）上午10:00–中午12:00"
    assert told() == [(*BEFORE, after, "示例路8号", "老师要开会。")]
    assert SessionMove.objects.get().what_changed == "时间变了"
    assert SessionMove.objects.get().at == NOW


def test_session_move_to_a_room_is_told(session, station):
    session.hold(make_venue(station=station, name="一楼大厅"))

    assert told() == [(*BEFORE, BEFORE[0], "南湖社区一楼大厅", "")]
    assert SessionMove.objects.get().what_changed == "地点变了"


def test_session_move_with_its_room_is_told_once(session, station):
    session.hold(make_venue(station=station, name="一楼大厅"))
    SessionMove.objects.all().delete()

    shift(session)

    assert [move.what_changed for move in SessionMove.objects.all()] == ["时间变了"]


@pytest.mark.parametrize("status", ["draft", "withdrawn"])
def test_session_move_of_what_residents_do_not_see_is_not_told(station, status):
    made = make_session(activity=make_activity(station=station, status=status), days=3)

    shift(Session.objects.get(pk=made.pk))

    assert told() == []


def test_session_made_with_its_room_has_not_moved(activity, station):
    session = Session(
        activity=activity, starts_at=at("2026-11-28"), ends_at=at("2026-11-28", "11:00")
    )
    session.save()
    session.hold(make_venue(station=station))

    assert told() == []


def test_session_cancelled_gives_back_its_room_and_has_not_moved(session, station):
    session.hold(make_venue(station=station))
    SessionMove.objects.all().delete()

    session.take("cancel", remark="停电")

    assert told() == []


def test_session_that_is_over_is_corrected_and_has_not_moved(activity):
    made = make_held_session(activity=activity, starts_at=at("2026-11-20"))

    shift(Session.objects.get(pk=made.pk), day="2026-11-20")

    assert told() == []


def test_session_saved_as_it_is_has_not_moved(session):
    session.capacity = 12
    session.move_reason = "没有改。"
    session.save()

    assert told() == []


def test_session_move_thought_over_at_once_is_told_once(session, clock):
    shift(session, "10:00", "12:00")
    clock.shift(14 * 60)
    shift(session, "15:00", "16:00")

    assert told() == [(*BEFORE, "11月28日（周六）下午3:00–4:00", "示例路8号", "")]


def test_session_move_taken_back_at_once_is_not_told(session):
    shift(session, "10:00", "12:00")
    shift(session, "9:30", "11:30")

    assert told() == []


def test_session_move_after_another_is_told_apart(session, clock):
    shift(session, "10:00", "12:00")
    clock.shift(16 * 60)
    shift(session, "9:30", "11:30")

    moved = "11月28日（周六）上午10:00–中午12:00"
    assert told() == [
        (*BEFORE, moved, "示例路8号", ""),
        (moved, "示例路8号", *BEFORE, ""),
    ]


def test_session_move_that_the_room_refuses_is_not_told(session, station):
    taken = make_booking(venue=make_venue(station=station), starts_at=session.starts_at)

    with pytest.raises(Exception, match="最近的空档"), transaction.atomic():
        session.hold(taken.venue)

    assert told() == []


def test_session_move_that_moves_nothing_cannot_be_stored(session):
    same = {"starts_before": NOW, "ends_before": NOW, "place_before": "院里"}
    same |= {"starts_after": NOW, "ends_after": NOW, "place_after": "院里"}

    with pytest.raises(IntegrityError), transaction.atomic():
        SessionMove.objects.create(session=session, **same)


# The clerk's form ---------------------------------------------------------------------------------


def sent(session, **values) -> dict:
    return {
        "day": "2026-11-28",
        "starts": "10:00",
        "ends": "12:00",
        "venue": "",
        "address": session.address,
        "capacity": "",
        "people_served": "",
        "volunteers_served": "",
        "story": "",
        **values,
    }


def test_session_form_tells_residents_why(client, clerk, session):
    client.force_login(clerk)
    page = f"/admin/activities/session/{session.pk}/change/"

    assert "为什么改" in client.get(page).content.decode()
    response = client.post(page, sent(session, reason="老师要开会。"))

    assert response.status_code == 302
    assert [move[-1] for move in told()] == ["老师要开会。"]


def test_session_form_refuses_a_persons_number_as_a_reason(client, clerk, session):
    client.force_login(clerk)
    page = f"/admin/activities/session/{session.pk}/change/"

    response = client.post(page, sent(session, reason="问老师15412345678。"))

    assert "公开的文字里不写个人号码" in response.content.decode()
    assert told() == []


def test_session_form_of_a_draft_asks_for_no_reason(client, clerk, station):
    session = make_session(activity=make_activity(station=station, status="draft"))
    client.force_login(clerk)

    html = client.get(f"/admin/activities/session/{session.pk}/change/").content.decode()

    assert '<input type="hidden" name="reason"' in html


@pytest.mark.parametrize(
    ("day", "closes", "expected"),
    [
        ("2026-12-05", "2026-11-27T18:00", "2026-12-04"),
        ("2026-12-05", "2026-11-30T18:00", "2026-11-30"),
    ],
)
def test_session_form_moves_the_end_of_signing_up_along(
    client, clerk, session, day, closes, expected
):
    Session.objects.update(capacity=20, signup_closes_at=at("2026-11-27", "18:00"))
    client.force_login(clerk)
    date_, time_ = closes.split("T")
    window = {"signup_closes_at_0": date_, "signup_closes_at_1": time_}

    page = f"/admin/activities/session/{session.pk}/change/"
    client.post(page, sent(session, day=day, capacity="20", **window))

    session.refresh_from_db()
    assert session.signup_closes_at == at(expected, "18:00")


def test_session_that_moves_keeps_its_window(session):
    session.signup_opens_at, session.signup_closes_at = at("2026-11-25"), at("2026-11-27")
    session.capacity = 20
    session.save()

    session.move(at("2026-12-05"), at("2026-12-05", "11:30"), None)
    assert (session.signup_opens_at, session.signup_closes_at) == (
        at("2026-12-02"),
        at("2026-12-04"),
    )

    # Open already, it is not closed again.
    session.signup_opens_at = at("2026-11-23")
    session.move(at("2026-12-12"), at("2026-12-12", "11:30"), None)
    assert (session.signup_opens_at, session.signup_closes_at) == (
        at("2026-11-23"),
        at("2026-12-11"),
    )


def test_session_move_keeps_nothing_of_another_station(session):
    other = make_session(activity=make_activity(station=make_station()))
    shift(session)

    assert other.moves.count() == 0
