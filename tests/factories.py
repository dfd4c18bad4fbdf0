"""One row of each kind with believable defaults; name only what a test is about.

Plain functions: `make_session(activity=…, people_served=12)`. What a row needs and is not given is
made along with it. Only ever add to this file: everybody's tests lean on it.
"""

import io
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import count

from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from activities.models import Activity, Brand, RoleModel, Session
from learning.models import OnlineStudy, StudySession
from practice_portal.lib.months import Month
from practice_portal.lib.phones import DEMO_PREFIX
from practice_portal.models import NightlyRun
from reports.models import MonthlySummary
from services.models import Demand, Whistle
from stations.models import (
    Booking,
    PhoneView,
    Platform,
    PlatformKind,
    Posting,
    Station,
    User,
    Venue,
)
from volunteers.models import Membership, Organisation, PartnerUnit, ServiceEntry, Team, Volunteer

PASSWORD = "a-long-password-of-the-tests"
LONG_AGO = date(2018, 1, 1)
ROLES = {"clerk": "社区工作人员", "lead": "实践所负责人", "director": "中心管理员"}

_numbers = count(1)


def at(day: date | str, clock: str = "9:30") -> datetime:
    """A moment on the street's clock: at("2026-11-28", "14:00")."""
    if isinstance(day, str):
        day = date.fromisoformat(day)
    hour, minute = clock.split(":")
    return timezone.make_aware(datetime.combine(day, time(int(hour), int(minute))))


def days_away(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


# Stations and their staff -------------------------------------------------------------------------


def make_station(**values) -> Station:
    number = next(_numbers)
    return Station.objects.create(
        **{
            "name": f"示例{number}社区",
            "slug": f"station-{number}",
            "position": number,
            "address": f"示例路{number}号",
            "phone": "0937-6000000",
            "opening_hours": "周一至周五 上午8:30–下午6:00",
            "started_on": LONG_AGO,
            **values,
        }
    )


def make_centre(**values) -> Station:
    """The street's centre: the one there is, or a new one."""
    return Station.objects.centre() or make_station(
        **{
            "tier": Station.Tier.CENTRE,
            "name": "钢城街道",
            "slug": "centre",
            "position": 0,
            "phone": "0937-6000001",
            **values,
        }
    )


def make_posting(**values) -> Posting:
    return Posting.objects.create(
        **{
            "station": values.get("station") or make_station(),
            "name": "示例工作人员",
            "since": LONG_AGO,
            **values,
        }
    )


def make_user(*, station: Station | None = None, role: str = "", **values) -> User:
    """A member of staff; with a station it has a posting there, with a role its group."""
    number = next(_numbers)
    user = User.objects.create_user(
        **{
            "username": f"user-{number}",
            "name": f"示例职员{number}",
            "password": PASSWORD,
            "is_staff": True,
            **values,
        }
    )
    if role:
        user.groups.add(Group.objects.get_or_create(name=ROLES[role])[0])
    if station:
        make_posting(station=station, user=user, name=user.name)
    return user


def make_venue(**values) -> Venue:
    return Venue.objects.create(
        **{
            "station": values.get("station") or make_station(),
            "name": f"活动室{next(_numbers)}",
            "capacity": 40,
            "started_on": LONG_AGO,
            **values,
        }
    )


def make_platform(**values) -> Platform:
    return Platform.objects.create(
        **{
            "station": values.get("station") or make_station(),
            "kind": PlatformKind.CULTURE,
            "name": f"文化平台{next(_numbers)}",
            "started_on": LONG_AGO,
            **values,
        }
    )


def make_booking(**values) -> Booking:
    """Two hours from half past nine tomorrow, confirmed."""
    starts_at = values.get("starts_at") or at(days_away(1))
    return Booking.objects.create(
        **{
            "venue": values.get("venue") or make_venue(),
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=2),
            "purpose": "合唱排练",
            "holder": "示例合唱队",
            "status": Booking.Status.CONFIRMED,
            **values,
        }
    )


# Volunteers ---------------------------------------------------------------------------------------


def make_organisation(**values) -> Organisation:
    return Organisation.objects.create(
        **{
            "station": values.get("station") or make_centre(),
            "name": f"示例志愿服务中心{next(_numbers)}",
            "started_on": LONG_AGO,
            **values,
        }
    )


