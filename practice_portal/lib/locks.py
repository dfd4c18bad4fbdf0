"""One at a time, also when the one before was killed: the lock goes with its process."""

import contextlib
import fcntl
import zlib
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection


@contextlib.contextmanager
def only_one(name: str) -> Iterator[bool]:
    """Whether we are the only ones inside: by PostgreSQL for all machines, else by a file."""
    if connection.vendor == "postgresql":
        with _by_postgresql(zlib.crc32(name.encode())) as is_ours:
            yield is_ours
    else:
        with _by_file(Path(settings.DATA_DIR, f"{name}.lock")) as is_ours:
            yield is_ours


@contextlib.contextmanager
def _by_postgresql(key: int) -> Iterator[bool]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [key])
        is_ours = cursor.fetchone()[0]
    try:
        yield is_ours
    finally:
        # With the connection gone, the lock is gone, too.
        if is_ours:
            with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [key])


@contextlib.contextmanager
def _by_file(path: Path) -> Iterator[bool]:
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
