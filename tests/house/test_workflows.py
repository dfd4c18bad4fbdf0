"""Every table of steps is sound: what it names exists, and every status can be reached."""

import re

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models

from practice_portal.lib.workflow import StatusChange, WorkflowModel

WORKFLOWS = sorted(
    (model for model in apps.get_models() if issubclass(model, WorkflowModel)),
    key=lambda model: model._meta.label,
)
every_workflow = pytest.mark.parametrize("model", WORKFLOWS, ids=lambda m: m.__name__)

CHINESE = re.compile(r"[一-鿿]+")


def fields_of(model) -> dict:
    return {field.name: field for field in model._meta.fields}


def test_workflows_are_all_here():
    assert {model.__name__ for model in WORKFLOWS} >= {
        "Booking",
        "Volunteer",
        "ServiceEntry",
        "Activity",
        "Session",
        "Demand",
        "Whistle",
        "MonthlySummary",
        "Article",
    }


@every_workflow
def test_workflow_status_changes_by_steps_only(model):
    field = fields_of(model)["status"]

    assert not field.editable
    assert field.choices
    assert field.has_default()
    assert model.steps


@every_workflow
def test_workflow_uses_statuses_that_exist(model):
    used = {s for step in model.steps.values() for s in (*step.sources, step.target)}

    assert used <= set(model.Status.values)
    assert all(step.sources for step in model.steps.values())
    assert [n for n, step in model.steps.items() if step.target in step.sources] == []


@every_workflow
def test_workflow_reaches_every_status_from_the_default(model):
    reached = {fields_of(model)["status"].default}
    while True:
        further = {s.target for s in model.steps.values() if reached & set(s.sources)} | reached
        if further == reached:
            break
        reached = further

    assert reached == set(model.Status.values)


@every_workflow
def test_workflow_names_fields_that_exist(model):
    fields = fields_of(model)
    for name, step in model.steps.items():
        assert set(step.requires) <= set(fields), name
        assert set(step.stamps) <= set(fields), name
        for stamp in step.stamps:
            assert isinstance(fields[stamp], models.DateField) and fields[stamp].null, name


@every_workflow
def test_workflow_names_methods_that_exist(model):
    for name, step in model.steps.items():
        for method in filter(None, (step.check, step.then, step.when)):
            assert callable(getattr(model, method, None)), f"{name}: {method}"


@every_workflow
def test_workflow_names_people_that_exist(model):
    for name, step in model.steps.items():
        assert isinstance(step.not_by, tuple), name
        for people in set(step.not_by) - set(model.steps):
            assert model._meta.get_field(people).related_model is get_user_model(), name
        assert step.not_by != (name,)


@every_workflow
def test_workflow_names_permissions_that_exist(model):
    declared = {f"{model._meta.app_label}.{codename}" for codename, _ in model._meta.permissions}

    assert {s.permission for s in model.steps.values() if s.permission} <= declared


@every_workflow
def test_workflow_has_dated_lines(model):
    relation = model._meta.get_field("changes")
    lines = relation.related_model

    assert issubclass(lines, StatusChange)
    assert relation.one_to_many
    assert lines.__name__ == f"{model.__name__}Change"
    assert lines.workflow() is model
    longest = max(map(len, [*model.steps, *model.Status.values]))
    assert longest <= 20


@every_workflow
def test_workflow_speaks_chinese(model):
    steps = [step.label for step in model.steps.values()]

    for words in (steps, model.Status.labels):
        assert [word for word in words if not CHINESE.match(word)] == []
        assert len(set(words)) == len(words)
