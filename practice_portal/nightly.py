"""What is done every night (夜间任务), each step alone: one that fails stops no other.

`settings.NIGHTLY` lists the steps, dotted name and what it is called. A step is a function
without arguments that answers an Outcome; it runs in a transaction of its own, unless it says that
it `commits_itself`. What it says is
shown to the street office and must hold no personal data; of an error we keep its kind and place
only, because its words may quote a row.
"""

import logging
import traceback
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import TypeVar

from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Min
from django.utils import timezone
from django.utils.module_loading import import_string

from activities.models import Session
from practice_portal.accounts.lockout import forget_expired as forget_failed_log_ins
from practice_portal.lib import metrics, uploads
from practice_portal.lib.backup import kept_models
from practice_portal.lib.chinese_dates import moment
from practice_portal.lib.locks import only_one
from practice_portal.lib.models import Answer
from practice_portal.lib.months import Month
from practice_portal.models import NightlyRun, NightlyStep
from reports.models import MonthlySummary
from stations.models import Station
from stations.scoping import is_at_centre

logger = logging.getLogger(__name__)

Thing = TypeVar("Thing")

#: A day, and an hour for a night that takes longer than the one before.
OVERDUE = timedelta(hours=25)
KEPT = timedelta(days=90)

#: In the first days of a month, in case a night is missed.
DRAW_UP_UNTIL = 5


class AlreadyRunning(Exception):
    """Another run is under way."""


@dataclass(frozen=True)
class Outcome:
    """What a step has to say; one that did part of its work is not ok, but what it did stays."""

    message: str
    is_ok: bool = True


def commits_itself(step: Callable[[], Outcome]) -> Callable[[], Outcome]:
    """Mark a step that works in many transactions: what it has done stays when the rest fails."""
    step.commits_itself = True
    return step


def one_by_one(
    things: Iterable[Thing], do: Callable[[Thing], object], *, called: Callable[[Thing], str]
) -> Outcome:
    """Do it to each in a savepoint of its own: a poisoned row stops no other."""
    done, failed = 0, []
    for thing in things:
        try:
            with transaction.atomic():
                do(thing)
            done += 1
        except Exception as error:
            _log(f"{do.__name__} {called(thing)}", error)
            failed.append(called(thing))
    if failed:
        return Outcome(f"完成{done}项，{len(failed)}项没有成功：{'、'.join(failed)}", is_ok=False)
    return Outcome(f"完成{done}项")


# The run ------------------------------------------------------------------------------------------


def run_nightly(say: Callable[[str], None] = print) -> bool:
    """Do tonight's steps; whether all went well. Raises AlreadyRunning."""
    with only_one("nightly") as is_ours:
        if not is_ours:
            raise AlreadyRunning
        run = NightlyRun.objects.create(started_at=timezone.now())
        outcomes = [_do(run, name, label, say) for name, label in settings.NIGHTLY.items()]
        run.ended_at = timezone.now()
        is_recorded = _record(run)
    return is_recorded and all(outcome.is_ok for outcome in outcomes)


def _do(run: NightlyRun, name: str, label: str, say: Callable[[str], None]) -> Outcome:
    step = NightlyStep(run=run, label=label, started_at=timezone.now())
    # Before the work, so that a step in which the machine went down is seen.
    is_recorded = _record(step)
    try:
        work = import_string(name)
        with _transaction_for(work):
            outcome = work()
    except Exception as error:
        _log(name, error)
        outcome = Outcome(f"出错：{_kind_and_place(error)}", is_ok=False)
    step.ended_at = timezone.now()
    step.is_ok = outcome.is_ok
    step.message = outcome.message[: step._meta.get_field("message").max_length]
    is_recorded &= _record(step)
    say(f"{'完成' if outcome.is_ok else '失败'}  {label}：{outcome.message}")
    return outcome if is_recorded else Outcome(outcome.message, is_ok=False)


def _transaction_for(step: Callable[[], Outcome]) -> AbstractContextManager:
    return nullcontext() if hasattr(step, "commits_itself") else transaction.atomic()


def _record(row) -> bool:
    """The rest of the night goes on when the database is away for a moment."""
    try:
        if not connection.in_atomic_block:  # as in a test
            connection.close_if_unusable_or_obsolete()
        row.save()
    except DatabaseError as error:
        _log("record", error)
        return False
    return True


def _kind_and_place(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}（{Path(last.filename).name} 第{last.lineno}行）"


def _log(what: str, error: Exception) -> None:
    """Kind and way of an error, but not its words."""
    way = "".join(traceback.format_tb(error.__traceback__))
    logger.error("nightly %s failed: %s\n%s", what, type(error).__name__, way.rstrip())


