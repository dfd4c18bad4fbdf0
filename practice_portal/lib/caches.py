"""The caches that all processes share, and what Django's do not do: count in one step."""

import random
from datetime import timedelta

from django.core.cache.backends.db import DatabaseCache
from django.core.cache.backends.redis import RedisCache
from django.db import connections, router
from django.utils import timezone

#: One count in so many also throws away what is over, so that the table stays small.
TIDY_EVERY = 500


class CountingDatabaseCache(DatabaseCache):
    """A table of the database; a counter is a row that nothing but `count` reads."""

    def count(self, key: str, seconds: int) -> int:
        """Count one more under a key that lives so long from its first count on; how many by now.

        One statement: of two processes that count in the same instant both are counted.
        """
        key = self.make_and_validate_key(key)
        connection = connections[router.db_for_write(self.cache_model_class)]
        table = connection.ops.quote_name(self._table)
        ends_at = (timezone.now() + timedelta(seconds=seconds)).replace(microsecond=0)
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (cache_key, value, expires) VALUES (%s, '1', %s) "
                f"ON CONFLICT (cache_key) DO UPDATE "
                f"SET value = CAST(CAST({table}.value AS integer) + 1 AS text) RETURNING value",
                [key, connection.ops.adapt_datetimefield_value(ends_at)],
            )
            count = int(cursor.fetchone()[0])
            if random.randrange(TIDY_EVERY) == 0:
                self._tidy(connection.alias, cursor, table)
        return count

    def _tidy(self, db: str, cursor, table: str) -> None:
        cursor.execute(f"SELECT COUNT(*) FROM {table}")
        now = timezone.now().replace(microsecond=0)
        self._cull(db, cursor, now, cursor.fetchone()[0])


class CountingRedisCache(RedisCache):
    def count(self, key: str, seconds: int) -> int:
        """As the database's; the end is set with the first count and never again."""
        self.add(key, 0, seconds)
        try:
            return self.incr(key)
        except ValueError:  # it came to its end between the two
            return 1
