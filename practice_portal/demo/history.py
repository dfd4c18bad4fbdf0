"""The street's history to 25 April 2020: the rows from which its published figures are counted.

Made once; nothing here depends on today. From late January 2020 nobody gathers: what comes in
then comes by the groups, and only problems out of doors are still being solved.
"""

from __future__ import annotations

from datetime import date, timedelta
from itertools import count
from random import Random
from typing import TYPE_CHECKING

from activities.models import Activity, ActivityChange, Brand, RoleModel, Session
from learning.models import OnlineStudy
from practice_portal.demo import street
from practice_portal.demo.needs import (
    CIVILITY_PROBLEMS,
    NEED_RESULTS,
    NEEDS,
    OTHER,
    RESIDENT_PROBLEMS,
    RETURN_REASONS,
    TRAINING_TOPICS,
    TRAININGS,
)
from practice_portal.demo.notices import HISTORIC
from practice_portal.demo.plan import CENTRE, SLUGS, at
from practice_portal.lib.months import Month
from practice_portal.lib.phones import DEMO_PREFIX
from services.models import Demand, DemandChange, Whistle, WhistleChange
from stations.models import Compound, Holiday, Platform, Posting, Station, Venue
from volunteers.models import Membership, Organisation, PartnerUnit, Team, Volunteer

if TYPE_CHECKING:
    from practice_portal.demo.loader import Loader

PUBLISHED_ON = date(2020, 4, 25)
LAST_GATHERING = date(2020, 1, 20)
CENTRE_STARTED = date(2018, 5, 30)
#: When each station opened, in the street's order; the first seven are the pilots.
FOUNDED = (
    *(date(2018, 6, 28), date(2018, 8, 16), date(2018, 9, 6), date(2018, 10, 25)),
    *(date(2018, 11, 22), date(2019, 1, 17), date(2019, 3, 14), date(2019, 5, 16)),
    *(date(2019, 6, 20), date(2019, 7, 25), date(2019, 8, 29), date(2019, 9, 26)),
    *(date(2019, 10, 31), date(2019, 12, 19)),
)
PILOTS = 7
ALL_BUILT = date(2019, 12, 31)

VOLUNTEERS = 9712
BACKBONES = 102
RETIRED = 9  # who registered and left before the figures were published
ROLE_MODELS = 110
KEPT_DEEDS = 3  # of each category, for the present
GOOD_PEOPLE = 6  # 雄关好人, whom the published figure does not count
FIRST_ONLINE_MONTH, LAST_ONLINE_MONTH = Month(2019, 1), Month(2020, 3)

TOPICS = dict(zip((*TRAINING_TOPICS, OTHER), [topic.value for topic in Demand.Topic], strict=True))
CHANNELS = (
    *(Demand.Channel.BOARD, Demand.Channel.COUNCIL),
    *(Demand.Channel.WECHAT, Demand.Channel.QQ),
)
# Which of a topic's four trainings answers each of its twelve needs, in the order of needs.py.
_ANSWERS = (
    (0, 0, 1, 1, 2, 2, 2, 3, 3, 0, 0, 0),
    (0, 0, 1, 1, 2, 2, 3, 3, 0, 3, 2, 0),
    (0, 0, 1, 1, 2, 2, 3, 3, 2, 0, 0, 0),
    (0, 0, 1, 1, 2, 2, 3, 3, 3, 0, 3, 3),
    (0, 0, 1, 1, 2, 2, 3, 3, 0, 2, 3, 0),
)
# Names that nobody would take for the other's.
_WOMEN = tuple(n for n in street.GIVEN if set(n) & set("英兰珍芳梅琴淑凤霞艳秀萍玲娟婷莉香莲芬敏"))
_MEN = tuple(
    n for n in street.GIVEN if set(n) & set("国军强刚勇伟山福志林龙涛斌磊") and n not in _WOMEN
)
_RISKS = {
    "exhibition": "展板和展柜轻轻看，人多时请分批进。",
    "training": "坐久了起来走走，插头和工具听老师的。",
}
_RISK = "人多时慢慢走，照看好老人和孩子。"
_WHO = "大人孩子都能来，行动不便的请家里人陪着。"


