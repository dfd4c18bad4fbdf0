from datetime import date

import pytest

from practice_portal.lib.lunar import lunar_date


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
