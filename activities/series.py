"""Many sessions at once: made by a rule (排很多场), moved or called off together (改期、取消).

Each plan says first what it would do and why it could not; done, it is done whole or not at all,
and each session goes through its own door.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities.models import Activity, Session
from activities.times import FURTHEST, moments, shifted
from practice_portal.lib import chinese_dates
from practice_portal.lib.workflow import IllegalStep
from stations.models import Holiday, Venue

#: More at once than a year of weeks is a slip of the finger.
MOST = 60


class Refused(Exception):
    """Something stood in the way of the whole; `.lines` say at which session, and what."""

    def __init__(self, lines: Sequence[Line]):
        super().__init__()
        self.lines = lines


@dataclass
class Line:
    """One session as it would be, beside what it is now; and what stands in the way."""

    starts_at: datetime
    ends_at: datetime
    venue: Venue | None = None
    address: str = ""
    session: Session | None = None
    note: str = ""
    problem: str = ""
    ignored: set[int] = field(default_factory=set)  # bookings that will have moved by then

    @property
    def day(self) -> date:
        return timezone.localdate(self.starts_at)

    @property
    def before(self) -> str:
        return self.session.days if self.session else ""

    @property
    def days(self) -> str:
        return chinese_dates.span(self.starts_at, self.ends_at)

    @property
    def place(self) -> str:
        room = str(self.venue) if self.venue else ""
        return "，".join(filter(None, [room, self.address]))

    def overlaps(self, other: Line) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


def fingerprint(lines: Iterable[Line]) -> str:
    """What somebody has looked at: done is only what they saw."""
    seen = [
        (line.session and line.session.pk, line.before, line.days, line.place, line.problem)
        for line in lines
    ]
    return hashlib.sha256(repr(seen).encode()).hexdigest()[:32]


def find_problems(lines: Sequence[Line]) -> None:
    """Write to each line what stands in its way: the past, a room that is taken, one another."""
    for number, line in enumerate(lines):
        if not line.problem:
            line.problem = _problem(line, lines[:number])


def _problem(line: Line, earlier: Sequence[Line]) -> str:
    now = timezone.now()
    is_new_time = line.session is None or line.session.starts_at != line.starts_at
    if is_new_time and line.starts_at < now:
        return "这个时间已经过去了。"
    if is_new_time and line.starts_at > now + FURTHEST:
        return "这一天太远了，请选一年以内的日子。"
    if line.venue is None:
        return ""
    if not line.venue.is_in_force(line.day):
        return "这个阵地那天已经不用了，请换一个。"
    rival = next((each for each in earlier if _share_a_room(each, line)), None)
    if rival:
        return f"和{rival.days}那一场用同一个阵地，时间也重叠。"
    taken = line.venue.bookings.occupying().overlapping(line.starts_at, line.ends_at)
    clash = taken.exclude(pk__in=line.ignored).order_by("starts_at").first()
    return clash.in_words if clash else ""


def _share_a_room(one: Line, other: Line) -> bool:
    return not one.problem and one.venue == other.venue and one.overlaps(other)


# A row of sessions by a rule ----------------------------------------------------------------------


def days_by_rule(first: date, weeks: int, *, until: date | None, times: int | None) -> list[date]:
    """Every so many weeks from the first day on, until a day (counted) or so many times."""
    last = min(until or date.max, first + FURTHEST)
    most = min(times or MOST, MOST)
    days = (first + timedelta(weeks=weeks * number) for number in range(most))
    return [day for day in days if day <= last]


def holidays(days: Sequence[date]) -> dict[date, str]:
    """Those of the days that are public holidays, with their names; one query."""
    if not days:
        return {}
    rows = Holiday.objects.filter(is_working=False)
    known = list(rows.filter(first_on__lte=max(days), last_on__gte=min(days)))
    return {
        day: holiday.name
        for day in days
        for holiday in known
        if holiday.first_on <= day <= holiday.last_on
    }


def row_of_sessions(
    activity: Activity,
    days: Sequence[date],
    hours: tuple[time, time],
    venue: Venue | None,
    address: str = "",
    *,
    skips_holidays: bool = True,
) -> list[Line]:
    """The sessions that a rule would make; a skipped one says why."""
    off = holidays(days)
    there = {session.starts_at for session in activity.sessions.planned()}
    lines = []
    for day in days:
        line = Line(*moments(day, *hours), venue=venue, address=address)
        if day in off:
            line.note = f"{off[day]}放假"
            line.problem = f"{off[day]}放假，跳过。" if skips_holidays else ""
        if line.starts_at in there:
            line.problem = "这个活动这时候已经有一场了。"
        lines.append(line)
    find_problems(lines)
    return lines


def last_session(activity: Activity) -> Session | None:
    """The one that a row goes on from; what is open for days is no pattern for anything."""
    last = activity.sessions.planned().select_related("booking__venue").last()
    return None if last is None or last.is_daily else last


def make_row(activity: Activity, lines: Sequence[Line], capacity: int | None) -> list[Session]:
    """Make these sessions, all or none; raises Refused when a room has been taken meanwhile.

    What a row does not ask, how sign-up goes, is as at the activity's last session.
    """
    like = last_session(activity)
    with transaction.atomic():
        made = []
        for line in lines:
            session = Session(
                activity=activity,
                starts_at=line.starts_at,
                ends_at=line.ends_at,
                address=line.address,
                capacity=capacity,
            )
            if like:
                session.take_signups_like(like)
            session.save()
            with _refusing(line, lines):
                session.hold(line.venue)
            made.append(session)
    return made


@contextmanager
def _refusing(line: Line, lines: Sequence[Line]):
    """What a session itself refuses stands in its line, and nothing of the whole is done."""
    try:
        yield
    except IllegalStep as error:
        line.problem = error.message
    except ValidationError as error:
        line.problem = "".join(error.messages)
    if line.problem:
        raise Refused(lines)


# Sessions that are moved or called off ------------------------------------------------------------


class Scope:
    """Which of an activity's sessions: only this one, from this one on, all that are to come."""

    ONLY, FROM, ALL = "only", "from", "all"
    CHOICES = ((ONLY, "只这一场"), (FROM, "从这一场起，后面的都改"), (ALL, "所有还没办的场次"))


