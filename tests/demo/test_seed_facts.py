"""Every figure of the source comes out of the demo street's rows, and each row has its figures."""

import csv
from datetime import date
from pathlib import Path

import pytest

from activities.models import RoleModel, Session
from learning.models import OnlineStudy
from practice_portal.lib import metrics
from services.models import Demand, Whistle
from stations.models import Platform, Station, Venue
from volunteers.models import Organisation, Team, Volunteer

PUBLISHED_ON = date(2020, 4, 25)
FACTS = list(
    csv.DictReader(
        (Path(__file__).parent.parent / "data" / "seed_facts.csv").open(encoding="utf-8")
    )
)


def count(on: date = PUBLISHED_ON, since: date | None = None) -> dict[str, metrics.Number]:
    """Every declared figure, not only the published ones."""
    declared = metrics.declared().values()
    values = metrics.figures([(metric, metric.period(on, since)) for metric in declared])
    return dict(zip(metrics.declared(), values, strict=True))


@pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact["code"])
def test_seed_fact_is_met(demo_noon, fact):
    metric = metrics.declared()[fact["code"]]
    since = date.fromisoformat(fact["since"]) if fact["since"] else None

    value = count(date.fromisoformat(fact["as_of"]), since)[fact["code"]]

    assert (metric.heading.value, metric.unit) == (fact["focus"], fact["unit"])
    if fact["quality"] == "exact":
        assert value == int(fact["value"])
    else:
        assert fact["quality"] == "more_than"
        assert value > int(fact["value"])


def test_seed_facts_are_the_published_figures():
    assert {fact["code"] for fact in FACTS} == {metric.code for metric in metrics.published()}


def first(model, **conditions):
    return model.objects.filter(**conditions).order_by("pk").first()


def change(model, conditions, **values):
    """Give one row of the demo other values, past its rules: the figures look at values only."""
    row = first(model, **conditions)
    model.objects.filter(pk=row.pk).update(**values)


LATER = date(2020, 4, 26)
LATEST = {"station__slug": "nanhu", "month": date(2020, 3, 1), "platform": "xuexi"}
TRAINING = {"activity__title": "从开机打字学起"}

# code, what is done to one row, and all figures that change
CASES = [
    (
        "stations.built",
        lambda: change(Station, {"slug": "station-13"}, started_on=LATER),
        {"stations.built": -1},
    ),
    (
        "stations.built",
        lambda: change(Station, {"slug": "nanhu"}, started_on=LATER),
        {"stations.built": -1, "stations.pilot": -1},
    ),
    (
        "stations.pilot",
        lambda: change(Station, {"slug": "nanhu"}, is_pilot=False),
        {"stations.pilot": -1},
    ),
    ("platforms.featured", lambda: first(Platform).delete(), {"platforms.featured": -1}),
    (
        "venues.fixed",
        lambda: change(Venue, {"kind": "fixed"}, ended_on=PUBLISHED_ON),
        {"venues.fixed": -1},
    ),
    (
        "venues.plaza",
        lambda: change(Venue, {"kind": "plaza"}, started_on=LATER),
        {"venues.plaza": -1},
    ),
    (
        "learning.online_party_members",
        lambda: first(OnlineStudy, **LATEST).delete(),
        {"learning.online_party_members": -37},  # so many fewer of 南湖 are on the other platform
    ),
    (
        "volunteers.organisations",
        lambda: change(Organisation, {"kind": "centre"}, started_on=LATER),
        {"volunteers.organisations": -1},
    ),
    (
        "volunteers.backbones",
        lambda: change(Volunteer, {"backbone_since__isnull": False}, backbone_since=LATER),
        {"volunteers.backbones": -1},
    ),
    (
        "volunteers.registered",
        lambda: first(Volunteer, number="GC09000").delete(),
        {"volunteers.registered": -1, "volunteers.joined": -1},
    ),
    (
        "volunteers.registered",
        lambda: change(
            Volunteer,
            {"backbone_since__isnull": False, "status": "active"},
            status="retired",
            ended_on=PUBLISHED_ON,
        ),
        {"volunteers.registered": -1, "volunteers.backbones": -1},
    ),
    (
        "volunteers.teams",
        lambda: first(Team, is_featured=False).delete(),
        {"volunteers.teams": -1},
    ),
    (
        "volunteers.featured_teams",
        lambda: first(Team, is_featured=True).delete(),
        {"volunteers.featured_teams": -1},
    ),
    (
        "services.civility_problems_solved",
        lambda: first(Whistle, kind="civility").delete(),
        {"services.civility_problems_solved": -1},
    ),
    (
        "services.resident_problems_solved",
        lambda: change(
            Whistle,
            {"kind": "resident"},
            raised_on=date(2018, 12, 1),
            solved_on=date(2018, 12, 31),
        ),
        {"services.resident_problems_solved": -1},
    ),
    (
        "services.needs_collected",
        lambda: first(Demand, title="想学电脑打字").delete(),
        {"services.needs_collected": -1, "services.demands_completed": -1},
    ),
    (
        "services.trainings_held",
        lambda: first(Session, **TRAINING).delete(),
        {
            "services.trainings_held": -1,
            "activities.sessions_held": -1,
            "activities.sessions_education": -1,
            "activities.people_served": -33,
        },
    ),
    (
        "honours.role_models",
        lambda: first(RoleModel, category="good_mother_in_law").delete(),
        {"honours.role_models": -1},
    ),
    (
        "honours.role_models",
        lambda: first(RoleModel, category="good_person").delete(),
        {},  # 雄关好人 are not among the 110
    ),
]


@pytest.mark.parametrize(
    "act, changes",
    [pytest.param(act, changes, id=f"{code}-{n}") for n, (code, act, changes) in enumerate(CASES)],
)
def test_one_row_changes_exactly_its_figures(demo_noon, act, changes):
    before = count()

    act()

    after = count()
    assert {code: after[code] - before[code] for code in after if after[code] != before[code]} == (
        changes
    )


def test_every_seed_fact_has_a_row_that_changes_it():
    assert {code for code, *_ in CASES} == {fact["code"] for fact in FACTS}


def test_nothing_historic_is_dated_after_the_publication(demo_noon):
    """From then until the three months of the present the street is quiet."""
    quiet = {"gt": PUBLISHED_ON, "lt": date(2026, 7, 1)}
    for model, field in [
        (Demand, "submitted_at__date"),
        (Whistle, "solved_on"),
        (RoleModel, "recognised_on"),
        (Session, "ends_at__date"),
        (Volunteer, "started_on"),
    ]:
        between = {f"{field}__{word}": day for word, day in quiet.items()}
        assert not model.objects.filter(**between).exists(), model


def test_every_historic_training_answers_two_demands(demo_noon):
    answered = [
        session.demands.count()
        for session in Session.objects.filter(
            activity__form="training", ends_at__date__lte=PUBLISHED_ON
        )
    ]
    assert len(answered) == 20
    assert min(answered) >= 2
