"""The history of changes: who changed what when, kept by django-simple-history.

A model that staff edit has one line, `history = History(…)`. Phones, residents' and volunteers'
names and their own words are named in it and kept out of it: that such a field was changed is
seen, what stood in it is not.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib.admin.utils import display_for_field
from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from simple_history.manager import HistoricalQuerySet, HistoryDescriptor, HistoryManager
from simple_history.models import HistoricalRecords
from simple_history.utils import get_m2m_reverse_field_name

ACTS = {"+": "新增", "~": "改动", "-": "删除"}
EMPTY = "（空）"


class _Records(HistoryDescriptor):
    """Makes its manager's class once; simple-history does at every look, so at every save."""

    _manager = HistoryManager.from_queryset(HistoricalQuerySet)

    def __get__(self, instance, owner):
        return self._manager(self.model, instance)


class History(HistoricalRecords):
    """The history of one model: `history = History("phone", "name")` keeps those two out.

    Saves, deletions and many-to-many fields are seen; `QuerySet.update` and `bulk_create` are not.
    """

    def __init__(self, *kept_out: str):
        super().__init__(excluded_fields=kept_out)

    def finalize(self, sender, **kwargs):
        super().finalize(sender, **kwargs)
        descriptor = vars(sender).get(self.manager_name)
        if isinstance(descriptor, HistoryDescriptor):
            setattr(sender, self.manager_name, _Records(descriptor.model))

    def get_m2m_fields_from_model(self, model):
        return list(model._meta.local_many_to_many)

    def get_meta_options(self, model):
        # Nobody is given a permission on history: it is read by whoever may see the row.
        name = f"{model._meta.verbose_name}的历史"
        options = {"default_permissions": (), "verbose_name": name, "verbose_name_plural": name}
        return super().get_meta_options(model) | options

    def get_meta_options_m2m(self, through_model):
        return super().get_meta_options_m2m(through_model) | {"default_permissions": ()}

    def post_save(self, instance, created, using=None, update_fields=None, **kwargs):
        tracked = {name for f in self.fields_included(instance) for name in (f.name, f.attname)}
        if update_fields is None or tracked & set(update_fields):  # a log-in is no change
            super().post_save(instance, created, using=using, **kwargs)

    def create_historical_record_m2ms(self, history_instance, instance):
        """What has just been made has no many-to-many rows yet; they come with a record each."""
        if history_instance.history_type != "+":
            super().create_historical_record_m2ms(history_instance, instance)

    def create_historical_record(self, instance, history_type, using=None):
        """Keep the row as it is stored: an instance may remember what a colleague has changed."""
        if history_type == "~":
            stored = type(instance)._base_manager.get(pk=instance.pk)
            for name in ("_history_user", "_change_reason"):
                if hasattr(instance, name):
                    setattr(stored, name, getattr(instance, name))
            instance = stored
        super().create_historical_record(instance, history_type, using=using)


@dataclass(frozen=True)
class Change:
    """What one field said before and after, in words."""

    label: str
    old: str
    new: str


@dataclass
class Entry:
    """One line of a history: who did what when; `part` names a row edited on the page of another.

    `kept_out` names the changed fields whose words are not kept.
    """

    record: models.Model
    previous: models.Model | None
    part: str = ""
    changes: list[Change] = field(default_factory=list)

    @property
    def at(self):
        return self.record.history_date

    @property
    def by(self):
        return self.record.history_user

    @property
    def act(self) -> str:
        return ACTS[self.record.history_type]

    @property
    def kept_out(self) -> str:
        return self.record.history_change_reason or ""

    @property
    def is_first(self) -> bool:
        """A change before which nothing was kept, as of rows that came in bulk."""
        return self.record.history_type == "~" and self.previous is None

    def compare(self) -> None:
        """Find the words of what changed."""
        if self.record.history_type == "~" and self.previous is not None:
            self.changes = changes_between(self.previous, self.record)


def name_of(row: models.Model) -> str:
    """How a row is named where it is kept: masked, if it is a person's."""
    return getattr(row, "masked", None) or str(row)


def _related(record, name: str) -> str:
    try:
        row = getattr(record, name)
    except ObjectDoesNotExist:
        row = None
    return name_of(row) if row else "已删除的内容"


def _words(record, tracked: models.Field) -> str:
    value = getattr(record, tracked.attname)
    if value in (None, ""):
        return EMPTY
    if tracked.is_relation:
        return _related(record, tracked.name)
    if isinstance(tracked, models.BooleanField):
        return "是" if value else "否"
    return str(display_for_field(value, tracked, EMPTY))


def _many_words(record, tracked: models.ManyToManyField) -> str:
    rows = getattr(record, tracked.name).all()
    names = [_related(row, get_m2m_reverse_field_name(tracked)) for row in rows]
    return "、".join(sorted(names)) or EMPTY


def changes_between(old: models.Model, new: models.Model) -> list[Change]:
    """What differs between two records of a row, in the order of its fields."""
    changes = [
        Change(str(tracked.verbose_name), _words(old, tracked), _words(new, tracked))
        for tracked in new.tracked_fields
        if getattr(old, tracked.attname) != getattr(new, tracked.attname)
    ]
    for tracked in new._history_m2m_fields:
        before, after = _many_words(old, tracked), _many_words(new, tracked)
        if before != after:
            changes.append(Change(str(tracked.verbose_name), before, after))
    return changes


def entries_of(obj: models.Model, parts: dict[type[models.Model], str]) -> list[Entry]:
    """The history of a row and of its parts, the latest first; not yet compared.

    `parts` are the models edited on the row's page, each with its foreign key to the row.
    """
    found = _entries(type(obj), obj._meta.pk.attname, obj.pk)
    for model, foreign_key in parts.items():
        found += _entries(model, f"{foreign_key}_id", obj.pk, is_part=True)
    return sorted(found, key=lambda entry: entry.at, reverse=True)


def _entries(model, column: str, value, *, is_part: bool = False) -> list[Entry]:
    if not hasattr(model, "history"):  # written once
        return []
    records = model.history.filter(**{column: value}).select_related("history_user")
    latest, entries = {}, []
    for record in records.order_by("history_date", "history_id"):
        key = getattr(record, model._meta.pk.attname)
        part = _part_name(model, record) if is_part else ""
        entries.append(Entry(record, latest.get(key), part))
        latest[key] = record
    return entries[::-1]


def _part_name(model, record) -> str:
    try:
        return f"{model._meta.verbose_name}“{name_of(record.history_object)}”"
    except ObjectDoesNotExist:  # what it points at is gone, and it with it
        return str(model._meta.verbose_name)
