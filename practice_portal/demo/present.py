"""The living present: the last three full months, this month so far, and six weeks ahead.

Every part asks the marks first. What is missing is made, what has come due since the last run
is done, and a row that a person has edited or deleted is left as it is. Everything is dated from
the plan or from today, never from the clock: the same day always gives the same rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING

from django.core.exceptions import ValidationError
from django.utils import timezone

from activities.models import (
    Activity,
    ActivityChange,
    Brand,
    RoleModel,
    Session,
    SessionChange,
    SessionMove,
)
from learning.models import OnlineStudy, StudySession
from practice_portal.demo import history, notices, street
from practice_portal.demo.needs import (
    NEED_RESULTS,
    OTHER,
    PRESENT_NEEDS,
    PRESENT_PROBLEMS,
    RETURN_REASONS,
    Need,
)
from practice_portal.demo.notices import MONTH_WORDS, RETURN_REMARKS, STUDY_TOPICS
from practice_portal.demo.plan import CENTRE, SLUGS, Slot, at, slots, some
from practice_portal.lib.codes import new_code
from practice_portal.lib.months import Month, start_of
from practice_portal.lib.workflow import WorkflowModel
from reports.models import MonthlySummary, Plan, PlanLine
from services.models import Demand, Whistle
from stations.models import PlatformKind, Station, Venue
from volunteers.models import PartnerUnit, ServiceEntry, ServiceEntryChange, Volunteer

if TYPE_CHECKING:
    from practice_portal.demo.loader import Loader

FULL_MONTHS = 3
WEEKS_AHEAD = 6
#: Stations with a clerk's account, where something always waits for the clerk.
WITH_A_CLERK = ("nanhu", "station-02")
CANCEL_REASONS = (
    "主讲的老师临时来不了，改期再通知，给您添麻烦了。",
    "气象台说那天风沙大，为了老人孩子的安全先取消。",
    "活动室那天检修暖气，来不及换地方，这一场先取消。",
)


@dataclass
class Due:
    """A step that a row takes on a day, with what is said and filled in."""

    step: str
    at: datetime
    by: object = None
    remark: str = ""
    values: dict = field(default_factory=dict)


def months(loader: Loader) -> list[Month]:
    """The months of the present, the current one the last.

    They begin three full months before the first load: a later run fills the gap in between.
    """
    current = Month.of(loader.today)
    loaded = [Month.parse(key.removeprefix("month:")) for key in loader.marks.keys("month:")]
    found = [min([current - FULL_MONTHS, *loaded])]
    while found[-1] < current:
        found.append(found[-1] + 1)
    return found


def last_day(loader: Loader) -> date:
    """The Sunday that ends the six coming weeks."""
    sunday = loader.today + timedelta(days=6 - loader.today.weekday())
    return sunday + timedelta(weeks=WEEKS_AHEAD)


def planned(loader: Loader) -> Iterator[Slot]:
    """The slots of the present whose station is still there."""
    last = last_day(loader)
    month = months(loader)[0]
    while month.first <= last:
        for slot in slots(month):
            if slot.day <= last and slot.slug in loader.stations:
                yield slot
        month += 1


def advance(loader: Loader, row: WorkflowModel, dues: list[Due]) -> int:
    """Take the steps that have come due; those taken before are known by their number."""
    taken = row.changes.count()
    steps = 0
    for due in dues[taken:]:
        if due.at > start_of(loader.today):
            break
        if not loader.walk(row, due.step, due.at, by=due.by, remark=due.remark, **due.values):
            break
        steps += 1
    return steps


# Sessions -------------------------------------------------------------------------------------


def sessions(loader: Loader) -> str:
    """New sessions of the plan, late announcements, and the results of what is over."""
    left_open = _left_open(loader)
    made = 0
    venues, brands = _venues(loader), _brands(loader)
    for slot in planned(loader):
        if f"session:{slot.key}" not in loader.marks:
            brand = brands.get(slot.slug) if slot.is_branded else None
            activity = _make_activity(loader, slot, brand)
            session = _make_session(slot, activity, with_result=slot.key not in left_open)
            _find_room(session, slot, venues[slot.slug])
            _open_or_call_off(loader, slot, activity, session)
            loader.marks.add(f"activity:{slot.key}", activity)
            loader.marks.add(f"session:{slot.key}", session)
            made += 1
    loader.marks.flush()
    announced = _announce(loader)
    filled = _fill_in_results(loader, left_open)
    return f"做什么：新排活动{made}场，补发布{announced}场，补填结果{filled}场"


def _venues(loader: Loader) -> dict[str, list[Venue]]:
    found = Venue.objects.in_force(loader.today).order_by("pk")
    by_station: dict[int, list[Venue]] = {}
    for venue in found:
        by_station.setdefault(venue.station_id, []).append(venue)
    return {slug: by_station.get(s.pk, []) for slug, s in loader.stations.items()}


def _left_open(loader: Loader) -> set[str]:
    """The last session of two stations, so that a blank result can be seen and filled in."""
    last: dict[str, str] = {}
    for slot in planned(loader):
        is_over = slot.day < loader.today and not slot.is_cancelled
        if is_over and slot.slug in WITH_A_CLERK:
            last[slot.slug] = slot.key
    return set(last.values())


def _brands(loader: Loader) -> dict[str, Brand]:
    """The demo's brands that are still being held."""
    ids = {loader.marks.id_of(f"brand:{slug}"): slug for slug in SLUGS}
    return {ids[b.pk]: b for b in Brand.objects.in_force(loader.today).filter(pk__in=list(ids))}


