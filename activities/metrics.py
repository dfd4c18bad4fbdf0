"""做什么 in figures; role models are published under 怎么做."""

from django.db.models import Count, OuterRef, Subquery

from activities.models import RoleModel, Session, Signup
from practice_portal.lib.metrics import Heading, Kind, Metric
from stations.models import PlatformKind

# A joint activity counts once for the street and once for each station that holds it.
HOLDERS = ("activity__station", "activity__cohosts")

#: Stars from which somebody was satisfied (满意); `RatingForm.STARS` says so, too.
SATISFIED = 4


def _masked(role_model: RoleModel) -> str:
    """Lines are kept with their month for good, and nobody's consent lasts as long."""
    return role_model.masked


def _held(**conditions):
    def rows(period):
        sessions = Session.objects.held().filter(period.moments("ends_at"), **conditions)
        return sessions.select_related("activity__station").prefetch_related("activity__cohosts")

    return rows


def _rated(least: int):
    """The sessions that at least one resident gave so many stars, each with how many did."""

    def rows(period):
        rated = Signup.objects.filter(session=OuterRef("pk"), stars__gte=least)
        count = rated.order_by().values("session").annotate(n=Count("pk")).values("n")
        return _held()(period).annotate(ratings=Subquery(count)).filter(ratings__gt=0)

    return rows


def in_words(session: Session) -> str:
    """A session as a line of a summary: what, where, and with whom a joint one was held."""
    host = session.activity.station
    cohosts = "、".join(station.name for station in session.activity.cohosts.all())
    return f"{session}（{host}主办，{cohosts}联办）" if cohosts else f"{session}（{host}）"


METRICS = [
    Metric(
        code="activities.sessions_held",
        heading=Heading.ACTION,
        label="活动",
        unit="场",
        kind=Kind.FLOW,
        rows=_held(),
        explanation="按场次结束的日子算，填了结果才算；联办的全街道算一场。",
        stations=HOLDERS,
        is_monthly=True,
        describe=in_words,
    ),
    *(
        Metric(
            code=f"activities.sessions_{platform.value}",
            heading=Heading.ACTION,
            label=f"其中{platform.label}",
            unit="场",
            kind=Kind.FLOW,
            rows=_held(activity__platform=platform.value),
            explanation=f"平台是{platform.label}的场次。",
            stations=HOLDERS,
            is_monthly=True,
            describe=in_words,
        )
        for platform in PlatformKind
    ),
    Metric(
        code="activities.people_served",
        heading=Heading.ACTION,
        label="参加活动",
        unit="人次",
        kind=Kind.FLOW,
        rows=_held(),
        explanation="来一次算一人次，同一个人来两次算两人次。",
        amount="people_served",
        stations=HOLDERS,
        is_monthly=True,
        describe=in_words,
    ),
    Metric(
        code="activities.ratings",
        heading=Heading.ACTION,
        label="居民评价",
        unit="份",
        kind=Kind.FLOW,
        rows=_rated(1),
        explanation="来过的人在报名那一页打的星，算在那一场所在的月份；打不打由自己，所以比来的人少。",
        amount="ratings",
        stations=HOLDERS,
        is_monthly=True,
        describe=in_words,
    ),
    Metric(
        code="activities.ratings_satisfied",
        heading=Heading.ACTION,
        label="其中满意",
        unit="份",
        kind=Kind.FLOW,
        rows=_rated(SATISFIED),
        explanation="打了4颗星或5颗星的。",
        amount="ratings",
        stations=HOLDERS,
        is_monthly=True,
        describe=in_words,
        part_of="activities.ratings",
    ),
    Metric(
        code="honours.role_models",
        heading=Heading.SERVICE,
        label="推荐评选的道德标杆",
        unit="名",
        kind=Kind.FLOW,
        rows=lambda period: RoleModel.objects.filter(
            period.days("recognised_on"), category__in=RoleModel.RECOMMENDED
        ),
        explanation="已评定的好婆婆、好媳妇、文明家庭、最美家庭；一个家庭算一名。",
        is_published=True,
        is_monthly=True,
        describe=_masked,
    ),
]
