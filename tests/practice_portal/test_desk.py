"""待办, the admin's first page: what waits for whom, since when, and the week and month below."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.contrib.auth.models import Permission
from django.urls import reverse

from practice_portal.desk import Desk
from practice_portal.lib.months import Month
from practice_portal.lib.todo import SHOWN
from stations.models import User
from tests.factories import (
    at,
    days_away,
    make_activity,
    make_booking,
    make_call,
    make_demand,
    make_entry,
    make_held_session,
    make_session,
    make_signup,
    make_study_session,
    make_summary,
    make_user,
    make_venue,
    make_volunteer,
    make_whistle,
)

NOON = at("2026-11-24", "12:00")  # a Tuesday


@pytest.fixture(autouse=True)
def _today():
    with time_machine.travel(NOON, tick=False):
        yield


def page(client, user) -> str:
    client.force_login(user)
    return client.get(reverse("admin:index")).content.decode()


def lines(user) -> list[tuple[str, str, str]]:
    """What is to be done, its age and its term, as the page says them."""
    mine = Desk(User.objects.get(pk=user.pk)).mine
    return [(line.text, line.waiting.verb, line.age, line.term) for line in mine.lines]


# What waits ---------------------------------------------------------------------------------------


def test_desk_says_what_waits_how_long_and_until_when_the_oldest_first(clerk, station):
    make_demand(station=station, title="想学用手机")
    make_demand(station=station, title="修水管", submitted_at=at("2026-11-19"))
    make_whistle(station=station, title="井盖松动", raised_on=days_away(-1))

    assert lines(clerk) == [
        ("修水管", "去受理", "等了5天，已超期3天", "11月21日（周六）"),
        ("井盖松动", "去报到", "等了1天", "11月26日（周四）"),
        ("想学用手机", "去受理", "今天来的", "11月26日（周四）"),
    ]


def test_desk_counts_the_age_from_the_last_step(clerk, lead, station):
    demand = make_demand(station=station, title="修水管", submitted_at=at("2026-10-01"))
    with time_machine.travel(at("2026-11-20"), tick=False):
        demand.take("accept", by=lead)

    assert lines(clerk) == [("修水管", "去办结", "等了4天", "12月5日（周六）")]


def test_desk_term_is_kept_on_its_last_day_and_over_on_the_next(clerk, station):
    make_demand(station=station, title="修水管", submitted_at=at("2026-11-22"))

    assert lines(clerk) == [("修水管", "去受理", "等了2天", "今天")]
    with time_machine.travel(NOON + timedelta(days=1), tick=False):
        assert lines(clerk) == [("修水管", "去受理", "等了3天，已超期1天", "11月24日（周二）")]


def test_desk_of_a_row_that_is_done_is_empty(clerk, lead, station):
    demand = make_demand(station=station)
    demand.take("accept", by=lead)
    demand.take("complete", by=lead, result="办好了。")

    assert lines(clerk) == []


def test_desk_asks_nobody_to_confirm_hours_of_their_own_entering(clerk, lead, station):
    volunteer = make_volunteer(station=station)
    make_entry(volunteer=volunteer, entered_by=clerk)

    assert lines(clerk) == []
    assert [verb for _, verb, _, _ in lines(lead)] == ["去确认"]


def test_desk_asks_nobody_to_approve_the_summary_they_handed_in(station, centre, director):
    colleague = make_user(station=centre, role="director")
    make_summary(station=station).take("submit", by=director)

    assert lines(director) == []
    assert [verb for _, verb, _, _ in lines(colleague)] == ["去审"]


def test_desk_masks_volunteers(client, clerk, station):
    make_volunteer(station=station, status="applied", name="欧阳示例", number="T9")

    assert "欧阳示例" not in page(client, clerk)
    assert [text for text, *_ in lines(clerk)] == ["T9 欧**"]


def test_desk_shows_sessions_without_a_result_three_days_long_and_then_as_late(clerk, station):
    activity = make_activity(station=station, title="邻居理发日")
    make_session(activity=activity, starts_at=at("2026-11-20"))
    make_session(activity=activity, starts_at=at("2026-11-21"))
    make_session(activity=activity, starts_at=at("2026-11-28"))
    make_session(activity=activity, starts_at=at("2026-11-19"), status="cancelled")
    make_held_session(activity=activity, starts_at=at("2026-11-18"))

    assert lines(clerk) == [
        ("11月20日（周五）邻居理发日", "去填结果", "等了4天，已超期1天", "11月23日（周一）"),
        ("11月21日（周六）邻居理发日", "去填结果", "等了3天", "今天"),
    ]


def test_desk_shows_studies_without_their_attendance(clerk, station):
    make_study_session(
        station=station,
        topic="读书班",
        starts_at=at("2026-11-23"),
        ends_at=at("2026-11-23", "11:00"),
        attended=None,
    )

    assert lines(clerk) == [("11月23日（周一）读书班", "填人数", "等了1天", "11月26日（周四）")]


def test_desk_shows_a_draft_with_the_day_of_its_next_session(client, clerk, station):
    draft = make_activity(station=station, title="写春联", status="draft")
    make_session(activity=draft, starts_at=at("2026-11-20"), people_served=3)
    make_session(activity=draft, starts_at=at("2026-11-28"))
    make_session(activity=draft, starts_at=at("2026-11-26"), status="cancelled")

    assert lines(clerk) == [("写春联", "去发布", "今天来的", "11月28日（周六）")]
    assert "is-warn" in page(client, clerk)


def test_desk_does_not_wait_for_what_was_taken_down(clerk, station):
    make_activity(station=station, status="withdrawn")

    assert lines(clerk) == []


def test_desk_asks_for_a_summary_when_its_month_is_over(clerk, station):
    with time_machine.travel(at("2026-09-10"), tick=False):
        make_summary(station=station, month=Month(2026, 9))
    make_summary(station=station, month=Month(2026, 10))
    make_summary(station=station, month=Month(2026, 11))

    assert lines(clerk) == [
        ("南湖社区 2026年9月总结", "去提交", "等了54天，已超期49天", "10月6日（周二）"),
        ("南湖社区 2026年10月总结", "去提交", "等了23天，已超期18天", "11月6日（周五）"),
    ]


def test_desk_gives_a_returned_summary_its_days_anew(clerk, lead, director, station):
    summary = make_summary(station=station, month=Month(2026, 10))
    summary.take("submit", by=lead)
    summary.take("return", by=director, remark="人次写反了")

    assert lines(clerk) == [("南湖社区 2026年10月总结", "去提交", "今天来的", "11月29日（周日）")]


def test_desk_shows_a_few_of_a_kind_and_leads_to_the_others(client, clerk, station):
    for number in range(SHOWN + 2):
        make_demand(station=station, submitted_at=at("2026-11-01"), title=f"修水管{number}")

    html = page(client, clerk)

    assert html.count("需求，等受理</small>") == SHOWN == 5
    assert "还有2条：需求，等受理" in html
    assert "一共7条超期" in html
    assert "有7件事等您办，其中7件超期了" in html
    assert (
        client.get(
            reverse("admin:services_demand_changelist") + "?status__exact=submitted"
        ).status_code
        == 200
    )


# Whose ------------------------------------------------------------------------------------------


def test_desk_shows_the_street_office_its_own_first_and_the_stations_below(
    client, director, centre, station, other_station
):
    make_booking(venue=make_venue(station=centre), status="requested", purpose="老年合唱")
    make_demand(station=station, title="修水管")
    make_summary(station=other_station).take("submit")

    desk = Desk(User.objects.get(pk=director.pk))

    assert {line.waiting.verb for line in desk.mine.lines} == {"去确认", "去审"}
    assert [(line.station, line.text) for line in desk.at_stations.lines] == [(station, "修水管")]
    assert "各社区手上的" in page(client, director)


def test_desk_folds_what_the_stations_still_have_time_for(client, director, centre, station):
    make_demand(station=station, title="修水管", submitted_at=at("2026-11-01"))
    make_demand(station=station, title="理头发")

    before, folded = page(client, director).split('<details class="todo-rest">')

    assert "修水管" in before
    assert "理头发" not in before
    assert "还没有超期的1件" in folded
    assert "理头发" in folded.split("</details>")[0]
    assert "修水管" not in folded


def test_desk_shows_no_station_anothers_rows(client, clerk, other_station):
    make_demand(station=other_station, title="别处的需求")

    html = page(client, clerk)

    assert "别处的需求" not in html
    assert "各社区手上的" not in html


def test_desk_of_a_stations_reviewer_has_the_own_stations_summaries_only(
    clerk, station, other_station
):
    clerk.user_permissions.add(Permission.objects.get(codename="review_monthlysummary"))
    make_summary(station=station).take("submit")
    make_summary(station=other_station).take("submit")

    assert [text for text, *_ in lines(clerk)] == ["南湖社区 2026年10月总结"]


def test_desk_of_whoever_may_do_nothing_is_empty(client, station):
    make_demand(station=station, title="修水管")
    user = make_user(station=station)

    html = page(client, user)

    assert "修水管" not in html
    assert "没有等您办的事" in html


def test_desk_shows_a_clerk_nothing_of_another_station(clerk, station, other_station):
    """Also of what waits without a status: results and attendance."""
    for at_station in (station, other_station):
        make_held_session(activity=make_activity(station=at_station), people_served=None)
        make_study_session(station=at_station, attended=None)
        make_demand(station=at_station)

    found = [line.row for line in Desk(clerk).mine.lines]

    assert len(found) == 3
    assert {row.station if hasattr(row, "station") else row.activity.station for row in found} == {
        station
    }


def test_desk_with_nothing_to_do_says_so_and_what_will_come(client, clerk):
    html = page(client, clerk)

    assert "没有等您办的事" in html
    assert "都会自己排到这里来" in html
    assert "最近动作" not in html


def test_desk_asks_the_same_number_of_questions_however_much_waits(
    client, clerk, director, station, other_station, django_assert_num_queries
):
    def fill(at_station):
        volunteer = make_volunteer(station=at_station)
        for _ in range(4):
            make_demand(station=at_station)
            make_whistle(station=at_station)
            make_entry(volunteer=volunteer)
            make_volunteer(station=at_station, status="applied")
            make_booking(venue=make_venue(station=at_station), status="requested")
            draft = make_activity(station=at_station, status="draft")
            make_session(activity=draft, days=-2)
            make_held_session(activity=make_activity(station=at_station))
            coming = make_session(activity=make_activity(station=at_station), capacity=5)
            make_call(signup=make_signup(session=coming))

    for user, number in ((clerk, 27), (director, 47)):
        client.force_login(user)
        client.get(reverse("admin:index"))
        for _ in range(2):
            with django_assert_num_queries(number):
                client.get(reverse("admin:index"))
            fill(station)
            fill(other_station)


# The week and the month ---------------------------------------------------------------------------


def test_desk_counts_the_month_beside_the_same_day_and_the_whole_of_the_last(
    clerk, station, other_station
):
    activity = make_activity(station=station)
    for day, people in (("2026-11-03", 12), ("2026-10-24", 20), ("2026-10-25", 40)):
        make_held_session(activity=activity, starts_at=at(day), people_served=people)
    make_held_session(
        activity=make_activity(station=other_station),
        starts_at=at("2026-11-03"),
        people_served=500,
    )

    figures = Desk(User.objects.get(pk=clerk.pk)).month_figures

    assert [(f.label, f.value, f.by_this_day, f.before) for f in figures] == [
        ("活动场次", 1, 1, 2),
        ("参加人次", 12, 20, 60),
        ("签到小时", Decimal("0.0"), Decimal("0.0"), Decimal("0.0")),
        ("收到需求", 0, 0, 0),
        ("办结需求", 0, 0, 0),
    ]


def test_desk_of_the_street_office_counts_the_street(director, station, other_station):
    joint = make_activity(station=station, cohosts=[other_station])
    make_held_session(activity=joint, starts_at=at("2026-11-03"), people_served=12)

    figures = Desk(User.objects.get(pk=director.pk)).month_figures

    assert [f.value for f in figures][:2] == [1, 12]


@pytest.mark.parametrize(
    ("today", "same_day"),
    [("2026-11-24", "2026-10-24"), ("2026-03-31", "2026-02-28"), ("2026-01-01", "2025-12-01")],
)
def test_desk_same_day_of_a_shorter_month_is_its_last(clerk, today, same_day):
    with time_machine.travel(at(today), tick=False):
        assert str(Desk(clerk).same_day) == same_day


def test_desk_says_how_many_sessions_this_week_has_and_the_last_had(client, clerk, station):
    activity = make_activity(station=station)
    for day in ("2026-11-23", "2026-11-29", "2026-11-22", "2026-11-30"):
        make_session(activity=activity, starts_at=at(day))

    html = page(client, clerk)

    assert "这一周（11月23日到11月29日）有<b>2</b>场活动，上一周有1场。" in html
