"""The lunar date (农历) that stands on every wall calendar."""

from datetime import date, datetime, time

import cnlunar


def lunar_date(day: date) -> str:
    """农历十月十五; a leap month says so: 农历闰六月初六."""
    # Noon, because the traditional day begins at 23:00.
    found = cnlunar.Lunar(datetime.combine(day, time(12)))
    return f"农历{found.lunarMonthCn.rstrip('大小')}{found.lunarDayCn}"
