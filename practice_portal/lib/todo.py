"""待办: what waits for staff, by the tables of steps and by what the apps declare besides.

Every step of every table that a row may wait for is one kind of waiting, by itself. What waits
without a status (a result that nobody has filled in) an app declares in its `todo.py` as `TODO`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache

from django.apps import apps
from django.contrib import admin
from django.db.models import Case, Count, F, Model, Q, QuerySet, Sum, When, Window
from django.urls import reverse
from django.utils import timezone

from practice_portal.lib import chinese_dates
from practice_portal.lib.declarations import declarations
from practice_portal.lib.workflow import Step, WorkflowModel

#: How many rows of one kind are shown; the others are a link away.
SHOWN = 5
#: A term that ends so soon is pointed out.
SOON = timedelta(days=7)


def title_of(row: Model) -> str:
    """How a row is called in a list; a person's is masked."""
    return str(getattr(row, "title", "") or getattr(row, "masked", "") or row)


def _form_of(row: Model) -> str:
    meta = row._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_change", args=[row.pk])


@dataclass(frozen=True)
class Waiting:
    """One kind of waiting: rows for which somebody has to do the same thing.

    `rows` answers those of the whole street, each with the day since when (`waits_on`, None when
    nobody knows). They may wait for `days`, or until the day that they say themselves (`due_on`).
    Whoever has all `permissions` can do it; `is_for_street` says that a station's staff cannot.
    `page` is where the street office reads a row that lies at a station, if not on its form.
    """

    code: str
    model: type[Model]
    verb: str
    words: str
    rows: Callable[[], QuerySet]
    permissions: tuple[str, ...]
    step: Step | None = None
    days: int | None = None
    is_for_street: bool = False
    related: tuple[str, ...] = ()
    text: Callable[[Model], str] = title_of
    url: Callable[[Model], str] = _form_of
    page: Callable[[Model], str] | None = None
    list_query: str = ""
    open_to: Callable[[object, QuerySet], QuerySet] = lambda user, rows: rows

    def is_done_by(self, user) -> bool:
        return user.has_perms(self.permissions)

    @property
    def list_url(self) -> str:
        """Where all rows of this kind are."""
        meta = self.model._meta
        return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist") + self.list_query

    def _has_own_term(self, rows: QuerySet) -> bool:
        return "due_on" in rows.query.annotations

    def first(self, rows: QuerySet) -> Pile:
        """The first few of some rows, the oldest first, and how many there are: one query."""
        today = timezone.localdate()
        is_late = Q(pk=None)
        if self._has_own_term(rows):
            is_late = Q(due_on__lt=today)
        elif self.days is not None:
            is_late = Q(waits_on__lt=today - timedelta(days=self.days))
        rows = rows.select_related(*self.related).annotate(
            in_all=Window(Count("pk")),
            late_in_all=Window(Sum(Case(When(is_late, then=1), default=0))),
        )
        shown = list(rows.order_by(F("waits_on").asc(nulls_first=True), "pk")[:SHOWN])
        lines = [Line(self, row, row.waits_on, self._due_on(row)) for row in shown]
        if not shown:
            return Pile(self, [], 0, 0)
        return Pile(self, lines, shown[0].in_all, shown[0].late_in_all)

    def _due_on(self, row) -> date | None:
        if hasattr(row, "due_on"):
            return row.due_on
        if self.days is None or row.waits_on is None:
            return None
        term = timedelta(days=self.days)
        # The calendar ends with 9999: one mistyped day must not take everybody's desk down.
        return row.waits_on + term if row.waits_on < date.max - term else date.max


@dataclass(frozen=True)
class Line:
    """One row that waits, and the one thing to do about it."""

    waiting: Waiting
    row: Model
    waits_on: date | None
    due_on: date | None

    @property
    def text(self) -> str:
        return self.waiting.text(self.row)

    @property
    def url(self) -> str:
        return self.waiting.url(self.row)

    @property
    def verb(self) -> str:
        return self.waiting.verb

    @property
    def page_url(self) -> str:
        return (self.waiting.page or self.waiting.url)(self.row)

    @property
    def page_verb(self) -> str:
        return "去看" if self.waiting.page else self.verb

    @property
    def station(self):
        """At whom it lies; the station's own row is at itself."""
        found = self.row
        path = self.row.station_path
        for name in () if path == "pk" else path.split("__"):
            found = getattr(found, name)
        return found

    @property
    def days_late(self) -> int:
        return max((timezone.localdate() - self.due_on).days, 0) if self.due_on else 0

    @property
    def is_soon(self) -> bool:
        return self.due_on is not None and self.due_on - timezone.localdate() <= SOON

    @property
    def age(self) -> str:
        """等了5天，已超期3天; 等了2天, 今天来的"""
        late = f"，已超期{self.days_late}天" if self.days_late else ""
        if self.waits_on is None:
            return f"等了很久{late}"
        days = (timezone.localdate() - self.waits_on).days
        return f"等了{days}天{late}" if days > 0 else f"今天来的{late}"

    @property
    def term(self) -> str:
        """今天, 11月28日（周六）, or nothing."""
        if self.due_on is None:
            return ""
        return "今天" if self.due_on == timezone.localdate() else chinese_dates.day(self.due_on)

    @property
    def order(self) -> tuple:
        return (self.waits_on or date.min, self.waiting.code, self.row.pk)


@dataclass(frozen=True)
class Pile:
    """The first rows of one kind, and how many more there are."""

    waiting: Waiting
    lines: list[Line]
    count: int
    late: int

    @property
    def more(self) -> int:
        return self.count - len(self.lines)


def of_steps(model: type[WorkflowModel]) -> list[Waiting]:
    """What a table of steps says by itself."""
    meta = model._meta
    change = f"{meta.app_label}.change_{meta.model_name}"
    has_page = any(step.is_on_page for step in model.steps.values())
    return [
        Waiting(
            code=f"{meta.label_lower}.{name}",
            model=model,
            verb=step.to_do or f"去{step.label}",
            words=f"{meta.verbose_name}，等{step.label}",
            rows=lambda name=name: model.waiting_for(name),
            permissions=(change, step.permission) if step.permission else (change,),
            step=step,
            days=step.days,
            is_for_street=bool(step.permission),
            related=_related(model),
            url=model.get_absolute_url if step.is_on_page else _form_of,
            page=model.get_absolute_url if has_page else None,
            list_query=f"?status__exact={step.waits_in[0]}" if len(step.waits_in) == 1 else "",
            open_to=lambda user, rows, name=name: model.open_to(user, name, rows),
        )
        for name, step in model.steps.items()
        if step.waits_in
    ]


def _related(model: type[Model]) -> tuple[str, ...]:
    """With whatever its list in the admin shows it with, its station among them."""
    return tuple(admin.site.get_model_admin(model).list_select_related)


@cache
def declared() -> tuple[Waiting, ...]:
    """Every kind of waiting: those of the tables of steps, and what the apps' `todo.py` add."""
    found = [
        waiting
        for model in apps.get_models()
        if issubclass(model, WorkflowModel)
        for waiting in of_steps(model)
    ]
    return (*found, *declarations("todo", "TODO"))
