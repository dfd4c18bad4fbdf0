"""Calendars that phones follow: read back with the reader that phones' makers test against."""

from datetime import UTC, timedelta

import pytest
import time_machine
from icalendar import Calendar

from activities.models import Activity, Session
from tests.factories import (
    at,
    days_away,
    make_activity,
    make_centre,
    make_session,
    make_station,
    make_venue,
)
from tests.pages import words

NOW = at("2026-11-24", "10:00")
STREET = "/activities/calendar.ics"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def nanhu(db):
    return make_station(name="南湖社区", slug="nanhu", address="示例路8号")


def events(client, url=STREET) -> list:
    response = client.get(url)
    assert response.status_code == 200
    return Calendar.from_ical(response.content).walk("VEVENT")


def event(client, url=STREET):
    (found,) = events(client, url)
    return found


def test_feed_says_when_and_where_and_whom_to_ask(client, nanhu, settings):
    settings.SITE = settings.SITE | {"base_url": "https://wm.example"}
    activity = make_activity(
        station=nanhu,
        title="剪纸；剪刀, 红纸",
        requirements="谁都能来",
        bring="剪刀",
        risk_notice="小心手",
        contact_name="示例专干",
    )
    hall = make_venue(station=nanhu, name="一楼大厅")
    session = make_session(activity=activity, starts_at=at("2026-11-28"), venue=hall)

    response = client.get("/activities/stations/nanhu.ics")
    calendar = Calendar.from_ical(response.content)
    (found,) = calendar.walk("VEVENT")

    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    assert calendar["X-WR-CALNAME"] == "南湖社区文明实践活动"
    assert calendar["REFRESH-INTERVAL"].dt == timedelta(hours=4)
    assert calendar["X-PUBLISHED-TTL"] == "PT4H"
    assert found["UID"] == f"session-{session.pk}@wm.example"
    assert found["SUMMARY"] == "剪纸；剪刀, 红纸"
    assert found["STATUS"] == "CONFIRMED"
    assert found["DTSTART"].dt == at("2026-11-28", "9:30").astimezone(UTC)
    assert found["DTEND"].dt == at("2026-11-28", "11:30").astimezone(UTC)
    assert found["LOCATION"] == "南湖社区一楼大厅（示例路8号）"
    assert found["URL"] == f"https://wm.example/activities/{activity.pk}/"
    assert found["DESCRIPTION"].splitlines() == [
        "谁来办：南湖社区新时代文明实践所",
        "谁能来：谁都能来",
        "带什么：剪刀",
        "要留意：小心手",
        "问事打电话：示例专干 0937-6000000",
        f"看详情：https://wm.example/activities/{activity.pk}/",
    ]


def test_feed_shows_an_exhibition_by_day_and_not_at_night(client, nanhu):
    make_session(
        activity=make_activity(station=nanhu, form="exhibition"),
        starts_at=at("2026-11-28", "9:00"),
        ends_at=at("2026-12-05", "17:00"),
    )

    found = event(client)

    assert found["DTSTART"].dt == at("2026-11-28", "9:00").astimezone(UTC)
    assert found["DTEND"].dt == at("2026-11-28", "17:00").astimezone(UTC)
    assert found["RRULE"] == {"FREQ": ["DAILY"], "COUNT": [8]}


def test_feed_follows_a_session_that_moves(client, nanhu, clock):
    session = make_session(activity=make_activity(station=nanhu), starts_at=at("2026-11-28"))
    before = event(client)

    clock.shift(3600)
    session = Session.objects.get(pk=session.pk)
    session.move_reason = "给合唱队让地方。"
    session.starts_at, session.ends_at = at("2026-11-29"), at("2026-11-29", "11:30")
    session.save()
    after = event(client)

    assert before["UID"] == after["UID"]
    assert after["DTSTART"].dt == at("2026-11-29").astimezone(UTC)
    assert after["SEQUENCE"] > before["SEQUENCE"]
    assert after["LAST-MODIFIED"].dt == NOW + timedelta(hours=1)
    assert after["DTSTAMP"].dt == after["LAST-MODIFIED"].dt
    assert after["DESCRIPTION"].splitlines()[0] == (
        "时间变了：原来是11月28日（周六）上午9:30–11:30，在示例路8号。给合唱队让地方。"
    )

    # A second thought that takes it all back leaves no notice, and is still the latest word.
    clock.shift(60)
    session.starts_at, session.ends_at = at("2026-11-28"), at("2026-11-28", "11:30")
    session.save()
    back = event(client)

    assert "时间变了" not in back["DESCRIPTION"]
    assert back["SEQUENCE"] > after["SEQUENCE"]


