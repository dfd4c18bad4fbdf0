"""排很多场: a row of sessions by a rule, looked at first and then made."""

from datetime import date

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from activities.models import Session
from tests.factories import at, make_activity, make_booking, make_holiday, make_session, make_venue

WEEKLY = {
    "every": "weekly",
    "day": "2026-12-05",
    "times": "4",
    "starts": "09:30",
    "ends": "11:30",
    "skips_holidays": "on",
}
DECEMBER = ["2026-12-05", "2026-12-12", "2026-12-19", "2026-12-26"]


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(at("2026-11-23", "12:00"), tick=False):
        yield


@pytest.fixture
def venue(station):
    return make_venue(station=station, name="一楼大厅", capacity=40)


@pytest.fixture
def activity(station, venue):
    activity = make_activity(station=station, title="学做面果子")
    make_session(activity=activity, venue=venue, starts_at=at("2026-11-28"), capacity=20)
    return activity


@pytest.fixture
def desk(client, clerk):
    client.force_login(clerk)
    return client


def page(activity):
    return reverse("admin:activities_activity_row", args=[activity.pk])


def looked_at(desk, activity, typed):
    """What the page shows of the plan: the days, and what stands in their way."""
    answer = desk.post(page(activity), typed)
    lines = answer.context["lines"]
    return answer, [(line.day.isoformat(), line.problem) for line in lines]


def done(desk, activity, typed, days, seen=None):
    answer, _ = looked_at(desk, activity, typed)
    seen = seen or answer.context["seen"]
    return desk.post(page(activity), typed | {"days": days, "seen": seen, "do": "排好"})


def test_row_goes_on_like_the_last_session(desk, activity, venue):
    form = desk.get(page(activity)).context["form"]

    assert {
        name: form[name].value() for name in ("day", "starts", "ends", "venue", "capacity")
    } == {
        "day": date(2026, 12, 5),
        "starts": timezone.localtime(at("2026-11-28")).time(),
        "ends": timezone.localtime(at("2026-11-28", "11:30")).time(),
        "venue": venue.pk,
        "capacity": 20,
    }


def test_row_is_looked_at_and_then_made_each_with_its_room(desk, activity, venue):
    typed = WEEKLY | {"venue": venue.pk, "capacity": "20"}
    _, lines = looked_at(desk, activity, typed)
    assert lines == [(day, "") for day in DECEMBER]
    assert activity.sessions.count() == 1

    answer = done(desk, activity, typed, DECEMBER[:3])

    assert answer.url == reverse("admin:activities_activity_change", args=[activity.pk])
    made = activity.sessions.filter(starts_at__gt=at("2026-12-01"))
    assert [(each.starts_at, each.room, each.capacity) for each in made] == [
        (at(day), venue, 20) for day in DECEMBER[:3]
    ]


def test_row_takes_signups_like_the_last_session(desk, activity):
    activity.sessions.update(
        walk_in_places=3,
        signup_opens_at=at("2026-11-20"),
        signup_closes_at=at("2026-11-27", "18:00"),
    )

    done(desk, activity, WEEKLY | {"capacity": "20"}, DECEMBER[:1])
    done(desk, activity, WEEKLY | {"day": "2026-12-12"}, DECEMBER[1:2])

    seated, free = activity.sessions.filter(starts_at__gt=at("2026-12-01"))
    window = (seated.walk_in_places, seated.signup_opens_at, seated.signup_closes_at)
    assert window == (3, at("2026-11-27"), at("2026-12-04", "18:00"))
    assert (free.capacity, free.walk_in_places, free.signup_closes_at) == (None, 0, None)


@pytest.mark.parametrize(
    ("typed", "days"),
    [
        ({"every": "fortnightly"}, ["2026-12-05", "2026-12-19", "2027-01-02", "2027-01-16"]),
        ({"times": "", "until": "2026-12-19"}, DECEMBER[:3]),
        ({"times": "4", "until": "2026-12-13"}, DECEMBER[:2]),
        (
            {"every": "picked", "picked": "12月9日\n2026-12-03，1-6", "day": "", "times": ""},
            ["2026-12-03", "2026-12-09", "2027-01-06"],
        ),
    ],
)
def test_row_follows_the_rule(desk, activity, typed, days):
    _, lines = looked_at(desk, activity, WEEKLY | typed)

    assert lines == [(day, "") for day in days]


def test_row_says_what_stands_in_the_way_of_a_day(desk, activity, venue):
    make_holiday(name="元旦", first_on=date(2026, 12, 26))
    make_booking(venue=venue, starts_at=at("2026-12-12", "10:00"))
    make_session(activity=activity, starts_at=at("2026-12-19"))
    typed = WEEKLY | {"venue": venue.pk}

    answer, lines = looked_at(desk, activity, typed)

    assert lines == [
        ("2026-12-05", ""),
        (
            "2026-12-12",
            "一楼大厅在12月12日（周六）上午10:00到中午12:00已由示例合唱队用于“合唱排练”。",
        ),
        ("2026-12-19", "这个活动这时候已经有一场了。"),
        ("2026-12-26", "元旦放假，跳过。"),
    ]
    assert "能排1天" in answer.content.decode()
    _, lines = looked_at(desk, activity, {k: v for k, v in typed.items() if k != "skips_holidays"})
    assert lines[3] == ("2026-12-26", "")


def test_row_makes_nothing_that_was_not_seen(desk, activity, venue):
    typed = WEEKLY | {"venue": venue.pk}
    seen = looked_at(desk, activity, typed)[0].context["seen"]
    make_booking(venue=venue, starts_at=at("2026-12-12", "10:00"))

    answer = done(desk, activity, typed, DECEMBER, seen=seen)
    assert "和刚才看到的不一样了" in answer.content.decode()
    done(desk, activity, WEEKLY, [], seen=None)
    done(desk, activity, typed, ["2026-12-12"])

    assert Session.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "name", "says"),
    [
        ({"times": ""}, "times", "请写一共几场，或者排到哪一天。"),
        ({"times": "61"}, "times", "60"),
        ({"day": ""}, "day", "请选第一场是哪一天。"),
        ({"until": "2026-12-01"}, "until", "排到的日子不能早于第一场。"),
        ({"ends": "09:00"}, "ends", "结束时间须晚于开始时间。"),
        ({"every": "picked", "picked": "下周三"}, "picked", "“下周三”看不懂"),
        ({"every": "picked", "picked": "2月30日"}, "picked", "“2月30日”看不懂"),
        ({"every": "picked"}, "picked", "请写上哪几天"),
        ({"address": "找15412345678开门"}, "address", "手机号"),
    ],
)
def test_row_refuses_what_makes_no_sense(desk, activity, typed, name, says):
    answer = desk.post(page(activity), WEEKLY | typed)

    assert says in answer.context["form"].errors[name][0]
    assert answer.context["lines"] == []


def test_row_takes_no_room_of_another_station_and_no_past_day(desk, activity, other_station):
    answer = desk.post(page(activity), WEEKLY | {"venue": make_venue(station=other_station).pk})
    assert answer.context["form"].errors["venue"]

    _, lines = looked_at(desk, activity, WEEKLY | {"day": "2026-11-21", "times": "2"})
    assert lines == [
        ("2026-11-21", "这个时间已经过去了。"),
        ("2026-11-28", "这个活动这时候已经有一场了。"),
    ]


def test_row_of_another_station_is_as_if_absent(client, other_clerk, activity):
    client.force_login(other_clerk)

    assert client.get(page(activity)).url == reverse("admin:index")
    assert client.post(page(activity), WEEKLY).url == reverse("admin:index")
