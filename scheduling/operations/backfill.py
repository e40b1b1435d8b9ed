"""
From a freed start to somebody who takes it.

Level-triggered: a backfill is a row that says when it wants to be looked at, and `advance_backfill` makes of it what
the present allows, however often and by however many it is called.
"""

import datetime as dt
from dataclasses import dataclass
from functools import partial

from django.db import IntegrityError, transaction

from scheduling.codes import BackfillStatus, BackfillStepKind
from scheduling.models import Backfill, Hold, ProcedureOffering, WaitlistEntry, WaitlistOffer
from scheduling.operations.actor import SYSTEM, Actor
from scheduling.operations.candidates import last_answer_at, lock_patients, ranking_of
from scheduling.operations.choosing import Need, NoSuchResource, OutsideHours, SlotTaken
from scheduling.operations.closing import (
    end_backfill,
    lapse_offers,
    note_ends_elsewhere,
    note_step,
    release,
)
from scheduling.operations.feasibility import CannotBePrepared, PlanUndecided
from scheduling.operations.limits import DayIsFull
from scheduling.operations.offers import NoLongerMeant, propose, withdraw_offers
from scheduling.operations.opening import RegionUnknown
from scheduling.operations.qualifying import NotQualified, TooCloseToTreatment
from scheduling.operations.seating import PatientBusy, seat
from scheduling.operations.slots import explain_slot
from scheduling.operations.spans import legs_at
from scheduling.operations.terms import (
    NoActiveProtocol,
    OfferingInactive,
    PatientDeceased,
    TooShortNotice,
    check_notice,
    check_start,
    protocol_in_force,
)
from scheduling.rules import LegIsEmpty
from scheduling.waiting import Ranking

NOT_TO_BE_HAD = (NoSuchResource, OutsideHours, DayIsFull, SlotTaken, LegIsEmpty, RegionUnknown)
NOT_OFFERED = (NoActiveProtocol, OfferingInactive)
NOT_FOR_THIS_PATIENT = (
    CannotBePrepared,
    NoLongerMeant,
    NotQualified,
    PatientBusy,
    PatientDeceased,
    PlanUndecided,
    TooCloseToTreatment,
    TooShortNotice,
)
# A time that must be answered sooner than this is not offered [ops].
SHORTEST_ANSWER = dt.timedelta(minutes=5)
# After a failure nobody foresaw, the others come first for so long [ops].
REST_AFTER_FAILURE = dt.timedelta(minutes=5)


class AlreadyLooking(Exception):
    """This start is being offered to those who wait already."""


class NotFree(Exception):
    """At that time something a visit needs is in use or closed. Choose a time that is free."""

    def __init__(self, *, next_start: dt.datetime | None) -> None:
        self.next_start = next_start


