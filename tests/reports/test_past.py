"""近12个月: the same numbers as on the months' own pages."""

import pytest
import time_machine

from practice_portal.lib.months import Month
from reports.models import MonthlySummary
from reports.past import charts_of
from reports.sheets import KEY_FIGURES, MonthSheet
from tests.factories import at, make_activity, make_demand, make_held_session

OCTOBER = Month(2026, 10)


@pytest.fixture(autouse=True)
def november(db):
    with time_machine.travel("2026-11-23 10:00 +0800", tick=False):
        yield


@pytest.fixture
def autumn(centre, station, other_station, director):
    """A joint activity a month, September approved, and what came too late for it."""
    for day, people in (("2026-08-06", 20), ("2026-09-06", 30), ("2026-10-06", 12)):
        activity = make_activity(station=station, cohosts=[other_station])
        make_held_session(activity=activity, starts_at=at(day), people_served=people)
    for summary in MonthlySummary.objects.draw_up(OCTOBER - 1):
        summary.take("submit")
        summary.take("approve", by=director)
    late = make_activity(station=station)
    make_held_session(activity=late, starts_at=at("2026-09-07"), people_served=99)
    make_demand(station=station, submitted_at=at("2026-10-08"))


def read(charts):
    return {chart.title: [(bar.label, bar.value) for bar in chart.bars] for chart in charts}


def test_charts_of_the_street_count_a_joint_activity_once(autumn):
    charts = read(charts_of(OCTOBER))

    assert list(charts) == ["活动场次", "参加人次", "签到小时", "收到需求", "办结需求"]
    assert charts["参加人次"] == [("2026年8月", 20), ("9月", 30), ("10月", 12)]
    assert charts["收到需求"] == [("2026年8月", 0), ("9月", 0), ("10月", 1)]


def test_charts_of_a_station_are_its_own(autumn, station, other_station):
    assert read(charts_of(OCTOBER, station))["活动场次"] == [
        ("2026年8月", 1),
        ("9月", 1),
        ("10月", 1),
    ]
    assert read(charts_of(OCTOBER, other_station))["收到需求"][-1] == ("10月", 0)


def test_charts_say_what_the_months_pages_say(autumn, station):
    street, own = charts_of(OCTOBER), charts_of(OCTOBER, station)

    for back in range(3):
        sheet = MonthSheet(OCTOBER - back)
        for place in range(len(KEY_FIGURES)):
            assert street[place].bars[-1 - back].value == sheet.total.key_cells[place].value
            cell = sheet.row(station).key_cells[place]
            assert own[place].bars[-1 - back].value == cell.value


def test_page_says_how_many_months_there_are(client, director, autumn):
    client.force_login(director)

    html = client.get(f"/reports/{OCTOBER}/").content.decode()

    assert "全街道近3个月</h2>" in html
    assert "所以只有这3个月。" in html
    assert "总表是一张横放的A4纸" in html


def test_charts_begin_a_year_ago_at_most(station):
    for day in ("2025-10-06", "2025-11-06", "2026-01-05"):
        make_held_session(activity=make_activity(station=station), starts_at=at(day))

    [held, *_] = charts_of(OCTOBER)

    labels = [bar.label for bar in held.bars]
    assert labels[:3] + labels[-1:] == ["2025年11月", "12月", "2026年1月", "10月"]
    assert len(labels) == 12


def test_charts_before_there_is_anything_show_the_month(station):
    assert read(charts_of(OCTOBER))["活动场次"] == [("2026年10月", 0)]


def test_charts_need_the_same_queries_for_a_month_and_for_a_year(autumn, django_assert_num_queries):
    with django_assert_num_queries(5):
        charts_of(OCTOBER)
