"""Two people press the same button: one door, and one of them through it."""

from collections import Counter

import pytest

from practice_portal.lib.workflow import IllegalStep, WorkflowModel
from services.models import Demand
from tests.factories import make_demand
from tests.races import run_race

PEOPLE = 8


def press_at_once(demand: Demand) -> Counter:
    """All have the page open with the same status, then all press."""
    pages = [Demand.objects.get(pk=demand.pk) for _ in range(PEOPLE)]
    return Counter(
        type(outcome) for outcome in run_race([lambda p=page: p.take("accept") for page in pages])
    )


@pytest.mark.django_db(transaction=True)
def test_take_by_many_at_once_succeeds_exactly_once():
    demand = make_demand()

    outcomes = press_at_once(demand)

    demand.refresh_from_db()
    assert outcomes == {type(None): 1, IllegalStep: PEOPLE - 1}
    assert demand.status == Demand.Status.ACCEPTED
    assert demand.changes.count() == 1


@pytest.mark.django_db(transaction=True)
def test_take_without_lock_and_comparison_would_let_all_through(monkeypatch):
    """The control: the same race shows what the door is for."""
    monkeypatch.setattr(WorkflowModel, "refresh_from_db", lambda self, **options: None)
    demand = make_demand()

    outcomes = press_at_once(demand)

    assert outcomes == {type(None): PEOPLE}
    assert demand.changes.count() == PEOPLE
