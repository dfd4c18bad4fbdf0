"""What `load_demo` makes, what a later run adds, and what it never touches."""

import re
from collections import Counter
from datetime import date, timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db.models import Q
from django.utils.timezone import localdate, localtime

from activities.models import Activity, Session, SessionMove
from practice_portal.demo.loader import Loader, Password
from practice_portal.demo.marks import fingerprint
from practice_portal.demo.models import DemoRow
from practice_portal.lib.months import Month
from practice_portal.lib.phones import DEMO_PREFIX
from reports.models import MonthlySummary
from services.models import Demand, Whistle
from stations.models import Booking, Station, User, Venue
from tests.conftest import DEMO_NOON
from tests.factories import make_booking, make_station, make_user
from volunteers.models import ServiceEntry, Volunteer

FIRST_DAY = date(2026, 8, 1)  # of the present: three full months before November
TODAY = DEMO_NOON.date()


def everything() -> dict[str, list]:
    """Every row of every table, as it is."""
    return {
        model._meta.label: list(model.objects.order_by("pk").values_list())
        for model in apps.get_models(include_auto_created=True)
    }


def of_present() -> list[Session]:
    return list(
        Session.objects.filter(starts_at__date__gte=FIRST_DAY).select_related("activity__station")
    )


def later(traveller, **gap) -> None:
    """A run of the loader so much later."""
    traveller.move_to(DEMO_NOON + timedelta(**gap), tick=False)
    Loader().run()


# Refusing, cheap: before anything is loaded -------------------------------------------------


def test_load_demo_refuses_a_database_with_a_foreign_user(db):
    make_user(username="somebody")

    with pytest.raises(CommandError, match="users that load_demo did not create"):
        call_command("load_demo", stdout=StringIO())

    assert not DemoRow.objects.exists()


def test_load_demo_refuses_stations_that_it_did_not_make(db):
    make_station()

    with pytest.raises(CommandError, match="stations already"):
        call_command("load_demo", stdout=StringIO())

    assert not DemoRow.objects.exists()


@pytest.mark.parametrize("make", [make_user, make_station])
def test_load_demo_if_empty_leaves_a_working_database_alone_and_says_why(db, make):
    make()
    out = StringIO()

    call_command("load_demo", "--if-empty", stdout=out)

    assert out.getvalue().startswith("没有装载演示数据：")
    assert not DemoRow.objects.exists()


def test_load_demo_leaves_nothing_when_it_is_interrupted(db, monkeypatch):
    def interrupt(loader):
        raise KeyboardInterrupt

    monkeypatch.setattr("practice_portal.demo.history.STAGES", (interrupt,))
    with pytest.raises(KeyboardInterrupt):
        Loader().run()

    assert not DemoRow.objects.exists()
    assert not User.objects.exists()
    assert not Station.objects.exists()


# Passwords ----------------------------------------------------------------------------------


def test_password_is_made_up_once_and_kept_for_the_owner_only(settings, tmp_path):
    settings.DATA_DIR = tmp_path / "var"

    password = Password().known_or_new()

    assert len(password) >= 12
    assert Password().known_or_new() == password
    assert (tmp_path / "var" / "demo_password").stat().st_mode & 0o777 == 0o600


def test_password_from_the_environment_needs_no_file(settings, tmp_path):
    settings.DATA_DIR, settings.DEMO_PASSWORD = tmp_path, "from-the-environment"

    assert Password().known_or_new() == "from-the-environment"
    assert list(tmp_path.iterdir()) == []


def test_password_of_the_loaded_street_is_in_a_file_of_mode_0600(demo_noon, settings):
    path = Path(settings.DATA_DIR) / "demo_password"

    assert path.stat().st_mode & 0o777 == 0o600
    assert User.objects.get(username="director").check_password(path.read_text().strip())


def test_rerun_keeps_passwords_unless_another_is_asked_for(demo_noon, settings, tmp_path):
    before = list(User.objects.order_by("pk").values_list("password", flat=True))
    Loader().run()
    assert list(User.objects.order_by("pk").values_list("password", flat=True)) == before

    settings.DATA_DIR, settings.DEMO_PASSWORD = tmp_path, "another-one-from-outside"
    said = []
    Loader(said.append).run()
    settings.DEMO_PASSWORD = ""

    assert all(user.check_password("another-one-from-outside") for user in User.objects.all())
    assert any("DEMO_PASSWORD" in line for line in said)
    assert Password().known() == "another-one-from-outside"  # also at the next start, without it


