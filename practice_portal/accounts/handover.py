"""交接: what the next clerk of a station finds open, due and coming."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone

from activities.models import Session
from learning.models import StudySession
from practice_portal.lib import todo
from practice_portal.lib.months import Month
from practice_portal.lib.workflow import WorkflowModel
from reports.models import MonthlySummary
from stations.models import Station

SHOWN = 8


@dataclass
class Pile:
    """Rows of one kind, the oldest first; the first few are shown, all are counted."""

    label: str
    rows: QuerySet
    words: Callable[[object], str] = str

    @property
    def count(self) -> int:
        return self.rows.count()

    @property
    def lines(self) -> list[dict]:
        model = self.rows.model._meta
        name = f"admin:{model.app_label}_{model.model_name}_change"
        return [
            {"text": self.words(row), "url": reverse(name, args=[row.pk]), "row": row}
            for row in self.rows[:SHOWN]
        ]

    @property
    def all_url(self) -> str:
        model = self.rows.model._meta
        return reverse(f"admin:{model.app_label}_{model.model_name}_changelist")


def due(station: Station) -> list[Pile]:
    """What should be there by now: results, and the summaries of months that are over."""
    now = timezone.now()
    sessions = Session.objects.at(station).planned().filter(people_served=None, ends_at__lte=now)
    studies = StudySession.objects.at(station).filter(attended=None, ends_at__lte=now)
    to_write = [MonthlySummary.Status.DRAFT, MonthlySummary.Status.RETURNED]
    summaries = MonthlySummary.objects.at(station).filter(
        status__in=to_write, month__lt=Month.current()
    )
    return _with_rows(
        Pile("要交的月度总结", summaries.select_related("station").order_by("month")),
        Pile(
            "办完了还没填结果的活动",
            sessions.select_related("activity").order_by("ends_at", "pk"),
        ),
        Pile("学完了还没填人数的学习", studies.order_by("ends_at", "pk")),
    )


def open_rows(station: Station) -> list[Pile]:
    """What somebody has begun and nobody has finished; summaries are due, or not yet."""
    waiting: dict[type[WorkflowModel], set[str]] = {}
    for each in todo.declared():
        if each.step and each.model is not MonthlySummary:
            waiting.setdefault(each.model, set()).update(each.step.waits_in)
    return _with_rows(
        *(
            Pile(
                model._meta.verbose_name,
                model.objects.at(station).filter(status__in=statuses).order_by("pk"),
                _words,
            )
            for model, statuses in waiting.items()
        )
    )


def coming(station: Station) -> list[Pile]:
    """What is announced already and has to be held."""
    sessions = Session.objects.at(station).planned().upcoming()
    return _with_rows(Pile("接下来的活动", sessions.select_related("activity")))


def _words(row) -> str:
    """A volunteer's name is not written out on a page that is read together."""
    return f"{getattr(row, 'masked', row)}，{row.get_status_display()}"


def _with_rows(*piles: Pile) -> list[Pile]:
    return [pile for pile in piles if pile.rows.exists()]
