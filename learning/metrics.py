"""学什么 in figures."""

from django.db.models import OuterRef, Subquery

from learning.models import OnlineStudy, StudySession
from practice_portal.lib.metrics import Heading, Kind, Metric, Period
from practice_portal.lib.months import Month


def _largest_of_latest_month(period: Period):
    """Per station the larger platform of the latest month that had ended: people, not months."""
    month = Month.of(period.on)
    latest_ended = month if period.on == month.last else month - 1
    of_station = OnlineStudy.objects.filter(station=OuterRef("station"), month__lte=latest_ended)
    best = of_station.order_by("-month", "-people", "pk").values("pk")[:1]
    return OnlineStudy.objects.filter(pk=Subquery(best)).select_related("station")


METRICS = [
    Metric(
        code="learning.online_party_members",
        heading=Heading.LEARN,
        label="参加线上学习的党员",
        unit="人",
        kind=Kind.STOCK,
        rows=_largest_of_latest_month,
        explanation="学习强国、甘肃党建里人数较多的那个，按人数，不按人次。",
        amount="people",
        is_published=True,
        is_monthly=True,
        is_unknown_without_rows=True,
    ),
    Metric(
        code="learning.study_sessions",
        heading=Heading.LEARN,
        label="集中学习",
        unit="场",
        kind=Kind.FLOW,
        rows=lambda period: StudySession.objects.held().filter(period.moments("ends_at")),
        explanation="按结束的日子算，填了到场人数才算。",
        is_monthly=True,
    ),
]
