"""建什么 in figures."""

from practice_portal.lib.metrics import Heading, Kind, Metric
from stations.models import Platform, Station, Venue

METRICS = [
    Metric(
        code="stations.built",
        heading=Heading.BUILD,
        label="社区新时代文明实践所",
        unit="个",
        kind=Kind.STOCK,
        rows=lambda period: Station.objects.stations().in_force(period.on),
        explanation="每个社区一个，街道的中心不算在内。",
        is_published=True,
    ),
    Metric(
        code="stations.pilot",
        heading=Heading.BUILD,
        label="首批试点建设的实践所",
        unit="个",
        kind=Kind.STOCK,
        rows=lambda period: Station.objects.stations().in_force(period.on).filter(is_pilot=True),
        explanation="最早开始建设的那几个社区。",
        entered=lambda: Station.objects.filter(is_pilot=True),
        is_published=True,
    ),
    Metric(
        code="platforms.featured",
        heading=Heading.BUILD,
        label="各类特色平台",
        unit="个",
        kind=Kind.STOCK,
        rows=lambda period: Platform.objects.in_force(period.on).select_related("station"),
        explanation="理论宣讲、教育、文化、科普、健身、便民，一个平台算一个。",
        is_published=True,
    ),
    Metric(
        code="venues.fixed",
        heading=Heading.BUILD,
        label="固定阵地",
        unit="个",
        kind=Kind.STOCK,
        rows=lambda period: (
            Venue.objects.in_force(period.on)
            .filter(kind=Venue.Kind.FIXED)
            .select_related("station")
        ),
        explanation="常年开放、能坐下来办活动的屋子，广场另算。",
        is_published=True,
    ),
    Metric(
        code="venues.plaza",
        heading=Heading.BUILD,
        label="文明实践广场",
        unit="个",
        kind=Kind.STOCK,
        rows=lambda period: (
            Venue.objects.in_force(period.on)
            .filter(kind=Venue.Kind.PLAZA)
            .select_related("station")
        ),
        explanation="办大活动的露天地方。",
        is_published=True,
    ),
]
