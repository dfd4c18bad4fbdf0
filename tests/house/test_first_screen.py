"""A form's first screen asks for seven things at most; the rest is folded (DESIGN §6)."""

import json
import re
from html import unescape

import pytest
from django import forms
from django.contrib import admin
from django.urls import reverse

from activities.models import Activity
from stations.models import Venue
from tests.factories import MAKERS, make_platform, make_venue
from volunteers.models import PartnerUnit, Team

MOST = 7

REGISTERED = sorted(admin.site._registry.values(), key=lambda each: each.model._meta.label)
every_admin = pytest.mark.parametrize("model_admin", REGISTERED, ids=lambda a: a.opts.object_name)


def seen(bound) -> list[str]:
    """A field is one thing to look at, a list of boxes to tick as many as it has, if over seven."""
    boxes = bound.field.choices if is_list_of_boxes(bound) else []
    return [bound.name] * (len(boxes) if len(boxes) > MOST else 1)


def is_list_of_boxes(bound) -> bool:
    widget = bound.field.widget
    return isinstance(getattr(widget, "widget", widget), forms.CheckboxSelectMultiple)


def asked(context) -> list[str]:
    """What a form shows unfolded and asks for, its rows' fields too."""
    return [name for field in unfolded(context) for name in seen(field)]


def unfolded(context) -> list:
    inlines = [
        fieldset
        for formset in context["inline_admin_formsets"]
        for form in formset
        if form.form.prefix.endswith("-0")
        for fieldset in form
    ]
    return [
        field.field
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


@pytest.fixture
def much(station, centre):
    """More of everything than fits a list of boxes."""
    for _ in range(MOST + 1):
        for model in (Venue, Team, Activity, PartnerUnit):
            MAKERS[model](centre)
            MAKERS[model](station)


@every_admin
def test_first_screen_of_a_new_row_asks_seven_things_at_most(model_admin, client, admin_user, much):
    client.force_login(admin_user)
    response = page(client, model_admin, "add")
    if response.status_code == 403:
        return  # nobody adds such rows

    fields = asked(response.context)

    assert 1 <= len(fields) <= MOST, fields


@every_admin
def test_first_screen_of_a_row_asks_seven_things_at_most(
    model_admin, client, admin_user, station, much
):
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


def test_platform_offers_the_rooms_of_its_station_and_what_was_ticked(
    client, clerk, director, station, other_station, centre
):
    own, square = make_venue(station=station), make_venue(station=centre)
    make_venue(station=other_station)

    def offered(user, page: str, *args) -> list:
        client.force_login(user)
        address = reverse(f"admin:stations_platform_{page}", args=args)
        field = client.get(address).context["adminform"].form.fields["venues"]
        return [value.instance for value, _ in field.choices]

    platform = make_platform(station=station)
    assert offered(clerk, "add") == [own]
    assert offered(clerk, "change", platform.pk) == [own]
    platform.venues.add(square)
    assert offered(director, "change", platform.pk) == [square, own]
    assert len(offered(director, "add")) == 3


# Words --------------------------------------------------------------------------------------------

#: What says by its label alone what to put in.
PLAIN = {
    *("station", "started_on", "ended_on", "is_active", "groups", "since", "status", "day"),
    *("starts", "ends"),
}

#: Forms of which each field has its sentence.
IN_SENTENCES = {
    "Demand",
    "Whistle",
    "StudySession",
    "OnlineStudy",
    "Platform",
    "Venue",
    "Team",
}


@pytest.mark.parametrize(
    "model_admin",
    [each for each in REGISTERED if each.opts.object_name in IN_SENTENCES],
    ids=lambda a: a.opts.object_name,
)
@pytest.mark.parametrize("is_new", [True, False], ids=["new", "old"])
def test_every_field_says_in_a_sentence_what_it_asks_for(
    model_admin, is_new, client, clerk, station
):
    client.force_login(clerk)
    args = () if is_new else (MAKERS[model_admin.model](station).pk,)
    response = page(client, model_admin, "add" if is_new else "change", *args)

    fields = response.context["adminform"].form.fields
    silent = [
        name
        for name, field in fields.items()
        if name not in PLAIN and not re.search("。$", str(field.help_text).strip())
    ]
    assert silent == []


@every_admin
def test_form_has_neither_dashes_nor_half_width_colons_nor_tooltips(
    model_admin, client, admin_user, station
):
    client.force_login(admin_user)
    response = page(client, model_admin, "add")
    if response.status_code == 403:
        return
    html = response.content.decode().partition('id="content"')[2]

    assert "---------" not in html
    assert "help-tooltip" not in html
    assert re.findall(r":</label>|:</b>|:</legend>|#[0-9]+</span>", html) == []


@pytest.mark.parametrize("name", ["Demand", "Whistle"])
def test_what_came_of_it_is_asked_once_there_is_something_to_say(name, client, clerk, station):
    client.force_login(clerk)
    model_admin = next(each for each in REGISTERED if each.opts.object_name == name)
    row = MAKERS[model_admin.model](station)

    def asks() -> bool:
        response = page(client, model_admin, "change", row.pk)
        return "result" in response.context["adminform"].form.fields

    assert not asks()
    assert "result" not in page(client, model_admin, "add").context["adminform"].form.fields
    type(row).objects.update(status={"Demand": "accepted", "Whistle": "responded"}[name])
    assert asks()


def test_rows_of_a_form_are_counted_as_one_counts_them(client, clerk):
    client.force_login(clerk)

    html = client.get(reverse("admin:stations_article_add")).content.decode()

    assert '"addText": "' + json.dumps("再添一张图片")[1:-1] in unescape(html)
    assert 'data-unit="张"' in html


def test_rooms_of_ones_own_are_offered_before_the_centres(clerk, director, station, centre):
    square = make_venue(station=centre, name="文明实践广场")
    own = make_venue(station=station)

    assert list(Venue.objects.offered_to(clerk)) == [own, square]
    assert list(Venue.objects.offered_to(director)) == [square, own]