def _make_activity(loader: Loader, slot: Slot, brand: Brand | None) -> Activity:
    notice = slot.notice
    activity = Activity.objects.create(
        title=slot.title,
        station=loader.stations[slot.slug],
        text=notice.text,
        platform=notice.platform,
        task=notice.task,
        form=notice.form,
        audience=notice.audience,
        brand=brand,
        festival=slot.festival,
        risk_notice=notice.risk,
        requirements=notice.requirements,
        bring=notice.bring,
    )
    if cohosts := [loader.stations[slug] for slug in slot.cohosts if slug in loader.stations]:
        activity.cohosts.set(cohosts)
    return activity


def _make_session(slot: Slot, activity: Activity, *, with_result: bool) -> Session:
    session = Session(
        activity=activity,
        starts_at=slot.starts_at,
        ends_at=slot.ends_at,
        capacity=slot.notice.capacity,
    )
    if with_result and not slot.is_cancelled and slot.day < timezone.localdate():
        _fill_in(session, slot)
    session.save()
    return session


def _open_or_call_off(loader: Loader, slot: Slot, activity: Activity, session: Session) -> None:
    entered_by, _ = loader.of_station(slot.slug)
    if not slot.is_late or _announced_at(slot) < start_of(loader.today):
        _publish(loader, activity, slot, entered_by)
    if slot.is_cancelled:
        _call_off(loader, session, slot, entered_by)


def _find_room(session: Session, slot: Slot, venues: list[Venue]) -> None:
    """The first room that is large enough and free; else the yard, or the station's address."""
    rooms = [] if slot.address else venues
    for venue in sorted(rooms, key=lambda v: (v.capacity or 0) < (slot.notice.capacity or 0)):
        try:
            session.hold(venue)
        except ValidationError:
            continue  # somebody else was first
        return
    session.address = slot.address or session.activity.station.address
    session.save(update_fields=["address"])


def _fill_in(session: Session, slot: Slot) -> None:
    session.people_served = slot.people()
    session.volunteers_served = slot.helpers()
    session.story = slot.notice.story


def _announced_at(slot: Slot) -> datetime:
    days = 4 if slot.is_late else 12
    return at(slot.day - timedelta(days=days), "10:30")


def _publish(loader: Loader, activity: Activity, slot: Slot, by) -> None:
    """What is over was published in its time; what is to come is published now."""
    moment = min(_announced_at(slot), start_of(loader.today) - timedelta(hours=7))
    if slot.day < loader.today:
        activity.status = Activity.Status.PUBLISHED
        activity.save(update_fields=["status"])
        activity.changes.add(
            ActivityChange(
                step="publish",
                from_status=Activity.Status.DRAFT,
                to_status=Activity.Status.PUBLISHED,
                by=by,
                at=moment,
            ),
            bulk=False,
        )
    else:
        loader.walk(activity, "publish", moment, by=by)


def _call_off(loader: Loader, session: Session, slot: Slot, by) -> None:
    reason = Random(f"reason:{slot.key}").choice(CANCEL_REASONS)
    moment = min(at(slot.day, "08:10"), start_of(loader.today)) - timedelta(hours=15)
    if slot.day >= loader.today:
        loader.walk(session, "cancel", moment, by=by, remark=reason)
        return
    # `take` refuses to call off what is over; this was called off while it was still to come.
    session.give_back_the_room()
    session.status = Session.Status.CANCELLED
    session.save()
    SessionChange.objects.create(
        session=session,
        step="cancel",
        from_status=Session.Status.PLANNED,
        to_status=Session.Status.CANCELLED,
        by=by,
        at=moment,
        remark=reason,
    )


