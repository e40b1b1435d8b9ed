"""Find the starts at which everything needed is free and this patient can still be prepared. Reads only."""

import datetime as dt
import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Unpack

from scheduling.availability import Assignment, Candidate, Supply, Window, aligned, between, search
from scheduling.models import Patient, ProcedureOffering
from scheduling.operations.limits import full_days_of_offering
from scheduling.operations.qualifying import NotQualified
from scheduling.operations.slots.inquiry import (
    Audience,
    Ground,
    Inquiry,
    Wish,
    ground_of,
    inquiry_of,
    supply_in,
)
from scheduling.operations.slots.outlook import SlotState, Verdict
from scheduling.operations.slots.supply import PATIENT_LEG
from scheduling.operations.terms import StartIsNaive

# How many days are read at once. The first slots are mostly near; each miss reads twice as far. [ops]
FIRST_STRETCH = dt.timedelta(days=4)
LONGEST_STRETCH = dt.timedelta(days=64)
NOTHING_READ: Mapping[Window, Supply] = {}


@dataclass(frozen=True, kw_only=True, slots=True)
class Slot:
    """
    A start that is offered (UTC), by whom.

    `reason` is for staff, and empty unless the state is provisional or too soon.
    """

    offering: ProcedureOffering
    start: dt.datetime
    state: SlotState
    reason: str
    candidate: Candidate = field(repr=False, compare=False)

    @property
    def planned_end(self) -> dt.datetime:
        """Return when the procedure is planned to end (UTC)."""
        return self.start + dt.timedelta(minutes=self.offering.planned_minutes)

    @property
    def assignment(self) -> Assignment:
        """Return who would serve each leg: leg key to resource ids."""
        return {key: ids for key, ids in self.candidate.assignment.items() if key != PATIENT_LEG}


def find_slots(
    *,
    offering: ProcedureOffering,
    patient: Patient | None = None,
    first: dt.datetime,
    until: dt.datetime,
    limit: int | None = None,
    now: dt.datetime,
    audience: Audience = "staff",
    with_too_soon: bool = False,
    **wish: Unpack[Wish],
) -> list[Slot]:
    """
    Return the first `limit` slots (None: all) that start in the half-open period, in the order of time.

    All times are aware; slots are in UTC, on the offering's grid of the local clock, within its notice and
    horizon. A portal is shown only what can be booked now; staff also see provisional slots and, if they ask for
    them, those that come too soon. The number of queries depends on how far ahead the slots lie, never on how
    many resources or bookings there are.

    :raises StartIsNaive: if a time has no zone
    :raises NoSuchResource: naming the leg that the location could not fill at any time
    :raises RegionUnknown: if the location's region has no calendar
    :raises NotQualified: if something must come first that nothing on file speaks of, at whatever time
    :raises PractitionerDoesNotFit: if the practitioner wished for does not do this here
    :raises OfferingInactive: and the other errors of `inquiry_of`, if this cannot be booked at any time
    """
    if first.utcoffset() is None or until.utcoffset() is None:
        raise StartIsNaive
    return find_slots_among(
        offerings=[offering],
        patient=patient,
        first=first,
        until=until,
        limit=limit,
        now=now,
        audience=audience,
        with_too_soon=with_too_soon,
        **wish,
    )


def find_slots_among(
    *,
    offerings: Sequence[ProcedureOffering],
    patient: Patient | None = None,
    first: dt.datetime,
    until: dt.datetime,
    limit: int | None = None,
    now: dt.datetime,
    audience: Audience = "staff",
    with_too_soon: bool = False,
    **wish: Unpack[Wish],
) -> list[Slot]:
    """
    Return what `find_slots` does for several offerings, such as one procedure at several sites, in one order of time.

    Times of day are those of each site's own clock. Of slots at the same moment, those of the earlier offering first.

    :raises StartIsNaive: and every other error of `find_slots`, if one of the offerings has it
    """
    if first.utcoffset() is None or until.utcoffset() is None:
        raise StartIsNaive
    shown = states_shown(audience, with_too_soon=with_too_soon)
    inquiries = [
        inquiry_of(offering=offering, patient=patient, audience=audience, now=now, **wish)
        for offering in offerings
    ]
    for inquiry in inquiries:
        steps = () if SlotState.NOT_QUALIFIED in shown else inquiry.never_before(first=first, until=until)
        if steps:
            raise NotQualified(steps=steps)
    stretch = LONGEST_STRETCH if limit is None else FIRST_STRETCH
    found = (
        slots_of(inquiry, first=first, until=until, shown=shown, stretch=stretch) for inquiry in inquiries
    )
    return list(islice(heapq.merge(*found, key=lambda slot: slot.start), limit))


def states_shown(audience: Audience, *, with_too_soon: bool) -> frozenset[SlotState]:
    """Return which slots somebody is shown."""
    if audience == "portal":
        return frozenset({SlotState.FREE})
    return frozenset(SlotState) if with_too_soon else frozenset({SlotState.FREE, SlotState.PROVISIONAL})


def slots_of(
    inquiry: Inquiry,
    *,
    first: dt.datetime,
    until: dt.datetime,
    shown: frozenset[SlotState],
    stretch: dt.timedelta,
    ground: Ground | None = None,
    read: Mapping[Window, Supply] = NOTHING_READ,
) -> Iterator[Slot]:
    """
    Return lazily what `find_slots` returns.

    What lies within the first `stretch` is read first, and on demand each time twice as far. `ground` and `read` spare what was read before.
    """
    verdict_on = inquiry.outlook().of
    ground = ground or ground_of(inquiry)
    # A start that is now has already begun: the next grid line is the first that can be had.
    start = max(first, inquiry.earliest, inquiry.now + dt.timedelta(microseconds=1))
    end = min(until, inquiry.latest)
    for begin, stop in _stretches(start, end, length=stretch):
        window = ground.window(begin, stop)
        supply = read.get(window) or supply_in(window, inquiry=inquiry, ground=ground)
        among = between(window, first=begin, until=stop) & startable(inquiry, window)
        for found in search(
            needs=ground.needs,
            supply=supply,
            among=among,
            allowed=lambda start: verdict_on(start).state in shown,
        ):
            yield _slot(inquiry.offering, found, verdict_on(found.start))


def _slot(offering: ProcedureOffering, found: Candidate, verdict: Verdict) -> Slot:
    return Slot(
        offering=offering,
        start=found.start,
        state=verdict.state,
        reason=verdict.reason,
        candidate=found,
    )


def startable(inquiry: Inquiry, window: Window) -> int:
    """Return the aligned starts that are wished for on days that are not full; a query where days can be."""
    offering, zone = inquiry.offering, inquiry.offering.location.tz
    full = full_days_of_offering(
        offering,
        first=window.moment_of(0),
        until=window.moment_of(window.steps),
        now=inquiry.now,
        ignored=inquiry.ignored,
    )
    steps = aligned(window, zone=zone, minutes=offering.align_minutes) & inquiry.wished.steps(
        window, zone=zone
    )
    for begin, end in full:
        steps &= ~between(window, first=begin, until=end)
    return steps


def _stretches(
    first: dt.datetime, until: dt.datetime, *, length: dt.timedelta
) -> Iterator[tuple[dt.datetime, dt.datetime]]:
    begin = first
    while begin < until:
        end = min(begin + length, until)
        yield begin, end
        begin, length = end, min(2 * length, LONGEST_STRETCH)
