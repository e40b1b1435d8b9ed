"""What is on file about a patient's preparation, and what people answered."""

import datetime as dt
from decimal import Decimal

from cryoclinic.accounts.models import User
from procedures.preparation import rule_set
from scheduling.codes import AnswerCode
from scheduling.models import Appointment, Evidence, Patient, PatientAnswer, RelatedPerson
from scheduling.rules import latest_local_date


class UnknownItem(LookupError):
    """This is nothing that a preparation can ask for."""


class EvidenceNeedsADate(ValueError):
    """Say either on which day this was done or for which day it is planned, not both."""


class DoneInFuture(ValueError):
    """This day has not come yet. Write it as planned."""


class OtherPatient(Exception):
    """This belongs to another patient."""


class AlreadyVoid(Exception):
    """This entry is marked as an error already."""


def record_evidence(
    *,
    patient: Patient,
    item: str,
    now: dt.datetime,
    done_on: dt.date | None = None,
    planned_for: dt.date | None = None,
    value: Decimal | None = None,
    appointment: Appointment | None = None,
    recorded_by: User | None = None,
) -> Evidence:
    """
    Put a result or a paper on file: done on a local date, or planned for one; for one booking or for all.

    `value` is in the item's own unit.

    :raises UnknownItem: if no rule asks for such an item
    :raises EvidenceNeedsADate: unless exactly one of the two dates is given
    :raises DoneInFuture: if it is said to be done on a date that has not come anywhere yet
    :raises OtherPatient: if the appointment is somebody else's
    """
    if item not in rule_set().validity:
        raise UnknownItem(item)
    if (done_on is None) == (planned_for is None):
        raise EvidenceNeedsADate
    if done_on is not None and done_on > latest_local_date(now):
        raise DoneInFuture
    if appointment is not None and appointment.patient_id != patient.pk:
        raise OtherPatient
    return Evidence.objects.create(
        patient=patient,
        appointment=appointment,
        item=item,
        done_on=done_on,
        planned_for=planned_for,
        value=value,
        recorded_by=recorded_by,
    )


def void_evidence(*, evidence: Evidence) -> Evidence:
    """
    Mark an entry as made in error; it stays on file and counts no more.

    :raises AlreadyVoid: if somebody did so before
    """
    if not Evidence.objects.filter(pk=evidence.pk, void=False).update(void=True):
        raise AlreadyVoid
    return Evidence.objects.get(pk=evidence.pk)


def record_answer(
    *,
    appointment: Appointment,
    question: str,
    answer: AnswerCode,
    now: dt.datetime,
    related_person: RelatedPerson | None = None,
    about_start: dt.datetime | None = None,
) -> PatientAnswer:
    """
    Store an answer as it came, from the patient or from a related person.

    `about_start` is the start (aware) the person was asked about; without it, the start as it is now.

    :raises OtherPatient: if the related person is not this patient's
    """
    current = Appointment.objects.get(pk=appointment.pk)
    if related_person is not None and related_person.patient_id != current.patient_id:
        raise OtherPatient
    return PatientAnswer.objects.create(
        appointment=current,
        related_person=related_person,
        question=question,
        answer=answer,
        about_start=about_start or current.start,
        answered_at=now,
    )
