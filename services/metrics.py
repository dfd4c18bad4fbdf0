"""怎么做 in figures; solved problems are published under 谁来做."""

from datetime import date

from django.db.models import Exists, OuterRef

from activities.metrics import HOLDERS, in_words
from activities.models import Activity, Session
from practice_portal.lib.metrics import Heading, Kind, Metric, Period
from services.models import Demand, Whistle


def _solved(kind: str):
    return lambda period: Whistle.objects.filter(period.days("solved_on"), kind=kind)


def _trainings_in_answer(period: Period):
    asked_for = Demand.objects.filter(session=OuterRef("pk"))
    held = Session.objects.held().filter(period.moments("ends_at"))
    trainings = held.filter(Exists(asked_for), activity__form=Activity.Form.TRAINING)
    return trainings.select_related("activity__station").prefetch_related("activity__cohosts")


#: “去年以来”: the publication of April 2020 counts solved problems from here.
LAST_YEAR = date(2019, 1, 1)

METRICS = [
    Metric(
        code="services.civility_problems_solved",
        heading=Heading.PEOPLE,
        label="已解决的精神文明创建工作难题",
        unit="件",
        kind=Kind.FLOW,
        rows=_solved(Whistle.Kind.CIVILITY),
        explanation="群众吹哨、部门报到解决的，按解决的日子算。",
        since=LAST_YEAR,
        is_published=True,
        is_monthly=True,
    ),
    Metric(
        code="services.resident_problems_solved",
        heading=Heading.PEOPLE,
        label="已解决的群众性难题",
        unit="件",
        kind=Kind.FLOW,
        rows=_solved(Whistle.Kind.RESIDENT),
        explanation="居民身边的难题，按解决的日子算。",
        since=LAST_YEAR,
        is_published=True,
        is_monthly=True,
    ),
    Metric(
        code="services.needs_collected",
        heading=Heading.SERVICE,
        label="收集的居民服务需求",
        unit="条",
        kind=Kind.FLOW,
        rows=lambda period: Demand.objects.filter(period.moments("submitted_at")),
        explanation="各个渠道收到的都算，重复的、退回的也算收到。",
        is_published=True,
        is_monthly=True,
    ),
    Metric(
        code="services.demands_completed",
        heading=Heading.SERVICE,
        label="办结的需求",
        unit="条",
        kind=Kind.FLOW,
        rows=lambda period: Demand.objects.filter(period.days("completed_on")),
        explanation="按办结的日子算。",
        is_monthly=True,
    ),
    Metric(
        code="services.trainings_held",
        heading=Heading.SERVICE,
        label="针对需求举办的专业知识培训",
        unit="场次",
        kind=Kind.FLOW,
        rows=_trainings_in_answer,
        explanation="回应了至少一条需求、填了结果的培训。",
        stations=HOLDERS,
        describe=in_words,
        is_published=True,
        is_monthly=True,
    ),
]
