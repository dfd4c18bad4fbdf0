"""A log tells what happened and where, and of nobody: every secret below is put in the way."""

import importlib
import io
import json
import logging
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError
from django.http import Http404
from django.test import Client
from django.urls import include, path

from practice_portal.lib.logs import JsonFormatter, LineFormatter, scrub
from tests.factories import make_station

PHONE = "15412345678"
NAME = "宋建国"
CODE = "K7QX9M2PWD"
ID_NUMBER = "620200198001011234"
SECRETS = (PHONE, "5678", NAME, CODE, ID_NUMBER, "a-cookie-of-somebody", "typed words")


def fail(request, code):
    phone, name = request.POST.get("phone", PHONE), NAME
    raise ValueError(f"{name} {phone} {code} {request.COOKIES} typed words")


def fail_twice(request, code):
    try:
        fail(request, code)
    except ValueError as error:
        raise LookupError(NAME) from error


def missing(request, code):
    raise Http404(f"no demand {code} of {NAME}")


urlpatterns = [
    path("fail/<str:code>/", fail),
    path("fail-twice/<str:code>/", fail_twice),
    path("missing/<str:code>/", missing),
    path("", include("practice_portal.urls")),
]


def written_by(formatter):
    """What the root logger writes."""
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)
    yield written
    logging.getLogger().removeHandler(handler)


@pytest.fixture(params=[JsonFormatter, LineFormatter])
def log(request):
    yield from written_by(request.param())


@pytest.fixture
def json_log():
    yield from written_by(JsonFormatter())


@pytest.fixture
def visitor(settings):
    settings.ROOT_URLCONF = __name__
    client = Client(raise_request_exception=False)
    client.cookies["__Host-sessionid"] = "a-cookie-of-somebody"
    return client


def found_in(log) -> list[str]:
    text = log.getvalue()
    assert text
    return [secret for secret in SECRETS if secret in text or ascii(secret)[1:-1] in text]


@pytest.mark.parametrize("page", ["fail", "fail-twice"])
def test_log_of_a_failing_page_tells_of_nobody(db, log, visitor, page):
    address = f"/{page}/{CODE}-{PHONE}/?q={PHONE}&name={NAME}"

    response = visitor.post(address, {"phone": PHONE, "name": NAME, "id": ID_NUMBER})

    assert response.status_code == 500
    assert found_in(log) == []
    assert "ValueError" in log.getvalue()
    assert "tests/lib/test_logs.py:" in log.getvalue()


def test_log_of_a_failing_page_tells_where(db, json_log, visitor):
    visitor.post(f"/fail-twice/{CODE}/", {"phone": PHONE})

    [line] = [json.loads(each) for each in json_log.getvalue().splitlines()]
    error = line.pop("error")
    assert line.pop("at").endswith("+00:00")
    assert line == {
        "level": "ERROR",
        "logger": "django.request",
        "message": "Internal Server Error: /fail-twice/<str:code>/",
        "method": "POST",
        "path": "/fail-twice/<str:code>/",
        "status": 500,
    }
    assert (error["type"], error["cause"]["type"]) == ("LookupError", "ValueError")
    assert error["at"][-1].endswith(" fail_twice")
    assert error["cause"]["at"][-1].startswith("tests/lib/test_logs.py:")
    assert error["cause"]["at"][-1].endswith(" fail")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (f"/missing/{CODE}/?phone={PHONE}", "/missing/<str:code>/"),
        (f"/nowhere/{PHONE}/{CODE}/{NAME}/x.php?code={CODE}", "/nowhere/.../.../.../x.php"),
    ],
)
def test_log_of_a_missing_page_tells_of_nobody(db, log, visitor, address, shown):
    assert visitor.get(address).status_code == 404

    assert found_in(log) == []
    assert shown in log.getvalue()


def test_log_of_a_forged_host_tells_of_nobody(db, log, visitor):
    assert visitor.get("/fail/x/", HTTP_HOST=f"{PHONE}.example").status_code == 400

    assert found_in(log) == []


def test_log_of_the_databases_refusal_tells_of_nobody(db, log, station):
    try:
        make_station(name=NAME, slug="a")
        make_station(name=NAME, slug="b")
    except IntegrityError:
        logging.getLogger("practice_portal").exception("row refused")

    assert found_in(log) == []
    assert "IntegrityError" in log.getvalue()