def _announce(loader: Loader) -> int:
    """Publish the drafts whose time has come."""
    by_key = {f"activity:{slot.key}": slot for slot in planned(loader) if slot.is_late}
    drafts = Activity.objects.filter(status=Activity.Status.DRAFT, changes=None)
    published = 0
    for key, activity in loader.marks.unedited("activity:", drafts).items():
        slot = by_key.get(key)
        if slot and _announced_at(slot) < start_of(loader.today):
            _publish(loader, activity, slot, loader.of_station(slot.slug)[0])
            loader.marks.touched(key, activity)
            published += 1
    return published


def _fill_in_results(loader: Loader, left_open: set[str]) -> int:
    over = Session.objects.planned().filter(
        people_served=None, ends_at__lt=start_of(loader.today), activity__status="published"
    )
    blank = loader.marks.unedited("session:", over.select_related("activity"))
    filled = 0
    for key, session in blank.items():
        slot = _slot_of(key)
        if slot is None or slot.key in left_open:
            continue
        if not loader.marks.is_ours(f"activity:{slot.key}", session.activity):
            continue  # a person has made it theirs, and knows better how it went
        _fill_in(session, slot)
        session.save()
        loader.marks.touched(key, session)
        filled += 1
    return filled


def _slot_of(key: str) -> Slot | None:
    """The slot of "session:nanhu:2026-11-24"."""
    _, slug, day = key.split(":")
    month = Month.of(date.fromisoformat(day))
    return next((slot for slot in slots(month) if slot.key == f"{slug}:{day}"), None)


MOVED = {
    "nanhu": ("时间", "主讲的老师上午要开会，往后挪半个小时。"),
    "station-02": ("地点", "屋里检修暖气，这一场换个地方。"),
}


def moves(loader: Loader) -> str:
    """Once a month two stations move a session that residents have read of, and say so."""
    month = Month.of(loader.today)
    moved = 0
    for slug, (what, reason) in MOVED.items():
        key = f"move:{month}:{slug}"
        if key in loader.marks:
            continue
        coming = {
            f"session:{slot.key}"
            for slot in planned(loader)
            if slot.slug == slug and slot.day > loader.today and not slot.is_late
        }
        known = Session.objects.published().planned().select_related("activity__station")
        ours = loader.marks.unedited("session:", known)
        for key_of_session in sorted(coming & set(ours)):
            if _move(loader, ours[key_of_session], what, reason):
                loader.marks.touched(key_of_session, ours[key_of_session])
                loader.marks.add(key)
                moved += 1
                break
    return f"做什么：改了时间或地点{moved}场"


def _move(loader: Loader, session: Session, what: str, reason: str) -> bool:
    session.move_reason = reason
    try:
        if what == "时间":
            session.starts_at += timedelta(minutes=30)
            session.ends_at += timedelta(minutes=30)
            session.save()
        else:
            session.hold(None)
            session.address = "社区服务大厅"
            session.save()
    except ValidationError:  # the room is taken then
        return False
    moment = start_of(loader.today) - timedelta(hours=8)
    SessionMove.objects.filter(pk=session.moves.latest("pk").pk).update(at=moment)
    return True


# Volunteers and their hours -------------------------------------------------------------------


def newcomers(loader: Loader) -> str:
    """One or two people a month apply at each station; most are registered within a week."""
    made = registered = 0
    number = _last_number()
    dues: dict[str, list[Due]] = {}
    for key, slug, applied_on in _applicants(loader):
        chance = Random(key)
        started_on = applied_on + timedelta(days=chance.randint(1, 6))
        by, _ = loader.of_station(slug)
        values = {"started_on": started_on}
        dues[key] = [Due("register", at(started_on, "09:40"), by, values=values)]
        if key in loader.marks or applied_on >= loader.today:
            continue
        number += 1
        volunteer = Volunteer.objects.create(
            number=f"GC{number:05}",
            name=loader.name(key),
            phone=loader.phone(key),
            station=loader.stations[slug],
            applied_on=applied_on,
            birth_year=chance.randint(1950, 2004),
            skills=chance.choice(street.SKILLS),
            has_consented=chance.random() < 0.5,
        )
        loader.marks.add(key, volunteer)
        made += 1
    waiting = Volunteer.objects.filter(status=Volunteer.Status.APPLIED)
    for key, volunteer in loader.marks.unedited("volunteer:", waiting).items():
        if advance(loader, volunteer, dues.get(key, [])):
            loader.marks.touched(key, volunteer)
            registered += 1
    return f"谁来做：新申请的志愿者{made}人，登记{registered}人"