def make_partner_unit(**values) -> PartnerUnit:
    return PartnerUnit.objects.create(
        **{
            "station": values.get("station") or make_centre(),
            "name": f"示例单位{next(_numbers)}",
            "started_on": LONG_AGO,
            **values,
        }
    )


def make_team(**values) -> Team:
    return Team.objects.create(
        **{
            "station": values.get("station") or make_station(),
            "kind": Team.Kind.NEIGHBOUR,
            "name": f"示例邻里队{next(_numbers)}",
            "started_on": LONG_AGO,
            **values,
        }
    )


def make_volunteer(**values) -> Volunteer:
    """Registered, unless another status is asked for."""
    number = next(_numbers)
    status = values.get("status", Volunteer.Status.ACTIVE)
    dates = {}
    if status != Volunteer.Status.APPLIED:
        dates["started_on"] = LONG_AGO
    if status == Volunteer.Status.RETIRED:
        dates["ended_on"] = timezone.localdate()
    return Volunteer.objects.create(
        **{
            "number": f"T{number:06}",
            "name": "宋示例",
            "phone": f"{DEMO_PREFIX}{number:08}",
            "station": values.get("station") or make_station(),
            "status": status,
            **dates,
            **values,
        }
    )


def make_membership(**values) -> Membership:
    team = values.get("team") or make_team()
    return Membership.objects.create(
        **{
            "team": team,
            "volunteer": values.get("volunteer") or make_volunteer(station=team.station),
            "since": LONG_AGO,
            **values,
        }
    )


def make_entry(**values) -> ServiceEntry:
    """Two and a half hours yesterday, waiting to be confirmed."""
    volunteer = values.get("volunteer") or make_volunteer()
    return ServiceEntry.objects.create(
        **{
            "volunteer": volunteer,
            "station": volunteer.station,
            "source": f"test-{next(_numbers)}",
            "served_on": days_away(-1),
            "hours": Decimal("2.5"),
            "reason": "给邻居理发",
            **values,
        }
    )


def make_phone_view(**values) -> PhoneView:
    """Somebody was shown a volunteer's number, to check what the volunteer had said."""
    values = {"by": values.get("by") or make_user(), "purpose": PhoneView.Purpose.VERIFY, **values}
    return PhoneView.objects.record(values.pop("row", None) or make_volunteer(), "phone", **values)


# Activities ---------------------------------------------------------------------------------------


def make_brand(**values) -> Brand:
    return Brand.objects.create(
        **{
            "station": values.get("station") or make_station(),
            "name": f"示例品牌{next(_numbers)}",
            "slogan": "一句话说清",
            "story": "从一张板凳开始。",
            "started_on": LONG_AGO,
            **values,
        }
    )


def make_activity(**values) -> Activity:
    """Published and complete, unless another status is asked for; without a session."""
    cohosts = values.pop("cohosts", ())
    activity = Activity.objects.create(
        **{
            "station": values.get("station") or make_station(),
            "title": f"邻居理发日{next(_numbers)}",
            "text": "理发师傅来院里，老人先来，不收钱。",
            "platform": "culture",
            "risk_notice": "剪刀锋利，请听师傅的。",
            "requirements": "谁都能来，14岁以下要大人带。",
            "status": Activity.Status.PUBLISHED,
            **values,
        }
    )
    activity.cohosts.set(cohosts)
    return activity


def make_session(*, venue: Venue | None = None, days: int = 1, **values) -> Session:
    """Two hours from half past nine, tomorrow or so many `days` away; with a venue it holds it."""
    starts_at = values.get("starts_at") or at(days_away(days))
    session = Session.objects.create(
        **{
            "activity": values.get("activity") or make_activity(),
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=2),
            **values,
        }
    )
    if venue:
        session.hold(venue)
    return session


def make_held_session(**values) -> Session:
    """Over, with its result."""
    return make_session(**{"days": -7, "people_served": 20, "volunteers_served": 3, **values})


def make_role_model(**values) -> RoleModel:
    return RoleModel.objects.create(
        **{
            "station": values.get("station") or make_station(),
            "name": "示例好邻居",
            "category": RoleModel.Category.MOTHER_IN_LAW,
            "deed": "每晚给邻居留一盏灯。",
            "nominated_on": LONG_AGO,
            "recognised_on": days_away(-30),
            **values,
        }
    )