# The steps ----------------------------------------------------------------------------------------


@commits_itself
def forget() -> Outcome:
    """Personal data whose keep-time is over; the counts are in the command's own lines."""
    return _of_command("forget", "--yes", said="已清除")


@commits_itself
def close_accounts() -> Outcome:
    """Whoever's last posting has ended logs in no more."""
    return _of_command("close_accounts", said="已核对")


def _of_command(*command: str, said: str) -> Outcome:
    """What came of a command that does all it can and then says what it could not."""
    failures = StringIO()
    try:
        call_command(*command, stdout=StringIO(), stderr=failures)
    except CommandError:
        return Outcome("；".join(failures.getvalue().splitlines()), is_ok=False)
    return Outcome(said)


def record_absent() -> Outcome:
    """Who had signed up and did not come, where the coming was ticked off."""
    ended = Session.objects.just_ended()
    return one_by_one(ended, Session.record_absent, called=lambda session: f"场次{session.pk}")


def draw_up() -> Outcome:
    """Last month's summaries, in the first days of a month; those that exist stay."""
    if timezone.localdate().day > DRAW_UP_UNTIL:
        return Outcome(f"每月1日到{DRAW_UP_UNTIL}日才做")
    month = Month.current() - 1
    stations = Station.objects.in_month(month)

    def draw_up_one(station: Station) -> None:
        MonthlySummary.objects.draw_up(month, stations.filter(pk=station.pk))

    return one_by_one(stations, draw_up_one, called=str)


def tidy() -> Outcome:
    """Log-ins that have ended or failed, what was answered to forms, and old nights."""
    call_command("clearsessions", verbosity=0)
    forget_failed_log_ins()
    Answer.objects.outlived().delete()
    NightlyRun.objects.filter(started_at__lt=timezone.now() - KEPT).delete()
    return Outcome("已清理")


def check_figures() -> Outcome:
    today = timezone.localdate()

    def count(metric: metrics.Metric) -> None:
        metrics.figures([(metric, metric.period(today))])

    return one_by_one(metrics.declared().values(), count, called=lambda metric: metric.code)


def check_database() -> Outcome:
    """Every table can be read; SQLite looks at its file, too."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA integrity_check(1)")
            (answer,) = cursor.fetchone()
            cursor.execute("PRAGMA foreign_key_check")
            if answer != "ok" or cursor.fetchone():
                return Outcome("数据库文件有损坏，请尽快用最近的备份恢复", is_ok=False)
    return one_by_one(
        kept_models(),
        lambda model: model._base_manager.count(),
        called=lambda model: model._meta.label,
    )


def check_files() -> Outcome:
    """A name on the disk may be a person's, so the files are only counted."""
    if missing := uploads.missing():
        return Outcome(f"有{len(missing)}个上传的文件不见了，请从备份里找回", is_ok=False)
    return Outcome("文件都在")


# Who is told --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Notice:
    """What is wrong with the nights, as staff read it on top of their workplace."""

    text: str
    run: NightlyRun | None = None
    is_overdue: bool = False


def trouble() -> Notice | None:
    """Whether the nights are missing or the last one went wrong: for staff and for /healthz.

    Never on a developer's machine, where nobody has a cron. A new installation has a day for its
    first night, and then it is missed: forgetting in time is a promise to residents.
    """
    if settings.DEBUG:
        return None
    last = NightlyRun.objects.filter(ended_at__isnull=False).first()
    since = last.started_at if last else _installed_at()
    if timezone.now() - since > OVERDUE:
        said = f"上次运行是{moment(since)}，已经超过一天" if last else "还没有运行过"
        return Notice(
            f"夜间任务{said}：到期的个人信息不会清除，上月总结不会起草。"
            "请让管服务器的人照《运维手册》（docs/运维.md）检查每晚的 manage.py nightly。",
            last,
            is_overdue=True,
        )
    if last and (failed := list(last.failed_steps())):
        names = "、".join(step.label for step in failed)
        return Notice(
            f"夜间任务有{len(failed)}项没有成功：{names}。"
            "请在工作台的“夜间任务”里看结果，转给管服务器的人处理。",
            last,
        )
    return None


def notice_for(user) -> Notice | None:
    """A night that is missing is told to all staff, one that went wrong to the street office."""
    notice = trouble()
    if notice is None or is_at_centre(user):
        return notice
    if notice.is_overdue:
        return Notice("夜间任务已经超过一天没有运行，请打电话告诉街道。", is_overdue=True)
    return None


def _installed_at() -> datetime:
    """The day on which this database was made: that of its first migration."""
    applied = MigrationRecorder(connection).migration_qs
    return applied.aggregate(first=Min("applied"))["first"] or timezone.now()
