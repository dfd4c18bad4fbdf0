"""The database, the cache or the disk is away: a page that says so, whoever met it first."""

import errno

import pytest
import redis
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.models import Session
from django.db import DatabaseError, InterfaceError, OperationalError
from django.test import Client
from django.urls import reverse

from learning.models import OnlineStudy
from practice_portal import views
from tests.factories import PASSWORD


@pytest.fixture
def stranger() -> Client:
    return Client(raise_request_exception=False)


def raising(error):
    def view(request, *args, **kwargs):
        raise error

    return view


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OperationalError("connection refused"), 503),
        (InterfaceError("connection already closed"), 503),
        (OSError(errno.ENOSPC, "No space left on device"), 503),
        (redis.exceptions.ConnectionError("Connection refused"), 503),
        (redis.exceptions.TimeoutError("Timeout reading from socket"), 503),
        (redis.exceptions.ResponseError("WRONGTYPE"), 500),
        (OSError(errno.ENOENT, "No such file"), 500),
        (ValueError("a mistake of ours"), 500),
    ],
    ids=repr,
)
def test_away_is_told_from_our_own_mistakes(stranger, db, monkeypatch, error, code):
    monkeypatch.setattr(views.metrics, "figures", raising(error))

    response = stranger.get(reverse("figures"))

    assert response.status_code == code
    html = response.content.decode()
    assert ("网站正在恢复" in html) == (code == 503)
    assert ("Retry-After" in response) == (code == 503)
    assert "default-src 'none'" in response["Content-Security-Policy"]
    assert "Traceback" not in html and str(error) not in html


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OperationalError("database or disk is full"), 503),
        (DatabaseError("Forced update did not affect any rows."), 400),  # logged out elsewhere
    ],
    ids=repr,
)
def test_away_while_a_session_is_saved_is_no_mistake_of_the_clerks(
    stranger, director, station, settings, monkeypatch, error, code
):
    """Django itself says 400 to both: the row was kept, or not, and the session is still there."""
    stranger.force_login(director)
    # As when a cookie cannot hold all that was said.
    settings.MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
    monkeypatch.setattr(Session, "save", raising(error))
    typed = {"station": station.pk, "month": "2026-10", "platform": "xuexi", "people": 30}

    response = stranger.post(reverse("admin:learning_onlinestudy_add"), typed)

    assert response.status_code == code
    assert ("网站正在恢复" in response.content.decode()) == (code == 503)
    assert OnlineStudy.objects.count() == 1


def test_away_on_the_way_out_is_told_too(stranger, director, monkeypatch):
    """The session is saved by a middleware, after the view has answered."""
    monkeypatch.setattr(SessionStore, "create", raising(OperationalError("disk full")))
    monkeypatch.setattr(SessionStore, "save", raising(OperationalError("disk full")))
    credentials = {"username": director.username, "password": PASSWORD}

    response = stranger.post(reverse("admin:login"), credentials)

    assert response.status_code == 503


@pytest.mark.parametrize(
    ("page", "typed"),
    [
        ("/my/", {"code": "ABCD2345", "phone": "15412345678"}),
        ("/admin/login/", {"username": "clerk", "password": PASSWORD}),
    ],
)
def test_away_is_told_where_tries_are_counted_in_redis(stranger, db, settings, page, typed):
    backend = "practice_portal.lib.caches.CountingRedisCache"
    settings.CACHES = {"default": {"BACKEND": backend, "LOCATION": "redis://127.0.0.1:1/0"}}

    response = stranger.post(page, typed)

    assert response.status_code == 503
    assert "网站正在恢复" in response.content.decode()


def test_away_page_says_when_to_come_again(stranger, db, monkeypatch):
    monkeypatch.setattr(views.metrics, "figures", raising(OperationalError()))

    response = stranger.get(reverse("figures"))

    assert response["Retry-After"] == "60"
    assert response["Cache-Control"] == "no-store"
    assert "请过一两分钟再打开" in response.content.decode()
