"""A form's first screen asks for seven things at most; the rest is folded (DESIGN §6)."""

import pytest
from django.contrib import admin
from django.urls import reverse

from tests.factories import MAKERS

MOST = 7

REGISTERED = sorted(admin.site._registry.values(), key=lambda each: each.model._meta.label)
every_admin = pytest.mark.parametrize("model_admin", REGISTERED, ids=lambda a: a.opts.object_name)


def asked(context) -> list[str]:
    """The fields that a form shows unfolded and that can be typed into, those of its rows too."""
    inlines = [
        fieldset
        for formset in context["inline_admin_formsets"]
        for form in formset
        if form.form.prefix.endswith("-0")
        for fieldset in form
    ]
    return [
        field.field.name
        for fieldset in [*context["adminform"], *inlines]
        if not (fieldset.name and fieldset.is_collapsible)
        for line in fieldset
        for field in line
        if not field.is_readonly
        and not field.field.is_hidden
        and field.field.name not in ("id", "DELETE")
    ]


def page(client, model_admin, name: str, *args):
    meta = model_admin.opts
    return client.get(reverse(f"admin:{meta.app_label}_{meta.model_name}_{name}", args=args))


@every_admin
def test_first_screen_of_a_new_row_asks_seven_things_at_most(model_admin, client, admin_user):
    client.force_login(admin_user)
    response = page(client, model_admin, "add")
    if response.status_code == 403:
        return  # nobody adds such rows

    fields = asked(response.context)

    assert 1 <= len(fields) <= MOST, fields


@every_admin
def test_first_screen_of_a_row_asks_seven_things_at_most(model_admin, client, admin_user, station):
    if model_admin.model not in MAKERS:
        return
    client.force_login(admin_user)
    row = MAKERS[model_admin.model](station)

    fields = asked(page(client, model_admin, "change", row.pk).context)

    assert len(fields) <= MOST, fields


def test_first_screen_of_an_activity_asks_what_when_and_where(client, director):
    client.force_login(director)

    fields = asked(client.get(reverse("admin:activities_activity_add")).context)

    assert fields == ["station", "title", "text", "day", "starts", "ends", "venue"]
