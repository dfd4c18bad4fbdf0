"""Browser tests: a real server on a demo street of its own, and Chromium as a person uses it.

Nothing here touches the ORM: Playwright's event loop and Django's database code do not share a
process. What a test needs it does as people do, through pages.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.pages import own_pages, public_pages

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
PASSWORD = "browser-tests-only-2026"


def pytest_collection_modifyitems(items):
    """Without Chromium the browser tests are skipped with the reason; in CI that is a failure."""
    for item in items:
        if item.path.is_relative_to(Path(__file__).parent):
            item.add_marker(pytest.mark.browser)
            if not CHROMIUM and not os.environ.get("CI"):
                item.add_marker(pytest.mark.skip(reason="Chromium is not installed"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    if not CHROMIUM:
        pytest.fail("Chromium is not installed, and CI does not skip browser tests")
    return {
        **browser_type_launch_args,
        "executable_path": CHROMIUM,
        "args": [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-first-run",
        ],
    }


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args, portal):
    return {**browser_context_args, "base_url": portal, "locale": "zh-CN"}


@pytest.fixture(params=[390, 1280], ids=["phone", "desktop"])
def width(request) -> int:
    """The two widths every flow is tried at, in CSS pixels."""
    return request.param


@pytest.fixture
def page(page, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.set_default_timeout(15_000)
    return page


def log_in_as(page, username: str) -> None:
    """Log a demo account in, through the page."""
    page.goto("/admin/")
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/admin/")


@pytest.fixture
def log_in(page):
    """Log a demo account in, instead of whoever was."""

    def as_(username: str) -> None:
        page.context.clear_cookies()
        log_in_as(page, username)

    return as_


@pytest.fixture(scope="session")
def new_page(browser, browser_context_args):
    """A page of a new visitor: nothing in the cache, no cookie but the asked-for."""
    contexts = []

    def open_(width: int, *, large: bool = False):
        context = browser.new_context(
            **browser_context_args, viewport={"width": width, "height": 900}
        )
        contexts.append(context)
        if large:
            context.add_cookies(
                [{"name": "large_text", "value": "1", "url": browser_context_args["base_url"]}]
            )
        page = context.new_page()
        page.set_default_timeout(15_000)
        return page

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def paths(portal, new_page) -> list[str]:
    """Every public page, one of each kind; the last is one that the street has taken down."""
    found = public_pages(portal)
    form = next(path for path in found if path.endswith("/signup/"))
    own = own_pages(new_page(390), form)
    page = new_page(1280)
    log_in_as(page, "director")
    gone = "/brands/15/"
    page.goto("/reports/pages/brand/15/take-down/")
    page.get_by_label("原因").fill("这一页的内容要核对。")
    page.get_by_role("button", name="马上下线").click()
    page.get_by_text("”已下线。").wait_for()
    return [*own, *found, gone]


def _free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _database(tmp_path: Path) -> tuple[str, str | None]:
    """A database of its own beside the one that the tests were given."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        return f"sqlite:///{tmp_path / 'browser.sqlite3'}", None
    name = f"portal_browser_{os.getpid()}_{tmp_path.name}"
    return f"{url.rsplit('/', 1)[0]}/{name}", name


@contextmanager
def running_portal(directory: Path, *, is_demo: bool):
    """The address of a running portal, production settings, plain http, with a street or none."""
    url, name = _database(directory)
    port = _free_port()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "practice_portal.settings",
        "DATA_DIR": str(directory),
        "DATABASE_URL": url,
        "DEBUG": "off",
        "HTTPS": "off",
        "SECRET_KEY": "a-constant-key-that-guards-nothing-but-the-browser-tests-of-the-portal",
        "ALLOWED_HOSTS": "127.0.0.1",
        "DEMO_PASSWORD": PASSWORD,
    }

    def manage(*arguments: str) -> None:
        command = [sys.executable, "manage.py", *arguments]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)

    if name:
        _psql(os.environ["DATABASE_URL"], f'CREATE DATABASE "{name}"')
    media = directory / "media"
    media.mkdir()
    server = None
    try:
        manage("migrate", "--verbosity", "0")
        manage("createcachetable", "--verbosity", "0")
        manage("collectstatic", "--no-input", "--verbosity", "0")
        manage("load_demo" if is_demo else "set_up_street")
        command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1"]
        command += ["--port", str(port), "--workers", "2", "--blocking-threads", "1"]
        # What staff have uploaded is the reverse proxy's in production.
        command += ["--static-path-route", "/media", "--static-path-mount", str(media)]
        command += ["--no-log", "practice_portal.wsgi:application"]
        server = subprocess.Popen(command, cwd=ROOT, env=environment)
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, server)
        yield address
    finally:
        if server:
            server.terminate()
            server.wait(timeout=20)
        if name:
            _psql(os.environ["DATABASE_URL"], f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture(scope="session")
def portal(tmp_path_factory):
    with running_portal(tmp_path_factory.mktemp("portal"), is_demo=True) as address:
        yield address


def _psql(url: str, statement: str) -> None:
    import psycopg2

    connection = psycopg2.connect(url)
    connection.autocommit = True  # a database is not created in a transaction
    with connection.cursor() as cursor:
        cursor.execute(statement)
    connection.close()


def _wait_for(address: str, server: subprocess.Popen) -> None:
    for _ in range(150):
        if server.poll() is not None:
            pytest.fail(f"the server ended with code {server.returncode}")
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    pytest.fail("the server did not answer within 30 seconds")
