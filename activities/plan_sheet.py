"""A month's plan from one Excel sheet (按表排活动): each row a session, made as drafts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from activities import series
from activities.kinds import DEFAULTS
from activities.models import Activity, Brand, Festival, Session
from activities.series import Line
from activities.times import FURTHEST, moments
from practice_portal.lib import chinese_dates
from practice_portal.lib.sheets import SheetRow, read_clock, read_day, workbook
from stations.models import PlatformKind, Station, Venue

MOST_ROWS = 100

COLUMNS = (
    "活动名称",
    "内容",
    "形式",
    "平台",
    "日期",
    "最后一天",
    "几点开始",
    "几点结束",
    "阵地",
    "地点说明",
    "名额",
    "适合谁",
    "谁能来",
    "要留意",
    "带什么",
    "品牌",
    "实践所",
)
#: What an activity says for all its sessions; a later row of it may leave these blank.
TOLD_ONCE = ("内容", "形式", "平台", "适合谁", "谁能来", "要留意", "带什么", "品牌")
REQUIRED = ("活动名称", "内容", "日期", "几点开始", "几点结束")


@dataclass
class PlanRow:
    """A row of the sheet: the session that it would make, its room, and what is wrong with it."""

    number: int
    title: str
    activity: Activity
    session: Session
    words: dict[str, str]
    venue: Venue | None = None
    errors: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def days(self) -> str:
        has_times = self.session.starts_at and self.session.ends_at
        return chinese_dates.span(self.session.starts_at, self.session.ends_at) if has_times else ""

    @property
    def place(self) -> str:
        return "，".join(filter(None, [str(self.venue or ""), self.session.address]))


class Plan:
    """The rows of a sheet as this person may have them: own stations, rooms and brands only."""

    def __init__(self, rows: Iterable[SheetRow], user):
        self.stations = {s.name: s for s in Station.objects.in_force().managed_by(user)}
        self.own = user.own_station
        venues = Venue.objects.offered_to(user).in_force().select_related("station")
        self.venues = {name: venue for venue in venues for name in (str(venue), venue.name)}
        self.ambiguous = _twice(venue.name for venue in venues)
        brands = Brand.objects.managed_by(user).in_force().select_related("station")
        self.brands = {brand.name: brand for brand in brands}
        self.rows = [self._row(row) for row in rows]
        self._find_doubles()
        self._find_other_words()
        self._find_taken_rooms()

    @property
    def is_sound(self) -> bool:
        return not any(row.errors for row in self.rows)

    @property
    def activities(self) -> int:
        return len({_key(row) for row in self.rows})

    def _row(self, row: SheetRow) -> PlanRow:
        asked = {name: row.values.get(name, "") for name in COLUMNS}
        errors = list(row.errors)
        kind = _choice(asked, "形式", Activity.Form, errors) or Activity.Form.ACTIVITY
        usual = DEFAULTS[kind]
        activity = Activity(
            title=asked["活动名称"],
            text=asked["内容"],
            station=self._station(asked["实践所"], errors),
            form=kind,
            platform=_choice(asked, "平台", PlatformKind, errors) or usual["platform"],
            task=usual["task"],
            audience=_choice(asked, "适合谁", Activity.Audience, errors)
            or Activity.Audience.EVERYONE,
            requirements=asked["谁能来"] or usual["requirements"],
            risk_notice=asked["要留意"] or usual["risk_notice"],
            bring=asked["带什么"],
            brand=self._named("品牌", asked, self.brands, errors),
        )
        session = Session(address=asked["地点说明"], capacity=_number(asked, "名额", errors))
        session.starts_at, session.ends_at = _moments(asked, errors)
        venue = self._named("阵地", asked, self.venues, errors)
        if asked["阵地"] in self.ambiguous:
            errors.append(f"阵地：有几个叫“{asked['阵地']}”的，请写全，如“{venue}”。")
        _check(activity, session, venue, errors)
        words = {name: asked[name] for name in TOLD_ONCE}
        return PlanRow(row.number, asked["活动名称"], activity, session, words, venue, errors)

    def _station(self, name: str, errors: list[str]) -> Station | None:
        if not name:
            if self.own is None:
                errors.append("实践所：请写上是哪个实践所办。")
            return self.own
        if name not in self.stations:
            errors.append(f"实践所：“{name}”不是您管的实践所。")
        return self.stations.get(name)

    @staticmethod
    def _named(name: str, asked: dict, offered: dict, errors: list[str]):
        word = asked[name]
        if word and word not in offered:
            errors.append(f"{name}：没有您能用的“{word}”，请照“可选的词”里的写。")
        return offered.get(word)

    def _find_doubles(self) -> None:
        """A sheet sent twice makes nothing twice."""
        titles = {row.title for row in self.rows}
        rows = Session.objects.planned().filter(activity__title__in=titles)
        there = set(rows.values_list("activity__station", "activity__title", "starts_at"))
        for row in self.rows:
            key = (*_key(row), row.session.starts_at)
            if row.session.starts_at and key in there:
                row.errors.append("这个活动在这个时间已经排过了，请删掉这一行。")
            there.add(key)

    def _find_other_words(self) -> None:
        """Rows of one title are sessions of one activity, which says everything only once."""
        first: dict[tuple, PlanRow] = {}
        for row in self.rows:
            before = first.setdefault(_key(row), row)
            names = [n for n in TOLD_ONCE if row.words[n] not in ("", before.words[n])]
            if names:
                row.errors.append(
                    f"和第{before.number}行是同一个活动，{'、'.join(names)}却不一样："
                    "请写成一样，或者换个活动名称。"
                )

    def _find_taken_rooms(self) -> None:
        """A taken room keeps no draft from being made; it says so and is left to choose anew."""
        wanted = [row for row in self.rows if row.venue and not row.errors]
        lines = [Line(r.session.starts_at, r.session.ends_at, r.venue) for r in wanted]
        series.find_problems(lines)
        for row, line in zip(wanted, lines, strict=True):
            if line.problem:
                row.venue, row.note = None, f"{line.problem}先不订，存成草稿后再选地方。"

    def make(self) -> list[Activity]:
        """Draft activities with their sessions, all or none; rows of one title are one activity."""
        made: dict[tuple, Activity] = {}
        with transaction.atomic():
            for row in self.rows:
                activity = made.setdefault(_key(row), row.activity)
                if activity.pk is None:
                    activity.festival = Festival.near(self._days_of(activity)) or ""
                    activity.save()
                row.session.activity = activity
                row.session.save()
                if row.venue:
                    self._book(row)
        return list(made.values())

    def _days_of(self, activity: Activity) -> list[date]:
        key = (activity.station_id, activity.title)
        starts = [row.session.starts_at for row in self.rows if _key(row) == key]
        return [timezone.localdate(moment) for moment in starts]

    @staticmethod
    def _book(row: PlanRow) -> None:
        try:
            row.session.hold(row.venue)
        except ValidationError as error:  # somebody was faster
            row.venue, row.note = None, "".join(error.messages)


def _key(row: PlanRow) -> tuple:
    return row.activity.station_id, row.title


def _twice(names: Iterable[str]) -> set[str]:
    seen, twice = set(), set()
    for name in names:
        (twice if name in seen else seen).add(name)
    return twice


def _choice(asked: dict, name: str, choices, errors: list[str]):
    word = asked[name]
    found = next((code for code, label in choices.choices if label == word), None)
    if word and not found:
        labels = "、".join(choices.labels)
        errors.append(f"{name}：没有“{word}”，请从这些里选：{labels}。")
    return found


def _number(asked: dict, name: str, errors: list[str]) -> int | None:
    word = asked[name]
    if not word:
        return None
    if not (word.isascii() and word.isdigit() and 1 <= int(word) <= 32767):
        errors.append(f"{name}：“{word[:20]}”要写成数字，如 20；不用报名的空着。")
        return None
    return int(word)


def _moments(asked: dict, errors: list[str]) -> tuple[datetime | None, datetime | None]:
    found = {}
    readers = {"日期": read_day, "几点开始": read_clock, "几点结束": read_clock}
    if asked["最后一天"]:
        readers["最后一天"] = read_day
    for name, reader in readers.items():
        try:
            if asked[name]:
                found[name] = reader(asked[name])
            else:
                errors.append(f"{name}：还空着。")
        except ValidationError as error:
            errors.append(f"{name}：{''.join(error.messages)}")
    if len(found) < len(readers):
        return None, None
    try:
        return moments(found["日期"], found["几点开始"], found["几点结束"], found.get("最后一天"))
    except ValidationError as error:
        errors.extend(error.messages)
        return None, None


def _check(activity: Activity, session: Session, venue: Venue | None, errors: list[str]) -> None:
    """What the forms ask of an activity and a session, asked of the row."""
    for row, left_out in ((activity, {"station"}), (session, {"activity", "starts_at", "ends_at"})):
        try:
            row.clean_fields(exclude=left_out)
        except ValidationError as error:
            for name, problems in error.message_dict.items():
                label = {"title": "活动名称", "text": "内容"}.get(name)
                label = label or row._meta.get_field(name).verbose_name
                errors.append(f"{label}：{''.join(problems)}")
    if activity.brand and activity.station and activity.brand.station_id != activity.station_id:
        errors.append("品牌：要选同一个实践所的。")
    now = timezone.now()
    if session.starts_at and session.starts_at < now:
        errors.append("日期：这一天已经过去了。")
    elif session.starts_at and session.starts_at > now + FURTHEST:
        errors.append("日期：这一天太远了，请选一年以内的日子。")
    if session.capacity and session.starts_at and session.is_daily:
        errors.append("名额：一连办几天的不用报名，请空着。")
    if venue and session.capacity and venue.capacity and session.capacity > venue.capacity:
        errors.append(f"名额：{venue.name}能坐{venue.capacity}人，请不要超过它。")


def template(user) -> bytes:
    """The sheet to fill in, with this person's rooms and brands to choose from."""
    venues = Venue.objects.offered_to(user).in_force().select_related("station")
    choices = {
        "形式": Activity.Form.labels,
        "平台": PlatformKind.labels,
        "阵地": [str(venue) for venue in venues],
        "适合谁": Activity.Audience.labels,
        "品牌": [brand.name for brand in Brand.objects.managed_by(user).in_force()],
    }
    columns = COLUMNS
    if user.sees_one_station:
        columns = tuple(name for name in COLUMNS if name != "实践所")
    else:
        choices["实践所"] = [each.name for each in Station.objects.in_force().managed_by(user)]
    return workbook(columns, REQUIRED, choices)
