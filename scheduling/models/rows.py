"""
Rows around a row as JSON arrays beside it, and instances from them: many tables in one statement.

`prefetch_related` asks one question for each table, and the ORM takes longer to write them than PostgreSQL to answer.
Columns that are left out are deferred: Django fetches them if somebody asks.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, models
from psycopg.sql import SQL, Composable, Identifier

# How a column's value is read from JSON; what is not listed is what it is.
_READERS: dict[type[Any], Callable[[Any], object]] = {
    models.DateTimeField: dt.datetime.fromisoformat,
    models.DateField: dt.date.fromisoformat,
    models.TimeField: dt.time.fromisoformat,
    models.UUIDField: UUID,
    models.DecimalField: Decimal,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """
    A model's rows as JSON arrays. `where` is SQL in which `it` is the row; the other names are the statement's own.

    With an `owner`, the name of the field that points to it, there may be many rows, in the order of their ids.
    """

    model: type[models.Model]
    where: str
    without: tuple[str, ...] = ()
    owner: str = ""

    @property
    def fields(self) -> "list[models.Field[Any, Any]]":
        """The columns that are read."""
        listed = self.model._meta.concrete_fields  # noqa: SLF001 - Django's documented name for it
        return [field for field in listed if field.name not in self.without]

    @property
    def query(self) -> Composable:
        """Return the subselect: one array, or with an `owner` a list of them by key."""
        row = SQL("json_build_array({})").format(SQL(", ").join(map(_column, self.fields)))
        rows = SQL("coalesce(json_agg({} ORDER BY it.id), '[]')").format(row) if self.owner else row
        return SQL("(SELECT {} FROM {} AS it WHERE {})").format(
            rows,
            Identifier(self.model._meta.db_table),  # noqa: SLF001 - as above
            SQL(self.where),
        )


def as_one_array(sources: Iterable[Source]) -> Composable:
    """Return the SQL of all their rows, as the text of one JSON array in their order."""
    return SQL("json_build_array({})::text").format(SQL(", ").join(source.query for source in sources))


def instance(source: Source, values: Sequence[Any]) -> Any:
    """Return the instance of an array; typed as anything, since the source's model says what it is."""
    names, readers = _columns(source)
    read = [
        value if reader is None or value is None else reader(value)
        for reader, value in zip(readers, values, strict=True)
    ]
    return source.model.from_db(DEFAULT_DB_ALIAS, names, read)


def remember(owner: models.Model, name: str, source: Source, rows: Iterable[Sequence[Any]]) -> None:
    """Have `owner.name.all()` answer with these rows, as after `prefetch_related`."""
    listed = [instance(source, row) for row in rows]
    for each in listed:
        setattr(each, source.owner, owner)
    known = getattr(owner, name).all()
    # Django has no public way to hand over rows that are there already.
    known._result_cache = listed  # noqa: SLF001
    known._prefetch_done = True  # noqa: SLF001
    owner.__dict__.setdefault("_prefetched_objects_cache", {})[name] = known


def _column(field: Any) -> Composable:
    # A number with decimals comes as text: as a JSON number it would be read inexactly.
    cast = SQL("::text") if isinstance(field, models.DecimalField) else SQL("")
    return SQL("it.{}{}").format(Identifier(field.column), cast)


@cache
def _columns(source: Source) -> tuple[tuple[str, ...], tuple[Callable[[Any], object] | None, ...]]:
    fields = source.fields
    return tuple(field.attname for field in fields), tuple(_READERS.get(type(field)) for field in fields)
