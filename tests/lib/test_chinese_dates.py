from datetime import UTC, date, datetime

import pytest
import time_machine

from practice_portal.lib import chinese_dates
from tests.factories import at

IN_2026 = time_machine.travel(datetime(2026, 11, 20, 4, tzinfo=UTC), tick=False)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (date(2026, 11, 28), "11月28日（周六）"),
        (date(2026, 3, 1), "3月1日（周日）"),
        (date(2027, 1, 1), "2027年1月1日（周五）"),
        (datetime(2026, 11, 27, 16, tzinfo=UTC), "11月28日（周六）"),
        (datetime(2026, 12, 31, 16, tzinfo=UTC), "2027年1月1日（周五）"),
    ],
)
@IN_2026
def test_day_names_the_year_only_when_it_is_another(value, expected):
    assert chinese_dates.day(value) == expected


@IN_2026
def test_day_with_year_when_asked_for():
    assert chinese_dates.day(date(2026, 11, 28), year=True) == "2026年11月28日（周六）"
    assert chinese_dates.day(date(2019, 9, 13), year=False) == "9月13日（周五）"


@pytest.mark.parametrize(
    ("clock", "expected"),
    [
        ("0:05", "凌晨0:05"),
        ("5:59", "凌晨5:59"),
        ("6:00", "上午6:00"),
        ("9:30", "上午9:30"),
        ("11:59", "上午11:59"),
        ("12:00", "中午12:00"),
        ("12:59", "中午12:59"),
        ("13:00", "下午1:00"),
        ("17:59", "下午5:59"),
        ("18:00", "下午6:00"),
        ("19:00", "晚上7:00"),
        ("23:30", "晚上11:30"),
    ],
)
def test_clock_says_the_part_of_the_day(clock, expected):
    assert chinese_dates.clock(at("2026-11-28", clock)) == expected


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        ("9:30", "11:30", "上午9:30–11:30"),
        ("9:30", "12:00", "上午9:30–中午12:00"),
        ("11:00", "13:00", "上午11:00–下午1:00"),
        ("12:00", "14:00", "中午12:00–下午2:00"),
        ("14:00", "16:30", "下午2:00–4:30"),
        ("17:00", "19:00", "下午5:00–晚上7:00"),
        ("19:00", "20:30", "晚上7:00–8:30"),
    ],
)
def test_hours_say_the_part_of_the_day_once(starts, ends, expected):
    assert chinese_dates.hours(at("2026-11-28", starts), at("2026-11-28", ends)) == expected


@pytest.mark.parametrize(
    ("starts", "ends", "expected"),
    [
        (("2026-11-28", "22:00"), ("2026-11-29", "0:30"), "晚上10:00–11月29日凌晨0:30"),
        (("2026-11-28", "19:00"), ("2026-11-29", "0:00"), "晚上7:00–半夜12:00"),
        (("2026-12-31", "20:00"), ("2027-01-01", "9:30"), "晚上8:00–1月1日上午9:30"),
    ],
)
def test_hours_past_midnight_say_the_day_they_end(starts, ends, expected):
    assert chinese_dates.hours(at(*starts), at(*ends)) == expected


@IN_2026
def test_span_of_an_exhibition_says_its_days_and_the_hours_of_each():
    def span(first, last):
        return chinese_dates.span(at(first, "9:00"), at(last, "17:00"))

    assert span("2026-11-28", "2026-12-05") == (
        "11月28日（周六）到12月5日（周六），每天上午9:00–下午5:00"
    )
    assert span("2026-12-28", "2027-01-05") == (
        "12月28日（周一）到2027年1月5日（周二），每天上午9:00–下午5:00"
    )


@IN_2026
def test_moment_is_a_day_and_a_clock():
    assert chinese_dates.moment(datetime(2026, 11, 22, 8, 20, tzinfo=UTC)) == (
        "11月22日（周日）下午4:20"
    )
