"""Statements that the server plans once for each connection: the few that run with every booking and every plan."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import psycopg
from django.conf import settings
from django.db import connection

# Which names a connection of this process knows. It forgets them when it closes, whatever is rolled back before.
_known: WeakKeyDictionary["psycopg.Connection[Any]", set[str]] = WeakKeyDictionary()


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """
    A statement with `%(name)s` for its values, whose types are given by name; each `name` is used once in the product.

    Django writes values into the text, so that the server plans every statement anew: for a short one that costs more
    than running it. The driver's own prepared statements would do too, but it gives them up with every rollback, and
    whoever finds a time taken rolls back.
    """

    name: str
    text: str
    types: Mapping[str, str]

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """Execute it and return its rows; one value for each of the types."""
        connection.ensure_connection()
        with connection.cursor() as cursor:
            cursor.execute(self._prepared() if settings.DATABASE_PREPARE else self._in_one(), values)
            found: list[tuple[Any, ...]] = cursor.fetchall()
            return found

    def _prepared(self) -> str:
        raw: psycopg.Connection[Any] = connection.connection
        known = _known.setdefault(raw, set())
        if self.name not in known:
            numbered = {name: f"${number}" for number, name in enumerate(self.types, start=1)}
            # Names and types are written in this package; no value from outside reaches the text.
            # A lost connection is told as Django tells it everywhere else.
            with connection.wrap_database_errors:
                raw.execute(
                    f"PREPARE {self.name} ({', '.join(self.types.values())}) AS {self.text % numbered}"
                )
            known.add(self.name)
        return f"EXECUTE {self.name} ({', '.join(f'%({name})s' for name in self.types)})"

    def _in_one(self) -> str:
        # The driver reads a doubled percent sign once more.
        text = self.text.replace("%%", "%%%%")
        return text % {name: f"%({name})s::{kind}" for name, kind in self.types.items()}
