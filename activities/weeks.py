"""The week at a glance: seven days, and how many sessions each has."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from activities.models import SessionQuerySet


@dataclass(frozen=True)
class Day:
    """One day of the strip."""

    on: date
    count: int
    today: date

    @property
    def is_today(self) -> bool:
        return self.on == self.today

    @property
    def is_past(self) -> bool:
        return self.on < self.today

    @property
    def is_weekend(self) -> bool:
        return self.on.weekday() >= 5


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
        spans = [
            # The last moment is still part of the session, midnight after it is not.
            (timezone.localdate(starts_at), timezone.localdate(ends_at - timedelta.resolution))
            for starts_at, ends_at in sessions.on_days(dates[0], dates[-1]).values_list(
                "starts_at", "ends_at"
            )
        ]
        days = [Day(on, sum(first <= on <= last for first, last in spans), today) for on in dates]
        return cls(days, len(spans))
