"""Backup and restore: everything or nothing, of one moment, on both databases."""

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import threading
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings as django_settings
from django.contrib.sessions.models import Session as LogIn
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.utils import timezone

from practice_portal.lib import backup as module
from practice_portal.lib import uploads
from practice_portal.lib.backup import BackupError, backup, check, restore
from services.models import Demand
from stations.models import Platform, Station
from tests.database import copy_migrated
from tests.factories import (
    make_activity,
    make_demand,
    make_picture_file,
    make_platform,
    make_station,
)

#: A backup reads one moment of what others have committed, so no test's own transaction will do.
#: Emptying the tables after each takes its time: what belongs together is one test.
with_commits = pytest.mark.django_db(transaction=True)

WRITERS = 3


@pytest.fixture
def archive(tmp_path) -> Path:
    return tmp_path / "portal.tar.gz"


def quietly(line):
    pass


def put_back(archive, **options):
    return restore(archive, say=quietly, **options)


def small_portal() -> Station:
    """A few rows, two of a many-to-many field, a picture, somebody logged in."""
    station = make_station(name="南湖社区")
    make_activity(station=station, cohosts=[make_station()], poster=make_picture_file())
    make_demand(station=station, title="理发", contact_name="宋示例")
    LogIn.objects.create(
        session_key="k" * 32, session_data="x", expire_date=timezone.now() + timedelta(hours=1)
    )
    return station


def state() -> dict:
    """All that a restore could change."""
    tables = {m._meta.label: list(module._lines(m)) for m in module.all_models()}
    files = {name: path.read_bytes() for name, path in uploads.files()}
    return {"tables": tables, "files": files}


def rewrite(archive: Path, change) -> None:
    """The archive with what `change` makes of its members: a list of (TarInfo, bytes)."""
    with tarfile.open(archive) as old:
        members = [(m, old.extractfile(m).read()) for m in old.getmembers()]
    with gzip.open(archive, "wb") as packed, tarfile.open(fileobj=packed, mode="w|") as new:
        for info, data in change(members):
            info.size = len(data)
            new.addfile(info, io.BytesIO(data))


# There and back -----------------------------------------------------------------------------------


@with_commits
def test_backup_comes_back_as_it_was(archive):
    small_portal()
    before = state()
    backup(archive)
    call_command("flush", verbosity=0, interactive=False)
    for _, path in uploads.files():
        path.unlink()

    put_back(archive)

    before["tables"]["sessions.Session"] = []
    assert state() == before
    assert len(before["files"]) == 1
    assert len(before["tables"]["activities.Activity_cohosts"]) == 1


@with_commits
def test_backup_says_what_it_holds_and_holds_every_table(archive):
    small_portal()
    out = io.StringIO()

    call_command("backup", str(archive), stdout=out)

    manifest = check(archive)
    rows = {label: table["rows"] for label, table in manifest["tables"].items()}
    assert (manifest["format"], manifest["vendor"]) == (1, connection.vendor)
    assert (rows["stations.Station"], rows["services.Demand"]) == (2, 1)
    assert (
        f"已备份{sum(rows.values())}行（{len(rows)}张表）和1个文件，读回核对无误" in out.getvalue()
    )
    assert archive.stat().st_mode & 0o777 == 0o600
    assert sorted(os.listdir(archive.parent)) == ["media", archive.name]
    tables = {m._meta.db_table for m in module.all_models() if m._meta.label in rows}
    others = set(connection.introspection.table_names()) - tables
    assert others <= {
        "django_migrations",
        "axes_accessattempt",
        "axes_accessattemptexpiration",
        "axes_accessfailurelog",
        "axes_accesslog",
        "django_session",
        "portal_cache",
        "portal_lib_answer",
    }
    assert "sessions.Session" not in rows


@with_commits
def test_backup_keeps_keys_of_deleted_rows_from_being_given_again(archive):
    make_station()
    deleted = make_station()
    last = deleted.pk
    deleted.delete()
    backup(archive)
    call_command("flush", verbosity=0, interactive=False, reset_sequences=True)

    put_back(archive)

    assert make_station().pk > last


@with_commits
def test_backup_tells_of_missing_files_and_goes_on(archive):
    small_portal()
    next(path for _, path in uploads.files()).unlink()
    errors = io.StringIO()

    call_command("backup", str(archive), stdout=io.StringIO(), stderr=errors)

    assert len(uploads.missing()) == len(check(archive)["missing"]) == 1
    assert "有1个文件在数据库里有记录、磁盘上没有" in errors.getvalue()


def test_backup_refuses_a_name_that_is_taken(archive):
    archive.write_text("older")

    with pytest.raises(BackupError, match="已经存在"):
        backup(archive)

    assert archive.read_text() == "older"


def test_backup_refuses_the_folder_that_is_on_the_web(settings):
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir()

    with pytest.raises(BackupError, match="网上能看到"):
        backup(folder / "portal.tar.gz")


