"""Every step that staff take, of every table of steps, stands in 待办 by itself."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.apps import apps
from django.db import models
from django.urls import reverse

from practice_portal.desk import Desk
from practice_portal.lib import todo
from practice_portal.lib.workflow import WorkflowModel
from tests.factories import MAKERS

STEPS = [
    (model, name, step)
    for model in sorted(apps.get_models(), key=lambda model: model._meta.label)
    if issubclass(model, WorkflowModel)
    for name, step in model.steps.items()
]

#: Whose day to wait from is typed into a form.
TYPED = [
    model
    for model in {model: None for model, _, _ in STEPS}
    if model.waits_from and model._meta.get_field(model.waits_from).editable
]

#: Another way out of a wait, or what nobody waits for; everything else waits for somebody.
WAITS_FOR_NOBODY = {
    "activities.activity.withdraw",
    "activities.rolemodel.hide",
    "activities.rolemodel.refuse",
    "activities.rolemodel.show",
    "activities.rolemodel.withdraw",
    "activities.session.cancel",
    "activities.call.drop",
    "activities.call.not_reached",
    "activities.signup.cancel",
    "activities.signup.check_in",
    "activities.signup.miss",
    "activities.signup.promote",
    "activities.signup.uncheck",
    "activities.signup.uncount",
    "activities.signup.wait_again",
    "reports.monthlysummary.return",
    "services.demand.return",
    "stations.booking.cancel",
    "stations.article.pass_first",
    "stations.article.pass_second",
    "stations.article.publish",
    "stations.article.return",
    "stations.article.take_back",
    "stations.article.withdraw",
    "stations.booking.decline",
    "volunteers.serviceentry.reject",
    "volunteers.volunteer.retire",
}

#: What waits without a status.
DECLARED = {"activities.session.result", "learning.studysession.attended"}


def code_of(model, name: str) -> str:
    return f"{model._meta.label_lower}.{name}"


def test_todo_leaves_out_only_what_waits_for_nobody():
    left_out = {code_of(m, n) for m, n, step in STEPS if not step.waits_in}

    assert left_out == WAITS_FOR_NOBODY


def test_todo_knows_every_step_once_and_what_the_apps_declare():
    codes = [waiting.code for waiting in todo.declared()]
    expected = {code_of(m, n) for m, n, step in STEPS if step.waits_in} | DECLARED

    assert set(codes) == expected
    assert len(codes) == len(expected)


@pytest.mark.parametrize(
    ("model", "name", "step"),
    [each for each in STEPS if each[2].waits_in],
    ids=[code_of(m, n) for m, n, step in STEPS if step.waits_in],
)
def test_todo_shows_a_row_that_waits_for_the_step(
    model, name, step, client, station, other_station, clerk, other_clerk, director, monkeypatch
):
    row = MAKERS[model](station)
    later = {stamp: None for each in model.steps.values() for stamp in each.stamps}
    model.objects.filter(pk=row.pk).update(status=step.waits_in[0], **later)
    row.refresh_from_db()

    def codes_of(desk) -> list[str]:
        sections = [desk.mine] + ([desk.at_stations] if desk.at_stations else [])
        lines = [line for section in sections for line in section.lines]
        client.force_login(desk.user)
        assert all(client.get(line.url).status_code == 200 for line in lines)
        return [line.waiting.code for line in lines if line.row == row]

    holder = director if step.permission else clerk
    client.force_login(holder)
    assert codes_of(client.get(reverse("admin:index")).context["desk"]) == [code_of(model, name)]
    this = [each for each in todo.declared() if each.code == code_of(model, name)]
    monkeypatch.setattr(todo, "declared", lambda: this)  # the others have just been asked
    assert codes_of(Desk(director)) == [code_of(model, name)]
    assert codes_of(Desk(other_clerk)) == []


@pytest.mark.parametrize("day", [date.min + timedelta(days=1), date.max])
@pytest.mark.parametrize("model", TYPED, ids=lambda model: model._meta.label)
def test_todo_stands_with_any_day_that_a_row_waits_from(
    model, day, client, station, clerk, director
):
    """One mistyped year, and nobody would find their desk in the morning."""
    row = MAKERS[model](station)
    field = model._meta.get_field(model.waits_from)
    is_moment = isinstance(field, models.DateTimeField)
    since = datetime.combine(day, time(9), UTC) if is_moment else day
    status = next(step.waits_in[0] for step in model.steps.values() if step.waits_in)
    later = {stamp: None for step in model.steps.values() for stamp in step.stamps}
    model.objects.filter(pk=row.pk).update(**later, status=status, **{field.name: since})

    for person in (clerk, director):
        client.force_login(person)
        assert client.get(reverse("admin:index")).status_code == 200
