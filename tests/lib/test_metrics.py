from collections import Counter
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from activities.models import Session, Signup
from practice_portal.lib import metrics
from practice_portal.lib.metrics import Kind, Metric, Period, figures, figures_by_station
from practice_portal.lib.months import Month
from stations.models import PlatformKind, Station
from tests.factories import (
    at,
    make_activity,
    make_centre,
    make_demand,
    make_entry,
    make_held_session,
    make_online_study,
    make_organisation,
    make_partner_unit,
    make_platform,
    make_role_model,
    make_session,
    make_station,
    make_study_session,
    make_team,
    make_venue,
    make_volunteer,
    make_whistle,
)

OCTOBER = Month(2026, 10)
IN_OCTOBER = date(2026, 10, 20)


def metric(code: str) -> Metric:
    return metrics.declared()[code]


def of_october(code: str):
    found = metric(code)
    return found, found.period(OCTOBER.last, OCTOBER.first)


def value(code: str):
    return figures([of_october(code)])[0]


def by_station(code: str) -> dict:
    return figures_by_station([of_october(code)])[0]


def held(station, **values):
    cohosts = values.pop("cohosts", ())
    activity = make_activity(station=station, cohosts=cohosts, **values.pop("activity", {}))
    return make_held_session(activity=activity, **{"starts_at": at(IN_OCTOBER), **values})


@pytest.fixture
def street(db):
    """Two stations and the centre, with two rows or more behind every figure that is declared."""
    centre = make_centre()
    stations = [make_station(is_pilot=True), make_station(is_pilot=True)]
    for number, station in enumerate(stations):
        unit = make_partner_unit()
        make_organisation()
        make_venue(station=station)
        make_venue(station=station, kind="plaza")
        make_platform(station=station)
        make_team(station=station)
        make_team(station=station, is_featured=True, partner_unit=unit)
        volunteer = make_volunteer(
            station=station, started_on=IN_OCTOBER, backbone_since=IN_OCTOBER
        )
        for kind in ("signed_in", "supplementary"):
            make_entry(
                volunteer=volunteer,
                kind=kind,
                served_on=IN_OCTOBER,
                hours=Decimal("1.5"),
                status="confirmed",
            )
        for platform in PlatformKind:
            held(
                station,
                activity={"platform": platform, "form": "training"},
                people_served=10 + number,
                cohosts=[stations[1 - number], centre],
            )
        rated = Session.objects.filter(activity__station=station).first()
        Signup.objects.create(session=rated, status="attended", stars=5)
        make_role_model(station=station, recognised_on=IN_OCTOBER)
        make_study_session(station=station, starts_at=at(IN_OCTOBER))
        make_online_study(station=station, month=OCTOBER, people=30 + number)
        make_demand(
            station=station,
            submitted_at=at(IN_OCTOBER),
            status="completed",
            completed_on=IN_OCTOBER,
            session=Session.objects.filter(activity__station=station).first(),
        )
        for kind in ("civility", "resident"):
            make_whistle(
                station=station,
                kind=kind,
                raised_on=IN_OCTOBER,
                status="solved",
                solved_on=IN_OCTOBER,
            )
    return [centre, *stations]


# Every declared figure ----------------------------------------------------------------------------


def test_metrics_have_unique_codes_and_words_of_their_own():
    declared = list(metrics.declared().values())

    assert [m.code for m in declared] == list(metrics.declared())
    twice = {
        name: [
            text for text, times in Counter(getattr(m, name) for m in declared).items() if times > 1
        ]
        for name in ("code", "label")
    }
    assert twice == {"code": [], "label": []}
    assert [m.code for m in declared if not (m.explanation.endswith("。") and m.unit)] == []


def test_metrics_of_one_code_are_refused(monkeypatch):
    import stations.metrics

    monkeypatch.setattr(stations.metrics, "METRICS", stations.metrics.METRICS * 2)
    metrics.declared.cache_clear()
    try:
        with pytest.raises(ValueError, match=r"two figures are called stations\.built"):
            metrics.declared()
    finally:
        monkeypatch.undo()
        metrics.declared.cache_clear()


def test_metrics_published_and_monthly_go_by_the_headings():
    for chosen in (metrics.published(), metrics.monthly()):
        headings = [m.heading for m in chosen]
        assert headings == sorted(headings)


def test_metrics_every_figure_is_the_sum_of_its_lines(street):
    questions = [of_october(code) for code in metrics.declared()]
    values = figures(questions)
    opened = [m.total_of(m.lines(period)) for m, period in questions]

    codes = list(metrics.declared())
    assert dict(zip(codes, values, strict=True)) == dict(zip(codes, opened, strict=True))
    assert [code for code, number in zip(codes, values, strict=True) if not number] == []
    lines = [line for m, period in questions for line in m.lines(period)]
    assert [line for line in lines if not line.text or line.amount is None] == []


