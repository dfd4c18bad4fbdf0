"""A month on one page: every station's figures, the street's total, and the month before.

A figure of an approved summary is the frozen one; every other is counted as the rows are now.
The street's total adds up rows, not figures, so that a joint activity counts once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property

from django.urls import reverse

from practice_portal.lib import metrics
from practice_portal.lib.metrics import Line, Metric, Number, Period
from practice_portal.lib.months import Month
from reports.models import FrozenFigure, FrozenLine, MonthlySummary, MonthlySummaryChange
from reports.plans import ALL, planned_in
from stations.models import Station

#: The five figures that the month's table shows, and the titles of their columns.
KEY_FIGURES = {
    "activities.sessions_held": "活动场次",
    "activities.people_served": "参加人次",
    "volunteers.hours_signed_in": "签到小时",
    "services.needs_collected": "收到需求",
    "services.demands_completed": "办结需求",
}


@dataclass(frozen=True)
class Cell:
    """One figure of one row: now, in the month before, and what the rows say by now (更正)."""

    metric: Metric
    value: Number
    before: Number
    live: Number
    lines_url: str = ""
    has_other_lines: bool = False  # since its approval, though they may add up to the same
    planned: int | None = None  # by the station's own adopted plan
    whole: Number = None  # the figure beside it of which this one is a part

    @property
    def title(self) -> str:
        """The title of its column in the month's table."""
        return KEY_FIGURES.get(self.metric.code, self.metric.label)

    @property
    def plan_words(self) -> str:
        """计划6场, or nothing where no adopted plan speaks of it."""
        return "" if self.planned is None else f"计划{self.planned}{self.metric.unit}"

    @property
    def share_words(self) -> str:
        """占95%, rounded down, so that 100% says all; nothing where there is nothing to share."""
        return f"占{int(100 * self.value / self.whole)}%" if self.value and self.whole else ""

    @property
    def is_corrected(self) -> bool:
        return self.value != self.live

    @property
    def is_made_otherwise(self) -> bool:
        """The same figure, made of other rows than those that were approved."""
        return self.has_other_lines and not self.is_corrected


@dataclass
class Row:
    """A station's line on the month's page, or the street's total."""

    station: Station | None
    summary: MonthlySummary | None
    cells: list[Cell] = field(default_factory=list)
    last_change: MonthlySummaryChange | None = None

    def __post_init__(self):
        values = {cell.metric.code: cell.value for cell in self.cells}
        self.cells = [replace(cell, whole=values.get(cell.metric.part_of)) for cell in self.cells]

    @property
    def key_cells(self) -> list[Cell]:
        by_code = {cell.metric.code: cell for cell in self.cells}
        return [by_code[code] for code in KEY_FIGURES]

    @property
    def differs(self) -> bool:
        """Some frozen figure is no longer what, or made of what, its rows say."""
        return any(cell.is_corrected or cell.is_made_otherwise for cell in self.cells)

    @property
    def fingerprint(self) -> str:
        """Of the figures as they are shown: who approves, approves what they saw."""
        shown = ";".join(f"{cell.metric.code}={cell.value}" for cell in self.cells)
        return hashlib.sha256(shown.encode()).hexdigest()[:16]


#: Two approved summaries may have frozen one joint activity at different times: the station that
#: comes last in the street's order has the last word, in the total and in its lines alike.
LAST_SAYS = ("figure__summary__station__position", "pk")


