"""The street office's pages: one month, a station's month, and the rows behind each figure."""

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.urls import reverse
from django.utils import timezone

from activities.models import Session
from practice_portal.lib.months import Month
from reports.models import MonthlySummary
from tests.factories import (
    at,
    make_activity,
    make_centre,
    make_demand,
    make_entry,
    make_held_session,
    make_station,
    make_summary,
    make_user,
    make_volunteer,
)

OCTOBER = Month(2026, 10)
MONTH = "/reports/2026-10/"


@pytest.fixture(autouse=True)
def november(db):
    with time_machine.travel("2026-11-23 10:00 +0800", tick=False):
        yield


@pytest.fixture
def october(station):
    """What 南湖 did in October: two sessions for 30 and 12 people, and one demand."""
    for day, people in (("2026-10-06", 30), ("2026-10-31", 12)):
        activity = make_activity(station=station, title=f"{day[5:]}读报会")
        make_held_session(activity=activity, starts_at=at(day), people_served=people)
    make_held_session(
        activity=make_activity(station=station), starts_at=at("2026-11-01"), people_served=99
    )
    make_demand(station=station, submitted_at=at("2026-10-08"))


def messages(response):
    return [str(message) for message in response.context["messages"]]


def errors(response):
    return [error for errors in response.context["form"].errors.values() for error in errors]


def cells(row):
    return {cell.metric.code: cell.value for cell in row.cells}


def hand_in(summary, by=None):
    summary.take("submit", by=by)
    return summary


# The month ----------------------------------------------------------------------------------------


def test_month_shows_stations_in_their_order_with_the_total(client, director, station, october):
    first = make_station(name="示例早社区", position=5)
    MonthlySummary.objects.draw_up(OCTOBER)
    client.force_login(director)

    sheet = client.get(MONTH).context["sheet"]

    assert [row.station.name for row in sheet.rows] == ["示例早社区", "南湖社区", "钢城街道"]
    assert [cells(row)["activities.people_served"] for row in sheet.rows] == [0, 42, 0]
    assert cells(sheet.total)["activities.sessions_held"] == 2
    assert cells(sheet.total)["services.needs_collected"] == 1
    assert first.summaries.get().status == "draft"


def test_month_stands_beside_the_month_before(client, director, station, october):
    client.force_login(director)

    sheet = client.get("/reports/2026-11/").context["sheet"]

    [cell] = [c for c in sheet.total.cells if c.metric.code == "activities.people_served"]
    assert (cell.value, cell.before) == (99, 42)


def test_joint_activity_counts_once_for_the_street(client, director, station, other_station):
    activity = make_activity(station=station, cohosts=[other_station])
    make_held_session(activity=activity, starts_at=at("2026-10-06"), people_served=30)
    for summary in MonthlySummary.objects.draw_up(OCTOBER):
        if summary.station == station:  # one frozen, one not: still once
            hand_in(summary).take("approve", by=director)
    client.force_login(director)

    sheet = client.get(MONTH).context["sheet"]

    assert [cells(row)["activities.sessions_held"] for row in sheet.rows] == [1, 1, 0]
    assert cells(sheet.total)["activities.sessions_held"] == 1
    assert cells(sheet.total)["activities.people_served"] == 30


def test_unknown_is_blank_and_not_zero(client, director, station):
    MonthlySummary.objects.draw_up(OCTOBER)
    client.force_login(director)

    response = client.get(MONTH)

    row = response.context["sheet"].rows[0]
    assert cells(row)["learning.online_party_members"] is None
    assert "未填" in response.content.decode()


def test_month_needs_the_same_queries_for_two_and_for_twelve_stations(
    client, director, station, october, django_assert_max_num_queries
):
    client.force_login(director)
    for _ in range(12):
        make_held_session(
            activity=make_activity(station=make_station()), starts_at=at("2026-10-07")
        )
    MonthlySummary.objects.draw_up(OCTOBER)

    with django_assert_max_num_queries(21):
        client.get(MONTH)


