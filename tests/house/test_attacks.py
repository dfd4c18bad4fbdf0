"""A clerk of one station reaches for another's rows, and nobody for more than their role: each way
that the admin offers is tried through HTTP."""

import re
from datetime import datetime
from html import unescape

import pytest
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.contrib.messages import get_messages
from django.db import transaction
from django.forms import FileField
from django.forms.models import BaseModelForm, InlineForeignKeyField
from django.forms.widgets import MultiWidget
from django.urls import NoReverseMatch, get_resolver, reverse

from activities.models import Activity
from practice_portal.lib.phones import DEMO_PREFIX, PersonalPhoneField, personal_phones
from practice_portal.lib.workflow import WorkflowModel
from reports.models import Plan
from stations.models import Article, Deletion, Posting, Station, User
from stations.scoping import StationScopedAdmin, _ScopedInline, is_scoped
from tests.factories import (
    MAKERS,
    days_away,
    make_activity,
    make_article,
    make_article_picture,
    make_attachment,
    make_demand,
    make_entry,
    make_membership,
    make_plan,
    make_posting,
    make_session,
    make_team,
    make_user,
    make_venue,
    make_volunteer,
)
from tests.house.test_layers import own_modules
from tests.house.test_requests import own_forms
from volunteers.models import Team

SCOPED = sorted(
    (each for each in admin.site._registry.values() if isinstance(each, StationScopedAdmin)),
    key=lambda each: each.opts.label,
)
every_scoped_admin = pytest.mark.parametrize(
    "model_admin", SCOPED, ids=lambda each: each.opts.object_name
)


def url(model, page: str, *args) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def stored(row) -> dict:
    """The row as the database has it, with what it is joined to; moments by the second."""
    values = type(row).objects.filter(pk=row.pk).values().get()
    for name, value in values.items():
        if isinstance(value, datetime):
            values[name] = value.replace(microsecond=0)
    joined = {
        field.name: set(getattr(row, field.name).values_list("pk", flat=True))
        for field in row._meta.many_to_many
    }
    return values | joined


#: What the list deletes for nobody, or what others hold fast.
UNDELETED = {
    *("Activity", "Article", "Session", "Station"),  # residents have seen them, or they hold rows
    *("Call", "Deletion", "MonthlySummary", "Objection", "ServiceEntry"),
}


# Another station's row is as if absent ------------------------------------------------------------


#: Where a day that a form has taken is read again.
SHOWN = ("/admin/", "/reports/")
DAY = re.compile(r"(_on|_at_0|^day|-day|last_day|since|until|_before)$")


@every_scoped_admin
def test_another_stations_row_answers_like_one_that_never_was(
    model_admin, client, clerk, other_station
):
    theirs = MAKERS[model_admin.model](other_station)
    client.force_login(clerk)
    pages = [("change",), ("history",), ("delete",)]
    if issubclass(model_admin.model, WorkflowModel):
        pages += [("step", name) for name in theirs.open_steps()]
    pages += [("phone", field.name) for field in personal_phones(model_admin.model)]

    def answers(pk) -> list[tuple]:
        found = []
        for page, *args in pages:
            for ask in (client.get, client.post):
                client.cookies.pop("messages", None)  # what was said before
                response = ask(url(model_admin.model, page, pk, *args), {"post": "yes"})
                said = [str(each).replace(str(pk), "…") for each in messages(response)]
                found.append((page, response.status_code, response.get("Location"), said))
        return found

    assert answers(theirs.pk) == answers(987654321)
    assert model_admin.model.objects.filter(pk=theirs.pk).exists()


def messages(response) -> list:
    return list(get_messages(response.wsgi_request))


@every_scoped_admin
def test_bulk_action_on_everything_reaches_the_own_rows_only(
    model_admin, client, strong_clerk, station, other_station
):
    """`select_across` asks for the whole list, whatever was ticked."""
    mine = MAKERS[model_admin.model](station)
    theirs = MAKERS[model_admin.model](other_station)
    before = stored(theirs)
    client.force_login(strong_clerk)
    client.post(
        url(model_admin.model, "changelist"),
        {
            "action": "delete_selected",
            "select_across": "1",
            "index": "0",
            "_selected_action": [theirs.pk],
            "post": "yes",
        },
    )

    assert stored(theirs) == before
    is_reached = not model_admin.model.objects.filter(pk=mine.pk).exists()
    assert is_reached == (model_admin.opts.object_name not in UNDELETED)


