"""Whatever is sent to a page, it answers: never with an error of ours, on either database."""

import re
from datetime import timedelta
from urllib.parse import quote, unquote, urlencode

import pytest
from django.conf import settings
from django.contrib import admin
from django.contrib.admin.utils import get_fields_from_path
from django.core import signing
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from activities.forms import ActivityFilter
from activities.models import Session
from activities.role_models.forms import WallFilter
from activities.signups import here
from practice_portal.forms import SearchForm
from practice_portal.models import NightlyRun
from reports.models import MonthlySummary
from services.models import Demand
from services.own import SALT
from stations.forms import NewsFilter, WhereForm
from stations.models import Posting, Station, User
from tests.factories import (
    MAKERS,
    make_activity,
    make_centre,
    make_nightly_run,
    make_role_model,
    make_session,
    make_signup,
    make_station,
    make_user,
)
from tests.public_pages import addresses, routes

#: What people, browsers and attackers put into a field; percent-encoded, so that what is no text
#: at all (lone surrogates, half a character) can be said, too.
VALUES = {
    "nothing": "",
    "nul": "a%00b",
    "lone surrogate": "%ED%A0%80",
    "half a character": "%E5%8D",
    "no utf-8": "%FF%FE%80",
    "odd characters": quote("‮154‬‏​﻿𠮷𝟙👨‍👩‍👧é"),
    "combining": quote("e" + "́" * 500),
    "full-width digits": quote("２０２６－１１－２８"),
    "other digits": quote("١٢٣"),
    "superscript": quote("²"),
    "odd signs": quote("'\"`;--%_\\%s%(x)s{0}"),
    "markup and path": quote("<script>../etc/{{x}}"),
    "31 february": "2026-02-31",
    "year 0": "0000-00-00",
    "year 99999": "99999-01-01",
    "negative": "-1",
    "zero": "0",
    "many digits": "9" * 40,
    "5000 digits": "9" * 5000,
    "float": "1e309",
    "not a number": "nan",
    "long": "a" * 100_000,
    "long chinese": quote("宋") * 34_000,
    "lines": quote("a\r\nSet-Cookie: x=1\n\n"),
    "lists": quote('[0x7f,{"a":1}],,'),
    "none": "None",
}

#: The server answers a longer address itself (414), and no page of ours ever sees it.
LONGEST_ADDRESS = 65_534

#: The worst of them, for the staff's many lists and forms.
WORST = ("nul", "lone surrogate", "31 february", "many digits", "not a number", "odd signs", "long")
worst_values = pytest.mark.parametrize("value", [VALUES[name] for name in WORST], ids=WORST)

every_value = pytest.mark.parametrize("value", VALUES.values(), ids=VALUES)

PUBLIC = (
    *("on", "until", "days", "station", "platform", "audience", "page", "next", "q", "kind"),
    *("year", "to", "by", "category", "unknown"),
)

#: The pages that ask the most, and by which form: each of their keys is also tried alone.
QUESTIONS = {
    "/activities/": lambda: ActivityFilter({}, []),
    "/search/": lambda: SearchForm({}),
    "/news/": lambda: NewsFilter({}, [], []),
    "/role-models/": lambda: WallFilter({}, []),
    "/where/": lambda: WhereForm({}),
}

#: What the admin reads from an address, besides the columns of each model.
ADMIN = ("q", "p", "o", "e", "all", "_popup", "_to_field", "_facets", "_changelist_filters")


@pytest.fixture(scope="module")
def street(django_db_setup, django_db_blocker):
    """One row of each kind, and the street office's session; gone after this file."""
    with django_db_blocker.unblock(), transaction.atomic():
        call_command("set_up_roles", verbosity=0)
        station = make_station(name="南湖社区", slug="nanhu")
        director = make_user(station=make_centre(), role="director")
        rows = {model: make(station) for model, make in MAKERS.items()}
        rows |= {User: director, Posting: director.postings.get()}
        rows[NightlyRun] = make_nightly_run()
        client = Client()
        client.force_login(director)
        yield rows, client.cookies[settings.SESSION_COOKIE_NAME].value
        transaction.set_rollback(True)


@pytest.fixture
def visitor(street, db):
    return Client(raise_request_exception=False)


@pytest.fixture
def director(street, db):
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = street[1]
    return client