def _applicants(loader: Loader) -> Iterator[tuple[str, str, date]]:
    for month in months(loader):
        for slug in SLUGS:
            chance = Random(f"newcomers:{month}:{slug}")
            for turn in range(chance.randint(1, 2)):
                day = month.first + timedelta(days=chance.randint(0, 27))
                if slug in loader.stations:
                    yield f"volunteer:{month}:{slug}:{turn}", slug, day


def _last_number() -> int:
    numbers = Volunteer.objects.filter(number__startswith="GC").values_list("number", flat=True)
    return max((int(n[2:]) for n in numbers if re.fullmatch(r"GC\d+", n)), default=0)


def hours(loader: Loader) -> str:
    """Two to four helpers' hours for each session with a result; the next week they are confirmed.

    Whoever entered a line does not confirm it. Those of the last days still wait.
    """
    held = loader.marks.unedited("session:", Session.objects.held())
    typed = set(ServiceEntry.objects.values_list("source", flat=True).distinct())
    helpers = _helpers()
    entries: list[tuple[str, ServiceEntry]] = []
    for slot in planned(loader):
        session = held.get(f"session:{slot.key}")
        if session is None or f"hours:{slot.key}" in loader.marks:
            continue
        loader.marks.add(f"hours:{slot.key}")
        if f"session-{session.pk}" in typed:
            continue  # somebody has begun to enter them
        entries += _entries(loader, slot, session, helpers)
    ServiceEntry.objects.bulk_create(entry for _, entry in entries)
    loader.marks.add_many(entries)
    # So many lines of weeks ago are written as they stand; those of today go through their door.
    ServiceEntryChange.objects.bulk_create(
        _confirmation(loader, key, entry)
        for key, entry in entries
        if entry.status == ServiceEntry.Status.CONFIRMED
    )
    loader.marks.flush()
    confirmed = _confirm(loader)
    return f"谁来做：服务时长{len(entries)}条，确认{confirmed}条"


def _helpers() -> dict[int, list[int]]:
    """By station, the volunteers in its teams (by key): those who turn up."""
    found: dict[int, list[int]] = {}
    members = Volunteer.objects.active().filter(memberships__isnull=False).distinct()
    for pk, station_id in members.order_by("number").values_list("pk", "station_id"):
        found.setdefault(station_id, []).append(pk)
    return found


def _entries(loader: Loader, slot: Slot, session: Session, helpers) -> list:
    chance = Random(f"hours:{slot.key}")
    # On the square the stations' own people help; those stations have nothing else that day.
    home = slot.cohosts[0] if slot.slug == CENTRE else slot.slug
    if home not in loader.stations:
        return []
    regulars = helpers.get(loader.stations[home].pk, [])[:45]
    entered_by, _ = loader.of_station(slot.slug)
    is_confirmed = _confirmed_at(slot.day) < start_of(loader.today)
    status = ServiceEntry.Status.CONFIRMED if is_confirmed else ServiceEntry.Status.ENTERED
    half_hours = slot.notice.minutes // 30  # never longer than the event
    chosen = chance.sample(regulars, min(len(regulars), chance.randint(2, 4)))
    return [
        (
            f"entry:{slot.key}:{turn}",
            ServiceEntry(
                volunteer_id=volunteer_id,
                station=loader.stations[slot.slug],
                source=f"session-{session.pk}",
                kind="supplementary" if chance.random() < 0.2 else "signed_in",
                served_on=slot.day,
                hours=Decimal(half_hours) / 2,
                reason=f"在“{slot.title}”帮忙",
                entered_by=entered_by,
                status=status,
            ),
        )
        for turn, volunteer_id in enumerate(chosen)
    ]


def _confirmed_at(day: date) -> datetime:
    return at(day + timedelta(days=5), "16:20")


def _confirmation(loader: Loader, key: str, entry: ServiceEntry) -> ServiceEntryChange:
    return ServiceEntryChange(
        entry=entry,
        step="confirm",
        from_status=ServiceEntry.Status.ENTERED,
        to_status=ServiceEntry.Status.CONFIRMED,
        by=loader.of_station(key.split(":")[1])[1],
        at=_confirmed_at(entry.served_on),
    )


def _confirm(loader: Loader) -> int:
    waiting = ServiceEntry.objects.filter(status=ServiceEntry.Status.ENTERED)
    confirmed = 0
    for key, entry in loader.marks.unedited("entry:", waiting).items():
        by = loader.of_station(key.split(":")[1])[1]
        if advance(loader, entry, [Due("confirm", _confirmed_at(entry.served_on), by)]):
            loader.marks.touched(key, entry)
            confirmed += 1
    return confirmed


