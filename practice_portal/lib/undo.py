"""Undoing a deletion: what goes along with a row, written down, and put back as it was.

`snapshot()` is asked before the deletion, `put_back()` after it. A model names in `deleted_along`
the foreign keys whose rows vanish with it in other ways than by cascade (a session's booking).
Pictures and files stay where they are when their row goes, and so come back with it.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable

from django.apps import apps
from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models.deletion import Collector

REASON = "从回收站恢复"


class NotRestored(Exception):
    """Why it cannot be put back, in a sentence for staff."""


def snapshot(obj: models.Model) -> str:
    """All that a deletion of this row takes away, as text."""
    rows, cut = _what_goes(obj)
    rows = _targets_first(rows)
    written = {
        "root": rows.index(obj),
        "rows": [_written(row) for row in rows],
        "cut": [[row._meta.label_lower, row.pk, name, value] for row, name, value in cut],
    }
    return json.dumps(written, ensure_ascii=False)


def contents(text: str) -> Counter[str]:
    """How many of what a snapshot holds besides the row itself: {"场次": 2, "办理记录": 3}."""
    written = json.loads(text)
    kinds = [apps.get_model(row["model"]) for row in written["rows"]]
    del kinds[written["root"]]
    return Counter(str(m._meta.verbose_name) for m in kinds if not m._meta.auto_created)


def rows_in(text: str, model: type[models.Model]) -> list[models.Model]:
    """The rows of one model that a snapshot holds, as they were."""
    written = json.loads(text)["rows"]
    return [_read(row) for row in written if row["model"] == model._meta.label_lower]


def files_in(text: str) -> list[tuple[models.FileField, str]]:
    """The files that lie on the disk for a snapshot's rows."""
    return [
        (field, name)
        for row in json.loads(text)["rows"]
        for field in apps.get_model(row["model"])._meta.concrete_fields
        if isinstance(field, models.FileField) and (name := row["fields"].get(field.attname))
    ]


def without(
    text: str, row: models.Model, fields: Iterable[str], clean: Callable[[str], str]
) -> str:
    """The snapshot with these fields of a row blanked; its other words, and those of what points
    at it, are cleaned."""
    written = json.loads(text)
    for each in written["rows"]:
        model, columns = apps.get_model(each["model"]), each["fields"]
        is_it = model is type(row) and columns[model._meta.pk.attname] == row.pk
        points = any(
            field.related_model is type(row) and columns.get(field.attname) == row.pk
            for field in model._meta.concrete_fields
            if field.is_relation
        )
        for field in model._meta.concrete_fields if is_it or points else ():
            value = columns.get(field.attname)
            if is_it and field.name in fields:
                columns[field.attname] = None if field.null else ""
            elif isinstance(value, str) and isinstance(field, models.CharField | models.TextField):
                columns[field.attname] = clean(value)
    return json.dumps(written, ensure_ascii=False)


def put_back(text: str, *, by) -> models.Model:
    """Insert the rows again under their old keys, and join what had to let go of them.

    Raises NotRestored, and changes nothing, where something else has taken their place by now.
    """
    written = json.loads(text)
    rows = [_read(each) for each in written["rows"]]
    try:
        with transaction.atomic():
            for row in rows:
                _insert(row, by)
            for label, pk, name, value in written["cut"]:
                _join_again(apps.get_model(label), pk, name, value, by)
            # Now, and not at the end of whatever transaction we stand in.
            connection.check_constraints({row._meta.db_table for row in rows})
    except ValidationError as error:
        raise NotRestored(f"恢复不了：{''.join(error.messages)}") from error
    except (IntegrityError, ObjectDoesNotExist) as error:
        raise NotRestored(
            "恢复不了：它要用的内容已经删了，或者已经有别的内容占了它的位置。"
        ) from error
    return rows[written["root"]]


def _what_goes(obj: models.Model) -> tuple[list[models.Model], list[tuple]]:
    """The rows that go, and (row, column, key) of those that stay and lose their pointer."""
    going, letting_go = {}, []
    roots = [obj]
    while roots:
        root = roots.pop()
        collector = Collector(using=root._state.db, origin=root)
        collector.collect([root])
        groups = [*collector.data.values(), *collector.fast_deletes]
        for row in (row for group in groups for row in group):
            if row in going:
                continue
            going[row] = True
            along = (getattr(row, name) for name in getattr(row, "deleted_along", ()))
            roots += [each for each in along if each and each not in going]
        letting_go += collector.field_updates.items()
    cut = [
        (row, field.attname, getattr(row, field.attname))
        for (field, value), groups in letting_go
        if value is None
        for group in groups
        for row in group
        if row not in going
    ]
    return list(going), cut


def _targets_first(rows: Iterable[models.Model]) -> list[models.Model]:
    """In the order in which they can be inserted: what is pointed at before what points."""
    by_model: dict[type[models.Model], list[models.Model]] = {}
    for row in rows:
        by_model.setdefault(type(row), []).append(row)
    ordered: list[type[models.Model]] = []

    def place(model: type[models.Model]) -> None:
        targets = {f.related_model for f in model._meta.concrete_fields if f.is_relation}
        for target in [each for each in by_model if each in targets - {model}]:
            if target not in ordered:
                place(target)
        if model not in ordered:
            ordered.append(model)

    for model in by_model:
        place(model)
    return [row for model in ordered for row in sorted(by_model[model], key=lambda r: r.pk)]


def _written(row: models.Model) -> dict:
    fields = {}
    for field in row._meta.concrete_fields:
        # As the database gets it: a personal number is the number, not its mask.
        value = field.get_prep_value(field.value_from_object(row))
        is_plain = value is None or isinstance(value, bool | int | str)
        fields[field.attname] = value if is_plain else field.value_to_string(row)
    return {"model": row._meta.label_lower, "fields": fields}


def _read(written: dict) -> models.Model:
    """An instance that is not in the database; what has become of the columns since is theirs."""
    model = apps.get_model(written["model"])
    columns = {field.attname: field for field in model._meta.concrete_fields}
    values = {
        name: columns[name].to_python(value)
        for name, value in written["fields"].items()
        if name in columns
    }
    return model(**values)


def _insert(row: models.Model, by) -> None:
    if not row._meta.auto_created:
        row.clean()
    row._history_user, row._change_reason = by, REASON
    row.save(force_insert=True)


def _join_again(model: type[models.Model], pk, column: str, value, by) -> None:
    """Only where nothing else has been chosen in the meantime."""
    row = model._base_manager.filter(pk=pk, **{column: None}).first()
    if row:
        setattr(row, column, value)
        row._history_user, row._change_reason = by, REASON
        row.save(update_fields=[column])
