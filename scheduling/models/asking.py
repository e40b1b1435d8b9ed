"""Who asks and what for: a patient and an offering with everything a booking judges, in one statement."""

import json
from dataclasses import dataclass
from functools import cache

from psycopg.sql import SQL, Placeholder

from cryoclinic.accounts.models import Location, Organization
from procedures.models import ProcedureLeg, ProcedureType, Protocol
from scheduling.models.evidence import Evidence
from scheduling.models.offering import ProcedureOffering
from scheduling.models.patient import MedicationStatement, Patient, PatientCondition
from scheduling.models.prepared import Prepared
from scheduling.models.rows import Source, as_one_array, instance, remember
from scheduling.models.treatment import OtherTreatment

# `o` is the offering, `l` its location, `p` the patient.
_ONE = {
    "offering": Source(model=ProcedureOffering, where="it.id = o.id"),
    "location": Source(model=Location, where="it.id = l.id"),
    "organization": Source(model=Organization, where="it.id = l.organization_id"),
    "procedure_type": Source(
        model=ProcedureType, where="it.id = o.procedure_type_id", without=("sources", "indication")
    ),
    "patient": Source(model=Patient, where="it.id = p.id"),
}
_PROTOCOL = Source(model=Protocol, where="it.id = o.protocol_id", without=("care",))
_LEGS = Source(model=ProcedureLeg, where="it.procedure_type_id = o.procedure_type_id", owner="procedure_type")
# What is on file about a patient `p`.
OF_PATIENT = {
    "medications": Source(model=MedicationStatement, where="it.patient_id = p.id", owner="patient"),
    "conditions": Source(model=PatientCondition, where="it.patient_id = p.id", owner="patient"),
    "evidence": Source(model=Evidence, where="it.patient_id = p.id", owner="patient"),
    "other_treatments": Source(model=OtherTreatment, where="it.patient_id = p.id", owner="patient"),
}
_AROUND = _ONE | {"protocol": _PROTOCOL, "legs": _LEGS} | OF_PATIENT


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """A patient as `with_facts()` returns them, with their other treatments, and an offering as `with_terms()` does."""

    offering: ProcedureOffering
    patient: Patient


def asked_for(*, offering_id: int, patient_id: int) -> Asked:
    """
    Return a patient and an offering as they are stored now, in one statement.

    :raises ProcedureOffering.DoesNotExist: if there is no such offering
    :raises Patient.DoesNotExist: if there is no such patient
    """
    rows = _statement().rows(offering=offering_id, patient=patient_id)
    if not rows:
        raise _missing(offering_id)
    found = dict(zip(_AROUND, json.loads(rows[0][0]), strict=True))
    one = {name: instance(source, found[name]) for name, source in _ONE.items()}
    offering, patient = one["offering"], one["patient"]
    offering.location, offering.procedure_type = one["location"], one["procedure_type"]
    offering.location.organization = one["organization"]
    offering.protocol = None if found["protocol"] is None else instance(_PROTOCOL, found["protocol"])
    remember(offering.procedure_type, "legs", _LEGS, found["legs"])
    for name, source in OF_PATIENT.items():
        remember(patient, name, source, found[name])
    return Asked(offering=offering, patient=patient)


def _missing(offering_id: int) -> Exception:
    there = ProcedureOffering.objects.filter(pk=offering_id).exists()
    return Patient.DoesNotExist() if there else ProcedureOffering.DoesNotExist()


@cache
def _statement() -> Prepared:
    query = SQL(
        "SELECT {around} FROM scheduling_procedureoffering AS o "
        "JOIN accounts_location AS l ON l.id = o.location_id "
        "CROSS JOIN scheduling_patient AS p WHERE o.id = {offering} AND p.id = {patient}"
    ).format(
        around=as_one_array(_AROUND.values()),
        offering=Placeholder("offering"),
        patient=Placeholder("patient"),
    )
    return Prepared(
        name="asked_for", text=query.as_string(), types={"offering": "bigint", "patient": "bigint"}
    )
