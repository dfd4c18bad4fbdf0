"""Chinese on screen: every model and every field that staff may see has a Chinese name."""

import re
from html import unescape

import pytest
from django.apps import apps
from django.contrib import admin
from django.urls import reverse

from tests.factories import MAKERS, make_article, make_session

OWN_APPS = [
    "stations",
    "volunteers",
    "activities",
    "learning",
    "services",
    "reports",
    "practice_portal",
]
CHINESE = re.compile(r"[一-鿿]")

#: Django's own, named by its Chinese translation.
DJANGOS = {"id", "password", "last_login"}

#: Never on a form or a list: the lines of steps point at their row, frozen copies at theirs.
INTERNAL_MODELS = {"reports.FrozenFigure", "reports.FrozenLine"}


def is_internal(model) -> bool:
    is_history = hasattr(model, "instance_type")
    return model._meta.label in INTERNAL_MODELS or model._meta.auto_created or is_history


def test_words_every_model_is_called_something_chinese():
    wrong = [
        model._meta.label
        for app in OWN_APPS
        for model in apps.get_app_config(app).get_models()
        if not is_internal(model)
        and not all(
            map(CHINESE.search, (model._meta.verbose_name, model._meta.verbose_name_plural))
        )
    ]

    assert wrong == []


def test_words_every_field_is_called_something_chinese():
    wrong = [
        f"{model._meta.label}.{field.name}"
        for app in OWN_APPS
        for model in apps.get_app_config(app).get_models()
        if not is_internal(model)
        for field in [*model._meta.fields, *model._meta.many_to_many]
        if field.name not in DJANGOS
        and not is_line_of_a_step(model, field)
        and not CHINESE.search(str(field.verbose_name))
    ]

    assert wrong == []


def is_line_of_a_step(model, field) -> bool:
    return field.is_relation and field.remote_field.related_name == "changes"


def test_words_every_choice_is_chinese():
    wrong = [
        (f"{model._meta.label}.{field.name}", label)
        for app in OWN_APPS
        for model in apps.get_app_config(app).get_models()
        if not is_internal(model)
        for field in model._meta.fields
        for _, label in field.flatchoices
        if not CHINESE.search(str(label))
    ]

    assert wrong == []


def test_words_every_constraint_speaks_chinese():
    silent = {"stations_booking_no_overlap"}  # Booking.clean says it better
    wrong = [
        constraint.name
        for app in OWN_APPS
        for model in apps.get_app_config(app).get_models()
        if not is_internal(model)
        for constraint in model._meta.constraints
        if constraint.name not in silent
        and not CHINESE.search(str(constraint.violation_error_message))
    ]

    assert wrong == []


# Delete pages -------------------------------------------------------------------------------------

#: What no one deletes, be it a draft: lines that are written once, rows that are drawn up.
NEVER_DELETED = {
    *("PhoneView", "Deletion", "ServiceEntry", "Call", "Objection", "MonthlySummary", "NightlyRun"),
    *("User",),
}
DELETED = [model for model in admin.site._registry if model._meta.object_name not in NEVER_DELETED]


def row_to_delete(model, station, person):
    """A row that may be deleted, joined with another by each of its many-to-many fields."""
    name = model._meta.object_name
    if name == "Article":
        row = make_article(station=station, status="draft")
    else:
        row = MAKERS[model](station)
    activity = {"Activity": row, "Session": getattr(row, "activity", None)}.get(name)
    if activity:
        type(activity).objects.update(status="draft")
    if name == "Activity":
        make_session(activity=row)
    for field in model._meta.many_to_many:
        other = field.related_model
        getattr(row, field.name).add(MAKERS[other](station) if other in MAKERS else person)
    return row


@pytest.mark.parametrize("model", DELETED, ids=lambda model: model._meta.object_name)
def test_words_of_a_delete_page_are_ours(model, client, admin_user, station, centre):
    client.force_login(admin_user)
    row = row_to_delete(model, station, admin_user)
    meta = model._meta

    page = client.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_delete", args=[row.pk]))

    content = page.content.decode().partition('id="content"')[2].partition("</form>")[0]
    lines = [
        unescape(re.sub("<[^>]+>", "", line)).strip()
        for line in re.findall(r"<li>(.*?)(?=<ul|</li>)", content, re.DOTALL)
    ]
    assert page.status_code == 200
    assert lines[0] == f"{meta.verbose_name}：{row}"
    assert [line for line in lines if " object (" in line or "关系" in line or ": " in line] == []
