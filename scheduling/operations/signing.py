"""What every signature about a medicine needs: a clinician, words for everybody who reads them, a reason for a deviation."""

from collections.abc import Mapping

from django.db.models import Q

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Membership, User
from scheduling.models import Appointment, Patient


class NotAClinician(Exception):
    """Only a clinician of this clinic can sign or withdraw."""


class SentenceMissing(ValueError):
    """The signed sentence is missing in a language somebody will read it in."""

    def __init__(self, *, language: str) -> None:
        super().__init__(language)
        self.language = language


class ReasonMissing(ValueError):
    """Say why this is decided otherwise than the rules propose."""


def check_clinician(by: User, *, appointment: Appointment) -> None:
    """
    Let clinicians of the appointment's organization or location through.

    :raises NotAClinician: if `by` is none
    """
    here = Q(location=None) | Q(location=appointment.location_id)
    held = Membership.objects.of(by).filter(
        here, organization=appointment.organization_id, role=Role.CLINICIAN
    )
    if not held.exists():
        raise NotAClinician


def check_sentences(sentences: Mapping[str, str], *, patient: Patient, silent: bool = False) -> None:
    """
    Ask for words in the language of the patient and of everybody who may be told; none when a person phones (`silent`).

    :raises SentenceMissing: naming the first language without
    """
    if silent:
        return
    told = [person.language for person in patient.related_persons.all() if person.may_be_told]
    for language in dict.fromkeys([patient.language, *told]):
        if not sentences.get(language, "").strip():
            raise SentenceMissing(language=language)
