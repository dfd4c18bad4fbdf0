"""Every word that the public reads is checked for numbers of people, wherever it is typed."""

import re
from html import unescape

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import models
from django.urls import reverse

from practice_portal.lib.phones import OfficePhoneField, PersonalPhoneField
from practice_portal.lib.public_text import (
    KeptCharField,
    KeptTextField,
    PublicCharField,
    PublicTextField,
    find_numbers,
    refusal,
)
from practice_portal.lib.workflow import IllegalStep, StatusChange, WorkflowModel
from tests.factories import (
    MAKERS,
    days_away,
    make_activity,
    make_brand,
    make_call,
    make_held_session,
    make_membership,
    make_partner_unit,
    make_passed_over,
    make_platform,
    make_posting,
    make_session,
    make_session_move,
    make_signup,
    make_station,
    make_team,
    make_venue,
)
from tests.house.test_words import OWN_APPS
from tests.public_pages import addresses

PUBLIC = (PublicCharField, PublicTextField)
KEPT = (KeptCharField, KeptTextField)

#: Printed, and no words: a phone that is meant to be printed, parts of addresses.
NO_WORDS = (OfficePhoneField, PersonalPhoneField, models.SlugField, models.FileField)

PHONE = "15412345678"


def own_models():
    """Without the copies in which the history of changes keeps them."""
    models = [model for app in OWN_APPS for model in apps.get_app_config(app).get_models()]
    return [model for model in models if not hasattr(model, "history_id")]


def text_fields(model):
    return [
        field
        for field in model._meta.concrete_fields
        if isinstance(field, models.CharField | models.TextField)
        and not field.choices
        and not isinstance(field, NO_WORDS)
        and not (issubclass(model, StatusChange) and field.name != "remark")
    ]


def public_fields(kind=PUBLIC):
    return [
        (model, field)
        for model in own_models()
        for field in text_fields(model)
        if isinstance(field, kind)
    ]


@pytest.fixture
def busy_street(centre, station, other_station):
    """Everything that a public page might print, with every word of every row a mark of its own."""
    make_posting(station=station, duty="head")
    venue = make_venue(station=station, former_use="库房")
    make_platform(station=station).venues.add(venue)
    brand = make_brand(station=station)
    make_brand(station=other_station, ended_on=days_away(-1))
    team = make_team(station=station, is_featured=True, partner_unit=make_partner_unit())
    make_membership(team=team)
    activity = make_activity(station=station, brand=brand, cohosts=[other_station, centre])
    make_session(activity=activity, venue=venue, days=3)
    make_session_move(session=make_session(activity=activity, address="3号楼前空地", days=4))
    make_held_session(activity=activity, address="3号楼前空地", story="来了很多人")
    make_session(activity=activity, days=5).take("cancel", remark="停水")
    signup = make_signup(session=make_session(activity=activity, capacity=20, days=6))
    make_call(signup=signup)
    make_passed_over(signup=signup)
    for model in MAKERS:
        if not model.objects.exists():
            MAKERS[model](station)
    marks = {}
    for model in own_models():
        # A query code or a number has no room for a mark, and none for a phone number either.
        # Nor has the key of a link.
        roomy = [f for f in text_fields(model) if f.max_length is None or f.max_length > 12]
        roomy = [f for f in roomy if f.name != "key"]
        fields = {field.name: f"mark{len(marks) + n}q" for n, field in enumerate(roomy)}
        marks |= {mark: (model, model._meta.get_field(name)) for name, mark in fields.items()}
        for pk in model._base_manager.values_list("pk", flat=True):
            # The key keeps unique names apart.
            values = {name: f"{mark}{pk}" for name, mark in fields.items()}
            if values:
                model._base_manager.filter(pk=pk).update(**values)
    return marks


def test_every_word_on_a_public_page_is_checked(client, busy_street):
    printed = set()
    for page in addresses():
        response = client.get(page)
        if "noindex" in response.headers.get("X-Robots-Tag", ""):
            continue  # its owner's, who has written what stands there
        html = unescape(response.getvalue().decode())
        printed |= set(re.findall(r"mark\d+q", html))

    found = {busy_street[mark] for mark in printed}
    assert {"intro", "text", "story", "remark", "name", "slogan", "facilities", "reason"} <= {
        field.name for _, field in found
    }
    unchecked = [
        f"{model._meta.label}.{field.name}"
        for model, field in found
        if not isinstance(field, PUBLIC) and not issubclass(model, StatusChange)
    ]
    assert unchecked == []
    steps = {model.workflow() for model, _ in found if issubclass(model, StatusChange)}
    assert [each for each in steps if not public_remarks(each)] == []