def test_feed_follows_a_session_into_another_room(client, nanhu, clock):
    session = make_session(
        activity=make_activity(station=nanhu),
        starts_at=at("2026-11-28"),
        venue=make_venue(station=nanhu, name="一楼大厅"),
    )
    before = event(client)

    clock.shift(60)
    Session.objects.get(pk=session.pk).hold(make_venue(station=nanhu, name="二楼书屋"))
    after = event(client)

    assert after["LOCATION"] == "南湖社区二楼书屋（示例路8号）"
    assert after["DESCRIPTION"].startswith(
        "地点变了：原来是11月28日（周六）上午9:30–11:30，在南湖社区一楼大厅。"
    )
    assert after["SEQUENCE"] > before["SEQUENCE"]


def test_feed_marks_what_is_cancelled(client, nanhu, clock):
    session = make_session(activity=make_activity(station=nanhu, title="包饺子"), days=2)
    before = event(client)

    clock.shift(60)
    session.take("cancel", remark="停电，改天再办。")
    after = event(client)

    assert (before["UID"], before["STATUS"]) == (after["UID"], "CONFIRMED")
    assert after["STATUS"] == "CANCELLED"
    assert after["SUMMARY"] == "已取消：包饺子"
    assert after["DESCRIPTION"].splitlines()[0] == "这一场取消了。停电，改天再办。"
    assert after["SEQUENCE"] > before["SEQUENCE"]


FORGED = "包饺子\r\nEND:VEVENT\nBEGIN:VEVENT\rUID:forged\x0b\u2028ATTACH:https://evil.example/"


def test_feed_lets_nobody_write_a_line_of_it(client, nanhu):
    activity = make_activity(station=nanhu, bring=FORGED, contact_name="a,b;c:d\\n")
    session = make_session(activity=activity, address=FORGED, days=2)
    Activity.objects.update(title=FORGED[:39])  # as an import might bring it, past every form
    session.refresh_from_db()
    session.take("cancel", remark=FORGED)

    content = client.get(STREET).content.decode()
    found = event(client)

    lines = content.split("\r\n")
    assert [line for line in lines if "\n" in line or "\r" in line] == []
    unfolded = content.replace("\r\n ", "").splitlines()
    assert unfolded.count("BEGIN:VEVENT") == unfolded.count("END:VEVENT") == 1
    assert [line for line in unfolded if line.startswith(("ATTACH", "UID:forged"))] == []
    assert max(len(line.encode()) for line in lines) <= 75
    told = "包饺子\nEND:VEVENT\nBEGIN:VEVENT\nUID:forged  ATTACH:https://evil.example/"
    assert found["SUMMARY"] == "已取消：包饺子\nEND:VEVENT\nBEGIN:VEVENT\nUID:forged"
    assert told in found["LOCATION"]
    assert f"这一场取消了。{told}" in found["DESCRIPTION"]
    assert "a,b;c:d\\n 0937-6000000" in found["DESCRIPTION"]
    assert found["UID"] == f"session-{session.pk}@practice-portal"


def test_feed_reaches_90_days_back_and_as_far_as_is_planned(client, nanhu):
    activity = make_activity(station=nanhu)
    for days in (-91, -90, -1, 0, 300):
        make_session(activity=activity, days=days)

    days = [found["DTSTART"].dt.astimezone(NOW.tzinfo).date() for found in events(client)]

    assert days == [days_away(number) for number in (-90, -1, 0, 300)]


def test_feed_of_a_station_has_what_it_holds_with_others(client, nanhu):
    other = make_station(slug="other")
    make_session(activity=make_activity(title="南湖的", station=nanhu), days=1)
    make_session(activity=make_activity(title="一起的", station=other, cohosts=[nanhu]), days=2)
    make_session(activity=make_activity(title="别家的", station=other), days=3)

    def titles(url):
        return [str(found["SUMMARY"]) for found in events(client, url)]

    assert titles("/activities/stations/nanhu.ics") == ["南湖的", "一起的"]
    assert titles("/activities/stations/other.ics") == ["一起的", "别家的"]
    assert titles(STREET) == ["南湖的", "一起的", "别家的"]


