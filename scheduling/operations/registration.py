"""Patients enter the clinic's books here, and are corrected here."""

from typing import Any

from django.db import IntegrityError, transaction

from cryoclinic.accounts.models import Organization
from scheduling.models import Patient


class IdentifierTaken(Exception):
    """Another patient of this clinic has this identifier. Look that patient up, or use another identifier."""


def register_patient(*, organization: Organization, **facts: Any) -> Patient:
    """
    Register a patient of an organization. `facts` are fields of the row, already checked.

    :raises IdentifierTaken: if the organization has a patient with the same identifier
    """
    try:
        with transaction.atomic():
            return Patient.objects.create(organization=organization, **facts)
    except IntegrityError as error:
        raise _meaning(error) from error


def correct_patient(*, patient: Patient, **facts: Any) -> Patient:
    """
    Correct the facts that are named; all others stay as they are in the database.

    :raises IdentifierTaken: if the organization has another patient with the same identifier
    """
    try:
        with transaction.atomic():
            Patient.objects.filter(pk=patient.pk).update(**facts)
    except IntegrityError as error:
        raise _meaning(error) from error
    patient.refresh_from_db()
    return patient


def _meaning(error: IntegrityError) -> Exception:
    diagnosis = getattr(error.__cause__, "diag", None)
    if diagnosis is not None and diagnosis.constraint_name == "scheduling_patient_identifier_is_unique":
        return IdentifierTaken()
    return error
