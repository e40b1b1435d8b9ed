"""Say why a start is not offered, and which one is next. Reads only."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from typing import Unpack

from scheduling.availability import (
    STEP_SECONDS,
    Refusal,
    RefusalRule,
    Supply,
    Window,
    explain,
    window_between,
)
from scheduling.models import Patient, ProcedureOffering
from scheduling.operations.limits import full_days_of_offering, full_days_of_resources
from scheduling.operations.slots.finding import Slot, slots_of, states_shown
from scheduling.operations.slots.inquiry import (
    Audience,
    Ground,
    Inquiry,
    Wish,
    ground_of,
    inquiry_of,
    supply_in,
)
from scheduling.operations.slots.outlook import SlotState
from scheduling.operations.slots.supply import PATIENT_LEG
from scheduling.operations.terms import StartIsNaive

# How far ahead an obstacle's end is looked for: mostly it is near, and reading far costs time. The first look is also
# where the next slot is searched first. [ops]
OUTLOOKS = (dt.timedelta(days=1), dt.timedelta(days=4), dt.timedelta(days=14))


class ObstacleRule(StrEnum):
    """What speaks against a start."""

    OFF_GRID = "off-grid"
    TOO_SHORT_NOTICE = "too-short-notice"
    BEYOND_HORIZON = "beyond-horizon"
    TOO_SOON = "too-soon"
    UNDECIDED = "undecided"
    NOT_QUALIFIED = "not-qualified"
    NOT_OPEN = "not-open"
    NOT_FREE = "not-free"
    TOO_FEW = "too-few"
    COMPATIBILITY = "compatibility"
    DAY_FULL = "day-full"
    NOT_WISHED = "not-wished"
    NO_SUCH_RESOURCE = "no-such-resource"


@dataclass(frozen=True, kw_only=True, slots=True)
class Obstacle:
    """
    One thing that speaks against a start.

    `leg` is empty unless a leg is blocked; "patient" stands for the patient's own other appointments.
    `resource_ids` are the resources the rule speaks of, `until` (UTC) the first start that this obstacle alone
    would allow, as far as it is known. `detail` is a sentence for staff, or empty.
    """

    rule: ObstacleRule
    leg: str = ""
    resource_ids: tuple[int, ...] = ()
    until: dt.datetime | None = None
    detail: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SlotExplanation:
    """What speaks against a start (UTC); nothing means that it can be booked. `next_slot` is the first later one."""

    start: dt.datetime
    obstacles: tuple[Obstacle, ...]
    next_slot: Slot | None


def explain_slot(
    *,
    offering: ProcedureOffering,
    patient: Patient | None = None,
    start: dt.datetime,
    now: dt.datetime,
    audience: Audience = "staff",
    **wish: Unpack[Wish],
) -> SlotExplanation:
    """
    Return everything that speaks against `start` (aware), and the next slot that would be offered instead.

    A start between the lines of the offering's grid may be booked too and is judged like any other.

    :raises StartIsNaive: if `start` has no zone
    :raises OfferingInactive: and every other error of `find_slots`, for the same reasons
    """
    if start.utcoffset() is None:
        raise StartIsNaive
    inquiry = inquiry_of(offering=offering, patient=patient, audience=audience, now=now, **wish)
    ground = ground_of(inquiry)
    start = start.astimezone(dt.UTC)
    shown = states_shown(audience, with_too_soon=False)
    after = start + dt.timedelta(microseconds=1)
    read: dict[Window, Supply] = {}
    return SlotExplanation(
        start=start,
        obstacles=(
            *_of_terms(inquiry, start),
            *_of_preparation(inquiry, start),
            *_of_legs(inquiry, ground, start, read=read),
        ),
        next_slot=_next_slot(inquiry, ground, after=after, shown=shown, read=read),
    )


def _next_slot(
    inquiry: Inquiry,
    ground: Ground,
    *,
    after: dt.datetime,
    shown: frozenset[SlotState],
    read: Mapping[Window, Supply],
) -> Slot | None:
    if inquiry.never_before(first=after, until=inquiry.latest):
        return None
    later = slots_of(
        inquiry, first=after, until=inquiry.latest, shown=shown, stretch=OUTLOOKS[0], ground=ground, read=read
    )
    return next(later, None)


def _of_terms(inquiry: Inquiry, start: dt.datetime) -> tuple[Obstacle, ...]:
    if start < inquiry.earliest:
        return (Obstacle(rule=ObstacleRule.TOO_SHORT_NOTICE, until=inquiry.earliest),)
    if start >= inquiry.latest:
        return (Obstacle(rule=ObstacleRule.BEYOND_HORIZON),)
    return ()


def _of_preparation(inquiry: Inquiry, start: dt.datetime) -> tuple[Obstacle, ...]:
    verdict = inquiry.verdict(start)
    if verdict.state in states_shown(inquiry.audience, with_too_soon=False):
        return ()
    if verdict.state == SlotState.PROVISIONAL:
        return (Obstacle(rule=ObstacleRule.UNDECIDED, detail=verdict.reason),)
    rule = ObstacleRule.TOO_SOON if verdict.state == SlotState.TOO_SOON else ObstacleRule.NOT_QUALIFIED
    return (Obstacle(rule=rule, until=verdict.earliest_at, detail=verdict.reason),)


def _of_legs(
    inquiry: Inquiry, ground: Ground, start: dt.datetime, *, read: dict[Window, Supply]
) -> tuple[Obstacle, ...]:
    if int(start.timestamp()) % STEP_SECONDS or start.microsecond:
        return (Obstacle(rule=ObstacleRule.OFF_GRID),)
    whole = _of_the_day(inquiry, start, window_between(int(start.timestamp()), int(start.timestamp()) + 1))
    refusals: tuple[Refusal, ...] = ()
    for outlook in OUTLOOKS:
        window = ground.window(start, start + outlook)
        read[window] = supply_in(window, inquiry=inquiry, ground=ground)
        refusals = explain(ground.needs, window.step_of(start), read[window])
        if all(refusal.until is not None for refusal in refusals):
            break
    full = _full_that_day(refusals, inquiry=inquiry, ground=ground, start=start)
    return whole + tuple(
        Obstacle(
            rule=_rule_of(refusal, full=full),
            leg=refusal.leg,
            resource_ids=() if refusal.leg == PATIENT_LEG else refusal.resource_ids,
            until=refusal.until,
        )
        for refusal in refusals
    )


def _full_that_day(
    refusals: tuple[Refusal, ...], *, inquiry: Inquiry, ground: Ground, start: dt.datetime
) -> frozenset[int]:
    """Return which of the resources that are not free serve no more visits on the local day of a start."""
    not_free = (each.resource_ids for each in refusals if each.rule is RefusalRule.NOT_FREE)
    limited = ground.roster.limited & frozenset(chain.from_iterable(not_free))
    if not limited:
        return frozenset()
    days = full_days_of_resources(
        limited,
        zone=inquiry.offering.location.tz,
        first=start,
        until=start,
        now=inquiry.now,
        ignored=inquiry.ignored,
    )
    return frozenset(pk for pk, full in days.items() if any(begin <= start < end for begin, end in full))


def _rule_of(refusal: Refusal, *, full: frozenset[int]) -> ObstacleRule:
    """Return what speaks against a start: whoever serves no more that day is not merely busy then."""
    if full and refusal.rule is RefusalRule.NOT_FREE and full.issuperset(refusal.resource_ids):
        return ObstacleRule.DAY_FULL
    return ObstacleRule(refusal.rule)


def _of_the_day(inquiry: Inquiry, start: dt.datetime, window: Window) -> tuple[Obstacle, ...]:
    offering = inquiry.offering
    full = full_days_of_offering(offering, first=start, until=start, now=inquiry.now, ignored=inquiry.ignored)
    found = [Obstacle(rule=ObstacleRule.DAY_FULL, until=end) for begin, end in full if begin <= start < end]
    if not inquiry.wished.steps(window, zone=offering.location.tz) & 1:
        found.append(Obstacle(rule=ObstacleRule.NOT_WISHED))
    return tuple(found)