@pytest.mark.parametrize("path", [MONTH, f"{MONTH}lines/activities.sessions_held/"])
def test_month_of_the_street_is_the_street_offices(client, clerk, path):
    assert client.get(path).url.startswith("/admin/login/")
    client.force_login(clerk)
    assert client.get(path).status_code == 403


def test_account_without_a_role_sees_no_summary(client, station):
    client.force_login(make_user(station=station))

    assert client.get("/reports/").status_code == 403


@pytest.mark.parametrize(
    "path", ["/reports/2026-13/", "/reports/2026-1/", "/reports/1900-01/", f"{MONTH}nowhere/"]
)
def test_absent_month_or_station_is_404(client, director, path):
    client.force_login(director)

    assert client.get(path).status_code == 404


@pytest.mark.parametrize("path", ["/reports/", MONTH, f"{MONTH}lines/activities.sessions_held/"])
def test_pages_are_only_read(client, director, path):
    client.force_login(director)

    assert client.post(path).status_code == 405


# Drawing up ---------------------------------------------------------------------------------------


def test_drawing_up_makes_a_draft_for_each_and_for_the_centre(client, director, station):
    client.force_login(director)

    response = client.post("/reports/draw-up/", {"month": "2026-10"}, follow=True)

    assert messages(response) == ["2026年10月的总结起草好了，共2份，数字会随记录自己更新。"]
    assert list(MonthlySummary.objects.values_list("station__name", "month", "status")) == [
        ("钢城街道", OCTOBER, "draft"),
        ("南湖社区", OCTOBER, "draft"),
    ]


@pytest.mark.parametrize(
    ("month", "answer"),
    [
        ("2026-12", "2026年12月还没到，到了再起草。"),
        ("1900-01", "2018年以前还没有实践所，请选晚一点的月份。"),
        ("十月", "请按“2026-10”的样子填写月份。"),
        ("", "这一项要填。"),
    ],
)
def test_drawing_up_what_is_no_month_says_so(client, director, month, answer):
    client.force_login(director)

    response = client.post("/reports/draw-up/", {"month": month})

    assert response.status_code == 200
    assert response.context["form"].errors == {"month": [answer]}
    assert not MonthlySummary.objects.exists()


def test_clerk_does_not_draw_up(client, clerk):
    client.force_login(clerk)

    assert client.post("/reports/draw-up/", {"month": "2026-10"}).status_code == 403
    assert client.get("/reports/draw-up/").status_code == 403


def test_command_draws_up_and_says_so(station, capsys):
    make_centre()

    call_command("draw_up_month", "2026-10")
    call_command("draw_up_month", "2026-10")

    assert capsys.readouterr().out.splitlines()[-1] == "2026年10月共2份总结。"
    assert MonthlySummary.objects.count() == 2


@pytest.mark.parametrize("month", ["2026-12", "2026-13", "October"])
def test_command_refuses_what_is_no_month_yet(db, month):
    with pytest.raises(CommandError):
        call_command("draw_up_month", month)


# A station's month --------------------------------------------------------------------------------


def test_clerk_sees_only_the_own_summaries(client, clerk, station, other_station):
    mine = make_summary(station=station, month=OCTOBER)
    theirs = make_summary(station=other_station, month=OCTOBER)
    client.force_login(clerk)

    [month] = client.get("/reports/").context["months"]

    assert month["summaries"] == [mine]
    assert client.get(mine.get_absolute_url()).status_code == 200
    assert client.get(theirs.get_absolute_url()).status_code == 404
    lines = f"{theirs.get_absolute_url()}lines/activities.sessions_held/"
    assert client.get(lines).status_code == 404


def test_figure_opens_the_rows_it_is_made_of(client, clerk, station, october):
    summary = make_summary(station=station, month=OCTOBER)
    client.force_login(clerk)

    response = client.get(f"{summary.get_absolute_url()}lines/activities.people_served/")

    lines = [(line.text, line.amount) for line in response.context["lines"]]
    assert lines == [
        ("2026年10月6日（周二）10-06读报会（南湖社区）", 30),
        ("2026年10月31日（周六）10-31读报会（南湖社区）", 12),
    ]
    assert response.context["total"] == 42


