"""The station rule holds in every corner of the admin: for rows, for each single object, and for
the pages that go by an object's key (LIBRARIES, "Two holes found in trials")."""

import pytest
from django.apps import apps
from django.contrib import admin
from django.test import RequestFactory
from django.urls import NoReverseMatch, reverse

from practice_portal.lib.workflow import WorkflowModel
from practice_portal.models import NightlyRun
from stations.models import PhoneView, Posting, User
from stations.scoping import (
    CentreOnlyAdmin,
    CentreOnlyTabularInline,
    StationScopedAdmin,
    StationScopedStackedInline,
    StationScopedTabularInline,
    is_scoped,
)
from tests.factories import MAKERS

#: What only the street office touches; every other registered model is scoped by station.
CENTRE_ONLY = {User, Posting, PhoneView, NightlyRun}

SCOPED_INLINES = (StationScopedTabularInline, StationScopedStackedInline)

REGISTERED = sorted(admin.site._registry.values(), key=lambda each: each.model._meta.label)
SCOPED = [each for each in REGISTERED if each.model not in CENTRE_ONLY]

every_admin = pytest.mark.parametrize("model_admin", REGISTERED, ids=lambda a: a.opts.object_name)
every_scoped_admin = pytest.mark.parametrize(
    "model_admin", SCOPED, ids=lambda a: a.opts.object_name
)

#: Whose rows name their station themselves, and those with steps.
WITH_A_STATION = [each for each in SCOPED if each.model.station_path == "station"]
WITH_STEPS = [each for each in SCOPED if issubclass(each.model, WorkflowModel)]


def url(model_admin, page: str, *args) -> str:
    return reverse(
        f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_{page}", args=args
    )


def request_of(user):
    request = RequestFactory().get("/")
    request.user = user
    return request


def permissions(model_admin, user, obj) -> dict[str, bool]:
    request = request_of(user)
    return {
        "view": model_admin.has_view_permission(request, obj),
        "change": model_admin.has_change_permission(request, obj),
        "delete": model_admin.has_delete_permission(request, obj),
    }


# The classes --------------------------------------------------------------------------------------


def test_admin_knows_the_models_of_the_house():
    assert {each.model for each in REGISTERED} <= {*MAKERS, *CENTRE_ONLY}
    assert len(REGISTERED) >= 15
    assert len(WITH_A_STATION) >= 12
    assert len(WITH_STEPS) >= 6


@every_admin
def test_admin_is_scoped_or_on_the_list(model_admin):
    if model_admin.model in CENTRE_ONLY:
        assert isinstance(model_admin, CentreOnlyAdmin)
    else:
        assert isinstance(model_admin, StationScopedAdmin)
        assert is_scoped(model_admin.model)


@every_admin
def test_admin_inlines_are_scoped_likewise(model_admin):
    needed = CentreOnlyTabularInline if model_admin.model in CENTRE_ONLY else SCOPED_INLINES

    assert [inline for inline in model_admin.inlines if not issubclass(inline, needed)] == []


def test_admin_of_postings_and_users_appears_scoped_nowhere_else():
    inlines = {i.model for each in SCOPED for i in each.inlines}

    assert inlines & CENTRE_ONLY == set()


def test_admin_of_every_workflow_has_the_steps_buttons():
    workflows = {m for m in apps.get_models() if issubclass(m, WorkflowModel)}
    without = [
        each.opts.label
        for each in REGISTERED
        if each.model in workflows and not hasattr(each, "step_view")
    ]

    assert without == []


# The rows -----------------------------------------------------------------------------------------


@pytest.fixture
def mine(model_admin, station):
    return MAKERS[model_admin.model](station)


@pytest.fixture
def theirs(model_admin, other_station):
    return MAKERS[model_admin.model](other_station)


@every_scoped_admin
def test_admin_rows_are_the_own_stations(model_admin, mine, theirs, clerk, director):
    own = set(model_admin.get_queryset(request_of(clerk)))

    assert mine in own
    assert theirs not in own
    assert {mine, theirs} <= set(model_admin.get_queryset(request_of(director)))


@every_scoped_admin
def test_admin_permission_for_another_stations_row_is_refused(
    model_admin, mine, theirs, clerk, director
):
    assert permissions(model_admin, clerk, theirs) == dict.fromkeys(
        ("view", "change", "delete"), False
    )
    assert permissions(model_admin, clerk, mine)["view"]
    assert permissions(model_admin, director, theirs)["view"]


