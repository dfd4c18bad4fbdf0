"""A month on one page: every station's figures, the street's total, and the month before.

A figure of an approved summary is the frozen one; every other is counted as the rows are now.
The street's total adds up rows, not figures, so that a joint activity counts once.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from functools import cached_property

from django.urls import reverse

from practice_portal.lib import metrics
from practice_portal.lib.metrics import Line, Metric, Number
from practice_portal.lib.months import Month
from reports.models import FrozenFigure, FrozenLine, MonthlySummary, MonthlySummaryChange
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

    @property
    def title(self) -> str:
        """The title of its column in the month's table."""
        return KEY_FIGURES.get(self.metric.code, self.metric.label)

    @property
    def is_corrected(self) -> bool:
        return self.value != self.live


@dataclass
class Row:
    """A station's line on the month's page, or the street's total."""

    station: Station | None
    summary: MonthlySummary | None
    cells: list[Cell] = field(default_factory=list)
    last_change: MonthlySummaryChange | None = None

    @property
    def key_cells(self) -> list[Cell]:
        by_code = {cell.metric.code: cell for cell in self.cells}
        return [by_code[code] for code in KEY_FIGURES]

    @property
    def corrections(self) -> list[Cell]:
        return [cell for cell in self.cells if cell.is_corrected]

    @property
    def fingerprint(self) -> str:
        """Of the figures as they are shown: who approves, approves what they saw."""
        shown = ";".join(f"{cell.metric.code}={cell.value}" for cell in self.cells)
        return hashlib.sha256(shown.encode()).hexdigest()[:16]


#: Two approved summaries may have frozen one joint activity at different times: the station that
#: comes last in the street's order has the last word, in the total and in its lines alike.
LAST_SAYS = ("figure__summary__station__position", "pk")


class _Counted:
    """A month's figures, frozen where they are approved."""

    def __init__(self, month: Month, declared: list[Metric]):
        self.month = month
        self.declared = declared
        self.summaries = {
            summary.station_id: summary
            for summary in MonthlySummary.objects.filter(month=month).select_related("station")
        }
        self.frozen: dict[tuple[int, str], Number] = {}
        if self.approved:
            figures = FrozenFigure.objects.filter(summary__in=self.approved)
            for station_id, code, value in figures.values_list(
                "summary__station_id", "code", "value"
            ):
                self.frozen[station_id, code] = value

    @property
    def approved(self) -> list[MonthlySummary]:
        return [summary for summary in self.summaries.values() if summary.is_frozen]

    def questions(self) -> list[tuple]:
        return [
            (metric, metric.period(self.month.last, self.month.first)) for metric in self.declared
        ]

    @cached_property
    def live(self) -> list[dict[int, Number]]:
        return metrics.figures_by_station(self.questions())

    def live_value(self, index: int, station_id: int) -> Number:
        metric = self.declared[index]
        return self.live[index].get(station_id, metric.tidy(None))

    def value(self, index: int, station_id: int) -> Number:
        """A station's figure: the frozen one where there is one, else as the rows are now."""
        metric = self.declared[index]
        if (station_id, metric.code) in self.frozen:
            frozen = self.frozen[station_id, metric.code]
            return None if frozen is None else metric.tidy(frozen)
        return self.live_value(index, station_id)

    @cached_property
    def open_stations(self) -> list[int]:
        """Whose rows are counted as they are now: all but the approved, also those since closed."""
        approved = [summary.station_id for summary in self.approved]
        return list(Station.objects.exclude(pk__in=approved).values_list("pk", flat=True))

    @cached_property
    def totals(self) -> list[Number]:
        """The street's figures: frozen rows of the approved, present rows of the others."""
        of_rows = metrics.amounts(
            (metric, period, self.open_stations) for metric, period in self.questions()
        )
        by_code = {
            metric.code: amounts for metric, amounts in zip(self.declared, of_rows, strict=True)
        }
        if self.approved:
            lines = FrozenLine.objects.filter(figure__summary__in=self.approved)
            lines = lines.order_by(*LAST_SAYS)
            for code, source, amount in lines.values_list("figure__code", "source", "amount"):
                if code in by_code:
                    by_code[code][source] = amount
        return [metric.total(by_code[metric.code]) for metric in self.declared]

    def lines(self, metric: Metric) -> list[Line]:
        """The rows behind one of the street's figures, by the same rule as its total."""
        period = metric.period(self.month.last, self.month.first)
        found = {line.source: line for line in metric.lines(period, self.open_stations)}
        frozen = FrozenLine.objects.filter(
            figure__summary__in=self.approved, figure__code=metric.code
        )
        for line in frozen.order_by(*LAST_SAYS):
            found[line.source] = Line(line.source, line.text, metric.tidy(line.amount))
        return sorted(found.values(), key=lambda line: line.text)


class MonthSheet:
    """The street's month: its stations in their fixed order, and the total of all."""

    def __init__(self, month: Month):
        self.month = month
        self.metrics = metrics.monthly()
        self._now = _Counted(month, self.metrics)
        self._before = _Counted(month - 1, self.metrics)

    @cached_property
    def stations(self) -> list[Station]:
        """Those in force in the month, and those that handed in, the centre last."""
        found = {station.pk: station for station in Station.objects.in_month(self.month)}
        found |= {pk: summary.station for pk, summary in self._now.summaries.items()}
        return sorted(found.values(), key=lambda station: (station.is_centre, station.position))

    @cached_property
    def rows(self) -> list[Row]:
        return [self.row(station) for station in self.stations]

    def row(self, station: Station) -> Row:
        summary = self._now.summaries.get(station.pk)
        cells = [
            Cell(
                metric=metric,
                value=self._now.value(index, station.pk),
                before=self._before.value(index, station.pk),
                live=self._now.live_value(index, station.pk),
                lines_url=summary.lines_url(metric) if summary else "",
            )
            for index, metric in enumerate(self.metrics)
        ]
        return Row(station, summary, cells, self._last_changes.get(summary and summary.pk))

    @cached_property
    def _last_changes(self) -> dict[int, MonthlySummaryChange]:
        changes = MonthlySummaryChange.objects.filter(summary__month=self.month)
        return {change.summary_id: change for change in changes}

    @cached_property
    def total(self) -> Row:
        now = self._now.totals
        before = self._before.totals
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
        return self._now.lines(metric)
