"""What the stations of the demo street plan in a month. No database, and the same for everybody.

A month's plan depends on the month alone, never on the day it is loaded: so a later run finds
the same sessions under the same keys, makes those that are missing and repeats none.
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import islice
from random import Random
from typing import TypeVar

from django.utils import timezone

from activities.models import Festival
from practice_portal.demo.needs import TRAINING_TOPICS
from practice_portal.demo.notices import NOTICES, Notice
from practice_portal.lib.lunar import lunar_date
from practice_portal.lib.months import Month

T = TypeVar("T")

CENTRE = "centre"
#: The stations by the index under which street.py knows them.
SLUGS = ("nanhu", *(f"station-{number:02}" for number in range(1, 14)))

# Each station's two days of the week (0 is Monday), three or four days apart: then no month has
# five of both, and any seven days in a row have one of each.
_DAYS = (
    *((1, 4), (2, 5), (1, 4), (0, 3), (3, 6), (0, 4), (2, 5)),
    *((1, 5), (0, 3), (0, 4), (1, 5), (0, 3), (1, 4), (2, 6)),
)
_CENTRE_DAY = 5

# What a station's own brand is about, by the titles it suits.
_BRAND_WORDS = (
    "老物件|老建设者|老电影|入党|老兵|家书|身边好人",
    "面果子|拉条子|饺子|一桌饭|包粽子|月饼|长寿面|腊八",
    "读书|绘本|旧书|写字课|读一本|写几笔",
    "农业技术|种树|剩菜|一桌饭",
    "沙尘|天干|省水|科学小|看星星|天太热",
    "八段锦|太极|椅子操|防跌倒|柔力球",
    "^修小家电|^磨刀|拉链",
    "有事怎么提|社区的账|婚事|邻里",
    "写作业|象棋|跳绳|孩子",
    "老人|上门|听力|养老",
    "秦腔|小剧|二胡|社火|合唱",
    "法律|民法典|说理|宪法|遗嘱",
    "剪纸|编织|香包|灯笼|砖画",
    "照片|老传说|建城",
)
_TRAINING_WORDS = ("电脑", "母婴保育", "农村电商", "民宿旅游", "农业技术")
_FESTIVAL_WORDS = {
    "过年": Festival.SPRING,
    "春联": Festival.SPRING,
    "元宵": Festival.LANTERN,
    "清明": Festival.QINGMING,
    "端午": Festival.DRAGON_BOAT,
    "粽子": Festival.DRAGON_BOAT,
    "七夕": Festival.QIXI,
    "中秋": Festival.MID_AUTUMN,
    "重阳": Festival.DOUBLE_NINTH,
}
# The lunar day, and the day and month from which it comes within a month.
_FESTIVAL_DAYS = {
    Festival.SPRING: ("正月初一", 1, 20),
    Festival.LANTERN: ("正月十五", 2, 3),
    Festival.DRAGON_BOAT: ("五月初五", 5, 25),
    Festival.QIXI: ("七月初七", 7, 30),
    Festival.MID_AUTUMN: ("八月十五", 9, 6),
    Festival.DOUBLE_NINTH: ("九月初九", 10, 1),
}
# What does not happen in a room: people set out together, or stay in the yard.
_SETTING_OUT = re.compile("健步|^爬|走一走|骑车|冰上|看戈壁|上门看|大扫除|祭扫|看星星|送学上门")
_IN_THE_YARD = re.compile("太极|广场舞|门球|健身日|露天|扫门前|种树|便民摊|摆一回摊|社火|升回旗")
_FOR_THE_PLAZA = re.compile("广场舞|太极|合唱|便民|志愿者日|理发|旧书|踢毽子|跳绳|升回旗|灯谜")


@dataclass(frozen=True)
class Slot:
    """One session that a station plans, and all that will be known of it once it is over."""

    slug: str
    day: date
    notice: Notice
    clock: str  # when it starts
    cohosts: tuple[str, ...] = ()
    is_branded: bool = False
    is_cancelled: bool = False
    is_late: bool = False  # stays a draft until shortly before its day

    @property
    def key(self) -> str:
        return f"{self.slug}:{self.day}"

    @property
    def starts_at(self) -> datetime:
        return at(self.day, self.clock)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.notice.minutes)

    @property
    def festival(self) -> str:
        return festival_of(self.notice)

    @property
    def title(self) -> str:
        return self.notice.title

    @property
    def address(self) -> str:
        """Where it is when no room is needed; empty for what happens in a room or on the plaza."""
        if self.slug == CENTRE:
            return ""
        if _SETTING_OUT.search(self.title):
            return "社区大门口集合"
        return "社区院里的空地" if _IN_THE_YARD.search(self.title) else ""

    @property
    def training_topic(self) -> str:
        """Which of the five topics residents asked for it teaches; empty for all else."""
        if self.notice.form != "training":
            return ""
        words = zip(_TRAINING_WORDS, TRAINING_TOPICS, strict=True)
        return next((topic for word, topic in words if self.title.startswith(word)), "")

    def people(self) -> int:
        """How many came (person-times)."""
        chance = Random(f"people:{self.key}")
        if self.slug == CENTRE:
            return chance.randint(95, 260)
        places = self.notice.capacity or chance.randint(30, 90)
        return chance.randint(places * 6 // 10, places)

    def helpers(self) -> int:
        """How many volunteers helped (person-times)."""
        low, high = (9, 24) if self.slug == CENTRE else (2, 7)
        return Random(f"helpers:{self.key}").randint(low, high)


def at(day: date, clock: str) -> datetime:
    """A moment on the street's clock: at(day, "09:30")."""
    return timezone.make_aware(datetime.combine(day, time.fromisoformat(clock)))


