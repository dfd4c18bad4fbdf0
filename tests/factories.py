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

from activities.models import (
    Activity,
    Brand,
    Call,
    Objection,
    PassedOver,
    RoleModel,
    Session,
    SessionMove,
    Signup,
)
from learning.models import OnlineStudy, StudySession
from practice_portal.lib.codes import new_code
from practice_portal.lib.months import Month
from practice_portal.lib.phones import DEMO_PREFIX
from practice_portal.models import NightlyRun
from reports.models import MonthlySummary, Plan, PlanLine
from services.models import Demand, Whistle
from stations.models import (
    Article,
    ArticleAttachment,
    ArticlePicture,
    Booking,
    Compound,
    Deletion,
    Holiday,
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

_numbers = count(1000)  # beyond the places of the demo street


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
        group, _ = Group.objects.get_or_create(name=ROLES[role])
        # Not by `add`, which writes a line of history: it takes longer than all the rest.
        User.groups.through.objects.create(user=user, group=group)
    if station:
        make_posting(station=station, user=user, name=user.name)
    return user


def make_compound(**values) -> Compound:
    return Compound.objects.create(
        **{
            "station": values.get("station") or make_station(),
            "name": f"示例小区{next(_numbers)}",
            **values,
        }
    )


def make_holiday(**values) -> Holiday:
    """One day of its own, far from today."""
    first_on = values.get("first_on") or days_away(-1000 - next(_numbers))
    return Holiday.objects.create(
        **{
            "station": values.get("station") or make_centre(),
            "name": "国庆节",
            "first_on": first_on,
            "last_on": first_on,
            **values,
        }
    )


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


def make_article(**values) -> Article:
    """Published yesterday, unless another status is asked for; with its fields only."""
    published = {"published_at": at(days_away(-1), "10:00")}
    if values.setdefault("status", Article.Status.PUBLISHED) != Article.Status.PUBLISHED:
        published = {}
    writers = values.pop("writers", ())
    article = Article.objects.create(
        **{
            "station": values.get("station") or make_station(),
            "title": f"院里的暖气修好了{next(_numbers)}",
            "text": "昨天夜里，师傅们把三号楼的暖气修好了。",
            **published,
            **values,
        }
    )
    article.writers.set(writers)
    return article


def make_article_picture(**values) -> ArticlePicture:
    return ArticlePicture.objects.create(
        **{
            "article": values.get("article") or make_article(),
            "picture": make_picture_file(size=(640, 480)),
            "caption": f"师傅在拧阀门{next(_numbers)}",
            **values,
        }
    )


def make_attachment(**values) -> ArticleAttachment:
    return ArticleAttachment.objects.create(
        **{
            "article": values.get("article") or make_article(),
            "title": f"借用申请表{next(_numbers)}",
            "file": SimpleUploadedFile("x.pdf", b"%PDF-1.7 made by the tests"),
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


def make_deletion(**values) -> Deletion:
    """A draft that was deleted in the admin and can be put back."""
    draft = make_activity(station=values["station"], status=Activity.Status.DRAFT)
    deletion = Deletion.objects.keep(draft, by=values.get("by") or make_user())
    draft.delete()
    return deletion


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


def make_session_move(**values) -> SessionMove:
    """From half past nine to ten."""
    session = values.get("session") or make_session()
    half_an_hour = timedelta(minutes=30)
    return SessionMove.objects.create(
        **{
            "session": session,
            "starts_before": session.starts_at - half_an_hour,
            "ends_before": session.ends_at - half_an_hour,
            "place_before": session.place,
            "starts_after": session.starts_at,
            "ends_after": session.ends_at,
            "place_after": session.place,
            "reason": "老师上午要开会。",
            **values,
        }
    )


def make_signup(*, session: Session | None = None, **values) -> Signup:
    """A party with a seat, or waiting when the session is full."""
    session = session or make_session(activity=make_activity(status="published"), capacity=20)
    number = next(_numbers)
    values = {"name": f"居民{number}", "phone": f"{DEMO_PREFIX}{number:08}"} | values
    return Signup.objects.sign_up(session, Signup(**values))


def make_call(**values) -> Call:
    return Call.objects.create(
        **{"signup": values.get("signup") or make_signup(), "about": "promoted"} | values
    )


def make_passed_over(*, signup: Signup) -> PassedOver:
    by = make_signup(session=signup.session)
    return PassedOver.objects.create(signup=signup, by=by, free=1, wanted=2)


def make_role_model(**values) -> RoleModel:
    """Recognised a month ago, on the wall when they agreed; a status leaves out what it lacks."""
    statuses = RoleModel.Status
    is_given = "status" in values
    recognised_on = values.pop("recognised_on", None if is_given else days_away(-30))
    if not is_given and recognised_on:
        is_named = values.get("has_consented", False)
        values["status"] = statuses.RECOGNISED if is_named else statuses.UNNAMED
    if values.get("status") in RoleModel.PUBLIC:
        values.setdefault("has_consented", True)
    if values.get("status") in RoleModel.COUNTED:
        recognised_on = recognised_on or days_away(-30)
    if values.get("status") == statuses.NOTICE:
        values = {"notice_on": days_away(-2), "notice_until": days_away(5), **values}
    return RoleModel.objects.create(
        **{
            "station": values.get("station") or make_station(),
            "name": "示例好邻居",
            "category": RoleModel.Category.MOTHER_IN_LAW,
            "deed": "每晚给邻居留一盏灯。",
            "nominated_on": LONG_AGO,
            "recognised_on": recognised_on,
            "closed_on": recognised_on,
            **values,
        }
    )


def make_objection(**values) -> Objection:
    station = values.pop("station", None)
    if "role_model" not in values:
        at_station = {"station": station} if station else {}
        values["role_model"] = make_role_model(status=RoleModel.Status.NOTICE, **at_station)
    return Objection.objects.create(
        **{
            "text": "灯是物业装的，请再问一问。",
            "name": "马示例",
            "phone": f"{DEMO_PREFIX}00000077",
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


def make_plan(*, adopted: bool = True, lines: dict[str, int] | None = None, **values) -> Plan:
    """This month's, of six sessions unless others are asked for."""
    plan = Plan.objects.create(
        **{
            "station": values.get("station") or make_station(),
            "month": Month.current(),
            "adopted_on": timezone.localdate() if adopted else None,
            **values,
        }
    )
    plan.begin_like_the_last()
    for platform, sessions in (lines or {"culture": 4, "theory": 2}).items():
        plan.lines.filter(platform=platform).update(sessions=sessions)
    return plan


def make_nightly_run(**values) -> NightlyRun:
    return NightlyRun.objects.create(**{"started_at": timezone.now(), **values})


def make_night(*, hours_ago: float, failed: str = "", is_ended: bool = True) -> NightlyRun:
    """A run with one step that went well and, when named, one that failed."""
    started_at = timezone.now() - timedelta(hours=hours_ago)
    run = make_nightly_run(started_at=started_at, ended_at=started_at if is_ended else None)
    for label in ("检查数据库", *filter(None, [failed])):
        run.steps.create(label=label, started_at=started_at, is_ok=label != failed)
    return run


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


def _open_session(station: Station) -> Session:
    activity = make_activity(station=station, status="published")
    return make_session(activity=activity, capacity=20)


#: How to make a row of every model that has a station, at a given station: `MAKERS[Team](station)`.
#: Tests that walk all models and all pages begin here; a new model adds its line.
MAKERS = {
    Station: lambda station: station,
    Posting: lambda station: make_posting(station=station),
    Compound: lambda station: make_compound(station=station),
    Holiday: lambda station: make_holiday(station=station),
    Venue: lambda station: make_venue(station=station),
    Platform: lambda station: make_platform(station=station),
    Booking: lambda station: make_booking(venue=make_venue(station=station)),
    Article: lambda station: make_article(station=station),
    ArticlePicture: lambda station: make_article_picture(article=make_article(station=station)),
    ArticleAttachment: lambda station: make_attachment(article=make_article(station=station)),
    Organisation: lambda station: make_organisation(station=station),
    PartnerUnit: lambda station: make_partner_unit(station=station),
    Volunteer: lambda station: make_volunteer(station=station),
    Team: lambda station: make_team(station=station),
    Membership: lambda station: make_membership(team=make_team(station=station)),
    ServiceEntry: lambda station: make_entry(volunteer=make_volunteer(station=station)),
    Brand: lambda station: make_brand(station=station),
    Activity: lambda station: make_activity(station=station),
    Session: lambda station: make_session(activity=make_activity(station=station)),
    SessionMove: lambda station: make_session_move(
        session=make_session(activity=make_activity(station=station))
    ),
    Signup: lambda station: make_signup(session=_open_session(station)),
    Call: lambda station: make_call(signup=make_signup(session=_open_session(station))),
    PassedOver: lambda station: make_passed_over(
        signup=make_signup(session=_open_session(station))
    ),
    RoleModel: lambda station: make_role_model(
        station=station,
        has_consented=True,
        notice_on=days_away(-40),
        notice_until=days_away(-33),
        nominator_name="马示例",
        nominator_phone=f"{DEMO_PREFIX}00000078",
        code=new_code(),
    ),
    Objection: lambda station: make_objection(station=station),
    StudySession: lambda station: make_study_session(station=station),
    OnlineStudy: lambda station: make_online_study(station=station),
    Demand: lambda station: make_demand(station=station),
    Whistle: lambda station: make_whistle(station=station),
    MonthlySummary: lambda station: make_summary(station=station),
    Plan: lambda station: make_plan(station=station),
    PlanLine: lambda station: make_plan(station=station, month=Month.current() + 1).lines.first(),
    PhoneView: lambda station: make_phone_view(row=make_volunteer(station=station)),
    Deletion: lambda station: make_deletion(station=station),
}
