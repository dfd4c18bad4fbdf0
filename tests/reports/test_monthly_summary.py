from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.db import IntegrityError, transaction

from practice_portal.lib import metrics
from practice_portal.lib.months import Month
from practice_portal.lib.workflow import IllegalStep
from reports.models import FrozenFigure, FrozenLine, MonthlySummary
from tests.factories import (
    at,
    make_activity,
    make_entry,
    make_held_session,
    make_online_study,
    make_session,
    make_station,
    make_summary,
    make_volunteer,
)

OCTOBER = Month(2026, 10)


@pytest.fixture(autouse=True)
def _in_november():
    with time_machine.travel(at("2026-11-10", "10:00"), tick=False):
        yield


@pytest.fixture
def reviewer(director):
    return director


def held(station, day="2026-10-20", **values):
    return make_held_session(
        activity=make_activity(station=station),
        starts_at=at(day),
        **{"people_served": 20, **values},
    )


def frozen(summary) -> dict:
    return dict(summary.figures.values_list("code", "value"))


def live(summary) -> dict:
    return {m.code: m.total_of(summary.live_lines(m)) for m in metrics.monthly()}


def approved(summary, clerk, director):
    summary.take("submit", by=clerk)
    summary.take("approve", by=director)
    return summary


# Drawing up ---------------------------------------------------------------------------------------


def test_summary_draw_up_makes_one_for_every_station_and_the_centre(centre, station, other_station):
    make_station(ended_on=date(2026, 10, 1))
    make_station(started_on=date(2026, 11, 1))
    last = make_station(started_on=date(2026, 10, 31), position=31950)
    first = make_station(ended_on=date(2026, 10, 2), position=31960)

    drawn = MonthlySummary.objects.draw_up(OCTOBER)

    assert [(s.station, s.month, s.status) for s in drawn] == [
        (house, OCTOBER, "draft") for house in (centre, station, other_station, last, first)
    ]


def test_summary_draw_up_again_keeps_what_is_there(centre, station, clerk):
    MonthlySummary.objects.draw_up(OCTOBER)
    summary = MonthlySummary.objects.get(station=station)
    summary.highlights = "剪纸进楼道"
    summary.save()
    summary.take("submit", by=clerk)
    before = list(MonthlySummary.objects.order_by("pk").values())
    new = make_station()

    drawn = MonthlySummary.objects.draw_up(OCTOBER)

    assert list(MonthlySummary.objects.exclude(station=new).order_by("pk").values()) == before
    assert {s.station for s in drawn} == {centre, station, new}


def test_summary_draw_up_of_this_month_is_fine_and_of_the_next_is_not(centre):
    assert len(MonthlySummary.objects.draw_up(Month(2026, 11))) == 1

    with pytest.raises(ValueError):
        MonthlySummary.objects.draw_up(Month(2026, 12))
    assert MonthlySummary.objects.count() == 1


def test_summary_is_one_a_month(station):
    make_summary(station=station, month=OCTOBER)

    with pytest.raises(IntegrityError), transaction.atomic():
        make_summary(station=station, month=OCTOBER)


# Handing in and reviewing -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("now", "is_over"),
    [
        (("2026-10-31", "23:59"), False),
        (("2026-11-01", "0:00"), True),
    ],
)
def test_summary_is_submitted_after_the_months_end(station, clerk, now, is_over):
    summary = make_summary(station=station, month=OCTOBER)

    with time_machine.travel(at(*now), tick=False):
        if is_over:
            summary.take("submit", by=clerk)
        else:
            with pytest.raises(IllegalStep) as refused:
                summary.take("submit", by=clerk)
            assert refused.value.message == "2026年10月还没过完，下月1日起再提交。"

    assert summary.status == ("submitted" if is_over else "draft")
    assert summary.can_be_written is not is_over


def test_summary_is_not_approved_by_whoever_submitted_it(station, director, clerk):
    summary = make_summary(station=station, month=OCTOBER)
    summary.take("submit", by=director)

    with pytest.raises(IllegalStep) as refused:
        summary.take("approve", by=director)

    assert refused.value.message == "自己经手的不能自己通过，请另一位同事来办。"
    assert not FrozenFigure.objects.exists()


def test_summary_is_not_reviewed_by_the_station(station, clerk, lead):
    summary = make_summary(station=station, month=OCTOBER)
    summary.take("submit", by=clerk)

    for person in (clerk, lead):
        with pytest.raises(IllegalStep, match="您的岗位不能通过"):
            summary.take("approve", by=person)
        with pytest.raises(IllegalStep, match="您的岗位不能退回"):
            summary.take("return", by=person, remark="再看看")

    assert summary.status == "submitted"


