"""Forty people press at once for the last place: one gets it, every time, on either database.

Beside it the control, in a database of its own: without the lock and the constraint the same
forty are sold more than there is. While the control does not oversell, the race proves nothing.
"""

import contextlib
import json
import re
import threading
from collections import Counter
from collections.abc import Iterable

import pytest

from tests.drills.portal import PATIENCE, Clerk, Portal, own_database

CLIENTS, ROUNDS, PROCESSES = 40, 8, 4

MAKE = """
from stations.models import Station
from tests.factories import make_activity, make_session, make_signup
station = Station.objects.get(slug="nanhu")
Station.objects.update(is_public=True)
for number in range({rounds}):
    activity = make_activity(station=station)
    session = make_session(activity=activity, capacity=5, walk_in_places=1)
    make_signup(session=session, party_size=3)
    print(session.pk)
"""
FULL = """
from stations.models import Station
from tests.factories import make_activity, make_session, make_signup
activity = make_activity(station=Station.objects.get(slug="nanhu"))
for number in range({rounds}):
    session = make_session(activity=activity, capacity={places})
    print(session.pk, *(make_signup(session=session).key for place in range({places})))
"""
COUNT = """
import json
from django.db.models import Count, Q, Sum
from activities.models import Session
seated = Q(signups__has_seat=True)
rows = Session.objects.annotate(
    people=Sum("signups__party_size", filter=seated), parties=Count("signups")
)
print(json.dumps(list(rows.order_by("pk").values_list("pk", "seats_taken", "people", "parties"))))
"""
DROP = """
from django.db import connection
from activities.models import Session
rule = next(c for c in Session._meta.constraints if c.name == "activities_session_not_oversold")
with connection.schema_editor() as editor:
    editor.remove_constraint(Session, rule)
"""


@contextlib.contextmanager
def portal(folder, name: str, *before: str, **options):
    with own_database(folder, name) as url:
        served = Portal(folder, url, workers=PROCESSES, **options)
        served.manage("migrate", "--verbosity=0")
        served.manage("createcachetable", "--verbosity=0")
        served.manage("set_up_street")
        for code in before:
            served.manage("shell", "--no-imports", "-c", code)
        made = served.manage("shell", "--no-imports", "-c", MAKE.format(rounds=ROUNDS))
        served.start()
        try:
            yield served, [int(line) for line in made.split()]
        finally:
            served.stop()


class Resident(Clerk):
    """Somebody with a page open, a finger above the button."""

    def open(self, session: int, number: int) -> None:
        """The page to sign up."""
        self._open(
            f"/sessions/{session}/signup/",
            name=f"居民{number}",
            phone=f"1549{number:07}",
            party_size="1",
            consents="on",
        )

    def open_own(self, key: str) -> None:
        """The page to say that one does not come."""
        self._open(f"/signups/{key}/cancel/")

    def _open(self, path: str, **values) -> None:
        self.path = path
        _, page = self.get(path)
        self.sent = {"once": re.search(r'name="once" value="([^"]+)"', page)[1], **values}

    def press(self) -> int:
        self.status, _ = self.post(self.path, **self.sent)
        return self.status


def press_at_once(served: Portal, session: int, leaving: Iterable[str] = ()) -> Counter:
    """What forty real HTTP clients are answered who press in the same moment.

    Some of them may be `leaving`, by the keys of their sign-ups.
    """
    residents = [Resident(served) for _ in range(CLIENTS)]
    keys = dict(enumerate(leaving, session * 1000))
    start = threading.Barrier(CLIENTS, timeout=PATIENCE)
    answers: Counter = Counter()

    def come(number: int, resident: Resident) -> None:
        try:
            if number in keys:
                resident.open_own(keys[number])
            else:
                resident.open(session, number)
            start.wait()
            answers[resident.press()] += 1
        except BaseException as error:
            answers[repr(error)] += 1

    threads = [
        threading.Thread(target=come, args=each) for each in enumerate(residents, session * 1000)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * PATIENCE)
    return answers


def counted(served: Portal) -> dict[int, tuple[int, int, int]]:
    """Of each session: the seats it counts, the people seated, the parties that signed up."""
    rows = json.loads(served.manage("shell", "--no-imports", "-c", COUNT))
    return {pk: tuple(figures) for pk, *figures in rows}


def test_last_place_goes_to_exactly_one_of_forty(tmp_path):
    with portal(tmp_path, "race") as (served, sessions):
        assert len(served.workers_now()) >= PROCESSES
        answers = [press_at_once(served, session) for session in sessions]
        made = served.manage("shell", "--no-imports", "-c", FULL.format(rounds=ROUNDS, places=10))
        full = {int(pk): keys for pk, *keys in map(str.split, made.splitlines())}
        answers += [press_at_once(served, *each) for each in full.items()]
        found = counted(served)

    assert answers == [Counter({302: CLIENTS})] * 2 * ROUNDS
    # Five places, one of them kept for those who just come; three were taken before.
    assert [found[session] for session in sessions] == [(4, 4, 1 + CLIENTS)] * ROUNDS
    # Ten leave while thirty come: no place stays empty beside those who wait for one.
    assert [found[session] for session in full] == [(10, 10, CLIENTS)] * ROUNDS
    log = (tmp_path / "portal.log").read_text()
    assert "database is locked" not in log
    assert "Traceback" not in log


def test_last_place_without_lock_and_constraint_is_sold_more_than_once(tmp_path):
    careless = {"application": "tests.servers.careless:application"}
    with portal(tmp_path, "control", DROP, **careless) as (served, sessions):
        for session in sessions:
            press_at_once(served, session)
            _, people, _ = counted(served)[session]
            if people > 4:
                return

    pytest.fail("the control never oversold: the race proves nothing")