@with_commits
def test_backup_that_fails_leaves_no_file(archive, monkeypatch):
    monkeypatch.setattr(module, "check", lambda path: {})

    with pytest.raises(BackupError, match="读回来不一样"):
        backup(archive)

    assert os.listdir(archive.parent) == []


# Refusals -----------------------------------------------------------------------------------------


@with_commits
def test_restore_replaces_only_when_told_twice(archive, monkeypatch):
    small_portal()
    backup(archive)
    backed_up = state()
    make_demand(title="后来的")
    before = state()

    with pytest.raises(CommandError, match=r"已经有数据库里的\d+行和1个上传的文件，没有动"):
        call_command("restore", str(archive), stdout=io.StringIO())
    monkeypatch.setattr("builtins.input", lambda prompt: "yes")
    with pytest.raises(CommandError, match="没有恢复"):
        call_command("restore", str(archive), replace=True, stdout=io.StringIO())
    assert state() == before

    monkeypatch.setattr("builtins.input", lambda prompt: "覆盖")
    call_command("restore", str(archive), replace=True, stdout=io.StringIO())
    backed_up["tables"]["sessions.Session"] = []
    assert state() == backed_up


@with_commits
def test_restore_refuses_a_place_with_files(archive, settings):
    backup(archive)
    Path(settings.MEDIA_ROOT).mkdir()
    Path(settings.MEDIA_ROOT, "new.webp").write_bytes(b"new")

    with pytest.raises(BackupError, match="已经有1个上传的文件"):
        put_back(archive)


@with_commits
def test_restore_refuses_another_versions_archive(archive):
    backup(archive)
    recorder = module.MigrationRecorder(connection)
    recorder.record_applied("stations", "0999_later")
    try:
        with pytest.raises(BackupError, match=r"另一个版本.*stations\.0999_later"):
            put_back(archive, replace=True)
    finally:
        recorder.record_unapplied("stations", "0999_later")


def without_manifest(members):
    return members[:-1]


def with_a_file_changed(members):
    return [
        (info, data + b" " if info.name == "tables/services.Demand.jsonl" else data)
        for info, data in members
    ]


def without_a_table(members):
    return [pair for pair in members if pair[0].name != "tables/services.Demand.jsonl"]


def with_a_member(name, **values):
    def change(members):
        info = tarfile.TarInfo(name)
        for attribute, value in values.items():
            setattr(info, attribute, value)
        return [(info, b""), *members]

    is_unsafe = not name.endswith("not-in-the-manifest")
    change.__name__ = f"{'unsafe' if is_unsafe else 'with'} {name} {values or ''}"
    return change


def of_a_later_format(members):
    *others, (info, data) = members
    return [*others, (info, json.dumps({**json.loads(data), "format": 2}).encode())]


DAMAGES = [
    without_manifest,
    with_a_file_changed,
    without_a_table,
    of_a_later_format,
    with_a_member("/etc/cron.d/x"),
    with_a_member("../../x"),
    with_a_member("media/../../x"),
    with_a_member("media/.replaced/x"),
    with_a_member("media/x", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
    with_a_member("media/x", type=tarfile.LNKTYPE, linkname="/etc/passwd"),
    with_a_member("media/x", type=tarfile.CHRTYPE),
    with_a_member("media/not-in-the-manifest"),
    with_a_member("other/x"),
]


GZIP_HEADER = 10  # bytes, with a time and a system that no restore reads


def with_one_bit_changed(whole: bytes, place: int) -> bytes:
    return whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]


