"""The people of most tests: a centre and two stations, and who works there."""

import gc
from contextlib import ExitStack
from datetime import datetime
from io import StringIO
from itertools import count
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import connection, transaction
from django.test import override_settings

from tests.database import migrated_once
from tests.factories import make_centre, make_station, make_user
from tests.frames import roomy

#: The day on which the demo street of the tests is loaded, a Monday.
DEMO_NOON = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("Asia/Shanghai"))


_tests = count()


def _needs_demo_street(item) -> bool:
    return "demo_street" in getattr(item, "fixturenames", ())


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """What needs the demo street comes first: so all of it falls to one process, which loads it."""
    items.sort(key=_needs_demo_street, reverse=True)
    for item in items:
        item.setup, item.runtest = roomy(item.setup), roomy(item.runtest)


def pytest_collection_finish():
    """What was imported stays: nobody looks through all of it for garbage again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """Whoever comes after finds the database as it was before the demo street."""
    yield
    if nextitem is None or not _needs_demo_street(nextitem):
        _demo_street.close()


@pytest.fixture(scope="session")
def django_db_keepdb(django_db_keepdb) -> bool:
    """An SQLite file may lie there beforehand; its folder is gone after the tests."""
    return django_db_keepdb or connection.vendor == "sqlite"


@pytest.fixture(scope="session")
def _migrated(django_db_modify_db_settings):
    """On SQLite, where migrating takes longest, one process of all does it, and others copy."""
    made = ExitStack()
    if connection.vendor == "sqlite":
        made.enter_context(migrated_once(Path(connection.settings_dict["TEST"]["NAME"])))
    return made


@pytest.fixture(scope="session")
def django_db_setup(_migrated, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        _migrated.close()
        call_command("set_up_roles", verbosity=0)


#: What takes the demo street back, while it is there.
_demo_street = ExitStack()


@pytest.fixture(scope="session")
def demo_street(django_db_setup, django_db_blocker, tmp_path_factory):
    """The demo street and its files' folder, in one transaction for all tests that ask for it.

    Each of them also asks for `db`, whose own transaction is then a savepoint: what a test
    changes is gone after it. Ask for `demo_noon` (below) instead to have both, and its day.
    """
    media = tmp_path_factory.mktemp("demo")
    with ExitStack() as street:
        street.enter_context(django_db_blocker.unblock())
        street.enter_context(transaction.atomic())
        street.callback(transaction.set_rollback, True)
        with override_settings(MEDIA_ROOT=media), time_machine.travel(DEMO_NOON, tick=False):
            call_command("load_demo", stdout=StringIO())
        _demo_street.push(street.pop_all())
    return media


@pytest.fixture
def demo_noon(demo_street, db, settings):
    """The demo street with its files, at noon of the day on which it was loaded."""
    settings.MEDIA_ROOT = demo_street
    with time_machine.travel(DEMO_NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture(autouse=True)
def _media(settings, tmp_path):
    """No test sees another's files."""
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture(autouse=True)
def _counters(settings):
    """No test goes on where another has stopped counting.

    The cache of the database is rolled back with everything else; Redis remembers.
    """
    cache = settings.CACHES["default"]
    if "redis" in cache["BACKEND"].lower():
        prefix = f"{cache['KEY_PREFIX']}-{next(_tests)}"
        settings.CACHES = settings.CACHES | {"default": cache | {"KEY_PREFIX": prefix}}


@pytest.fixture
def roles(db):
    """The three groups with their permissions: made once, and again after a test that flushes."""
    if not Group.objects.exists():
        call_command("set_up_roles", verbosity=0)


@pytest.fixture
def centre(db):
    return make_centre()


@pytest.fixture
def station(db):
    return make_station(name="南湖社区", slug="nanhu", position=30_901)


@pytest.fixture
def other_station(db):
    return make_station(name="示例邻社区", slug="neighbour", position=30_902)


@pytest.fixture
def clerk(roles, station):
    """社区工作人员 of `station`."""
    return make_user(station=station, role="clerk", username="clerk")


@pytest.fixture
def other_clerk(roles, other_station):
    return make_user(station=other_station, role="clerk", username="other-clerk")


@pytest.fixture
def lead(roles, station):
    """实践所负责人 of `station`."""
    return make_user(station=station, role="lead", username="lead")


@pytest.fixture
def director(roles, centre):
    """中心管理员, the street office's own."""
    return make_user(station=centre, role="director", username="director")