class Counted:
    """The figures of some months, frozen where they are approved; a few queries for all of them."""

    def __init__(self, months: list[Month], declared: list[Metric]):
        self.months = months
        self.declared = declared
        summaries = MonthlySummary.objects.filter(month__in=months).select_related("station")
        self.summaries = {(summary.month, summary.station_id): summary for summary in summaries}
        self.frozen: dict[tuple[Month, int, str], Number] = {}
        if self.approved:
            figures = FrozenFigure.objects.filter(summary__in=self.approved)
            for month, station_id, code, value in figures.values_list(
                "summary__month", "summary__station_id", "code", "value"
            ):
                self.frozen[month, station_id, code] = value

    @property
    def approved(self) -> list[MonthlySummary]:
        return [summary for summary in self.summaries.values() if summary.is_frozen]

    @cached_property
    def questions(self) -> list[tuple[Month, Metric, Period]]:
        return [
            (month, metric, metric.period(month.last, month.first))
            for month in self.months
            for metric in self.declared
        ]

    @cached_property
    def live(self) -> dict[tuple[Month, str], dict[int, Number]]:
        """As the rows are now, by station."""
        found = metrics.figures_by_station((metric, period) for _, metric, period in self.questions)
        return {
            (month, metric.code): by_station
            for (month, metric, _), by_station in zip(self.questions, found, strict=True)
        }

    def live_value(self, month: Month, metric: Metric, station_id: int) -> Number:
        return self.live[month, metric.code].get(station_id, metric.tidy(None))

    def value(self, month: Month, metric: Metric, station_id: int) -> Number:
        """A station's figure: the frozen one where there is one, else as the rows are now."""
        key = (month, station_id, metric.code)
        if key in self.frozen:
            frozen = self.frozen[key]
            return None if frozen is None else metric.tidy(frozen)
        return self.live_value(month, metric, station_id)

    def values(self, month: Month, station_id: int) -> list[Number]:
        """A station's figures of a month, in the order in which they are declared."""
        return [self.value(month, metric, station_id) for metric in self.declared]

    def changed(self, month: Month) -> set[tuple[int, str]]:
        """The frozen figures of a month whose rows, or what these add, are not as approved."""
        approved = [summary for summary in self.approved if summary.month == month]
        if not approved:
            return set()
        frozen: dict[tuple[int, str], dict[str, Number]] = {}
        lines = FrozenLine.objects.filter(figure__summary__in=approved)
        for station_id, code, source, amount in lines.values_list(
            "figure__summary__station", "figure__code", "source", "amount"
        ):
            frozen.setdefault((station_id, code), {})[source] = amount
        live = metrics.amounts_by_station(
            [(metric, period) for each, metric, period in self.questions if each == month],
            [summary.station_id for summary in approved],
        )
        return {
            (station_id, metric.code)
            for metric, of_stations in zip(self.declared, live, strict=True)
            for station_id, amounts in of_stations.items()
            if amounts != frozen.get((station_id, metric.code), {})
        }

    @cached_property
    def _all_stations(self) -> list[int]:
        """Also those since closed."""
        return list(Station.objects.values_list("pk", flat=True))

    def open_stations(self, month: Month) -> list[int]:
        """Whose rows are counted as they are now: all but the approved."""
        approved = {summary.station_id for summary in self.approved if summary.month == month}
        return [pk for pk in self._all_stations if pk not in approved]

    @cached_property
    def totals(self) -> dict[Month, list[Number]]:
        """The street's figures: frozen rows of the approved, present rows of the others."""
        of_rows = metrics.amounts(
            (metric, period, self.open_stations(month)) for month, metric, period in self.questions
        )
        amounts = {
            (month, metric.code): found
            for (month, metric, _), found in zip(self.questions, of_rows, strict=True)
        }
        if self.approved:
            codes = [metric.code for metric in self.declared]
            lines = FrozenLine.objects.filter(
                figure__summary__in=self.approved, figure__code__in=codes
            )
            for month, code, source, amount in lines.order_by(*LAST_SAYS).values_list(
                "figure__summary__month", "figure__code", "source", "amount"
            ):
                amounts[month, code][source] = amount
        return {
            month: [metric.total(amounts[month, metric.code]) for metric in self.declared]
            for month in self.months
        }

    def lines(self, month: Month, metric: Metric) -> list[Line]:
        """The rows behind one of the street's figures, by the same rule as its total."""
        period = metric.period(month.last, month.first)
        found = {line.source: line for line in metric.lines(period, self.open_stations(month))}
        approved = [summary for summary in self.approved if summary.month == month]
        frozen = FrozenLine.objects.filter(figure__summary__in=approved, figure__code=metric.code)
        for line in frozen.order_by(*LAST_SAYS):
            found[line.source] = Line(line.source, line.text, metric.tidy(line.amount))
        return sorted(found.values(), key=lambda line: line.text)


class MonthSheet:
    """The street's month: its stations in their fixed order, and the total of all."""

    def __init__(self, month: Month):
        self.month = month
        self.metrics = metrics.monthly()
        self._counted = Counted([month - 1, month], self.metrics)

    @cached_property
    def _changed(self) -> set[tuple[int, str]]:
        return self._counted.changed(self.month)

    @cached_property
    def planned(self) -> dict[int, dict[str, int]]:
        return planned_in(self.month)

    @property
    def plan_words(self) -> str:
        """What the adopted plans add up to, beside what the same stations held."""
        cells = [cell for row in self.rows for cell in row.cells if cell.metric.code == ALL]
        cells = [cell for cell in cells if cell.planned is not None]
        if not cells:
            return ""
        planned, held = (
            sum(getattr(cell, name) for cell in cells) for name in ("planned", "value")
        )
        return (
            f"采用了的计划有{len(cells)}份，一共{planned}场；"
            f"这{len(cells)}个单位办了{held}场，联办的各算一场。"
        )

    @cached_property
    def stations(self) -> list[Station]:
        """Those in force in the month, and those that handed in, the centre last."""
        found = {station.pk: station for station in Station.objects.in_month(self.month)}
        found |= {
            summary.station_id: summary.station
            for (month, _), summary in self._counted.summaries.items()
            if month == self.month
        }
        return sorted(found.values(), key=lambda station: (station.is_centre, station.position))

    @cached_property
    def rows(self) -> list[Row]:
        return [self.row(station) for station in self.stations]

    def row(self, station: Station) -> Row:
        counted = self._counted
        summary = counted.summaries.get((self.month, station.pk))
        cells = [
            Cell(
                metric=metric,
                value=counted.value(self.month, metric, station.pk),
                before=counted.value(self.month - 1, metric, station.pk),
                live=counted.live_value(self.month, metric, station.pk),
                lines_url=summary.lines_url(metric) if summary else "",
                has_other_lines=(station.pk, metric.code) in self._changed,
                planned=self.planned.get(station.pk, {}).get(metric.code),
            )
            for metric in self.metrics
        ]
        return Row(station, summary, cells, self._last_changes.get(summary and summary.pk))

    @cached_property
    def _last_changes(self) -> dict[int, MonthlySummaryChange]:
        changes = MonthlySummaryChange.objects.filter(summary__month=self.month)
        return {change.summary_id: change for change in changes}

    @cached_property
    def total(self) -> Row:
        now = self._counted.totals[self.month]
        before = self._counted.totals[self.month - 1]
        cells = [
            Cell(
                metric=metric,
                value=value,
                before=earlier,
                live=value,
                lines_url=reverse("reports:month-lines", args=[self.month, metric.code]),
            )
            for metric, value, earlier in zip(self.metrics, now, before, strict=True)
        ]
        return Row(None, None, cells)

    def with_status(self, status: str) -> list[Row]:
        return [row for row in self.rows if row.summary and row.summary.status == status]

    def lines(self, metric: Metric) -> list[Line]:
        return self._counted.lines(self.month, metric)
