"""Dates as people say them: 11月28日（周六）上午9:30–11:30."""

from datetime import date, datetime

from django.utils.timezone import localdate, localtime

WEEKDAYS = "一二三四五六日"


def weekday(day: date) -> str:
    return f"周{WEEKDAYS[day.weekday()]}"


def day(value: date | datetime, *, year: bool | None = None) -> str:
    """11月28日（周六）; with the year when it is not this one, or when asked for."""
    value = localdate(value) if isinstance(value, datetime) else value
    if year is None:
        year = value.year != localdate().year
    return f"{value.year}年" * year + f"{value.month}月{value.day}日（{weekday(value)}）"


def _half_day(value: datetime) -> str:
    if value.hour < 6:
        return "凌晨"
    if value.hour < 12:
        return "上午"
    if value.hour == 12:
        return "中午"
    return "下午" if value.hour < 19 else "晚上"


def _clock(value: datetime) -> str:
    hour = value.hour if value.hour <= 12 else value.hour - 12
    return f"{hour}:{value.minute:02}"


def clock(value: datetime) -> str:
    """上午9:30"""
    value = localtime(value)
    return f"{_half_day(value)}{_clock(value)}"


def hours(starts_at: datetime, ends_at: datetime) -> str:
    """上午9:30–11:30; 上午11:00–下午1:00; past midnight the end says its day."""
    starts, ends = localtime(starts_at), localtime(ends_at)
    if starts.date() != ends.date():
        return f"{clock(starts)}–{ends.month}月{ends.day}日{clock(ends)}"
    if _half_day(starts) == _half_day(ends):
        return f"{_half_day(starts)}{_clock(starts)}–{_clock(ends)}"
    return f"{clock(starts)}–{clock(ends)}"


def moment(value: datetime) -> str:
    """11月22日（周日）下午4:20"""
    return f"{day(value)}{clock(value)}"
