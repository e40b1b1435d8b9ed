"""
Many rows of one table in one statement, carried as JSON and unpacked by PostgreSQL.

The ORM spends more time writing such a statement than PostgreSQL carrying it out.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from django.db import connection, models
from psycopg.sql import SQL, Identifier


def insert_rows(model: type[models.Model], rows: Sequence[Mapping[str, object]]) -> None:
    """Insert rows of a model, each a value for every column but the key; no default is filled in, no signal sent."""
    if rows:
        with connection.cursor() as cursor:
            cursor.execute(_insert(model), [json.dumps(rows, default=_plain)])


@cache
def _insert(model: type[models.Model]) -> str:
    table = model._meta  # noqa: SLF001 - Django's documented name for it
    columns = [field.column for field in table.concrete_fields if field.column and not field.primary_key]
    query = SQL(
        "INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, %s::json)"
    ).format(table=Identifier(table.db_table), columns=SQL(", ").join(map(Identifier, columns)))
    return query.as_string()


def update_rows(rows: Sequence[models.Model], *, fields: Iterable[str]) -> None:
    """Write these fields of rows of one model."""
    if not rows:
        return
    table = type(rows[0])._meta  # noqa: SLF001 - Django's documented name for it
    columns = _columns(table.get_field(name) for name in fields)
    query = SQL(
        "UPDATE {table} AS kept SET {changes} FROM jsonb_populate_recordset(NULL::{table}, %s::jsonb) AS new "
        "WHERE kept.id = new.id"
    ).format(
        table=Identifier(table.db_table),
        changes=SQL(", ").join(SQL("{0} = new.{0}").format(Identifier(column)) for column in columns),
    )
    with connection.cursor() as cursor:
        cursor.execute(query.as_string(), [_as_json(rows, {"id": "pk", **columns})])


def _columns(fields: Iterable[Any]) -> dict[str, str]:
    """Return the attribute of a row for each column."""
    return {field.column: field.attname for field in fields}


def _as_json(rows: Iterable[models.Model], columns: dict[str, str]) -> str:
    listed = [{column: getattr(row, name) for column, name in columns.items()} for row in rows]
    return json.dumps(listed, default=_plain)


def _plain(value: object) -> str:
    """Return a value as PostgreSQL reads it, to the microsecond."""
    match value:
        case dt.datetime() | dt.date() | dt.time():
            return value.isoformat()
        case UUID():
            return str(value)
    raise TypeError(f"{type(value).__name__} has no form in JSON")