# Learning -----------------------------------------------------------------------------------------


def make_study_session(**values) -> StudySession:
    """Last week, with its result."""
    starts_at = values.get("starts_at") or at(days_away(-7), "15:00")
    return StudySession.objects.create(
        **{
            "station": values.get("station") or make_station(),
            "topic": "示例专题学习",
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=1),
            "attended": 15,
            **values,
        }
    )


def make_online_study(**values) -> OnlineStudy:
    return OnlineStudy.objects.create(
        **{
            "station": values.get("station") or make_station(),
            "month": Month.current() - 1,
            "platform": OnlineStudy.Platform.XUEXI,
            "people": 30,
            **values,
        }
    )


# Services -----------------------------------------------------------------------------------------


def make_demand(**values) -> Demand:
    if values.get("status") == Demand.Status.COMPLETED:
        values = {"completed_on": timezone.localdate(), "result": "已经办好。", **values}
    return Demand.objects.create(
        **{
            "station": values.get("station") or make_station(),
            "title": "想学用手机",
            "text": "想学怎么跟孩子视频。",
            "contact_name": "宋示例",
            "contact_phone": f"{DEMO_PREFIX}00000000",
            **values,
        }
    )


def make_whistle(**values) -> Whistle:
    if values.get("status") == Whistle.Status.SOLVED:
        values = {"solved_on": timezone.localdate(), "result": "换了井盖。", **values}
    return Whistle.objects.create(
        **{
            "station": values.get("station") or make_station(),
            "title": "井盖松动",
            "text": "夜里过车响，老人走路怕绊。",
            "place": "3号楼前",
            "raised_on": days_away(-10),
            **values,
        }
    )


# Reports ------------------------------------------------------------------------------------------


def make_summary(**values) -> MonthlySummary:
    """A draft of last month, which is over and can be handed in."""
    return MonthlySummary.objects.create(
        **{
            "station": values.get("station") or make_station(),
            "month": Month.current() - 1,
            **values,
        }
    )


def make_nightly_run(**values) -> NightlyRun:
    return NightlyRun.objects.create(**{"started_at": timezone.now(), **values})


# Files --------------------------------------------------------------------------------------------


def make_picture_file(
    name: str = "photo.jpg",
    *,
    size: tuple[int, int] = (64, 48),
    mode: str = "RGB",
    color=None,
    format: str = "JPEG",
    **options,
) -> SimpleUploadedFile:
    """An upload as a browser sends it; options go to Pillow's save (exif=…)."""
    written = io.BytesIO()
    picture = Image.new(mode, size) if color is None else Image.new(mode, size, color)
    picture.save(written, format, **options)
    return SimpleUploadedFile(name, written.getvalue(), content_type="application/octet-stream")


# One of each --------------------------------------------------------------------------------------

#: How to make a row of every model that has a station, at a given station: `MAKERS[Team](station)`.
#: Tests that walk all models and all pages begin here; a new model adds its line.
MAKERS = {
    Station: lambda station: station,
    Posting: lambda station: make_posting(station=station),
    Venue: lambda station: make_venue(station=station),
    Platform: lambda station: make_platform(station=station),
    Booking: lambda station: make_booking(venue=make_venue(station=station)),
    Organisation: lambda station: make_organisation(station=station),
    PartnerUnit: lambda station: make_partner_unit(station=station),
    Volunteer: lambda station: make_volunteer(station=station),
    Team: lambda station: make_team(station=station),
    Membership: lambda station: make_membership(team=make_team(station=station)),
    ServiceEntry: lambda station: make_entry(volunteer=make_volunteer(station=station)),
    Brand: lambda station: make_brand(station=station),
    Activity: lambda station: make_activity(station=station),
    Session: lambda station: make_session(activity=make_activity(station=station)),
    RoleModel: lambda station: make_role_model(station=station),
    StudySession: lambda station: make_study_session(station=station),
    OnlineStudy: lambda station: make_online_study(station=station),
    Demand: lambda station: make_demand(station=station),
    Whistle: lambda station: make_whistle(station=station),
    MonthlySummary: lambda station: make_summary(station=station),
    PhoneView: lambda station: make_phone_view(row=make_volunteer(station=station)),
}
