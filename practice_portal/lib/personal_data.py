"""Personal data and how long it is kept: what a model declares, and the one way it is forgotten.

A model lists in `personal_data` which of its fields hold a person's data, of which kind that is
(a key of settings.KEEP_TIMES) and from which day the keep-time runs. `forget()` blanks what is
due in every place where the words may stand: the row, its history, its dated lines, the admin
log, and the frozen lines of months that quote it. Rows stay, so every figure stays.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, partial, reduce
from operator import or_
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.db.models import CharField, F, Q, QuerySet, Value
from django.db.models.expressions import Combinable
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from practice_portal.lib.workflow import WorkflowModel

#: A mobile number as people type it, the same for Python and for both databases. Not a part of a
#: longer number; no longer written than what it stands for, so that it fits any column.
_GAP = "[-－–—. ]{0,2}"
MOBILE = (
    "(?<![0-9０-９])((\\+|＋|00)?86" + _GAP + ")?"
    "[1１]" + _GAP + "[3-9３-９](" + _GAP + "[0-9０-９]){9}(?![0-9０-９])"
)
_MOBILE = re.compile(MOBILE)
BLANK = "**"
BATCH = 500
NOBODY = Q(pk__in=())
EVERYBODY = Q()


@dataclass(frozen=True)
class PersonalData:
    """One kind of personal data in a model.

    `rows` narrows to those it is about; `since` names the *day* from which the keep-time runs,
    empty while it does not, or is a function that answers an expression for it. `fields` are
    blanked. In `texts` somebody may have typed the same things: mobile numbers, and the values
    of the fields in `names`, go from there.
    `what` and `after` are the words of the privacy page: what it is, and what begins the time.
    """

    kind: str
    what: str
    after: str
    since: str | Callable[[], Combinable]
    rows: Q = EVERYBODY
    fields: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    @property
    def days(self) -> int:
        """How many days it is kept."""
        return settings.KEEP_TIMES[self.kind]

    @property
    def label(self) -> str:
        return f"{self.what}（{self.after}后{self.days}天）"

    def due(self, model: type[models.Model], on: date) -> QuerySet:
        """The rows whose keep-time is over, whether or not anything is left in them."""
        since = F(self.since) if isinstance(self.since, str) else self.since()
        rows = model._base_manager.filter(self.rows).alias(kept_since=since)
        return rows.filter(kept_since__lt=on - timedelta(days=self.days))


#: Not rows but files, which wait to be imported or have been; from the day of their writing.
IMPORT_FILES = PersonalData("import_file", what="导入名单用的文件", after="上传", since="")


@dataclass(frozen=True)
class Quotes:
    """What a model says that copies the words of others' rows: where, and whose.

    `source` is a text field with the row's name, "services.demand:12".
    """

    source: str
    texts: tuple[str, ...]


@dataclass
class Forgotten:
    """What was blanked, or would be."""

    rows: int = 0  # rows whose fields were blanked
    texts: int = 0  # rows in whose texts something was replaced
    traces: int = 0  # the same in history, dated lines, admin log and frozen lines
    files: int = 0

    def __str__(self) -> str:
        counts = {
            "清空{}条": self.rows,
            "文字里抹去{}条": self.texts,
            "办理记录、历史和日志里抹去{}处": self.traces,
            "文件{}个": self.files,
        }
        return "，".join(words.format(count) for words, count in counts.items() if count) or "没有"


class _Owners:
    """Whose words are meant: those of `rows`, or when they `are_gone` of everybody but these."""

    def __init__(self, rows: QuerySet, name_fields: tuple[str, ...] = (), are_gone: bool = False):
        self.rows = rows
        self.are_gone = are_gone
        self.named, self.names = None, {}
        if name_fields:
            self.named = rows.filter(_is_left(rows.model, name_fields))
            found = self.named.values_list("pk", *name_fields)
            self.names = {pk: values for pk, *values in found}

    @cached_property
    def pks(self) -> set:
        return set(self.rows.values_list("pk", flat=True))


@dataclass(frozen=True)
class _Place:
    """Where the words of a model's rows may stand.

    `owner` is the field that names the row: by its key, or as text after a `prefix`.
    """

    rows: QuerySet
    owner: str
    prefix: str | None = None
    fields: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()

    def key(self, pk) -> object:
        return pk if self.prefix is None else f"{self.prefix}{pk}"

    def of(self, rows: QuerySet) -> Q:
        keys = rows.order_by().values("pk")
        if self.prefix is not None:
            as_text = Concat(Value(self.prefix), Cast("pk", CharField()), output_field=CharField())
            keys = rows.order_by().values_list(as_text)
        return Q(**{f"{self.owner}__in": keys})

    def forget(self, owners: _Owners, dry_run: bool) -> tuple[int, int]:
        """Blank the fields and clean the texts; answers how many rows of each."""
        rows, model = self.rows, self.rows.model
        if self.prefix is None:
            mine = self.of(owners.rows)
            rows = rows.filter(~mine if owners.are_gone else mine)
        has_mobile = _any(Q(**{f"{name}__regex": MOBILE}) for name in self.texts)
        has_name = NOBODY if owners.named is None else self.of(owners.named)
        rewritten = self._rewrite(rows.filter(has_name | has_mobile), owners, dry_run)
        left = rows.filter(_is_left(model, self.fields))
        if dry_run or not self.fields:
            return left.count(), rewritten
        return left.update(**{name: _blank(model, name) for name in self.fields}), rewritten

    def _rewrite(self, rows: QuerySet, owners: _Owners, dry_run: bool) -> int:
        if not self.texts:
            return 0
        rows = rows.order_by().only(self.owner, *self.texts)
        names = {self.key(pk): values for pk, values in owners.names.items()}
        # Texts have no index to join by: PostgreSQL took a minute for what this does at once.
        keys = None if self.prefix is None else {self.key(pk) for pk in owners.pks}
        changed, count = [], 0
        # The lock: what somebody is typing into a row at this moment is not overwritten.
        for row in (rows if dry_run else rows.select_for_update()).iterator(2000):
            owner = getattr(row, self.owner)
            if keys is not None and (owner in keys) == owners.are_gone:
                continue
            if self._clean(row, names.get(owner, ())):
                count += 1
                changed.append(row)
            if len(changed) == BATCH:
                self._write(changed, dry_run)
        self._write(changed, dry_run)
        return count

    def _clean(self, row: models.Model, names: tuple[str, ...]) -> bool:
        before = [getattr(row, name) for name in self.texts]
        after = [cleaned(text, names) for text in before]
        for name, text in zip(self.texts, after, strict=True):
            setattr(row, name, text)
        return before != after

    def _write(self, changed: list[models.Model], dry_run: bool) -> None:
        if changed and not dry_run:
            # Past save() and so past the history of changes, which is cleaned as well.
            self.rows.model._base_manager.bulk_update(changed, self.texts)
        changed.clear()


def cleaned(text: str | None, names: tuple[str, ...] = ()) -> str | None:
    """A text without mobile numbers and without these names.

    A single character is no name to search for: every 李子 would go with it.
    """
    if not text:
        return text
    text = _MOBILE.sub(BLANK, text)
    for name in sorted(names, key=len, reverse=True):
        if len(name) > 1:
            # The admin log is JSON, in which Chinese characters stand as \\u escapes.
            text = text.replace(name, BLANK).replace(json.dumps(name)[1:-1], BLANK)
    return text


def declarations() -> Iterator[tuple[type[models.Model], PersonalData]]:
    """Every kind that any model declares."""
    for model in apps.get_models():
        for data in getattr(model, "personal_data", ()):
            yield model, data


def keep_times() -> list[PersonalData]:
    """Everything that is kept for a time, as the privacy page lists it."""
    return [*(data for _, data in declarations()), IMPORT_FILES]


def history_of(model: type[models.Model]) -> type[models.Model] | None:
    """The model of its history of changes (django-simple-history), where it has one."""
    return getattr(getattr(model, "history", None), "model", None)


def tasks() -> Iterator[tuple[str, Callable[[bool], Forgotten]]]:
    """What there is to forget, kind by kind; each is called with whether it is a dry run."""
    for model, data in declarations():
        yield data.label, partial(_forget_due, model, data)
    for model in dict.fromkeys(model for model, _ in declarations()):
        label = f"已经删掉的{model._meta.verbose_name}留下的痕迹"
        yield label, partial(_forget_the_deleted, model)
    yield IMPORT_FILES.label, _forget_import_files


def forget_rows(data: PersonalData, rows: QuerySet, *, dry_run: bool = False) -> Forgotten:
    """Forget these rows, in all places, in one transaction."""
    found = Forgotten()
    model = rows.model
    with transaction.atomic():
        owners = _Owners(rows, data.names)
        # The row itself comes last: it is what says which names to look for.
        for place in _traces(model, data.fields, data.texts):
            found.traces += sum(place.forget(owners, dry_run))
        row = _Place(model._base_manager.all(), "pk", None, data.fields, data.texts)
        found.rows, found.texts = row.forget(owners, dry_run)
    return found


def _forget_due(model: type[models.Model], data: PersonalData, dry_run: bool) -> Forgotten:
    return forget_rows(data, data.due(model, timezone.localdate()), dry_run=dry_run)


def _forget_the_deleted(model: type[models.Model], dry_run: bool) -> Forgotten:
    """What is left of rows that were deleted: nobody needs it any more."""
    found = Forgotten()
    fields = dict.fromkeys(name for data in model.personal_data for name in data.fields)
    texts = dict.fromkeys(name for data in model.personal_data for name in data.texts)
    with transaction.atomic():
        owners = _Owners(model._base_manager.all(), are_gone=True)
        for place in _traces(model, tuple(fields), tuple(texts)):
            found.traces += sum(place.forget(owners, dry_run))
    return found


def _traces(model: type[models.Model], fields, texts) -> Iterator[_Place]:
    """The other places: dated lines, history, admin log, and what quotes the row."""
    if issubclass(model, WorkflowModel):
        line = model._meta.get_field("changes")
        rows = line.related_model._base_manager.all()
        yield _Place(rows, line.field.attname, texts=("remark",))
    if history := history_of(model):
        there = {field.name for field in history._meta.concrete_fields}
        yield _Place(
            history._base_manager.all(),
            model._meta.pk.name,
            fields=tuple(name for name in fields if name in there),
            texts=tuple(name for name in texts if name in there),
        )
    log = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model))
    yield _Place(log, "object_id", "", texts=("object_repr", "change_message"))
    for quoting in apps.get_models():
        if quotes := getattr(quoting, "quotes_rows", None):
            prefix = f"{model._meta.label_lower}:"
            rows = quoting._base_manager.filter(**{f"{quotes.source}__startswith": prefix})
            yield _Place(rows, quotes.source, prefix, texts=quotes.texts)


def _forget_import_files(dry_run: bool) -> Forgotten:
    """Files that were uploaded to be imported, by the day on which they were written."""
    found = Forgotten()
    last = timezone.localdate() - timedelta(days=IMPORT_FILES.days)
    for path in Path(settings.IMPORTS_DIR).rglob("*"):
        written = datetime.fromtimestamp(path.lstat().st_mtime, tz=timezone.get_current_timezone())
        if not path.is_dir() and written.date() < last:
            found.files += 1
            if not dry_run:
                path.unlink(missing_ok=True)
    return found


def _blank(model: type[models.Model], name: str) -> str | None:
    return None if model._meta.get_field(name).null else ""


def _is_left(model: type[models.Model], fields: Iterable[str]) -> Q:
    return _any(~Q(**{name: _blank(model, name)}) for name in fields)


def _any(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions, NOBODY)
