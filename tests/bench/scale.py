"""Ten years of the street times ten, beside the demo street: as many queries, and as fast?

make bench
DATABASE_URL=postgres://… make bench    on PostgreSQL, in two databases of its own

Two processes, one with the demo street and one with some 20,000 sessions and 300,000 sign-ups
beside it, are asked in turn, page by page, so that a busy machine is as slow for both. Prints the
queries and the milliseconds (the medians of many). Ends with 1 when a page asks more often of the
larger street, or takes more than 1.2 times as long.
"""

import os
import statistics
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.drills.portal import own_database, temporary_folder

SESSIONS, PER_SESSION, YEARS = 20_000, 15, 10
ROUNDS, SLOWER = 40, 1.2
BATCH = 5000
SIGN_UP = "sign-up"
#: It goes ninety days back, and of the larger street it has more to tell.
GROWS = "feed"


# One of the two streets -------------------------------------------------------------------------


def pages() -> dict[str, str]:
    from activities.models import Session

    coming = Session.objects.published().planned().upcoming().filter(capacity__isnull=False)
    session = coming.select_related("activity").first()
    Session.objects.filter(pk=session.pk).update(capacity=10_000)
    return {
        "list": "/activities/",
        "list of a station": "/activities/?station=nanhu",
        "search in the list": "/activities/?q=手机",
        "calendar": f"/activities/{session.starts_at:%Y-%m}/",
        "feed": "/activities/calendar.ics",
        "page": session.activity.get_absolute_url(),
        "station": "/stations/nanhu/",
        "home": "/",
        "sign-up form": f"/sessions/{session.pk}/signup/",
        SIGN_UP: f"/sessions/{session.pk}/signup/",
    }


class Street:
    """A demo street in a database of its own, and what its pages cost."""

    def __init__(self, is_large: bool):
        from django.core.management import call_command
        from django.db import connection
        from django.test import Client

        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("load_demo", stdout=sys.stderr)
        if is_large:
            fill()
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        self.client, self.asked, self.parties = Client(), pages(), 0

    def ask(self, name: str) -> tuple[int, float]:
        """One request: its queries, and its milliseconds."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        url, is_post = self.asked[name], name == SIGN_UP
        with CaptureQueriesContext(connection) as captured:
            start = time.perf_counter()
            answer = self.client.post(url, self._party()) if is_post else self.client.get(url)
            spent = time.perf_counter() - start
        if answer.status_code != (302 if is_post else 200):
            sys.exit(f"{url} answered {answer.status_code}")
        return len(captured), spent * 1000

    def _party(self) -> dict[str, str]:
        self.parties += 1
        return {
            "once": f"bench{self.parties}",
            "name": "居民",
            "phone": f"1549{self.parties:07}",
            "party_size": "1",
            "consents": "on",
        }

    def serve(self) -> None:
        """Answer the names of pages, line by line, until there are no more."""
        print(*self.asked, sep=",", flush=True)
        for line in sys.stdin:
            print(*self.ask(line.strip()), flush=True)


def fill() -> None:
    """Twenty thousand sessions of the last ten years, each with its sign-ups."""
    from django.utils import timezone
    from simple_history.utils import bulk_create_with_history

    from activities.models import Activity, Session, Signup

    activities = list(Activity.objects.released())
    first = timezone.now() - timedelta(days=365 * YEARS)
    step = timedelta(days=365 * YEARS - 30) / SESSIONS
    for start in range(0, SESSIONS, BATCH):
        sessions = [
            Session(
                activity=activities[number % len(activities)],
                starts_at=first + number * step,
                ends_at=first + number * step + timedelta(hours=2),
                capacity=40,
                seats_taken=PER_SESSION,
                people_served=PER_SESSION,
            )
            for number in range(start, start + BATCH)
        ]
        made = bulk_create_with_history(sessions, Session)
        for place in range(0, len(made), 500):
            Signup.objects.bulk_create(
                Signup(
                    session=session,
                    name="居民",
                    phone=f"154{number:02}{session.pk % 1_000_000:06}",
                    status=Signup.Status.ATTENDED,
                    has_seat=True,
                )
                for session in made[place : place + 500]
                for number in range(PER_SESSION)
            )


# Both, asked in turn ----------------------------------------------------------------------------


class Asked:
    """The process of a street, from outside."""

    def __init__(self, folder: Path, url: str, word: str):
        folder.mkdir()
        self.process = subprocess.Popen(
            [sys.executable, __file__, word],
            env={**os.environ, "TEST_DATA_DIR": str(folder), "DATABASE_URL": url, "REDIS_URL": ""},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def names(self) -> list[str]:
        return self._line().split(",")

    def ask(self, name: str) -> tuple[int, float]:
        self.process.stdin.write(f"{name}\n")
        self.process.stdin.flush()
        queries, spent = self._line().split()
        return int(queries), float(spent)

    def _line(self) -> str:
        return self.process.stdout.readline().strip() or sys.exit("a street gave no answer")

    def end(self) -> None:
        self.process.stdin.close()
        self.process.wait(60)


def compare(small: Asked, large: Asked) -> bool:
    """Print what each page costs on both; whether one is worse on the larger street."""
    names, _ = small.names(), large.names()
    failed = False
    print(f"{'':20}{'demo street':>22}{'ten years times ten':>24}")
    for name in names:
        pairs = [(small.ask(name), large.ask(name)) for _ in range(ROUNDS + 2)][2:]  # warm
        queries, later = (max(pair[side][0] for pair in pairs) for side in (0, 1))
        fast, slow = (statistics.median(pair[side][1] for pair in pairs) for side in (0, 1))
        times = statistics.median(pair[1][1] / pair[0][1] for pair in pairs)
        is_worse = later > queries or (times > SLOWER and name != GROWS)
        failed = failed or is_worse
        print(
            f"{name:20}{queries:4} queries {fast:7.1f} ms{later:6} queries {slow:7.1f} ms"
            f"   ×{times:.2f}{'  WORSE' if is_worse else ''}"
        )
    return failed


def main() -> int:
    with (
        temporary_folder() as folder,
        own_database(folder, "bench_small") as one,
        own_database(folder, "bench_large") as other,
    ):
        streets = Asked(folder / "small", one, "small"), Asked(folder / "large", other, "large")
        try:
            return int(compare(*streets))
        finally:
            for street in streets:
                street.end()


if __name__ == "__main__":
    if len(sys.argv) == 1:
        sys.exit(main())
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    Street(is_large=sys.argv[1] == "large").serve()