# What there is ------------------------------------------------------------------------------


def test_accounts_have_their_roles_and_postings(demo_noon):
    accounts = {
        user.username: (
            user.name,
            *user.groups.values_list("name", flat=True),
            *user.postings.values_list("station__slug", flat=True),
        )
        for user in User.objects.filter(is_staff=True)
    }

    assert accounts == {
        "director": ("示例主任", "中心管理员", "centre"),
        "lead-nanhu": ("示例负责人", "实践所负责人", "nanhu"),
        "clerk-nanhu": ("示例专干", "社区工作人员", "nanhu"),
        "clerk-02": ("示例专干二", "社区工作人员", "station-02"),
    }


def test_only_nanhu_has_a_real_name(demo_noon):
    names = list(Station.objects.stations().values_list("name", flat=True))

    assert names == ["南湖社区", *(f"待确认社区{number:02}" for number in range(1, 14))]
    assert Station.objects.public().count() == 14


def test_marks_fit_the_rows_they_stand_for(demo_noon):
    """A row that looked edited from the start would never be topped up."""
    wrong = []
    for mark in DemoRow.objects.exclude(object_id=None):
        row = apps.get_model(mark.label).objects.get(pk=mark.object_id)
        if fingerprint(row) != mark.fingerprint:
            wrong.append(mark.key)

    assert wrong == []


def test_sessions_of_a_station_and_month_never_share_title_or_text_or_hour(demo_noon):
    seen: Counter = Counter()
    known: set[int] = set()
    for session in of_present():
        starts = localtime(session.starts_at)
        activity = session.activity
        for station in {activity.station_id, *activity.cohosts.values_list("pk", flat=True)}:
            where = (station, starts.year, starts.month)
            if activity.pk not in known:  # a row of sessions is one activity
                seen[(*where, activity.title)] += 1
                seen[(*where, activity.text)] += 1
            seen[(*where, starts.date(), starts.hour)] += 1
        known.add(activity.pk)

    assert [what for what, times in seen.items() if times > 1] == []


def test_every_station_has_two_sessions_in_each_coming_week(demo_noon):
    published = Session.objects.published().planned()
    for station in Station.objects.stations():
        for week in range(6):
            begin = TODAY + timedelta(weeks=week)
            days = [begin, begin + timedelta(days=6)]
            mine = published.filter(activity__station=station, starts_at__date__range=days)
            assert mine.count() >= 2, (station.slug, week)


def test_every_station_holds_six_to_ten_sessions_a_month(demo_noon):
    months = [Month(2026, 8), Month(2026, 9), Month(2026, 10)]
    held = Counter(
        (session.activity.station.slug, Month.of(session.ends_at))
        for session in Session.objects.held().select_related("activity__station")
    )

    slugs = [station.slug for station in Station.objects.stations()]
    assert {held[slug, month] for slug in slugs for month in months} <= set(range(6, 11))


def test_present_has_its_odd_cases(demo_noon):
    today = localdate()
    over = Session.objects.planned().filter(ends_at__date__lt=today, people_served=None)
    cancelled = Session.objects.filter(status="cancelled")

    assert {s.activity.station.slug for s in over} == {"nanhu", "station-02"}
    assert cancelled.filter(starts_at__date__gt=today).exists()
    assert cancelled.filter(starts_at__date__lt=today).exists()
    assert all(session.changes.get().remark for session in cancelled)
    moved = SessionMove.objects.filter(session__starts_at__date__gt=today)
    assert {(m.session.activity.station.slug, m.what_changed) for m in moved} == {
        ("nanhu", "时间变了"),
        ("station-02", "地点变了"),
    }
    assert all(move.reason and localdate(move.at) < today for move in moved)
    assert Activity.objects.filter(status="draft").exists()
    assert Activity.objects.exclude(cohosts=None).exists()
    assert {
        demand.status for demand in Demand.objects.filter(submitted_at__date__gt=FIRST_DAY)
    } == {*("submitted", "accepted", "returned", "completed")}
    assert {whistle.status for whistle in Whistle.objects.all()} == {
        "raised",
        "responded",
        "solved",
    }
    assert {volunteer.status for volunteer in Volunteer.objects.all()} == {
        *("applied", "active", "retired")
    }