def founded(slug: str) -> date:
    return FOUNDED[SLUGS.index(slug)]


def between(chance: Random, first: date, last: date) -> date:
    return first + timedelta(days=chance.randint(0, (last - first).days))


def open_by(day: date) -> list[str]:
    """The stations that had been open for two weeks."""
    return [slug for slug in SLUGS if founded(slug) <= day - timedelta(days=14)]


def furnish(station: Station, index: int) -> None:
    """Give a station that was just set up what it needs for its page; the centre is index 0."""
    station.phone = f"0937-{DEMO_PREFIX}{1000 + index}"
    station.is_public = True
    if station.is_centre:
        station.started_on = CENTRE_STARTED
        station.address = "钢城街道办事处一楼（演示地址）"
        station.opening_hours = "周一至周五 上午8:30–下午6:00"
        station.intro = (
            "钢城街道的新时代文明实践中心，管着全街道的队伍、广场和大活动。"
            "不知道该找哪个社区，就先打这里的电话。"
        )
    else:
        station.started_on = FOUNDED[index - 1]
        station.is_pilot = index <= PILOTS
        station.address = f"{station.name}服务中心一楼（演示地址）"
        station.opening_hours = street.OPENING_HOURS[index - 1]
        station.intro = street.STATION_INTROS[index - 1]
    station.save()


def build(loader: Loader) -> str | None:
    """建什么: who works there, rooms, platforms, brands."""
    if "history:build" in loader.marks:
        return None
    for slug in SLUGS:
        if slug != "nanhu":  # which has an account for it
            Posting.objects.create(
                station=loader.stations[slug],
                name=loader.name(f"head:{slug}"),
                duty=Posting.Duty.HEAD,
                since=founded(slug),
            )
    _make_rooms(loader)
    for index, (brand, slug) in enumerate(zip(street.BRANDS, SLUGS, strict=True)):
        started_on = date(2019, 3, 1) if index == 0 else _soon_after(slug, f"brand:{slug}")
        _make_brand(loader, brand, slug, started_on)
    _make_brand(loader, street.OLD_BRAND, "nanhu", FOUNDED[0], ended_on=date(2019, 3, 1))
    loader.marks.add("history:build")
    return (
        f"建什么：阵地{Venue.objects.count()}个，平台{Platform.objects.count()}个，"
        f"品牌{Brand.objects.count()}个"
    )


def compounds(loader: Loader) -> str | None:
    """小区, each with its steward, and the days off."""
    if "history:compounds" in loader.marks:
        return None
    for index, slug in enumerate(SLUGS):
        if station := loader.stations.get(slug):
            _make_compounds(loader, station, slug, index)
    for name, first_on, last_on, is_working in street.HOLIDAYS:
        Holiday.objects.create(
            station=loader.stations[CENTRE],
            name=name,
            first_on=first_on,
            last_on=last_on,
            is_working=is_working,
        )
    loader.marks.add("history:compounds")
    return f"小区：{Compound.objects.count()}个，都有社区管家"


def _make_compounds(loader: Loader, station: Station, slug: str, index: int) -> None:
    stewards = [
        Posting.objects.create(
            station=station,
            name=loader.name(f"steward:{slug}:{number}"),
            duty=Posting.Duty.STEWARD,
            phone=f"0937-{DEMO_PREFIX}{2000 + 2 * index + number}",
            since=founded(slug),
        )
        for number in range(2)
    ]
    for position, (name, aliases) in enumerate(street.COMPOUNDS[index]):
        Compound.objects.create(
            station=station,
            name=name,
            aliases=aliases,
            steward=stewards[min(position, 1)],
            position=position,
        )