def test_permission_is_asked_for_the_single_row(rf, strong_clerk, station, other_station):
    """Also of a row in hand, which no list has narrowed: history and actions hand it over."""
    request = rf.get("/")
    request.user = strong_clerk
    allowed = {}
    for model_admin in SCOPED:
        mine = MAKERS[model_admin.model](station)
        theirs = MAKERS[model_admin.model](other_station)
        name = model_admin.opts.object_name
        assert model_admin.has_view_permission(request, mine), name
        allowed[name] = [
            what
            for what in ("view", "change", "delete")
            if getattr(model_admin, f"has_{what}_permission")(request, theirs)
        ]

    assert allowed == {name: [] for name in allowed}


def test_inlines_hold_the_own_rows_only(rf, clerk, station, other_station):
    request = rf.get("/")
    request.user = clerk
    seen = {}
    for model_admin in SCOPED:
        for inline in model_admin.inlines:
            if not issubclass(inline, _ScopedInline) or not is_scoped(inline.model):
                continue
            mine, theirs = MAKERS[inline.model](station), MAKERS[inline.model](other_station)
            rows = inline(model_admin.model, admin.site).get_queryset(request)
            seen[inline.__name__] = (mine in rows, theirs in rows)

    assert len(seen) > 4
    assert set(seen.values()) == {(True, False)}


def test_admin_leads_to_no_page_by_a_rows_key_alone(client, clerk, other_station):
    """Django's `r/` would redirect to the page of any station's row, and so tell that it is."""
    theirs = make_activity(station=other_station)
    kind = ContentType.objects.get_for_model(type(theirs))
    client.force_login(clerk)

    assert client.get(f"/admin/r/{kind.pk}/{theirs.pk}/").status_code == 404
    with pytest.raises(NoReverseMatch):
        reverse("admin:view_on_site", args=[kind.pk, theirs.pk])


def test_admin_links_to_the_page_of_a_row(client, clerk, station):
    activity = make_activity(station=station)
    make_session(activity=activity)
    client.force_login(clerk)

    html = client.get(url(type(activity), "change", activity.pk)).content.decode()

    assert f'href="/activities/{activity.pk}/"' in html


# Lists --------------------------------------------------------------------------------------------


@pytest.fixture
def two_demands(station, other_station):
    mine = make_demand(station=station, title="我家的事", contact_phone=f"{DEMO_PREFIX}00000001")
    theirs = make_demand(
        station=other_station, title="别家的事", contact_phone=f"{DEMO_PREFIX}00000002"
    )
    return mine, theirs


@pytest.mark.parametrize(
    "query",
    [
        "",
        "q=事",
        "o=1.-2.3.-4.5.6",
        "o=-3",
        "p=1",
        "all=",
        "status__exact=submitted",
        "submitted_at__year={year}",
        "_popup=1",
        "_to_field=id&_popup=1",
        "_facets=True",
        "e=1",
    ],
)
def test_list_of_a_clerk_has_the_own_rows_however_it_is_asked(client, clerk, two_demands, query):
    client.force_login(clerk)
    query = query.format(year=days_away(0).year)

    response = client.get(f"/admin/services/demand/?{query}")

    assert list(response.context["cl"].queryset) == [two_demands[0]]
    assert "别家的事" not in response.content.decode()


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("services/demand", "contact_phone__startswith=154"),
        ("services/demand", "contact_phone=15400000001"),
        ("services/demand", "contact_name__startswith=宋"),
        ("services/demand", "station__id__exact={other}"),
        ("services/demand", "station__name__startswith=示例"),
        ("services/demand", "station__phone__startswith=0937"),
        ("services/demand", "session__activity__station__name=示例邻社区"),
        ("services/demand", "_to_field=contact_phone"),
        ("volunteers/volunteer", "phone__startswith=154"),
        ("volunteers/volunteer", "phone__isnull=0"),
        ("volunteers/volunteer", "entries__hours__gt=1"),
        ("volunteers/volunteer", "memberships__team__station__id__exact={other}"),
        ("volunteers/volunteer", "_to_field=phone"),
        ("volunteers/serviceentry", "volunteer__phone__startswith=154"),
        ("volunteers/serviceentry", "entered_by__password__startswith=md5"),
        ("volunteers/serviceentry", "volunteer__station__name__startswith=示例"),
        ("volunteers/team", "memberships__volunteer__phone__startswith=154"),
        ("stations/booking", "venue__station__phone__startswith=0937"),
        ("stations/station", "postings__user__password__startswith=md5"),
        ("reports/monthlysummary", "changes__by__username=director"),
    ],
)
def test_list_answers_no_question_that_its_filters_do_not_offer(
    client, clerk, other_station, path, query
):
    client.force_login(clerk)

    response = client.get(f"/admin/{path}/?{query.format(other=other_station.pk)}")

    assert response.status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "range=1",
        "regex=(",
        "iregex=a",
        "search=a",
        "in=1",
        "gte=1",
        "contains=a",
        "foo=1",
        "foo__exact=1",
    ],
)
def test_every_list_refuses_what_the_links_of_its_filters_do_not_ask(client, director, query):
    client.force_login(director)
    asked = []
    for model, each in admin.site._registry.items():
        filters = [name[0] if isinstance(name, tuple) else name for name in each.list_filter]
        names = [getattr(name, "parameter_name", name) for name in filters]
        names += [each.date_hierarchy] if each.date_hierarchy else []
        asked += [f"{url(model, 'changelist')}?{name}__{query}" for name in names]

    codes = {address: client.get(address).status_code for address in asked}

    assert len(codes) > 40
    assert {address: code for address, code in codes.items() if code != 400} == {}