def test_metrics_every_stations_figure_is_the_sum_of_its_lines(street):
    questions = [of_october(code) for code in metrics.declared()]
    per_station = figures_by_station(questions)

    wrong = []
    for (m, period), found in zip(questions, per_station, strict=True):
        for station in street:
            opened = m.total_of(m.lines(period, [station.pk]))
            if found.get(station.pk, 0) != (opened or 0):
                wrong.append((m.code, station.name, found.get(station.pk), opened))
    assert wrong == []


def test_metrics_no_row_stands_twice_behind_a_figure(street):
    for code in metrics.declared():
        m, period = of_october(code)
        sources = [line.source for line in m.lines(period)]
        assert len(sources) == len(set(sources)), code


def test_metrics_are_counted_in_one_query(street, django_assert_num_queries):
    questions = [of_october(code) for code in metrics.declared()]

    with django_assert_num_queries(1):
        figures(questions)
    with django_assert_num_queries(1):
        figures_by_station(questions)
    with django_assert_num_queries(0):
        assert (figures([]), figures_by_station([])) == ([], [])


def test_metrics_answer_in_the_order_of_the_questions(street):
    codes = ["activities.people_served", "stations.built", "volunteers.hours_signed_in"]

    forward = figures([of_october(code) for code in codes])
    backward = figures([of_october(code) for code in reversed(codes)])

    assert forward == backward[::-1] == [126, 2, Decimal("3.0")]


def test_metrics_of_an_empty_street_are_zero_or_unknown(db):
    questions = [of_october(code) for code in metrics.declared()]

    values = dict(zip(metrics.declared(), figures(questions), strict=True))

    assert {code for code, number in values.items() if number is None} == {
        code for code, m in metrics.declared().items() if m.is_unknown_without_rows
    }
    assert "learning.online_party_members" in values
    assert values["learning.online_party_members"] is None
    assert values["activities.people_served"] == 0
    assert figures_by_station(questions) == [{} for _ in questions]


# Stock and flow -----------------------------------------------------------------------------------


def test_metric_stock_is_what_is_in_force_on_the_day(db):
    make_station(started_on=date(2019, 5, 1), ended_on=date(2020, 4, 25))
    make_centre()
    built = metric("stations.built")
    days = [date(2019, 4, 30), date(2019, 5, 1), date(2020, 4, 24), date(2020, 4, 25)]

    assert built.kind == Kind.STOCK
    assert figures((built, built.period(day, date(2020, 1, 1))) for day in days) == [0, 1, 1, 0]


def test_metric_flow_is_what_happened_in_the_period(db):
    for day in (date(2026, 9, 30), date(2026, 10, 1), date(2026, 10, 31), date(2026, 11, 1)):
        make_role_model(recognised_on=day)
    models = metric("honours.role_models")

    assert models.kind == Kind.FLOW
    assert value("honours.role_models") == 2
    assert figures([(models, models.period(date(2026, 10, 31)))]) == [3]


def test_metric_flow_with_a_beginning_of_its_own_begins_there(db):
    for day in (date(2018, 12, 31), date(2019, 1, 1)):
        make_whistle(raised_on=date(2018, 6, 1), solved_on=day, status="solved")
    solved = metric("services.resident_problems_solved")

    begun = [solved.period(date(2020, 4, 25)), solved.period(date(2020, 4, 25), date(2018, 1, 1))]
    assert figures((solved, period) for period in begun) == [1, 2]


@pytest.mark.parametrize(
    ("ends_at", "counts"),
    [
        (datetime(2026, 9, 30, 15, 59, 59, 999999, tzinfo=UTC), 0),
        (datetime(2026, 9, 30, 16, 0, tzinfo=UTC), 1),
        (datetime(2026, 10, 31, 15, 59, 59, 999999, tzinfo=UTC), 1),
        (datetime(2026, 10, 31, 16, 0, tzinfo=UTC), 0),
    ],
)
def test_metric_months_edges_are_midnight_in_shanghai(db, ends_at, counts):
    make_session(starts_at=ends_at - timedelta(hours=1), ends_at=ends_at, people_served=1)

    assert value("activities.sessions_held") == counts