def _soon_after(slug: str, key: str) -> date:
    """A day in a station's first weeks, and still in 2019."""
    return min(founded(slug) + timedelta(days=Random(key).randint(0, 28)), ALL_BUILT)


def _make_rooms(loader: Loader) -> None:
    for number, (index, name, capacity, facilities, former_use) in enumerate(street.VENUES):
        Venue.objects.create(
            station=loader.stations[SLUGS[index]],
            name=name,
            capacity=capacity,
            facilities=facilities,
            former_use=former_use,
            started_on=_soon_after(SLUGS[index], f"venue:{number}"),
        )
    name, capacity, facilities = street.PLAZA
    Venue.objects.create(
        station=loader.stations[CENTRE],
        kind=Venue.Kind.PLAZA,
        name=name,
        capacity=capacity,
        facilities=facilities,
        started_on=date(2019, 6, 6),
    )
    for number, (index, kind, name) in enumerate(street.PLATFORMS):
        station = loader.stations[SLUGS[index]]
        platform = Platform.objects.create(
            station=station,
            kind=kind,
            name=name,
            started_on=_soon_after(SLUGS[index], f"platform:{number}"),
        )
        platform.venues.set(station.venues.all())


def _make_brand(loader: Loader, brand: street.Brand, slug: str, started_on: date, **more) -> None:
    row = Brand.objects.create(
        station=loader.stations[slug],
        name=brand.name,
        slogan=brand.slogan,
        story=brand.story,
        started_on=started_on,
        **more,
    )
    if not more:
        loader.marks.add(f"brand:{slug}", row)


def people(loader: Loader) -> str | None:
    """谁来做: organisations, partner units, teams, and every single volunteer."""
    if "history:people" in loader.marks:
        return None
    _make_organisations(loader)
    volunteers = _make_volunteers(loader)
    members = _make_teams(loader, volunteers)
    loader.marks.add("history:people")
    return (
        f"谁来做：志愿者{len(volunteers)}人，其中骨干{BACKBONES}人，"
        f"队伍{Team.objects.count()}支，队员{members}人次"
    )


def _make_organisations(loader: Loader) -> None:
    centre = loader.stations[CENTRE]
    for position, (kind, name) in enumerate(street.ORGANISATIONS):
        Organisation.objects.create(
            station=centre, kind=kind, name=name, position=position, started_on=date(2019, 4, 18)
        )
    for position, (name, kind) in enumerate(street.PARTNER_UNITS):
        PartnerUnit.objects.create(
            station=centre, kind=kind, name=name, position=position, started_on=date(2018, 9, 3)
        )


def _make_volunteers(loader: Loader) -> list[Volunteer]:
    """Everybody who had registered when the figures were published, by date of registration."""
    chance = Random("volunteers")
    weights = [chance.randint(80, 130) for _ in SLUGS]
    homes = chance.choices(SLUGS, weights, k=VOLUNTEERS + RETIRED)
    arrivals = sorted(
        (between(chance, founded(slug), PUBLISHED_ON - timedelta(days=3)), slug) for slug in homes
    )
    volunteers = [
        _volunteer(loader.stations[slug], number, started_on)
        for number, (started_on, slug) in enumerate(arrivals, start=1)
    ]
    # The early ones: some left again, some became the backbones, seven or eight at each station.
    for volunteer in chance.sample(volunteers[:2000], RETIRED):
        volunteer.status = Volunteer.Status.RETIRED
        volunteer.phone = ""  # forgotten 180 days after they left
        volunteer.ended_on = between(chance, date(2019, 11, 1), PUBLISHED_ON - timedelta(days=9))
    for volunteer in _future_backbones(volunteers):
        first = volunteer.started_on + timedelta(days=30)
        last = PUBLISHED_ON - timedelta(days=10)
        volunteer.backbone_since = between(chance, min(first, last), last)
        volunteer.has_consented = True
        volunteer.skills = volunteer.skills or chance.choice(street.SKILLS)
    Volunteer.objects.bulk_create(volunteers, batch_size=2000)
    return volunteers


