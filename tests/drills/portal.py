"""What the drills share: a portal of their own on 127.0.0.1, a private PostgreSQL, a clerk.

Everything lives in a temporary directory, and only processes started here are ever ended.
"""

import contextlib
import http.client
import os
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

from django.db.backends.sqlite3._functions import register

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds until something that does not come up is a failure
PASSWORD = secrets.token_urlsafe(16)
OUR_503 = "网站正在恢复"


class Failed(Exception):
    """The drill has shown what must not be."""


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def wait_until(question, what: str, patience: float = PATIENCE) -> float:
    """Ask until the answer is yes; how many seconds it took."""
    start = time.monotonic()
    while not question():
        if time.monotonic() - start > patience:
            raise Failed(f"waited {patience} s in vain for {what}")
        time.sleep(0.05)
    return time.monotonic() - start


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="portal-drill-"))
    folder.chmod(0o711)  # the user postgres passes through to its own directory
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def own_database(folder: Path, name: str) -> Iterator[str]:
    """An empty database of its own, of the kind that the tests run on."""
    url = os.environ.get("DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield f"sqlite:///{folder}/{name}.sqlite3"
        return
    import psycopg2

    server, _, tested = url.rpartition("/")
    own = f"test_{tested}_{name}"

    def run(*statements: str) -> None:
        connection = psycopg2.connect(url)
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    drop = f'DROP DATABASE IF EXISTS "{own}" WITH (FORCE)'
    run(drop, f"CREATE DATABASE \"{own}\" ENCODING 'UTF8' TEMPLATE template0")
    try:
        yield f"{server}/{own}"
    finally:
        run(drop)


class Portal:
    """Production's server and settings on plain http, with more than one worker."""

    def __init__(
        self,
        folder: Path,
        database_url: str = "",
        workers: int = 2,
        application: str = "practice_portal.wsgi:application",
        settings: str = "tests.settings",
        redis_url: str = "",
    ):
        self.folder, self.workers, self.application = folder, workers, application
        self.port = free_port()
        self.process: subprocess.Popen | None = None
        self.environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": settings,
            "TEST_DATA_DIR": str(folder),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "PYTHONPATH": str(ROOT),
        }

    def manage(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=10 * PATIENCE,
        )
        if done.returncode:
            raise Failed(f"manage.py {words[0]}: {done.stdout}{done.stderr}")
        return done.stdout

    def migrate(self) -> None:
        """The tables, the street and the roles, by the commands that a deployment runs."""
        if self.environment["DATABASE_URL"].startswith("sqlite:///"):
            from tests.database import copy_migrated  # the drills are scripts and do without

            copy_migrated(Path(self.environment["DATABASE_URL"].removeprefix("sqlite:///")))
        self.shell(
            "from django.core.management import call_command",
            "call_command('migrate', verbosity=0)",
            "call_command('createcachetable', verbosity=0)",
            "call_command('set_up_street')",
            "call_command('set_up_roles', verbosity=0)",
        )

    def prepare(self) -> None:
        self.migrate()
        self.shell(
            "from stations.models import User",
            f"User.objects.create_superuser('drill', name='演练', password='{PASSWORD}')",
        )

    def shell(self, *lines: str) -> str:
        """What these lines print, in a process of their own: it starts slowly, so give it many."""
        return self.manage("shell", "--no-imports", "-c", "\n".join(lines))

    def start(self) -> None:
        with (self.folder / "portal.log").open("ab") as log:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "granian", "--interface", "wsgi"),
                    *("--host", "127.0.0.1", "--port", str(self.port)),
                    *("--workers", str(self.workers), "--blocking-threads", "1"),
                    self.application,
                ],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        wait_until(self.answers, "the portal")

    def answers(self) -> bool:
        try:
            return Clerk(self).get("/admin/login/")[0] == 200
        except OSError:
            return False

    def workers_now(self) -> list[int]:
        return sorted(children_of(self.process.pid))

    def kill(self) -> None:
        """kill -9 of the server and all its workers at once."""
        workers = self.workers_now()
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        wait_until(lambda: not any(map(is_running, workers)), "the workers' end")
        self.process = None

    def stop(self) -> None:
        if self.process:
            self.kill()


def children_of(pid: int) -> list[int]:
    return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