def test_joint_activity_is_marked_in_the_lines(client, clerk, station, other_station):
    activity = make_activity(station=other_station, title="邻里饺子会", cohosts=[station])
    make_held_session(activity=activity, starts_at=at("2026-10-06"), people_served=30)
    summary = make_summary(station=station, month=OCTOBER)
    client.force_login(clerk)

    response = client.get(f"{summary.get_absolute_url()}lines/activities.sessions_held/")

    [line] = response.context["lines"]
    assert line.text == "2026年10月6日（周二）邻里饺子会（示例邻社区主办，南湖社区联办）"


def test_hours_name_a_volunteer_by_number_and_mask(client, clerk, lead, station):
    volunteer = make_volunteer(station=station, name="宋示例", number="ZY000007")
    entry = make_entry(volunteer=volunteer, served_on=at("2026-10-08").date(), entered_by=clerk)
    entry.take("confirm", by=lead)
    summary = make_summary(station=station, month=OCTOBER)
    client.force_login(clerk)

    response = client.get(f"{summary.get_absolute_url()}lines/volunteers.hours_supplementary/")

    [line] = response.context["lines"]
    assert line.text == "2026年10月8日（周四）给邻居理发，ZY000007 宋**"
    assert "宋示例" not in response.content.decode()


def test_unknown_figure_is_404(client, clerk, station):
    summary = make_summary(station=station, month=OCTOBER)
    client.force_login(clerk)

    assert client.get(f"{summary.get_absolute_url()}lines/stations.built/").status_code == 404
    assert client.get(f"{summary.get_absolute_url()}lines/nonsense/").status_code == 404


# Review -------------------------------------------------------------------------------------------


def review(client, summary, name, **data):
    if name == "approve" and "figures" not in data:
        data["figures"] = client.get(summary.get_absolute_url()).context["row"].fingerprint
    return client.post(f"{summary.get_absolute_url()}{name}/", data, follow=True)


def test_director_approves_what_was_on_the_page(client, director, clerk, station, october):
    summary = hand_in(make_summary(station=station, month=OCTOBER), by=clerk)
    client.force_login(director)

    response = review(client, summary, "approve", back="month")

    assert messages(response) == ["南湖社区 2026年10月总结已通过。"]
    assert response.redirect_chain == [(MONTH, 302)]
    summary.refresh_from_db()
    assert summary.status == "approved"
    assert summary.figures.get(code="activities.people_served").value == 42


def test_figures_that_moved_under_the_reader_are_not_approved(
    client, director, clerk, station, october
):
    summary = hand_in(make_summary(station=station, month=OCTOBER), by=clerk)
    client.force_login(director)
    seen = client.get(f"{summary.get_absolute_url()}approve/").context["row"].fingerprint
    make_demand(station=station, submitted_at=at("2026-10-09"))

    response = review(client, summary, "approve", figures=seen)

    assert errors(response) == ["数字在您看的时候变了，还没有通过。请再看一遍下面新的数字。"]
    assert cells(response.context["row"])["services.needs_collected"] == 2
    summary.refresh_from_db()
    assert summary.status == "submitted"


def test_return_needs_words(client, director, clerk, station):
    summary = hand_in(make_summary(station=station, month=OCTOBER), by=clerk)
    client.force_login(director)

    assert errors(review(client, summary, "return")) == ["退回时请写上意见，好让社区知道改什么。"]
    review(client, summary, "return", remark="10月18日那场没填人数。")

    summary.refresh_from_db()
    assert summary.status == "returned"
    assert "10月18日那场没填人数。" in client.get(summary.get_absolute_url()).content.decode()


def test_remark_of_a_thousand_characters_is_refused(client, director, clerk, station):
    summary = hand_in(make_summary(station=station, month=OCTOBER), by=clerk)
    client.force_login(director)

    response = review(client, summary, "return", remark="长" * 501)

    assert "长" * 501 in response.content.decode()  # nothing typed is lost
    summary.refresh_from_db()
    assert summary.status == "submitted"


