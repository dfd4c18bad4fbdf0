"""Every night's work: each step alone, failures kept without anybody's data, staff told."""

import io
import threading
from datetime import date, timedelta

import pytest
import time_machine
from django.conf import settings
from django.contrib.sessions.models import Session as LogIn
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.urls import reverse
from django.utils import timezone
from django.utils.module_loading import import_string

from activities.models import Session, Signup
from practice_portal import nightly
from practice_portal.models import NightlyRun, NightlyStep
from practice_portal.nightly import Outcome, notice_for, run_nightly
from reports.models import MonthlySummary
from services.models import Demand
from stations import accounts
from stations.management.commands import close_accounts
from stations.models import Posting, Station, User
from tests.factories import (
    at,
    make_activity,
    make_demand,
    make_night,
    make_session,
    make_signup,
    make_user,
)
from tests.races import PATIENCE

NAME, PHONE = "宋示例", "13800000000"


def succeed() -> Outcome:
    make_demand(title="做成的")
    return Outcome("做了1项")


def fail() -> Outcome:
    make_demand(title="半成品")
    raise ValueError(f"{NAME} {PHONE}")


def break_the_transaction() -> Outcome:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")


@pytest.fixture
def steps_are(settings, monkeypatch):
    """Let tonight's steps be functions of this file, or dotted names that lead nowhere."""
    here = {"succeed": succeed, "fail": fail, "break_the_transaction": break_the_transaction}
    monkeypatch.setattr(
        nightly, "import_string", lambda name: here.get(name.strip()) or import_string(name)
    )

    def steps_are(*names: str) -> None:
        settings.NIGHTLY = {name + " " * n: f"示例步骤{n}" for n, name in enumerate(names, 1)}

    return steps_are


def failing_for(row, do):
    """The same, but it breaks off at this row, after half of its work."""

    def do_or_fail(each):
        do(each)
        if each == row:
            raise ValueError(f"{NAME} {PHONE}")

    return do_or_fail


def at_night() -> tuple[bool, list[str]]:
    said = []
    return run_nightly(said.append), said


# Steps --------------------------------------------------------------------------------------------


def test_nightly_does_all_that_is_listed(centre, station):
    with time_machine.travel(at("2026-12-01", "3:00"), tick=False):
        out = io.StringIO()
        call_command("nightly", stdout=out)

    forgotten, *others = out.getvalue().splitlines()
    assert forgotten.startswith("完成  清除到期的个人信息：")
    assert others == [
        "完成  记下报了名没来的：完成0项",
        "完成  停用任职已结束的账号：已核对",
        "完成  起草上月总结：完成2项",
        "完成  清理过期的登录和旧记录：已清理",
        f"完成  检查各项数字算得出：完成{len(nightly.metrics.declared())}项",
        f"完成  检查数据库：完成{len(nightly.kept_models())}项",
        "完成  检查上传的文件：文件都在",
    ]
    assert MonthlySummary.objects.count() == 2
    run = NightlyRun.objects.get()
    assert run.ended_at and not run.failed_steps()


def test_nightly_step_that_fails_stops_no_other_and_leaves_nothing(db, steps_are):
    steps_are("succeed", "fail", "break_the_transaction", "no.such.step", "succeed")

    is_ok, said = at_night()

    assert not is_ok
    assert [line[:2] for line in said] == ["完成", "失败", "失败", "失败", "完成"]
    rows = list(NightlyStep.objects.values_list("label", "is_ok"))
    assert rows == [
        ("示例步骤1", True),
        ("示例步骤2", False),
        ("示例步骤3", False),
        ("示例步骤4", False),
        ("示例步骤5", True),
    ]
    assert NightlyRun.objects.get().ended_at
    assert list(Demand.objects.values_list("title", flat=True)) == ["做成的", "做成的"]


def test_nightly_keeps_and_logs_no_words_of_an_error(db, steps_are, caplog, capsys):
    steps_are("fail")

    _, said = at_night()

    message = NightlyStep.objects.get().message
    assert message.startswith("出错：ValueError（test_nightly.py 第")
    for text in (message, caplog.text, capsys.readouterr().err, *said):
        assert PHONE not in text
        assert NAME not in text
    assert "in fail" in caplog.text


