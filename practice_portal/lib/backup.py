"""The whole portal in one file: every row and every uploaded file, and back again (备份与恢复).

One tar archive: a line of JSON per row, the files, and at its end a manifest with the counts and
hashes of both. The rows are written in Django's own words, not by pg_dump or as a copy of an
SQLite file: so both databases have one and the same archive (a street may move from SQLite to
PostgreSQL with it), no program of the right version must be found, the hashes are taken in the
very snapshot that is written, and a restore is one transaction that checks itself before it
commits. The price: an archive fits the version of the portal that wrote it; its manifest lists
the migrations, and anything else is refused.

Log-in sessions, the answers of once.py and the cache stay out: after a restore everybody logs
in again.
"""

import contextlib
import gzip
import hashlib
import json
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path, PurePosixPath

from django.apps import apps
from django.conf import settings
from django.core.management.color import no_style
from django.db import DatabaseError, connection, models, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from practice_portal.lib import uploads

FORMAT = 1
MANIFEST = "manifest.json"

#: Not worth keeping: who is logged in at the moment, what was answered a moment ago, and who has
#: tried to log in (whatever was typed as a name among it).
LEFT_OUT = {
    *("sessions.Session", "portal_lib.Answer"),
    *("axes.AccessAttempt", "axes.AccessAttemptExpiration"),
    *("axes.AccessLog", "axes.AccessFailureLog"),
}

#: What `migrate` and `set_up_roles` write; a database with no other rows is empty.
PREPARED = {
    "contenttypes.ContentType",
    "auth.Permission",
    "auth.Group",
    "auth.Group_permissions",
}

#: Folders of a restore that is under way, beside what they replace: renaming is then instant.
STAGED, REPLACED = ".restoring", ".replaced"

CHUNK = 2000  # rows

#: What reading a file that is no archive, or half of one, may raise.
BROKEN = (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile)

DAMAGED = "这份备份不完整或已损坏（{}），没有动任何数据。请换一份备份。"


class BackupError(Exception):
    """What went wrong, in a whole sentence for whoever stands at the terminal."""


# What there is ------------------------------------------------------------------------------------


def all_models() -> list[type[models.Model]]:
    """Every model with a table of its own, the tables of many-to-many fields included."""
    found = apps.get_models(include_auto_created=True)
    return [m for m in found if m._meta.managed and not m._meta.proxy and not m._meta.swapped]


def kept_models() -> list[type[models.Model]]:
    return [model for model in all_models() if model._meta.label not in LEFT_OUT]


def _migrations() -> list[str]:
    return sorted(".".join(key) for key in MigrationRecorder(connection).applied_migrations())


# Rows as lines ------------------------------------------------------------------------------------


def _plain(field: models.Field, row: models.Model):
    """A field's value as JSON knows it; the same words on both databases."""
    value = field.value_from_object(row)
    if isinstance(field, models.FileField):
        return value.name
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(field, models.JSONField):
        return value
    return field.value_to_string(row)


def _lines(model: type[models.Model]) -> Iterator[bytes]:
    fields = model._meta.concrete_fields
    for row in model._base_manager.order_by("pk").iterator(chunk_size=CHUNK):
        values = [_plain(field, row) for field in fields]
        # Sorted keys, because PostgreSQL keeps an order of its own in a JSON field.
        text = json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        yield text.encode() + b"\n"


def _insert(model: type[models.Model], lines) -> None:
    """Put the rows back as they were, past signals and automatic dates."""
    fields = model._meta.concrete_fields
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    sql = (
        f"INSERT INTO {quote(model._meta.db_table)} ({columns}) "
        f"VALUES ({', '.join(['%s'] * len(fields))})"
    )

    def stored(field, value):
        value = None if value is None else field.to_python(value)
        return field.get_db_prep_save(value, connection)

    with connection.cursor() as cursor:
        batch = []
        for line in lines:
            values = zip(fields, json.loads(line), strict=True)
            batch.append([stored(field, value) for field, value in values])
            if len(batch) == CHUNK:
                cursor.executemany(sql, batch)
                batch = []
        if batch:
            cursor.executemany(sql, batch)


def _sequence(cursor, model: type[models.Model]) -> str | None:
    """PostgreSQL's own name of what counts a table's keys."""
    table, column = connection.ops.quote_name(model._meta.db_table), model._meta.pk.column
    cursor.execute("SELECT pg_get_serial_sequence(%s, %s)", [table, column])
    return cursor.fetchone()[0]