def test_every_list_answers_the_links_of_its_filters(client, director, station, other_station):
    client.force_login(director)
    codes = {}
    for model, each in admin.site._registry.items():
        for one in (station, other_station) if model in MAKERS else ():
            MAKERS[model](one)
        address = url(model, "changelist")
        html = client.get(address).content.decode()
        asked = [address + unescape(link) for link in re.findall(r'href="(\?[^"]+)"', html)]
        if dates := each.date_hierarchy:
            asked.append(f"{address}?{dates}__year=2026&{dates}__month=11&{dates}__day=23")
        codes |= {page: client.get(page).status_code for page in asked}

    assert {page: code for page, code in codes.items() if code != 200} == {}
    keys = {key for page in codes for key in re.findall(r"[?&]([a-z_]+)=", page)}
    assert {"starts_at__day", "status__exact", "station__id__exact", "result"} <= keys


@pytest.mark.parametrize(
    "query", ["password__startswith=md5", "user__password__startswith=md5", "is_superuser=1"]
)
@pytest.mark.parametrize("path", ["stations/user", "stations/posting"])
def test_lists_of_the_centre_tell_nothing_of_passwords(client, director, path, query):
    client.force_login(director)

    assert client.get(f"/admin/{path}/?{query}").status_code == 400


def test_every_list_refuses_to_be_asked_for_a_personal_phone(client, director):
    phones = [
        (each.model, field.name)
        for each in SCOPED
        for field in each.opts.fields
        if isinstance(field, PersonalPhoneField)
    ]
    client.force_login(director)

    codes = {
        (model.__name__, name): client.get(
            f"{url(model, 'changelist')}?{name}__startswith=154"
        ).status_code
        for model, name in phones
    }

    assert codes == {
        ("Volunteer", "phone"): 400,
        ("Demand", "contact_phone"): 400,
        ("Objection", "phone"): 400,
        ("RoleModel", "nominator_phone"): 400,
    }


def test_search_finds_no_phone(client, clerk, station):
    make_volunteer(station=station, phone=f"{DEMO_PREFIX}12345678")
    make_demand(station=station, contact_phone=f"{DEMO_PREFIX}12345678")
    client.force_login(clerk)

    for path in ("volunteers/volunteer", "services/demand"):
        response = client.get(f"/admin/{path}/?q=12345678")
        assert list(response.context["cl"].queryset) == []


def test_list_filters_offer_the_own_rows_only(client, roles, station, other_station):
    """A clerk of two stations chooses between the two, and never sees the third."""
    third = MAKERS[Station](other_station)
    busy = make_user(station=station, role="clerk")
    second = make_venue().station
    make_posting(station=second, user=busy)
    for each in (station, second, third):
        make_venue(station=each)
    client.force_login(busy)

    html = client.get("/admin/stations/venue/").content.decode()

    assert f"station__id__exact={station.pk}" in html
    assert f"station__id__exact={second.pk}" in html
    assert f"station__id__exact={third.pk}" not in html
    theirs = client.get(f"/admin/stations/venue/?station__id__exact={third.pk}")
    assert list(theirs.context["cl"].queryset) == []


