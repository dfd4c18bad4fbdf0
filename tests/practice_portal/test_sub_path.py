"""The portal below another site, with BASE_PATH: every address on its pages stays below it."""

import json
import os
import re
import subprocess
import sys

import pytest
from django.conf import settings

from tests.database import copy_migrated

PAGES = ["/", "/activities/", "/stations/", "/figures/", "/doors/help/", "/admin/login/", "/none/"]

#: A form that is refused with a message, and sent with a token of one's own.
FORGET, TOKEN = "/my/forget/", "a" * 32

#: What a proxy hands on after it has taken the path off; answers code, headers and page of each.
ASK = f"""
import io, json
from django.core.management import call_command
from practice_portal.wsgi import application
call_command("migrate", verbosity=0)
call_command("set_up_street", stdout=io.StringIO())
found = {{}}
for page in {PAGES!r} + ["/admin/", "/large-text/?on=1", "/static/portal.css", {FORGET!r}]:
    environ = {{"REQUEST_METHOD": "GET", "PATH_INFO": page.partition("?")[0], "wsgi.input":
        io.BytesIO(), "QUERY_STRING": page.partition("?")[2], "SERVER_NAME": "127.0.0.1",
        "SERVER_PORT": "80", "HTTP_HOST": "127.0.0.1", "wsgi.url_scheme": "http"}}
    if page == {FORGET!r}:
        form = b"row=none&is_sure=on&csrfmiddlewaretoken={TOKEN}"
        environ |= {{"REQUEST_METHOD": "POST", "HTTP_COOKIE": "csrftoken={TOKEN}",
            "CONTENT_TYPE": "application/x-www-form-urlencoded",
            "CONTENT_LENGTH": str(len(form)), "wsgi.input": io.BytesIO(form)}}
    started = []
    body = b"".join(application(environ, lambda *words: started.append(words)))
    found[page] = [int(started[0][0][:3]), sorted(map(list, started[0][1])), body.decode()]
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def answers(tmp_path_factory, django_db_setup) -> dict:
    folder = tmp_path_factory.mktemp("sub-path")
    copy_migrated(folder / "db.sqlite3")
    done = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()\n" + ASK],
        cwd=settings.BASE_DIR,
        env={
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "practice_portal.settings",
            "DATABASE_URL": "",
            "REDIS_URL": "",
            "DATA_DIR": str(folder),
            "DEBUG": "on",  # static files from their sources
            "BASE_PATH": "wenming/",
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def headers(answer, name: str) -> list[str]:
    return [value for key, value in answer[1] if key == name]


def test_sub_path_is_in_front_of_every_address(answers):
    wrong = {}
    for page in PAGES[:-1]:
        code, _, html = answers[page]
        assert code == 200, page
        found = re.findall(r'(?:href|src|action)="(/[^"]*)"', html)
        assert len(found) > 2, page
        wrong[page] = [address for address in found if not address.startswith("/wenming/")]

    assert wrong == {page: [] for page in PAGES[:-1]}


def test_sub_path_is_in_front_of_where_one_is_sent(answers):
    code, _, _ = answers["/admin/"]

    assert code == 302
    assert headers(answers["/admin/"], "Location") == ["/wenming/admin/login/?next=/wenming/admin/"]
    assert headers(answers["/large-text/?on=1"], "Location") == ["/wenming/"]


def test_sub_path_keeps_cookies_from_the_citys_other_pages(answers):
    cookies = headers(answers["/large-text/?on=1"], "Set-Cookie")
    cookies += headers(answers["/admin/login/"], "Set-Cookie")
    cookies += headers(answers[FORGET], "Set-Cookie")

    names = [cookie.partition("=")[0].strip() for cookie in cookies]
    assert names == ["large_text", "csrftoken", "messages"]
    assert [cookie for cookie in cookies if "Path=/wenming/" not in cookie] == []


def test_sub_path_serves_static_files(answers):
    assert answers["/static/portal.css"][0] == 200
