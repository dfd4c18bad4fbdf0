"""Reading the whole database as a finder of leaks would: every column of every table."""

import json
from collections.abc import Iterable

from django.db import connection


def places_with(words: Iterable[str]) -> list[str]:
    """`table.column` wherever one of the words stands, as text or as the escapes of JSON."""
    found = []
    # Also as JSON stores Chinese characters; a backslash is LIKE's own escape on PostgreSQL.
    needles = {form for word in words for form in (word, json.dumps(word)[1:-1])}
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            columns = [
                c.name for c in connection.introspection.get_table_description(cursor, table)
            ]
            for column in columns:
                name = connection.ops.quote_name(column)
                tests = " OR ".join([f"CAST({name} AS text) LIKE %s ESCAPE '!'"] * len(needles))
                cursor.execute(
                    f"SELECT count(*) FROM {connection.ops.quote_name(table)} WHERE {tests}",
                    [f"%{needle}%" for needle in needles],
                )
                if cursor.fetchone()[0]:
                    found.append(f"{table}.{column}")
    return found