# Needs and problems ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A need of the present: what, when, and the training that answers it, if one does."""

    key: str
    slug: str
    need: Need
    day: date
    training: Slot | None = None


def demands(loader: Loader) -> str:
    """Two needs a month at each station, and one ahead of each training: asked, taken up, done.

    Where there is a clerk, one comes in every week and the latest waits to be taken up.
    """
    made = steps = 0
    dues: dict[str, list[Due]] = {}
    latest: dict[str, Asked] = {}
    for asked in _asked(loader):
        if asked.slug in WITH_A_CLERK and asked.day < loader.today:
            latest[asked.slug] = max(latest.get(asked.slug, asked), asked, key=lambda a: a.day)
        dues[asked.key] = _demand_dues(loader, asked)
        if asked.key in loader.marks or asked.day >= loader.today:
            continue
        chance = Random(asked.key)
        clock = f"{chance.randint(8, 20):02}:{chance.randint(0, 59):02}"
        session = None
        if asked.training:
            session = Session.objects.filter(
                pk=loader.marks.id_of(f"session:{asked.training.key}")
            ).first()
        demand = Demand.objects.create(
            station=loader.stations[asked.slug],
            channel=chance.choice(list(Demand.Channel)),
            topic=history.TOPICS[asked.need.topic],
            title=asked.need.title,
            text=asked.need.text,
            contact_name=loader.name(asked.key),
            contact_phone=loader.phone(asked.key),
            submitted_at=at(asked.day, clock),
            session=session,
        )
        loader.marks.add(asked.key, demand)
        made += 1
    for asked in latest.values():
        dues[asked.key] = []
    open_ones = Demand.objects.filter(status__in=["submitted", "accepted"])
    for key, demand in loader.marks.unedited("demand:", open_ones).items():
        if taken := advance(loader, demand, dues.get(key, [])):
            loader.marks.touched(key, demand)
            steps += taken
    return f"怎么做：新需求{made}条，办理{steps}步"


def _asked(loader: Loader) -> Iterator[Asked]:
    others = [need for need in PRESENT_NEEDS if need.topic == OTHER]
    here = [slug for slug in SLUGS if slug in loader.stations]
    for month in months(loader):
        needs = some(others, month, "needs", 2 * len(SLUGS))
        for number, (slug, need) in enumerate(zip([*SLUGS, *SLUGS], needs, strict=True)):
            key = f"demand:{month}:{slug}:{number // len(SLUGS)}"
            day = month.first + timedelta(days=Random(f"day:{key}").randrange(month.last.day))
            if slug in here:
                yield Asked(key, slug, need, day)
        more = [need for need in others if need not in needs]
        mondays = [month.first + timedelta(days=n) for n in range(month.last.day)]
        mondays = [day for day in mondays if day.weekday() == 0]
        for slug in (slug for slug in WITH_A_CLERK if slug in here):
            weekly = some(others, month, f"weekly:{slug}", len(mondays), among=more)
            for monday, need in zip(mondays, weekly, strict=True):
                key = f"demand:{monday}:{slug}"
                yield Asked(key, slug, need, monday + timedelta(days=Random(key).randint(0, 6)))
    for slot in planned(loader):
        if slot.training_topic and slot.slug in here and not slot.is_cancelled:
            needs = [need for need in PRESENT_NEEDS if need.topic == slot.training_topic]
            chance = Random(f"asked:{slot.key}")
            day = slot.day - timedelta(days=chance.randint(9, 20))
            yield Asked(f"demand:for:{slot.key}", slot.slug, chance.choice(needs), day, slot)


def _demand_dues(loader: Loader, asked: Asked) -> list[Due]:
    chance = Random(f"dues:{asked.key}")
    by, _ = loader.of_station(asked.slug)
    looked_at = asked.day + timedelta(days=chance.randint(1, 4))
    if not asked.training and chance.random() < 0.12:
        return [Due("return", at(looked_at, "09:20"), by, chance.choice(RETURN_REASONS))]
    done = looked_at + timedelta(days=chance.randint(2, 11))
    result = chance.choice(NEED_RESULTS)
    if asked.training:
        done = max(done, asked.training.day + timedelta(days=1))
        result = f"为这件事办了培训“{asked.training.title}”，已请提出的居民来听。"
    values = {"result": result, "completed_on": done}
    return [
        Due("accept", at(looked_at, "09:20"), by),
        Due("complete", at(done, "16:40"), by, values=values),
    ]


