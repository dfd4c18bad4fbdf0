"""改期、取消: one session, all from one on, or all that are to come, together."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from activities.models import Session, SessionMove
from activities.sharing import chat_text
from tests.factories import (
    at,
    make_activity,
    make_booking,
    make_holiday,
    make_session,
    make_user,
    make_venue,
)
from tests.pages import words

SATURDAYS = ("2026-11-28", "2026-12-05", "2026-12-12")


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(at("2026-11-23", "12:00"), tick=False):
        yield


@pytest.fixture
def venue(station):
    return make_venue(station=station, name="一楼大厅", capacity=40)


@pytest.fixture
def activity(station, venue):
    """Three Saturdays to come, after one that is over and one that is cancelled."""
    activity = make_activity(station=station, title="学做面果子")
    make_session(activity=activity, starts_at=at("2026-11-21"), people_served=12)
    make_session(activity=activity, starts_at=at("2026-11-27"), status="cancelled")
    for day in SATURDAYS:
        make_session(activity=activity, venue=venue, starts_at=at(day))
    return activity


@pytest.fixture
def saturdays(activity):
    return list(activity.sessions.planned().upcoming())


@pytest.fixture
def desk(client, clerk):
    client.force_login(clerk)
    return client


def page(activity):
    return reverse("admin:activities_activity_reschedule", args=[activity.pk])


def asked(session, scope="all", **typed):
    return {
        "what": "move",
        "session": session.pk,
        "scope": scope,
        "reason": "老师要出门。",
        **typed,
    }


def pressed(desk, activity, typed, seen=None):
    """Looked at, and pressed; the answer to the second press."""
    look = desk.post(page(activity), typed)
    seen = seen or look.context["seen"]
    return desk.post(page(activity), typed | {"seen": seen, "do": "改好"}, follow=True)


def where_they_are(activity):
    return [
        (f"{timezone.localtime(each.starts_at):%m-%d %H:%M}", each.place)
        for each in activity.sessions.planned().upcoming()
    ]


def test_reschedule_offers_what_is_to_come_and_begins_with_the_one_asked_for(
    desk, activity, saturdays
):
    answer = desk.get(page(activity), {"session": saturdays[1].pk})

    form = answer.context["form"]
    assert [each.pk for each in form.fields["session"].queryset] == [s.pk for s in saturdays]
    assert form["session"].value() == saturdays[1].pk
    assert f'<option value="{saturdays[1].pk}" selected>' in answer.content.decode()


@pytest.mark.parametrize(
    ("scope", "day", "expected"),
    [
        ("only", "2026-12-06", ["11-28", "12-06", "12-12"]),
        ("from", "2026-12-12", ["11-28", "12-12", "12-19"]),
        ("all", "2026-12-12", ["12-05", "12-12", "12-19"]),
        ("from", "2026-12-04", ["11-28", "12-04", "12-11"]),
    ],
)
def test_reschedule_shifts_with_their_rooms_what_is_in_its_scope(
    desk, activity, saturdays, venue, scope, day, expected
):
    """Whole weeks later, each comes to stand where the next one stood."""
    pressed(desk, activity, asked(saturdays[1], scope, day=day))

    assert where_they_are(activity) == [(f"{each} 09:30", str(venue)) for each in expected]
    held = Session.objects.planned().upcoming().values_list("starts_at", "booking__starts_at")
    assert all(starts_at == booked_at for starts_at, booked_at in held)
    told = SessionMove.objects.order_by("session__starts_at")
    assert {each.reason for each in told} == {"老师要出门。"}
    assert told.count() == {"only": 1, "from": 2, "all": 3}[scope]


def test_reschedule_backwards_by_whole_weeks_passes_through_no_taken_room(
    desk, activity, saturdays, venue
):
    saturdays[0].take("cancel", remark="不办了。")

    pressed(desk, activity, asked(saturdays[1], day="2026-11-28"))

    assert where_they_are(activity) == [("11-28 09:30", str(venue)), ("12-05 09:30", str(venue))]


def test_reschedule_gives_other_hours_and_another_room_and_tells_each_once(
    desk, activity, saturdays, station, venue
):
    make_booking(venue=venue, starts_at=at("2026-12-05", "14:00"))  # of the room that is left
    hall = make_venue(station=station, name="二楼教室")

    pressed(desk, activity, asked(saturdays[0], starts="14:00", ends="16:00", place=str(hall.pk)))

    assert where_they_are(activity) == [
        ("11-28 14:00", "南湖社区二楼教室"),
        ("12-05 14:00", "南湖社区二楼教室"),
        ("12-12 14:00", "南湖社区二楼教室"),
    ]
    assert [each.what_changed for each in SessionMove.objects.all()] == ["时间和地点都变了"] * 3
    assert venue.bookings.occupying().count() == 1


def test_reschedule_to_no_room_says_how_to_find_the_place(desk, activity, saturdays):
    pressed(desk, activity, asked(saturdays[2], "only", place="none", address="3号楼前空地"))

    assert where_they_are(activity)[2] == ("12-12 09:30", "3号楼前空地")
    assert saturdays[2].activity.sessions.filter(booking=None).planned().upcoming().count() == 1


def test_reschedule_shows_each_refusal_before_anything_is_done(desk, activity, saturdays, venue):
    make_booking(venue=venue, starts_at=at("2026-12-13", "10:00"))
    make_holiday(name="元旦", first_on=date(2026, 11, 29))

    typed = asked(saturdays[0], day="2026-11-29")
    look = desk.post(page(activity), typed)
    done = pressed(desk, activity, typed)

    assert [(each.problem, each.note) for each in look.context["lines"]] == [
        ("", "元旦放假"),
        ("", ""),
        ("一楼大厅在12月13日（周日）上午10:00到中午12:00已由示例合唱队用于“合唱排练”。", ""),
    ]
    assert "一场也没有改" in look.content.decode()
    assert 'name="do"' not in look.content.decode()
    assert done.status_code == 200
    assert [when for when, _ in where_they_are(activity)] == [f"{d[5:]} 09:30" for d in SATURDAYS]


def test_reschedule_cancels_all_with_one_reason_and_gives_back_the_rooms(
    desk, activity, saturdays, venue
):
    answer = pressed(desk, activity, asked(saturdays[1], "from", what="cancel"))

    assert "取消了2场。" in [str(each) for each in answer.context["messages"]]
    cancelled = Session.objects.filter(pk__in=[saturdays[1].pk, saturdays[2].pk])
    assert [
        (each.status, each.booking, [(c.remark, c.by.username) for c in each.changes.all()])
        for each in cancelled
    ] == [("cancelled", None, [("老师要出门。", "clerk")])] * 2
    assert venue.bookings.count() == 1
    said = words(desk.get(activity.get_absolute_url()))
    assert "下面2场都取消了： 老师要出门。" in said
    assert "12月5日（周六）、12月12日（周六）" in said
    assert said.count("老师要出门。") == 1
    text = chat_text(activity, "https://x/")
    assert "取消了：12月5日（周六）、12月12日（周六）这2场不办了。老师要出门。" in text


def test_reschedule_page_says_once_why_many_moved(desk, activity, saturdays):
    pressed(desk, activity, asked(saturdays[0], starts="10:00", ends="12:00"))

    said = words(desk.get(activity.get_absolute_url()))
    assert "下面3场时间变了： 老师要出门。" in said
    assert "11月28日（周六）上午9:30–11:30，改到 11月28日（周六）上午10:00–中午12:00" in said
    assert said.count("老师要出门。") == 1
    text = chat_text(activity, "https://x/")
    assert "3场时间变了：老师要出门。\n· 11月28日（周六）上午9:30–11:30这一场，改到" in text


def test_reschedule_does_only_what_was_seen(desk, activity, saturdays):
    typed = asked(saturdays[0], day="2026-11-29")
    seen = desk.post(page(activity), typed).context["seen"]
    Session.objects.get(pk=saturdays[2].pk).take("cancel", remark="同事刚取消。")

    answer = pressed(desk, activity, typed, seen=seen)

    assert "和刚才看到的不一样了" in answer.content.decode()
    assert [when for when, _ in where_they_are(activity)] == ["11-28 09:30", "12-05 09:30"]
    assert not SessionMove.objects.exists()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({}, "还没有写改成什么"),
        ({"day": "2026-12-01", "reason": ""}, "请写一句为什么"),
        ({"day": "2026-12-01", "reason": "打15412345678"}, "手机号"),
        ({"day": "2029-12-01"}, "太远了"),
        ({"day": "2026-11-20"}, "这个时间已经过去了"),
        ({"starts": "12:00"}, "结束时间须晚于开始时间"),
        ({"place": "999"}, "有效"),
        ({"day": "2026-12-01", "scope": "everything"}, "有效"),
        ({"day": "2026-02-31"}, "请写成 2026-12-05"),
    ],
)
def test_reschedule_refuses_what_makes_no_sense(desk, activity, saturdays, typed, says):
    answer = pressed(desk, activity, asked(saturdays[0]) | typed)

    assert says in answer.content.decode()
    assert [when for when, _ in where_they_are(activity)] == [f"{d[5:]} 09:30" for d in SATURDAYS]


def test_reschedule_reaches_no_session_of_another_activity(desk, activity):
    foreign = make_session(activity=make_activity(station=activity.station), days=5)

    answer = desk.post(page(activity), asked(foreign, day="2026-12-01"))

    assert answer.context["form"].errors["session"]
    assert desk.get(page(activity), {"session": foreign.pk}).status_code == 200


def test_reschedule_of_another_station_is_as_if_absent(client, other_clerk, activity, saturdays):
    client.force_login(other_clerk)

    assert client.get(page(activity)).url == reverse("admin:index")
    typed = asked(saturdays[0], day="2026-12-01")
    assert client.post(page(activity), typed | {"do": "改好"}).url == reverse("admin:index")


def test_reschedule_is_for_those_who_may_change(client, station, activity):
    client.force_login(make_user(station=station))

    assert client.get(page(activity)).status_code in (302, 403)
