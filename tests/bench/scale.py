"""Ten years of the street times ten, beside the demo street: as many queries, and as fast?

make bench
DATABASE_URL=postgres://… make bench    on PostgreSQL, in a database of its own

Prints, page by page, the queries and the milliseconds (the median of many) before and after some
20,000 sessions and 300,000 sign-ups come in. Ends with 1 when a page asks more often or takes
more than 1.2 times as long.
"""

import os
import statistics
import sys
import time
from datetime import timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.drills.portal import own_database, temporary_folder

SESSIONS, PER_SESSION, YEARS = 20_000, 15, 10
ROUNDS, SLOWER = 40, 1.2
BATCH = 5000


def pages() -> dict[str, str]:
    from activities.models import Session

    coming = Session.objects.published().planned().upcoming().filter(capacity__isnull=False)
    session = coming.select_related("activity").first()
    return {
        "list": "/activities/",
        "list of a station": "/activities/?station=nanhu",
        "search in the list": "/activities/?q=手机",
        "calendar": f"/activities/{session.starts_at:%Y-%m}/",
        "page": session.activity.get_absolute_url(),
        "station": "/stations/nanhu/",
        "home": "/",
        "sign-up form": f"/sessions/{session.pk}/signup/",
    }


def measure(asked: dict[str, str]) -> dict[str, tuple[int, float]]:
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    client, found = Client(), {}
    for name, url in asked.items():
        with CaptureQueriesContext(connection) as captured:
            response = client.get(url)
        queries = len(captured)  # the next request empties the log
        if response.status_code != 200:
            sys.exit(f"{url} answered {response.status_code}")
        times = []
        for _ in range(ROUNDS):
            start = time.perf_counter()
            client.get(url)
            times.append(time.perf_counter() - start)
        found[name] = (queries, statistics.median(times) * 1000)
    found["sign-up"] = measure_signups()
    return found


def measure_signups() -> tuple[int, float]:
    """Whole sign-ups through the form's view, each by another phone."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from activities.models import Session

    coming = Session.objects.published().planned().upcoming().filter(capacity__isnull=False)
    session = coming.first()
    taken = session.signups.count()
    Session.objects.filter(pk=session.pk).update(capacity=10_000)
    client, times, queries = Client(), [], 0
    for number in range(ROUNDS):
        sent = {
            "once": f"bench{taken + number}",
            "name": "居民",
            "phone": f"1549{taken + number:07}",
            "party_size": "1",
            "consents": "on",
        }
        with CaptureQueriesContext(connection) as captured:
            start = time.perf_counter()
            response = client.post(f"/sessions/{session.pk}/signup/", sent)
            times.append(time.perf_counter() - start)
        if response.status_code != 302:
            sys.exit(f"a sign-up answered {response.status_code}")
        queries = len(captured)
    return queries, statistics.median(times) * 1000


def fill() -> None:
    """Twenty thousand sessions of the last ten years, each with its sign-ups."""
    from django.db import connection
    from django.utils import timezone

    from activities.models import Activity, Session, Signup

    activities = list(Activity.objects.released())
    first = timezone.now() - timedelta(days=365 * YEARS)
    step = timedelta(days=365 * YEARS - 30) / SESSIONS
    for start in range(0, SESSIONS, BATCH):
        made = Session.objects.bulk_create(
            Session(
                activity=activities[number % len(activities)],
                starts_at=first + number * step,
                ends_at=first + number * step + timedelta(hours=2),
                capacity=40,
                seats_taken=PER_SESSION,
                people_served=PER_SESSION,
            )
            for number in range(start, start + BATCH)
        )
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
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def main() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable", verbosity=0)
    call_command("load_demo", verbosity=0)
    asked = pages()
    measure(asked)  # warm
    before = measure(asked)
    fill()
    after = measure(asked)
    failed = False
    print(f"{'':20}{'demo street':>22}{'ten years times ten':>24}")
    for name in before:
        (queries, slow), (later, slower) = before[name], after[name]
        is_worse = later > queries or slower > SLOWER * slow
        failed = failed or is_worse
        print(
            f"{name:20}{queries:4} queries {slow:7.1f} ms{later:6} queries {slower:7.1f} ms"
            f"   ×{slower / slow:.2f}{'  WORSE' if is_worse else ''}"
        )
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    with temporary_folder() as folder, own_database(folder, "bench") as url:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "TEST_DATA_DIR": str(folder),
            "DATABASE_URL": url,
        }
        import django

        django.setup()
        try:
            main()
        finally:
            django.db.connections.close_all()
