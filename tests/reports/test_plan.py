"""月计划: a station's own plan of a month, off until adopted, beside what was held."""

from datetime import date

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import DateField, Value
from django.urls import reverse

from practice_portal.lib.months import Month
from reports.models import Plan, PlanLine
from reports.plans import planned_in, progress
from tests.factories import (
    at,
    make_activity,
    make_held_session,
    make_plan,
    make_session,
    make_summary,
)

NOVEMBER = Month(2026, 11)
ADD = "/admin/reports/plan/add/"


@pytest.fixture(autouse=True)
def november(db):
    with time_machine.travel(at("2026-11-24", "12:00"), tick=False):
        yield


def change(plan) -> str:
    return reverse("admin:reports_plan_change", args=[plan.pk])


def typed(plan, *, is_adopted=True, **sessions) -> dict:
    """What the form sends: the numbers of the platforms that are given, the others blank."""
    lines = list(plan.lines.all())
    data = {"lines-TOTAL_FORMS": len(lines), "lines-INITIAL_FORMS": len(lines)}
    for place, line in enumerate(lines):
        data |= {
            f"lines-{place}-id": line.pk,
            f"lines-{place}-plan": plan.pk,
            f"lines-{place}-sessions": sessions.get(line.platform, ""),
            f"lines-{place}-words": "",
        }
    return data | ({"is_adopted": "on"} if is_adopted else {})


def numbers(plan) -> dict:
    return {line.platform: line.sessions for line in plan.lines.all() if line.sessions}


def held(station, platform="culture", day="2026-11-03", **values):
    activity = make_activity(station=station, platform=platform, **values)
    return make_held_session(activity=activity, starts_at=at(day))


# The rows -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "broken",
    [
        lambda plan: Plan.objects.create(station=plan.station, month=plan.month),
        lambda plan: Plan.objects.update(month=Value(date(2026, 11, 2), DateField())),
        lambda plan: PlanLine.objects.create(plan=plan, platform="culture"),
        lambda plan: plan.lines.filter(platform="culture").update(platform="games"),
        lambda plan: plan.lines.update(sessions=100),
    ],
    ids=["twice", "no month", "platform twice", "no platform", "too many"],
)
def test_plan_is_kept_whole_by_the_database(broken, station):
    plan = make_plan(station=station)

    with pytest.raises(IntegrityError), transaction.atomic():
        broken(plan)


def test_plan_of_an_approved_month_is_not_rewritten(station, clerk, director):
    plan = make_plan(station=station, month=Month(2026, 10))
    plan.clean()
    summary = make_summary(station=station, month=Month(2026, 10))
    summary.take("submit", by=clerk)
    summary.take("approve", by=director)

    assert plan.is_frozen
    with pytest.raises(ValidationError, match="2026年10月的总结已通过"):
        plan.clean()


# Writing it ---------------------------------------------------------------------------------------


def test_plan_begins_with_the_numbers_of_the_one_before(client, clerk, station, other_station):
    make_plan(station=other_station, month=Month(2026, 10), lines={"fitness": 9})
    make_plan(station=station, month=Month(2026, 9), lines={"theory": 7})
    before = make_plan(station=station, month=Month(2026, 10), lines={"culture": 3})
    assert numbers(before) == {"theory": 7, "culture": 3}
    before.lines.filter(platform="culture").update(words="合唱、剪纸")
    client.force_login(clerk)

    assert 'value="2026-11"' in client.get(ADD).content.decode()
    response = client.post(ADD, {"station": station.pk, "month": "2026-11"}, follow=True)

    plan = Plan.objects.get(month=NOVEMBER)
    assert response.redirect_chain == [(change(plan), 302)]
    assert (plan.station, plan.adopted_on) == (station, None)
    assert numbers(plan) == {"theory": 7, "culture": 3}
    assert plan.lines.get(platform="culture").words == "合唱、剪纸"
    assert plan.lines.count() == 6
    assert "2026年11月计划开好了" in response.content.decode()