def test_summary_return_needs_a_remark_and_opens_it_again(station, clerk, director):
    summary = make_summary(station=station, month=OCTOBER)
    summary.take("submit", by=clerk)

    with pytest.raises(IllegalStep):
        summary.take("return", by=director, remark=" ")
    assert not summary.can_be_written
    summary.take("return", by=director, remark="缺下月打算")

    assert summary.can_be_written
    assert not summary.is_frozen
    approved(summary, clerk, director)
    assert [line.step for line in summary.changes.all()] == [
        "submit",
        "return",
        "submit",
        "approve",
    ]


# Freezing -----------------------------------------------------------------------------------------


def test_summary_approval_copies_every_figure_and_its_lines(
    station, other_station, clerk, director
):
    session = held(station, people_served=20)
    held(station, "2026-09-30")
    held(other_station)
    make_online_study(station=station, month=OCTOBER, people=31)
    summary = make_summary(station=station, month=OCTOBER)
    expected = live(summary)

    approved(summary, clerk, director)

    assert summary.is_frozen
    assert frozen(summary) == expected
    assert list(summary.figures.values_list("code", flat=True)) == [
        metric.code for metric in metrics.monthly()
    ]
    assert expected["activities.sessions_held"] == 1
    assert expected["learning.online_party_members"] == 31
    lines = FrozenLine.objects.filter(figure__code="activities.people_served")
    assert list(lines.values_list("source", "text", "amount")) == [
        (
            f"activities.session:{session.pk}",
            f"2026年10月20日（周二）{session.activity.title}（{session.activity.station}）",
            20,
        )
    ]


def test_summary_approval_freezes_unknown_as_blank(station, clerk, director):
    summary = approved(make_summary(station=station, month=OCTOBER), clerk, director)

    values = frozen(summary)
    assert values["learning.online_party_members"] is None
    assert values["activities.sessions_held"] == 0


def change_a_row_added(station, session):
    held(station, people_served=5)


def change_a_row_edited(station, session):
    session.people_served = 25
    session.save()


def change_a_row_deleted(station, session):
    session.delete()


def change_a_row_cancelled(station, session):
    session.people_served = None
    session.save()
    type(session).objects.filter(pk=session.pk).update(status="cancelled")


@pytest.mark.parametrize(
    ("change", "sessions", "people"),
    [
        (change_a_row_added, 2, 25),
        (change_a_row_edited, 1, 25),
        (change_a_row_deleted, 0, 0),
        (change_a_row_cancelled, 0, 0),
    ],
)
def test_summary_approved_keeps_its_figures_when_rows_change(
    station, clerk, director, change, sessions, people
):
    session = held(station, people_served=20)
    summary = approved(make_summary(station=station, month=OCTOBER), clerk, director)
    before = frozen(summary)
    lines = list(FrozenLine.objects.values_list("figure__code", "source", "text", "amount"))

    change(station, session)

    now = live(summary)
    assert (now["activities.sessions_held"], now["activities.people_served"]) == (sessions, people)
    assert (before["activities.sessions_held"], before["activities.people_served"]) == (1, 20)
    assert frozen(summary) == before
    assert list(FrozenLine.objects.values_list("figure__code", "source", "text", "amount")) == lines


def test_summary_approved_keeps_a_volunteer_who_retires_later(station, clerk, director):
    volunteer = make_volunteer(station=station, started_on=date(2026, 10, 5))
    make_entry(
        volunteer=volunteer, served_on=date(2026, 10, 6), hours=Decimal("1.5"), status="confirmed"
    )
    summary = approved(make_summary(station=station, month=OCTOBER), clerk, director)
    before = frozen(summary)

    volunteer.take("retire", by=clerk, ended_on=date(2026, 10, 5))
    volunteer.entries.all().delete()

    assert before["volunteers.hours_supplementary"] == Decimal("1.5")
    assert live(summary)["volunteers.hours_supplementary"] == 0
    assert frozen(summary) == before


def test_summary_that_is_refused_freezes_nothing(station, clerk, director, monkeypatch):
    held(station)
    summary = make_summary(station=station, month=OCTOBER)
    summary.take("submit", by=clerk)

    def fail(*args, **kwargs):
        raise ZeroDivisionError

    monkeypatch.setattr(FrozenLine.objects, "bulk_create", fail)
    with pytest.raises(ZeroDivisionError):
        summary.take("approve", by=director)

    assert not summary.is_frozen
    assert not FrozenFigure.objects.exists()
    assert summary.changes.count() == 1


def test_summary_of_the_centre_holds_the_centres_own_rows(centre, station, director):
    held(centre, people_served=7)
    held(station, people_served=20)
    summary = make_summary(station=centre, month=OCTOBER)

    assert live(summary)["activities.people_served"] == 7


def test_summary_counts_a_session_in_the_month_it_ended(station):
    starts_at = at("2026-10-31", "22:00")
    night = make_session(
        activity=make_activity(station=station),
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        people_served=9,
    )
    assert isinstance(night.ends_at, datetime)

    october, november = (
        live(make_summary(station=station, month=month))["activities.people_served"]
        for month in (OCTOBER, OCTOBER + 1)
    )

    assert (october, november) == (0, 9)
