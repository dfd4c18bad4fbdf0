"""The adopted plans of a month beside what was held: 计划6场，已办4场，还排着1场."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q
from django.utils import timezone

from activities.metrics import HOLDERS, in_words
from activities.models import Activity, Session
from practice_portal.lib import metrics
from practice_portal.lib.metrics import Heading, Kind, Metric, Period
from practice_portal.lib.months import Month
from reports.models import PlanLine
from stations.models import PlatformKind

#: The figure of all sessions, and of each platform's.
ALL = "activities.sessions_held"
OF_PLATFORM = {kind.value: f"activities.sessions_{kind.value}" for kind in PlatformKind}


def planned_in(month: Month) -> dict[int, dict[str, int]]:
    """What each station with an adopted plan has planned, by the code of the figure: one query."""
    lines = PlanLine.objects.adopted(month).order_by("plan__station__position", "pk")
    found: dict[int, dict[str, int]] = {}
    for station_id, platform, sessions in lines.values_list(
        "plan__station", "platform", "sessions"
    ):
        of_station = found.setdefault(station_id, {ALL: 0})
        of_station[OF_PLATFORM[platform]] = sessions
        of_station[ALL] += sessions
    return found


@dataclass(frozen=True)
class PlanFigure:
    """One platform of one station or of several, or all of them."""

    label: str
    planned: int
    held: int
    coming: int
    unfilled: int

    @property
    def words(self) -> str:
        """计划6场，已办4场，还排着1场"""
        words = [f"计划{self.planned}场" if self.planned else "计划里没有"]
        if self.held:
            words.append(f"已办{self.held}场")
        if self.unfilled:
            words.append(f"办完没填结果的{self.unfilled}场")
        if self.coming:
            words.append(f"还排着{self.coming}场")
        if len(words) == 1:
            words.append("还没有办，也没有排")
        return "，".join(words)


def _without_result(platform: str, when: Q) -> Metric:
    """Sessions that are not counted yet, as a figure; held jointly they are each holder's."""

    def rows(period):
        sessions = Session.objects.planned().filter(period.moments("ends_at"), when)
        sessions = sessions.filter(people_served=None, activity__platform=platform)
        return sessions.exclude(activity__status=Activity.Status.WITHDRAWN)

    return Metric(
        code=f"plan.{platform}",
        heading=Heading.ACTION,
        label="还没有算进来的",
        unit="场",
        kind=Kind.FLOW,
        rows=rows,
        explanation="",
        stations=HOLDERS,
        describe=in_words,
    )


def progress(month: Month, planned: dict[int, dict[str, int]]) -> list[PlanFigure]:
    """How far these stations together are with their plans, all platforms first: one query.

    A joint activity counts for each of the stations that hold it, as it stands in their plans.
    """
    if not planned:
        return []
    now, period = timezone.now(), Period.of_month(month)
    declared = metrics.declared()
    questions = [
        (metric, period)
        for platform, code in OF_PLATFORM.items()
        for metric in (
            declared[code],
            _without_result(platform, Q(ends_at__gt=now)),
            _without_result(platform, Q(ends_at__lte=now)),
        )
    ]
    counted = iter(
        sum(by_station.get(pk, 0) for pk in planned)
        for by_station in metrics.figures_by_station(questions)
    )
    figures = [
        PlanFigure(
            label=kind.label,
            planned=sum(each.get(OF_PLATFORM[kind], 0) for each in planned.values()),
            held=next(counted),
            coming=next(counted),
            unfilled=next(counted),
        )
        for kind in PlatformKind
    ]
    return [_together(figures), *(each for each in figures if _says_something(each))]


def _says_something(figure: PlanFigure) -> bool:
    return any((figure.planned, figure.held, figure.coming, figure.unfilled))


def _together(figures: Iterable[PlanFigure]) -> PlanFigure:
    sums = (
        sum(getattr(each, name) for each in figures)
        for name in ("planned", "held", "coming", "unfilled")
    )
    return PlanFigure("合计", *sums)
