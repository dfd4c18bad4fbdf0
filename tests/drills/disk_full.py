"""The disk under SQLite is full, and has room again: clear errors, nothing damaged, no restart.

sudo python tests/drills/disk_full.py --rounds 3    (mounts a small tmpfs)
"""

import argparse
import os
import subprocess
from collections import Counter
from pathlib import Path

from portal import OUR_503, Clerk, Failed, Portal, Sqlite, run, temporary_folder

SIZE = "24m"
MOST_WRITES = 5000
PAGES = ["/", "/activities/", "/stations/", "/figures/"]


def fill(ballast: Path, leave: int) -> None:
    room = os.statvfs(ballast.parent)
    with ballast.open("wb") as file:
        file.write(b"\0" * max(0, room.f_bavail * room.f_frsize - leave))


def drill(rounds: int) -> str:
    answers: Counter = Counter()
    acknowledged: list[str] = []
    with temporary_folder() as folder:
        disk = folder / "disk"
        disk.mkdir()
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=700", "tmpfs", disk], check=True
        )
        portal = Portal(disk)
        database = Sqlite(disk)
        try:
            portal.prepare()
            portal.start()
            workers = portal.workers_now()
            (station,) = database.column("SELECT min(id) FROM stations_station")
            clerk = Clerk(portal).log_in()

            def add() -> int:
                title = f"演练{sum(answers.values()):06}"
                code, page = clerk.add_demand(title, station)
                answers[code if code != 503 or OUR_503 in page else "strange 503"] += 1
                if code == 302:
                    acknowledged.append(title)
                return code

            for number in range(1, rounds + 1):
                fill(disk / "ballast", leave=number * 64 * 1024)
                for _ in range(MOST_WRITES):
                    if add() != 302:
                        break
                else:
                    raise Failed("the disk was never full")
                # The last room: a failed write may have given some back.
                fill(disk / "more ballast", leave=0)
                refused = [add() for _ in range(5)]
                reads = Counter(Clerk(portal).get(page)[0] for page in PAGES * 5)
                backup = portal_backup_while_full(portal, disk)
                for ballast in disk.glob("*ballast"):
                    ballast.unlink()
                if (code := add()) != 302:
                    raise Failed(f"room again, and the next write is answered {code}")
                database.check()
                kept = set(database.column("SELECT title FROM services_demand"))
                if lost := set(acknowledged) - kept:
                    raise Failed(f"{len(lost)} acknowledged writes lost")
                print(
                    f"round {number}: full after {len(acknowledged)} writes, then {refused}, "
                    f"reading {dict(reads)}; {backup}; integrity_check ok; room: writes again"
                )
                if set(reads) - {200, 503}:
                    raise Failed(f"reading answered {reads}")
            if portal.workers_now() != workers:
                raise Failed("a worker was started anew")
        finally:
            portal.stop()
            subprocess.run(["umount", "--lazy", disk], check=True)
    if set(answers) - {302, 503}:
        raise Failed(f"answers that must not be: {answers}")
    return (
        f"{rounds} times full, {len(acknowledged)} acknowledged writes, 0 lost, "
        f"answers {dict(answers)}, integrity_check ok each time, the same workers all along"
    )


def portal_backup_while_full(portal: Portal, disk: Path) -> str:
    """A backup onto the full disk fails in words and leaves nothing."""
    before = set(os.listdir(disk))
    try:
        portal.manage("backup", str(disk / "full.tar.gz"))
    except Failed as error:
        said = str(error).strip().splitlines()[-1]
        if "备份没有写成" not in said and "备份时数据库出错" not in said:
            raise Failed(f"backup on a full disk: {said}") from error
    else:
        (disk / "full.tar.gz").unlink()  # a failed write had given some room back
        return "a backup still fitted"
    if left := {name for name in set(os.listdir(disk)) - before if "full.tar.gz" in name}:
        raise Failed(f"a failed backup left {left}")
    return "a backup refused in words"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    run(lambda: drill(options.rounds))