def broken(client, asked, method: str = "get", **more) -> list[str]:
    """The addresses that were answered by an error of ours."""
    found = []
    for address in (each[:LONGEST_ADDRESS] for each in asked):
        try:
            with transaction.atomic():
                code = getattr(client, method)(address, **more).status_code
                transaction.set_rollback(True)
        except Exception as error:
            code = repr(error)[:300]
        if not isinstance(code, int) or code >= 500:
            found.append(f"{code} {address[:120]}")
    return found


# Residents' pages ---------------------------------------------------------------------------------


def taken(form, value: str) -> list[str]:
    """The form's fields that take this: what they refuse they refuse alone and beside others."""

    def takes(field) -> bool:
        try:
            field.clean(unquote(value))
        except ValidationError:
            return False
        return True

    return [name for name, field in form().fields.items() if takes(field)]


@every_value
def test_fuzz_public_pages_by_query(visitor, value):
    each = value[: LONGEST_ADDRESS // len(PUBLIC) - 200]
    together = "&".join(f"{name}={each}" for name in PUBLIC)

    # What a page does not know it ignores: of those that ask nothing the worst will do.
    everywhere = value in [VALUES[name] for name in WORST[:4]]
    pages = [*published(), reverse("large-text")] if everywhere else QUESTIONS
    asked = [f"{page}?{together}" for page in pages]
    for page, form in QUESTIONS.items():
        asked += [f"{page}?{name}={value}" for name in taken(form, value)]
    asked += [f"/news/?page={value}", f"/stations/?unknown={value}"]
    asked += [f"/search/?q=a&kind=activities&page={value}", f"/search/?q={value}&kind=teams"]
    asked += [f"/figures/?on={value}", f"/large-text/?on=1&next={value}"]
    asked += [f"/stations/?{value}", f"/stations/?{value}=1", f"/activities/?on[]={value}"]
    assert broken(visitor, asked) == []


def test_fuzz_knows_what_the_questions_take():
    """Else the pages would only be asked what they refuse."""
    search, activities = QUESTIONS["/search/"], QUESTIONS["/activities/"]
    names = [name for name, value in VALUES.items() if "q" in taken(search, value)]

    assert {"odd characters", "odd signs", "markup and path", "lines", "lone surrogate"} <= {*names}
    assert not {"nul", "long"} & {*names}
    assert "q" in taken(QUESTIONS["/where/"], VALUES["odd signs"])
    assert {*taken(activities, "2026-11-28")} == {"on", "until", "q"}
    assert taken(activities, VALUES["31 february"]) == ["q"]


@every_value
def test_fuzz_public_pages_by_path(visitor, value):
    """Every route that there is outside the admin, with this in the place of what it asks for."""
    if value in ("", "."):
        return
    odd = {
        name: re.sub(r"<[^>]+>", lambda _: value, route)
        for name, route in routes().items()
        if "<" in route
    }
    asked = [f"/{value}", f"/activities/2026-{value}/", *odd.values()]
    # What fits the shape of a key, or of a code, goes through to the database.
    asked += [f"/signups/{value[:22]:A<22}/", f"/role-models/nominated/{value[:8]:A<8}/"]

    assert broken(visitor, asked) == []
    assert broken(visitor, [odd[name] for name in TYPED if name in odd], "post") == []


def test_fuzz_public_pages_by_repeated_and_odd_keys(visitor):
    queries = [
        "on=2026-01-01&on=x&on=%00&station=nanhu&station=nowhere&page=1&page=-1",
        "&".join(f"k{n}=1" for n in range(4000)),
        "&".join(["page=2"] * 4000),
        "=&=&&&=;",
        "%00=%00",
        "%ED%A0%80=%ED%A0%80",
        "on=2026-01-01;station=nanhu",
        "?" * 2000,
    ]

    pages = [*QUESTIONS, "/figures/", "/large-text/", "/"]
    asked = [f"{page}?{query}" for page in pages for query in queries]

    assert broken(visitor, asked) == []


def test_fuzz_public_pages_by_headers(visitor):
    headers = {
        "accept-language": "zz;q=" + "9" * 5000,
        "accept-encoding": "gzip;q=x, \x7f",
        "cookie": "large_text=\x01; sessionid=%00; csrftoken=%00; messages=\x7f",
        "user-agent": "\x7f" * 5000,
        "if-modified-since": "31 Feb 99999",
        "range": "bytes=-1-",
        "referer": "http://[::1",
        "x-forwarded-for": "x, y, 1.2.3.4:99999",
        "x-requested-with": "XMLHttpRequest",
    }

    assert broken(visitor, published(), headers=headers) == []


def published() -> list[str]:
    return list(dict.fromkeys(addresses()))


# Residents' forms ---------------------------------------------------------------------------------

#: What somebody may type into each public form; `text` are the fields in which anything may stand.
#: A new form adds its line.
TYPED = {
    "activities:session-signup": {
        "good": {"name": "马示例", "phone": "15400000001", "party_size": "2", "consents": "on"},
        "text": ["name", "answer", "community"],
    },
    "activities:signup-change": {"good": {"party_size": "2", "children": "1"}, "text": []},
    "activities:signup-cancel": {"good": {}, "text": []},
    "activities:signup-rate": {"good": {"stars": "5"}, "text": ["words"]},
    "activities:session-here": {"good": {}, "text": ["code"]},
    "activities:role-model-nominate": {
        "good": {
            **{"station": "{station}", "category": "good_person", "name": "马示例", "deed": "好事"},
            **{"asked": "agrees", "nominator_name": "宋示例", "nominator_phone": "15400000002"},
            "agrees": "on",
        },
        "text": ["name", "deed", "nominator_name"],
    },
    "activities:role-model-object": {
        "good": {"text": "不对", "name": "马示例", "phone": "15400000003", "agrees": "on"},
        "text": ["text", "name"],
    },
    "services:my": {
        "good": {"code": "ABCD2345", "phone": "15400000004"},
        "text": ["code", "phone"],
    },
    "services:my-forget": {"good": {"row": "{signed}", "is_sure": "1"}, "text": ["row"]},
    "account:set-password": {
        "good": {"new_password1": "x", "new_password2": "x"},
        "text": ["new_password1", "new_password2"],
    },
}


@pytest.fixture
def form_pages(street, db) -> dict[str, str]:
    """Where each public form is sent to, with rows that take it."""
    rows, _ = street
    station = rows[Station]
    coming = make_signup(session=make_session(activity=make_activity(station=station), capacity=9))
    over = make_signup(session=make_session(activity=coming.session.activity, capacity=9))
    yesterday = timezone.now() - timedelta(days=1)
    begun = Session.objects.filter(pk=over.session_id)
    begun.update(starts_at=yesterday - timedelta(hours=2), ends_at=yesterday)
    today = make_session(activity=coming.session.activity, days=0)
    on_notice = make_role_model(station=station, status="notice")
    where = {
        "activities:session-signup": [coming.session_id],
        "activities:signup-change": [coming.key],
        "activities:signup-cancel": [coming.key],
        "activities:signup-rate": [over.key],
        "activities:session-here": [here.code_of(today)],
        "activities:role-model-object": [on_notice.pk],
        "account:set-password": ["MQ", "set-password"],
    }
    return {name: reverse(name, args=where.get(name)) for name in TYPED}


def good_of(name: str, street) -> dict[str, str]:
    about = {
        "station": street[0][Station].pk,
        "signed": signing.dumps(["services.demand", 1], salt=SALT),
    }
    return {key: text.format(**about) for key, text in TYPED[name]["good"].items()}


def test_fuzz_public_forms_take_what_is_right(visitor, street, form_pages):
    """The nonsense beside it then gets as far as the database."""
    answers = {
        name: visitor.post(page, good_of(name, street)).status_code
        for name, page in form_pages.items()
    }

    shown_again = {"activities:session-here", "services:my", "account:set-password"}
    assert answers == {name: 200 if name in shown_again else 302 for name in TYPED}


def test_fuzz_knows_every_public_form(visitor, form_pages):
    """What a POST is neither refused nor sent to log in; keys of rows that need not be there."""
    samples = {"int": "1", "slug": "nanhu", "month": "2026-10", "key": "A" * 22, "code": "A" * 8}

    def address(route: str) -> str:
        return re.sub(r"<(?:(\w+):)?\w+>", lambda found: samples.get(found[1], "MQ"), route)

    takes = {
        name
        for name, route in routes().items()
        if (answer := visitor.post(address(route))).status_code != 405
        and "/admin/login/" not in answer.get("Location", "")
    }
    assert takes - {"design"} == set(TYPED)


@every_value
def test_fuzz_public_forms(visitor, street, form_pages, value):
    """The same nonsense in each text beside what is right, and the worst in all fields."""
    form = "application/x-www-form-urlencoded"
    worst = value in [VALUES[name] for name in WORST]
    found = []
    for name, page in form_pages.items():
        good, texts = good_of(name, street), TYPED[name]["text"]
        sent = ["&".join(f"{key}={value}" for key in {*good, *texts, "once"})] if worst else []
        for text in texts:
            right = urlencode({key: typed for key, typed in good.items() if key != text})
            sent.append(f"{right}&{text}={value}")
        for body in sent:
            found += broken(visitor, [page], "post", data=body, content_type=form)

    assert found == []


# Logging in ---------------------------------------------------------------------------------------


@every_value
def test_fuzz_log_in_form(visitor, value):
    form = "application/x-www-form-urlencoded"
    sent = f"username={value}&password={value}&next={value}&username={value}"

    response = visitor.generic("POST", f"/admin/login/?next={value}", sent, content_type=form)

    assert response.status_code == 200
    assert b'name="password"' in response.content


#: Bodies that are not what their type says.
BODIES = {
    "json": ("application/json", b'{"username": ["x"], "password": null}'),
    "half json": ("application/json", b"{"),
    "multipart without a boundary": ("multipart/form-data", b"username=x"),
    "multipart cut short": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="username"\r\n\r\nabc',
    ),
    "a file for a name": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="username"; filename="a.txt"\r\n\r\na\r\n'
        b"--x--\r\n",
    ),
    "a file named outside": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="../../a\x00.php"\r\n\r\na\r\n'
        b"--x--\r\n",
    ),
    "base64 that is none": (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="username"; filename="a"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n%%%\r\n--x--\r\n",
    ),
    "another character set": (
        "application/x-www-form-urlencoded; charset=gb18030",
        "username=宋".encode("gb18030"),
    ),
    "no character set": ("application/x-www-form-urlencoded; charset=nothing", b"username=x"),
    "raw bytes": ("application/x-www-form-urlencoded", bytes(range(256))),
    "xml": ("text/xml", b"<?xml version='1.0'?><a/>"),
    "no type": ("", b"username=x"),
    "too much": ("application/x-www-form-urlencoded", b"username=" + b"a" * 3_000_000),
    "too many": ("application/x-www-form-urlencoded", b"a=1&" * 6000),
}