def to_come(activity: Activity):
    """The sessions that can still be moved or called off, the next first."""
    return activity.sessions.planned().upcoming()


def in_scope(activity: Activity, session: Session, scope: str) -> list[Session]:
    rows = to_come(activity).select_related("activity__station", "booking__venue__station")
    if scope == Scope.ONLY:
        rows = rows.filter(pk=session.pk)
    elif scope == Scope.FROM:
        rows = rows.filter(starts_at__gte=session.starts_at)
    return list(rows)


@dataclass(frozen=True)
class Change:
    """What becomes of the sessions: so many days later, other hours, another place."""

    shift: timedelta = timedelta()
    starts: time | None = None
    ends: time | None = None
    keeps_room: bool = True
    venue: Venue | None = None
    address: str | None = None  # None: as it is

    def line(self, session: Session) -> Line:
        """The session as it would be."""
        venue = session.room if self.keeps_room else self.venue
        address = session.address if self.address is None else self.address
        line = Line(session.starts_at, session.ends_at, venue, address, session)
        try:
            line.starts_at, line.ends_at = shifted(
                session.starts_at, session.ends_at, self.shift, self.starts, self.ends
            )
        except ValidationError as error:
            line.problem = "".join(error.messages)
            return line
        if venue and session.capacity and venue.capacity and session.capacity > venue.capacity:
            line.problem = f"{venue.name}能坐{venue.capacity}人，这一场有{session.capacity}个名额。"
        return line

    def lines(self, sessions: Sequence[Session]) -> list[Line]:
        """All of them, each with what stands in its way; their own rooms do not."""
        lines = [self.line(session) for session in sessions]
        own = {session.booking_id for session in sessions if session.booking_id}
        off = holidays([line.day for line in lines])
        for line in lines:
            line.ignored = own
            line.note = f"{off[line.day]}放假" if line.day in off else ""
        find_problems(lines)
        return lines


def move(activity: Activity, session: Session, scope: str, change: Change, reason: str, seen: str):
    """Move the sessions together; raises Refused unless all can be, and all are as they were seen.

    Those at the end go first when the row moves to later days, so that no two of them ever want
    one room at once.
    """
    with transaction.atomic():
        _lock(activity)
        lines = change.lines(in_scope(activity, session, scope))
        if not lines or any(line.problem for line in lines) or fingerprint(lines) != seen:
            raise Refused(lines)
        is_later = lines[0].starts_at > lines[0].session.starts_at
        for line in sorted(lines, key=lambda each: each.starts_at, reverse=is_later):
            line.session.address = line.address
            with _refusing(line, lines):
                line.session.move(line.starts_at, line.ends_at, line.venue, reason)
        return lines


def call_off(activity: Activity, session: Session, scope: str, reason: str, seen: str, by):
    """Cancel the sessions together, each by its own step; raises Refused when one cannot be."""
    with transaction.atomic():
        _lock(activity)
        lines = as_they_are(in_scope(activity, session, scope))
        if not lines or fingerprint(lines) != seen:
            raise Refused(lines)
        for line in lines:
            with _refusing(line, lines):
                line.session.take("cancel", by=by, remark=reason)
        return lines


def as_they_are(sessions: Iterable[Session]) -> list[Line]:
    return [Line(s.starts_at, s.ends_at, s.room, s.address, s) for s in sessions]


def _lock(activity: Activity) -> None:
    """Nobody moves or cancels one of them while all are being moved."""
    list(activity.sessions.select_for_update().values_list("pk"))
