"""Figures: what an app declares, and how any number of them are counted in one query.

Every figure is derived from dated rows. A *stock* is what is in force on a day; a *flow* is what
happened in a period. A figure is the sum over its rows of what each row adds (1, or an amount);
so every figure can be opened to its rows, narrowed to a station, and frozen line by line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cache

from django.db import models
from django.db.models import Count, DecimalField, F, IntegerField, Q, QuerySet, Sum, Value
from django.db.models.functions import Cast
from django.urls import reverse

from practice_portal.lib.declarations import declarations
from practice_portal.lib.months import Month, start_of

Number = int | Decimal | None


def grouped(number: Number) -> str:
    """As people write it: 9,712; 7.5; 402, not 402.0. Blank stays blank."""
    if number is None:
        return ""
    whole, _, part = f"{number:,}".partition(".")
    part = part.rstrip("0")
    return f"{whole}.{part}" if part else whole


class Heading(models.TextChoices):
    """The five headings of the centre's own publication; `seed_facts.csv` spells them so."""

    BUILD = "1 建什么", "建什么"
    LEARN = "2 学什么", "学什么"
    PEOPLE = "3 谁来做", "谁来做"
    ACTION = "4 做什么", "做什么"
    SERVICE = "5 怎么做", "怎么做"


class Kind(models.TextChoices):
    STOCK = "stock", "存量"
    FLOW = "flow", "流量"


@dataclass(frozen=True)
class Period:
    """From a day (from the beginning, when None) to a day, both counted."""

    since: date | None
    on: date

    @classmethod
    def of_month(cls, month: Month) -> Period:
        return cls(month.first, month.last)

    def days(self, field: str) -> Q:
        """The rows whose date lies in the period."""
        inside = Q(**{f"{field}__lte": self.on})
        return inside & Q(**{f"{field}__gte": self.since}) if self.since else inside

    def moments(self, field: str) -> Q:
        """The rows whose moment lies in the period, by the street's clock."""
        inside = Q(**{f"{field}__lt": start_of(self.on + timedelta(days=1))})
        return inside & Q(**{f"{field}__gte": start_of(self.since)}) if self.since else inside


@dataclass(frozen=True)
class Line:
    """One row behind a figure, in words."""

    source: str  # "activities.session:12", the same for as long as the row lives
    text: str
    amount: Number

    @property
    def admin_url(self) -> str:
        """Where staff look at the row, unless it is gone."""
        label, _, pk = self.source.partition(":")
        return reverse(f"admin:{label.replace('.', '_')}_change", args=[pk])


@dataclass(frozen=True)
class Metric:
    """A figure that an app declares.

    `rows` answers the rows of a period; a stock looks at its last day only. It must not repeat
    a row (ask with Exists, do not join). `amount` is what one row adds, None for one each.
    `stations` are the paths to the stations a row counts for: a joint activity counts for its
    host and its co-hosts, and still once for the street. `since` is where a flow begins when
    nobody says otherwise. `explanation` is printed under the figure. `part_of` is the code of
    the figure of which this one is a share (满意 of all 评价). `entered` are the rows that make a
    zero a known one, where it is not any row of the table; see `told_to_residents`.
    """

    code: str
    heading: Heading
    label: str
    unit: str
    kind: Kind
    rows: Callable[[Period], QuerySet]
    explanation: str
    amount: str | None = None
    stations: tuple[str, ...] = ()
    since: date | None = None
    decimals: int = 0
    is_published: bool = False
    is_monthly: bool = False
    is_unknown_without_rows: bool = False
    part_of: str = ""
    describe: Callable[[models.Model], str] = str
    entered: Callable[[], QuerySet] | None = None

    def period(self, on: date, since: date | None = None) -> Period:
        """A stock has no beginning; a flow has the one asked for, or its own."""
        return Period(None if self.kind == Kind.STOCK else since or self.since, on)

    def paths(self, rows: QuerySet) -> tuple[str, ...]:
        return self.stations or (rows.model.station_path,)

    def rows_at(self, period: Period, station_ids: Iterable[int] | None = None) -> QuerySet:
        """The rows behind the figure, of some stations or of the whole street."""
        rows = self.rows(period)
        if station_ids is None:
            return rows
        here = Q()
        for path in self.paths(rows):
            related = rows.model._default_manager.filter(**{f"{path}__in": list(station_ids)})
            here |= Q(pk__in=related.values("pk"))
        return rows.filter(here)

    def lines(self, period: Period, station_ids: Iterable[int] | None = None) -> list[Line]:
        """The same rows in words, each with what it adds."""
        rows = self.rows_at(period, station_ids)
        if self.amount:
            rows = rows.annotate(figure_amount=F(self.amount))
        return [
            Line(
                source=_source(rows, row.pk),
                text=self.describe(row),
                amount=self.tidy(row.figure_amount) if self.amount else 1,
            )
            for row in rows
        ]

    def tidy(self, value) -> Number:
        """A database's number as this figure is written; blank where it is not known."""
        if value is None:
            return None if self.is_unknown_without_rows else 0
        if not self.decimals:
            return int(value)
        return Decimal(value).quantize(Decimal(1).scaleb(-self.decimals))

    def total(self, amounts: Mapping[str, Number]) -> Number:
        """What rows add up to, by their sources: one that several stations count counts once."""
        return self.tidy(sum(amounts.values()) if amounts else None)

    def total_of(self, lines: Iterable[Line]) -> Number:
        return self.total({line.source: line.amount for line in lines})

    def _summed(self) -> models.Expression:
        # One type for every figure, so that a UNION of them is one on PostgreSQL too.
        each = Sum(self.amount) if self.amount else Count("pk")
        return Cast(each, DecimalField(max_digits=14, decimal_places=2))

    def _one(self) -> models.Expression:
        """What one row adds, of the same type."""
        each = F(self.amount) if self.amount else Value(1)
        return Cast(each, DecimalField(max_digits=14, decimal_places=2))


