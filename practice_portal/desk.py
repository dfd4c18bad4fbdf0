"""The admin's first page: what waits for me, and how my week and month are going."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property

from django.utils import timezone

from activities.models import Session
from activities.weeks import Week
from practice_portal.lib import metrics, todo
from practice_portal.lib.metrics import Metric, Number
from practice_portal.lib.months import Month
from reports.models import Plan
from reports.plans import PlanFigure, planned_in, progress
from reports.sheets import KEY_FIGURES
from stations.models import Station


@dataclass(frozen=True)
class Section:
    """Some piles as one list, the oldest line first."""

    piles: list[todo.Pile]

    @property
    def lines(self) -> list[todo.Line]:
        lines = [line for pile in self.piles for line in pile.lines]
        return sorted(lines, key=lambda line: line.order)

    @property
    def late_lines(self) -> list[todo.Line]:
        return [line for line in self.lines if line.days_late]

    @property
    def lines_in_time(self) -> list[todo.Line]:
        return [line for line in self.lines if not line.days_late]

    @property
    def count(self) -> int:
        return sum(pile.count for pile in self.piles)

    @property
    def late(self) -> int:
        return sum(pile.late for pile in self.piles)

    @property
    def count_in_time(self) -> int:
        return self.count - self.late

    @property
    def longer(self) -> list[todo.Pile]:
        """The piles of which not everything is shown."""
        return [pile for pile in self.piles if pile.more]


@dataclass(frozen=True)
class MonthFigure:
    """A figure of the running month, beside the month before up to the same day and as a whole."""

    metric: Metric
    value: Number
    by_this_day: Number
    before: Number

    @property
    def label(self) -> str:
        return KEY_FIGURES[self.metric.code]


@dataclass(frozen=True)
class OwnPlan:
    """A station's plan of the running month; without an adopted one there are no figures."""

    station: Station
    plan: Plan | None
    figures: list[PlanFigure]


class Desk:
    """What one member of staff finds in the morning.

    A station's staff see their own station. The street office sees what waits for itself, and
    below it what lies at the stations.
    """

    def __init__(self, user):
        self.user = user
        self.today = timezone.localdate()

    @cached_property
    def waiting(self) -> list[todo.Waiting]:
        return [each for each in todo.declared() if each.is_done_by(self.user)]

    def _rows(self, waiting: todo.Waiting):
        return waiting.open_to(self.user, waiting.rows().managed_by(self.user))

    def _here(self, waiting: todo.Waiting) -> dict:
        return {f"{waiting.model.station_path}__in": self.user.station_ids}

    @cached_property
    def mine(self) -> Section:
        """What I can do, at my own stations; and what only the street office does, everywhere."""
        return Section(
            [
                each.first(rows if each.is_for_street else rows.filter(**self._here(each)))
                for each in self.waiting
                for rows in [self._rows(each)]
            ]
        )

    @cached_property
    def at_stations(self) -> Section | None:
        """What the street office sees lying at the stations."""
        if not self.user.is_at_centre:
            return None
        return Section(
            [
                each.first(self._rows(each).exclude(**self._here(each)))
                for each in self.waiting
                if not each.is_for_street
            ]
        )

    @cached_property
    def sessions(self):
        """The planned sessions that I hold, or that the street holds."""
        return Session.objects.planned().managed_by(self.user)

    @cached_property
    def week(self) -> Week:
        return Week.of(self.sessions, self.today)

    @cached_property
    def last_week(self) -> Week:
        return Week.of(self.sessions, self.today - timedelta(days=7))

    @property
    def month(self) -> Month:
        return Month.of(self.today)

    @property
    def same_day(self) -> date:
        """This day of the month before, or its last."""
        before = self.month - 1
        return min(before.first + timedelta(days=self.today.day - 1), before.last)

    @cached_property
    def month_figures(self) -> list[MonthFigure]:
        """The five key figures, in one query; two stations' joint activity counts once."""
        by_code = metrics.declared()
        declared = [by_code[code] for code in KEY_FIGURES]
        first, before = self.month.first, (self.month - 1)
        periods = [(self.today, first), (self.same_day, before.first), (before.last, before.first)]
        questions = [(each, each.period(*period)) for each in declared for period in periods]
        values = iter(self._values(questions))
        return [MonthFigure(each, next(values), next(values), next(values)) for each in declared]

    def _values(self, questions: Iterable[tuple]) -> list[Number]:
        if self.user.is_at_centre:
            return metrics.figures(questions)
        ids = self.user.station_ids
        found = metrics.amounts((metric, period, ids) for metric, period in questions)
        return [metric.total(rows) for (metric, _), rows in zip(questions, found, strict=True)]

    @cached_property
    def _planned(self) -> dict[int, dict[str, int]]:
        return planned_in(self.month)

    @cached_property
    def own_plans(self) -> list[OwnPlan]:
        """Each of my stations beside its plan, which is adopted, or still to be written."""
        of_mine = Plan.objects.filter(station__in=self.user.station_ids, month=self.month)
        plans = {plan.station_id: plan for plan in of_mine.select_related("station")}
        return [
            OwnPlan(station, plan, self._progress(plan))
            for station in self.user.stations
            for plan in [plans.get(station.pk)]
        ]

    def _progress(self, plan: Plan | None) -> list[PlanFigure]:
        if plan is None or not plan.adopted_on:
            return []
        planned = {pk: each for pk, each in self._planned.items() if pk == plan.station_id}
        return progress(self.month, planned)

    @cached_property
    def street_plan(self) -> tuple[int, PlanFigure] | None:
        """How many stations go by a plan of their own, and how far they are together."""
        if not (self.user.is_at_centre and self._planned):
            return None
        return len(self._planned), progress(self.month, self._planned)[0]