def _volunteer(station: Station, number: int, started_on: date) -> Volunteer:
    chance = Random(f"volunteer:{number}")
    sources = list(Volunteer.Source)
    return Volunteer(
        number=f"GC{number:05}",
        name=chance.choice(street.SURNAMES) + chance.choice(street.GIVEN),
        # Multiplied by an odd number that is no multiple of five, no two are the same.
        phone=f"{DEMO_PREFIX}{number * 7_654_321 % 10**8:08}" if chance.random() < 0.7 else "",
        station=station,
        source=chance.choices(sources, [180, 4, 1, 8, 2, 4, 3])[0],
        birth_year=chance.choice([None, *range(1946, 2003)]),
        skills=chance.choice(street.SKILLS) if chance.random() < 0.4 else "",
        applied_on=started_on,
        started_on=started_on,
        has_consented=chance.random() < 0.25,
        status=Volunteer.Status.ACTIVE,
    )


def _future_backbones(volunteers: list[Volunteer]) -> list[Volunteer]:
    ways: dict[int, list[Volunteer]] = {}
    for volunteer in volunteers:
        if volunteer.status == Volunteer.Status.ACTIVE:
            ways.setdefault(volunteer.station_id, []).append(volunteer)
    turns = zip(*ways.values(), strict=False)  # one of each station, then the next of each
    return [volunteer for turn in turns for volunteer in turn][:BACKBONES]


def _make_teams(loader: Loader, volunteers: list[Volunteer]) -> int:
    units = list(PartnerUnit.objects.order_by("position"))
    centres = list(Organisation.objects.filter(kind=Organisation.Kind.CENTRE))
    of_kind = _organisation_of_kind(centres)
    at_home: dict[int, list[Volunteer]] = {}
    for volunteer in volunteers:
        if volunteer.status == Volunteer.Status.ACTIVE:
            at_home.setdefault(volunteer.station_id, []).append(volunteer)
    teams = [(*team[:3], team[3], None) for team in street.TEAMS]
    teams += [(i, kind, name, text, units[u]) for i, kind, name, u, text in street.FEATURED_TEAMS]
    memberships = []
    for index, kind, name, purpose, unit in teams:
        chance = Random(f"team:{name}")
        station = loader.stations[SLUGS[index]]
        team = Team.objects.create(
            station=station,
            organisation=of_kind[kind],
            kind=kind,
            name=name,
            purpose=purpose,
            is_featured=unit is not None,
            partner_unit=unit,
            started_on=between(chance, founded(SLUGS[index]), date(2020, 1, 10)),
        )
        backbones = [v for v in at_home[station.pk] if v.backbone_since]
        others = chance.sample(at_home[station.pk], chance.randint(15, 56))
        for volunteer in dict.fromkeys([*chance.sample(backbones, 3), *others]):
            since = max(team.started_on, volunteer.started_on)
            memberships.append(Membership(team=team, volunteer=volunteer, since=since))
    return len(Membership.objects.bulk_create(memberships, batch_size=2000))


def _organisation_of_kind(centres: list[Organisation]) -> dict[str, Organisation]:
    """Which of the ten centres a kind of team belongs to, in the order of street.py."""
    kinds = Team.Kind
    groups = (
        (kinds.THEORY, kinds.TALKS, kinds.ELDERS),
        (kinds.CULTURE,),
        (kinds.EDUCATION,),
        (kinds.HEALTH, kinds.COUNSELLING),
        (kinds.SCIENCE,),
        (kinds.LAW,),
        (kinds.ENVIRONMENT,),
        (kinds.RELIEF, kinds.NEIGHBOUR),
        (kinds.CUSTOMS, kinds.CIVILITY),
        (kinds.EMERGENCY,),
    )
    return {kind: c for c, group in zip(centres, groups, strict=True) for kind in group}