def _last_key(model: type[models.Model]) -> int:
    """The highest key ever given; a deleted row's key never becomes another's (its history
    would)."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            sequence = _sequence(cursor, model)
            if sequence is None:
                return 0
            cursor.execute(f"SELECT CASE WHEN is_called THEN last_value ELSE 0 END FROM {sequence}")
        else:
            table = model._meta.db_table
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
    return found[0] if found else 0


def _continue_after(model: type[models.Model], key: int) -> None:
    """Never lower: PostgreSQL does not take this back when the restore fails."""
    if key <= _last_key(model):
        return
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval(%s, %s)", [_sequence(cursor, model), key])
        else:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, key])


@contextlib.contextmanager
def _snapshot():
    """One moment of the database for all reading inside; nobody who writes has to wait."""
    if connection.in_atomic_block:
        raise BackupError("备份要在事务之外进行，请直接运行 manage.py backup。")
    begin = {
        "postgresql": "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        # Django's own transactions take the write lock at once (settings); this one never.
        "sqlite": "BEGIN DEFERRED",
    }[connection.vendor]
    with connection.cursor() as cursor:
        cursor.execute(begin)
    try:
        yield
    finally:
        # Nothing to undo; a connection that is gone has no snapshot either.
        with contextlib.suppress(DatabaseError), connection.cursor() as cursor:
            cursor.execute("ROLLBACK")


# Writing an archive -------------------------------------------------------------------------------


class _Hashed:
    """A file that is hashed while it is read."""

    def __init__(self, file):
        self.file = file
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self.file.read(size)
        self.sha256.update(data)
        return data


def _member(name: str, size: int) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size = size
    info.mode = 0o600
    info.mtime = int(timezone.now().timestamp())
    return info


def _write_table(archive: tarfile.TarFile, model: type[models.Model]) -> dict:
    """One table into the archive; answers its line of the manifest."""
    sha256 = hashlib.sha256()
    rows = 0
    with tempfile.TemporaryFile() as spool:  # a tar wants to know the size first
        for line in _lines(model):
            spool.write(line)
            sha256.update(line)
            rows += 1
        size = spool.tell()
        spool.seek(0)
        archive.addfile(_member(f"tables/{model._meta.label}.jsonl", size), spool)
    if rows != model._base_manager.count():
        raise BackupError(f"{model._meta.label} 读到的行数与数据库的计数不一致，备份没有完成。")
    return {
        "fields": [field.attname for field in model._meta.concrete_fields],
        "rows": rows,
        "sha256": sha256.hexdigest(),
        "last_key": _last_key(model),
    }


def _write_file(archive: tarfile.TarFile, name: str, path: Path) -> dict | None:
    """One uploaded file into the archive; None when it has just been removed."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return None
    with file:
        size = os.fstat(file.fileno()).st_size
        hashed = _Hashed(file)
        archive.addfile(_member(f"media/{name}", size), hashed)
    return {"bytes": size, "sha256": hashed.sha256.hexdigest()}


def _write(file) -> dict:
    with (
        gzip.GzipFile(filename="", fileobj=file, mode="wb", compresslevel=3) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
        _snapshot(),
    ):
        manifest = {
            "format": FORMAT,
            "vendor": connection.vendor,
            "created_at": timezone.now().isoformat(),
            "migrations": _migrations(),
            "tables": {m._meta.label: _write_table(archive, m) for m in kept_models()},
            # After the rows: a row that is in the snapshot had its file before that.
            "missing": uploads.missing(),
            "files": {},
        }
        for name, path in uploads.files():
            if entry := _write_file(archive, name, path):
                manifest["files"][name] = entry
        text = json.dumps(manifest, indent=1).encode()
        with tempfile.TemporaryFile() as spool:
            spool.write(text)
            spool.seek(0)
            archive.addfile(_member(MANIFEST, len(text)), spool)
    return manifest


def backup(target: Path) -> dict:
    """Write an archive beside its place, read it back, and only then give it its name."""
    target = Path(target).resolve()
    if target.is_relative_to(Path(settings.MEDIA_ROOT).resolve()):
        raise BackupError("备份不能放在上传文件的目录里，那里的文件网上能看到。请换一个目录。")
    if target.exists():
        raise BackupError(f"{target} 已经存在。请换一个文件名，旧的备份不会被覆盖。")
    if not target.parent.is_dir():
        raise BackupError(f"没有 {target.parent} 这个目录，请先建好。")
    try:
        # Readable to its owner only, as mkstemp makes it: it holds names and phones.
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    except OSError as error:
        raise BackupError(f"写不进 {target.parent}（{error.strerror}）。请检查权限。") from error
    unfinished = Path(name)
    try:
        with open(handle, "wb") as file:
            manifest = _write(file)
            file.flush()
            os.fsync(file.fileno())
        if check(unfinished) != manifest:
            raise BackupError("写好的备份读回来不一样，没有保留。请检查磁盘后再备份。")
        os.replace(unfinished, target)
        _sync_folder(target.parent)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise BackupError(f"备份没有写成（{reason}）。请检查磁盘空间和权限后再试。") from error
    except DatabaseError as error:
        raise BackupError(
            f"备份时数据库出错（{type(error).__name__}）。"
            "请确认数据库正常、已经 migrate，再试一次。"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)
    return manifest


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