def public_remarks(model) -> list[str]:
    return [name for name, step in model.steps.items() if step.has_public_remark]


def test_texts_that_will_be_public_are_checked_before_they_are():
    checked = {f"{model._meta.label}.{field.name}" for model, field in public_fields()}

    assert {
        "activities.RoleModel.deed",
        "learning.StudySession.topic",
        "volunteers.Organisation.name",
        "volunteers.Team.purpose",
    } <= checked
    assert "reports.MonthlySummary.problems" not in checked


@pytest.mark.parametrize(
    ("model", "field"), public_fields(), ids=lambda each: getattr(each, "__name__", str(each))
)
def test_public_field_refuses_a_phone(centre, model, field):
    row = MAKERS[model](make_station())
    setattr(row, field.name, PHONE)

    with pytest.raises(ValidationError) as refused:
        row.clean_fields()

    assert "里有手机号" in "".join(refused.value.message_dict[field.name])


def test_public_field_is_plain_text_to_migrations():
    for _, field in public_fields():
        assert field.deconstruct()[1] in (
            "django.db.models.CharField",
            "django.db.models.TextField",
        )


#: Words that no keep-time ends and that nobody types, or that are somebody's to keep: a name is
#: no number. A new column is public, kept, declared as personal data, or adds its line with why.
OF_THEMSELVES = {
    "stations.PageChange.page_type": "a model",
    "stations.PageChange.page_name": "a row's own name, a person's as its mask",
    "stations.User.password": "a hash",
    "stations.User.username": "an account's, made by the centre",
    "stations.User.email": "asked of nobody",
    "stations.User.name": "staff, by name",
    "stations.PhoneView.row_type": "a model",
    "stations.PhoneView.field": "a field",
    "stations.PhoneView.words": "checked by its form (tests/stations/test_phone_view.py)",
    "stations.Deletion.row_type": "a model",
    "reports.FrozenFigure.code": "of a metric",
    "reports.FrozenFigure.label": "of a metric",
    "reports.FrozenFigure.unit": "of a metric",
    "reports.FrozenLine.source": "a row's key",
    "reports.FrozenLine.text": "quotes rows, and is cleaned with them",
    "practice_portal.NightlyStep.label": "a step's name",
    "practice_portal.NightlyStep.message": "counts",
}


def test_every_text_is_checked_or_ends():
    unchecked = set()
    for model in own_models():
        declared = getattr(model, "personal_data", ())
        ending = {name for data in declared for name in (*data.fields, *data.texts)}
        unchecked |= {
            f"{model._meta.label}.{field.name}"
            for field in text_fields(model)
            if field.editable and field.name not in ending
            if not isinstance(field, (*PUBLIC, *KEPT))
        }

    assert unchecked == set(OF_THEMSELVES)


def test_kept_fields_refuse_a_phone(centre, station):
    refused = {}
    for model, field in public_fields(KEPT):
        if model not in MAKERS:
            continue
        row = MAKERS[model](make_station())
        setattr(row, field.name, PHONE)
        try:
            row.clean_fields()
        except ValidationError as error:
            refused[field.name] = "".join(error.message_dict[field.name])

    assert set(refused) == {
        *("reason", "why_far_apart", "highlights", "problems", "next_plan", "words")
    }
    assert all("一直留着的文字里不写个人号码" in said for said in refused.values())


def kept_remarks() -> list[tuple]:
    """One step with a remark of each model whose rows have no keep-time."""
    return [
        (model, next(name for name, step in model.steps.items() if step.remark))
        for model in own_models()
        if issubclass(model, WorkflowModel) and not getattr(model, "personal_data", ())
        if any(step.remark for step in model.steps.values())
    ]


def test_remarks_that_no_keep_time_ends_are_checked(centre, station, clerk):
    for model, name in kept_remarks():
        row = MAKERS[model](station)
        model.objects.filter(pk=row.pk).update(status=model.steps[name].sources[0])
        row.refresh_from_db()

        with pytest.raises(IllegalStep, match="里有手机号"):
            row.take(name, remark=f"请打{PHONE}")

    found = {model.__name__ for model, _ in kept_remarks()}
    assert found >= {"Booking", "Activity", "Article", "MonthlySummary", "ServiceEntry"}