def events(loader: Loader) -> str | None:
    """做什么: the named events of the source in their seasons, and the twenty trainings."""
    if "history:events" in loader.marks:
        return None
    for event in HISTORIC:
        day = date.fromisoformat(event.date)
        chance = Random(f"event:{event.date}")
        slug = event.station_key
        if slug == "any":
            slug = chance.choice(open_by(day))
        brand_id = loader.marks.id_of("brand:nanhu") if "红色微课堂" in event.title else None
        session = _held(
            loader,
            Activity(
                station=loader.stations[slug],
                title=event.title,
                text=event.text,
                platform=event.platform,
                task=event.task,
                form=event.form,
                festival=event.festival,
                brand_id=brand_id,
            ),
            day,
            event.start,
            minutes=60 if event.form == "talk" else 120,
            people_served=event.people,
            story=event.story,
        )
        if venue := _room_for(session):
            session.hold(venue)
    needs = _make_trainings(loader)
    _make_other_needs(loader)
    loader.marks.add("history:events")
    return (
        f"做什么：2018年至2020年的活动{len(HISTORIC)}场，"
        f"回应{needs}条需求的培训{len(TRAININGS)}场，需求共{Demand.objects.count()}条"
    )


def _room_for(session: Session) -> Venue | None:
    """The smallest of the station's rooms that took so many, if it had one by then."""
    day, people = session.starts_at.date(), session.people_served
    rooms = session.activity.station.venues.in_force(day).filter(capacity__gte=people)
    return rooms.order_by("capacity", "pk").first()


def _held(loader, activity, day, start, *, minutes, people_served, story) -> Session:
    """A published activity with its one session, and what came of it."""
    activity.risk_notice = _RISKS.get(activity.form, _RISK)
    activity.requirements = _WHO
    activity.status = Activity.Status.PUBLISHED
    activity.save()
    ActivityChange.objects.create(
        activity=activity,
        step="publish",
        from_status=Activity.Status.DRAFT,
        to_status=Activity.Status.PUBLISHED,
        at=at(day - timedelta(days=9), "10:00"),
    )
    starts_at = at(day, start)
    return Session.objects.create(
        activity=activity,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=minutes),
        people_served=people_served,
        volunteers_served=Random(f"helpers:{day}").randint(3, 12),
        story=story,
    )


def _make_trainings(loader: Loader) -> int:
    """Trainings in answer to needs: two needs at least for each, all of the training's station."""
    numbers = count()
    of_topic = {topic: [n for n in NEEDS if n.topic == topic] for topic in TRAINING_TOPICS}
    answered = 0
    for topic, answers in zip(TRAINING_TOPICS, _ANSWERS, strict=True):
        trainings = [training for training in TRAININGS if training.topic == topic]
        for turn, training in enumerate(trainings):
            number = next(numbers)
            chance = Random(f"training:{number}")
            # One every three weeks or so, from November 2018 to January 2020, the topics by turns.
            turns = turn * len(TRAINING_TOPICS) + TRAINING_TOPICS.index(topic)
            day = date(2018, 11, 20) + timedelta(days=turns * 22)
            slug = chance.choice([s for s in open_by(day - timedelta(days=30)) if s != "nanhu"])
            session = _held(
                loader,
                Activity(
                    station=loader.stations[slug],
                    title=training.title,
                    text=training.text,
                    platform="science" if topic == "农业技术" else "education",
                    task="culture_life",
                    form=Activity.Form.TRAINING,
                ),
                day,
                "09:30" if chance.random() < 0.5 else "15:00",
                minutes=120,
                people_served=chance.randint(14, 38),
                story=training.story,
            )
            session.hold(session.activity.station.venues.first())
            asked = [n for n, a in zip(of_topic[topic], answers, strict=True) if a == turn]
            for need in asked:
                submitted_on = day - timedelta(days=chance.randint(12, 40))
                done = day + timedelta(days=1)
                result = f"为这件事办了培训“{training.title}”，已请提出的居民来听。"
                _make_need(loader, need, slug, submitted_on, done, result, session)
                answered += 1
    return answered