# Reading an archive -------------------------------------------------------------------------------


def _safe(member: tarfile.TarInfo) -> str:
    """The member's name, if it is one that we write; raises BackupError otherwise."""
    name = member.name
    path = PurePosixPath(name)
    is_ours = (
        member.isreg()
        and str(path) == name
        and not path.is_absolute()
        and not any(part.startswith(".") for part in path.parts)
        and "\\" not in name
        and "\0" not in name
        and (name == MANIFEST or path.parts[0] in ("tables", "media"))
    )
    if not is_ours:
        raise BackupError(DAMAGED.format(f"含有不该有的路径 {name!r}"))
    return name


def _members(path: Path) -> Iterator[tuple[str, _Hashed]]:
    """Name and content of every member, in their order; raises one of BROKEN where it is.

    Unpacked by gzip and read to the end: tarfile's own way skips the checksum of the whole, which
    alone sees a bit that is wrong between the members or in the manifest.
    """
    with gzip.open(path) as packed, tarfile.open(fileobj=packed, mode="r|") as archive:
        for member in archive:
            yield _safe(member), _Hashed(archive.extractfile(member))
        _drain(_Hashed(packed))


def _drain(hashed: _Hashed) -> tuple[int, str]:
    size = 0
    while data := hashed.read(1 << 20):
        size += len(data)
    return size, hashed.sha256.hexdigest()


def check(path: Path) -> dict:
    """Read an archive from end to end and compare it with its manifest, which it answers."""
    try:
        return _checked(path)
    except BROKEN as error:
        raise BackupError(DAMAGED.format(type(error).__name__)) from error
    except OSError as error:
        raise BackupError(
            f"打不开备份文件 {path}（{error.strerror}）。请检查路径和权限。"
        ) from error


def _checked(path: Path) -> dict:
    tables, files, manifest = {}, {}, None
    for name, hashed in _members(path):
        if manifest is not None:
            raise BackupError(DAMAGED.format("清单后面还有内容"))
        if name == MANIFEST:
            manifest = _read_manifest(hashed)
            continue
        size, sha256 = _drain(hashed)
        kind, _, rest = name.partition("/")
        known = files if kind == "media" else tables
        if rest in known:
            raise BackupError(DAMAGED.format(f"{name} 出现了两次"))
        known[rest] = {"bytes": size, "sha256": sha256} if kind == "media" else sha256
    if manifest is None:
        raise BackupError(DAMAGED.format("没有清单"))
    wanted = {f"{label}.jsonl": table["sha256"] for label, table in manifest["tables"].items()}
    if tables != wanted or files != manifest["files"]:
        raise BackupError(DAMAGED.format("内容与清单不符"))
    return manifest


def _read_manifest(hashed: _Hashed) -> dict:
    try:
        manifest = json.loads(hashed.read())
        version = manifest["format"]
        if version == FORMAT:
            for table in manifest["tables"].values():
                table["fields"], table["rows"], table["sha256"], table["last_key"]
            manifest["files"], manifest["migrations"]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(DAMAGED.format("清单读不懂")) from error
    if version != FORMAT:
        raise BackupError(
            f"这份备份的格式是 {version}，本系统只认 {FORMAT}。请用做备份的版本恢复。"
        )
    return manifest


def refuse_other_version(manifest: dict) -> None:
    """Raise BackupError unless the archive was written by a portal with the same tables."""
    here, there = set(_migrations()), set(manifest["migrations"])
    fields = {m._meta.label: [f.attname for f in m._meta.concrete_fields] for m in kept_models()}
    written = {label: table["fields"] for label, table in manifest["tables"].items()}
    if here == there and fields == written:
        return
    named = "、".join(sorted(here ^ there)[:5] or sorted(fields.keys() ^ written.keys())[:5])
    raise BackupError(
        f"这份备份是另一个版本的系统做的（不同之处：{named or '字段'}），没有动任何数据。"
        "请先装好做备份时的那个版本并运行 migrate，恢复之后再升级。"
    )