@pytest.mark.parametrize(("kind", "body"), BODIES.values(), ids=BODIES)
def test_fuzz_log_in_form_of_another_type(visitor, kind, body):
    response = visitor.generic("POST", "/admin/login/", body, content_type=kind)

    assert response.status_code in (200, 400)
    assert "回首页" in response.content.decode() or b'name="password"' in response.content


# The staff's pages --------------------------------------------------------------------------------

REGISTERED = sorted(admin.site._registry.values(), key=lambda each: each.opts.label)


def url(model_admin, page: str, *args) -> str:
    name = f"admin:{model_admin.opts.app_label}_{model_admin.opts.model_name}_{page}"
    return reverse(name, args=args)


def filter_key(model_admin, each) -> str:
    """What one of the list's filters reads from an address."""
    name = each[0] if isinstance(each, tuple) else each
    if key := getattr(name, "parameter_name", None):
        return key
    field = get_fields_from_path(model_admin.model, name)[-1]
    return f"{name}__{field.target_field.name}__exact" if field.is_relation else f"{name}__exact"


def list_keys(model_admin) -> list[str]:
    """What the list's search, its own filters and its dates read from an address."""
    filters = [filter_key(model_admin, each) for each in model_admin.list_filter]
    dates = model_admin.date_hierarchy
    return ["q", *filters, *([f"{dates}__{part}" for part in ("year", "gte")] if dates else [])]