class BackfillHasEnded(Exception):
    """This start is no longer offered to anybody."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Round:
    """One look at a backfill: what is open, and until when somebody asked now may answer."""

    backfill: Backfill
    open: tuple[WaitlistOffer, ...]
    expires_at: dt.datetime
    now: dt.datetime

    @property
    def room(self) -> int:
        """Return how many more may be asked."""
        return self.backfill.offers_at_once - len(self.open)

    @property
    def leaves_time(self) -> bool:
        """Return whether somebody asked now has time to answer."""
        return self.expires_at - self.now >= SHORTEST_ANSWER


def start_backfill(
    *,
    offering: ProcedureOffering,
    start: dt.datetime,
    now: dt.datetime,
    by: Actor,
    offers_at_once: int = 1,
    answer_minutes: int = 120,
) -> Backfill:
    """
    Offer a free start (aware) to those who wait, by hand.

    :raises AlreadyLooking, NotFree: if that start is offered to them already, or nobody could be seen then
    :raises StartIsNaive, StartInPast, BeyondHorizon, TooShortNotice: if the start cannot be offered
    :raises OfferingInactive, NoActiveProtocol: if nothing can be booked there
    """
    offering = ProcedureOffering.objects.with_terms().get(pk=offering.pk)
    protocol_in_force(offering, now=now)
    check_start(start, offering=offering, now=now)
    check_notice(start, offering=offering, now=now)
    _check_free(start, offering=offering, now=now)
    try:
        with transaction.atomic():
            backfill = Backfill.objects.create(
                organization=offering.location.organization,
                offering=offering,
                start=start,
                offers_at_once=offers_at_once,
                answer_minutes=answer_minutes,
                next_at=now,
                opened_at=now,
            )
            note_step(backfill, kind=BackfillStepKind.STARTED, by=by, now=now)
    except IntegrityError as error:
        if Backfill.objects.looking().filter(offering=offering, start=start).exists():
            raise AlreadyLooking from error
        raise
    return backfill


def _check_free(start: dt.datetime, *, offering: ProcedureOffering, now: dt.datetime) -> None:
    """Refuse a start that nobody could have; one that is kept for somebody asked already is looked for already."""
    found = explain_slot(offering=offering, start=start, now=now)
    if found.obstacles and Backfill.objects.looking().filter(offering=offering, start=start).exists():
        raise AlreadyLooking
    if found.obstacles:
        raise NotFree(next_start=found.next_slot.start if found.next_slot else None)


def stop_backfill(*, backfill: Backfill, now: dt.datetime, by: Actor, reason: str = "") -> None:
    """
    Stop offering a start: open offers end, what was kept is free again. Those called already are called again.

    :raises BackfillHasEnded: if it is not offered any more
    """
    with transaction.atomic():
        locked = Backfill.objects.select_for_update(no_key=True).get(pk=backfill.pk)
        if locked.status != BackfillStatus.LOOKING:
            raise BackfillHasEnded
        withdraw_offers(locked, now=now, by=by)
        end_backfill(locked, status=BackfillStatus.STOPPED, reason=reason, now=now, by=by)


def due_backfills(*, now: dt.datetime, limit: int) -> list[int]:
    """End what has lapsed, and return the ids of the backfills with something to do at `now` (aware)."""
    lapse_offers(now=now)
    return list(Backfill.objects.due(now).values_list("pk", flat=True)[:limit])


def put_aside(*, backfill_id: int, now: dt.datetime) -> None:
    """Let the others come first, after a failure that nobody foresaw."""
    Backfill.objects.looking().filter(pk=backfill_id).update(next_at=now + REST_AFTER_FAILURE)


def advance_backfill(*, backfill_id: int, now: dt.datetime) -> None:
    """
    Do what a backfill wants at `now` (aware): ask the next in order, wait for answers, or end.

    Idempotent; leaves it to whoever is at it already.
    """
    with transaction.atomic():
        locked = Backfill.objects.looking().select_for_update(no_key=True, skip_locked=True, of=("self",))
        found = locked.filter(pk=backfill_id).values_list("pk", flat=True).first()
        if found is None:
            return
        # With everything its offering says, read after the lock.
        backfill = (
            Backfill.objects.with_places().prefetch_related("offering__procedure_type__legs").get(pk=found)
        )
        _advance(_round(backfill, now=now))


def _round(backfill: Backfill, *, now: dt.datetime) -> _Round:
    offers = backfill.offers.open(now).select_related("entry", "appointment").order_by("id")
    return _Round(
        backfill=backfill,
        open=tuple(offers),
        expires_at=last_answer_at(backfill, now=now),
        now=now,
    )


def _advance(turn: _Round) -> None:
    backfill, now = turn.backfill, turn.now
    note_ends_elsewhere(backfill, now=now)
    if turn.room <= 0 or (turn.open and not turn.leaves_time):
        _wait(turn, until=None)
        return
    if not turn.leaves_time:
        said = "There is no time left to offer it"
        end_backfill(backfill, status=BackfillStatus.GONE, reason=said, now=now)
        return
    try:
        ranking = ranking_of(backfill, now=now)
        if ranking.ranked:
            lock_patients(ranking)
            _keep(turn)
    except (*NOT_TO_BE_HAD, *NOT_OFFERED) as obstacle:
        _end_gone(turn, obstacle)
        return
    asked = _ask(turn, ranking)
    if asked or turn.open:
        _wait(turn, until=ranking.next_call_at if asked < turn.room else None)
    else:
        _nobody_now(turn, ranking)


def _ask(turn: _Round, ranking: Ranking) -> int:
    """Ask the first in order, as many as there is room for; return how many were asked."""
    entries = WaitlistEntry.objects.select_related(
        "patient", "instead_of__protocol", "instead_of__offering__location__organization"
    ).in_bulk([each.entry_id for each in ranking.ranked])
    asked = 0
    for each in ranking.ranked:
        if asked >= turn.room:
            break
        entry = entries[each.entry_id]
        try:
            with transaction.atomic():
                propose(
                    backfill=turn.backfill,
                    entry=entry,
                    reasons=each.reasons,
                    expires_at=turn.expires_at,
                    now=turn.now,
                    by=SYSTEM,
                )
        except NOT_FOR_THIS_PATIENT as refusal:
            said = " ".join((type(refusal).__doc__ or "").split())
            note_step(turn.backfill, kind=BackfillStepKind.REFUSED, entry=entry, reason=said, now=turn.now)
        else:
            asked += 1
    return asked


def _keep(turn: _Round) -> None:
    """Keep the resources until the last of those asked must have answered."""
    backfill, now = turn.backfill, turn.now
    if backfill.hold_id is not None:
        kept = Hold.objects.filter(pk=backfill.hold_id, released_at=None, expires_at__gt=now)
        if kept.update(expires_at=turn.expires_at):
            return
    offering = backfill.offering
    write = partial(
        Hold.objects.create,
        organization=backfill.organization,
        offering=offering,
        start=backfill.start,
        expires_at=turn.expires_at,
    )
    need = Need(location=offering.location, legs=legs_at(offering, backfill.start), now=now)
    backfill.hold = seat(need=need, patient=None, write=write)
    Backfill.objects.filter(pk=backfill.pk).update(hold=backfill.hold)


def _wait(turn: _Round, *, until: dt.datetime | None) -> None:
    """Look again when the next offer lapses, or when somebody else may be called."""
    expiries = WaitlistOffer.objects.filter(backfill=turn.backfill).open(turn.now)
    moments = [*expiries.values_list("expires_at", flat=True), *([] if until is None else [until])]
    Backfill.objects.filter(pk=turn.backfill.pk).update(next_at=min(moments, default=turn.expires_at))


def _nobody_now(turn: _Round, ranking: Ranking) -> None:
    backfill, now = turn.backfill, turn.now
    release(backfill, now=now)
    until = ranking.next_call_at
    if until is None or until + SHORTEST_ANSWER > backfill.start - dt.timedelta(
        hours=backfill.offering.notice_hours
    ):
        count = len(ranking.excluded)
        said = f"{count} on the list; none of them can take it" if count else "Nobody waits for this"
        end_backfill(backfill, status=BackfillStatus.NOBODY, reason=said, now=now)
        return
    if not backfill.steps.filter(kind=BackfillStepKind.WAITED, happened_at__gte=now - REST_AFTER_FAILURE):
        note_step(backfill, kind=BackfillStepKind.WAITED, reason="Nobody may be called now", now=now)
    Backfill.objects.filter(pk=backfill.pk).update(next_at=until, hold=None)


def _end_gone(turn: _Round, obstacle: Exception) -> None:
    said = " ".join((type(obstacle).__doc__ or "").split())
    withdraw_offers(turn.backfill, now=turn.now, by=SYSTEM)
    end_backfill(turn.backfill, status=BackfillStatus.GONE, reason=said, now=turn.now)