def test_nightly_command_fails_when_a_step_did(db, steps_are):
    steps_are("fail")

    with pytest.raises(CommandError, match="有没成功的步骤"):
        call_command("nightly", stdout=io.StringIO())


def test_nightly_poisoned_row_stops_no_other(centre, station, other_station, monkeypatch):
    real = MonthlySummary.objects.draw_up

    def draw_up(month, stations):
        if station in stations:
            MonthlySummary.objects.create(station=station, month=month, status=None)
        return real(month, stations)

    monkeypatch.setattr(type(MonthlySummary.objects), "draw_up", lambda self, *args: draw_up(*args))
    with time_machine.travel(at("2026-12-05", "3:00"), tick=False), transaction.atomic():
        outcome = nightly.draw_up()

    assert outcome == Outcome("完成2项，1项没有成功：南湖社区", is_ok=False)
    stations = set(MonthlySummary.objects.values_list("station", flat=True))
    assert stations == {centre.pk, other_station.pk}


def test_nightly_notes_who_did_not_come_to_the_others(station, clerk, monkeypatch):
    lessons, absent = [], []
    with time_machine.travel(at("2026-11-28", "9:00"), tick=False):
        for _ in range(2):
            activity = make_activity(station=station, status="published")
            lessons.append(make_session(activity=activity, starts_at=at("2026-11-28"), capacity=20))
            absent.append(make_signup(session=lessons[-1]))
            make_signup(session=lessons[-1]).check_in(by=clerk)
    monkeypatch.setattr(Session, "record_absent", failing_for(lessons[0], Session.record_absent))
    with time_machine.travel(at("2026-11-29", "3:00"), tick=False), transaction.atomic():
        outcome = nightly.record_absent()

    assert outcome == Outcome(f"完成1项，1项没有成功：场次{lessons[0].pk}", is_ok=False)
    found = [Signup.objects.get(pk=signup.pk).status for signup in absent]
    assert found == ["confirmed", "absent"]


def test_nightly_closes_the_other_accounts(station, roles, monkeypatch):
    leavers = [make_user(station=station, role="clerk") for _ in range(3)]
    Posting.objects.update(until=date(2020, 1, 1))
    monkeypatch.setattr(close_accounts, "close", failing_for(leavers[1], accounts.close))

    outcome = nightly.close_accounts()

    assert outcome == Outcome(f"账号{leavers[1].pk}没有停用，ValueError", is_ok=False)
    assert list(User.objects.filter(is_active=True)) == [leavers[1]]


def test_nightly_draws_up_in_the_first_days_only(centre, station):
    with time_machine.travel(at("2026-12-06", "3:00"), tick=False):
        nightly.draw_up()

    assert not MonthlySummary.objects.exists()


def test_nightly_names_the_figure_that_cannot_be_counted(db, monkeypatch):
    declared = nightly.metrics.declared()
    code = next(iter(declared))
    broken = nightly.metrics.Metric(
        **{**vars(declared[code]), "rows": lambda period: Station.objects.filter(nothing=1)}
    )
    monkeypatch.setattr(nightly.metrics, "declared", lambda: {**declared, code: broken})

    outcome = nightly.check_figures()

    expected = f"完成{len(declared) - 1}项，1项没有成功：{code}"
    assert outcome == Outcome(expected, is_ok=False)


def test_nightly_counts_missing_files(db):
    make_activity(poster="activities/宋示例.webp")

    outcome = nightly.check_files()

    assert outcome == Outcome("有1个上传的文件不见了，请从备份里找回", is_ok=False)


def test_nightly_tidies_log_ins_and_old_nights(db):
    now = timezone.now()
    for name, days in (("old", -1), ("new", 1)):
        LogIn.objects.create(
            session_key=name, session_data="x", expire_date=now + timedelta(days=days)
        )
    NightlyRun.objects.create(started_at=now - timedelta(days=91))
    kept = NightlyRun.objects.create(started_at=now - timedelta(days=89))

    nightly.tidy()

    assert [each.session_key for each in LogIn.objects.all()] == ["new"]
    assert list(NightlyRun.objects.all()) == [kept]


