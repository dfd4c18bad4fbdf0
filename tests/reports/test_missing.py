"""谁还没交: which station has not handed in October, and why?"""

import pytest
import time_machine

from practice_portal.lib.months import Month
from reports.missing import missing_of
from reports.models import MonthlySummary
from tests.factories import at, make_posting, make_station, make_user

OCTOBER = Month(2026, 10)


@pytest.fixture
def on():
    """The tests' calendar: on("2026-11-03 09:00")."""
    with time_machine.travel("2026-11-01 08:00 +0800", tick=False) as traveller:
        yield lambda moment: traveller.move_to(f"{moment} +0800")


@pytest.fixture
def october(on, centre, station, clerk):
    """Drawn up on the first of November: the centre's and 南湖's."""
    summaries = {each.station: each for each in MonthlySummary.objects.draw_up(OCTOBER)}
    centre_summary = summaries[centre]
    centre_summary.take("submit")
    return summaries[station]


def found():
    return [(each.station.name, each.state, each.why) for each in missing_of(OCTOBER)]


def test_draft_that_nobody_has_touched(october):
    assert found() == [
        ("南湖社区", "草稿，没有交", "11月1日（周日）起草，起草以后社区还没有动过。")
    ]


def test_draft_that_somebody_has_begun(october, on, clerk):
    on("2026-11-03 09:30")
    october.highlights = "读报会"
    october._history_user = clerk
    october.save()

    [(_, state, why)] = found()

    assert state == "草稿，没有交"
    assert why == f"11月1日（周日）起草，{clerk.name}11月3日（周二）上午9:30改过，还没有交。"


def test_returned_one_says_what_was_asked_for(october, on, clerk, director):
    on("2026-11-03 09:30")
    october.take("submit", by=clerk)
    on("2026-11-05 10:20")
    october.take("return", by=director, remark="10月18日那场没填“人数”。")

    [(_, state, why)] = found()

    assert state == "退回，等修改"
    asked = f"11月5日（周四）上午10:20{director.name}退回：“10月18日那场没填‘人数’”。"
    assert why == f"{asked}退回以后社区还没有动过。"

    on("2026-11-06 15:00")
    october.problems = "补上了"
    october._history_user = clerk
    october.save()

    assert found()[0][2] == f"{asked}{clerk.name}11月6日（周五）下午3:00改过，还没有交。"


def test_return_itself_is_no_work_of_the_station(october, on, clerk, director):
    october.take("submit", by=clerk)
    on("2026-11-05 10:20")
    october.take("return", by=director, remark="写问题")
    october.changes.filter(step="return").update(at=at("2026-11-04"))  # entered a day later

    assert found()[0][2].endswith("退回：“写问题”。退回以后社区还没有动过。")


def test_returned_and_handed_in_again_is_not_missing(october, clerk, director):
    october.take("submit", by=clerk)
    october.take("return", by=director, remark="写问题")
    october.take("submit", by=clerk)

    assert found() == []


def test_station_that_nobody_has_drawn_up_for(october):
    make_station(name="示例新社区", position=31950)

    assert found()[-1] == ("示例新社区", "还没起草", "街道还没有起草，社区那边看不到。")


def test_month_that_is_not_over_misses_nobody(october, on):
    on("2026-10-31 23:59")

    assert found() == []


def test_whom_to_ring_is_whoever_has_an_account_there_now(october, station, clerk):
    make_posting(station=station, name="没有账号的", duty="steward")
    gone = make_user(station=station, name="调走的")
    gone.postings.update(until="2026-10-01")

    [each] = missing_of(OCTOBER)

    assert each.people == [f"{clerk.name}（专职）"]


def test_list_of_months_answers_at_once(client, october, director, station):
    client.force_login(director)

    html = client.get("/reports/").content.decode()

    assert "2026年10月还没交的1份" in html
    assert "11月1日（周日）起草，起草以后社区还没有动过。" in html
    assert '<a class="num" href="tel:09376000000">0937-6000000</a>' in html


def test_month_names_them_above_its_table(client, october, director):
    client.force_login(director)

    html = client.get("/reports/2026-10/").content.decode()

    assert html.index("<b>还差1份：</b>南湖社区（草稿，没有交）") < html.index("street-table")
    assert html.index("street-table") < html.index("起草以后社区还没有动过。")


def test_station_is_not_told_about_others(client, october, clerk, other_station):
    client.force_login(clerk)

    response = client.get("/reports/")

    assert response.context["missing"] == []
    assert "示例邻社区" not in response.content.decode()


def test_missing_needs_the_same_queries_for_one_and_for_ten(october, django_assert_num_queries):
    with django_assert_num_queries(5):
        missing_of(OCTOBER)
    for _ in range(10):
        make_station()
    MonthlySummary.objects.draw_up(OCTOBER)

    with django_assert_num_queries(5):
        missing_of(OCTOBER)
