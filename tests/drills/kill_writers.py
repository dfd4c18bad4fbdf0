"""kill -9 while clerks write: what was acknowledged is there afterwards, every round.

python tests/drills/kill_writers.py --rounds 20             the portal, on SQLite
python tests/drills/kill_writers.py --rounds 20 --postgres  the portal and PostgreSQL in turn
"""

import argparse
import random
import threading
from collections import Counter

from portal import OUR_503, PATIENCE, Clerk, Failed, Portal, Postgres, Sqlite, run, temporary_folder
from portal import wait_until as wait

WRITERS = 4


class Writers:
    """Clerks who add demands, each with a session of its own, until they are stopped."""

    def __init__(self, portal: Portal, station: int):
        self.portal, self.station = portal, station
        self.clerks = [Clerk(portal).log_in() for _ in range(WRITERS)]
        self.sent: list[str] = []
        self.acknowledged: list[str] = []
        self.answers: Counter = Counter()
        self.lock = threading.Lock()

    def start(self) -> None:
        self.stopped = threading.Event()
        self.threads = [threading.Thread(target=self._write, args=(c,)) for c in self.clerks]
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join(PATIENCE)
            if thread.is_alive():
                raise Failed("a writer hangs")

    def _write(self, clerk: Clerk) -> None:
        while not self.stopped.is_set():
            with self.lock:
                title = f"演练{len(self.sent):06}"
                self.sent.append(title)
            try:
                code, page = clerk.add_demand(title, self.station)
            except OSError:
                code, page = "cut", ""
                self.stopped.wait(0.05)
            with self.lock:
                if code == 302:
                    self.acknowledged.append(title)
                self.answers[code if code != 503 or OUR_503 in page else "strange 503"] += 1


def drill(rounds: int, with_postgres: bool) -> str:
    with temporary_folder() as folder:
        database = Postgres(folder) if with_postgres else Sqlite(folder)
        portal = Portal(folder, database.url)
        killed: Counter = Counter()
        try:
            portal.prepare()
            portal.start()
            (station,) = database.column("SELECT min(id) FROM stations_station")
            writers = Writers(portal, station)
            for number in range(1, rounds + 1):
                before = len(writers.acknowledged)
                writers.start()
                wait(lambda: len(writers.acknowledged) > before, "a first write")  # noqa: B023
                writers.stopped.wait(random.uniform(0.2, 1.2))
                if with_postgres and number % 2 == 0:
                    database.kill()
                    killed["PostgreSQL"] += 1
                    writers.stopped.wait(0.5)
                    database.start()
                    at = len(writers.acknowledged)
                    # Without a restart of the portal.
                    wait(lambda: len(writers.acknowledged) > at, "a write after it")  # noqa: B023
                    writers.stop()
                else:
                    portal.kill()
                    killed["portal"] += 1
                    writers.stop()
                    portal.start()
                database.check()
                kept = Counter(database.column("SELECT title FROM services_demand"))
                lost = set(writers.acknowledged) - set(kept)
                if lost:
                    raise Failed(f"round {number}: {len(lost)} acknowledged writes lost")
                if twice := [title for title, times in kept.items() if times > 1]:
                    raise Failed(f"round {number}: written twice: {twice[:3]}")
                print(f"round {number}: {len(writers.acknowledged)} acknowledged, 0 lost")
            portal.manage("backup", str(folder / "after.tar.gz"))
        finally:
            portal.stop()
            if with_postgres:
                database.stop()
    strange = set(writers.answers) - {302, 503, "cut"}
    if strange:
        raise Failed(f"answers that must not be: {writers.answers}")
    unacknowledged = len(set(kept) - set(writers.acknowledged))
    return (
        f"{rounds} rounds, kill -9 of {dict(killed)}, {len(writers.acknowledged)} acknowledged "
        f"writes, 0 lost; {unacknowledged} kept unacknowledged; answers {dict(writers.answers)}; "
        "backup verified"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--postgres", action="store_true")
    options = parser.parse_args()
    run(lambda: drill(options.rounds, options.postgres))
