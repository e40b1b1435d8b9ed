"""
The patient's medicine list: what was written, what it may mean, and who said which medicine it is.

Free text never becomes a medicine by itself. Until a person confirms it the plan knows it by its own words and asks a
clinician about it, as about any medicine without a rule.
"""

import datetime as dt
from decimal import Decimal
from typing import Any

from django.db.models import Q

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Membership, User
from procedures.medicines import MatchKind, match, read
from procedures.preparation import rule_set
from scheduling.codes import MedicineIdentity
from scheduling.models import MedicationStatement, Patient

# Who may say which medicine somebody takes [ops].
CONFIRMING = (Role.NURSE, Role.CLINICIAN)


class NothingWritten(ValueError):
    """Write the medicine as it stands on the box."""


class MayNotConfirm(Exception):
    """Only a nurse or a clinician of this clinic can say which medicine this is."""


class UnknownMedicine(LookupError):
    """This is not a name on the list of medicines. Choose one of the list, or none of them."""


class AlreadyConfirmed(Exception):
    """Somebody has said before which medicine this is. To change it, end this entry and write the medicine again."""


def register_medicine(*, patient: Patient, text: str, **facts: Any) -> MedicationStatement:
    """
    Put a medicine on the list in the words in which it was given, not confirmed, with the likeliest match.

    `facts` are further fields of the row, such as dose times. Strength and form are read from the text unless `form` is given;
    dose times never are.

    :raises NothingWritten: if there is no name in the text
    """
    statement = MedicationStatement(patient=patient, **facts)
    describe(statement, text=text)
    statement.save(force_insert=True)
    return statement


def describe(statement: MedicationStatement, *, text: str) -> None:
    """
    Fill a new entry from free text, without saving it.

    :raises NothingWritten: if there is no name in the text
    """
    words = " ".join(text.replace('"', "'").split())
    if not read(words).name:
        raise NothingWritten
    likeliest = match(words)[0]
    statement.as_written = words
    statement.drug = f'"{words}"'
    statement.identity = MedicineIdentity.UNCONFIRMED
    statement.proposed_drug = likeliest.drug
    statement.match_kind = likeliest.kind
    statement.match_confidence = Decimal(f"{likeliest.confidence:.2f}")
    statement.form = statement.form or read(words).box


def confirm_medicine(
    *, medicine: MedicationStatement, drug: str, by: User, now: dt.datetime
) -> MedicationStatement:
    """
    Say which drug of the vocabulary a medicine is; an empty `drug` says that it is none of them.

    What was signed about the list as it was no longer stands. `now` is aware.

    :raises MayNotConfirm: if `by` is neither a nurse nor a clinician of the patient's clinic
    :raises UnknownMedicine: if the rules know no such drug
    :raises AlreadyConfirmed: if it is confirmed, or was recorded by its generic name
    """
    _check_confirming(by, medicine=medicine)
    if drug and drug not in rule_set().drugs:
        raise UnknownMedicine(drug)
    named: dict[str, str] = {"identity": MedicineIdentity.UNLISTED}
    if drug:
        named = {"identity": MedicineIdentity.CONFIRMED, "drug": drug, "brand": _brand(medicine, drug)}
    waiting = MedicationStatement.objects.filter(pk=medicine.pk, identity=MedicineIdentity.UNCONFIRMED)
    if not waiting.update(**named, confirmed_by=by, confirmed_at=now):
        raise AlreadyConfirmed
    return MedicationStatement.objects.get(pk=medicine.pk)


def end_medicine(*, medicine: MedicationStatement, by: User) -> MedicationStatement:
    """
    Take an entry off the list; it stays on file and the plan reads it no more. Idempotent.

    :raises MayNotConfirm: if `by` is neither a nurse nor a clinician of the patient's clinic
    """
    _check_confirming(by, medicine=medicine)
    MedicationStatement.objects.filter(pk=medicine.pk).update(active=False)
    return MedicationStatement.objects.get(pk=medicine.pk)


def _check_confirming(by: User, *, medicine: MedicationStatement) -> None:
    held = Membership.objects.of(by).filter(
        Q(role__in=CONFIRMING), organization=medicine.patient.organization_id
    )
    if not held.exists():
        raise MayNotConfirm


def _brand(medicine: MedicationStatement, drug: str) -> str:
    """Return the name on the box: as recorded, else the brand that was written, if it is this drug's."""
    likeliest = match(medicine.as_written)[0]
    written = likeliest.name if likeliest.kind is MatchKind.BRAND and likeliest.drug == drug else ""
    return medicine.brand or written