@pytest.mark.parametrize(
    ("words", "args"),
    [
        ("told %s", (NAME,)),
        ("told %(who)s", {"who": PHONE}),
        (f"told {NAME} by {PHONE} of {CODE}\nERROR forged line", ()),
        (ValueError(PHONE), ()),
    ],
)
def test_log_of_our_own_lines_tells_of_nobody(log, words, args):
    log_it = logging.getLogger("practice_portal").warning
    log_it(words, args) if isinstance(args, dict) else log_it(words, *args)

    assert found_in(log) == []


@pytest.mark.parametrize("formatter", [JsonFormatter(), LineFormatter()])
def test_log_of_a_line_with_a_word_missing_is_a_line_all_the_same(formatter):
    record = logging.LogRecord("x", logging.ERROR, "x.py", 1, "told %s of %s", (PHONE,), None)

    assert "told %s of %s" in formatter.format(record)
    assert PHONE not in formatter.format(record)


def test_log_in_json_is_one_line_an_event(json_log):
    logging.getLogger("practice_portal").warning("first\n{%s}", '"forged"')

    assert json.loads(json_log.getvalue())["message"] == 'first\n{"forged"}'
    assert json_log.getvalue().count("\n") == 1


def test_log_keeps_the_databases_and_the_disks_own_word(json_log):
    try:
        Path(f"/nowhere/{PHONE}").read_text()
    except OSError:
        logging.getLogger("practice_portal").exception("not written")

    line = json.loads(json_log.getvalue())
    assert line["error"]["type"] == "FileNotFoundError"
    assert line["error"]["sign"] == "No such file or directory"
    assert found_in(json_log) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rang 15412345678", "rang ..."),
        ("rang +86 154-1234-5678", "rang ..."),
        ("rang １５４１２３４５６７８", "rang ..."),
        ("rang 154\u200b1234\u200b5678", "rang ..."),
        ("rang 0937-6000000", "rang ..."),
        ("id 62020019800101123X", "id ..."),
        ("card 6222 0212 3456 7890 123", "card ..."),
        ("mail song@example.org now", "mail ... now"),
        ("GET /a/?phone=1&x=2 done", "GET /a/?... done"),
        ("Cookie: sessionid=abc", "Cookie: ..."),
        ("csrftoken='abc' x", "csrftoken=... x"),
        ("Authorization: Bearer abc", "Authorization: ..."),
        ("looked up K7QX9M2P", "looked up ..."),
        ("told 宋建国 and 阿依古丽·买买提", "told ... and ..."),
        (r"told \u5b8b\u5efa\u56fd", "told ..."),
        ("412 rows in 3.5 s, 14 stations", "412 rows in 3.5 s, 14 stations"),
        ("step draw_up_month failed", "step draw_up_month failed"),
        (f"asked for {'a' * 100_000}", "asked for ..."),
        ("a " * 1_998 + "15412345678", "a " * 1_998 + "..."),  # cut within the number
    ],
)
def test_scrub(text, expected):
    assert scrub(text) == expected


# The switch ---------------------------------------------------------------------------------------


def settings_with(monkeypatch, **environment):
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delitem(sys.modules, "practice_portal.settings")
    try:
        return importlib.import_module("practice_portal.settings")
    finally:
        monkeypatch.undo()


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"DEBUG": "off"}, "json"),
        ({"DEBUG": "on"}, "line"),
        ({"DEBUG": "off", "LOG_FORMAT": "line"}, "line"),
        ({"DEBUG": "on", "LOG_FORMAT": "JSON"}, "json"),
    ],
)
def test_log_format_is_chosen_by_the_environment(monkeypatch, environment, expected):
    module = settings_with(monkeypatch, **{"LOG_FORMAT": "", **environment})

    assert module.LOGGING["handlers"]["console"]["formatter"] == expected


def test_log_format_that_is_misspelt_is_refused(monkeypatch):
    with pytest.raises(ImproperlyConfigured, match="请写 json 或 line"):
        settings_with(monkeypatch, LOG_FORMAT="jsn")
