"""Statements as the product makes them: caught while it works, played again without it."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from django.db import connection

WRITES = ("INSERT", "UPDATE", "DELETE")


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One statement and its parameters."""

    sql: str
    params: Any

    @property
    def writes(self) -> bool:
        """Whether it changes rows."""
        return self.sql.lstrip().upper().startswith(WRITES)


@contextlib.contextmanager
def caught() -> Iterator[list[Statement]]:
    """Yield a list that fills with what this process's connection executes."""
    found: list[Statement] = []

    def catch(execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any) -> Any:
        found.append(Statement(sql=str(sql), params=params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(catch):
        yield found


def played(statements: Sequence[Statement]) -> None:
    """Execute the statements on the driver's own connection, in one transaction."""
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    with raw.transaction(), raw.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.sql, statement.params)
            if cursor.description is not None:
                cursor.fetchall()