def test_hours_are_confirmed_by_another_and_the_last_ones_wait(demo_noon):
    entries = ServiceEntry.objects.prefetch_related("changes").select_related("volunteer")

    assert {entry.status for entry in entries} == {"entered", "confirmed"}
    for entry in entries:
        for line in entry.changes.all():
            assert line.by_id and line.by_id != entry.entered_by_id
        assert entry.served_on < TODAY


def test_bookings_do_not_overlap(demo_noon):
    """PostgreSQL refuses them itself; SQLite only asks in `save`."""
    for venue in Venue.objects.all():
        times = list(venue.bookings.occupying().order_by("starts_at"))
        for one, next_one in pairwise(times):
            assert one.ends_at <= next_one.starts_at


def test_summaries_two_months_approved_and_the_latest_waits(demo_noon):
    statuses = {
        month: Counter(MonthlySummary.objects.filter(month=month).values_list("status", flat=True))
        for month in [Month(2026, 8), Month(2026, 9), Month(2026, 10)]
    }

    assert statuses == {
        Month(2026, 8): {"approved": 15},
        Month(2026, 9): {"approved": 15},
        Month(2026, 10): {"submitted": 13, "returned": 1, "draft": 1},
    }
    assert MonthlySummary.objects.count() == 45
    frozen = MonthlySummary.objects.get(month=Month(2026, 9), station__slug="nanhu")
    assert frozen.figures.get(code="activities.sessions_held").value >= 6


# Personal data --------------------------------------------------------------------------------


def test_phones_carry_the_prefix_that_rings_nowhere(demo_noon):
    personal = [
        *Volunteer.objects.exclude(phone="").values_list("phone", flat=True),
        *Demand.objects.exclude(contact_phone="").values_list("contact_phone", flat=True),
    ]
    office = list(Station.objects.values_list("phone", flat=True))

    assert all(re.fullmatch(rf"{DEMO_PREFIX}\d{{8}}", phone) for phone in personal)
    assert all(re.fullmatch(rf"0937-{DEMO_PREFIX}\d{{4}}", phone) for phone in office)
    assert len(set(office)) == 15


def test_texts_have_no_phone_or_id_numbers(demo_noon):
    number = re.compile(r"1[3-9]\d{9}|0\d{2,3}[- ]?\d{7,8}|\d{17}[\dXx]")
    found = []
    for model in apps.get_models():
        if model._meta.app_label in {"sessions", "contenttypes", "auth", "demo"}:
            continue
        fields = [
            field.attname
            for field in model._meta.concrete_fields
            if field.get_internal_type() in {"CharField", "TextField"}
            and "phone" not in field.name
            and field.name not in {"password", "number"}
        ]
        for row in model.objects.values_list(*fields) if fields else []:
            found += [text for text in row if text and number.search(text)]

    assert found == []


# A later run ------------------------------------------------------------------------------------


def test_second_run_on_the_same_day_changes_nothing(demo_noon):
    before = everything()

    Loader().run()

    assert everything() == before


def test_later_runs_top_up_the_present(demo_noon):
    """In two weeks November is over and waits, in six December."""
    for weeks in (2, 6):
        later(demo_noon, weeks=weeks)

        assert_topped_up(TODAY + timedelta(weeks=weeks))
        assert {
            month: set(MonthlySummary.objects.filter(month=month).values_list("status", flat=True))
            for month in [Month(2026, 9), Month(2026, 10), Month(2026, 11)]
        } == {
            Month(2026, 9): {"approved"},
            Month(2026, 10): {"approved"},
            Month(2026, 11): {"submitted", "returned", "draft"} if weeks == 2 else {"approved"},
        }


def assert_topped_up(today: date) -> None:
    for station in Station.objects.stations():
        for week in range(6):
            begin = today + timedelta(weeks=week)
            mine = (
                Session.objects.published()
                .planned()
                .filter(
                    activity__station=station,
                    starts_at__date__range=[begin, begin + timedelta(days=6)],
                )
            )
            assert mine.count() >= 2, (station.slug, week)
    over = Session.objects.planned().filter(
        starts_at__date__gte=FIRST_DAY, ends_at__date__lt=today, people_served=None
    )
    assert over.count() == 2  # the last ones of the two stations with a clerk
    assert not Activity.objects.filter(
        Q(status="draft"), sessions__starts_at__date__lt=today
    ).exists()
    old = ServiceEntry.objects.filter(served_on__lt=today - timedelta(days=10))
    assert set(old.values_list("status", flat=True)) == {"confirmed"}


