"""The tests' database: made once and copied, and read as a finder of leaks would."""

import fcntl
import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterable
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from django.db import connection

# The migrated SQLite file ------------------------------------------------------------------------

_ROOT = Path(__file__).resolve().parent.parent
_KEPT = _ROOT / ".pytest_cache" / "migrated"


def _template() -> Path:
    """Where the file of just these migrations is kept; what they import counts as theirs."""
    places = ("migrations/*.py", "*/migrations/*.py", "models.py", "*/models.py", "models/*.py")
    made_of = {path for place in places for path in _ROOT.glob(f"*/{place}")}
    made_of |= {*_ROOT.glob("practice_portal/lib/*.py"), *_ROOT.glob("*/hours.py")}
    made_of |= {_ROOT / "requirements.txt"}
    digest = hashlib.sha256(sqlite3.sqlite_version.encode())
    for path in sorted(made_of):
        digest.update(str(path.relative_to(_ROOT)).encode() + path.read_bytes())
    return _KEPT / f"{digest.hexdigest()[:32]}.sqlite3"


def copy_migrated(to: Path) -> bool:
    """Put a migrated file there, if one is kept: `migrate` finds nothing left to do in it."""
    try:
        shutil.copyfile(_template(), to)
    except FileNotFoundError:
        return False
    return True


@contextmanager
def migrated_once(path: Path):
    """Around the making of a test database: the first process migrates, all others copy."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    with (_KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        is_copy = copy_migrated(path)
        yield
        if not is_copy:
            kept = _template()
            for older in _KEPT.glob("*.sqlite3*"):
                older.unlink()
            half = kept.with_suffix(".sqlite3-half")
            with connection.cursor() as cursor:
                cursor.execute("VACUUM INTO %s", [str(half)])
            half.rename(kept)


# Finding leaks ------------------------------------------------------------------------------------


@cache
def columns_of_tables() -> dict[str, list[str]]:
    """All there are; read once, because Django reads SQLite's schema slowly."""
    about = connection.introspection
    with connection.cursor() as cursor:
        return {
            table: [column.name for column in about.get_table_description(cursor, table)]
            for table in sorted(about.table_names(cursor))
        }


def places_with(words: Iterable[str]) -> list[str]:
    """`table.column` wherever one of the words stands, as text or as the escapes of JSON."""
    found = []
    # Also as JSON stores Chinese characters; a backslash is LIKE's own escape on PostgreSQL.
    needles = {form for word in words for form in (word, json.dumps(word)[1:-1])}
    with connection.cursor() as cursor:
        for table, columns in columns_of_tables().items():
            for column in columns:
                name = connection.ops.quote_name(column)
                tests = " OR ".join([f"CAST({name} AS text) LIKE %s ESCAPE '!'"] * len(needles))
                cursor.execute(
                    f"SELECT count(*) FROM {connection.ops.quote_name(table)} WHERE {tests}",
                    [f"%{needle}%" for needle in needles],
                )
                if cursor.fetchone()[0]:
                    found.append(f"{table}.{column}")
    return found
