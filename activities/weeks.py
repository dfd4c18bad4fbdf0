"""The week and the month at a glance: the days, and what each of them has."""

from __future__ import annotations

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from activities.models import Session, SessionQuerySet
from practice_portal.lib import lunar
from practice_portal.lib.months import FIRST_MONTH, Month

#: The lines in a day's square of the month calendar.
ROOM = 5
#: A month with more sessions than this is a long one.
LONG = 20


@dataclass(frozen=True)
class Day:
    """One day, with how many sessions it has and, in the month's calendar, which."""

    on: date
    count: int
    today: date
    sessions: tuple[Session, ...] = ()

    @property
    def is_today(self) -> bool:
        return self.on == self.today

    @property
    def is_past(self) -> bool:
        return self.on < self.today

    @property
    def is_weekend(self) -> bool:
        return self.on.weekday() >= 5

    @property
    def shown(self) -> tuple[Session, ...]:
        """What its square in the calendar has room for; the rest is on the day's own list."""
        return self.sessions if len(self.sessions) <= ROOM else self.sessions[: ROOM - 1]

    @property
    def more(self) -> tuple[Session, ...]:
        """What it has no room for on a screen; paper has no links, and prints them, too."""
        return self.sessions[len(self.shown) :]

    @property
    def lunar(self) -> str:
        return lunar.lunar_day(self.on)

    @property
    def feast(self) -> str:
        return lunar.feast(self.on)


def _span(starts_at, ends_at) -> tuple[date, date]:
    """The first and the last day of a session.

    The last moment is still part of it, midnight after it is not.
    """
    return timezone.localdate(starts_at), timezone.localdate(ends_at - timedelta.resolution)


def _counted(sessions: SessionQuerySet, dates: list[date], today: date) -> tuple[list[Day], int]:
    """The days with their counts, and how many sessions there are in all; one query.

    A session of several days counts on each of them, and once in all.
    """
    times = sessions.on_days(dates[0], dates[-1]).values_list("starts_at", "ends_at")
    spans = [_span(starts_at, ends_at) for starts_at, ends_at in times]
    days = [Day(on, sum(first <= on <= last for first, last in spans), today) for on in dates]
    return days, len(spans)


@dataclass(frozen=True)
class Week:
    """From Monday to Sunday; a session of several days counts on each, and once in the week."""

    days: list[Day]
    count: int

    @property
    def first(self) -> date:
        return self.days[0].on

    @property
    def last(self) -> date:
        return self.days[-1].on

    @property
    def today(self) -> Day:
        return next(day for day in self.days if day.is_today)

    @classmethod
    def of(cls, sessions: SessionQuerySet, today: date) -> Week:
        """The week of a day, in one query."""
        monday = today - timedelta(days=today.weekday())
        dates = [monday + timedelta(days=number) for number in range(7)]
        return cls(*_counted(sessions, dates, today))


@dataclass(frozen=True)
class MonthWeek:
    """A week's row of a month's calendar; days of other months are None."""

    days: list[Day | None]

    @property
    def first(self) -> date:
        return next(day.on for day in self.days if day)

    @property
    def last(self) -> date:
        return next(day.on for day in reversed(self.days) if day)

    @property
    def has_sessions(self) -> bool:
        return any(day.sessions for day in self.days if day)

    @property
    def has_today(self) -> bool:
        return any(day.is_today for day in self.days if day)

    @property
    def is_past(self) -> bool:
        return all(day.is_past for day in self.days if day)


@dataclass(frozen=True)
class MonthCalendar:
    """A month in weeks from Monday to Sunday; days of other months are None."""

    month: Month
    weeks: list[list[Day | None]]
    count: int
    cancelled: int = 0

    #: The centre was founded in this year; and nobody plans further ahead than a year.
    MONTHS_AHEAD = 12
    MONTHS_PRINTED_BACK = 3

    @classmethod
    def counted(cls, sessions: SessionQuerySet, month: Month, today: date) -> MonthCalendar:
        """With the days' counts only, in one query."""
        days, count = _counted(sessions, _dates(month), today)
        return cls(month, _in_weeks(month, days), count)

    @classmethod
    def of(cls, sessions: SessionQuerySet, month: Month, today: date) -> MonthCalendar:
        """With the sessions of each day, the cancelled ones among them but not counted."""
        found = list(
            sessions.on_days(month.first, month.last).for_cards().order_by("starts_at", "pk")
        )
        planned = [session for session in found if session.status == Session.Status.PLANNED]
        days = []
        for on in _dates(month):
            of_day = tuple(s for s in found if _is_on(s, on))
            count = sum(session in planned for session in of_day)
            days.append(Day(on, count, today, of_day))
        return cls.of_days(month, days, len(planned), len(found) - len(planned))

    @classmethod
    def of_days(
        cls, month: Month, days: list[Day], count: int, cancelled: int = 0
    ) -> MonthCalendar:
        """The days of a month in their weeks."""
        return cls(month, _in_weeks(month, days), count, cancelled)

    @classmethod
    def is_known(cls, month: Month) -> bool:
        """Whether the calendar reaches so far."""
        return FIRST_MONTH <= month <= Month.current() + cls.MONTHS_AHEAD

    @classmethod
    def is_printed(cls, month: Month) -> bool:
        """Whether there is a sheet of it: who prints wants the weeks to come, or the last ones."""
        return month >= Month.current() - cls.MONTHS_PRINTED_BACK and cls.is_known(month)

    @property
    def is_empty(self) -> bool:
        return not (self.count or self.cancelled)

    @property
    def has_paper(self) -> bool:
        """Whether to offer the sheet: nobody prints a month in which nothing is."""
        return self.is_printed(self.month) and not self.is_empty

    @property
    def is_busy(self) -> bool:
        """Whether the days are so full that the titles have to be set small on paper."""
        return any(day and len(day.sessions) > 2 for week in self.weeks for day in week)

    @property
    def is_long(self) -> bool:
        """Whether it is more than one scrolls through on a phone, which then shows a week."""
        return self.count > LONG

    @property
    def rows(self) -> list[MonthWeek]:
        return [MonthWeek(week) for week in self.weeks]

    @property
    def first_shown(self) -> MonthWeek | None:
        """The week that a phone opens on: this one or the next with something, else the first."""
        weeks = [week for week in self.rows if week.has_sessions]
        coming = [week for week in weeks if not week.is_past]
        return next(iter([*coming, *weeks]), None)

    @property
    def previous(self) -> Month | None:
        return self.month - 1 if self.is_known(self.month - 1) else None

    @property
    def next(self) -> Month | None:
        return self.month + 1 if self.is_known(self.month + 1) else None


def _is_on(session: Session, on: date) -> bool:
    first, last = _span(session.starts_at, session.ends_at)
    return first <= on <= last


def _dates(month: Month) -> list[date]:
    return [month.first + timedelta(days=number) for number in range(month.last.day)]


def _in_weeks(month: Month, days: Iterable[Day]) -> list[list[Day | None]]:
    by_date = {day.on: day for day in days}
    weeks = calendar.Calendar().monthdatescalendar(month.year, month.month)
    return [[by_date.get(on) for on in week] for week in weeks]
