"""A patient enters the books from a desk: with somebody around them, and with what they agreed to. All of it or nothing."""

import datetime as dt
from typing import Any

from django.db import transaction

from cryoclinic.accounts.models import Organization, User
from notifications.codes import ContactSystem
from notifications.operations.agreed import leave_alone
from scheduling.codes import Relationship
from scheduling.models import Patient
from scheduling.operations.consent import add_related_person
from scheduling.operations.registration import new_identifier, register_patient

OF_PATIENT = (
    "given_name", "family_name", "birth_date", "sex", "language", "phone", "email", "first_name_in_messages",
)  # fmt: skip
OF_KIN = ("given_name", "family_name", "phone", "email")


def register(
    typed: dict[str, Any],
    *,
    organization: Organization,
    now: dt.datetime,
    by: User,
    confirm_not_duplicate: bool,
) -> Patient:
    """
    Register what a valid form holds. `now` is aware.

    :raises LikelyDuplicate: if a record may be of the same person and nobody confirmed that it is not
    :raises IdentifierTaken: if the organization has a patient with the same number
    """
    with transaction.atomic():
        patient = register_patient(
            organization=organization,
            now=now,
            confirm_not_duplicate=confirm_not_duplicate,
            identifier=typed["identifier"] or new_identifier(),
            **{name: typed[name] for name in OF_PATIENT},
        )
        if typed["relationship"]:
            add_related_person(
                patient=patient,
                relationship=Relationship(typed["relationship"]),
                consented=typed["kin_agreed"],
                now=now,
                by=by,
                language=typed["language"],
                is_escort=typed["is_escort"],
                **{name: typed[f"kin_{name}"] for name in OF_KIN},
            )
        for agreed, system, value in (
            ("may_text", ContactSystem.SMS, typed["phone"]),
            ("may_email", ContactSystem.EMAIL, typed["email"]),
        ):
            if value and not typed[agreed]:
                leave_alone(organization=organization, system=system, value=value, now=now)
    return patient
