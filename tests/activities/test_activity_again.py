"""再办一次: a draft like an activity of before, on other days."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from activities.models import Activity, Session
from stations.models import Booking
from tests.factories import make_activity, make_brand, make_session, make_venue

SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture(autouse=True)
def _noon():
    with time_machine.travel(datetime(2026, 11, 23, 12, tzinfo=SHANGHAI), tick=False):
        yield


@pytest.fixture
def activity(station, other_station, clerk):
    activity = make_activity(
        station=station, brand=make_brand(station=station), cohosts=[other_station], bring="围裙"
    )
    venue = make_venue(station=station)
    for day in (3, 10):
        make_session(
            activity=activity,
            venue=venue,
            starts_at=datetime(2026, 11, day, 9, 30, tzinfo=SHANGHAI),
            capacity=20,
            people_served=18,
            story="来的人多",
        )
    return activity


def page(activity):
    return reverse("admin:activities_activity_again", args=[activity.pk])


@pytest.fixture
def desk(client, clerk):
    client.force_login(clerk)
    return client


def ask(desk, activity, day="2026-12-01", sessions=None):
    chosen = activity.sessions.all() if sessions is None else sessions
    return desk.post(page(activity), {"day": day, "sessions": [each.pk for each in chosen]})


def test_again_copies_the_words_and_the_rhythm_and_no_result(desk, activity, other_station):
    answer = ask(desk, activity)

    new = Activity.objects.exclude(pk=activity.pk).get()
    assert answer.url == reverse("admin:activities_activity_change", args=[new.pk])
    assert new.status == Activity.Status.DRAFT
    same = ("title", "text", "station_id", "brand_id", "bring", "requirements", "risk_notice")
    assert [getattr(new, name) for name in same] == [getattr(activity, name) for name in same]
    assert list(new.cohosts.all()) == [other_station]
    venue = activity.sessions.first().booking.venue
    assert [
        (timezone.localtime(s.starts_at), timezone.localtime(s.ends_at).hour, s.capacity,
         s.people_served, s.story, s.booking.venue)
        for s in new.sessions.all()
    ] == [
        (datetime(2026, 12, 1, 9, 30, tzinfo=SHANGHAI), 11, 20, None, "", venue),
        (datetime(2026, 12, 8, 9, 30, tzinfo=SHANGHAI), 11, 20, None, "", venue),
    ]  # fmt: skip


def test_again_is_for_the_festival_of_its_own_days(desk, activity):
    activity.festival = "dragon_boat"
    activity.save()

    ask(desk, activity, day="2027-02-05")
    ask(desk, activity, day="2027-04-25")

    first, second = Activity.objects.exclude(pk=activity.pk).order_by("pk")
    assert (first.festival, second.festival) == ("spring_festival", "")


def test_again_offers_the_last_session_when_all_are_over(desk, activity):
    form = desk.get(page(activity)).context["form"]

    assert [timezone.localdate(s.starts_at) for s in form.fields["sessions"].queryset] == [
        date(2026, 11, 3),
        date(2026, 11, 10),
    ]
    assert form.fields["sessions"].initial == [activity.sessions.last().pk]


def test_again_says_which_room_is_taken_and_keeps_the_session(desk, activity):
    venue = activity.sessions.first().booking.venue
    taken = make_session(
        activity=make_activity(station=activity.station),
        venue=venue,
        starts_at=datetime(2026, 12, 1, 10, tzinfo=SHANGHAI),
    )

    answer = desk.post(
        page(activity),
        {"day": "2026-12-01", "sessions": [s.pk for s in activity.sessions.all()]},
        follow=True,
    )

    new = Activity.objects.latest("pk")
    assert [bool(session.booking) for session in new.sessions.all()] == [False, True]
    assert "12月1日（周二）这一场要另外选地方" in answer.content.decode()
    assert Booking.objects.filter(session=taken).exists()


def test_again_leaves_out_a_brand_that_is_over_by_then(desk, activity):
    activity.brand.ended_on = date(2026, 11, 20)
    activity.brand.save()

    ask(desk, activity)

    assert Activity.objects.latest("pk").brand is None


@pytest.mark.parametrize(
    ("day", "says"),
    [
        ("", "请选第一场改到哪一天"),
        ("2026-02-31", "请写成"),
        ("2026-11-22", "已经过去了"),
        ("2028-01-01", "太远了"),
        ("9999-12-31", "太远了"),
    ],
)
def test_again_refuses_a_wrong_day_and_keeps_what_was_ticked(desk, activity, day, says):
    answer = ask(desk, activity, day=day, sessions=[activity.sessions.first()])

    assert says in answer.content.decode()
    assert answer.context["form"]["sessions"].value() == [str(activity.sessions.first().pk)]
    assert Activity.objects.count() == 1


def test_again_takes_only_sessions_of_this_activity(desk, activity):
    foreign = make_session()

    answer = ask(desk, activity, sessions=[foreign])

    assert answer.status_code == 200
    assert answer.context["form"].errors["sessions"]
    assert ask(desk, activity, sessions=[]).context["form"].errors["sessions"]
    assert Session.objects.count() == 3


def test_again_of_another_station_is_as_if_absent(client, other_clerk, activity):
    client.force_login(other_clerk)

    assert client.get(page(activity)).url == reverse("admin:index")
    assert ask(client, activity).url == reverse("admin:index")
    assert Activity.objects.count() == 1
