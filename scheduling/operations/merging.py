"""
Two records of one person become one: everything follows, the other record stays and points here.

Not to be undone: what came from where is no longer told apart. Each field on which both differ is chosen by a person.
"""

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Mapping
from typing import Any, Literal

import pgtrigger
from django.db import transaction

from cryoclinic.accounts.models import User
from scheduling.codes import WaitlistStatus
from scheduling.models import (
    Appointment,
    Evidence,
    Hold,
    MedicationStatement,
    OtherTreatment,
    Patient,
    PatientCondition,
    PatientMerge,
    PayerAuthorization,
    RelatedPerson,
    Series,
    WaitlistEntry,
)
from scheduling.operations.actor import Actor
from scheduling.operations.fulfilment import settle_waiting_of
from scheduling.operations.terms import OtherOrganization, PatientMerged

Side = Literal["kept", "merged"]

FIELDS = (
    "given_name",
    "family_name",
    "birth_date",
    "sex",
    "identifier",
    "language",
    "zone",
    "phone",
    "email",
    "first_name_in_messages",
    "breast_fed",
    "formula_fed",
)
# Always different; unless somebody chooses otherwise, the number of the record that stays.
DECIDED_BY_ITSELF = frozenset({"identifier"})
# Everything of this package that belongs to a patient; other packages look where a visit has gone.
FOLLOWING: dict[str, type[Any]] = {
    "visits": Appointment,
    "evidence": Evidence,
    "medicines": MedicationStatement,
    "conditions": PatientCondition,
    "related persons": RelatedPerson,
    "other treatments": OtherTreatment,
    "authorizations": PayerAuthorization,
    "holds": Hold,
    "series": Series,
    "waiting list entries": WaitlistEntry,
}
WAITS_FOR = ("procedure_type", "target")
# What two entries of the same medicine have in common.
SAME_MEDICINE = ("drug", "dose_times", "weekdays", "regimen", "route", "phase", "high_dose", "brand", "form")


class SamePatient(Exception):
    """This is one record already. Choose the other one."""


class DeathOnOneRecord(Exception):
    """One of the records says that the patient has died. Make them agree first: record it on both, or correct it."""