#: One list has all that lists have, and a key that it does not know.
DEMANDS = next(each for each in REGISTERED if each.model is Demand)


@every_value
def test_fuzz_staff_list_by_the_admins_own_keys(director, value):
    """Search, page, order and the rest, on a list that has them all."""
    worst = value in [VALUES[name] for name in WORST]
    keys = [*ADMIN, "status", "station__exact", *list_keys(DEMANDS)] if worst else ["q", "p", "o"]

    asked = [f"{url(DEMANDS, 'changelist')}?{key}={value}" for key in keys]

    assert broken(director, asked) == []


@pytest.mark.parametrize("value", [VALUES[name] for name in WORST[:4]], ids=WORST[:4])
def test_fuzz_staff_lists_by_their_filters(director, value):
    asked = [
        f"{url(each, 'changelist')}?{key}={value}"
        for each in REGISTERED
        for key in list_keys(each)
        if each is not DEMANDS
    ]

    assert broken(director, asked) == []


@pytest.mark.parametrize(
    "day",
    [
        (2026, 2, 31),
        (99999, 1, 1),
        (9999, 12, 31),
        (1, 1, 1),
        (0, 0, 0),
        (-1, -1, -1),
        (2026, 13, 1),
    ],
    ids=str,
)
def test_fuzz_staff_lists_by_their_dates(director, day):
    asked = []
    for each in REGISTERED:
        if dates := each.date_hierarchy:
            asked += [
                f"{url(each, 'changelist')}?"
                + "&".join(
                    f"{dates}__{name}={number}" for name, number in zip(parts, day, strict=False)
                )
                for parts in (("year",), ("year", "month"), ("year", "month", "day"))
            ]

    assert broken(director, asked) == []