def _source(rows: QuerySet, pk: int) -> str:
    return f"{rows.model._meta.label_lower}:{pk}"


@cache
def declared() -> dict[str, Metric]:
    """Every figure of every app, in the order of the apps, by its code."""
    found: dict[str, Metric] = {}
    for metric in declarations("metrics", "METRICS"):
        if metric.code in found:
            raise ValueError(f"two figures are called {metric.code}")
        found[metric.code] = metric
    return found


def published() -> list[Metric]:
    """The figures that the centre publishes, under the five headings."""
    metrics = [metric for metric in declared().values() if metric.is_published]
    return sorted(metrics, key=lambda metric: metric.heading)


def monthly() -> list[Metric]:
    """The figures of a monthly summary."""
    metrics = [metric for metric in declared().values() if metric.is_monthly]
    return sorted(metrics, key=lambda metric: metric.heading)


def _run(branches: list[QuerySet]) -> list[tuple]:
    if not branches:
        return []
    first, *others = branches
    return list(first.union(*others, all=True) if others else first)


def figures(questions: Iterable[tuple[Metric, Period]]) -> list[Number]:
    """The street's value for every question, in their order: one query for all of them."""
    questions = list(questions)
    branches = [
        metric.rows(period)
        .order_by()
        .values(question=Value(index, IntegerField()))
        .annotate(value=metric._summed())
        .values_list("question", "value")
        for index, (metric, period) in enumerate(questions)
    ]
    found = dict(_run(branches))
    return [metric.tidy(found.get(index)) for index, (metric, _) in enumerate(questions)]


def told_to_residents(questions: Iterable[tuple[Metric, Period]]) -> list[Number]:
    """The same values as the public pages print them: where nothing was ever entered, None.

    Nobody has counted none there, somebody has yet to begin. A month's zero is the office's own
    affair, and so is the command's. One query more, and only where there is a zero.
    """
    questions = list(questions)
    values = figures(questions)
    zeros = [index for index, value in enumerate(values) if value == 0]
    branches = []
    for index in zeros:
        metric, period = questions[index]
        rows = metric.entered or metric.rows(period).model._base_manager.all
        branches.append(
            rows()
            .order_by()
            .values(question=Value(index, IntegerField()))
            .annotate(count=Count("pk"))
            .values_list("question", "count")
        )
    known = {index for index, count in _run(branches) if count}
    return [
        None if index in zeros and index not in known else value
        for index, value in enumerate(values)
    ]


def _reached(rows: QuerySet, paths: tuple[str, ...], place: int) -> QuerySet:
    """The rows by one of their paths, without those that an earlier one leads to the same station.

    A host that is named among its own co-hosts counts once.
    """
    rows = rows.filter(**{f"{paths[place]}__isnull": False})
    for earlier in paths[:place]:
        rows = rows.alias(here=F(paths[place])).exclude(here=F(earlier))
    return rows


def figures_by_station(
    questions: Iterable[tuple[Metric, Period]],
) -> list[dict[int, Number]]:
    """For every question the value of each station that has rows: one query for all of them."""
    questions = list(questions)
    branches = [
        _reached(rows, paths, place)
        .order_by()
        .values(question=Value(index, IntegerField()), at=F(paths[place]))
        .annotate(value=metric._summed())
        .values_list("question", "at", "value")
        for index, (metric, period) in enumerate(questions)
        for rows in [metric.rows(period)]
        for paths in [metric.paths(rows)]
        for place in range(len(paths))
    ]
    sums: list[dict[int, Decimal]] = [{} for _ in questions]
    for index, station_id, value in _run(branches):
        if value is not None:
            sums[index][station_id] = sums[index].get(station_id, 0) + value
    return [
        {station: metric.tidy(value) for station, value in of_stations.items()}
        for (metric, _), of_stations in zip(questions, sums, strict=True)
    ]


def amounts(
    questions: Iterable[tuple[Metric, Period, Iterable[int]]],
) -> list[dict[str, Number]]:
    """For every question the rows at some stations and what each adds: one query for all."""
    questions = list(questions)
    all_rows = [metric.rows_at(period, ids) for metric, period, ids in questions]
    branches = [
        rows.order_by()
        .values(
            question=Value(index, IntegerField()),
            row=F("pk"),
            value=metric._one(),
        )
        .values_list("question", "row", "value")
        for index, ((metric, _, _), rows) in enumerate(zip(questions, all_rows, strict=True))
    ]
    found: list[dict[str, Number]] = [{} for _ in questions]
    for index, pk, value in _run(branches):
        found[index][_source(all_rows[index], pk)] = value
    return found


def amounts_by_station(
    questions: Iterable[tuple[Metric, Period]], station_ids: Iterable[int]
) -> list[dict[int, dict[str, Number]]]:
    """For every question the rows of each of these stations and what each adds: one query."""
    questions, ids = list(questions), list(station_ids)
    found: list[dict[int, dict[str, Number]]] = [
        {station: {} for station in ids} for _ in questions
    ]
    branches, sources = [], []
    for index, (metric, period) in enumerate(questions):
        rows = metric.rows(period)
        sources.append(rows)
        for path in metric.paths(rows):
            here = rows.filter(**{f"{path}__in": ids}).order_by()
            branches.append(
                here.values(
                    question=Value(index, IntegerField()),
                    at=F(path),
                    row=F("pk"),
                    value=metric._one(),
                ).values_list("question", "at", "row", "value")
            )
    for index, station_id, pk, value in _run(branches):
        found[index][station_id][_source(sources[index], pk)] = value
    return found