def test_nightly_goes_on_when_its_record_cannot_be_written(db, steps_are, monkeypatch):
    steps_are("succeed", "succeed")
    real = NightlyStep.save
    tries = []

    def save(self, *args, **kwargs):
        tries.append(self.label)
        if len(tries) == 1:
            raise DatabaseError
        real(self, *args, **kwargs)

    monkeypatch.setattr(NightlyStep, "save", save)

    is_ok, said = at_night()

    assert not is_ok
    assert len(said) == 2


# One at a time ------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_nightly_second_run_says_so_and_leaves():
    is_inside, may_leave = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with nightly.only_one("nightly") as is_ours:
                assert is_ours
                is_inside.set()
                may_leave.wait(PATIENCE)
        finally:
            connection.close()

    first = threading.Thread(target=hold)
    first.start()
    assert is_inside.wait(PATIENCE)
    try:
        with pytest.raises(CommandError, match="已有一次夜间任务正在运行") as refused:
            call_command("nightly", stdout=io.StringIO())
    finally:
        may_leave.set()
        first.join(PATIENCE)

    assert refused.value.returncode == 2
    assert not NightlyRun.objects.exists()
    call_command("nightly", stdout=io.StringIO())
    assert NightlyRun.objects.count() == 1


# Who is told --------------------------------------------------------------------------------------


def installed(*, hours_ago: float) -> None:
    first = timezone.now() - timedelta(hours=hours_ago)
    MigrationRecorder(connection).migration_qs.update(applied=first)


def words_of(client, user) -> str:
    client.force_login(user)
    return client.get(reverse("admin:index")).content.decode()


def test_nightly_that_ran_is_no_news(client, director, clerk):
    make_night(hours_ago=24.5)

    for person in (director, clerk):
        assert "夜间任务已经" not in words_of(client, person)
        assert notice_for(person) is None


def test_nightly_that_did_not_run_for_a_day_is_told_to_all_staff(client, director, clerk):
    make_night(hours_ago=25.5)
    make_night(hours_ago=1, is_ended=False)

    assert "已经超过一天：到期的个人信息不会清除" in words_of(client, director)
    assert "夜间任务已经超过一天没有运行，请打电话告诉街道。" in words_of(client, clerk)


def test_nightly_that_never_ran_is_told_a_day_after_the_first_migration(director, clerk):
    """Nobody has to hurry on the day of the installation."""
    installed(hours_ago=24.5)

    assert notice_for(director) is None

    installed(hours_ago=25.5)

    assert notice_for(director).text.startswith("夜间任务还没有运行过：")
    assert notice_for(clerk).text == "夜间任务已经超过一天没有运行，请打电话告诉街道。"


def test_nightly_is_not_missed_on_a_developers_machine(director, settings):
    installed(hours_ago=25.5)
    settings.DEBUG = True

    assert notice_for(director) is None


def test_nightly_that_failed_is_told_to_the_street_office(client, director, clerk):
    run = make_night(hours_ago=1, failed="检查上传的文件")

    page = words_of(client, director)

    assert "夜间任务有1项没有成功：检查上传的文件。" in page
    assert reverse("admin:practice_portal_nightlyrun_change", args=[run.pk]) in page
    assert notice_for(clerk) is None


def test_nightly_records_are_read_by_the_street_office_and_changed_by_nobody(client, director):
    run = make_night(hours_ago=1, failed="检查上传的文件")
    client.force_login(director)
    change = reverse("admin:practice_portal_nightlyrun_change", args=[run.pk])

    listed = client.get(reverse("admin:practice_portal_nightlyrun_changelist"))
    shown = client.get(change)

    assert "1项没有成功：检查上传的文件" in listed.content.decode()
    assert "检查数据库" in shown.content.decode()
    for address in (
        change,
        reverse("admin:practice_portal_nightlyrun_delete", args=[run.pk]),
        reverse("admin:practice_portal_nightlyrun_add"),
    ):
        assert client.post(address, {"post": "yes"}).status_code == 403
    assert NightlyRun.objects.count() == 1


def test_nightly_steps_are_those_of_the_operators_handbook():
    handbook = (settings.BASE_DIR / "docs" / "运维.md").read_text(encoding="utf-8")
    said = handbook.partition("## 三、每晚的事")[2].partition("```")[0].replace("\n", "")

    assert [label for label in settings.NIGHTLY.values() if label not in said] == []