@every_value
def test_fuzz_staff_pages_by_key(director, value):
    if not value:
        return
    asked = [
        f"/admin/{each.opts.app_label}/{each.opts.model_name}/{value}/{page}"
        for each in REGISTERED[:2]
        for page in ("change/", "history/", "delete/", "")
    ]
    asked += [
        f"/admin/autocomplete/?app_label={value}&model_name={value}&field_name={value}",
        "/admin/autocomplete/?app_label=volunteers&model_name=serviceentry&field_name=volunteer"
        f"&term={value}&page=1",
        "/admin/autocomplete/?app_label=volunteers&model_name=serviceentry&field_name=volunteer"
        f"&term=a&page={value}",
        f"/admin/reports/monthlysummary/1/step/{value}/",
        f"/admin/stations/user/{value}/password/",
        f"/admin/{value}/",
        f"/reports/?month={value}",
        f"/reports/2026-10/{value}/",
        f"/reports/2026-10/lines/{value}/",
        f"/reports/2026-10/nanhu/lines/{value}/",
        f"/reports/pages/?page={value}",
        f"/reports/phones/?page={value}",
    ]
    assert broken(director, asked) == []


@worst_values
def test_fuzz_staff_forms_filled_in_by_an_address(director, value):
    asked = [
        f"/admin/activities/activity/add/?station={value}&brand={value}&cohosts={value}",
        f"/admin/activities/activity/add/?_changelist_filters={value}&_popup={value}",
        f"/admin/stations/booking/add/?starts_at={value}&venue={value}",
        f"/admin/volunteers/serviceentry/add/?volunteer={value}&served_on={value}&hours={value}",
    ]
    assert broken(director, asked) == []


@worst_values
def test_fuzz_staff_forms(director, street, value):
    """Every field of every form with the same nonsense; and the street office's review."""
    form = "application/x-www-form-urlencoded"
    found = []
    for model_admin in REGISTERED:
        row = street[0][model_admin.model]
        names = {field.name for field in model_admin.opts.get_fields()}
        sent = "&".join(f"{name}={value}" for name in sorted(names))
        sent += f"&starts_at_0={value}&starts_at_1={value}&day={value}&starts={value}&ends={value}"
        sent += f"&_seen_status={value}"
        sent += f"&sessions-TOTAL_FORMS={value}&sessions-INITIAL_FORMS={value}"
        found += broken(
            director, [url(model_admin, "change", row.pk)], "post", data=sent, content_type=form
        )
    month = street[0][MonthlySummary].month
    sent = f"action={value}&_selected_action={value}&index=0&select_across={value}"
    sent += f"&remark={value}&figures={value}&back={value}&month={value}"
    pages = ["/admin/services/demand/", "/reports/draw-up/", f"/reports/{month}/nanhu/approve/"]
    found += broken(director, pages, "post", data=sent, content_type=form)

    assert found == []