@pytest.mark.parametrize("how", ["draft", "withdrawn", "hidden", "taken down", "deleted"])
def test_feed_drops_what_residents_do_not_see(client, nanhu, director, clock, how):
    activity = make_activity(station=nanhu)
    session = make_session(activity=activity, days=2)
    own = f"/activities/sessions/{session.pk}.ics"
    before = client.get(STREET)
    assert len(events(client)) == len(events(client, own)) == 1

    clock.shift(60)
    if how == "taken down":
        activity.take_down(by=director, reason="写错了人名")
    elif how == "hidden":
        nanhu.is_public = False
        nanhu.save()
    elif how == "deleted":
        activity.delete()
    else:
        activity.status = how
        activity.save()

    assert events(client) == []
    assert client.get(own).status_code == 404
    asked_again = client.get(STREET, headers={"If-Modified-Since": before["Last-Modified"]})
    assert asked_again.status_code == 200


def test_feed_is_sent_once_and_then_only_when_it_has_changed(client, nanhu, clock):
    session = make_session(activity=make_activity(station=nanhu), days=2)
    url = "/activities/stations/nanhu.ics"
    first = client.get(url)
    clock.shift(60)

    for headers in (
        {"If-None-Match": first["ETag"]},
        {"If-Modified-Since": first["Last-Modified"]},
    ):
        again = client.get(url, headers=headers)
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == first["ETag"]

    Session.objects.get(pk=session.pk).take("cancel", remark="停电")

    for headers in (
        {"If-None-Match": first["ETag"]},
        {"If-Modified-Since": first["Last-Modified"]},
    ):
        assert client.get(url, headers=headers).status_code == 200


def test_feed_is_not_kept_by_anybody_in_between(client, nanhu):
    assert client.get(STREET)["Cache-Control"] == "public, no-cache"


def test_feed_of_nothing_is_a_calendar_all_the_same(client, db):
    make_centre(name="示例街道")

    response = client.get(STREET)

    assert Calendar.from_ical(response.content)["X-WR-CALNAME"] == "示例街道文明实践活动"
    assert events(client) == []


@pytest.mark.parametrize("changes", [{"slug": "new-name"}, {"ended_on": NOW.date()}])
def test_feed_of_a_station_that_is_renamed_or_closed_is_missing(client, nanhu, changes):
    for name, value in changes.items():
        setattr(nanhu, name, value)
    nanhu.save()

    assert client.get("/activities/stations/nanhu.ics").status_code == 404


def test_session_comes_as_a_file_of_its_own(client, nanhu):
    activity = make_activity(station=nanhu, title="读报会")
    make_session(activity=activity, days=1)
    session = make_session(activity=activity, days=400)

    response = client.get(f"/activities/sessions/{session.pk}.ics")
    (found,) = Calendar.from_ical(response.content).walk("VEVENT")

    assert found["UID"] == f"session-{session.pk}@practice-portal"
    assert f'filename="session-{session.pk}.ics"' in response["Content-Disposition"]


@pytest.mark.parametrize(
    "path", ["stations/nowhere.ics", "sessions/987654321.ics", f"sessions/{'9' * 30}.ics"]
)
def test_calendar_of_what_is_not_there_is_missing(client, db, path):
    assert client.get(f"/activities/{path}").status_code == 404


@pytest.mark.parametrize("path", ["calendar.ics", "stations/nanhu.ics", "sessions/1.ics"])
def test_calendars_refuse_other_methods(client, nanhu, path):
    assert client.post(f"/activities/{path}").status_code == 405


def test_pages_offer_the_calendar_and_say_how(client, nanhu):
    activity = make_activity(station=nanhu)
    session = make_session(activity=activity, days=1)
    make_session(activity=activity, days=2).take("cancel", remark="停电")

    for page, path, whose in (
        ("/activities/", "calendar.ics", "全街道"),
        ("/activities/?station=nanhu", "stations/nanhu.ics", "南湖社区"),
        ("/stations/nanhu/", "stations/nanhu.ics", "南湖社区"),
    ):
        response = client.get(page)
        assert f"订阅以后，{whose}的活动会自己出现在您手机的日历里" in words(response)
        assert f"“订阅日历”里： http://testserver/activities/{path}" in words(response)
        link = f'href="webcal://testserver/activities/{path}"'
        assert link in response.content.decode()

    html = client.get(activity.get_absolute_url()).content.decode()
    assert html.count("/activities/sessions/") == 1
    assert f'href="/activities/sessions/{session.pk}.ics"' in html


def test_preview_offers_no_file_that_nobody_could_open(client, clerk, station):
    activity = make_activity(station=station, status="draft")
    make_session(activity=activity, days=1)
    client.force_login(clerk)

    html = client.get(activity.get_absolute_url()).content.decode()

    assert "预览" in html
    assert ".ics" not in html