def _make_other_needs(loader: Loader) -> None:
    needs = [need for need in NEEDS if need.topic == OTHER]
    for number, need in enumerate(needs):
        chance = Random(f"need:{number}")
        submitted_on = between(chance, date(2018, 10, 20), date(2020, 4, 14))
        slug = chance.choice(open_by(submitted_on))
        done = submitted_on + timedelta(days=chance.randint(2, 9))
        if number % 12 == 5:
            _make_need(loader, need, slug, submitted_on, None, chance.choice(RETURN_REASONS))
        else:
            result = NEED_RESULTS[number % len(NEED_RESULTS)]
            _make_need(loader, need, slug, submitted_on, done, result)


def _make_need(loader, need, slug, submitted_on, done, words, session=None) -> None:
    """A need with its lines: completed on a day with a result, or returned with a reason."""
    chance = Random(f"need:{need.title}")
    channels = CHANNELS if submitted_on <= LAST_GATHERING else CHANNELS[2:]
    submitted_at = at(submitted_on, f"{chance.randint(8, 20):02}:{chance.randint(0, 59):02}")
    status = Demand.Status
    # No name and no phone: they would have been forgotten 180 days after closing.
    demand = Demand.objects.create(
        station=loader.stations[slug],
        channel=chance.choice(channels),
        topic=TOPICS[need.topic],
        title=need.title,
        text=need.text,
        submitted_at=submitted_at,
        session=session,
        result=words if done else "",
        completed_on=done,
        status=status.COMPLETED if done else status.RETURNED,
    )
    next_day = at(submitted_on + timedelta(days=1), "09:10")
    lines = [("accept", status.SUBMITTED, status.ACCEPTED, next_day, "")]
    if done:
        lines.append(("complete", status.ACCEPTED, status.COMPLETED, at(done, "16:30"), ""))
    else:
        lines = [("return", status.SUBMITTED, status.RETURNED, next_day, words)]
    DemandChange.objects.bulk_create(
        DemandChange(demand=demand, step=step, from_status=a, to_status=b, at=moment, remark=remark)
        for step, a, b, moment, remark in lines
    )


def problems(loader: Loader) -> str | None:
    """谁来做: problems that were whistled for and solved from January 2019 on."""
    if "history:problems" in loader.marks:
        return None
    units = list(PartnerUnit.objects.order_by("position"))
    solved = [(Whistle.Kind.CIVILITY, problem) for problem in CIVILITY_PROBLEMS]
    solved += [(Whistle.Kind.RESIDENT, problem) for problem in RESIDENT_PROBLEMS]
    changes = []
    for number, (kind, problem) in enumerate(solved):
        chance = Random(f"problem:{number}")
        solved_on = between(chance, date(2019, 1, 8), PUBLISHED_ON - timedelta(days=4))
        raised_on = solved_on - timedelta(days=chance.randint(4, 45))
        responded_on = min(raised_on + timedelta(days=chance.randint(1, 4)), solved_on)
        whistle = Whistle.objects.create(
            station=loader.stations[chance.choice(open_by(raised_on))],
            kind=kind,
            title=problem.title,
            text=problem.text,
            lead_unit=chance.choice(units),
            raised_on=raised_on,
            responded_on=responded_on,
            solved_on=solved_on,
            result=problem.result,
            status=Whistle.Status.SOLVED,
        )
        steps = (
            ("respond", Whistle.Status.RAISED, Whistle.Status.RESPONDED, at(responded_on, "10:20")),
            ("solve", Whistle.Status.RESPONDED, Whistle.Status.SOLVED, at(solved_on, "17:10")),
        )
        changes += [
            WhistleChange(whistle=whistle, step=step, from_status=a, to_status=b, at=moment)
            for step, a, b, moment in steps
        ]
    WhistleChange.objects.bulk_create(changes)
    loader.marks.add("history:problems")
    return f"谁来做：已解决的难题{len(solved)}件"


