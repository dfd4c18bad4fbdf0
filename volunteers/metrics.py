"""谁来做 in figures."""

from practice_portal.lib.metrics import Heading, Kind, Metric
from volunteers.models import Organisation, ServiceEntry, Team, Volunteer


def _teams(is_featured: bool):
    return lambda period: Team.objects.in_force(period.on).filter(is_featured=is_featured)


def _hours(kind: str):
    def rows(period):
        entries = ServiceEntry.objects.confirmed().filter(period.days("served_on"), kind=kind)
        return entries.select_related("volunteer", "station")

    return rows


def _number(volunteer: Volunteer) -> str:
    return volunteer.masked


METRICS = [
    Metric(
        code="volunteers.organisations",
        heading=Heading.PEOPLE,
        label="志愿者组织机构（一站十中心）",
        unit="个",
        kind=Kind.STOCK,
        rows=lambda period: Organisation.objects.in_force(period.on).filter(
            kind=Organisation.Kind.CENTRE
        ),
        explanation="一站十中心里的“十中心”，总站不算在内。",
        is_published=True,
    ),
    Metric(
        code="volunteers.backbones",
        heading=Heading.PEOPLE,
        label="文明实践骨干",
        unit="人",
        kind=Kind.STOCK,
        rows=lambda period: Volunteer.objects.backbones(period.on),
        explanation="在册志愿者里的骨干。",
        is_published=True,
        describe=_number,
    ),
    Metric(
        code="volunteers.registered",
        heading=Heading.PEOPLE,
        label="文明实践志愿者",
        unit="人",
        kind=Kind.STOCK,
        rows=lambda period: Volunteer.objects.active(period.on),
        explanation="登记在册的人数，含骨干；退出的不算。",
        is_published=True,
        describe=_number,
    ),
    Metric(
        code="volunteers.teams",
        heading=Heading.PEOPLE,
        label="志愿者队伍（不含特色队伍）",
        unit="支",
        kind=Kind.STOCK,
        rows=_teams(is_featured=False),
        explanation="理论宣讲、文化体育、法律服务等队伍，特色队伍另算。",
        is_published=True,
    ),
    Metric(
        code="volunteers.featured_teams",
        heading=Heading.PEOPLE,
        label="与辖区单位共建的特色志愿者队伍",
        unit="支",
        kind=Kind.STOCK,
        rows=_teams(is_featured=True),
        explanation="和辖区单位一起建的队伍。",
        is_published=True,
    ),
    Metric(
        code="volunteers.joined",
        heading=Heading.PEOPLE,
        label="新登记志愿者",
        unit="人",
        kind=Kind.FLOW,
        rows=lambda period: Volunteer.objects.filter(period.days("started_on")),
        explanation="这段时间里登记的人数。",
        is_monthly=True,
        describe=_number,
    ),
    Metric(
        code="volunteers.hours_signed_in",
        heading=Heading.PEOPLE,
        label="签到服务时长",
        unit="小时",
        kind=Kind.FLOW,
        rows=_hours(ServiceEntry.Kind.SIGNED_IN),
        explanation="签到记下、已经第二人确认的时长。",
        amount="hours",
        decimals=1,
        is_monthly=True,
    ),
    Metric(
        code="volunteers.hours_supplementary",
        heading=Heading.PEOPLE,
        label="补录服务时长",
        unit="小时",
        kind=Kind.FLOW,
        rows=_hours(ServiceEntry.Kind.SUPPLEMENTARY),
        explanation="事后补录、已经第二人确认的时长，和签到时长分开算。",
        amount="hours",
        decimals=1,
        is_monthly=True,
    ),
]
