"""Records that may be of one person: warned of at registration, listed for staff."""

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from cryoclinic.accounts.models import Organization
from scheduling.likeness import Identity, Likeness, likely_pairs, plain
from scheduling.likeness import likeness as compare
from scheduling.models import Patient
from scheduling.models.finding import plain_number
from scheduling.models.patient import PatientQuerySet


@dataclass(frozen=True, kw_only=True, slots=True)
class LikelyPair:
    """Two records that may be of one person, the older first, and what they have in common."""

    older: Patient
    newer: Patient
    likeness: tuple[Likeness, ...]


class LikelyDuplicate(Exception):
    """There is a record that may be of the same person. Look at it; to register nevertheless, confirm that it is not."""

    def __init__(self, *, candidates: tuple[tuple[uuid.UUID, frozenset[Likeness]], ...]) -> None:
        super().__init__(len(candidates))
        self.candidates = [
            {"uid": str(uid), "alike_in": sorted(each.value for each in found)} for uid, found in candidates
        ]


def check_not_duplicate(*, organization: Organization, facts: dict[str, Any]) -> None:
    """
    Refuse to register somebody who may be registered already.

    :raises LikelyDuplicate: naming the records by their uid, and what is alike
    """
    wanted = Identity(
        key=0,
        given_name=facts.get("given_name", ""),
        family_name=facts.get("family_name", ""),
        birth_date=facts.get("birth_date", dt.date.min),
        identifier=facts.get("identifier", ""),
        phone=facts.get("phone", ""),
    )
    near = Patient.objects.of(organization).current()
    found = [(row.uid, compare(wanted, _identity(row))) for row in _near(near, wanted).order_by("id")]
    alike = tuple((uid, common) for uid, common in found if common)
    if alike:
        raise LikelyDuplicate(candidates=alike)


def likely_duplicates(organization: Organization) -> tuple[LikelyPair, ...]:
    """Return all pairs of records of an organization that may be of one person, in two queries."""
    fields = ("id", "given_name", "family_name", "birth_date", "identifier", "phone")
    rows = Patient.objects.of(organization).current().values_list(*fields)
    pairs = likely_pairs(
        Identity(
            key=key, given_name=given, family_name=family, birth_date=birth, identifier=number, phone=phone
        )
        for key, given, family, birth, number, phone in rows
    )
    wanted = {key for one, other, _ in pairs for key in (one, other)}
    patients = Patient.objects.in_bulk(wanted)
    return tuple(
        LikelyPair(older=patients[one], newer=patients[other], likeness=tuple(sorted(common)))
        for one, other, common in pairs
    )


def _near(rows: PatientQuerySet, wanted: Identity) -> PatientQuerySet:
    near = Q(birth_date=wanted.birth_date) | Q(plain_number=plain(wanted.identifier))
    if wanted.phone:
        near |= Q(phone=wanted.phone)
    return rows.alias(plain_number=plain_number()).filter(near)


def _identity(row: Patient) -> Identity:
    return Identity(
        key=row.pk,
        given_name=row.given_name,
        family_name=row.family_name,
        birth_date=row.birth_date,
        identifier=row.identifier,
        phone=row.phone,
    )
