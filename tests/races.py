"""Several people at once, each on a database connection of their own."""

import threading
from collections.abc import Callable, Iterable

from django.db import connection

PATIENCE = 60  # seconds until a race that hangs is a failure


def run_race(runners: Iterable[Callable[[], object]]) -> list[object]:
    """Let all run at the same moment; answers what each returned or raised, in their order."""
    runners = list(runners)
    outcomes: list[object] = [None] * len(runners)
    start = threading.Barrier(len(runners), timeout=PATIENCE)

    def run(place: int) -> None:
        try:
            connection.ensure_connection()
            start.wait()
            outcomes[place] = runners[place]()
        except BaseException as error:
            outcomes[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(runners))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert not any(thread.is_alive() for thread in threads), "the race never ended"
    return outcomes