def test_clerk_reviews_nothing(client, clerk, station):
    summary = hand_in(make_summary(station=station, month=OCTOBER))
    client.force_login(clerk)

    for name in ("approve", "return"):
        answer = client.post(f"{summary.get_absolute_url()}{name}/", {"remark": "x"})
        assert answer.status_code == 403
    summary.refresh_from_db()
    assert summary.status == "submitted"


def test_nobody_approves_what_they_handed_in(client, director, station):
    summary = hand_in(make_summary(station=station, month=OCTOBER), by=director)
    client.force_login(director)

    response = review(client, summary, "approve")

    assert errors(response) == ["自己经手的不能自己通过，请另一位同事来办。"]


@pytest.mark.parametrize("name", ["submit", "nonsense"])
def test_other_steps_are_not_reviews(client, director, station, name):
    summary = make_summary(station=station, month=OCTOBER)
    client.force_login(director)

    assert client.post(f"{summary.get_absolute_url()}{name}/").status_code == 404
    assert client.get(f"{summary.get_absolute_url()}{name}/").status_code == 404


@pytest.mark.parametrize("name", ["approve", "return"])
def test_review_asks_before_anything_is_done(client, director, station, october, name):
    summary = hand_in(make_summary(station=station, month=OCTOBER, highlights="读报有人听"))
    client.force_login(director)

    response = client.get(f"{summary.get_absolute_url()}{name}/?back=month")

    assert response.status_code == 200
    assert "读报有人听" in response.content.decode()
    assert response.context["form"]["back"].value() == "month"
    summary.refresh_from_db()
    assert summary.status == "submitted"


def test_what_is_not_handed_in_is_not_reviewed(client, director, station):
    summary = make_summary(station=station, month=OCTOBER)
    client.force_login(director)

    response = client.get(f"{summary.get_absolute_url()}approve/", follow=True)

    assert messages(response) == ["南湖社区 2026年10月总结现在是“未交”，不能通过。"]


def test_return_that_comes_too_late_keeps_what_was_typed(client, director, station):
    summary = make_summary(station=station, month=OCTOBER)  # a colleague has returned it already
    client.force_login(director)

    response = client.post(f"{summary.get_absolute_url()}return/", {"remark": "人次再核一下"})

    assert response.context["form"].non_field_errors() == ["现在是“未交”，不能退回。"]
    assert "人次再核一下</textarea>" in response.content.decode()
    assert list(summary.changes.all()) == []


def test_approval_without_the_figures_that_were_seen_is_refused(client, director, station):
    summary = hand_in(make_summary(station=station, month=OCTOBER))
    client.force_login(director)

    client.post(f"{summary.get_absolute_url()}approve/")

    summary.refresh_from_db()
    assert summary.status == "submitted"


def test_corrections_show_beside_the_frozen_figure(client, director, clerk, station, october):
    summary = hand_in(make_summary(station=station, month=OCTOBER), by=clerk)
    summary.take("approve", by=director)
    late = make_activity(station=station, title="补填的读报会")
    make_held_session(activity=late, starts_at=at("2026-10-20"), people_served=8)
    client.force_login(director)

    page = client.get(summary.get_absolute_url()).content.decode()
    lines = client.get(f"{summary.get_absolute_url()}lines/activities.people_served/")

    assert "更正：现在是50人次" in page
    assert lines.context["total"] == 42
    assert [line.text for line in lines.context["added"]] == [
        "2026年10月20日（周二）补填的读报会（南湖社区）"
    ]
    assert lines.context["gone"] == []
    assert cells(client.get(MONTH).context["sheet"].total)["activities.people_served"] == 42


def test_all_figures_of_a_summary_are_folded_until_one_differs(
    client, director, clerk, station, october
):
    summary = make_summary(station=station, month=OCTOBER)
    hand_in(summary)
    summary.take("approve", by=director)
    client.force_login(clerk)
    address = f"{MONTH}{station.slug}/"
    folded, unfolded = '<details class="slip mt-4">', '<details class="slip mt-4" open>'

    html = client.get(address).content.decode()
    assert folded in html
    assert unfolded not in html

    session = Session.objects.get(people_served=30)
    session.people_served = 31
    session.save()

    assert unfolded in client.get(address).content.decode()


