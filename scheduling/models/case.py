"""
From rows to a case: what the preparation engine reads about a patient and a start.

Reads only. With `Appointment.objects.with_facts()` it makes no query of its own.
"""

import datetime as dt
import hashlib
import json
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import TypedDict

from procedures.codes import Anaesthesia
from procedures.models import Protocol
from procedures.preparation import Case, EvidenceEntry, Medication, PatientFacts, Policy
from scheduling.models.appointment import Appointment
from scheduling.models.evidence import Evidence
from scheduling.models.offering import ProcedureOffering
from scheduling.models.patient import MedicationStatement, Patient

# A kidney value older than this at the visit counts as unknown [ops] (clinical.md 3.1).
KIDNEY_VALUE_DAYS = 30
SEDATED = frozenset(Anaesthesia.values) - {Anaesthesia.NONE, Anaesthesia.LOCAL}


class _DatedFacts(TypedDict):
    """What of a patient's facts depends on the day."""

    age_years: float
    creatinine_clearance: float | None
    egfr: float | None
    conditions: frozenset[str]


def case_of(appointment: Appointment) -> Case:
    """Return the case of a booking as it stands."""
    offering = appointment.offering
    return case_for(
        patient=appointment.patient,
        offering=offering,
        protocol=appointment.protocol,
        start=appointment.start,
        known_at=appointment.known_at,
        anaesthesia=appointment.anaesthesia,
        guidance=appointment.guidance,
        target=appointment.target,
        contrast=appointment.contrast,
        booking=appointment,
    )


def case_for(
    *,
    patient: Patient,
    offering: ProcedureOffering,
    protocol: Protocol,
    start: dt.datetime,
    known_at: dt.datetime,
    anaesthesia: str,
    guidance: str,
    target: str = "",
    contrast: str = "none",
    booking: Appointment | None = None,
) -> Case:
    """
    Return the case of a patient and a start, booked or only thought of.

    `start` and `known_at` (when the start is or would be known) are aware; dates are the location's. A booking is
    planned under the rules it was booked under, anything else under those its protocol was approved under.
    """
    zone = offering.location.tz
    day = start.astimezone(zone).date()
    evidence = evidence_for(patient, booking=booking)
    return Case(
        id=str(booking.uid) if booking else f"{patient.uid}",
        procedure=offering.procedure_type.code,
        target=target or None,
        anaesthesia=anaesthesia,
        guidance=guidance,
        contrast=contrast,
        start=start,
        zone=zone,
        booked_on=known_at.astimezone(zone).date(),
        patient=_facts(patient, day=day, evidence=evidence),
        evidence=tuple(_entry(each) for each in evidence),
        policy=Policy(approved_languages=frozenset(protocol.languages)),
        rule_set_sha256=booking.rule_set_sha256 if booking else protocol.rule_set_sha256,
    )


def facts_on(
    day: dt.date, *, facts: PatientFacts, patient: Patient, evidence: list[Evidence]
) -> PatientFacts:
    """
    Return the facts of a case of one and the same patient and `evidence` as they are on another local day.

    Quicker than another case: only what the calendar makes of them is read again, and mostly they stay the very same.
    """
    dated = _dated_facts(patient, day=day, evidence=evidence)
    same = all(getattr(facts, name) == value for name, value in dated.items())
    return facts if same else replace(facts, **dated)


def _entry(evidence: Evidence) -> EvidenceEntry:
    return EvidenceEntry(
        item=evidence.item,
        on=evidence.done_on,
        planned_for=evidence.planned_for,
        value=_number(evidence.value),
    )


def basis_sha256(*, case: Case, protocol_id: int, rule_set_sha256: str) -> str:
    """
    Return the hash of everything a medication decision rests on.

    Start, medicines, kidney function, procedure, anaesthesia, conditions, protocol version and rule set: when one
    of them changes the hash does, and the signature no longer stands.
    """
    basis = {
        "start": case.start.astimezone(dt.UTC).isoformat(),
        "procedure": [case.procedure, case.target, case.anaesthesia, case.contrast],
        "kidney": [case.patient.creatinine_clearance, case.patient.egfr],
        "conditions": sorted(case.patient.conditions),
        "medicines": sorted(repr(medicine) for medicine in case.patient.medications),
        "protocol": protocol_id,
        "rule_set": rule_set_sha256,
    }
    return hashlib.sha256(json.dumps(basis, sort_keys=True).encode()).hexdigest()


def basis_of(appointment: Appointment) -> str:
    """Return the basis hash of a booking as it stands."""
    return basis_sha256(
        case=case_of(appointment),
        protocol_id=appointment.protocol_id,
        rule_set_sha256=appointment.rule_set_sha256,
    )


def _counts_for(entry: Evidence, booking: Appointment | None) -> bool:
    return entry.appointment_id is None or (booking is not None and entry.appointment_id == booking.pk)


def _facts(patient: Patient, *, day: dt.date, evidence: list[Evidence]) -> PatientFacts:
    return PatientFacts(
        sex=patient.sex,
        language=patient.language,
        **_dated_facts(patient, day=day, evidence=evidence),
        medications=tuple(_medication(entry) for entry in patient.medications.all() if entry.active),
    )


def _dated_facts(patient: Patient, *, day: dt.date, evidence: list[Evidence]) -> _DatedFacts:
    return _DatedFacts(
        age_years=patient.age_on(day),
        creatinine_clearance=_recent(evidence, "creatinine_clearance", day),
        egfr=_recent(evidence, "egfr", day),
        conditions=_conditions(patient, day),
    )


def evidence_for(patient: Patient, *, booking: Appointment | None) -> list[Evidence]:
    """Return what on file counts for a booking, or for one that is only thought of."""
    return [entry for entry in patient.evidence.all() if not entry.void and _counts_for(entry, booking)]


def _conditions(patient: Patient, day: dt.date) -> frozenset[str]:
    codes = {c.code for c in patient.conditions.all() if c.holds_until is None or day <= c.holds_until}
    fed = {"breast_fed": patient.breast_fed, "formula_fed": patient.formula_fed}
    return frozenset(codes | {code for code, holds in fed.items() if holds})


def _recent(evidence: list[Evidence], item: str, day: dt.date) -> float | None:
    """Return the latest value measured at most `KIDNEY_VALUE_DAYS` before the day."""
    measured = [
        (entry.done_on, entry.pk, entry.value)
        for entry in evidence
        if entry.item == item
        and entry.value is not None
        and entry.done_on is not None
        and dt.timedelta(0) <= day - entry.done_on <= dt.timedelta(days=KIDNEY_VALUE_DAYS)
    ]
    return _number(max(measured)[2]) if measured else None


def _medication(entry: MedicationStatement) -> Medication:
    return Medication(
        drug=entry.drug,
        dose_times=_times(tuple(entry.dose_times)),
        weekdays=tuple(entry.weekdays),
        regimen=entry.regimen or None,
        route=entry.route or None,
        phase=entry.phase or None,
        high_dose=bool(entry.high_dose),
    )


# Most drugs are taken at the same few times of day.
@lru_cache(maxsize=4096)
def _times(texts: tuple[str, ...]) -> tuple[dt.time, ...]:
    return tuple(dt.time.fromisoformat(text) for text in sorted(texts))


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