def test_date_hierarchy_shows_the_own_days_only(client, clerk, station, other_station):
    make_entry(volunteer=make_volunteer(station=station), served_on=days_away(-1))
    make_entry(volunteer=make_volunteer(station=other_station), served_on=days_away(-800))
    client.force_login(clerk)

    html = client.get("/admin/volunteers/serviceentry/").content.decode()

    assert f"served_on__year={days_away(-800).year}" not in html


# Autocomplete -------------------------------------------------------------------------------------


def autocomplete(client, app_label, model_name, field_name, **more):
    asked = {"app_label": app_label, "model_name": model_name, "field_name": field_name, **more}
    return client.get(reverse("admin:autocomplete"), asked)


@pytest.mark.parametrize(
    "source",
    [
        ("volunteers", "serviceentry", "volunteer"),  # the two that our forms ask about
        ("services", "demand", "session"),
        ("volunteers", "membership", "volunteer"),  # and forged ones
        ("volunteers", "membership", "team"),
        ("volunteers", "serviceentry", "station"),
        ("stations", "posting", "station"),
        ("stations", "platform", "venues"),
        ("activities", "activity", "cohosts"),
        ("activities", "activity", "brand"),
        ("activities", "session", "activity"),
    ],
    ids=lambda each: ".".join(each),
)
def test_autocomplete_offers_no_other_stations_row(client, clerk, station, other_station, source):
    app_label, model_name, field_name = source
    related = apps.get_model(app_label, model_name)._meta.get_field(field_name).related_model
    mine, theirs = MAKERS[related](station), MAKERS[related](other_station)
    client.force_login(clerk)

    response = autocomplete(client, *source, term="")

    offered = {row["id"] for row in response.json()["results"]}
    assert str(mine.pk) in offered
    assert str(theirs.pk) not in offered


@pytest.mark.parametrize(
    "source",
    [
        ("stations", "posting", "user"),  # accounts are the centre's
        ("volunteers", "serviceentry", "entered_by"),
        ("admin", "logentry", "user"),
        ("stations", "user", "groups"),  # not in the admin at all
        ("auth", "permission", "content_type"),
        ("stations", "station", "name"),  # no relation
        ("stations", "station", "nothing"),
        ("nothing", "station", "name"),
        ("stations", "posting", "pk"),
    ],
    ids=lambda each: ".".join(each),
)
def test_autocomplete_tells_nothing_of_what_one_may_not_see(client, clerk, director, source):
    client.force_login(clerk)

    assert autocomplete(client, *source, term="").status_code == 403


def test_autocomplete_offers_what_the_street_shares(client, clerk, centre):
    """More than one may edit: the street's team is every station's to pick."""
    team = make_team(station=centre)
    client.force_login(clerk)

    response = autocomplete(client, "volunteers", "membership", "team", term="")

    assert [row["id"] for row in response.json()["results"]] == [str(team.pk)]
    assert not Team.objects.managed_by(clerk).exists()


def test_autocomplete_goes_by_keys_only(client, clerk, station):
    make_volunteer(station=station)
    client.force_login(clerk)

    response = autocomplete(
        client, "volunteers", "serviceentry", "volunteer", term="宋", to_field="phone"
    )

    assert len(response.json()["results"]) == 1
    assert DEMO_PREFIX not in response.content.decode()


# Forged keys --------------------------------------------------------------------------------------

#: Every choice of a row on a form of the admin and its inlines, and what becomes of another
#: station's: a new field adds its line.
CHOICES = {
    "Deletion": {},
    "Call": {},
    "Article": {
        "station": "refused",
        "pictures.article": "refused",
        "pictures.id": "ignored",
        "attachments.article": "refused",
        "attachments.id": "ignored",
    },
    "Activity": {
        "station": "refused",
        "cohosts": "taken",  # any station may hold an activity with us
        "brand": "refused",
        "partners": "refused",
        "sessions.activity": "refused",
        "sessions.id": "ignored",
        "sessions.venue": "refused",
    },
    "Booking": {"venue": "refused"},
    "Brand": {"station": "refused"},
    "Demand": {"station": "refused", "session": "refused"},
    "MonthlySummary": {},
    "OnlineStudy": {"station": "refused"},
    "Holiday": {"station": "refused"},
    "Organisation": {"station": "refused"},
    "PartnerUnit": {"station": "refused"},
    "Plan": {"lines.plan": "refused", "lines.id": "ignored"},
    "Platform": {"station": "refused", "venues": "refused"},
    "Objection": {},
    "RoleModel": {"volunteer": "refused", "talks": "refused"},
    "ServiceEntry": {"station": "refused", "volunteer": "refused"},
    "Session": {"venue": "refused"},
    "Station": {},
    "StudySession": {"station": "refused"},
    "Team": {
        "station": "refused",
        "partner_unit": "refused",
        "organisation": "refused",
        "memberships.id": "ignored",
        "memberships.team": "refused",
        "memberships.volunteer": "refused",
    },
    "Venue": {"station": "refused"},
    "Volunteer": {"station": "refused"},
    "Whistle": {"station": "refused", "lead_unit": "refused"},
}