def test_rows_that_changed_to_the_same_sum_show_beside_the_figure(
    client, director, clerk, station, october, django_assert_max_num_queries
):
    summary = hand_in(make_summary(station=station, month=OCTOBER), by=clerk)
    summary.take("approve", by=director)
    client.force_login(director)
    assert "明细有更正" not in client.get(MONTH).content.decode()
    first, second = Session.objects.filter(ends_at__lt=OCTOBER.end).order_by("ends_at")
    first.people_served, second.people_served = 12, 30
    first.save()
    second.save()

    with django_assert_max_num_queries(25):
        month = client.get(MONTH)
    page = client.get(summary.get_absolute_url()).content.decode()

    marked = [c.metric.code for row in month.context["sheet"].rows for c in row.cells
              if c.is_made_otherwise]  # fmt: skip
    assert marked == ["activities.people_served"]
    assert "明细有更正" in month.content.decode()
    assert page.count("明细有更正") == 1
    assert "更正：现在是" not in page


# What whoever edits the rows is told --------------------------------------------------------------

FROZEN = "2026年10月的总结已通过：改动会作为更正显示，冻结的数字不变。"


def session_form(session, **values) -> dict:
    starts, ends = timezone.localtime(session.starts_at), timezone.localtime(session.ends_at)
    return {
        "people_served": 20, "volunteers_served": 3, "story": "", "address": "", "capacity": "",
        "walk_in_places": "0",
        "venue": "", "day": starts.date(), "starts": f"{starts:%H:%M}", "ends": f"{ends:%H:%M}",
        **values,
    }  # fmt: skip


@pytest.mark.parametrize("role", ["host", "cohost"])
def test_clerk_is_told_before_and_after_that_a_month_is_approved(
    client, director, clerk, station, other_station, role
):
    """Also when it is the month of a station that held it together with ours."""
    activity = make_activity(station=station, cohosts=[other_station])
    held = make_held_session(activity=activity, starts_at=at("2026-10-06"))
    address = reverse("admin:activities_session_change", args=[held.pk])
    client.force_login(clerk)
    assert FROZEN not in client.get(address).content.decode()
    approved_at = station if role == "host" else other_station
    summary = hand_in(make_summary(station=approved_at, month=OCTOBER), by=clerk)
    summary.take("approve", by=director)

    form = client.get(address).content.decode()
    of_the_activity = client.get(reverse("admin:activities_activity_change", args=[activity.pk]))
    unchanged = client.post(address, session_form(held), follow=True)
    changed = client.post(address, session_form(held, people_served=25), follow=True)

    assert FROZEN in form
    assert FROZEN in of_the_activity.content.decode()
    assert FROZEN not in messages(unchanged)
    assert FROZEN in messages(changed)
    held.refresh_from_db()
    assert held.people_served == 25


def test_clerk_is_told_that_a_session_leaves_an_approved_month(client, director, clerk, station):
    held = make_held_session(activity=make_activity(station=station), starts_at=at("2026-10-06"))
    summary = hand_in(make_summary(station=station, month=OCTOBER), by=clerk)
    summary.take("approve", by=director)
    client.force_login(clerk)
    address = reverse("admin:activities_session_change", args=[held.pk])

    moved = client.post(address, session_form(held, day="2026-11-06"), follow=True)

    assert FROZEN in messages(moved)


# The clerk's form ---------------------------------------------------------------------------------


def words(summary):
    return reverse("admin:reports_monthlysummary_change", args=[summary.pk])


def test_clerk_adds_words_and_hands_in(client, clerk, station, october):
    summary = make_summary(station=station, month=OCTOBER)
    client.force_login(clerk)
    assert "42" in client.get(words(summary)).content.decode()

    response = client.post(
        words(summary),
        {"highlights": "读报会有了固定的读者。", "_step_submit": "x"},
        follow=True,
    )

    assert messages(response)[-1] == "“南湖社区 2026年10月总结”已提交。"
    summary.refresh_from_db()
    assert (summary.status, summary.highlights) == ("submitted", "读报会有了固定的读者。")


