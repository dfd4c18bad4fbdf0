"""Dates as people say them: 11月28日（周六）上午9:30–11:30."""

from datetime import date, datetime, time, timedelta

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


def is_daily(starts_at: datetime, ends_at: datetime) -> bool:
    """Whether it lasts for days, at the same hours each, and not just past midnight."""
    starts, ends = localtime(starts_at), localtime(ends_at)
    return ends_at - starts_at >= timedelta(days=1) and ends.time() > starts.time()


def days_open(starts_at: datetime, ends_at: datetime) -> tuple[int, datetime]:
    """On how many days it is open, and when it closes on the first of them."""
    starts, ends = localtime(starts_at), localtime(ends_at)
    if not is_daily(starts_at, ends_at):
        return 1, ends
    return (ends.date() - starts.date()).days + 1, datetime.combine(starts, ends.timetz())


def hours(starts_at: datetime, ends_at: datetime) -> str:
    """上午9:30–11:30; 上午11:00–下午1:00; past midnight the end says its day.

    What is open for days says until when: 到12月5日（周六），每天上午9:00–下午5:00.
    """
    starts, ends = localtime(starts_at), localtime(ends_at)
    if is_daily(starts_at, ends_at):
        return f"到{day(ends)}，每天{_of_one_day(starts, ends)}"
    if starts.date() != ends.date():
        if ends.time() == time() and ends.date() - starts.date() == timedelta(days=1):
            return f"{clock(starts)}–半夜12:00"
        return f"{clock(starts)}–{ends.month}月{ends.day}日{clock(ends)}"
    return _of_one_day(starts, ends)


def _of_one_day(starts: datetime, ends: datetime) -> str:
    if _half_day(starts) == _half_day(ends):
        return f"{_half_day(starts)}{_clock(starts)}–{_clock(ends)}"
    return f"{clock(starts)}–{clock(ends)}"


def span(starts_at: datetime, ends_at: datetime) -> str:
    """11月28日（周六）上午9:30–11:30; 11月28日（周六）到12月5日（周六），每天上午9:00–下午5:00"""
    return day(starts_at) + hours(starts_at, ends_at)


def moment(value: datetime) -> str:
    """11月22日（周日）下午4:20"""
    return f"{day(value)}{clock(value)}"
