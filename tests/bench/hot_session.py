"""Fifty clients sign up for one hot session for ten seconds, beside a bare conditional UPDATE.

python tests/bench/hot_session.py                  (make bench)
DATABASE_URL=postgres://… python tests/bench/hot_session.py

Prints how many a second the whole sign-up does (form, checks, code, waiting list, the same press
twice), and how many a bare view that does one conditional UPDATE; ends with 1 on any error.
"""

import http.client
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from urllib.parse import urlencode

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.drills.portal import PATIENCE, Portal, own_database, temporary_folder

CLIENTS, SECONDS, PROCESSES = 50, 10, 4
MAKE = """
from stations.models import Station
from tests.factories import make_activity, make_session
Station.objects.update(is_public=True)
activity = make_activity(station=Station.objects.get(slug="nanhu"))
print(make_session(activity=activity, capacity=30000).pk)
"""


def press(portal: Portal, path: str, sign_up: bool) -> tuple[Counter, float]:
    answers: Counter = Counter()
    lock = threading.Lock()
    end = time.monotonic() + SECONDS

    def client(place: int) -> None:
        line = http.client.HTTPConnection("127.0.0.1", portal.port, timeout=PATIENCE)
        number, mine = 0, Counter()
        token = "a" * 32
        headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"csrftoken={token}",
        }
        while time.monotonic() < end:
            number += 1
            key = f"{place:03}{number:05}"
            sent = {"csrfmiddlewaretoken": token}
            if sign_up:
                sent |= {
                    "once": key,
                    "name": "居民",
                    "phone": f"154{key}",
                    "party_size": "1",
                    "consents": "on",
                }
            try:
                line.request("POST", path, urlencode(sent), headers)
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


def run(application: str, sign_up: bool) -> tuple[Counter, float]:
    with temporary_folder() as folder, own_database(folder, "hot") as url:
        portal = Portal(folder, url, workers=PROCESSES, application=application)
        for command in (["migrate", "--verbosity=0"], ["createcachetable"], ["set_up_street"]):
            portal.manage(*command)
        session = int(portal.manage("shell", "--no-imports", "-c", MAKE))
        portal.start()
        try:
            return press(portal, f"/sessions/{session}/signup/", sign_up)
        finally:
            portal.stop()


if __name__ == "__main__":
    ours, per_second = run("practice_portal.wsgi:application", sign_up=True)
    bare, bare_per_second = run("tests.bench.bare:application", sign_up=False)
    print(f"sign-up            {per_second:7.0f} a second, answers {dict(ours)}")
    print(f"bare UPDATE        {bare_per_second:7.0f} a second, answers {dict(bare)}")
    print(f"sign-up is {per_second / bare_per_second:.2f} of it")
    sys.exit(0 if set(ours) == {302} and set(bare) == {302} else 1)
