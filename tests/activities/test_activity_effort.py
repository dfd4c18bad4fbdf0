"""How much a clerk types for one activity, from the empty form to the published page."""

import pytest
import time_machine
from django.urls import reverse

from activities.models import Activity
from tests.factories import at, make_venue
from tests.pages import untouched

#: A whole ordinary activity is at most so many values typed or chosen.
MOST = 12

#: A monthly haircut in the yard: what, when and where; all else is as the form proposes it.
PLAIN = {
    "title": "邻居理发日",
    "text": "理发师傅来社区，老人先来，不收钱。",
    "sessions-0-day": "2026-11-28",
    "sessions-0-starts": "09:30",
    "sessions-0-ends": "11:30",
}

#: A course with a room and places, for which nearly everything is said.
WHOLE = PLAIN | {
    "sessions-0-venue": "VENUE",
    "sessions-0-capacity": "20",
    "requirements": "60岁以上的先报。",
    "risk_notice": "剪刀锋利，请听师傅的。",
    "audience": "elderly",
    "bring": "毛巾一条",
    "contact_name": "王师傅",
}


@pytest.fixture(autouse=True)
def november():
    with time_machine.travel(at("2026-11-23", "10:00"), tick=False):
        yield


def publish(client, typed: dict) -> tuple[Activity, dict]:
    """Press 保存并发布 in the real form; the activity, and what was changed in the form."""
    add = reverse("admin:activities_activity_add")
    empty = untouched(client.get(add), "activity_form")
    assert set(typed) <= set(empty), "the form does not ask for all of this"
    sent = empty | {name: [value] for name, value in typed.items()}
    client.post(add, sent | {"_step_publish": "保存并发布"})
    changed = {name: value for name, value in sent.items() if value != empty[name]}
    return Activity.objects.get(), changed


@pytest.mark.parametrize(("typed", "count"), [(PLAIN, 5), (WHOLE, 12)], ids=["plain", "whole"])
def test_activity_is_published_with_twelve_values_at_most(client, clerk, station, typed, count):
    venue = make_venue(station=station, capacity=40)
    typed = {name: str(venue.pk) if value == "VENUE" else value for name, value in typed.items()}
    client.force_login(clerk)

    activity, changed = publish(client, typed)

    assert len(changed) == count <= MOST
    assert activity.status == Activity.Status.PUBLISHED
    assert activity.get_audience_display() == ("老人" if count > 5 else "所有人")
    session = activity.sessions.get()
    assert session.days == "11月28日（周六）上午9:30–11:30"
    assert bool(session.booking) is (count > 5)
    assert client.get(activity.get_absolute_url()).status_code == 200