def test_period_of_one_day_holds_that_day(db):
    make_demand(submitted_at=at("2026-10-20", "0:00"))
    make_demand(submitted_at=at("2026-10-20", "23:59"))
    make_demand(submitted_at=at("2026-10-21", "0:00"))
    needs = metric("services.needs_collected")

    assert figures([(needs, Period(IN_OCTOBER, IN_OCTOBER))]) == [2]


def test_metric_of_sessions_without_result_or_cancelled_is_not_counted(station):
    held(station, people_served=0)
    make_session(activity=make_activity(station=station), starts_at=at(IN_OCTOBER))
    make_session(
        activity=make_activity(station=station), starts_at=at(IN_OCTOBER), status="cancelled"
    )

    assert (value("activities.sessions_held"), value("activities.people_served")) == (1, 0)


# By station ---------------------------------------------------------------------------------------


def test_metric_joint_session_counts_once_for_the_street_and_once_for_each_station(db):
    host, second, third, apart = (make_station() for _ in range(4))
    held(host, people_served=20, cohosts=[second, third])
    held(host, people_served=5)
    held(apart, people_served=1)

    assert (value("activities.sessions_held"), value("activities.people_served")) == (3, 26)
    assert by_station("activities.sessions_held") == {
        host.pk: 2,
        second.pk: 1,
        third.pk: 1,
        apart.pk: 1,
    }
    assert by_station("activities.people_served") == {
        host.pk: 25,
        second.pk: 20,
        third.pk: 20,
        apart.pk: 1,
    }


def test_metric_station_that_is_host_and_named_as_co_host_counts_once(db):
    host, second = make_station(), make_station()
    held(host, people_served=20, cohosts=[host, second])

    assert by_station("activities.people_served") == {host.pk: 20, second.pk: 20}
    found, period = of_october("activities.people_served")
    assert [line.amount for line in found.lines(period, [host.pk])] == [20]


def test_metric_lines_of_several_stations_hold_a_joint_session_once(db):
    host, second = make_station(), make_station()
    session = held(host, people_served=20, cohosts=[second])
    found, period = of_october("activities.people_served")

    lines = found.lines(period, [host.pk, second.pk])

    assert [(line.source, line.amount) for line in lines] == [
        (f"activities.session:{session.pk}", 20)
    ]


def test_metric_of_a_station_without_rows_is_left_out(street):
    apart = make_station()

    assert apart.pk not in by_station("activities.sessions_held")


def test_metric_online_study_takes_people_not_platforms_nor_months(db):
    first, second = make_station(), make_station()
    make_online_study(station=first, month=OCTOBER, platform="xuexi", people=30)
    make_online_study(station=first, month=OCTOBER, platform="gansu", people=41)
    make_online_study(station=first, month=OCTOBER - 1, platform="xuexi", people=99)
    make_online_study(station=second, month=OCTOBER - 3, platform="xuexi", people=7)
    make_online_study(station=second, month=OCTOBER + 1, platform="xuexi", people=88)
    online = metric("learning.online_party_members")

    assert value("learning.online_party_members") == 48
    assert by_station("learning.online_party_members") == {first.pk: 41, second.pk: 7}
    before_its_end = online.period(date(2026, 10, 30))
    assert figures([(online, before_its_end)]) == [106]


def test_metric_amounts_agree_with_lines(street):
    for code in metrics.declared():
        m, period = of_october(code)
        ids = list(Station.objects.values_list("pk", flat=True))[:2]
        (found,) = metrics.amounts([(m, period, ids)])
        assert found == {line.source: line.amount for line in m.lines(period, ids)}, code
        assert m.total(found) == m.total_of(m.lines(period, ids)), code


def test_told_to_residents_is_blank_only_where_nothing_was_ever_entered(
    db, django_assert_num_queries
):
    asked = [metric("volunteers.registered"), metric("volunteers.teams")]
    questions = [(each, each.period(IN_OCTOBER)) for each in asked]
    make_team(started_on=date(2026, 11, 1))

    assert figures(questions) == [0, 0]
    with django_assert_num_queries(2):
        assert metrics.told_to_residents(questions) == [None, 0]
    make_volunteer(started_on=date(2020, 1, 1))
    make_team(started_on=date(2020, 1, 1))
    with django_assert_num_queries(1):
        assert metrics.told_to_residents(questions) == [1, 1]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (None, ""),
        (0, "0"),
        (9712, "9,712"),
        (Decimal("402.0"), "402"),
        (Decimal("7.50"), "7.5"),
        (Decimal("1402.5"), "1,402.5"),
        (Decimal("0.0"), "0"),
        (100, "100"),
    ],
)
def test_numbers_are_written_as_people_write_them(number, words):
    assert metrics.grouped(number) == words
