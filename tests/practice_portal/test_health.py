"""/healthz: yes or no to anybody, what is wrong to whoever may know."""

import json
from datetime import timedelta

import pytest
from django.db import DatabaseError, connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone

from practice_portal import health
from tests.factories import make_night

ALL_WELL = dict.fromkeys(["database", "migrations", "cache", "disk", "media", "nights"], "正常")
STRANGER = "203.0.113.9"


def ask(client=None, *, method="get", **extra):
    client = client or Client()
    return getattr(client, method)("/healthz", **extra)


def test_health_tells_a_stranger_yes_and_nothing_else(db):
    response = ask(REMOTE_ADDR=STRANGER)

    assert (response.status_code, response.content) == (200, b'{"ok": true}')
    assert response.headers["Content-Type"] == "application/json"
    assert "no-store" in response.headers["Cache-Control"]


def test_health_tells_the_machine_itself_everything(db):
    response = ask()

    assert response.status_code == 200
    assert response.json() == {"ok": True, "checks": ALL_WELL}


def test_health_tells_staff_from_elsewhere_everything(client, clerk):
    client.force_login(clerk)

    assert ask(client, REMOTE_ADDR=STRANGER).json()["checks"] == ALL_WELL


@pytest.mark.parametrize("proxies", ["", "127.0.0.1"])
def test_health_takes_nobody_behind_a_proxy_for_the_machine_itself(db, settings, proxies):
    """Whether or not the proxy on this machine is a trusted one."""
    settings.TRUSTED_PROXIES = [proxies] if proxies else []

    for forwarded in (STRANGER, "127.0.0.1", "unknown"):
        response = ask(Client(), REMOTE_ADDR="127.0.0.1", HTTP_X_FORWARDED_FOR=forwarded)
        assert response.json() == {"ok": True}


def break_database(monkeypatch, settings, tmp_path):
    def fail():
        raise DatabaseError("connection to 10.1.2.3 refused")

    monkeypatch.setitem(health.CHECKS, "database", (fail, health.CHECKS["database"][1]))


def break_migrations(monkeypatch, settings, tmp_path):
    more = health._migrations_on_disk() | {("stations", "9999_tomorrow")}
    monkeypatch.setattr(health, "_migrations_on_disk", lambda: more)


def break_cache(monkeypatch, settings, tmp_path):
    settings.CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}


def fill_disk(monkeypatch, settings, tmp_path):
    monkeypatch.setattr(health, "MIN_FREE_BYTES", 10**18)


def lose_media(monkeypatch, settings, tmp_path):
    (tmp_path / "file").write_text("not a directory")
    settings.MEDIA_ROOT = tmp_path / "file"


def miss_a_night(monkeypatch, settings, tmp_path):
    make_night(hours_ago=25.5)


def never_have_a_night(monkeypatch, settings, tmp_path):
    first = timezone.now() - timedelta(hours=25.5)
    MigrationRecorder(connection).migration_qs.update(applied=first)


def spoil_a_night(monkeypatch, settings, tmp_path):
    make_night(hours_ago=25, failed="检查数据库")
    make_night(hours_ago=1, failed="检查上传的文件")


@pytest.mark.parametrize(
    ("break_it", "name", "words"),
    [
        (break_database, "database", "连不上数据库，请检查数据库是否在运行。"),
        (
            break_migrations,
            "migrations",
            "还有1个数据库升级没有执行，请运行 python manage.py migrate。",
        ),
        (break_cache, "cache", "缓存写进去读不出来"),
        (fill_disk, "disk", "磁盘只剩"),
        (lose_media, "media", "图片目录不能写，请检查目录的权限和磁盘。"),
        (miss_a_night, "nights", "夜间任务上次运行是"),
        (never_have_a_night, "nights", "夜间任务还没有运行过：到期的个人信息不会清除"),
        (spoil_a_night, "nights", "夜间任务有1项没有成功：检查上传的文件。"),
    ],
)
def test_health_says_what_is_wrong(db, monkeypatch, settings, tmp_path, break_it, name, words):
    break_it(monkeypatch, settings, tmp_path)

    stranger, staff = ask(REMOTE_ADDR=STRANGER), ask()

    assert (stranger.status_code, stranger.content) == (503, b'{"ok": false}')
    assert staff.status_code == 503
    checks = staff.json()["checks"]
    assert checks.pop(name).startswith(words)
    assert checks == {each: "正常" for each in ALL_WELL if each != name}


def test_health_is_well_again_after_a_good_night(db):
    make_night(hours_ago=25, failed="检查数据库")
    make_night(hours_ago=1)

    assert ask().json() == {"ok": True, "checks": ALL_WELL}


def test_health_without_a_database_answers_even_whoever_was_logged_in(client, clerk, monkeypatch):
    client.force_login(clerk)

    def refuse(*args, **kwargs):
        raise DatabaseError("connection refused")

    with monkeypatch.context() as broken:
        broken.setattr("django.db.backends.utils.CursorWrapper.execute", refuse)
        response = ask(client, REMOTE_ADDR=STRANGER)

    assert (response.status_code, json.loads(response.content)) == (503, {"ok": False})


def test_health_is_reached_by_address_and_on_plain_http(db, settings):
    """A probe knows neither the public name nor the certificate."""
    settings.ALLOWED_HOSTS = ["portal.example.org"]
    settings.SECURE_SSL_REDIRECT = True

    by_address = ask(HTTP_HOST="10.0.0.5:8000", REMOTE_ADDR=STRANGER)
    by_name = ask(HTTP_HOST="portal.example.org", REMOTE_ADDR=STRANGER)
    page = Client().get("/", HTTP_HOST="10.0.0.5:8000", secure=True)

    assert by_address.content == by_name.content == b'{"ok": true}'
    assert page.status_code == 400


@pytest.mark.parametrize("host", ["testserver", "10.0.0.5"])
def test_health_is_only_read(db, host):
    assert ask(method="head", HTTP_HOST=host).status_code == 200
    assert ask(method="head", HTTP_HOST=host).content == b""
    for method in ("post", "put", "delete", "patch", "options"):
        assert ask(method=method, HTTP_HOST=host).status_code == 405
