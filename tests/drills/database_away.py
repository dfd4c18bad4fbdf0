"""PostgreSQL stops and starts again while residents read: 503 with our page, then 200 again.

python tests/drills/database_away.py --rounds 3
"""

import argparse
import threading
import time
from collections import Counter

from portal import OUR_503, PATIENCE, Clerk, Failed, Portal, Postgres, run, temporary_folder
from portal import wait_until as wait

READERS = 4
PAGES = ["/", "/activities/", "/stations/", "/brands/", "/figures/", "/doors/help/"]
SECONDS_AWAY = 3


def drill(rounds: int) -> str:
    answers: Counter = Counter()
    slowest, recovered = 0.0, []
    stopped = threading.Event()
    lock = threading.Lock()

    def read(portal: Portal) -> None:
        nonlocal slowest
        turn = 0
        while not stopped.is_set():
            start = time.monotonic()
            code, page = Clerk(portal).get(PAGES[turn % len(PAGES)])
            turn += 1
            with lock:
                slowest = max(slowest, time.monotonic() - start)
                answers[code if code != 503 or OUR_503 in page else "strange 503"] += 1

    def is_well(portal: Portal) -> bool:
        return all(Clerk(portal).get(page)[0] == 200 for page in PAGES)

    with temporary_folder() as folder:
        database = Postgres(folder)
        portal = Portal(folder, database.url)
        threads = [threading.Thread(target=read, args=(portal,)) for _ in range(READERS)]
        try:
            portal.prepare()
            portal.start()
            workers = portal.workers_now()
            for thread in threads:
                thread.start()
            for number in range(1, rounds + 1):
                stopped.wait(1)
                before = answers[503]
                database.stop()
                stopped.wait(SECONDS_AWAY)
                if answers[503] == before:
                    raise Failed("nobody was told that the database is away")
                database.start()
                recovered.append(wait(lambda: is_well(portal), "the pages", patience=10))
                print(f"round {number}: well again after {recovered[-1]:.1f} s; {dict(answers)}")
            if portal.workers_now() != workers:
                raise Failed("a worker was started anew")
        finally:
            stopped.set()
            for thread in threads:
                if thread.ident:
                    thread.join(PATIENCE)
            portal.stop()
            database.stop()
    if set(answers) - {200, 503}:
        raise Failed(f"answers that must not be: {answers}")
    return (
        f"{rounds} stops, answers {dict(answers)}, slowest {slowest:.1f} s, well again after at "
        f"most {max(recovered):.1f} s, the same workers all along"
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    run(lambda: drill(options.rounds))
