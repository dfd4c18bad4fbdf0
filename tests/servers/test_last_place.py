"""Forty people press at once for the last place: one gets it, every time, on either database.

Beside it the control, in a database of its own: without the lock and the constraint the same
forty are sold more than there is. While the control does not oversell, the race proves nothing.
"""

import contextlib
import json
import secrets
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
for number in range({rounds}):
    session = make_session(activity=activity, capacity=10)
    print(session.pk, *(make_signup(session=session).key for place in range(10)))
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
def portal(folder, name: str, **options):
    """The portal with two kinds of sessions, by their keys.

    The first have one place left; the second are full, and the keys of their sign-ups are told.
    """
    with own_database(folder, name) as url:
        behind_a_proxy = "tests.servers.settings"
        served = Portal(folder, url, workers=PROCESSES, settings=behind_a_proxy, **options)
        served.migrate()
        made = served.shell(MAKE.format(rounds=ROUNDS))
        served.start()
        try:
            sessions = {int(pk): keys for pk, *keys in map(str.split, made.splitlines())}
            yield served, list(sessions)[:ROUNDS], dict(list(sessions.items())[ROUNDS:])
        finally:
            served.stop()


class Resident(Clerk):
    """Somebody with a page open, a finger above the button."""

    def __init__(self, portal: Portal, number: int):
        super().__init__(portal, address=f"10.0.0.{number + 1}")
        self.number = number
        self.get("/my/")  # for the cookie that goes along with every form

    def come(self, session: int) -> None:
        """Ready to sign up."""
        self.path = f"/sessions/{session}/signup/"
        self.sent = {
            "name": f"居民{self.number}",
            "phone": f"1549{session:03}{self.number:04}",
            "party_size": "1",
            "consents": "on",
        }

    def leave(self, key: str) -> None:
        """Ready to say that one does not come."""
        self.path, self.sent = f"/signups/{key}/cancel/", {}

    def press(self) -> int:
        status, _ = self.post(self.path, once=secrets.token_urlsafe(16), **self.sent)
        return status


def press_at_once(residents: list[Resident], session: int, leaving: Iterable[str] = ()) -> Counter:
    """What forty real HTTP clients are answered who press in the same moment.

    Some of them may be `leaving`, by the keys of their sign-ups.
    """
    for resident in residents:
        resident.come(session)
    for resident, key in zip(residents, leaving, strict=False):
        resident.leave(key)
    start = threading.Barrier(CLIENTS, timeout=PATIENCE)
    answers: Counter = Counter()

    def press(resident: Resident) -> None:
        try:
            start.wait()
            answers[resident.press()] += 1
        except BaseException as error:
            answers[repr(error)] += 1

    threads = [threading.Thread(target=press, args=[resident]) for resident in residents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * PATIENCE)
    return answers


def counted(served: Portal) -> dict[int, tuple[int, int, int]]:
    """Of each session: the seats it counts, the people seated, the parties that signed up."""
    rows = json.loads(served.shell(COUNT))
    return {pk: tuple(figures) for pk, *figures in rows}


def test_last_place_goes_to_exactly_one_of_forty(tmp_path):
    with portal(tmp_path, "race") as (served, sessions, full):
        assert len(served.workers_now()) >= PROCESSES
        residents = [Resident(served, number) for number in range(CLIENTS)]
        answers = [press_at_once(residents, session) for session in sessions]
        answers += [press_at_once(residents, *each) for each in full.items()]
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
    with portal(tmp_path, "control", **careless) as (served, sessions, _):
        served.shell(DROP)
        residents = [Resident(served, number) for number in range(CLIENTS)]
        for session in sessions:
            press_at_once(residents, session)
            _, people, _ = counted(served)[session]
            if people > 4:
                return

    pytest.fail("the control never oversold: the race proves nothing")