def test_plan_form_offers_the_next_month_that_has_none(client, clerk, station):
    make_plan(station=station)
    client.force_login(clerk)

    assert 'value="2026-12"' in client.get(ADD).content.decode()


@pytest.mark.parametrize(
    ("month", "error"),
    [
        ("2026-10", "2026年10月已经过完，不用再补计划。"),
        ("2027-12", "请选一年以内的月份。"),
        ("2026-13", "请按“2026-10”的样子填写月份。"),
        ("2026-12", "这个月的计划已经有了，到列表里打开它改就行。"),
    ],
)
def test_plan_of_a_month_that_cannot_be_planned_is_refused(client, clerk, station, month, error):
    make_plan(station=station, month=Month(2026, 12))
    client.force_login(clerk)

    response = client.post(ADD, {"station": station.pk, "month": month})

    assert error in response.content.decode()
    assert Plan.objects.count() == 1


def test_plan_for_another_station_is_refused(client, clerk, other_station):
    client.force_login(clerk)

    response = client.post(ADD, {"station": other_station.pk, "month": "2026-11"})

    assert response.status_code == 200
    assert not Plan.objects.exists()


def test_plan_is_adopted_with_a_tick_and_put_off_without(client, clerk, station):
    plan = make_plan(station=station, adopted=False)
    client.force_login(clerk)

    client.post(change(plan), typed(plan, theory=1, science=2))
    plan.refresh_from_db()
    assert plan.adopted_on == date(2026, 11, 24)
    assert numbers(plan) == {"theory": 1, "science": 2}

    with time_machine.travel(at("2026-11-26"), tick=False):
        client.force_login(clerk)
        client.post(change(plan), typed(plan, theory=3))
    plan.refresh_from_db()
    assert (plan.adopted_on, numbers(plan)) == (date(2026, 11, 24), {"theory": 3})

    client.force_login(clerk)
    client.post(change(plan), typed(plan, is_adopted=False, theory=3))
    plan.refresh_from_db()
    assert plan.adopted_on is None


def test_plan_without_a_number_is_not_adopted(client, clerk, station):
    plan = make_plan(station=station, adopted=False)
    client.force_login(clerk)

    response = client.post(change(plan), typed(plan))

    assert "还没有写几场。至少写一场再采用，或者先不打勾。" in response.content.decode()
    plan.refresh_from_db()
    assert plan.adopted_on is None


def test_plan_of_an_approved_month_opens_only_to_be_read(client, clerk, director, station):
    plan = make_plan(station=station, month=Month(2026, 10), lines={"culture": 3})
    summary = make_summary(station=station, month=Month(2026, 10))
    client.force_login(clerk)
    assert 'name="_save"' in client.get(change(plan)).content.decode()
    summary.take("submit", by=clerk)
    summary.take("approve", by=director)

    page = client.get(change(plan))
    saved = client.post(change(plan), typed(plan, culture=9))
    deleted = client.post(reverse("admin:reports_plan_delete", args=[plan.pk]), {"post": "yes"})

    assert page.status_code == 200
    assert 'name="_save"' not in page.content.decode()
    assert (saved.status_code, deleted.status_code) == (403, 403)
    assert numbers(plan) == {"culture": 3}


def test_plan_list_says_how_many_sessions(client, clerk, station):
    make_plan(station=station, lines={"culture": 4, "theory": 2})
    client.force_login(clerk)

    html = client.get(reverse("admin:reports_plan_changelist")).content.decode()

    assert "2026年11月" in html
    assert "6场" in html


# Beside what was held -----------------------------------------------------------------------------


