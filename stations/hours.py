"""When a station is open: read from the words the office types, answered for any moment.

The words stay what residents read (“周一至周五 上午8:30–12:00，下午2:30–6:00；法定节假日休息”).
They are read, and not kept in a second table, so that nobody types the same hours twice and a page
full of stations asks the database nothing more.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from django.core.exceptions import ValidationError
from django.utils import timezone

from practice_portal.lib import chinese_dates

DAYS = "一二三四五六日"
EXAMPLE = "如“周一至周五 上午8:30–12:00，下午2:30–6:00；周六 上午9:00–12:00；法定节假日休息”。"

#: How far ahead the next opening is looked for: a spring festival and the days around it.
LOOK_AHEAD = 15

_TO = r"\s*(?:-{1,2}|[–—―~至到])\s*"
_DAY = f"[{DAYS}]"
_CLOCK = (
    r"(?P<half{n}>凌晨|清晨|早上|早晨|早|上午|中午|下午|傍晚|晚上|晚)?\s*"
    r"(?P<hour{n}>\d{{1,2}})\s*[:点时]\s*(?P<minute{n}>\d{{2}}(?!\d)|半)?\s*分?"
)
#: What may stand in the words, one after the other; tried in this order.
_TOKENS = {
    "holiday": r"(?:法定)?(?:节假日|节日|假日)[^,;。()]*",
    "span": _CLOCK.format(n=1) + _TO + _CLOCK.format(n=2),
    "every_day": "每天|每日|天天",
    "working_days": "工作日",
    "weekend": "周末|双休日",
    "from_to": f"周{_DAY}{_TO}周?{_DAY}",
    "days": rf"周{_DAY}(?:\s*[、和及]\s*周?{_DAY})*",
    "closed": "休息|不开放?|闭馆|关门",
    "nothing": r"\((?![^()]*(?:节|假)日)[^()]*\)|[\s,;。、:()]|和|及|开放|开门|都",
}
_TOKEN = re.compile("|".join(f"(?P<{name}>{words})" for name, words in _TOKENS.items()))
_NAMED_DAYS = {"every_day": range(7), "working_days": range(5), "weekend": range(5, 7)}
_AFTERNOON = {"下午", "傍晚", "晚上", "晚"}


@dataclass(frozen=True, order=True)
class Span:
    """From opening to closing on one day."""

    opens: time
    closes: time


@dataclass(frozen=True)
class OpenNow:
    """Whether one finds the door open, in a sentence."""

    is_open: bool
    words: str


@dataclass(frozen=True)
class DayOff:
    """What a date is called when it does not go by its weekday: a holiday, or a day made up for."""

    name: str
    is_working: bool = False


Calendar = Callable[[date], "DayOff | None"]


@dataclass(frozen=True)
class OpeningHours:
    """The spans of each weekday from Monday; `on_holidays` is None where the words do not say."""

    week: tuple[tuple[Span, ...], ...]
    on_holidays: bool | None = None

    def on(self, day: date, calendar: Calendar) -> tuple[Span, ...]:
        """The spans of a day; on a holiday none, unless the words say that it is open."""
        off = calendar(day)
        spans = self.week[day.weekday()]
        if off and off.is_working:
            return spans or self.week[0]  # a Saturday that is worked goes by Monday's hours
        return () if off and not self.on_holidays else spans

    def now(self, now: datetime, calendar: Calendar) -> OpenNow:
        """Open or not at a moment, until when, or from when on again."""
        now = timezone.localtime(now)
        today, clock = now.date(), now.time()
        spans = self.on(today, calendar)
        for span in spans:
            if span.opens <= clock < span.closes:
                return OpenNow(True, f"现在开着，到{_say(today, span.closes)}")
        off = calendar(today)
        if off and not off.is_working and self.on_holidays is None and self.week[today.weekday()]:
            return OpenNow(False, f"今天{off.name}放假，来之前请先打电话问")
        later = next((span for span in spans if clock < span.opens), None)
        if later:
            had_any = later is not spans[0]
            again = f"{_say(today, later.opens)}"
            return OpenNow(
                False, f"现在休息，{again}再开" if had_any else f"还没开门，今天{again}开"
            )
        if spans:
            why = "今天已下班"
        elif off and self.week[today.weekday()]:
            why = f"今天{off.name}放假"
        else:
            why = "今天休息"
        return OpenNow(False, why + self._next_opening(today, calendar))

    def _next_opening(self, today: date, calendar: Calendar) -> str:
        for ahead in range(1, LOOK_AHEAD):
            day = today + timedelta(days=ahead)
            if spans := self.on(day, calendar):
                named = chinese_dates.weekday(day) if ahead < 7 else chinese_dates.day(day)
                named = "明天" if ahead == 1 else named
                return f"，{named}{_say(day, spans[0].opens)}开"
        return ""


def _say(day: date, clock: time) -> str:
    return chinese_dates.clock(timezone.make_aware(datetime.combine(day, clock)))


def _tidied(text: str) -> str:
    """Wide digits and signs as narrow ones, the days by one name."""
    plain = unicodedata.normalize("NFKC", text)
    plain = re.sub("星期|礼拜", "周", plain)
    return plain.replace("周天", "周日").replace("周七", "周日")


@lru_cache(maxsize=256)
def read(text: str) -> OpeningHours:
    """The hours in the words; raises ValidationError with what to write instead."""
    week: list[list[Span]] = [[] for _ in DAYS]
    days: list[int] = []  # those that the next hours are for
    days_go_on = False
    on_holidays = None
    plain = _tidied(text)
    place = 0
    while place < len(plain):
        found = _TOKEN.match(plain, place)
        if not found:
            rest = re.split(r"[,;。]", plain[place:])[0].strip()
            raise ValidationError(f"没有看懂“{rest}”。请照样子写，{EXAMPLE}")
        kind = next(name for name in _TOKENS if found[name] is not None)
        if kind == "holiday":
            on_holidays = bool(re.search("照常|不休|(?<!不)开", found[0]))
        elif kind == "span":
            if not days:
                raise ValidationError(f"“{found[0]}”是周几的？请先写周几，再写几点。{EXAMPLE}")
            _put(week, days, _span(found))
            days_go_on = False
        elif kind == "closed":
            days = []
        elif kind != "nothing":
            days = days * days_go_on + _days(kind, found[0])
            days_go_on = True
        place = found.end()
    if not any(week):
        raise ValidationError(f"没有看出周几几点开门。请照样子写，{EXAMPLE}")
    return OpeningHours(tuple(tuple(sorted(spans)) for spans in week), on_holidays)


def _put(week: list[list[Span]], days: list[int], span: Span) -> None:
    for day in days:
        if any(each.opens < span.closes and span.opens < each.closes for each in week[day]):
            raise ValidationError(f"周{DAYS[day]}写了两遍，时间有重叠，请留一个。")
        week[day].append(span)


def _days(kind: str, words: str) -> list[int]:
    if kind in _NAMED_DAYS:
        return list(_NAMED_DAYS[kind])
    named = [DAYS.index(name) for name in re.findall(_DAY, words)]
    if kind == "days":
        return named
    first, last = named
    if first > last:
        raise ValidationError(f"“{words}”请从前往后写，如“周一至周五”。")
    return list(range(first, last + 1))


def _span(found: re.Match) -> Span:
    opens = _clock(found["half1"], found["hour1"], found["minute1"], found[0])
    half = found["half2"]
    closes = _clock(half, found["hour2"], found["minute2"], found[0])
    if not half and found["half1"] in _AFTERNOON and closes.hour < 12:
        closes = closes.replace(hour=closes.hour + 12)
    if closes <= opens:
        raise ValidationError(
            f"“{found[0]}”关门比开门早。请写明上午、下午，如“上午8:30–下午6:00”。"
        )
    return Span(opens, closes)


def _clock(half: str | None, hour: str, minute: str | None, words: str) -> time:
    hours, minutes = int(hour), 30 if minute == "半" else int(minute or 0)
    if hours < 12 and (half in _AFTERNOON or (half == "中午" and hours < 10)):
        hours += 12
    if hours > 23 or minutes > 59:
        raise ValidationError(f"“{words}”里的钟点不对，请改成如“上午8:30–下午6:00”。")
    return time(hours, minutes)


def check(text: str) -> None:
    """A field's validator: hours that we could not answer with are not kept."""
    read(text)


def of(text: str) -> OpeningHours | None:
    """The hours in the words, or None where there are none that can be read."""
    try:
        return read(text)
    except ValidationError:
        return None


def tell(stations: Iterable, now: datetime, calendar: Calendar) -> None:
    """Let each station say whether it is open now: `open_now`, None where its words do not tell."""
    for station in stations:
        found = of(station.opening_hours)
        station.open_now = found and found.now(now, calendar)