@pytest.fixture
def strong_clerk(clerk):
    """A clerk who was given every permission there is: the rows are guarded without the roles."""
    clerk.user_permissions.set(Permission.objects.all())
    return clerk


def own_row(model, station):
    """A row of the station with one line in each of its inlines."""
    if model is Activity:
        return make_session(activity=make_activity(station=station)).activity
    if model is Article:
        article = make_article(station=station, status="draft")
        make_article_picture(article=article)
        return make_attachment(article=article).article
    if model is Team:
        return make_membership(team=make_team(station=station)).team
    if model is Plan:
        plan = make_plan(station=station)
        plan.lines.exclude(pk=plan.lines.first().pk).delete()
        return plan
    return MAKERS[model](station)


def forms_of(response) -> dict[str, object]:
    """The forms of a page: its own, and the first of each inline."""
    forms = {"": response.context["adminform"].form}
    for each in response.context["inline_admin_formsets"]:
        forms |= {f"{each.formset.prefix}.": form for form in each.formset.initial_forms[:1]}
    return forms


def choices_of(form) -> dict[str, type]:
    """The fields in which a row is chosen, and rows of which model."""
    found = {}
    for name, field in form.fields.items():
        if isinstance(field, InlineForeignKeyField):
            found[name] = type(field.parent_instance)
        elif hasattr(field, "queryset"):
            found[name] = field.queryset.model
    return found


def typed(form) -> dict[str, object]:
    """What a browser sends back of a form in which nothing was changed."""
    data = {}
    for name, field in form.fields.items():
        value = field.prepare_value(form[name].value())
        if isinstance(field.widget, MultiWidget):
            parts = field.widget.decompress(value)
            data |= {f"{form.add_prefix(name)}_{i}": part or "" for i, part in enumerate(parts)}
        elif value is not None and value is not False and not isinstance(field, FileField):
            data[form.add_prefix(name)] = value
    return data


def page_typed(response) -> dict[str, object]:
    data = {}
    for form in forms_of(response).values():
        data |= typed(form)
    for each in response.context["inline_admin_formsets"]:
        prefix, count = each.formset.prefix, each.formset.initial_form_count()
        data |= {f"{prefix}-TOTAL_FORMS": count, f"{prefix}-INITIAL_FORMS": count}
    return data


@every_scoped_admin
def test_forged_keys_are_refused_in_every_form(
    model_admin, client, strong_clerk, station, other_station
):
    mine = own_row(model_admin.model, station)
    client.force_login(strong_clerk)
    address = url(model_admin.model, "change", mine.pk)
    page = client.get(address)
    if not page.context["adminform"].form.fields and model_admin.opts.object_name == "ServiceEntry":
        address = url(model_admin.model, "add")  # a line that is written is never rewritten
        page = client.get(address)

    outcomes = {}
    for prefix, form in forms_of(page).items():
        for name, related in choices_of(form).items():
            theirs = MAKERS[related](other_station)
            rows = [theirs, mine, *([form.instance] if form.instance.pk else [])]
            with transaction.atomic():
                kept = [stored(row) for row in rows]
                answer = client.post(address, page_typed(page) | {form.add_prefix(name): theirs.pk})
                if answer.status_code == 200 and name in forms_of(answer)[prefix].errors:
                    outcome = "refused"
                else:
                    outcome = "ignored" if kept == [stored(row) for row in rows] else "taken"
                outcomes[prefix + name] = outcome
                transaction.set_rollback(True)

    assert outcomes == CHOICES[model_admin.opts.object_name]