@with_commits
def test_restore_refuses_a_damaged_archive_and_touches_nothing(archive):
    small_portal()
    backup(archive)
    before = state()
    whole = archive.read_bytes()

    refused = {}
    for change in DAMAGES:
        archive.write_bytes(whole)
        rewrite(archive, change)
        refused[change.__name__] = refusal(archive)
    for part in (0, 0.3, 0.9):
        archive.write_bytes(whole[: int(part * len(whole))])
        refused[part] = refusal(archive)
    archive.write_bytes("不是备份".encode())
    refused["no archive"] = refusal(archive)
    # Packed, a changed bit may say the same in another way; as it is, every bit counts.
    unpacked = gzip.compress(gzip.decompress(whole), compresslevel=0)
    for place in range(GZIP_HEADER, len(unpacked), len(unpacked) // 25):
        archive.write_bytes(with_one_bit_changed(unpacked, place))
        refused[f"one bit at {place}"] = refusal(archive)

    later = refused.pop("of_a_later_format")
    assert later == "这份备份的格式是 2，本系统只认 1。请用做备份的版本恢复。"
    unsafe = [said for name, said in refused.items() if str(name).startswith("unsafe")]
    assert len(unsafe) == 8
    assert [said for said in unsafe if "含有不该有的路径" not in said] == []
    assert [(name, said) for name, said in refused.items() if "没有动任何数据" not in said] == []
    assert state() == before


def refusal(archive) -> str:
    try:
        put_back(archive, replace=True)
    except BackupError as error:
        return str(error)
    return "restored"


def test_restore_of_no_file_says_so(tmp_path):
    with pytest.raises(BackupError, match="打不开备份文件"):
        put_back(tmp_path / "none")


# Failing in the middle ----------------------------------------------------------------------------


@with_commits
def test_restore_that_fails_leaves_everything_as_it_was(archive):
    small_portal()
    backup(archive)
    make_demand(title="后来的")
    Path(django_settings.MEDIA_ROOT, "later.webp").write_bytes(b"later")
    before = state()

    for owner, name in (
        (module, "_insert"),
        (module, "_verify"),
        (module._Media, "stage"),
        (module._Media, "swap"),
    ):
        real = getattr(owner, name)

        def fail(*args, real=real):
            real(*args)
            raise OSError(28, "No space left on device")

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(owner, name, fail)
            with pytest.raises(BackupError, match=r"No space left.*和原来一样"):
                put_back(archive, replace=True)
        assert state() == before, name
        assert not list(Path(django_settings.MEDIA_ROOT).glob(".*")), name


@with_commits
def test_restore_reads_back_what_a_failing_disk_has_written(archive, monkeypatch):
    small_portal()
    backup(archive)
    before = state()

    def lose_a_byte(source, target):
        target.write(source.read()[:-1])

    monkeypatch.setattr(module.shutil, "copyfileobj", lose_a_byte)
    with pytest.raises(BackupError, match="写到磁盘上以后不一样了，已全部退回。请检查磁盘"):
        put_back(archive, replace=True)

    assert state() == before


@with_commits
def test_restore_compares_what_the_database_gives_back(archive, monkeypatch):
    small_portal()
    backup(archive)
    before = state()
    real = module._insert

    def insert_and_lose(model, lines):
        real(model, lines)
        if model is Demand:
            Demand.objects.update(title="别的")

    monkeypatch.setattr(module, "_insert", insert_and_lose)

    with pytest.raises(BackupError, match=r"services\.Demand 恢复后核对不上"):
        put_back(archive, replace=True)

    assert state() == before


# The drill: into an empty place, while writers write ----------------------------------------------


@pytest.fixture
def empty_place(tmp_path):
    """The environment of a second portal with a database and a folder of its own."""
    folder = tmp_path / "empty-place"
    folder.mkdir()
    url, name = "", None
    if connection.vendor == "postgresql":
        config = connection.settings_dict
        name = f"{config['NAME']}_restored_{os.getpid()}"
        with connection.cursor() as cursor:
            cursor.execute(f"CREATE DATABASE \"{name}\" ENCODING 'UTF8' TEMPLATE template0")
        user = quote(config["USER"], safe="")
        password = f":{quote(config['PASSWORD'], safe='')}" if config["PASSWORD"] else ""
        host = quote(config["HOST"], safe="") + (f":{config['PORT']}" if config["PORT"] else "")
        url = f"postgres://{user}{password}@{host}/{name}"
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "TEST_DATA_DIR": str(folder),
        "PYTEST_XDIST_WORKER": "",
        "DATABASE_URL": url,
    }
    if connection.vendor != "sqlite" or not copy_migrated(folder / "db.sqlite3"):
        manage(environment, "migrate", "--verbosity=0")
    yield environment
    if name:
        with connection.cursor() as cursor:
            cursor.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def manage(environment: dict, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=django_settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


#: In one process of the empty place, because each starts slowly.
RESTORED = """
import json
from django.core.management import call_command
from services.models import Demand
from stations.models import Platform
from io import StringIO
call_command("restore", "{archive}", stdout=StringIO())
call_command("backup", "{again}", stdout=StringIO())
print(json.dumps([
    sorted(Platform.objects.values_list("name", flat=True)),
    sorted(Demand.objects.values_list("title", flat=True)),
]))
"""


@with_commits
def test_restore_into_an_empty_place_while_writers_write(archive, tmp_path, empty_place):
    """Each writer writes a platform and a demand in one transaction: both are there or neither."""
    station = small_portal()
    Demand.objects.all().delete()
    stop = threading.Event()
    written = [0] * WRITERS

    def write(place: int) -> None:
        try:
            while not stop.is_set():
                name = f"示例{place}-{written[place]}"
                with transaction.atomic():
                    make_platform(station=station, name=name)
                    make_demand(station=station, title=name)
                written[place] += 1
                stop.wait(0.02)
        finally:
            connection.close()

    threads = [threading.Thread(target=write, args=(place,)) for place in range(WRITERS)]
    for thread in threads:
        thread.start()
    try:
        while min(written) < 3:
            stop.wait(0.01)
        begun = sum(written)
        backup(archive)
        ended = sum(written)
        again = tmp_path / "again.tar.gz"
        restored = RESTORED.format(archive=archive, again=again)
        platforms, demands = json.loads(
            manage(empty_place, "shell", "--no-imports", "-c", restored)
        )
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)

    assert ended > begun, "nobody wrote while the backup ran"
    assert platforms == demands
    assert begun <= len(platforms) < sum(written)
    assert Platform.objects.count() == Demand.objects.count() == sum(written)
    first, second = check(archive), check(again)
    assert (first["tables"], first["files"]) == (second["tables"], second["files"])
