"""Fifty clients sign up for one hot session for ten seconds, beside a bare conditional UPDATE.

python tests/bench/hot_session.py                  (make bench)
DATABASE_URL=postgres://… python tests/bench/hot_session.py

Prints how many a second the whole sign-up does (form, checks, code, waiting list, history, the
same press twice, rate limits), and how many a bare view that does one conditional UPDATE. They run
in turn, three times each, and the medians count; on SQLite and PostgreSQL, and with REDIS_URL as
it is deployed. Ends with 1 on any error.
"""

import contextlib
import http.client
import os
import statistics
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.drills.portal import PATIENCE, Portal, own_database, temporary_folder

CLIENTS, SECONDS, PROCESSES, ROUNDS = 50, 10, 4, 3
#: What the whole sign-up should do of what one bare UPDATE does.
AIM = 0.8
MAKE = """
from stations.models import Station
from tests.factories import make_activity, make_session
Station.objects.update(is_public=True)
activity = make_activity(station=Station.objects.get(slug="nanhu"))
print(make_session(activity=activity, capacity=30000).pk)
"""
TOKEN = "a" * 32


def form(client: int, number: int) -> dict[str, str]:
    """What the page of a sign-up sends; the bare view looks at none of it."""
    key = f"{client:02}{number:06}"
    return {
        "csrfmiddlewaretoken": TOKEN,
        "once": key,
        "name": "居民",
        "phone": f"154{key}",
        "party_size": "1",
        "consents": "on",
    }


def press(portal: Portal, path: str, first: int) -> tuple[Counter, float]:
    """All clients, their numbers from `first` on: what they are answered, how many a second."""
    answers: Counter = Counter()
    lock = threading.Lock()
    end = time.monotonic() + SECONDS

    def client(place: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=PATIENCE)
        number, mine = first, Counter()
        while time.monotonic() < end:
            number += 1
            headers = {
                "Content-Type": "application/x-www-form-urlencoded",
                "Cookie": f"csrftoken={TOKEN}",
                "X-Forwarded-For": f"10.{place}.{number // 250 % 250}.{number % 250}",
            }
            try:
                line.request("POST", path, urlencode(form(place, number)), headers)
                response = line.getresponse()
                response.read()
                mine[response.status] += 1
            except OSError as error:
                mine[type(error).__name__] += 1
                line.close()
        with lock:
            answers.update(mine)

    threads = [threading.Thread(target=client, args=(place,)) for place in range(CLIENTS)]
    start = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    return answers, sum(answers.values()) / (time.monotonic() - start)


@contextlib.contextmanager
def served(name: str, application: str):
    """A portal with one hot session: the portal, and the address to sign up."""
    with temporary_folder() as folder, own_database(folder, name) as url:
        portal = Portal(
            folder,
            url,
            workers=PROCESSES,
            application=application,
            settings="tests.bench.settings",
            redis_url=os.environ.get("REDIS_URL", ""),
        )
        portal.migrate()
        session = int(portal.shell(MAKE))
        portal.start()
        try:
            yield portal, f"/sessions/{session}/signup/"
        finally:
            portal.stop()


def main() -> None:
    with (
        served("hot", "practice_portal.wsgi:application") as ours,
        served("bare", "tests.bench.bare:application") as bare,
    ):
        answers: dict[str, Counter] = {"sign-up": Counter(), "bare UPDATE": Counter()}
        speeds: dict[str, list[float]] = {name: [] for name in answers}
        for number in range(ROUNDS):
            for name, one in (("sign-up", ours), ("bare UPDATE", bare)):
                found, speed = press(*one, first=number * 100_000)
                answers[name] += found
                speeds[name].append(speed)
    for name, found in answers.items():
        each = " ".join(f"{speed:.0f}" for speed in speeds[name])
        print(f"{name:12} {statistics.median(speeds[name]):6.0f} a second ({each}), {dict(found)}")
    share = statistics.median(a / b for a, b in zip(*speeds.values(), strict=True))
    verdict = "as aimed for" if share >= AIM else f"less than the {AIM} that is aimed for"
    print(f"the whole sign-up does {share:.2f} of the bare UPDATE, {verdict}")
    sys.exit(0 if all(set(found) == {302} for found in answers.values()) else 1)


if __name__ == "__main__":
    main()