@every_scoped_admin
def test_keys_that_no_form_asks_for_are_not_taken(
    model_admin, client, strong_clerk, station, other_station
):
    """Whatever else is sent along: the status, the author, the parent, the tier, the slug."""
    mine = own_row(model_admin.model, station)
    client.force_login(strong_clerk)
    page = client.get(url(model_admin.model, "change", mine.pk))
    asked = set(page.context["adminform"].form.fields)
    forged = {}
    for field in model_admin.opts.concrete_fields:
        if field.is_relation and field.name not in asked:
            related = MAKERS.get(field.related_model)
            value = related(other_station).pk if related else strong_clerk.pk
            forged |= {field.name: value, field.attname: value}
        elif field.name in ("status", "tier", "slug", "number", "source"):
            forged[field.name] = {"tier": "centre"}.get(field.name, "forged")
    before = stored(mine)

    answer = client.post(url(model_admin.model, "change", mine.pk), forged | page_typed(page))

    assert answer.status_code == (403 if model_admin.model is Deletion else 302)
    assert stored(mine) == before


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
@pytest.mark.parametrize(
    "model_admin",
    [each for each in SCOPED if each.model in MAKERS],
    ids=lambda a: a.opts.object_name,
)
def test_day_of_another_age_is_refused_or_does_no_harm(model_admin, client, director, station, day):
    """In a form that is right otherwise; what takes it must still be shown everywhere."""
    row = own_row(model_admin.model, station)
    client.raise_request_exception = False
    client.force_login(director)
    address = url(model_admin.model, "change", row.pk)
    page = client.get(address)
    if "adminform" not in (page.context or {}):
        return  # nothing in it can be typed
    typed = page_typed(page)
    days = [name for name in typed if DAY.search(name)]
    broken = []
    for name in days:
        with transaction.atomic():
            answers = {address: client.post(address, typed | {name: day}).status_code}
            if answers[address] == 302:
                shown = [address, url(model_admin.model, "changelist"), *SHOWN]
                answers = {page: client.get(page).status_code for page in shown}
            broken += [f"{name}: {page} {code}" for page, code in answers.items() if code >= 500]
            transaction.set_rollback(True)

    assert broken == []


# More than one's role -----------------------------------------------------------------------------


def test_clerk_cannot_widen_the_own_posting(client, clerk, lead, station, other_station, centre):
    for person in (clerk, lead):
        posting = person.postings.get()
        client.force_login(person)
        attempts = {
            url(Posting, "change", posting.pk): {
                "station": centre.pk,
                "name": "我",
                "duty": "head",
            },
            url(Posting, "add"): {
                "station": other_station.pk,
                "name": "我",
                "duty": "head",
                "user": person.pk,
                "since": "2026-01-01",
            },
            url(User, "change", person.pk): {
                "username": person.username,
                "name": "我",
                "groups": [Group.objects.get(name="中心管理员").pk],
                "is_superuser": "on",
                "postings-TOTAL_FORMS": "1",
                "postings-INITIAL_FORMS": "0",
                "postings-0-station": centre.pk,
                "postings-0-name": "我",
                "postings-0-since": "2026-01-01",
            },
            url(User, "add"): {"username": "again", "name": "我"},
        }

        codes = {
            address: client.post(address, data).status_code for address, data in attempts.items()
        }

        assert codes == dict.fromkeys(attempts, 403)
        assert list(person.postings.values_list("station", flat=True)) == [station.pk]
        assert not person.groups.filter(name="中心管理员").exists()


@pytest.mark.parametrize("model", [User, Posting])
def test_accounts_and_postings_are_the_centres_whatever_permissions_a_clerk_has(
    client, strong_clerk, model
):
    row = strong_clerk if model is User else strong_clerk.postings.get()
    client.force_login(strong_clerk)
    addresses = [url(model, "changelist"), url(model, "add")]
    addresses += [url(model, tab, row.pk) for tab in ("change", "history", "delete")]

    asked = {address: client.get(address).status_code for address in addresses}
    sent = {address: client.post(address, {"post": "yes"}).status_code for address in addresses}

    assert asked == sent == dict.fromkeys(addresses, 403)


