"""
Taking resources: lock, free what has lapsed, write the owner, write its allocations.

The exclusion constraints decide who was first; here a refusal by the database becomes a second try or a sentence. Who
finds a resource taken once the locks are held is told so before anything is written.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TypeVar

from django.db import IntegrityError, OperationalError, transaction
from psycopg import errors

from scheduling.models import Allocation, Appointment, Hold, Patient, ProcedureOffering, Resource
from scheduling.models.prepared import Prepared
from scheduling.operations.choosing import Need, Seats, SlotTaken, choose, is_day_full
from scheduling.operations.closing import lapse_offers
from scheduling.operations.limits import check_day
from scheduling.operations.locking import Wanted, is_taken, lock_patient, lock_resources

ONE_PLACE_PER_RESOURCE = "scheduling_resource_is_in_one_place"
ONE_PLACE_PER_PATIENT = "scheduling_patient_is_in_one_place"
# A lost race is tried twice more with what is still free, the last time with nobody else choosing at the location, so
# that what is refused is taken; a deadlock that the database broke up, once more.
TRIES_AFTER_A_LOST_RACE = 2
TRIES_AFTER_A_DEADLOCK = 1

_ALLOCATE = Prepared(
    name="allocate",
    text="""
        INSERT INTO scheduling_allocation (resource_id, appointment_id, hold_id, leg, period, active)
        SELECT resource_id, %(appointment)s, %(hold)s, leg, tstzrange(begins, ends), true
        FROM unnest(%(resources)s, %(legs)s, %(begins)s, %(ends)s) AS wanted (resource_id, leg, begins, ends)
        RETURNING id
    """,
    types={
        "appointment": "bigint",
        "hold": "bigint",
        "resources": "bigint[]",
        "legs": "text[]",
        "begins": "timestamptz[]",
        "ends": "timestamptz[]",
    },
)

Owner = TypeVar("Owner", Appointment, Hold)


class PatientBusy(Exception):
    """The patient has another appointment at that time."""


class _Lost(Exception):
    """Somebody else took a resource between our choice and our writing."""


def seat(*, need: Need, patient: Patient | None, write: Callable[[], Owner]) -> Owner:
    """
    Write the owner with `write` and give it the resources it needs, all or nothing.

    One transaction for each try, a savepoint inside the caller's. `write` runs with the patient and the resources
    locked; what it raises ends the attempt and leaves nothing behind.

    :raises NoSuchResource: if the location has too little of what a leg needs
    :raises OutsideHours: if too little of it is open
    :raises DayIsFull: if no more of the offering may start on that day
    :raises SlotTaken: if too little of it is free, or somebody was faster
    :raises PatientBusy: if the patient is somewhere else then
    """
    deadlocks_left, races_left = TRIES_AFTER_A_DEADLOCK, TRIES_AFTER_A_LOST_RACE
    while True:
        try:
            return _tried(need=need, patient=patient, write=write, alone=not races_left)
        except _Lost as lost:
            races_left -= 1
            if races_left < 0 or not need.leaves_choice:
                raise _taken(need) from lost
        except OperationalError as error:
            deadlocks_left -= 1
            if not isinstance(error.__cause__, errors.DeadlockDetected):
                raise
            if deadlocks_left < 0:
                raise _taken(need) from error


def free_hold(hold: Hold, *, now: dt.datetime) -> bool:
    """Free what belongs to a hold and end it; the caller holds a transaction. Return whether it had not ended."""
    ended = Hold.objects.filter(pk=hold.pk, released_at=None).update(released_at=now)
    Allocation.objects.filter(hold=hold, active=True).update(active=False)
    return bool(ended)


def constraint_of(error: IntegrityError) -> str:
    """Return the name of the constraint that PostgreSQL says was violated; empty if it names none."""
    cause = error.__cause__
    name = cause.diag.constraint_name if isinstance(cause, errors.IntegrityError) else None
    return name or ""


def _tried(*, need: Need, patient: Patient | None, write: Callable[[], Owner], alone: bool) -> Owner:
    """Seat once, in a transaction; an offer that the patient did not answer in time stands in nobody's way."""
    try:
        with transaction.atomic():
            return _seated(need=need, patient=patient, write=write, alone=alone)
    except PatientBusy:
        if patient is None or not lapse_offers(now=need.now, patient=patient):
            raise
    with transaction.atomic():
        return _seated(need=need, patient=patient, write=write, alone=alone)


def _seated(*, need: Need, patient: Patient | None, write: Callable[[], Owner], alone: bool) -> Owner:
    if patient is not None:
        lock_patient(patient.pk)
    if need.offering is not None and need.start is not None and need.offering.most_per_day is not None:
        # Where days can be full, those who book the same thing queue.
        ProcedureOffering.objects.select_for_update(no_key=True).values_list("pk").get(pk=need.offering.pk)
        check_day(need.offering, start=need.start, now=need.now, ignored=need.ignored)
    if alone:
        # All want the first that is free: with more than three at once somebody would lose every time.
        lock_resources(Resource.objects.at(need.location).values_list("pk", flat=True))
    wanted = _wanted(need, choose(need))
    _lock(need, wanted)
    try:
        owner = write()
    except IntegrityError as error:
        if constraint_of(error) == ONE_PLACE_PER_PATIENT:
            raise PatientBusy from error
        raise
    try:
        _allocate(wanted, owner)
    except IntegrityError as error:
        if constraint_of(error) == ONE_PLACE_PER_RESOURCE:
            raise _Lost from error
        raise
    return owner


def _wanted(need: Need, seats: Seats) -> list[Wanted]:
    return [
        Wanted(leg=leg.key, resource_id=resource_id, begin=leg.begin, end=leg.end)
        for leg in need.legs
        for resource_id in seats[leg.key]
    ]


def _lock(need: Need, wanted: Sequence[Wanted]) -> None:
    """Lock what was chosen; whoever was faster has committed by now, since only one at a time holds the locks."""
    if wanted:
        limited = lock_resources({each.resource_id for each in wanted})
        at_risk = [each for each in wanted if each.resource_id in limited]
        if is_taken(wanted, now=need.now, ignored=need.ignored) or is_day_full(need, at_risk):
            raise _Lost
    if need.hold is not None:
        free_hold(need.hold, now=need.now)


def _allocate(wanted: Sequence[Wanted], owner: Appointment | Hold) -> None:
    if not wanted:
        return
    _ALLOCATE.rows(
        appointment=owner.pk if isinstance(owner, Appointment) else None,
        hold=owner.pk if isinstance(owner, Hold) else None,
        resources=[each.resource_id for each in wanted],
        legs=[each.leg for each in wanted],
        begins=[each.begin for each in wanted],
        ends=[each.end for each in wanted],
    )


def _taken(need: Need) -> SlotTaken:
    """Say what is in use now; if it has become free again meanwhile, only that somebody was faster."""
    try:
        choose(need)
    except SlotTaken as taken:
        return taken
    return SlotTaken(leg=need.legs[0].key if need.legs else "")
