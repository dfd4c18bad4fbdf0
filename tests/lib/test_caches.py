"""The shared cache counts in one step, and does not keep what is over."""

import pytest
import time_machine
from django.core.cache import cache
from django.core.management import call_command
from django.db import connection

from practice_portal.lib import caches
from practice_portal.lib.caches import CountingDatabaseCache

OPTIONS = {"OPTIONS": {"MAX_ENTRIES": 100_000}}


@pytest.fixture
def table(db) -> CountingDatabaseCache:
    """The cache of the database, whatever the tests run on."""
    call_command("createcachetable", "portal_cache", verbosity=0)
    return CountingDatabaseCache("portal_cache", OPTIONS)


def keys() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT cache_key FROM portal_cache ORDER BY cache_key")
        return [key for (key,) in cursor.fetchall()]


def test_cache_counts_each_key_apart(db):
    assert [cache.count("caches-a", 60) for _ in range(3)] == [1, 2, 3]
    assert cache.count("caches-b", 60) == 1


def test_cache_of_the_database_counts_in_one_statement(
    table, django_assert_num_queries, monkeypatch
):
    monkeypatch.setattr(caches.random, "randrange", lambda most: 1)

    with django_assert_num_queries(1):
        assert table.count("caches-a", 60) == 1
    with django_assert_num_queries(1):
        assert table.count("caches-a", 60) == 2


def test_cache_of_the_database_throws_away_what_is_over(table, monkeypatch):
    monkeypatch.setattr(caches.random, "randrange", lambda most: 1)
    with time_machine.travel("2026-11-23 12:00 +0800", tick=False) as traveller:
        table.count("caches-short", 60)
        table.count("caches-long", 3600)
        traveller.shift(600)
        monkeypatch.setattr(caches.random, "randrange", lambda most: 0)
        table.count("caches-long", 3600)

    assert [key for key in keys() if "caches-" in key] == [table.make_key("caches-long")]