def test_clerk_cannot_become_the_centre_by_the_own_station(client, clerk, station):
    client.force_login(clerk)
    client.post(
        url(Station, "change", station.pk),
        {"phone": "0937-6000009", "tier": "centre", "is_public": "", "name": "钢城街道"}
        | {"compounds-TOTAL_FORMS": "0", "compounds-INITIAL_FORMS": "0"},
    )

    station.refresh_from_db()
    assert (station.tier, station.is_public, station.name) == ("station", True, "南湖社区")
    assert station.phone == "0937-6000009"


def test_director_makes_nobody_more_than_a_role(client, director, station):
    """Neither a superuser, nor permissions by hand, nor a group that set_up_roles does not know."""
    clerk = make_user(station=station, role="clerk")
    strong = Group.objects.create(name="万能")
    client.force_login(director)
    address = url(User, "change", clerk.pk)
    page = client.get(address)
    forged = {
        "is_superuser": "on",
        "user_permissions": list(Permission.objects.values_list("pk", flat=True)[:3]),
    }
    saved = client.post(address, page_typed(page) | forged)
    refused = client.post(address, page_typed(page) | {"groups": [strong.pk]})

    assert saved.status_code == 302
    assert "groups" in refused.context["adminform"].form.errors
    clerk = User.objects.get(pk=clerk.pk)
    assert not clerk.is_superuser
    assert not clerk.user_permissions.exists()
    assert [group.name for group in clerk.groups.all()] == ["社区工作人员"]


@pytest.mark.parametrize("tab", ["change", "history", "password"])
@pytest.mark.parametrize("method", ["get", "post"])
def test_director_does_not_reach_a_superuser(client, director, tab, method):
    root = make_user(is_superuser=True, username="root")
    before = stored(root)
    client.force_login(director)
    address = (
        reverse("admin:stations_user_password_link", args=[root.pk])
        if tab == "password"
        else url(User, tab, root.pk)
    )

    sent = {"password1": "a-new-long-password-1", "password2": "a-new-long-password-1"}
    answer = getattr(client, method)(address, sent)

    assert answer.status_code == 302
    assert stored(root) == before


def test_director_has_no_permission_for_a_superuser_in_hand(rf, director):
    """In rows and for the single object: actions and whatever else hands an object over."""
    accounts = admin.site._registry[User]
    request = rf.get("/")
    request.user = director
    root = make_user(is_superuser=True)

    assert accounts.has_change_permission(request, director)
    assert not accounts.has_view_permission(request, root)
    assert not accounts.has_change_permission(request, root)


# What does not exist yet --------------------------------------------------------------------------

#: Pages of the admin that move many rows at once. One that appears stands here only with tests of
#: its own: a file may overwrite another station's row, and an export shows every phone at once.
MANY_ROWS = {
    "activities_activity_plan": "tests/activities/test_activity_plan.py",
    "activities_activity_plan_template": "tests/activities/test_activity_plan.py",
}

#: Every form of ours that takes a file, and what it takes; rows come in by `sheets.read_sheet`.
FILES = {
    "PlanFileForm": "rows of activities, as drafts of the own station",
}
READ_SHEETS = {"activities.plan_admin"}


def test_nobody_imports_or_exports_untested():
    pages = {
        each.name
        for resolver in get_resolver().url_patterns
        if getattr(resolver, "namespace", None) == "admin"
        for inner in resolver.url_patterns
        for each in getattr(inner, "url_patterns", [inner])
        if each.name and re.search(r"import|export|process|upload|roster|_activity_plan", each.name)
    }
    actions = {
        f"{each.opts.object_name}.{name}"
        for each in admin.site._registry.values()
        for _, name, _ in each._get_base_actions()
        if name != "delete_selected"
    }
    classes = {
        each.opts.object_name
        for each in admin.site._registry.values()
        if any("import_export" in base.__module__ for base in type(each).__mro__)
    }

    assert pages | actions | classes == set(MANY_ROWS)
    assert all((settings.BASE_DIR / test).exists() for test in MANY_ROWS.values())


def test_nobody_takes_a_file_of_rows_untested():
    """Whatever its page is called: by the form that takes it, and by who can read a sheet."""
    takers = {
        form.__name__
        for form in own_forms()
        if any(isinstance(field, FileField) for field in form.base_fields.values())
        if not issubclass(form, BaseModelForm)
    }
    readers = {
        module
        for module, imports in own_modules().items()
        if any("read_sheet" in each or "openpyxl" in each for each in imports)
    }

    assert takers == set(FILES)
    assert readers - {"practice_portal.lib.sheets"} == READ_SHEETS