def festival_of(notice: Notice) -> str:
    return next((code for word, code in _FESTIVAL_WORDS.items() if word in notice.title), "")


@cache
def festival_day(festival: str, year: int) -> date:
    if festival == Festival.QINGMING:
        return date(year, 4, 5)
    words, month, day = _FESTIVAL_DAYS[festival]
    first = date(year, month, day)
    days = (first + timedelta(days=n) for n in range(33))
    return next(day for day in days if lunar_date(day) == f"农历{words}")


def some(
    items: Sequence[T], month: Month, name: str, count: int, among: Collection[T] | None = None
) -> list[T]:
    """`count` different items, others each month: a station repeats nothing soon.

    All items stand in one order for ever, whichever of them the month allows (`among`).
    """
    order = Random(name).sample(items, len(items))
    start = (month.year * 12 + month.month) * (count + 1) % max(len(order), 1)
    turned = order[start:] + order[:start]
    allowed = set(turned if among is None else among)
    return list(islice((item for item in turned if item in allowed), count))


@cache
def _of_month(month: Month) -> list[Notice]:
    """The notices for a month; a festival's when it is in this month or early in the next."""
    found = []
    for notice in NOTICES:
        if notice.months and month.month not in notice.months:
            continue
        if festival := festival_of(notice):
            days_to = (festival_day(festival, month.year) - month.first).days
            if not 2 <= days_to <= month.last.day + 12:
                continue
        found.append(notice)
    return found


def _days(month: Month, weekdays: Sequence[int]) -> list[date]:
    days = [month.first + timedelta(days=n) for n in range(month.last.day)]
    return [day for day in days if day.weekday() in weekdays]


@cache
def slots(month: Month) -> tuple[Slot, ...]:
    """The sessions of all stations and of the centre in a month, day by day."""
    of_centre = _centre_slots(month)
    taken = {slot.title for slot in of_centre}
    planned = {slug: _station_slots(month, index, taken) for index, slug in enumerate(SLUGS)}
    _add_extra(month, planned, taken)
    planned[CENTRE] = of_centre
    _join(month, planned)
    found = [slot for own in planned.values() for slot in own]
    return tuple(sorted(found, key=lambda slot: (slot.day, slot.slug)))


def _centre_slots(month: Month) -> list[Slot]:
    """Two Saturdays on the square, together with some of the stations that are free then."""
    chance = Random(f"{month}:{CENTRE}")
    suits = [n for n in NOTICES if _FOR_THE_PLAZA.search(n.title)]
    notices = some(suits, month, CENTRE, 2, among=_of_month(month))
    free = [slug for slug, days in zip(SLUGS, _DAYS, strict=True) if _CENTRE_DAY not in days]
    saturdays = _days(month, [_CENTRE_DAY])
    return [
        Slot(CENTRE, day, replace(notice, capacity=None), "10:00", tuple(chance.sample(free, 3)))
        for day, notice in zip(saturdays[1::2], notices, strict=False)
    ]


