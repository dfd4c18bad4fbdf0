"""Whoever mistypes one thing types nothing twice: a refused form comes back as it was filled in."""

import re
from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.contrib import admin
from django.db import models
from django.urls import reverse
from django.utils import timezone

from activities.models import Session
from activities.signups import here
from practice_portal.lib.months import Month
from practice_portal.lib.phones import DEMO_PREFIX
from tests.factories import (
    make_activity,
    make_demand,
    make_role_model,
    make_session,
    make_signup,
    make_summary,
    make_user,
)
from tests.house.test_requests import own_forms

WORDS = "打了半天的字"
LONG = WORDS * 200

#: A form, where it stands, what is typed into it, of which something is wrong.
FORMS = {
    "MyForm": ("/my/", {"code": "ABCD23450", "phone": "154 1234 567"}),
    "SignupForm": ("/sessions/{session}/signup/", {"name": WORDS, "phone": "154 1234 567"}),
    "PartyForm": ("/signups/{signup_key}/change/", {"party_size": "61"}),
    "RatingForm": ("/signups/{over}/rate/", {"words": LONG}),
    "ResultForm": (
        "/admin/activities/session/{held}/result/",
        {"people_served": "99999", "story": f"{WORDS}15412345678"},
    ),
    "NominationForm": ("/role-models/nominate/", {"name": WORDS, "nominator_phone": "154 1234"}),
    "ObjectionForm": ("/role-models/{on_notice}/object/", {"text": LONG, "name": "马示例"}),
    "MonthForm": ("/reports/draw-up/", {"month": "2026-13"}),
    "ReturnForm": ("/reports/2026-10/nanhu/return/", {"remark": LONG}),
    "ReasonForm": ("/reports/pages/station/{station}/take-down/", {"reason": LONG}),
    "AgainForm": ("/admin/activities/activity/{activity}/again/", {"day": "2026-02-31"}),
    "RowForm": (
        "/admin/activities/activity/{activity}/row/",
        {"day": "2026-02-31", "picked": WORDS, "address": WORDS},
    ),
    "ChangeForm": (
        "/admin/activities/activity/{activity}/reschedule/",
        {"day": "2026-02-31", "reason": LONG},
    ),
    "HandOverForm": ("/account/handover/nanhu/", {"on": "2026-02-31"}),
    "SecondFactorForm": ("/account/second-factor/", {"code": "12 34"}),
    "PurposeForm": (
        "/admin/services/demand/{pk}/phone/contact_phone/",
        {"purpose": "", "words": f"{WORDS}15412345678"},
    ),
    "CallerForm": (
        "/admin/activities/session/{session}/signups/",
        {"name": WORDS, "phone": "154 1234 567", "party_size": "2"},
    ),
    "SizeForm": (
        "/admin/activities/session/{session}/signups/{signup}/",
        {"party_size": "51", "children": "7"},
    ),
    "WalkInForm": ("/admin/activities/session/{today}/walk-in/", {"people": "501"}),
    "FindForm": ("/admin/activities/session/{session}/signups/find/", {"phone": "154 1234 567"}),
    "KeyInForm": (
        "/admin/activities/session/{today}/key-in/",
        {"codes": f"{WORDS} 23C", "walk_ins": "501"},
    ),
    "HereForm": ("{here}", {"code": "ABCD 234"}),
    "RemarkForm": ("/admin/services/demand/{pk}/step/return/", {"remark": LONG}),
}

#: The same for those that only ask.
QUESTIONS = {
    "FiguresForm": ("/figures/", {"on": "2026-02-31"}),
    "SearchForm": ("/search/", {"q": LONG}),
    "WhereForm": ("/where/", {"q": LONG}),
    "ActivityFilter": ("/activities/", {"on": "2026-02-31", "platform": "culture"}),
}

