from datetime import date

import pytest

from practice_portal.lib.lunar import feast, feast_near, lunar_date, lunar_day


@pytest.mark.parametrize(
    ("day", "lunar"),
    [
        (date(2026, 11, 23), "农历十月十五"),
        (date(2026, 2, 17), "农历正月初一"),
        (date(2026, 2, 16), "农历腊月廿九"),
        (date(2025, 7, 30), "农历闰六月初六"),
        (date(2019, 9, 13), "农历八月十五"),
    ],
)
def test_lunar_date_is_the_one_on_the_wall_calendar(day, lunar):
    assert lunar_date(day) == lunar


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ((2026, 11, 24), "十六"),
        ((2026, 11, 9), "十月"),
        ((2025, 7, 25), "闰六月"),
        ((2026, 2, 17), "正月"),
    ],
)
def test_lunar_day_is_the_month_on_its_first(day, expected):
    assert lunar_day(date(*day)) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ((2026, 1, 1), "元旦"),
        ((2026, 2, 16), "除夕"),
        ((2026, 2, 17), "春节"),
        ((2026, 3, 3), "元宵节"),
        ((2026, 4, 5), "清明节"),
        ((2026, 5, 1), "劳动节"),
        ((2026, 6, 19), "端午节"),
        ((2026, 8, 19), "七夕"),
        ((2026, 9, 25), "中秋节"),
        ((2026, 10, 1), "国庆节"),
        ((2026, 10, 18), "重阳节"),
        ((2026, 10, 2), ""),
    ],
)
def test_feast_of_a_day(day, expected):
    assert feast(date(*day)) == expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        ((2026, 10, 8), "重阳节"),  # ten days before the 18th
        ((2026, 10, 7), ""),
        ((2026, 10, 20), "重阳节"),
        ((2026, 10, 21), ""),
        ((2026, 9, 27), "中秋节"),  # two days after it, and a few before the national day
        ((2026, 10, 1), ""),  # of the lunar calendar only
    ],
)
def test_feast_near_a_day(day, expected):
    assert feast_near(date(*day)) == expected