@pytest.mark.parametrize(
    ("model", "name"),
    [
        (model, name)
        for model in own_models()
        if issubclass(model, WorkflowModel)
        for name in public_remarks(model)
    ],
)
def test_public_remark_of_a_step_is_checked(station, clerk, model, name):
    row = MAKERS[model](station)
    if name not in row.open_steps():
        stamps = {stamp: None for step in model.steps.values() for stamp in step.stamps}
        model.objects.filter(pk=row.pk).update(status=model.steps[name].sources[0], **stamps)
        row.refresh_from_db()

    with pytest.raises(IllegalStep) as refused:
        row.take(name, by=clerk, remark=f"改期，问{PHONE}")

    assert "“改期，问154****5678”里有手机号" in refused.value.message
    assert not row.changes.exists()


def test_words_that_a_step_sets_are_checked(station, clerk):
    activity = make_activity(station=station, status="draft")
    make_session(activity=activity)

    with pytest.raises(IllegalStep, match="里有手机号"):
        activity.take("publish", by=clerk, text=f"找{PHONE}")

    activity.refresh_from_db()
    assert (activity.status, PHONE in activity.text) == ("draft", False)


def test_demo_street_holds_no_number_of_a_person(demo_noon):
    wrong = [
        (model._meta.label, field.name, text)
        for model, field in public_fields()
        for text in model._base_manager.values_list(field.name, flat=True)
        if find_numbers(text) and refusal(text)
    ]

    assert wrong == []


# In the admin -------------------------------------------------------------------------------------


def test_admin_form_shows_the_place_at_the_field_and_keeps_what_was_typed(client, clerk, station):
    client.force_login(clerk)
    page = reverse("admin:stations_station_change", args=[station.pk])
    intro = f"院里有棋牌室。想来的找老宋{PHONE}，随时都行。"

    response = client.post(
        page, {"phone": "0937-6000000", "address": "示例路1号", "opening_hours": "", "intro": intro}
    )

    assert response.status_code == 200
    assert response.context["adminform"].form.errors == {
        "intro": [
            "第2句“想来的找老宋154****5678，随时都行”里有手机号。公开的文字里不写个人号码："
            "请删掉，可以改成实践所的办公电话0937-6000000。"
        ]
    }
    assert intro in unescape(response.content.decode())
    station.refresh_from_db()
    assert station.intro == ""


def test_admin_inline_shows_the_place_at_the_field(client, clerk, station):
    activity = make_activity(station=station, status="draft")
    session = make_session(activity=activity)
    client.force_login(clerk)

    response = client.post(
        reverse("admin:activities_activity_change", args=[activity.pk]),
        {
            "station": station.pk,
            "title": activity.title,
            "text": activity.text,
            "platform": "culture",
            "task": "culture_life",
            "form": "activity",
            "audience": "everyone",
            "risk_notice": activity.risk_notice,
            "requirements": activity.requirements,
            "sessions-TOTAL_FORMS": "1",
            "sessions-INITIAL_FORMS": "1",
            "sessions-0-id": session.pk,
            "sessions-0-activity": activity.pk,
            "sessions-0-day": days_away(3).isoformat(),
            "sessions-0-starts": "09:30",
            "sessions-0-ends": "11:30",
            "sessions-0-address": f"老宋家，{PHONE}",
        },
    )

    [inline] = response.context["inline_admin_formsets"]
    [error] = inline.formset.forms[0].errors["address"]
    assert error.startswith("“老宋家，154****5678”里有手机号。")
    assert error.endswith("可以改成实践所的办公电话0937-6000000。")


def test_admin_step_with_a_public_remark_keeps_what_was_typed(client, clerk, station):
    session = make_session(activity=make_activity(station=station))
    client.force_login(clerk)
    page = reverse("admin:activities_session_step", args=[session.pk, "cancel"])

    response = client.post(page, {"remark": f"停水，改期问{PHONE}"})

    assert response.status_code == 200
    html = unescape(response.content.decode())
    assert "“停水，改期问154****5678”里有手机号" in html
    assert f"停水，改期问{PHONE}" in html
    session.refresh_from_db()
    assert session.status == "planned"
