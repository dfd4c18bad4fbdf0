"""When a station is open: what is read from the office's words, and the answers at the edges."""

from datetime import date, time

import pytest
from django.core.exceptions import ValidationError

from stations import hours
from stations.hours import DayOff, Span
from tests.factories import at

WEEK = "周一至周五 上午8:30–12:00，下午2:30–6:00；周六 上午9:00–12:00"
MORNING = Span(time(8, 30), time(12))
AFTERNOON = Span(time(14, 30), time(18))


def no_holidays(day):
    return None


def national_day(day):
    if date(2026, 10, 1) <= day <= date(2026, 10, 7):
        return DayOff("国庆节")
    return DayOff("国庆节", is_working=True) if day == date(2026, 10, 10) else None


def said(text, day, clock, calendar=no_holidays):
    found = hours.read(text).now(at(day, clock), calendar)
    return found.is_open, found.words


def test_hours_are_read_day_by_day():
    found = hours.read(WEEK)

    assert found.week == (*[(MORNING, AFTERNOON)] * 5, (Span(time(9), time(12)),), ())
    assert found.on_holidays is None


@pytest.mark.parametrize(
    "text",
    [
        "周一至周五 上午8:30–12:00，下午2:30–6:00",
        "周一到周五：早上8点半到中午12点，下午2点30分至6点",
        "星期一－星期五 ８：３０～１２：００、14:30-18:00",
        "工作日 8:30—12:00 14:30—18:00。",
        "周一、二、三、四和周五，上午8:30-12:00、下午2:30-下午6:00（门口有坡道）",
        "周一至周四、周五 8:30-12:00；下午2:30-6:00；周末休息",
    ],
)
def test_hours_are_read_however_people_write_them(text):
    assert hours.read(text).week == (*[(MORNING, AFTERNOON)] * 5, (), ())


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("，法定节假日休息", False),
        ("；节假日不开放", False),
        ("（节假日照常开放）", True),
        ("。节假日也开门", True),
        ("", None),
    ],
)
def test_hours_say_whether_holidays_are_free(words, expected):
    assert hours.read("每天 8:00-18:00" + words).on_holidays is expected


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("随时来", "没有看懂“随时来”"),
        ("周一至周五", "没有看出周几几点开门"),
        ("休息", "没有看出周几几点开门"),
        ("上午8:30–下午6:00", "是周几的"),
        ("周五至周一 8:00-18:00", "请从前往后写"),
        ("周一至周五 8:30-6:00", "关门比开门早"),
        ("周一 上午9:00-9:00", "关门比开门早"),
        ("周一 8:30-25:00", "钟点不对"),
        ("周一 8:30-18:75", "钟点不对"),
        ("周一 8:00-12:00，周一至周三 11:00-13:00", "周一写了两遍"),
        ("周一 8:00-18:00，有事请敲门", "没有看懂“有事请敲门”"),
    ],
)
def test_hours_that_cannot_be_read_say_why(text, why):
    with pytest.raises(ValidationError, match=why):
        hours.read(text)
    assert hours.of(text) is None


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        ("2026-11-24", "8:29", (False, "还没开门，今天上午8:30开")),
        ("2026-11-24", "8:30", (True, "现在开着，到中午12:00")),
        ("2026-11-24", "11:59", (True, "现在开着，到中午12:00")),
        ("2026-11-24", "12:00", (False, "现在休息，下午2:30再开")),
        ("2026-11-24", "14:30", (True, "现在开着，到下午6:00")),
        ("2026-11-24", "18:00", (False, "今天已下班，明天上午8:30开")),
        ("2026-11-27", "23:59", (False, "今天已下班，明天上午9:00开")),
        ("2026-11-28", "12:00", (False, "今天已下班，周一上午8:30开")),
        ("2026-11-29", "0:00", (False, "今天休息，明天上午8:30开")),
    ],
)
def test_hours_answer_at_the_edges(day, clock, expected):
    assert said(WEEK, day, clock) == expected


@pytest.mark.parametrize(
    ("rule", "day", "expected"),
    [
        ("法定节假日休息", "2026-09-30", (True, "现在开着，到中午12:00")),
        ("法定节假日休息", "2026-10-01", (False, "今天国庆节放假，10月8日（周四）上午8:30开")),
        ("法定节假日休息", "2026-10-07", (False, "今天国庆节放假，明天上午8:30开")),
        ("法定节假日休息", "2026-10-04", (False, "今天休息，周四上午8:30开")),
        ("节假日照常开放", "2026-10-01", (True, "现在开着，到中午12:00")),
        ("", "2026-10-01", (False, "今天国庆节放假，来之前请先打电话问")),
    ],
)
def test_hours_on_holidays(rule, day, expected):
    with_rule = f"{WEEK}；{rule}" if rule else WEEK

    assert said(with_rule, day, "10:00", national_day) == expected


def test_hours_of_a_saturday_that_is_worked_are_mondays():
    assert said("周一至周五 8:30-18:00", "2026-10-10", "10:00", national_day) == (
        True,
        "现在开着，到下午6:00",
    )
    assert said(WEEK, "2026-10-10", "13:00", national_day)[0] is False


def test_hours_say_nothing_of_a_day_beyond_the_next_weeks():
    closed = hours.read("周一 8:00-9:00；节假日休息")

    assert closed.now(at("2026-11-24", "10:00"), lambda day: DayOff("整修")).words == "今天休息"
