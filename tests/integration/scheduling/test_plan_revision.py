"""Whatever a plan reads raises its revision, in the database; what it does not read leaves it alone."""

import datetime as dt
from collections.abc import Callable

import pytest
from builders import NOW, START, Clinic, book, make_medication, make_patient
from django.db.models import F

from cryoclinic.accounts.models import Location
from scheduling.codes import AppointmentStatus, CancellationReason
from scheduling.models import (
    Appointment,
    Evidence,
    MedicationDecision,
    MedicationStatement,
    Patient,
    PatientAnswer,
    PatientCondition,
    ProcedureOffering,
    RelatedPerson,
    Resource,
)
from scheduling.operations import cancel_appointment, move_appointment

Change = Callable[[Clinic, Appointment], object]


def decide(clinic: Clinic, appointment: Appointment) -> MedicationDecision:
    return MedicationDecision.objects.create(
        appointment=appointment,
        drug="apixaban",
        kind="continue",
        sentences={"en": "Go on."},
        basis_sha256="0" * 64,
        signed_by=clinic.cleo,
        signed_at=NOW,
    )


def withdraw(clinic: Clinic, appointment: Appointment) -> None:
    MedicationDecision.objects.update(withdrawn_at=NOW, withdrawn_by=clinic.cleo)


def answer(clinic: Clinic, appointment: Appointment) -> PatientAnswer:
    return PatientAnswer.objects.create(
        appointment=appointment, question="confirm", answer="accepted", about_start=START, answered_at=NOW
    )


def relate(clinic: Clinic, appointment: Appointment) -> RelatedPerson:
    return RelatedPerson.objects.create(
        patient=clinic.pia, given_name="Peter", family_name="Novak", relationship="carer"
    )


RAISING: dict[str, Change] = {
    "patient": lambda c, a: Patient.objects.filter(pk=c.pia.pk).update(language="es"),
    "medication added": lambda c, a: make_medication(c.pia, "apixaban"),
    "medication changed": lambda c, a: MedicationStatement.objects.update(active=False),
    "medication removed": lambda c, a: MedicationStatement.objects.all().delete(),
    "condition": lambda c, a: PatientCondition.objects.create(patient=c.pia, code="hfref"),
    "condition removed": lambda c, a: PatientCondition.objects.all().delete(),
    "evidence": lambda c, a: Evidence.objects.create(patient=c.pia, item="inr", done_on=dt.date(2027, 3, 1)),
    "evidence void": lambda c, a: Evidence.objects.update(void=True),
    "related person": relate,
    "related person revoked": lambda c, a: RelatedPerson.objects.update(consented_at=NOW, revoked_at=NOW),
    "decision": decide,
    "decision withdrawn": withdraw,
    "answer": answer,
    "location": lambda c, a: Location.objects.filter(pk=c.london.pk).update(quiet_from=dt.time(20)),
    "offering": lambda c, a: ProcedureOffering.objects.filter(pk=c.offering.pk).update(notice_hours=48),
    "appointment itself": lambda c, a: Appointment.objects.filter(pk=a.pk).update(target="left"),
    "move": lambda c, a: move_appointment(
        appointment=a, start=START + dt.timedelta(days=1), now=NOW, by=c.staff, expected_revision=1
    ),
    "cancellation": lambda c, a: cancel_appointment(
        appointment=a, reason=CancellationReason.PATIENT, now=NOW, by=c.staff
    ),
}

# Change again what another row of the table has made.
ON_TOP_OF = {
    "medication changed": "medication added",
    "medication removed": "medication added",
    "condition removed": "condition",
    "evidence void": "evidence",
    "related person revoked": "related person",
    "decision withdrawn": "decision",
}

UNRELATED: dict[str, Change] = {
    "another patient": lambda c, a: make_patient(c.organization),
    "another patient's medicine": lambda c, a: make_medication(make_patient(c.organization), "apixaban"),
    "another location": lambda c, a: Location.objects.filter(pk=c.new_york.pk).update(quiet_from=dt.time(20)),
    "another offering": lambda c, a: ProcedureOffering.objects.filter(pk=c.offering_new_york.pk).update(
        notice_hours=48
    ),
    "another appointment": lambda c, a: book(c, start=START + dt.timedelta(days=2)),
    "a resource": lambda c, a: Resource.objects.filter(location=c.london).update(active=False),
    "nothing": lambda c, a: Patient.objects.filter(pk=c.pia.pk).update(language="en"),
    "the revision": lambda c, a: Appointment.objects.filter(pk=a.pk).update(revision=F("revision") + 1),
}


def plan_revision(appointment: Appointment) -> int:
    return Appointment.objects.values_list("plan_revision", flat=True).get(pk=appointment.pk)


@pytest.mark.parametrize("name", RAISING)
def test_plan_revision_rises_with_what_the_plan_reads(clinic: Clinic, name: str) -> None:
    appointment = book(clinic)
    if name in ON_TOP_OF:
        RAISING[ON_TOP_OF[name]](clinic, appointment)
    before = plan_revision(appointment)

    RAISING[name](clinic, appointment)

    assert plan_revision(appointment) == before + 1


@pytest.mark.parametrize("name", UNRELATED)
def test_plan_revision_stays_with_everything_else(clinic: Clinic, name: str) -> None:
    appointment = book(clinic)

    UNRELATED[name](clinic, appointment)

    assert plan_revision(appointment) == 1


@pytest.mark.parametrize("status", [AppointmentStatus.NOSHOW, AppointmentStatus.ENTERED_IN_ERROR])
def test_plan_revision_stays_when_nothing_is_owed_any_more(clinic: Clinic, status: AppointmentStatus) -> None:
    appointment = book(clinic)
    Appointment.objects.filter(pk=appointment.pk).update(status=status)
    before = plan_revision(appointment)

    RAISING["patient"](clinic, appointment)

    assert plan_revision(appointment) == before
