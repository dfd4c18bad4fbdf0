"""The loader's memory: what it has made, and whether a person has edited it since."""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal

from django.db import models

from practice_portal.demo.models import DemoRow
from practice_portal.lib.phones import PersonalPhone


def _plain(value) -> str:
    """A value in the same words whether it comes from memory or from either database."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return value.number if isinstance(value, PersonalPhone) else str(value)


def fingerprint(row: models.Model) -> str:
    """A hash over all concrete fields of a row but its key, and but what other rows count up."""
    counted = getattr(row, "counted", ())
    fields = [f for f in row._meta.concrete_fields if not f.primary_key and f.name not in counted]
    words = [f"{field.attname}={_plain(getattr(row, field.attname))}" for field in fields]
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


class Marks:
    """The `DemoRow`s by their keys, read once and written in bulk.

    A key once used stays used: what a person deletes is not made again. `flush` takes the
    fingerprints, so it comes after the last change of a row that the loader makes.
    """

    def __init__(self):
        self._rows = {row.key: row for row in DemoRow.objects.all()}
        self._made: dict[str, models.Model | None] = {}

    def __contains__(self, key: str) -> bool:
        return key in self._rows or key in self._made

    def add(self, key: str, row: models.Model | None = None) -> None:
        """Remember that a thing was made; without a row, only that it was done."""
        if key in self:
            raise ValueError(f"{key} was made before")
        self._made[key] = row

    def add_many(self, made: Iterable[tuple[str, models.Model]]) -> None:
        for key, row in made:
            self.add(key, row)

    def touched(self, key: str, row: models.Model) -> None:
        """The loader itself has changed a row: what it looks like now is ours."""
        self._made[key] = row

    def id_of(self, key: str) -> int | None:
        """The primary key of what was made, or None; the row may be gone."""
        if row := self._made.get(key):
            return row.pk
        mark = self._rows.get(key)
        return mark and mark.object_id

    def keys(self, prefix: str) -> list[str]:
        """The keys that begin with a word, in the order of their making."""
        known = dict.fromkeys([*self._rows, *self._made])
        return [key for key in known if key.startswith(prefix)]

    def is_ours(self, key: str, row: models.Model) -> bool:
        """Whether nobody has edited a row since the loader wrote it."""
        if key in self._made:
            return True
        mark = self._rows.get(key)
        return mark is not None and mark.fingerprint == fingerprint(row)

    def unedited(self, prefix: str, rows: models.QuerySet) -> dict[str, models.Model]:
        """Of `rows`, those made under keys of a prefix that still look as they were made."""
        keys = {self.id_of(key): key for key in self.keys(prefix)}
        found = {keys[row.pk]: row for row in rows.filter(pk__in=list(keys)) if row.pk in keys}
        return {key: row for key, row in found.items() if self.is_ours(key, row)}

    def flush(self) -> None:
        """Write down what was made and changed since the last time."""
        new, changed = [], []
        for key, row in self._made.items():
            known = self._rows.get(key)
            mark = known or DemoRow(key=key)
            if row is not None:
                mark.label, mark.object_id = row._meta.label_lower, row.pk
                mark.fingerprint = fingerprint(row)
            (changed if known else new).append(mark)
            self._rows[key] = mark
        DemoRow.objects.bulk_create(new)
        DemoRow.objects.bulk_update(changed, ["fingerprint"], batch_size=200)
        self._made.clear()