def whistles(loader: Loader) -> str:
    """A problem a month at each station, whistled for, answered and solved."""
    units = list(PartnerUnit.objects.in_force(loader.today).order_by("position", "pk"))
    made = steps = 0
    dues: dict[str, list[Due]] = {}
    for month in months(loader):
        problems = some(PRESENT_PROBLEMS, month, "problems", len(SLUGS))
        for slug, problem in zip(SLUGS, problems, strict=True):
            key = f"whistle:{month}:{slug}"
            chance = Random(key)
            raised_on = month.first + timedelta(days=chance.randint(0, 27))
            came = raised_on + timedelta(days=chance.randint(1, 4))
            solved_on = came + timedelta(days=chance.randint(2, 18))
            by, _ = loader.of_station(slug)
            unit = chance.choice(units) if units else None
            dues[key] = [
                Due(
                    "respond",
                    at(came, "10:10"),
                    by,
                    values={"lead_unit": unit, "responded_on": came},
                ),
                Due(
                    "solve",
                    at(solved_on, "17:00"),
                    by,
                    values={"result": problem.result, "solved_on": solved_on},
                ),
            ]
            is_due = raised_on < loader.today and slug in loader.stations
            if key in loader.marks or not is_due:
                continue
            whistle = Whistle.objects.create(
                station=loader.stations[slug],
                kind=problem.kind,
                title=problem.title,
                text=problem.text,
                raised_on=raised_on,
            )
            loader.marks.add(key, whistle)
            made += 1
    open_ones = Whistle.objects.exclude(status=Whistle.Status.SOLVED)
    for key, whistle in loader.marks.unedited("whistle:", open_ones).items():
        if taken := advance(loader, whistle, dues.get(key, [])):
            loader.marks.touched(key, whistle)
            steps += taken
    return f"怎么做：新吹哨{made}件，办理{steps}步"


# Study and honours ----------------------------------------------------------------------------


def study(loader: Loader) -> str:
    """Two study sessions a month at each station, one at the centre, and the online headcounts."""
    made = sum(
        _make_study(loader, slug, month)
        for month in [*months(loader), Month.of(loader.today) + 1, Month.of(loader.today) + 2]
        for slug in (CENTRE, *SLUGS)
        if slug in loader.stations
    )
    over = StudySession.objects.filter(attended=None, ends_at__lt=start_of(loader.today))
    for key, row in loader.marks.unedited("study:", over).items():
        row.attended = _attended(key)
        row.save()
        loader.marks.touched(key, row)
    online = sum(
        _make_online(loader, slug, month)
        for month in months(loader)[:-1]
        for slug in SLUGS
        if slug in loader.stations
    )
    return f"学什么：集中学习{made}场，线上学习{online}条"


def _make_study(loader: Loader, slug: str, month: Month) -> int:
    of_centre = slug == CENTRE
    topics = [topic for topic in STUDY_TOPICS if (topic[0] == "central_group") == of_centre]
    first = Random(f"study:{month}:{slug}").randint(0, 11)
    made = 0
    for turn, (form, method, topic) in enumerate(
        some(topics, month, f"study:{slug}", 1 if of_centre else 2)
    ):
        key = f"study:{month}:{slug}:{turn}"
        chance = Random(key)
        day = month.first + timedelta(days=first + 14 * turn)
        while day.weekday() > 4:
            day += timedelta(days=1)
        clock = chance.choice(["09:00", "14:30", "19:00"])
        if key in loader.marks or day > last_day(loader):
            continue
        speaker = f"{chance.choice(street.SURNAMES)}老师" if method == "lecture" else ""
        starts_at = at(day, clock)
        row = StudySession.objects.create(
            station=loader.stations[slug],
            form=form,
            method=method,
            topic=topic,
            starts_at=starts_at,
            ends_at=starts_at + timedelta(minutes=90),
            speaker=speaker,
            attended=_attended(key) if day < loader.today else None,
        )
        loader.marks.add(key, row)
        made += 1
    return made


def _attended(key: str) -> int:
    return Random(f"attended:{key}").randint(16, 48)


def _make_online(loader: Loader, slug: str, month: Month) -> int:
    """The headcounts of a month that is over, unless somebody has typed them already."""
    made = 0
    for row in history.online_rows(loader.stations[slug], slug, month):
        key = f"online:{month}:{slug}:{row.platform}"
        typed = OnlineStudy.objects.filter(station=row.station, month=month, platform=row.platform)
        if key in loader.marks or typed.exists():
            continue
        row.save()
        loader.marks.add(key, row)
        made += 1
    return made