@pytest.mark.parametrize("model_admin", WITH_A_STATION, ids=lambda a: a.opts.object_name)
def test_admin_permission_goes_by_the_row_as_it_is_stored(model_admin, theirs, station, clerk):
    """Setting the station on the object in hand does not make it one's own."""
    theirs.station = station

    assert permissions(model_admin, clerk, theirs)["change"] is False


@every_scoped_admin
def test_admin_pages_of_another_stations_row_do_not_open(model_admin, mine, theirs, client, clerk):
    client.force_login(clerk)
    opened = {}
    for page in ("change", "history", "delete"):
        opened[page] = client.get(url(model_admin, page, theirs.pk)).status_code
        client.post(url(model_admin, page, theirs.pk), {"post": "yes"})

    assert client.get(url(model_admin, "change", mine.pk)).status_code == 200
    assert client.get(url(model_admin, "history", mine.pk)).status_code == 200
    assert {page: code for page, code in opened.items() if code not in (302, 403, 404)} == {}
    assert model_admin.model.objects.filter(pk=theirs.pk).exists()


@pytest.mark.parametrize("model_admin", WITH_STEPS, ids=lambda a: a.opts.object_name)
def test_admin_steps_of_another_stations_row_are_not_taken(model_admin, theirs, client, clerk):
    client.force_login(clerk)
    before = theirs.status

    for name in theirs.steps:
        step = url(model_admin, "step", theirs.pk, name)
        client.post(step, {"remark": "试试"})
        client.post(url(model_admin, "change", theirs.pk), {f"_step_{name}": "1"})

    theirs.refresh_from_db()
    assert theirs.status == before
    assert not theirs.changes.exists()


@every_scoped_admin
def test_admin_list_shows_the_own_rows_only(model_admin, mine, theirs, client, clerk):
    client.force_login(clerk)

    response = client.get(url(model_admin, "changelist"))

    assert response.status_code == 200
    assert mine in response.context["cl"].queryset
    assert theirs not in response.context["cl"].queryset


@every_scoped_admin
def test_admin_actions_do_not_reach_another_stations_row(model_admin, mine, theirs, client, clerk):
    client.force_login(clerk)
    data = {"action": "delete_selected", "_selected_action": [theirs.pk], "post": "yes"}

    client.post(url(model_admin, "changelist"), data)

    assert model_admin.model.objects.filter(pk=theirs.pk).exists()


@every_scoped_admin
def test_admin_lists_and_forms_open_for_the_street_office(
    model_admin, mine, client, director, centre
):
    client.force_login(director)
    pages = {
        "list": url(model_admin, "changelist"),
        "change": url(model_admin, "change", mine.pk),
        "history": url(model_admin, "history", mine.pk),
    }
    if model_admin.has_add_permission(request_of(director)):
        pages["add"] = url(model_admin, "add")

    codes = {page: client.get(address).status_code for page, address in pages.items()}

    assert codes == dict.fromkeys(pages, 200)


@every_scoped_admin
def test_admin_forms_offer_a_clerk_no_other_stations_things(
    model_admin, mine, theirs, client, clerk, station, other_station
):
    """What may be picked is the own or the street's; co-hosts alone may be any station."""
    for model, make in MAKERS.items():
        if model is not model_admin.model:
            make(other_station)
    client.force_login(clerk)
    response = client.get(url(model_admin, "change", mine.pk))

    forms = [response.context["adminform"].form]
    for formset in response.context["inline_admin_formsets"]:
        forms += [*formset.formset.forms, formset.formset.empty_form]
    offered = [
        (name, row)
        for form in forms
        for name, field in form.fields.items()
        if hasattr(field, "queryset") and name not in ("cohosts", form._meta.model._meta.pk.name)
        for row in field.queryset
    ]

    foreign = [
        (name, row)
        for name, row in offered
        if is_scoped(type(row)) and type(row).objects.filter(pk=row.pk).at(other_station).exists()
    ]
    assert foreign == []


# The centre's own ---------------------------------------------------------------------------------


def test_admin_of_users_and_postings_is_closed_to_stations(client, clerk, lead, director):
    for person, code in ((clerk, 403), (lead, 403), (director, 200)):
        client.force_login(person)
        answers = {
            model: client.get(
                reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
            ).status_code
            for model in CENTRE_ONLY
        }
        assert answers == dict.fromkeys(CENTRE_ONLY, code)


def test_admin_of_groups_and_permissions_is_not_there():
    with pytest.raises(NoReverseMatch):
        reverse("admin:auth_group_changelist")