def test_words_are_closed_while_the_street_reads(client, clerk, station):
    summary = hand_in(make_summary(station=station, month=OCTOBER, highlights="原来的话"))
    client.force_login(clerk)

    client.post(words(summary), {"highlights": "悄悄改的话"})

    summary.refresh_from_db()
    assert summary.highlights == "原来的话"


def test_month_that_is_not_over_is_not_handed_in(client, clerk, station):
    summary = make_summary(station=station, month=Month(2026, 11))
    client.force_login(clerk)

    response = client.post(words(summary), {"_step_submit": "x"}, follow=True)

    assert messages(response)[-1] == "2026年11月还没过完，下月1日起再提交。"


def test_clerk_cannot_press_the_street_offices_buttons(client, clerk, station):
    summary = hand_in(make_summary(station=station, month=OCTOBER))
    client.force_login(clerk)

    client.post(words(summary), {"_step_approve": "x"})

    summary.refresh_from_db()
    assert summary.status == "submitted"


def test_summaries_are_neither_typed_in_nor_deleted(client, director, station):
    summary = make_summary(station=station, month=OCTOBER)
    client.force_login(director)

    assert client.get("/admin/reports/monthlysummary/add/").status_code == 403
    assert client.get(f"/admin/reports/monthlysummary/{summary.pk}/delete/").status_code == 403


def test_joint_activity_frozen_twice_counts_as_its_lines_say(client, director, clerk):
    host, cohost = make_station(position=50), make_station(position=51)
    activity = make_activity(station=host, cohosts=[cohost])
    session = make_held_session(activity=activity, starts_at=at("2026-10-06"), people_served=30)
    MonthlySummary.objects.draw_up(OCTOBER)
    for station, people in ((cohost, 30), (host, 45)):
        session.people_served = people
        session.save()
        hand_in(station.summaries.get(), by=clerk).take("approve", by=director)
    client.force_login(director)

    total = cells(client.get(MONTH).context["sheet"].total)["activities.people_served"]
    lines = client.get(f"{MONTH}lines/activities.people_served/").context["total"]

    assert total == lines == 30  # the cohost comes last in the street's order


def test_month_before_keeps_the_rows_of_a_station_that_has_closed(client, director, station):
    make_held_session(
        activity=make_activity(station=station), starts_at=at("2026-09-06"), people_served=30
    )
    station.ended_on = at("2026-10-01").date()
    station.save()
    client.force_login(director)

    sheet = client.get(MONTH).context["sheet"]

    [cell] = [c for c in sheet.total.cells if c.metric.code == "activities.people_served"]
    assert (cell.value, cell.before) == (0, 30)


def test_month_lists_a_station_that_has_closed_and_has_a_summary(client, director, station):
    make_summary(station=station, month=OCTOBER)
    station.ended_on = at("2026-10-01").date()
    station.save()
    client.force_login(director)

    sheet = client.get(MONTH).context["sheet"]

    assert [row.station.name for row in sheet.rows] == ["南湖社区", "钢城街道"]


def test_clerks_form_of_the_admin_does_not_approve(client, director, clerk, station):
    summary = hand_in(make_summary(station=station, month=OCTOBER), by=clerk)
    client.force_login(director)

    response = client.post(words(summary), {"_step_approve": "x"}, follow=True)

    assert messages(response)[-1] == "已保存；这一步现在不能办，请看看它现在的状态。"
    summary.refresh_from_db()
    assert summary.status == "submitted"


def test_approval_copes_with_many_cohosts(director, clerk, station):
    cohosts = [make_station(name=f"名字特别特别长的示例社区第{n:02}号居民小区") for n in range(13)]
    activity = make_activity(station=station, cohosts=cohosts)
    make_held_session(activity=activity, starts_at=at("2026-10-06"))
    summary = hand_in(make_summary(station=station, month=OCTOBER), by=clerk)

    summary.take("approve", by=director)

    assert summary.figures.get(code="activities.sessions_held").lines.count() == 1
