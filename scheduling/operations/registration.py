"""Patients enter the clinic's books here, and are corrected here."""

import datetime as dt
import secrets
from collections.abc import Mapping
from typing import Any

from django.db import IntegrityError, transaction

from cryoclinic.accounts.models import Organization
from scheduling.models import Patient
from scheduling.operations.duplicates import check_not_duplicate
from scheduling.operations.terms import PatientMerged
from scheduling.rules import latest_local_date

# Letters and digits that nobody mistakes for each other on the phone.
READ_OUT = "23456789ACDEFHJKLMNPQRTUVWXY"


class IdentifierTaken(Exception):
    """Another patient of this clinic has this identifier. Look that patient up, or use another identifier."""


class BornInFuture(ValueError):
    """This birth date has not come yet. Check the year."""


def register_patient(
    *, organization: Organization, now: dt.datetime, confirm_not_duplicate: bool = False, **facts: Any
) -> Patient:
    """
    Register a patient of an organization. `facts` are fields of the row; `now` is aware.

    :raises LikelyDuplicate: if a record may be of the same person and nobody confirmed that it is not
    :raises BornInFuture: if the birth date has not come anywhere yet
    :raises IdentifierTaken: if the organization has a patient with the same identifier
    """
    _check_birth(facts, now=now)
    if Patient.objects.of(organization).filter(identifier=facts.get("identifier", "")).exists():
        raise IdentifierTaken
    if not confirm_not_duplicate:
        check_not_duplicate(organization=organization, facts=facts)
    try:
        with transaction.atomic():
            return Patient.objects.create(organization=organization, **facts)
    except IntegrityError as error:
        raise _meaning(error) from error


def new_identifier() -> str:
    """Return a number for a patient whom the clinic has given none: "N-" and eight letters and digits, easy to read out."""
    return "N-" + "".join(secrets.choice(READ_OUT) for _ in range(8))


def correct_patient(*, patient: Patient, now: dt.datetime, **facts: Any) -> Patient:
    """
    Correct the facts that are named; all others stay as they are in the database. `now` is aware.

    :raises PatientMerged: if the record was merged into another
    :raises BornInFuture: if the birth date has not come anywhere yet
    :raises IdentifierTaken: if the organization has another patient with the same identifier
    """
    if patient.merged_into is not None:
        raise PatientMerged(merged_into=patient.merged_into.uid)
    _check_birth(facts, now=now)
    try:
        with transaction.atomic():
            Patient.objects.filter(pk=patient.pk).update(**facts)
    except IntegrityError as error:
        raise _meaning(error) from error
    patient.refresh_from_db()
    return patient


def _check_birth(facts: Mapping[str, Any], *, now: dt.datetime) -> None:
    if "birth_date" in facts and facts["birth_date"] > latest_local_date(now):
        raise BornInFuture


def _meaning(error: IntegrityError) -> Exception:
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None and diagnosis.constraint_name == "scheduling_patient_identifier_is_unique":
        return IdentifierTaken()
    return error
