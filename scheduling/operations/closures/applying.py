"""Do what staff chose for each booking a closure hits: each by itself, all or nothing, and each result said."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from cryoclinic.accounts.models import User
from scheduling.codes import ClosureAnswer
from scheduling.models import Appointment, ClosureChoice, OpeningException, Resource
from scheduling.operations.actor import Actor, person_of
from scheduling.operations.appointments import move_appointment
from scheduling.operations.changes import AlreadyThere, StaleRevision, TransitionRefused, check_revision
from scheduling.operations.choosing import NoSuchResource, OutsideHours, SlotTaken
from scheduling.operations.closures.closing import AlreadyReopened, ClosureNeedsAReason
from scheduling.operations.closures.hits import Hit, closure_hits
from scheduling.operations.feasibility import CannotBePrepared, OverrideRefused, PlanUndecided
from scheduling.operations.limits import DayIsFull
from scheduling.operations.opening import RegionUnknown
from scheduling.operations.policies import TooLateToMove, TooManyMoves
from scheduling.operations.qualifying import NotQualified, TooCloseToTreatment
from scheduling.operations.seating import PatientBusy
from scheduling.operations.swaps import LegHasSeveral, LegNotServed, swap_leg
from scheduling.operations.terms import (
    BeyondHorizon,
    PatientDeceased,
    PatientMerged,
    StartInPast,
    StartIsNaive,
    TooShortNotice,
)
from scheduling.rules import LegIsEmpty

REASON_LENGTH = 200


class NotHit(Exception):
    """This visit is not hit by the closure, or no longer. Nothing was changed."""


class NewStartNeeded(ValueError):
    """Say when the visit moves to."""


# Everything one choice can be refused for; the others go on.
REFUSALS = (
    AlreadyThere, BeyondHorizon, CannotBePrepared, ClosureNeedsAReason, DayIsFull, LegHasSeveral, LegIsEmpty, LegNotServed,
    NewStartNeeded, NoSuchResource, NotHit, NotQualified, OutsideHours, OverrideRefused, PatientBusy,
    PatientDeceased, PatientMerged, PlanUndecided, RegionUnknown, SlotTaken, StaleRevision, StartInPast, StartIsNaive, TooCloseToTreatment,
    TooLateToMove, TooManyMoves, TooShortNotice, TransitionRefused,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """
    What somebody chose for one visit, as they saw it at `revision`.

    A swap takes `taking`, or whatever fits; a move goes to `start` (aware); leaving it as it is needs a `reason`.
    """

    appointment: Appointment
    revision: int
    answer: ClosureAnswer
    taking: Resource | None = None
    start: dt.datetime | None = None
    reason: str = ""
    override_reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of a choice. `refusal` is None when it was done; then `appointment` is as it is now."""

    appointment: Appointment
    answer: ClosureAnswer
    refusal: Exception | None


def apply_choices(
    *, closure: OpeningException, choices: Iterable[Choice], now: dt.datetime, by: Actor
) -> tuple[Outcome, ...]:
    """
    Do each choice in a transaction of its own, in the order given; return what became of each.

    One that is refused changes nothing and does not keep the others from being done. Doing the same twice is refused,
    since each names the revision it was chosen for; a visit that was left as it is for that reason stays so, once.

    :raises PersonNeeded: if a program asks
    :raises AlreadyReopened: if the closure no longer counts
    """
    person = person_of(by)
    current = OpeningException.objects.closures().get(pk=closure.pk)
    if current.reopened_at is not None:
        raise AlreadyReopened
    hits = {each.appointment.pk: each for each in closure_hits(current, now=now)}
    return tuple(
        _outcome(current, choice, hits.get(choice.appointment.pk), person=person, now=now, by=by)
        for choice in choices
    )


def _outcome(
    closure: OpeningException, choice: Choice, hit: Hit | None, *, person: User, now: dt.datetime, by: Actor
) -> Outcome:
    try:
        with transaction.atomic():
            if hit is None:
                raise NotHit
            done = _do(closure, choice, hit, now=now, by=by)
            if not _is_on_record(choice, hit):
                _record(closure, choice, done, person=person, now=now)
    except REFUSALS as refusal:
        return Outcome(appointment=choice.appointment, answer=choice.answer, refusal=refusal)
    return Outcome(appointment=done, answer=choice.answer, refusal=None)


def _is_on_record(choice: Choice, hit: Hit) -> bool:
    return choice.answer == ClosureAnswer.LEAVE and hit.left == choice.reason[:REASON_LENGTH]


def _record(
    closure: OpeningException, choice: Choice, done: Appointment, *, person: User, now: dt.datetime
) -> None:
    ClosureChoice.objects.create(
        closure=closure,
        appointment=done,
        answer=choice.answer,
        about_start=done.start,
        reason=choice.reason[:REASON_LENGTH],
        user=person,
        chosen_at=now,
    )


def _do(closure: OpeningException, choice: Choice, hit: Hit, *, now: dt.datetime, by: Actor) -> Appointment:
    why = f"Closed: {closure.reason}. {choice.reason}".strip()[:REASON_LENGTH]
    if choice.answer == ClosureAnswer.SWAP:
        return _swap(choice, hit, reason=why, now=now, by=by)
    if choice.answer == ClosureAnswer.MOVE:
        return _move(choice, reason=why, now=now, by=by)
    check_revision(hit.appointment, choice.revision)
    if not choice.reason.strip():
        raise ClosureNeedsAReason
    return hit.appointment


def _swap(choice: Choice, hit: Hit, *, reason: str, now: dt.datetime, by: Actor) -> Appointment:
    swapped, revision = hit.appointment, choice.revision
    for each in hit.allocations:
        swapped = swap_leg(
            appointment=swapped,
            leg=each.leg,
            leaving=each.resource,
            taking=choice.taking,
            reason=reason,
            expected_revision=revision,
            now=now,
            by=by,
        )
        revision = swapped.revision
    return swapped


def _move(choice: Choice, *, reason: str, now: dt.datetime, by: Actor) -> Appointment:
    if choice.start is None:
        raise NewStartNeeded
    return move_appointment(
        appointment=choice.appointment,
        start=choice.start,
        reason=reason,
        override_reason=choice.override_reason,
        expected_revision=choice.revision,
        at_our_wish=True,
        now=now,
        by=by,
    )