def honours(loader: Loader) -> str | None:
    """怎么做: 110 role models of the source's four categories, and some of another."""
    if "history:honours" in loader.marks:
        return None
    chance = Random("honours")
    categories = [c for c in RoleModel.RECOMMENDED for _ in range(ROLE_MODELS // 4)]
    categories += RoleModel.RECOMMENDED[: ROLE_MODELS - len(categories)]
    categories += [RoleModel.Category.GOOD_PERSON] * GOOD_PEOPLE
    deeds = {category: deeds_of(category)[:-KEPT_DEEDS] for category in {*categories}}
    days = [date(2018, 12, 20), date(2019, 3, 8), date(2019, 5, 15), date(2019, 10, 7)]
    days += [date(2019, 12, 20), date(2020, 1, 15)]
    rows = []
    for number, category in enumerate(categories):
        recognised_on = chance.choice(days)
        deed = deeds[category].pop() if deeds[category] else ""
        rows.append(
            RoleModel(
                station=loader.stations[chance.choice(open_by(recognised_on))],
                **role_model(loader, f"role:{number}", category, deed),
                nominated_on=recognised_on - timedelta(days=chance.randint(20, 45)),
                recognised_on=recognised_on,
                closed_on=recognised_on,
                status=RoleModel.Status.RECOGNISED if deed else RoleModel.Status.UNNAMED,
            )
        )
    RoleModel.objects.bulk_create(rows)
    loader.marks.add("history:honours")
    return f"怎么做：道德标杆{ROLE_MODELS}名，雄关好人{GOOD_PEOPLE}名"


def deeds_of(category: str) -> list[str]:
    """The last of each category are kept for the present."""
    return [deed for of, deed in street.ROLE_MODEL_DEEDS if of == category]


def role_model(loader: Loader, key: str, category: str, deed: str) -> dict:
    categories = RoleModel.Category
    is_family = category in (categories.CIVILIZED_FAMILY, categories.BEAUTIFUL_FAMILY)
    # A good person's deed says 她 or 他, and the name has to fit.
    given = street.GIVEN
    if category in (categories.MOTHER_IN_LAW, categories.DAUGHTER_IN_LAW):
        given = _WOMEN
    elif category == categories.GOOD_PERSON:
        given = _WOMEN if "她" in deed else _MEN
    name = loader.name(key, given)
    return {
        "name": f"{name}家庭" if is_family else name,
        "is_family": is_family,
        "category": category,
        "deed": deed,
        "has_consented": bool(deed),  # whose story is told has agreed to it
    }


def online(loader: Loader) -> str | None:
    """学什么: party members online, by station, month and platform."""
    if "history:online" in loader.marks:
        return None
    rows, month = [], FIRST_ONLINE_MONTH
    while month <= LAST_ONLINE_MONTH:
        for slug in SLUGS:
            if founded(slug) <= month.last:
                rows += online_rows(loader.stations[slug], slug, month)
        month += 1
    OnlineStudy.objects.bulk_create(rows)
    loader.marks.add("history:online")
    return f"学什么：线上学习{len(rows)}条"


def online_rows(station: Station, slug: str, month: Month) -> list[OnlineStudy]:
    """A month's two headcounts; nearly all members use 学习强国, most of them 甘肃党建 too."""
    members = Random(f"members:{slug}").randint(195, 275)
    chance = Random(f"online:{month}:{slug}")
    xuexi = members - chance.randint(0, 9)
    return [
        OnlineStudy(station=station, month=month, platform="xuexi", people=xuexi),
        OnlineStudy(
            station=station, month=month, platform="gansu", people=xuexi - chance.randint(8, 40)
        ),
    ]


STAGES = (build, compounds, people, events, problems, honours, online)