def _station_slots(month: Month, index: int, taken: set[str]) -> list[Slot]:
    """A station's regular sessions: something of its brand, of the season, and of everything."""
    slug = SLUGS[index]
    days = _days(month, _DAYS[index])
    chance = Random(f"{month}:{slug}")
    notices = _pick(month, index, len(days), taken)
    chance.shuffle(notices)
    _before_its_festival(notices, days)
    words = re.compile(_BRAND_WORDS[index])
    return [
        Slot(slug, day, n, chance.choice(n.starts), is_branded=bool(words.search(n.title)))
        for day, n in zip(days, notices, strict=True)
    ]


def _before_its_festival(notices: list[Notice], days: list[date]) -> None:
    """Move what belongs to a festival to the last of the days before it."""
    for notice in [n for n in notices if festival_of(n)]:
        feast = festival_day(festival_of(notice), days[0].year)
        place = max((n for n, day in enumerate(days) if day <= feast), default=0)
        old = notices.index(notice)
        notices[old], notices[place] = notices[place], notice


def _pick(month: Month, index: int, count: int, taken: set[str]) -> list[Notice]:
    slug = SLUGS[index]
    of_brand = [notice for notice in NOTICES if re.search(_BRAND_WORDS[index], notice.title)]
    of_season = [notice for notice in NOTICES if notice.months and notice not in of_brand]
    others = [n for n in NOTICES if not n.months and n not in of_brand]
    pool = [notice for notice in _of_month(month) if notice.title not in taken]
    picked = some(of_brand, month, f"brand:{slug}", 2, among=pool)
    festive = [notice for notice in pool if festival_of(notice) and notice not in picked]
    if festive and Random(f"{month}:festive:{slug}").random() < 0.6:
        picked += some(festive, month, f"festive:{slug}", 1)
    else:
        picked += some(of_season, month, f"season:{slug}", 1, among=pool)
    return picked + some(others, month, f"others:{slug}", count - len(picked), among=pool)


def _add_extra(month: Month, planned: dict[str, list[Slot]], taken: set[str]) -> None:
    """Six stations plan one more: three of these are called off, three are announced late."""
    order = Random(f"{month}:extra").sample(SLUGS, len(SLUGS))
    order.sort(key=lambda slug: len(planned[slug]))  # those with the fewest sessions first
    for number, slug in enumerate(order[:6]):
        own = planned[slug]
        chance = Random(f"{month}:extra:{slug}")
        day = _days(month, [(_DAYS[SLUGS.index(slug)][0] + 1) % 7])[chance.randint(1, 2)]
        used = taken | {slot.title for slot in own}
        spare = [n for n in NOTICES if not n.months and n.title not in used]
        notice = some(NOTICES, month, f"extra:{slug}", 1, among=spare)[0]
        is_cancelled = number % 2 == 0
        clock = chance.choice(notice.starts)
        own.append(
            Slot(slug, day, notice, clock, is_cancelled=is_cancelled, is_late=not is_cancelled)
        )


def _join(month: Month, planned: dict[str, list[Slot]]) -> None:
    """Three sessions are held together with one or two stations that are free on that day."""
    chance = Random(f"{month}:joint")
    for host in chance.sample(SLUGS, 3):
        number = chance.randrange(len(planned[host]))
        slot = planned[host][number]
        if slot.is_cancelled or slot.is_late:
            continue
        guests = [slug for slug in SLUGS if slug != host and _is_free(slug, slot, planned)]
        cohosts = tuple(chance.sample(guests, min(chance.randint(1, 2), len(guests))))
        planned[host][number] = replace(slot, cohosts=cohosts)


def _is_free(slug: str, slot: Slot, planned: dict[str, list[Slot]]) -> bool:
    """Whether a station has nothing on that day, and nothing of that name in that month.

    Nor may it be anybody's guest already: two joint activities of one month stay apart.
    """
    if any(other.day == slot.day or other.title == slot.title for other in planned[slug]):
        return False
    everybody = (other for own in planned.values() for other in own)
    return not any(slug in other.cohosts for other in everybody)