class Clerk:
    """Somebody at a desk: real HTTP, one connection for each request.

    With an `address` they come through a proxy, which says so.
    """

    def __init__(self, portal: Portal, address: str = ""):
        self.portal, self.address = portal, address
        self.cookies: dict[str, str] = {}

    def _ask(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.portal.port, timeout=PATIENCE)
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if self.address:
            headers["X-Forwarded-For"] = self.address
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            for cookie in response.headers.get_all("Set-Cookie", []):
                name, _, value = cookie.partition(";")[0].partition("=")
                self.cookies[name] = value
            return response.status, response.read().decode()
        except http.client.HTTPException as error:
            raise ConnectionError(str(error)) from error
        finally:
            connection.close()

    def get(self, path: str) -> tuple[int, str]:
        return self._ask("GET", path)

    def post(self, path: str, **values) -> tuple[int, str]:
        values["csrfmiddlewaretoken"] = self.cookies.get("csrftoken", "")
        return self._ask("POST", path, urlencode(values))

    def log_in(self) -> "Clerk":
        self.get("/admin/login/")
        code, _ = self.post("/admin/login/", username="drill", password=PASSWORD)
        if code != 302:
            raise Failed(f"log-in answered {code}")
        return self

    def add_demand(self, title: str, station: int) -> tuple[int, str]:
        """302 is the portal's word that the demand is kept."""
        return self.post(
            "/admin/services/demand/add/",
            station=station,
            title=title,
            channel="phone_visit",
            topic="other",
            submitted_at_0="2026-11-23",
            submitted_at_1="09:30",
        )


class Sqlite:
    """The portal's own file, read beside it."""

    url = ""

    def __init__(self, folder: Path):
        self.path = folder / "db.sqlite3"

    def column(self, sql: str) -> list:
        with contextlib.closing(sqlite3.connect(self.path, timeout=PATIENCE)) as connection:
            register(connection)  # a check constraint uses one of Django's functions
            return [row[0] for row in connection.execute(sql)]

    def check(self) -> None:
        if (answer := self.column("PRAGMA integrity_check")) != ["ok"]:
            raise Failed(f"integrity_check: {answer}")


class Postgres:
    """A server of our own, as durable as a real one; never the machine's."""

    def __init__(self, folder: Path):
        self.data = folder / "postgres"
        self.port = free_port()
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/portal"
        self.process: subprocess.Popen | None = None
        self.bin = max(
            Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name)
        )
        self.data.mkdir()
        # initdb refuses root.
        self.user = {"user": "postgres", "group": "postgres"} if os.getuid() == 0 else {}
        if self.user:
            shutil.chown(self.data, "postgres", "postgres")
        words = ["--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8"]
        subprocess.run(
            [self.bin / "initdb", "--pgdata", self.data / "db", *words],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.data,
            **self.user,
        )
        self.start()
        self.column("CREATE DATABASE portal", database="postgres")

    def start(self) -> None:
        (self.data / "db" / "postmaster.pid").unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [
                *(self.bin / "postgres", "-D", self.data / "db", "-p", str(self.port)),
                *("-c", "listen_addresses=127.0.0.1"),
                *("-c", f"unix_socket_directories={self.data}"),
            ],
            cwd=self.data,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self.user,
        )
        wait_until(self.answers, "PostgreSQL")

    def answers(self) -> bool:
        import psycopg2

        try:
            return self.column("SELECT 1", database="postgres") == [1]
        except psycopg2.OperationalError:
            return False

    def column(self, sql: str, database: str = "portal") -> list:
        import psycopg2

        connection = psycopg2.connect(
            host="127.0.0.1", port=self.port, user="postgres", dbname=database
        )
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute(sql)
            return [row[0] for row in cursor.fetchall()] if cursor.description else []

    def check(self) -> None:
        self.column("SELECT count(*) FROM services_demand")

    def kill(self) -> None:
        """kill -9 of the postmaster and every process of its own."""
        for pid in [self.process.pid, *children_of(self.process.pid)]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE)
        self.process = None

    def stop(self) -> None:
        """An orderly stop that does not wait for clients."""
        if self.process:
            self.process.send_signal(signal.SIGINT)
            self.process.wait(PATIENCE)
            self.process = None


def run(drill) -> None:
    """Run a drill; its last line says how it went, and so does its exit code."""
    start = time.monotonic()
    try:
        closing = drill()
    except Failed as error:
        sys.exit(f"FAILED after {time.monotonic() - start:.0f} s: {error}")
    print(f"PASSED in {time.monotonic() - start:.0f} s: {closing}")