def honours(loader: Loader) -> str:
    """Three people or families a month are nominated, and recognised three weeks later."""
    made = 0
    categories = [*RoleModel.RECOMMENDED, RoleModel.Category.GOOD_PERSON]
    deeds = [
        (category, deed) for category in categories for deed in history.deeds_of(category)[-2:]
    ]
    dues: dict[str, list[Due]] = {}
    for month in months(loader):
        for turn, (category, deed) in enumerate(some(deeds, month, "honours", 3)):
            key = f"honour:{month}:{turn}"
            chance = Random(key)
            nominated_on = month.first + timedelta(days=chance.randint(0, 24))
            slug = chance.choice(SLUGS)
            dues[key] = _honour_dues(loader, slug, nominated_on)
            is_due = nominated_on < loader.today and slug in loader.stations
            if key in loader.marks or not is_due:
                continue
            if RoleModel.objects.filter(deed=deed).exists():
                deed = notices.DEED_OF_MANY  # told already, of somebody else
            row = RoleModel.objects.create(
                station=loader.stations[slug],
                **history.role_model(loader, key, category, deed),
                nominated_on=nominated_on,
            )
            loader.marks.add(key, row)
            made += 1
    made += _nominations(loader)
    waiting = RoleModel.objects.filter(recognised_on=None)
    for key, row in loader.marks.unedited("honour:", waiting).items():
        if advance(loader, row, dues.get(key, [])):
            loader.marks.touched(key, row)
    return f"怎么做：推荐的道德标杆{made}名"


# Plans ----------------------------------------------------------------------------------------

#: Whose plan of the running month is still being written, and who writes none.
WITHOUT_A_PLAN = ("station-07", "station-11")


def plans(loader: Loader) -> str:
    """Last month's plans and this month's: near what took place, and not quite the same."""
    made = 0
    for month in months(loader)[-2:]:
        for slug in SLUGS:
            key = f"plan:{month}:{slug}"
            if key in loader.marks or slug == WITHOUT_A_PLAN[1] or slug not in loader.stations:
                continue
            station = loader.stations[slug]
            if Plan.objects.filter(station=station, month=month).exists():
                continue
            loader.marks.add(key, _make_plan(station, slug, month))
            made += 1
    loader.marks.flush()
    return f"计划：新写{made}份"


def _make_plan(station: Station, slug: str, month: Month) -> Plan:
    chance = Random(f"plan:{month}:{slug}")
    adopted_on = month.first - timedelta(days=chance.randint(1, 5))
    is_written = slug != WITHOUT_A_PLAN[0]
    plan = Plan.objects.create(
        station=station, month=month, adopted_on=adopted_on if is_written else None
    )
    mine = [slot for slot in slots(month) if slug in (slot.slug, *slot.cohosts)]
    lines = []
    for platform in PlatformKind:
        titles = [slot.title for slot in mine if slot.notice.platform == platform]
        sessions = max(len(titles) + chance.choice((-1, 0, 0, 0, 1)), 0)
        words = "、".join(titles[:2]) if sessions else ""
        lines.append(PlanLine(plan=plan, platform=platform, sessions=sessions or None, words=words))
    PlanLine.objects.bulk_create(lines)
    return plan


def _honour_dues(loader: Loader, slug: str, nominated_on: date) -> list[Due]:
    by, _ = loader.of_station(slug)
    posted_on = nominated_on + timedelta(days=6)
    recognised_on = nominated_on + timedelta(days=21)
    recognised = {"recognised_on": recognised_on, "closed_on": recognised_on}
    return [
        Due("check", at(nominated_on + timedelta(days=3), "10:10"), by),
        Due("post", at(posted_on, "09:40"), by, values={"notice_on": posted_on}),
        Due("recognise", at(recognised_on, "15:20"), loader.users.get("director"), "", recognised),
    ]


