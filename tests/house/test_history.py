"""Every row that staff edit has a history of changes, and no person's phone or name is in it."""

from django.apps import apps
from django.contrib import admin
from django.db import models

from practice_portal.lib.phones import PersonalPhoneField
from practice_portal.lib.workflow import StatusChange
from tests.house.test_layers import floor_of

#: What history does not keep. A new field that tells who a resident or a volunteer is adds itself.
KEPT_OUT = {
    "stations.User": {"password", "last_login"},
    "volunteers.Volunteer": {"name", "phone", "birth_year"},
    "activities.RoleModel": {"name", "deed", "nominator_name", "nominator_phone"},
    "activities.Objection": {"code", "name", "phone", "text"},
    "activities.Session": {"seats_taken"},
    "activities.Signup": {"key", "code", "name", "phone", "answer", "words", "has_seat"},
    "services.Demand": {"contact_name", "contact_phone", "text"},
    "services.Whistle": {"text"},
}

#: Written once, or nobody's work: frozen copies, dated lines, the demo loader's marks.
WITHOUT_HISTORY = {
    "reports.FrozenFigure",
    "reports.FrozenLine",
    "stations.PhoneView",
    "stations.Deletion",
    "portal_lib.Answer",
    "stations.PageChange",
    "activities.SessionMove",
    "activities.PassedOver",
    "practice_portal.NightlyRun",
    "practice_portal.NightlyStep",
    "demo.DemoRow",
}

HISTORIES = {
    model.instance_type._meta.label: model
    for model in apps.get_models()
    if hasattr(model, "instance_type")
}


def own_models() -> list[type[models.Model]]:
    return [m for m in apps.get_models() if floor_of(m.__module__) and m not in HISTORIES.values()]


def is_dated_line(model) -> bool:
    return issubclass(model, StatusChange)


def test_history_is_kept_of_every_model_that_staff_edit():
    edited = {each.model for each in admin.site._registry.values()}
    edited |= {inline.model for each in admin.site._registry.values() for inline in each.inlines}

    assert len(edited) >= 19
    assert {m._meta.label for m in edited} - set(HISTORIES) - WITHOUT_HISTORY == set()


def test_history_is_kept_of_every_other_model_but_those_written_once():
    without = {m._meta.label for m in own_models() if not is_dated_line(m)} - set(HISTORIES)

    assert without == WITHOUT_HISTORY


def test_history_keeps_no_personal_field():
    declared = {
        label: set(model._history_excluded_fields)
        for label, model in HISTORIES.items()
        if getattr(model, "_history_excluded_fields", ())
    }

    assert declared == KEPT_OUT
    for label, names in KEPT_OUT.items():
        kept = {field.name for field in HISTORIES[label]._meta.get_fields()}
        assert kept & names == set(), label


def test_history_has_no_column_of_a_personal_phone():
    personal = [
        (model._meta.label, field.name)
        for model in own_models()
        for field in model._meta.fields
        if isinstance(field, PersonalPhoneField)
    ]
    columns = [
        (model._meta.label, field.name)
        for model in HISTORIES.values()
        for field in model._meta.get_fields()
        if isinstance(field, PersonalPhoneField)
    ]

    assert ("volunteers.Volunteer", "phone") in personal
    assert [pair for pair in personal if pair[1] not in KEPT_OUT.get(pair[0], ())] == []
    assert columns == []


def test_history_is_no_permission_and_no_page_of_its_own():
    assert {model._meta.default_permissions for model in HISTORIES.values()} == {()}
    assert [model for model in HISTORIES.values() if model in admin.site._registry] == []


def test_history_relates_to_all_many_to_many_fields():
    assert {"stations.User_groups", "activities.Activity_cohosts", "stations.Platform_venues"} <= (
        set(HISTORIES)
    )
