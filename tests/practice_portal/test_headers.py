"""Headers and cookies as a deployment answers them: production's settings with https."""

import importlib.util

import pytest
from django.conf import settings as current
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from practice_portal.lib.codes import new_code
from practice_portal.lib.phones import DEMO_PREFIX
from tests import observatory
from tests.factories import (
    PASSWORD,
    make_activity,
    make_article,
    make_attachment,
    make_brand,
    make_centre,
    make_role_model,
    make_session,
    make_signup,
    make_team,
)
from tests.public_pages import addresses

#: What decides on headers and cookies; the rest (database, files, keys) stays as in all tests.
GUARDS = (
    "CONTENT_SECURITY_POLICY",
    "CSRF_",
    "MESSAGE_",
    "MIDDLEWARE",
    "SECURE_",
    "SESSION_",
    "WHITENOISE_",
    "X_FRAME_OPTIONS",
)


def guard(settings) -> None:
    """Take over the guards of practice_portal/settings.py, read anew."""
    path = current.BASE_DIR / "practice_portal" / "settings.py"
    spec = importlib.util.spec_from_file_location("settings_with_https", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for name in dir(module):
        if name.isupper() and name.startswith(GUARDS):
            setattr(settings, name, getattr(module, name))


@pytest.fixture
def production(settings, monkeypatch):
    """The guards as with HTTPS=on."""
    monkeypatch.setenv("HTTPS", "on")
    guard(settings)
    return settings


@pytest.fixture
def visitor(production):
    return Client()


@pytest.fixture
def activity(centre, station):
    activity = make_activity(station=station)
    make_session(activity=activity)
    return activity


def seen(client, address: str, **kwargs) -> HttpResponse:
    return client.get(address, secure=True, **kwargs)


def object_to(client, role_model) -> HttpResponse:
    """An objection is answered with a message that says its code."""
    form = {"text": "不对", "name": "示例居民", "phone": f"{DEMO_PREFIX}12345678", "agrees": "on"}
    return client.post(f"/role-models/{role_model.pk}/object/", form, secure=True)


def results(client, address: str) -> list[str]:
    return observatory.results(seen(client, address), client.get(address), "testserver")


# The score ----------------------------------------------------------------------------------------


def test_observatory_gives_a_public_page_130(visitor, activity):
    found = results(visitor, activity.get_absolute_url())

    assert found == [
        "csp-implemented-with-no-unsafe-default-src-none",
        "cookies-not-found",
        "cross-origin-resource-sharing-not-implemented",
        "referrer-policy-private",
        "hsts-implemented-max-age-at-least-six-months",
        # A block of data for search engines; it is not run.
        "sri-not-implemented-but-all-scripts-loaded-from-secure-origin",
        "x-content-type-options-nosniff",
        "x-frame-options-implemented-via-csp",
        "cross-origin-resource-policy-implemented-with-same-origin",
        "redirection-to-https",
    ]
    assert observatory.score(found) == 130


def test_observatory_gives_the_page_to_log_in_135(visitor, db):
    found = results(visitor, reverse("admin:login"))

    assert "cookies-secure-with-httponly-sessions-and-samesite" in found
    assert observatory.score(found) == 135


def test_observatory_gives_pages_of_staff_130(visitor, director):
    visitor.force_login(director)
    pages = [
        reverse("admin:index"),
        reverse("admin:activities_activity_add"),
        reverse("reports:month-list"),
    ]

    scores = {page: observatory.score(results(visitor, page)) for page in pages}

    assert {page: score for page, score in scores.items() if score < 130} == {}


@pytest.mark.parametrize("file", ["portal.css", "icons.svg", "favicon.svg", "admin/js/core.js"])
def test_observatory_gives_a_static_file_130(visitor, db, file):
    assert observatory.score(results(visitor, f"/static/{file}")) == 130


@pytest.mark.parametrize("code", [302, 404])
def test_observatory_is_content_with_what_is_no_page(visitor, db, code):
    address = {302: reverse("reports:month-list"), 404: "/nothing-here/"}[code]

    response = seen(visitor, address)

    assert response.status_code == code
    found = observatory.results(response, visitor.get(address), "testserver")
    assert observatory.score(found) >= 120


@pytest.mark.parametrize(
    ("headers", "cookie", "expected"),
    [
        ({}, None, 0),
        ({"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}, None, 25),
        (
            {
                "Content-Security-Policy": "default-src 'none'; script-src 'self' 'unsafe-inline'",
                "Strict-Transport-Security": "max-age=31536000",
                "X-Frame-Options": "DENY",
                "X-Content-Type-Options": "nosniff",
            },
            {"samesite": "Lax", "secure": True, "httponly": True},
            80,
        ),
        (
            {
                "Content-Security-Policy": "default-src 'none'; img-src data:",
                "Strict-Transport-Security": "max-age=31536000",
                "X-Frame-Options": "DENY",
                "X-Content-Type-Options": "nosniff",
            },
            {"samesite": "Lax", "secure": True, "httponly": False},
            70,
        ),
    ],
)
def test_observatory_finds_fault_where_there_is_some(headers, cookie, expected):
    """The ruler itself measures: a bare answer, an unsafe policy, a session open to scripts."""
    redirect = HttpResponse(status=301, headers={"Location": "https://testserver/"})
    answer = HttpResponse('<script src="//evil.example/x.js"></script>', headers=headers)
    if cookie:
        answer = HttpResponse("", headers=headers)
        answer.set_cookie("sessionid", "x", **cookie)

    found = observatory.results(answer, redirect, "testserver")
    assert max(observatory.score(found), 0) == expected


# Header by header ---------------------------------------------------------------------------------


def test_headers_of_a_public_page(visitor, activity):
    response = seen(visitor, activity.get_absolute_url())
    csp = observatory.parse_policy(response.headers["Content-Security-Policy"])

    assert csp == {
        "default-src": {"'none'"},
        "script-src": {"'self'"},
        "style-src": {"'self'"},
        "img-src": {"'self'", "data:"},
        "font-src": {"'self'"},
        "connect-src": {"'self'"},
        "manifest-src": {"'self'"},
        "form-action": {"'self'"},
        "frame-ancestors": {"'none'"},
        "base-uri": {"'none'"},
    }
    hsts = "max-age=31536000; includeSubDomains; preload"
    assert response.headers["Strict-Transport-Security"] == hsts
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    denied = response.headers["Permissions-Policy"].split(", ")
    assert {"camera=()", "microphone=()", "geolocation=()", "payment=()"} <= set(denied)
    assert all(each.endswith("=()") for each in denied)


@pytest.mark.parametrize(("page", "code"), [("/", 400), ("/healthz", 200)])
@pytest.mark.parametrize("secure", [True, False])
def test_headers_of_an_answer_to_a_foreign_host(visitor, db, page, code, secure):
    response = visitor.get(page, secure=secure, HTTP_HOST="evil.example")

    assert response.status_code == code
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert response.headers["X-Frame-Options"] == "DENY"
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in response.headers["Permissions-Policy"]


def test_cookies_of_a_session_are_ours_alone(visitor, clerk):
    visitor.get(reverse("admin:login"), secure=True)
    response = visitor.post(
        reverse("admin:login"), {"username": "clerk", "password": PASSWORD}, secure=True
    )

    assert response.status_code == 302
    assert set(response.cookies) == {"__Host-sessionid", "__Host-csrftoken"}
    for cookie in response.cookies.values():
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")
        assert (cookie["path"], cookie["domain"]) == ("/", "")
    # Eight hours from the log-in, of which this test has used up a moment.
    assert 28_790 <= response.cookies["__Host-sessionid"]["max-age"] <= 28_800


@pytest.mark.parametrize("base_path", ["", "/wenming"])
def test_browsers_keep_the_cookies_of_a_log_in_wherever_the_portal_lives(
    production, monkeypatch, clerk, base_path
):
    """They drop a `__Host-` cookie that has another path than /."""
    monkeypatch.setenv("BASE_PATH", base_path)
    guard(production)
    visitor = Client()
    visitor.get(reverse("admin:login"), secure=True)
    typed = {"username": "clerk", "password": PASSWORD}

    cookies = visitor.post(reverse("admin:login"), typed, secure=True).cookies

    prefix, path = ("__Secure-", "/wenming/") if base_path else ("__Host-", "/")
    assert {name: each["path"] for name, each in cookies.items()} == {
        f"{prefix}sessionid": path,
        f"{prefix}csrftoken": path,
    }
    assert all(each["secure"] and not each["domain"] for each in cookies.values())


@pytest.mark.parametrize("base_path", ["", "/wenming"])
def test_cookie_of_a_message_is_guarded_as_the_sessions_is(
    production, monkeypatch, station, base_path
):
    """It may say a resident's code."""
    monkeypatch.setenv("BASE_PATH", base_path)
    guard(production)
    visitor = Client()

    told = object_to(visitor, make_role_model(station=station, status="notice"))
    read = seen(visitor, "/role-models/notice/")

    prefix, path = ("__Secure-", "/wenming/") if base_path else ("__Host-", "/")
    assert set(told.cookies) == {f"{prefix}messages"}
    kept, dropped = (each.cookies[f"{prefix}messages"] for each in (told, read))
    assert (kept["secure"], kept["httponly"], kept["samesite"]) == (True, True, "Lax")
    assert (kept["path"], kept["domain"]) == (path, "")
    assert "请记下查询码" in read.content.decode()
    assert (dropped.value, dropped["max-age"]) == ("", 0)
    assert (dropped["secure"], dropped["path"]) == (True, path)


def test_cookie_of_the_type_size_is_guarded_too(visitor, db):
    response = seen(visitor, "/large-text/?on=1")

    cookie = response.cookies["large_text"]
    assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")


# Who may keep an answer ---------------------------------------------------------------------------


def may_be_kept(response) -> bool:
    return "no-store" not in response.headers.get("Cache-Control", "")


def test_pages_of_staff_are_kept_by_nobody(visitor, clerk, activity):
    """Refused and missing ones included."""
    visitor.force_login(clerk)
    pages = {
        reverse("admin:index"): 200,
        reverse("admin:activities_activity_change", args=[activity.pk]): 200,
        reverse("admin:stations_user_changelist"): 403,
        reverse("reports:month-list"): 200,
        "/admin/nothing-here/": 404,
        "/nothing-here/": 404,
        "/": 200,
    }

    answers = {page: seen(visitor, page) for page in pages}

    assert {page: answer.status_code for page, answer in answers.items()} == pages
    assert [page for page, answer in answers.items() if may_be_kept(answer)] == []


def test_pages_on_the_way_in_are_kept_by_nobody(visitor, db):
    pages = [reverse("admin:login"), reverse("admin:index"), reverse("reports:month-list")]

    assert [page for page in pages if may_be_kept(seen(visitor, page))] == []


def test_pages_on_which_somebody_is_told_something_are_kept_by_nobody(visitor, station):
    notice = "/role-models/notice/"
    told = object_to(visitor, make_role_model(station=station, status="notice"))

    read = seen(visitor, notice)

    assert "请记下查询码" in read.content.decode()
    assert not may_be_kept(told)
    assert not may_be_kept(read)
    visitor.cookies.clear()  # a browser drops what has ended
    assert may_be_kept(seen(visitor, notice))


def test_public_pages_may_be_kept_and_differ_by_the_type_size(visitor, activity):
    response = seen(visitor, activity.get_absolute_url())

    assert may_be_kept(response)
    assert {"Cookie", "Accept-Encoding"} <= set(response.headers["Vary"].split(", "))
    assert may_be_kept(seen(visitor, "/static/portal.css"))


@pytest.fixture
def collected(production, tmp_path):
    """Our own static files as `collectstatic` puts them down, with hashes in their names."""
    production.STATIC_ROOT = tmp_path / "static"
    production.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]
    production.WHITENOISE_AUTOREFRESH = False
    production.WHITENOISE_USE_FINDERS = False
    backend = "whitenoise.storage.CompressedManifestStaticFilesStorage"
    production.STORAGES = {**production.STORAGES, "staticfiles": {"BACKEND": backend}}
    call_command("collectstatic", interactive=False, verbosity=0)


def test_static_files_are_kept_for_ever_under_a_name_that_changes_with_them(collected, db):
    make_centre()
    client = Client()
    html = seen(client, "/").content.decode()
    sheet = html.split("/static/portal.")[1].split('"')[0]
    assert sheet != "css"

    hashed, plain = (seen(client, f"/static/portal.{end}") for end in (sheet, "css"))

    assert hashed.headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert plain.headers["Cache-Control"] == "max-age=60, public"
    assert "Cookie" not in hashed.headers.get("Vary", "")
    assert "Access-Control-Allow-Origin" not in hashed.headers


# HEAD ---------------------------------------------------------------------------------------------


def test_head_is_answered_like_get_without_a_body(visitor, activity, station):
    make_brand(station=station)
    make_team(station=station)
    make_signup()
    make_role_model(station=station, status="notice")
    make_role_model(station=station, has_consented=True, code=new_code())
    make_attachment(article=make_article(station=station))
    pages = [*addresses(), reverse("admin:login"), "/static/portal.css"]

    for page in pages:
        full, head = seen(visitor, page), visitor.head(page, secure=True)
        assert (head.status_code, head.getvalue()) == (200, b""), page
        assert head.headers["Content-Type"] == full.headers["Content-Type"]
        assert set(full.headers) - set(head.headers) <= {"Content-Length"}