def test_plan_progress_counts_held_unfilled_and_coming_by_platform(station, other_station):
    make_plan(station=station, lines={"culture": 3, "theory": 2, "fitness": 1})
    held(station)
    held(station, day="2026-11-10", cohosts=[other_station])
    held(other_station, cohosts=[station], platform="theory")
    held(station, day="2026-10-31")  # last month's
    held(other_station)  # another's
    culture = make_activity(station=station, platform="culture")
    make_session(activity=culture, starts_at=at("2026-11-28"))
    make_session(activity=culture, starts_at=at("2026-11-29"), status="cancelled")
    make_session(activity=culture, starts_at=at("2026-12-01"))
    science = make_activity(station=station, platform="science")
    make_session(activity=science, starts_at=at("2026-11-23"))
    withdrawn = make_activity(station=station, platform="fitness", status="withdrawn")
    make_session(activity=withdrawn, starts_at=at("2026-11-28"))

    figures = progress(NOVEMBER, planned_in(NOVEMBER))

    assert [(each.label, each.words) for each in figures] == [
        ("合计", "计划6场，已办3场，办完没填结果的1场，还排着1场"),
        ("理论宣讲", "计划2场，已办1场"),
        ("文化服务", "计划3场，已办2场，还排着1场"),
        ("科技与科普服务", "计划里没有，办完没填结果的1场"),
        ("健身体育服务", "计划1场，还没有办，也没有排"),
    ]


def test_plan_that_is_not_adopted_stands_beside_nothing(station):
    make_plan(station=station, adopted=False)

    assert planned_in(NOVEMBER) == {}
    assert progress(NOVEMBER, {}) == []


# The desk -----------------------------------------------------------------------------------------


def desk(client, user) -> str:
    client.force_login(user)
    return client.get(reverse("admin:index")).content.decode()


def test_desk_sets_the_month_beside_the_own_plan(client, clerk, station, other_station):
    plan = make_plan(station=station)
    make_plan(station=other_station, lines={"convenience": 50})
    held(station)

    html = desk(client, clerk)

    assert "本月<b>计划6场，已办1场</b>" in html
    assert "<li>理论宣讲：计划2场，还没有办，也没有排</li>" in html
    assert f'href="{change(plan)}">看计划</a>' in html
    assert "50场" not in html
    assert "写一份本月计划" not in html


def test_desk_without_an_adopted_plan_says_only_where_to_write_one(client, clerk, station):
    assert f'<a href="{ADD}">写一份本月计划</a>' in desk(client, clerk)

    make_plan(station=station, adopted=False)
    html = desk(client, clerk)

    assert "2026年11月计划还没有采用，接着写" in html
    assert "写一份本月计划" not in html
    assert "计划6场" not in html


def test_desk_of_the_street_office_adds_up_the_adopted_plans(
    client, director, centre, station, other_station
):
    make_plan(station=station)
    make_plan(station=other_station, lines={"convenience": 5})
    make_plan(station=centre, adopted=False)
    held(station, cohosts=[other_station])

    html = desk(client, director)

    assert "有2份采用了的计划，合起来本月计划11场，已办2场。" in html


# The month's pages --------------------------------------------------------------------------------


def test_month_page_sets_each_station_beside_its_own_plan(
    client, director, centre, station, other_station
):
    make_plan(station=station)
    make_plan(station=centre, lines={"science": 9}, adopted=False)
    held(station, cohosts=[other_station])
    client.force_login(director)

    html = client.get("/reports/2026-11/").content.decode()

    assert "采用了的计划有1份，一共6场；这1个单位办了1场，联办的各算一场。" in html
    assert html.count("<small>计划6场</small>") == 2  # in the table, and in the list of the phone
    assert "9场" not in html


def test_month_page_without_plans_says_nothing_of_them(client, director, centre, station):
    make_plan(station=station, adopted=False)
    client.force_login(director)

    assert "计划" not in client.get("/reports/2026-11/").content.decode()


def test_summary_page_sets_its_figures_beside_the_plan(client, clerk, station):
    make_plan(station=station)
    summary = make_summary(station=station, month=NOVEMBER)
    held(station)
    client.force_login(clerk)

    html = client.get(summary.get_absolute_url()).content.decode()

    assert "计划6场，上月0场" in html
    assert html.count("<small>计划4场</small>") == 1
    assert "<small>计划2场</small>" in html