def _nominations(loader: Loader) -> int:
    """What neighbours sent in lately, at every step on the way, so that each can be tried out."""
    if "honour:lately" in loader.marks:
        return 0
    loader.marks.add("honour:lately")
    made = 0
    for number, lately in enumerate(notices.NOMINATIONS):
        slug = WITH_A_CLERK[number % len(WITH_A_CLERK)]
        if slug not in loader.stations:
            continue
        key = f"nomination:{number}"
        by, _ = loader.of_station(slug)
        asked = RoleModel.Asked
        row = RoleModel.objects.create(
            station=loader.stations[slug],
            **history.role_model(loader, key, lately.category, lately.deed)
            | {"has_consented": lately.has_consented},
            asked=asked.AGREES if lately.has_consented else asked.UNAWARE,
            nominated_on=loader.today - timedelta(days=lately.days_ago),
            nominator_name=loader.name(f"nominator:{number}"),
            nominator_phone=loader.phone(f"nominator:{number}"),
            code=new_code(),
        )
        for step, after, remark in lately.steps:
            day = row.nominated_on + timedelta(days=after)
            values = {"notice_on": day} if step == "post" else {}
            loader.walk(row, step, at(day, "10:30"), by=by, remark=remark, **values)
        if lately.objection:
            row.objections.create(
                text=lately.objection,
                name=loader.name(f"objection:{number}"),
                phone=loader.phone(f"objection:{number}"),
                received_on=loader.today - timedelta(days=1),
            )
        loader.marks.add(key, row)
        made += 1
    return made


# Monthly summaries ----------------------------------------------------------------------------


def summaries(loader: Loader) -> str:
    """The last full month waits for the street office; those before it are approved."""
    latest = Month.of(loader.today) - 1
    for month in months(loader)[:-1]:
        if f"month:{month}" in loader.marks:
            continue
        loader.marks.add(f"month:{month}")
        there = set(MonthlySummary.objects.filter(month=month).values_list("pk", flat=True))
        slug_of = {station.pk: slug for slug, station in loader.stations.items()}
        for row in MonthlySummary.objects.draw_up(month):
            if row.pk not in there and row.station_id in slug_of:
                loader.marks.add(f"summary:{month}:{slug_of[row.station_id]}", row)
    loader.marks.flush()
    open_ones = MonthlySummary.objects.exclude(status=MonthlySummary.Status.APPROVED)
    steps = 0
    for key, row in loader.marks.unedited("summary:", open_ones.select_related("station")).items():
        slug = key.rsplit(":", 1)[1]
        if taken := advance(loader, row, _summary_dues(loader, slug, row.month, latest)):
            loader.marks.touched(key, row)
            steps += taken
    return f"总结：{latest.label}等街道审，办理{steps}步"


def _summary_dues(loader: Loader, slug: str, month: Month, latest: Month) -> list[Due]:
    """Submitted in the first days of the next month, approved at its end.

    One station is returned with a remark and hands in again later, one forgets about it.
    """
    by, checker = loader.of_station(slug)
    by = checker if slug == "nanhu" else by  # 负责人 hands in
    if slug == CENTRE:
        by = None  # the street office's own, which it must be able to approve
    director = loader.users.get("director")
    after = month + 1
    chance = Random(f"summary:{month}:{slug}")
    words = dict(zip(("highlights", "problems", "next_plan"), _words(slug, month), strict=True))
    # On the first days of a month the last one has been handed in already.
    midnight = start_of(loader.today)
    handed_in = min(at(after.first + timedelta(days=chance.randint(0, 3)), "10:00"), midnight)
    looked_at = min(at(after.first + timedelta(days=5), "15:00"), midnight)
    submit = Due("submit", handed_in, by, values=words)
    approve = Due("approve", at(after.last, "15:30"), director)
    returned, forgotten = _who_is_late(month)
    if slug == returned:
        remark = chance.choice(RETURN_REMARKS)
        dues = [submit, Due("return", looked_at, director, remark)]
        again = at(after.last - timedelta(days=3), "09:30")
        return dues if month == latest else [*dues, Due("submit", again, by), approve]
    if month == latest:
        return [] if slug == forgotten else [submit]
    return [submit, approve]


def _who_is_late(month: Month) -> tuple[str, str]:
    """Whose summary is returned, and who has not handed in: clerk-02's, to try it out."""
    others = [slug for slug in SLUGS if slug not in WITH_A_CLERK]
    return Random(f"returned:{month}").choice(others), "station-02"


def _words(slug: str, month: Month) -> tuple[str, str, str]:
    """The stations share one order of words, each with its own place in it: no two the same."""
    place = (CENTRE, *SLUGS).index(slug)
    order = some(MONTH_WORDS, month, "words", len(MONTH_WORDS))
    return order[(place + month.month) % len(order)]


def summary() -> str:
    """What the demo street has, in one line."""
    return (
        f"演示街道：实践所{Station.objects.stations().count()}个，"
        f"志愿者{Volunteer.objects.active().count()}人，"
        f"活动{Session.objects.count()}场，需求{Demand.objects.count()}条，"
        f"难题{Whistle.objects.count()}件，月度总结{MonthlySummary.objects.count()}份。"
    )


STAGES = (sessions, moves, newcomers, hours, demands, whistles, study, honours, plans, summaries)
