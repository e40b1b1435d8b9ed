"""
An appointment with everything its plan reads, in one statement.

`Appointment.objects.with_facts()` asks six questions, and the ORM takes longer to write them than PostgreSQL to answer.
Here the rows around the appointment come as JSON arrays beside it. Wide columns that no plan reads are left out: Django
fetches them if somebody asks.
"""

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS, connection, models
from psycopg.sql import SQL, Composable, Identifier

from cryoclinic.accounts.models import Location, Organization
from procedures.models import ProcedureType, Protocol
from scheduling.models.appointment import Appointment
from scheduling.models.evidence import Evidence, MedicationDecision
from scheduling.models.offering import ProcedureOffering
from scheduling.models.patient import MedicationStatement, Patient, PatientCondition, RelatedPerson

# How a column's value is read from JSON; what is not listed is what it is.
_READERS: dict[type[Any], Callable[[Any], object]] = {
    models.DateTimeField: dt.datetime.fromisoformat,
    models.DateField: dt.date.fromisoformat,
    models.TimeField: dt.time.fromisoformat,
    models.UUIDField: UUID,
    models.DecimalField: Decimal,
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Source:
    """A model's rows as JSON arrays. `where` is SQL in which `it` is the row and `a` and `o` appointment and offering."""

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


_ONE = {
    "organization": _Source(model=Organization, where="it.id = a.organization_id"),
    "location": _Source(model=Location, where="it.id = a.location_id"),
    "protocol": _Source(model=Protocol, where="it.id = a.protocol_id", without=("care",)),
    "patient": _Source(model=Patient, where="it.id = a.patient_id"),
    "offering": _Source(model=ProcedureOffering, where="it.id = a.offering_id"),
    "procedure_type": _Source(
        model=ProcedureType, where="it.id = o.procedure_type_id", without=("sources", "indication")
    ),
}
_OF_PATIENT = {
    "medications": _Source(model=MedicationStatement, where="it.patient_id = a.patient_id", owner="patient"),
    "conditions": _Source(model=PatientCondition, where="it.patient_id = a.patient_id", owner="patient"),
    "evidence": _Source(model=Evidence, where="it.patient_id = a.patient_id", owner="patient"),
    "related_persons": _Source(model=RelatedPerson, where="it.patient_id = a.patient_id", owner="patient"),
}
_OF_APPOINTMENT = {
    "decisions": _Source(model=MedicationDecision, where="it.appointment_id = a.id", owner="appointment"),
}
_AROUND = _ONE | _OF_PATIENT | _OF_APPOINTMENT


def appointment_with_facts(appointment_id: int) -> Appointment:
    """
    Return what `Appointment.objects.with_facts()` returns, in one statement.

    :raises Appointment.DoesNotExist: if there is no such appointment
    """
    with connection.cursor() as cursor:
        cursor.execute(_query(), [appointment_id])
        row = cursor.fetchone()
    if row is None:
        raise Appointment.DoesNotExist
    *own, around = row
    found = dict(zip(_AROUND, json.loads(around), strict=True))
    appointment = Appointment.from_db(DEFAULT_DB_ALIAS, _own_columns(), own)
    one = {name: _instance(source, found[name]) for name, source in _ONE.items()}
    offering = one["offering"]
    offering.procedure_type = one.pop("procedure_type")  # type: ignore[attr-defined]
    if offering.location_id == appointment.location_id:  # type: ignore[attr-defined]
        offering.location = one["location"]  # type: ignore[attr-defined]
    for name, each in one.items():
        setattr(appointment, name, each)
    for name, source in _OF_PATIENT.items():
        _remember(appointment.patient, name, source, found[name])
    for name, source in _OF_APPOINTMENT.items():
        _remember(appointment, name, source, found[name])
    return appointment


@cache
def _query() -> str:
    query = SQL(
        "SELECT {own}, json_build_array({around})::text FROM scheduling_appointment AS a "
        "JOIN scheduling_procedureoffering AS o ON o.id = a.offering_id WHERE a.id = %s"
    ).format(
        own=SQL(", ").join(SQL("a.{}").format(Identifier(name)) for name in _own_columns()),
        around=SQL(", ").join(source.query for source in _AROUND.values()),
    )
    return query.as_string()


@cache
def _own_columns() -> tuple[str, ...]:
    return tuple(field.attname for field in Appointment._meta.concrete_fields)  # noqa: SLF001 - as above


def _column(field: Any) -> Composable:
    # A number with decimals comes as text: as a JSON number it would be read inexactly.
    cast = SQL("::text") if isinstance(field, models.DecimalField) else SQL("")
    return SQL("it.{}{}").format(Identifier(field.column), cast)


@cache
def _columns(source: _Source) -> tuple[tuple[str, ...], tuple[Callable[[Any], object] | None, ...]]:
    fields = source.fields
    return tuple(field.attname for field in fields), tuple(_READERS.get(type(field)) for field in fields)


def _instance(source: _Source, values: Sequence[Any]) -> models.Model:
    names, readers = _columns(source)
    read = [
        value if reader is None or value is None else reader(value)
        for reader, value in zip(readers, values, strict=True)
    ]
    return source.model.from_db(DEFAULT_DB_ALIAS, names, read)


def _remember(owner: models.Model, name: str, source: _Source, rows: Iterable[Sequence[Any]]) -> None:
    """Have `owner.name.all()` answer with these rows, as after `prefetch_related`."""
    listed = [_instance(source, row) for row in rows]
    for each in listed:
        setattr(each, source.owner, owner)
    known = getattr(owner, name).all()
    # Django has no public way to hand over rows that are there already.
    known._result_cache = listed  # noqa: SLF001
    known._prefetch_done = True  # noqa: SLF001
    owner.__dict__.setdefault("_prefetched_objects_cache", {})[name] = known