#: Nothing is typed into these, or nothing that may be shown again.
WITHOUT = {
    "ApproveForm",
    "RingForm",
    "TickForm",
    "ChoiceForm",
    "FoldingForm",
    "ForgetForm",
    "ListForm",
    "NewsFilter",
    "TeamFilter",
    "LargeTextForm",
    "LoginForm",
    "LookForm",
    "LoginNameForm",
    "OwnPasswordForm",
    "PageForm",
    "WallFilter",
    "PaperForm",
    "PasswordForm",
    "PlanFileForm",
    "PlanRowsForm",
    "ReviewForm",
    "StationFilter",
    "Filter",
    "WhichForm",
}

#: Of the admin, whose add and change pages are walked below.
OF_THE_ADMIN = {"AccountForm", "ActivityForm", "PastRoleModelForm", "PlanForm", "SessionForm"}


@pytest.fixture(autouse=True)
def november(db, settings):
    settings.SECOND_FACTOR = "optional"
    with time_machine.travel("2026-11-23 10:00 +0800", tick=False):
        yield


@pytest.fixture
def rows(station, centre, clerk):
    make_summary(station=station, month=Month(2026, 10)).take("submit", by=clerk)
    demand = make_demand(station=station, contact_phone=f"{DEMO_PREFIX}12345678")
    session = make_session(activity=make_activity(station=station), capacity=60)
    signup, past = make_signup(session=session), make_signup()
    today = make_session(activity=session.activity, days=0)
    ended = timezone.now() - timedelta(days=1)
    over = Session.objects.filter(pk=past.session_id)
    over.update(starts_at=ended - timedelta(hours=2), ends_at=ended)
    return {
        "pk": demand.pk,
        "station": station.pk,
        "activity": session.activity_id,
        "session": session.pk,
        "signup": signup.pk,
        "signup_key": signup.key,
        "over": past.key,
        "held": past.session_id,
        "today": today.pk,
        "here": reverse("activities:session-here", args=[here.code_of(today)]),
        "on_notice": make_role_model(station=station, status="notice").pk,
    }


def test_kept_words_knows_every_form():
    known = {*FORMS, *QUESTIONS, *WITHOUT, *OF_THE_ADMIN}

    assert {form.__name__ for form in own_forms()} == known


@pytest.mark.parametrize("name", FORMS)
def test_kept_words_come_back_with_what_is_wrong(name, client, director, rows):
    page, typed = FORMS[name]
    client.force_login(director)

    response = client.post(page.format(**rows), typed)

    assert response.status_code == 200
    assert_kept(response, typed)


@pytest.mark.parametrize("name", QUESTIONS)
def test_kept_words_of_a_question_come_back(name, client, centre, station):
    page, typed = QUESTIONS[name]

    response = client.get(page, typed)

    assert response.status_code == 200
    assert_kept(response, typed)


def assert_kept(response, typed: dict) -> None:
    """Each word in its own field again, and an error where the wrong one stands."""
    html = unescape(response.content.decode())
    for name, text in typed.items():
        assert text in html, name
    assert 'aria-invalid="true"' in html


#: Not typed in by hand, or without a word in them (a month, a number of people).
NOT_ADDED = {
    "activities.Call",
    "stations.Deletion",
    "activities.Session",
    "learning.OnlineStudy",
    "practice_portal.NightlyRun",
    "reports.MonthlySummary",
    "reports.Plan",
    "stations.PhoneView",
}
ADDED = [each for each in admin.site._registry.values() if each.opts.label not in NOT_ADDED]


@pytest.mark.parametrize("model_admin", ADDED, ids=lambda each: each.opts.object_name)
def test_kept_words_of_the_admin_come_back(model_admin, client, db):
    client.force_login(make_user(is_superuser=True))
    page = reverse(f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_add")
    fields = client.get(page).context["adminform"].form.fields
    own = {field.name for field in model_admin.opts.get_fields()}
    texts = {
        name
        for name in own & set(fields)
        if isinstance(model_admin.opts.get_field(name), models.CharField | models.TextField)
        and not getattr(fields[name], "choices", None)
    }
    typed = {name: f"{WORDS}{number}" for number, name in enumerate(sorted(texts))}

    response = client.post(page, typed)

    assert response.status_code == 200
    html = response.content.decode()
    lost = [text for text in typed.values() if not re.search(f'{text}[<"]', html)]
    assert texts
    assert lost == []
