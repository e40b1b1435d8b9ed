"""
Worlds that many tests begin with, made once per worker and then put back from their rows in one statement.

A world is made in a transaction of its own, by the code that makes such rows in life, with every trigger and
constraint at work. What it added and changed is written down, and the transaction is undone. `restore` puts the
very rows back: it skips triggers (they have seen these rows) but no constraint of a table. Sequences are not
undone, so a test's own rows get other numbers.
"""

import copy
import json
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from django.db import connection, transaction

W = TypeVar("W")
V = TypeVar("V")
Row = tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class World(Generic[W]):
    """The rows of a world, as one statement, and what its maker returned."""

    sql: str
    made: W

    def restore(self) -> W:
        """Put the rows into the current transaction, and return objects that no other test holds."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(self.sql)
        return copy.deepcopy(self.made)


def remembered(make: Callable[[], W]) -> World[W]:
    """Return the world that `make` makes in an empty database, which is as empty again afterwards."""
    with transaction.atomic():
        world = _watched(make)
        transaction.set_rollback(True)
    return world


def remembered_on(base: World[V], make: Callable[[V], W]) -> World[W]:
    """Return what `make` adds to another world and changes in it; to be restored right after that one."""
    with transaction.atomic():
        below = base.restore()
        world = _watched(lambda: make(below))
        transaction.set_rollback(True)
    return world


def _watched(make: Callable[[], W]) -> World[W]:
    before = _rows()
    made = make()
    after = _rows()
    return World(sql=_statement(gone=before - after, come=after - before), made=made)


def _rows() -> set[Row]:
    tables = connection.introspection.table_names()
    each = (f"SELECT '{table}', row_to_json(t)::text FROM \"{table}\" t" for table in tables)  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(each))
        return set(cursor.fetchall())


def _statement(*, gone: set[Row], come: set[Row]) -> str:
    takes = (f'DELETE FROM "{table}" WHERE id IN ({_ids(rows)})' for table, rows in _by_table(gone))  # noqa: S608
    puts = (
        f'INSERT INTO "{table}" SELECT * FROM json_populate_recordset(NULL::"{table}", \'{_array(rows)}\')'  # noqa: S608
        for table, rows in _by_table(come)
    )
    return "; ".join(
        (
            "SET LOCAL session_replication_role = replica",
            *takes,
            *puts,
            "SET LOCAL session_replication_role = origin",
        )
    )


def _by_table(rows: set[Row]) -> list[tuple[str, list[str]]]:
    tables: dict[str, list[str]] = defaultdict(list)
    for table, row in rows:
        tables[table].append(row)
    return [(table, sorted(found, key=_id)) for table, found in sorted(tables.items())]


def _id(row: str) -> int:
    return int(json.loads(row)["id"])


def _ids(rows: list[str]) -> str:
    return ", ".join(str(_id(row)) for row in rows)


def _array(rows: list[str]) -> str:
    return f"[{','.join(rows)}]".replace("'", "''")
