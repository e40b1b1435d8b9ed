"""An appointment with everything its plan reads, in one statement; wide columns that no plan reads are left out."""

import json
from functools import cache

from django.db import DEFAULT_DB_ALIAS
from psycopg.sql import SQL, Identifier, Placeholder

from cryoclinic.accounts.models import Location, Organization
from procedures.models import ProcedureType, Protocol
from scheduling.models.appointment import Appointment
from scheduling.models.evidence import Evidence, MedicationDecision
from scheduling.models.offering import ProcedureOffering
from scheduling.models.patient import MedicationStatement, Patient, PatientCondition, RelatedPerson
from scheduling.models.prepared import Prepared
from scheduling.models.rows import Source, as_one_array, instance, remember

# `a` is the appointment, `o` its offering.
_ONE = {
    "organization": Source(model=Organization, where="it.id = a.organization_id"),
    "location": Source(model=Location, where="it.id = a.location_id"),
    "protocol": Source(model=Protocol, where="it.id = a.protocol_id", without=("care",)),
    "patient": Source(model=Patient, where="it.id = a.patient_id"),
    "offering": Source(model=ProcedureOffering, where="it.id = a.offering_id"),
    "procedure_type": Source(
        model=ProcedureType, where="it.id = o.procedure_type_id", without=("sources", "indication")
    ),
}
_OF_PATIENT = {
    "medications": Source(model=MedicationStatement, where="it.patient_id = a.patient_id", owner="patient"),
    "conditions": Source(model=PatientCondition, where="it.patient_id = a.patient_id", owner="patient"),
    "evidence": Source(model=Evidence, where="it.patient_id = a.patient_id", owner="patient"),
    "related_persons": Source(model=RelatedPerson, where="it.patient_id = a.patient_id", owner="patient"),
}
_OF_APPOINTMENT = {
    "decisions": Source(model=MedicationDecision, where="it.appointment_id = a.id", owner="appointment"),
}
_AROUND = _ONE | _OF_PATIENT | _OF_APPOINTMENT


def appointment_with_facts(appointment_id: int) -> Appointment:
    """
    Return what `Appointment.objects.with_facts()` returns, in one statement.

    :raises Appointment.DoesNotExist: if there is no such appointment
    """
    rows = _statement().rows(appointment=appointment_id)
    if not rows:
        raise Appointment.DoesNotExist
    *own, around = rows[0]
    found = dict(zip(_AROUND, json.loads(around), strict=True))
    appointment = Appointment.from_db(DEFAULT_DB_ALIAS, _own_columns(), own)
    one = {name: instance(source, found[name]) for name, source in _ONE.items()}
    offering = one["offering"]
    offering.procedure_type = one.pop("procedure_type")
    if offering.location_id == appointment.location_id:
        offering.location = one["location"]
    for name, each in one.items():
        setattr(appointment, name, each)
    for name, source in _OF_PATIENT.items():
        remember(appointment.patient, name, source, found[name])
    for name, source in _OF_APPOINTMENT.items():
        remember(appointment, name, source, found[name])
    return appointment


@cache
def _statement() -> Prepared:
    query = SQL(
        "SELECT {own}, {around} FROM scheduling_appointment AS a "
        "JOIN scheduling_procedureoffering AS o ON o.id = a.offering_id WHERE a.id = {id}"
    ).format(
        own=SQL(", ").join(SQL("a.{}").format(Identifier(name)) for name in _own_columns()),
        around=as_one_array(_AROUND.values()),
        id=Placeholder("appointment"),
    )
    return Prepared(name="appointment_with_facts", text=query.as_string(), types={"appointment": "bigint"})


@cache
def _own_columns() -> tuple[str, ...]:
    return tuple(field.attname for field in Appointment._meta.concrete_fields)  # noqa: SLF001 - Django's documented name
