"""Personal data and how long it is kept: what a model declares, and the one way it is forgotten.

A model lists in `personal_data` which of its fields hold a person's data, of which kind that is
(a key of settings.KEEP_TIMES) and from which day the keep-time runs. `forget()` blanks what is
due in every place where the words may stand: the row, its history, its dated lines, the admin
log, and the frozen lines of months that quote it. Rows stay, so every figure stays.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass
from datetime import date, datetime, timedelta
from functools import partial, reduce
from operator import or_
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import InterfaceError, OperationalError, models, transaction
from django.db.models import F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.utils import timezone

from practice_portal.lib import uploads
from practice_portal.lib.public_text import find_numbers
from practice_portal.lib.workflow import WorkflowModel

logger = logging.getLogger(__name__)

#: A mobile number however its digits are put together, the same for Python and for both databases.
#: Not a part of a longer number; BLANK is no longer than what it stands for, and fits any column.
_GAP = "[-－–—. ]{0,2}"
MOBILE = (
    "(?<![0-9０-９])((\\+|＋|00)?86" + _GAP + ")?"
    "[1１]" + _GAP + "[3-9３-９](" + _GAP + "[0-9０-９]){9}(?![0-9０-９])"
)
_MOBILE = re.compile(MOBILE)
BLANK = "**"
#: Where a row that staff edit says since when nobody's data is to be written into it again.
WISHED = "contact_deleted_on"
LOG_WORDS = ("object_repr", "change_message")
BATCH = 500
FEW_FILES = 20
NOBODY = Q(pk__in=())
EVERYBODY = Q()


class UnknownFiles(Exception):
    """More files on the disk than this database can know of."""


@dataclass(frozen=True)
class PersonalData:
    """One kind of personal data in a model.

    `rows` narrows to those it is about; `since` names the *day* from which the keep-time runs,
    empty while it does not, or is a function that answers an expression for it. `fields` are
    blanked; of a picture or another file the file goes, too. In `texts` somebody may have typed
    the same things: mobile numbers, and the values of the fields in `names`, go from there.
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
    failed: int = 0  # rows that could not be done and stay as they were

    def __add__(self, other: Forgotten) -> Forgotten:
        return Forgotten(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    def __str__(self) -> str:
        counts = {
            "清空{}条": self.rows,
            "文字里抹去{}条": self.texts,
            "办理记录、历史和日志里抹去{}处": self.traces,
            "文件{}个": self.files,
            "没有办成{}条": self.failed,
        }
        return "，".join(words.format(count) for words, count in counts.items() if count) or "没有"


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

    def keys(self) -> set:
        """Whose words stand here at all."""
        owners = self.rows.order_by().values_list(self.owner, flat=True)
        return set(owners.exclude(**{f"{self.owner}__isnull": True}).distinct())

    def forget(self, names: dict[object, tuple[str, ...]], dry_run: bool) -> Forgotten:
        """Blank the fields and clean the texts of these keys, in which their names may stand.

        The keys are a short list and not a subquery: of a table that was just filled PostgreSQL
        knows nothing, and goes through the subquery again for each row.
        """
        rows = self.rows.filter(**{f"{self.owner}__in": list(names)}).order_by()
        rewritten = self._rewrite(rows, names, dry_run)
        model = rows.model
        left = rows.filter(_is_left(model, self.fields))
        if dry_run or not self.fields:
            return Forgotten(left.count(), rewritten)
        return Forgotten(left.update(**{n: _blank(model, n) for n in self.fields}), rewritten)

    def _rewrite(self, rows: QuerySet, names: dict, dry_run: bool) -> int:
        if not self.texts:
            return 0
        rows = rows.filter(_is_left(rows.model, self.texts)).only(self.owner, *self.texts)
        # The lock: what somebody is typing into a row at this moment is not overwritten.
        rows = rows if dry_run else rows.select_for_update()
        changed = [row for row in rows if self._clean(row, names[getattr(row, self.owner)])]
        if changed and not dry_run:
            # Past save() and so past the history of changes, which is cleaned as well.
            rows.model._base_manager.bulk_update(changed, self.texts, batch_size=BATCH)
        return len(changed)

    def _clean(self, row: models.Model, names: tuple[str, ...]) -> bool:
        before = [getattr(row, name) for name in self.texts]
        after = [cleaned(text, names) for text in before]
        for name, text in zip(self.texts, after, strict=True):
            setattr(row, name, text)
        return before != after


def cleaned(text: str | None, names: tuple[str, ...] = ()) -> str | None:
    """A text without mobile, ID and bank card numbers, and without these names.

    A single character is no name to search for: every 李子 would go with it.
    """
    if not text:
        return text
    if text.startswith("[") and (log := _read_log(text)) is not None:
        words = json.dumps(_cleaned_log(log, names))
        return words if json.loads(words) != log else text
    text = _MOBILE.sub(BLANK, text)
    for found in reversed(find_numbers(text)):
        if not found.is_landline:
            text = text[: found.start] + BLANK + text[found.end :]
    for name in sorted(names, key=len, reverse=True):
        if len(name) > 1:
            text = text.replace(name, BLANK)
    return text


def _read_log(text: str) -> list | None:
    """A message of the admin log: JSON, in which Chinese characters stand as escapes."""
    try:
        lines = json.loads(text)
    except ValueError:
        return None
    return lines if lines and all(isinstance(line, dict) for line in lines) else None


def _cleaned_log(log, names: tuple[str, ...]):
    if isinstance(log, dict):
        return {key: _cleaned_log(value, names) for key, value in log.items()}
    if isinstance(log, list):
        return [_cleaned_log(value, names) for value in log]
    return cleaned(log, names) if isinstance(log, str) else log


def declarations() -> list[tuple[type[models.Model], PersonalData]]:
    """Every kind that any model declares, in the order of the table of settings."""
    kinds = list(settings.KEEP_TIMES)
    found = [
        (model, data) for model in apps.get_models() for data in getattr(model, "personal_data", ())
    ]
    return sorted(found, key=lambda each: kinds.index(each[1].kind))


def keep_times() -> list[PersonalData]:
    """Everything that is kept for a time, as the privacy page lists it."""
    return [*(data for _, data in declarations()), IMPORT_FILES]


def ends_of(obj: models.Model) -> list[date]:
    """The last day on which each kind of personal data in this row is kept, as far as it runs."""
    ends = []
    for data in getattr(obj, "personal_data", ()):
        since = F(data.since) if isinstance(data.since, str) else data.since()
        rows = type(obj)._base_manager.filter(data.rows, pk=obj.pk)
        for day in rows.annotate(kept_since=since).values_list("kept_since", flat=True):
            if day is not None:
                ends.append(day + timedelta(days=data.days))
    return ends


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
    yield "换下来、没有用上的图片和附件", _forget_unused_files


def forget_rows(data: PersonalData, rows: QuerySet, *, dry_run: bool = False) -> Forgotten:
    """Forget these few rows, in all places, in one transaction."""
    model = rows.model
    with transaction.atomic():
        # Locked first, as by whoever takes a step: the names are those that are blanked below.
        locked = rows.order_by().select_for_update().values_list("pk", *data.names)
        names = {pk: found for pk, *found in locked}
        files = list(_files_of(model, data.fields, names))
        row = _Place(model._base_manager.all(), "pk", None, data.fields, data.texts)
        found = row.forget(names, dry_run)
        found.files += len(files)
        if not dry_run:
            transaction.on_commit(partial(drop_files, files))
        found += _forget_traces(model, data.fields, data.texts, names, dry_run)
    return found


def forget_at_wish(data: PersonalData, row: models.Model) -> None:
    """Forget one row because whose data it is wants it; what can be edited keeps the day."""
    rows = type(row)._base_manager.filter(pk=row.pk)
    with transaction.atomic():
        forget_rows(data, rows)
        if hasattr(row, WISHED):
            rows.update(**{WISHED: timezone.localdate()})


def _files_of(model, fields, pks) -> Iterator[tuple[models.FileField, str]]:
    """The files in these fields, and those that the rows keep for what was deleted."""
    named = [model._meta.get_field(name) for name in fields]
    named = [field for field in named if isinstance(field, models.FileField)]
    if not named and not hasattr(model, "kept_files"):
        return
    for row in model._base_manager.filter(pk__in=list(pks)):
        files = [(field, getattr(row, field.attname).name) for field in named]
        yield from ((field, name) for field, name in files if name)
        if hasattr(row, "kept_files"):
            yield from row.kept_files()


def drop_files(files: Iterable[tuple[models.FileField, str]]) -> None:
    """Delete files, unless a row still shows them or they can still be put back."""
    if files := list(files):
        in_use = uploads.in_use()
        for field, name in files:
            if name not in in_use:
                field.storage.delete(name)


def forget_gone(model: type[models.Model], data: PersonalData, pk, names: tuple[str, ...]) -> None:
    """Forget now what is left of a row that was deleted, and what it was called elsewhere."""
    with transaction.atomic():
        _forget_traces(model, data.fields, data.texts, {pk: names}, dry_run=False)


def _forget_traces(model, fields, texts, names: dict, dry_run: bool) -> Forgotten:
    found = Forgotten()
    for place in _traces(model, fields, texts):
        there = {place.key(pk): words for pk, words in names.items()}
        found += _as_traces(place.forget(there, dry_run))
    return found


def _forget_due(model: type[models.Model], data: PersonalData, dry_run: bool) -> Forgotten:
    due = data.due(model, timezone.localdate())

    def forget(pks: list) -> Forgotten:
        return forget_rows(data, due.filter(pk__in=pks), dry_run=dry_run)

    return _in_batches(due.order_by("pk").values_list("pk", flat=True), forget)


def _forget_the_deleted(model: type[models.Model], dry_run: bool) -> Forgotten:
    """What is left of rows that were deleted and cannot be put back: nobody needs it any more."""
    fields = dict.fromkeys(name for data in model.personal_data for name in data.fields)
    texts = dict.fromkeys(name for data in model.personal_data for name in data.texts)
    places = _traces(model, tuple(fields), tuple(texts), is_gone=True)
    traces = {place: place.keys() for place in places}
    # Read after the traces: what is new is not taken for deleted.
    living = set(model._base_manager.values_list("pk", flat=True))
    for keeper in apps.get_models():
        if hasattr(keeper, "keys_kept"):
            living |= keeper.keys_kept(model)
    found = Forgotten()
    for place, keys in traces.items():

        def forget(gone: list, place: _Place = place) -> Forgotten:
            return _as_traces(place.forget(dict.fromkeys(gone, ()), dry_run))

        found += _in_batches(sorted(keys - {place.key(pk) for pk in living}), forget)
    return found


def _as_traces(found: Forgotten) -> Forgotten:
    return Forgotten(traces=found.rows + found.texts)


def _in_batches(keys: Iterable, forget: Callable[[list], Forgotten]) -> Forgotten:
    """Each batch in a transaction of its own, so that nobody waits long and what is done stays.

    In a batch that fails the rows are done apart, down to the one that cannot be. Only when the
    database itself is away, or busy, the rest has to wait for the next night.
    """
    keys, found = list(keys), Forgotten()
    waiting = [keys[start : start + BATCH] for start in range(0, len(keys), BATCH)]
    while waiting:
        batch = waiting.pop(0)
        try:
            with transaction.atomic():
                found += forget(batch)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if len(batch) == 1:
                found += Forgotten(failed=1)
                logger.error("could not forget key %s: %s", batch[0], type(error).__name__)
            else:
                half = len(batch) // 2
                waiting += [batch[:half], batch[half:]]
    return found


def _traces(model: type[models.Model], fields, texts, *, is_gone=False) -> Iterator[_Place]:
    """The other places: dated lines, history, admin log, and what quotes the row.

    Of a row that is gone nobody knows any more which names to look for: its texts are blanked, and
    so is what quotes it; its lines in the admin log only say who did something on which day.
    """
    if issubclass(model, WorkflowModel):
        line = model._meta.get_field("changes")
        rows = line.related_model._base_manager.all()
        yield _Place(rows, line.field.attname, texts=("remark",))
    if history := history_of(model):
        there = {field.name for field in history._meta.concrete_fields}
        blanked, cleaned_there = ((*fields, *texts), ()) if is_gone else (fields, texts)
        yield _Place(
            history._base_manager.all(),
            model._meta.pk.name,
            fields=tuple(name for name in blanked if name in there),
            texts=tuple(name for name in cleaned_there if name in there),
        )
    log = LogEntry.objects.filter(content_type=ContentType.objects.get_for_model(model))
    yield _Place(log, "object_id", "", **{"fields" if is_gone else "texts": LOG_WORDS})
    for quoting in apps.get_models():
        if quotes := getattr(quoting, "quotes_rows", None):
            prefix = f"{model._meta.label_lower}:"
            rows = quoting._base_manager.filter(**{f"{quotes.source}__startswith": prefix})
            words = {"fields" if is_gone else "texts": quotes.texts}
            yield _Place(rows, quotes.source, prefix, **words)


def _forget_import_files(dry_run: bool) -> Forgotten:
    """Files that were uploaded to be imported, by the day on which they were written."""
    found = Forgotten()
    last = timezone.localdate() - timedelta(days=IMPORT_FILES.days)
    for path in Path(settings.IMPORTS_DIR).rglob("*"):
        written = datetime.fromtimestamp(path.lstat().st_mtime, tz=timezone.get_current_timezone())
        if not path.is_dir() and written.date() < last:
            try:
                if not dry_run:
                    path.unlink(missing_ok=True)
                found.files += 1
            except OSError as error:
                # Its name may be a person's.
                found.failed += 1
                logger.error("could not delete an uploaded file: %s", type(error).__name__)
    return found


def _forget_unused_files(dry_run: bool) -> Forgotten:
    """Pictures and attachments that were replaced or taken out, or whose form was never saved.

    What is a day old: a file is written a moment before the row that names it. Where most of the
    files would go, it is the database that is the wrong one, or not restored yet: nothing is done.
    """
    in_use = uploads.in_use()
    yesterday = timezone.now().timestamp() - 24 * 3600
    files = list(uploads.files())
    unused = [
        path for name, path in files if name not in in_use and path.stat().st_mtime < yesterday
    ]
    if len(unused) > max(FEW_FILES, len(files) // 2):
        raise UnknownFiles(f"{len(unused)} of {len(files)} uploaded files are named by no row")
    if not dry_run:
        for path in unused:
            path.unlink(missing_ok=True)
    return Forgotten(files=len(unused))


def _blank(model: type[models.Model], name: str) -> str | None:
    return None if model._meta.get_field(name).null else ""


def _is_left(model: type[models.Model], fields: Iterable[str]) -> Q:
    return _any(~Q(**{name: _blank(model, name)}) for name in fields)


def _any(conditions: Iterable[Q]) -> Q:
    return reduce(or_, conditions, NOBODY)
