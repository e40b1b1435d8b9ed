"""
What may follow what, and when: transitions, notice, the legs of an appointment, last doses one may choose.

Pure: no framework, no database, no clock. All arithmetic is on elapsed time, in UTC.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from procedures.codes import LegAnchor, LegRole
from procedures.preparation import Case, Gist, Hold, HoldOption, HoldStatus
from procedures.preparation.clock import Start, start_at
from procedures.preparation.counting import days_option, doses_option, hours_option, infusion_option
from procedures.preparation.schedule import Schedule, schedule_of
from scheduling.codes import AppointmentStatus as S

# The same table as the trigger `appointment_moves_forward`; a test compares them.
NEXT_STATUSES: Mapping[S, frozenset[S]] = {
    S.PROPOSED: frozenset({S.BOOKED, S.CANCELLED}),
    S.BOOKED: frozenset({S.ARRIVED, S.CANCELLED, S.NOSHOW, S.ENTERED_IN_ERROR}),
    S.ARRIVED: frozenset({S.FULFILLED, S.CANCELLED, S.ENTERED_IN_ERROR}),
    S.FULFILLED: frozenset({S.ENTERED_IN_ERROR}),
    S.CANCELLED: frozenset(),
    S.NOSHOW: frozenset(),
    S.ENTERED_IN_ERROR: frozenset(),
}


class LegIsEmpty(ValueError):
    """A leg of this offering ends before it begins. Correct its minutes in the set-up."""


class LegShape(Protocol):
    """What the arithmetic reads of a leg; `procedures.models.ProcedureLeg` has it."""

    @property
    def key(self) -> str: ...
    @property
    def role(self) -> str: ...
    @property
    def skill(self) -> str: ...
    @property
    def count(self) -> int: ...
    @property
    def anchor(self) -> str: ...
    @property
    def offset_minutes(self) -> int: ...
    @property
    def duration_minutes(self) -> int | None: ...
    @property
    def tail_minutes(self) -> int: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class LegPeriod:
    """How many of what one leg occupies from `begin` to `end` (UTC, half-open)."""

    key: str
    role: str
    skill: str
    count: int
    begin: dt.datetime
    end: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class HousePeriod:
    """When the patient comes, when the procedure is planned to end, when observation ends. All UTC."""

    arrive_at: dt.datetime
    planned_end: dt.datetime
    leave_at: dt.datetime


def legs_for(
    legs: Iterable[LegShape],
    *,
    overrides: Mapping[str, Mapping[str, Any]],
    start: dt.datetime,
    planned_minutes: int,
    observe_minutes: int,
) -> tuple[LegPeriod, ...]:
    """
    Return what an appointment at `start` (aware) occupies, in the order of the legs.

    `overrides` is leg key to `offset_minutes`, `duration_minutes`, `tail_minutes`, `count`, `skill`. A recovery
    bay that begins at the planned end lasts `observe_minutes` plus its tail, whatever the procedure type says,
    unless the override names a duration. A leg that nobody or nothing is needed for is left out.

    :raises LegIsEmpty: if a leg would end at or before its beginning
    """
    begin = start.astimezone(dt.UTC)
    planned_end = begin + dt.timedelta(minutes=planned_minutes)
    periods = (
        _period(
            leg, overrides.get(leg.key, {}), start=begin, planned_end=planned_end, observe=observe_minutes
        )
        for leg in legs
    )
    return tuple(period for period in periods if period is not None)


def house_period(
    *, start: dt.datetime, arrive_before_minutes: int, planned_minutes: int, observe_minutes: int
) -> HousePeriod:
    """Return the time a patient whose procedure starts at `start` (aware) is in the house."""
    begin = start.astimezone(dt.UTC)
    planned_end = begin + dt.timedelta(minutes=planned_minutes)
    return HousePeriod(
        arrive_at=begin - dt.timedelta(minutes=arrive_before_minutes),
        planned_end=planned_end,
        leave_at=planned_end + dt.timedelta(minutes=observe_minutes),
    )


def earliest_start(*, now: dt.datetime, notice_hours: int) -> dt.datetime:
    """Return the first start that leaves the notice an offering asks for; `now` is aware."""
    return now.astimezone(dt.UTC) + dt.timedelta(hours=notice_hours)


def latest_start(*, now: dt.datetime, horizon_days: int) -> dt.datetime:
    """Return the first start that is too far ahead to be offered; `now` is aware, a day is 24 hours."""
    return now.astimezone(dt.UTC) + dt.timedelta(days=horizon_days)


def latest_local_date(now: dt.datetime) -> dt.date:
    """Return the latest date that any clock on earth shows at `now` (aware): that of UTC+14."""
    return now.astimezone(dt.timezone(dt.timedelta(hours=14))).date()


def earliest_prepared_on(
    *, plan: Gist, booked_on: dt.date, delivery_buffer_days: int, signing_days: int
) -> dt.date | None:
    """
    Return the first local date by which this plan can be told, signed and done; None while it is undecided.

    The lead time of the plan, the days a message needs, and, if a hold waits for one, the days of a signature.
    """
    if plan.lead_time_days is None:
        return None
    signing = signing_days if plan.needs_signature else 0
    return booked_on + dt.timedelta(days=plan.lead_time_days + delivery_buffer_days + signing)


def _period(
    leg: LegShape, override: Mapping[str, Any], *, start: dt.datetime, planned_end: dt.datetime, observe: int
) -> LegPeriod | None:
    count = int(override.get("count", leg.count))
    tail = int(override.get("tail_minutes", leg.tail_minutes))
    duration = _duration(leg, override, observe=observe, tail=tail)
    if count < 1 or duration == 0:
        return None
    anchor = planned_end if leg.anchor == LegAnchor.END else start
    begin = anchor + dt.timedelta(minutes=int(override.get("offset_minutes", leg.offset_minutes)))
    end = (
        planned_end + dt.timedelta(minutes=tail)
        if duration is None
        else begin + dt.timedelta(minutes=duration)
    )
    if end <= begin:
        raise LegIsEmpty(leg.key)
    skill = str(override.get("skill", leg.skill))
    return LegPeriod(key=leg.key, role=leg.role, skill=skill, count=count, begin=begin, end=end)


def _duration(leg: LegShape, override: Mapping[str, Any], *, observe: int, tail: int) -> int | None:
    if "duration_minutes" in override:
        named = override["duration_minutes"]
        return None if named is None else int(named)
    if leg.role == LegRole.BAY and leg.anchor == LegAnchor.END:
        return observe + tail if observe else 0
    return leg.duration_minutes


def last_doses_allowed(hold: Hold, *, case: Case) -> tuple[HoldOption, ...]:
    """
    Return the last doses among which a clinician may choose for a hold; none when the plan names none.

    The candidates of the plan; where they are the two ends of a range, every whole number between them as well,
    counted as the plan counts (contract of plan_case, sections 3 and 4).
    """
    named = tuple(option for option in hold.candidates if option.last_dose_on is not None)
    if hold.status is not HoldStatus.NEEDS_CHOICE or len(named) < len(hold.candidates):
        return named
    start = start_at(instant=case.start, zone=case.zone)
    schedule = schedule_of([entry for entry in case.patient.medications if entry.drug == hold.drug])
    return _between(named, schedule=schedule, start=start)


def is_allowed(
    options: Iterable[HoldOption], *, last_dose_on: dt.date, last_dose_at: dt.datetime | None
) -> bool:
    """Return whether one of the options ends with this dose; an option without a clock time asks for the date only."""
    return any(
        option.last_dose_on == last_dose_on
        and (last_dose_at is None or option.last_dose_at is None or option.last_dose_at == last_dose_at)
        for option in options
    )


def _between(ends: tuple[HoldOption, ...], *, schedule: Schedule, start: Start) -> tuple[HoldOption, ...]:
    first = ends[0]
    if first.hold_days is not None:
        days = [option.hold_days or 0 for option in ends]
        return tuple(days_option(days=n, schedule=schedule, start=start) for n in _whole_numbers(days))
    if first.hold_doses is not None:
        doses = [option.hold_doses or 0 for option in ends]
        return tuple(doses_option(doses=n, schedule=schedule, start=start) for n in _whole_numbers(doses))
    hours = [option.hold_hours or 0 for option in ends]
    if first == infusion_option(hours=hours[0], start=start):
        return tuple(infusion_option(hours=n, start=start) for n in _whole_numbers(hours))
    return tuple(hours_option(hours=n, schedule=schedule, start=start) for n in _whole_numbers(hours))


def _whole_numbers(ends: list[int]) -> range:
    return range(min(ends), max(ends) + 1)