def test_later_run_keeps_what_people_did(demo_noon):
    """One run after all of it, because a run takes long: each says what must be seen after it."""
    checks = [act() for act in (people_edit, people_book_all_rooms, people_leave)]

    later(demo_noon, weeks=4)

    for check in checks:
        check()


def people_edit():
    coming = (
        Session.objects.published()
        .planned()
        .filter(activity__station__slug="nanhu", starts_at__gt=DEMO_NOON)
    )
    renamed, deleted, counted, moved = coming.order_by("starts_at")[:4]
    Activity.objects.filter(pk=renamed.activity_id).update(title="居民自己起的名字")
    deleted_title = deleted.activity.title
    deleted.activity.delete()
    Session.objects.filter(pk=counted.pk).update(story="我们自己写的。")
    Session.objects.filter(pk=moved.pk).update(address="别处")
    demand = Demand.objects.filter(status="accepted").latest("pk")
    Demand.objects.filter(pk=demand.pk).update(text="打过电话了，居民改了主意。")
    summary = MonthlySummary.objects.get(month=Month(2026, 10), station__slug="nanhu")
    summary.take("return", by=User.objects.get(username="director"), remark="请补写原因。")
    Volunteer.objects.filter(status="applied").update(skills="居民自己说的")

    def check():
        renamed.refresh_from_db()
        assert renamed.activity.title == "居民自己起的名字"
        assert renamed.people_served is None
        assert not Session.objects.filter(pk=deleted.pk).exists()
        assert not Session.objects.filter(
            activity__title=deleted_title,
            activity__station__slug="nanhu",
            starts_at=deleted.starts_at,
        ).exists()
        for session in (counted, moved):
            session.refresh_from_db()
            assert session.people_served is None
        assert counted.story == "我们自己写的。"
        demand.refresh_from_db()
        assert (demand.status, demand.text) == ("accepted", "打过电话了，居民改了主意。")
        summary.refresh_from_db()
        assert summary.status == "returned"
        willing = Volunteer.objects.filter(skills="居民自己说的")
        assert set(willing.values_list("status", flat=True)) == {"applied"}

    return check


def people_book_all_rooms():
    """南湖's rooms are taken for a whole week that is not planned yet."""
    begin = DEMO_NOON + timedelta(weeks=8)
    for venue in Venue.objects.filter(station__slug="nanhu"):
        make_booking(
            venue=venue,
            starts_at=begin - timedelta(days=7),
            ends_at=begin + timedelta(days=7),
            status="confirmed",
        )
    taken = set(Booking.objects.filter(starts_at=begin - timedelta(days=7)).values_list("pk"))

    def check():
        week = Session.objects.filter(
            activity__station__slug="nanhu",
            starts_at__gt=begin - timedelta(days=6),
            starts_at__lt=begin + timedelta(days=6),
        )
        assert week.count() >= 2
        assert all(session.booking is None and session.address for session in week)
        assert taken <= set(Booking.objects.values_list("pk"))

    return check


def people_leave():
    """An account, a brand and a station's name are gone; the rest goes on."""
    DemoRow.objects.get(key="user:clerk-02")
    User.objects.filter(username="clerk-02").update(username="a-real-name")
    Station.objects.filter(slug="station-05").update(slug="renamed", name="有名字的社区")
    Station.objects.filter(slug="station-06").update(ended_on=TODAY)
    Station.objects.get(slug="station-07").brands.all().delete()

    def check():
        week = {"starts_at__date__gt": TODAY + timedelta(weeks=9)}
        assert Session.objects.filter(activity__station__slug="renamed", **week).exists()
        assert not Session.objects.filter(activity__station__slug="station-06", **week).exists()
        assert Station.objects.count() == 15

    return check


# Saying where to look -------------------------------------------------------------------------


def test_welcome_tells_of_the_demo_accounts(demo_noon, settings):
    out = StringIO()

    call_command("welcome", "--port", "8123", stdout=out)

    assert "http://127.0.0.1:8123/admin/" in out.getvalue()
    assert Password().known() in out.getvalue()
    assert "clerk-nanhu" in out.getvalue()
    assert "密码已另改" not in out.getvalue()


def test_welcome_without_the_demo_says_how_to_make_an_account(db):
    out = StringIO()

    call_command("welcome", stdout=out)

    assert "createsuperuser" in out.getvalue()
    assert "director" not in out.getvalue()