class IdentityUndecided(Exception):
    """The records differ. Say for each of these fields which record is right."""

    def __init__(self, *, fields: tuple[str, ...]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


class BookingsOverlap(Exception):
    """Both records have a visit at the same time, and nobody is in two places. Move or cancel one of them first."""

    def __init__(self, *, visits: tuple[uuid.UUID, ...]) -> None:
        super().__init__(len(visits))
        self.visits = visits


class RecordsChanged(Exception):
    """One of the records has changed since you looked at them. Look again, then merge."""


class WaitsTwice(Exception):
    """Both records wait for the same procedure. Take one of them off the waiting list first."""


def differing_fields(kept: Patient, merged: Patient) -> tuple[str, ...]:
    """Return the fields on which both records say something else, so that somebody must choose."""
    return tuple(
        name
        for name in FIELDS
        if name not in DECIDED_BY_ITSELF
        and getattr(kept, name) != getattr(merged, name)
        and "" not in {getattr(kept, name), getattr(merged, name)}
    )


def overlapping_visits(kept: Patient, merged: Patient) -> tuple[Appointment, ...]:
    """Return the visits of either record that stand in the way of the other's."""
    rows = list(Appointment.objects.occupying().filter(patient__in=[kept, merged]).order_by("start", "id"))
    return tuple(
        row
        for row in rows
        if any(
            row.patient_id != other.patient_id
            and row.period.lower < other.period.upper
            and other.period.lower < row.period.upper
            for other in rows
        )
    )


def seen_as(kept: Patient, merged: Patient) -> str:
    """Return a hash of what both records say of the person, to know later whether somebody has changed it."""
    said = [
        [row.pk, str(row.deceased_on), row.merged_into_id, *_identity(row).values()] for row in (kept, merged)
    ]
    return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


def merge_patients(
    *,
    kept: Patient,
    merged: Patient,
    chosen: Mapping[str, Side],
    by: User,
    now: dt.datetime,
    seen: str | None = None,
) -> PatientMerge:
    """
    Make everything of `merged` belong to `kept`, all or nothing. `now` is aware.

    Plans are made again by the triggers; a signature whose basis changes, such as a longer medicine list, no longer
    stands. Who was told what follows with the next plan of each visit. `seen` is what `seen_as` returned when somebody
    looked; None means whatever the records say now.

    :raises SamePatient: if both are one record
    :raises RecordsChanged: if they say something else than when they were `seen`
    :raises OtherOrganization: if they belong to different clinics
    :raises PatientMerged: if one of them was merged before
    :raises DeathOnOneRecord: if only one says that the patient has died, or they say it differently
    :raises IdentityUndecided: naming the fields that differ and that nobody chose
    :raises BookingsOverlap: naming the visits that are in each other's way
    :raises WaitsTwice: if both wait for the same procedure
    """
    if kept.pk == merged.pk:
        raise SamePatient
    with transaction.atomic():
        kept, merged = _locked(kept, merged)
        if seen is not None and seen != seen_as(kept, merged):
            raise RecordsChanged
        _check(kept, merged, chosen=chosen)
        before = {"kept": _identity(kept), "merged": _identity(merged)}
        followed = _follow(kept, merged)
        _take_over(kept, merged, chosen=chosen)
        _become_one(kept, merged, now=now, by=by)
        facts = {"chosen": {name: chosen[name] for name in FIELDS if name in chosen}, "before": before}
        return PatientMerge.objects.create(
            kept=kept, merged=merged, followed=followed, merged_by=by, merged_at=now, **facts
        )


def _become_one(kept: Patient, merged: Patient, *, now: dt.datetime, by: User) -> None:
    """Close one record into the other, and have the visits of either end what the other waited for."""
    Patient.objects.filter(pk=merged.pk).update(merged_into=kept)
    settle_waiting_of(kept, now=now, by=Actor(user=by))


def _locked(kept: Patient, merged: Patient) -> tuple[Patient, Patient]:
    rows = Patient.objects.select_for_update(no_key=True).filter(pk__in={kept.pk, merged.pk})
    found = {row.pk: row for row in rows.order_by("pk")}
    return found[kept.pk], found[merged.pk]


def _check(kept: Patient, merged: Patient, *, chosen: Mapping[str, Side]) -> None:
    if kept.organization_id != merged.organization_id:
        raise OtherOrganization
    for record in (kept, merged):
        if record.merged_into is not None:
            raise PatientMerged(merged_into=record.merged_into.uid)
    if kept.deceased_on != merged.deceased_on:
        raise DeathOnOneRecord
    undecided = tuple(name for name in differing_fields(kept, merged) if name not in chosen)
    if undecided:
        raise IdentityUndecided(fields=undecided)
    overlapping = overlapping_visits(kept, merged)
    if overlapping:
        raise BookingsOverlap(visits=tuple(row.uid for row in overlapping))
    waiting = WaitlistEntry.objects.filter(status=WaitlistStatus.WAITING)
    procedures = [set(waiting.filter(patient=row).values_list(*WAITS_FOR)) for row in (kept, merged)]
    if procedures[0] & procedures[1]:
        raise WaitsTwice


def _identity(record: Patient) -> dict[str, Any]:
    values = {name: getattr(record, name) for name in FIELDS}
    return {
        name: value.isoformat() if isinstance(value, dt.date) else value for name, value in values.items()
    }


def _follow(kept: Patient, merged: Patient) -> dict[str, int]:
    """Have every row of this package that belongs to one record belong to the other; return how many, by kind."""
    _settle_conditions(kept, merged)
    _settle_medicines(kept, merged)
    # What was agreed in a series stays as it is, but for whose it is.
    with pgtrigger.ignore("scheduling.Series:series_is_kept"):
        moved = {
            name: rows.objects.filter(patient=merged).update(patient=kept) for name, rows in FOLLOWING.items()
        }
    return {name: count for name, count in moved.items() if count}


def _settle_conditions(kept: Patient, merged: Patient) -> None:
    """Of a condition on both records one stays: the one that holds longer."""
    own = {row.code: row for row in kept.conditions.all()}
    for row in PatientCondition.objects.filter(patient=merged, code__in=own):
        mine = own[row.code]
        if mine.holds_until is not None and (row.holds_until is None or row.holds_until > mine.holds_until):
            PatientCondition.objects.filter(pk=mine.pk).update(holds_until=row.holds_until)
        row.delete()


def _settle_medicines(kept: Patient, merged: Patient) -> None:
    """A medicine that both lists have word for word counts once; what differs stays for a person to sort out."""
    own = [_medicine(row) for row in kept.medications.filter(active=True)]
    twice = [row.pk for row in merged.medications.filter(active=True) if _medicine(row) in own]
    MedicationStatement.objects.filter(pk__in=twice).update(active=False)


def _medicine(row: MedicationStatement) -> tuple[object, ...]:
    return tuple(getattr(row, name) for name in SAME_MEDICINE)


def _take_over(kept: Patient, merged: Patient, *, chosen: Mapping[str, Side]) -> None:
    facts = {}
    for name in FIELDS:
        mine, theirs = getattr(kept, name), getattr(merged, name)
        if mine != theirs and (chosen.get(name) == "merged" or (mine == "" and name not in chosen)):
            facts[name] = theirs
    if "identifier" in facts:
        # Two numbers that are each unique change places by way of a third.
        Patient.objects.filter(pk=merged.pk).update(identifier=merged.uid.hex)
        Patient.objects.filter(pk=kept.pk).update(identifier=facts["identifier"])
        Patient.objects.filter(pk=merged.pk).update(identifier=kept.identifier)
    if facts:
        Patient.objects.filter(pk=kept.pk).update(**facts)