# Restoring ----------------------------------------------------------------------------------------


def what_is_there() -> list[str]:
    """What a restore would replace, in words; nothing on a new portal."""
    found = []
    rows = sum(m._base_manager.count() for m in kept_models() if m._meta.label not in PREPARED)
    if rows:
        found.append(f"数据库里的{rows}行")
    files = sum(1 for _ in uploads.files())
    if files:
        found.append(f"{files}个上传的文件")
    return found


class _Media:
    """The files of an archive, first beside the present ones, then instead of them."""

    def __init__(self):
        self.root = Path(settings.MEDIA_ROOT)
        self.staged, self.replaced = self.root / STAGED, self.root / REPLACED
        if self.replaced.exists():
            raise BackupError(
                f"上一次恢复中途断了：原来的文件还在 {self.replaced}。"
                f"请把里面的东西移回 {self.root}，再恢复。"
            )

    def stage(self, name: str, hashed: _Hashed, entry: dict) -> None:
        path = self.staged / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as file:
            shutil.copyfileobj(hashed, file)
            file.flush()
            os.fsync(file.fileno())
        path.chmod(settings.FILE_UPLOAD_PERMISSIONS)
        with path.open("rb") as file:
            _, sha256 = _drain(_Hashed(file))
        if sha256 != entry["sha256"]:
            raise BackupError(f"文件 {name} 写到磁盘上以后不一样了，已全部退回。请检查磁盘。")

    def swap(self) -> None:
        self.staged.mkdir(parents=True, exist_ok=True)
        for folder in self.staged.rglob("*/"):
            if folder.is_dir():
                folder.chmod(settings.FILE_UPLOAD_DIRECTORY_PERMISSIONS)
        self.replaced.mkdir()
        self._move(self.root, self.replaced)
        self._move(self.staged, self.root)

    def undo(self) -> None:
        if self.replaced.exists():
            self._move(self.root, self.staged)
            self._move(self.replaced, self.root)

    def tidy(self) -> None:
        for folder in (self.staged, self.replaced):
            shutil.rmtree(folder, ignore_errors=True)

    @staticmethod
    def _move(source: Path, target: Path) -> None:
        for entry in sorted(source.iterdir()):
            if entry.name not in (STAGED, REPLACED):
                entry.rename(target / entry.name)


def restore(path: Path, *, replace: bool = False, say: Callable[[str], None] = print) -> dict:
    """Put an archive's rows and files in place of what is there: all of it or nothing.

    Raises BackupError, and then everything is as it was.
    """
    path = Path(path)
    manifest = check(path)
    say("备份完整，开始恢复。")
    try:
        refuse_other_version(manifest)
        if not replace and (there := what_is_there()):
            raise BackupError(f"这里已经有{'和'.join(there)}，没有动。确实要覆盖请加 --replace。")
        media = _Media()
        try:
            with transaction.atomic():
                _restore_rows(path, manifest, media)
                media.swap()
        except BaseException:
            media.undo()
            raise
        finally:
            media.tidy()
    except (OSError, *BROKEN) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise BackupError(f"恢复没有成功（{reason}），数据和文件都和原来一样。") from error
    except DatabaseError as error:
        raise BackupError(
            f"数据库不接受这份备份（{type(error).__name__}），数据和文件都和原来一样。"
            "请先停下网站、运行 migrate，再试一次。"
        ) from error
    return manifest


def _restore_rows(path: Path, manifest: dict, media: _Media) -> None:
    kept = {f"tables/{model._meta.label}.jsonl": model for model in kept_models()}
    tables = [model._meta.db_table for model in all_models()]
    with connection.cursor() as cursor:
        for statement in connection.ops.sql_flush(no_style(), tables):
            cursor.execute(statement)
    for name, hashed in _members(path):
        if name in kept:
            _insert(kept[name], hashed.file)
        elif name != MANIFEST:
            relative = name.removeprefix("media/")
            media.stage(relative, hashed, manifest["files"][relative])
    connection.check_constraints()
    for model in kept.values():
        _verify(model, manifest["tables"][model._meta.label])


def _verify(model: type[models.Model], table: dict) -> None:
    """The rows as the database gives them back now are the rows of the archive."""
    sha256, rows = hashlib.sha256(), 0
    for line in _lines(model):
        sha256.update(line)
        rows += 1
    if (rows, sha256.hexdigest()) != (table["rows"], table["sha256"]):
        raise BackupError(f"{model._meta.label} 恢复后核对不上，已全部退回，数据和原来一样。")
    _continue_after(model, table["last_key"])
