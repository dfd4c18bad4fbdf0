"""The lunar date (农历) that stands on every wall calendar, and the feasts (节日) it names."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache

import cnlunar

#: By the lunar month and day; a leap month repeats none of them.
_LUNAR_FEASTS = {
    ("正月", "初一"): "春节",
    ("正月", "十五"): "元宵节",
    ("五月", "初五"): "端午节",
    ("七月", "初七"): "七夕",
    ("八月", "十五"): "中秋节",
    ("九月", "初九"): "重阳节",
}
_SOLAR_FEASTS = {(1, 1): "元旦", (5, 1): "劳动节", (10, 1): "国庆节"}


@lru_cache(maxsize=1000)
def _found(day: date) -> tuple[str, str, str]:
    """The lunar month, the lunar day and the solar term that begins."""
    # Noon, because the traditional day begins at 23:00.
    found = cnlunar.Lunar(datetime.combine(day, time(12)))
    return found.lunarMonthCn.rstrip("大小"), found.lunarDayCn, found.todaySolarTerms


def lunar_date(day: date) -> str:
    """农历十月十五; a leap month says so: 农历闰六月初六."""
    month, lunar_day, _ = _found(day)
    return f"农历{month}{lunar_day}"


def lunar_day(day: date) -> str:
    """十五, as under the day of a wall calendar; on the first day the month: 十月."""
    month, lunar_day, _ = _found(day)
    return month if lunar_day == "初一" else lunar_day


def feast_near(day: date, before: int = 10, after: int = 2) -> str:
    """The feast that a day is held for: so many days before it, or a few after; mostly none."""
    days = [day, *(day + timedelta(days=n) for n in range(1, before + 1))]
    days += [day - timedelta(days=n) for n in range(1, after + 1)]
    found = (feast(each) for each in days)
    return next((name for name in found if name and name not in _SOLAR_FEASTS.values()), "")


def feast(day: date) -> str:
    """The feast that everybody keeps on a day: 中秋节; mostly none."""
    month, lunar_day, term = _found(day)
    if term == "清明":
        return "清明节"
    if _found(day + timedelta(days=1))[:2] == ("正月", "初一"):
        return "除夕"
    return _SOLAR_FEASTS.get((day.month, day.day)) or _LUNAR_FEASTS.get((month, lunar_day), "")
