"""The people around a patient: who they are, and whether they may be told. Every consent has somebody who wrote it down."""

import datetime as dt
from typing import Any

from django.db import transaction

from cryoclinic.accounts.models import User
from scheduling.codes import Relationship
from scheduling.models import ConsentRecord, Patient, RelatedPerson
from scheduling.operations.terms import PatientMerged


class ConsentStands(Exception):
    """This person may be told already."""


class NoConsent(Exception):
    """There is no consent to withdraw."""


def add_related_person(
    *,
    patient: Patient,
    relationship: Relationship,
    consented: bool,
    now: dt.datetime,
    by: User | None = None,
    **facts: Any,
) -> RelatedPerson:
    """
    Put a guardian or carer on file; `facts` are fields of the row. Nothing is sent to them without consent.

    :raises PatientMerged: if the record was merged into another
    """
    if patient.merged_into is not None:
        raise PatientMerged(merged_into=patient.merged_into.uid)
    with transaction.atomic():
        person = RelatedPerson.objects.create(patient=patient, relationship=relationship, **facts)
        return give_consent(person=person, now=now, by=by) if consented else person


def give_consent(*, person: RelatedPerson, now: dt.datetime, by: User | None = None) -> RelatedPerson:
    """
    Record that a person may be told from now on (aware); plans are made again.

    :raises ConsentStands: if they may be told already
    """
    with transaction.atomic():
        current = _locked(person)
        if current.may_be_told:
            raise ConsentStands
        current.consented_at, current.revoked_at = now, None
        return _recorded(current, given=True, now=now, by=by)


def withdraw_consent(*, person: RelatedPerson, now: dt.datetime, by: User | None = None) -> RelatedPerson:
    """
    Record that a person is told nothing more; from the next plan on there is silence. `now` is aware.

    :raises NoConsent: if they may not be told anyway
    """
    with transaction.atomic():
        current = _locked(person)
        if not current.may_be_told:
            raise NoConsent
        current.revoked_at = now
        return _recorded(current, given=False, now=now, by=by)


def _locked(person: RelatedPerson) -> RelatedPerson:
    # The patient first, as whoever books or merges does: the row's trigger asks for that lock as well.
    Patient.objects.select_for_update(no_key=True).values_list("pk", flat=True).get(pk=person.patient_id)
    return RelatedPerson.objects.select_for_update(no_key=True).get(pk=person.pk)


def _recorded(person: RelatedPerson, *, given: bool, now: dt.datetime, by: User | None) -> RelatedPerson:
    person.save(update_fields=["consented_at", "revoked_at"])
    ConsentRecord.objects.create(related_person=person, given=given, recorded_by=by, recorded_at=now)
    return person
