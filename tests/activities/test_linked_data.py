"""What search engines read of an activity and of a station (schema.org), parsed as they do."""

import json
import re

import pytest
import time_machine

from activities.models import Session
from tests.factories import (
    at,
    make_activity,
    make_picture_file,
    make_session,
    make_station,
    make_venue,
)


@pytest.fixture(autouse=True)
def _tuesday(settings):
    settings.SITE = settings.SITE | {"base_url": "https://wm.example"}
    with time_machine.travel(at("2026-11-24", "10:00"), tick=False):
        yield


@pytest.fixture
def nanhu(db):
    return make_station(
        name="南湖社区", slug="nanhu", address="示例路8号", phone="0937-6000009", position=1
    )


def things(client, row) -> list[dict]:
    html = client.get(row.get_absolute_url()).content.decode()
    (data,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', html, re.DOTALL)
    data = json.loads(data)
    assert data["@context"] == "https://schema.org"
    return data["@graph"]


NANHU = {
    "@type": "GovernmentOrganization",
    "name": "南湖社区新时代文明实践所",
    "telephone": "0937-6000009",
    "url": "https://wm.example/stations/nanhu/",
}
HOUSE = {
    "@type": "PostalAddress",
    "streetAddress": "示例路8号",
    "addressLocality": "嘉峪关市",
    "addressCountry": "CN",
}


def test_activity_detail_tells_search_engines_of_its_sessions(client, nanhu):
    activity = make_activity(
        station=nanhu,
        title="学做面果子",
        text="做三样面果子。",
        poster=make_picture_file(),
        cohosts=[make_station(name="示例东社区", slug="east", phone="")],
    )
    hall = make_venue(station=nanhu, name="一楼大厅")
    make_session(activity=activity, starts_at=at("2026-11-28"), venue=hall, capacity=20)
    make_session(activity=activity, starts_at=at("2026-11-20"))

    assert things(client, activity) == [
        {
            "@type": "Event",
            "name": "学做面果子",
            "description": "做三样面果子。",
            "url": f"https://wm.example/activities/{activity.pk}/",
            "image": f"https://wm.example{activity.poster.url}",
            "isAccessibleForFree": True,
            "eventAttendanceMode": "https://schema.org/OfflineEventAttendanceMode",
            "eventStatus": "https://schema.org/EventScheduled",
            "organizer": [
                NANHU,
                {
                    "@type": "GovernmentOrganization",
                    "name": "示例东社区新时代文明实践所",
                    "url": "https://wm.example/stations/east/",
                },
            ],
            "startDate": "2026-11-28T09:30:00+08:00",
            "endDate": "2026-11-28T11:30:00+08:00",
            "location": {"@type": "Place", "name": "南湖社区一楼大厅", "address": HOUSE},
            "maximumAttendeeCapacity": 20,
        }
    ]


def test_activity_detail_tells_search_engines_what_moved_and_what_is_cancelled(client, nanhu):
    activity = make_activity(station=nanhu)
    session = make_session(activity=activity, starts_at=at("2026-11-28"), address="3号楼前空地")
    make_session(activity=activity, starts_at=at("2026-12-05")).take("cancel", remark="停电")
    session = Session.objects.get(pk=session.pk)
    session.starts_at, session.ends_at = at("2026-11-29"), at("2026-11-29", "11:30")
    session.save()

    moved, cancelled = things(client, activity)

    assert moved["eventStatus"] == "https://schema.org/EventRescheduled"
    assert moved["previousStartDate"] == "2026-11-28T09:30:00+08:00"
    assert moved["startDate"] == "2026-11-29T09:30:00+08:00"
    assert moved["location"] == {"@type": "Place", "name": "3号楼前空地", "address": HOUSE}
    assert cancelled["eventStatus"] == "https://schema.org/EventCancelled"
    assert "previousStartDate" not in cancelled


def test_activity_detail_without_sessions_tells_search_engines_of_no_event(client, nanhu):
    assert things(client, make_activity(station=nanhu)) == []


def test_linked_data_ends_where_we_end_it(client, nanhu):
    evil = "</script><script src=//evil.example></script><!-- & \u2028"
    activity = make_activity(station=nanhu, title=evil[:40], text=evil)
    make_session(activity=activity, days=1)

    (event,) = things(client, activity)
    html = client.get(activity.get_absolute_url()).content.decode()

    assert (event["name"], event["description"]) == (evil[:40], evil)
    assert re.findall(r"</?script\b[^>]*>", html) == [
        '<script type="application/ld+json">',
        "</script>",
    ]


def test_station_detail_tells_search_engines_where_it_is(client, nanhu):
    assert things(client, nanhu) == [
        NANHU
        | {"location": {"@type": "Place", "name": "南湖社区新时代文明实践所", "address": HOUSE}}
    ]
