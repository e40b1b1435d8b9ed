"""Whether a patient can still be prepared for a start, judged as a booking would be."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

from procedures.preparation import HoldStatus, Outline
from scheduling import rules
from scheduling.availability import STEP
from scheduling.models import ProcedureOffering
from scheduling.operations.qualifying import NotQualified, Standing, TooCloseToTreatment


class SlotState(StrEnum):
    """How far a start can be had."""

    FREE = "free"  # it can be booked
    PROVISIONAL = "provisional"  # a clinician must first decide about the preparation; staff may book
    TOO_SOON = "too-soon"  # the patient cannot be prepared by then; only an override books it
    NOT_QUALIFIED = (
        "not-qualified"  # something must come first, or keep its distance; only an override books it
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """
    What is to be said of a start.

    `reason` is a sentence for staff, empty for a free start; `earliest_at` (UTC) is when the first day begins that
    would do, where one is known.
    """

    state: SlotState
    reason: str = ""
    earliest_at: dt.datetime | None = None


FREE = Verdict(state=SlotState.FREE)


class Scope(StrEnum):
    """What a verdict depends on: on nothing, on the local day, or on the hour too."""

    NONE = "none"
    DAY = "day"
    HOUR = "hour"


@dataclass(kw_only=True, slots=True)
class Outlook:
    """
    The verdicts of one patient, remembered by local day.

    Dose times make the lead time depend on the hour. What one medicine asks only falls, or only rises, in the
    course of a day: where the day's first start and its last agree, every start between them does. Where they
    differ each start is judged by itself. Starts must be asked in the order of time.
    """

    judge: Callable[[dt.datetime], Verdict]
    zone: ZoneInfo
    scope: Scope
    _days: dict[dt.date, Verdict | None] = field(default_factory=dict)

    def of(self, start: dt.datetime) -> Verdict:
        """Return the verdict on a start (aware)."""
        if self.scope == Scope.NONE:
            return FREE
        day = start.astimezone(self.zone).date()
        if day not in self._days:
            self._days[day] = self._all_day(start, day)
        return self._days[day] or self.judge(start)

    def _all_day(self, first: dt.datetime, day: dt.date) -> Verdict | None:
        verdict = self.judge(first)
        if self.scope == Scope.DAY:
            return verdict
        midnight = dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=self.zone)
        last = self.judge(midnight.astimezone(dt.UTC) - STEP)
        return verdict if verdict.state == last.state else None


def verdict_on(
    plan: Outline,
    *,
    standing: Standing,
    offering: ProcedureOffering,
    start: dt.datetime,
    now: dt.datetime,
) -> Verdict:
    """Return what a plan made for `start` says of it, if it became known at `now` (both aware)."""
    location = offering.location
    try:
        standing.check(plan, day=start.astimezone(location.tz).date())
    except NotQualified as refusal:
        return Verdict(state=SlotState.NOT_QUALIFIED, reason=f"This must come first: {refusal.reasons[0]}")
    except TooCloseToTreatment as refusal:
        return _too_close(refusal, zone=location.tz)
    earliest_on = rules.earliest_prepared_on(
        plan=plan,
        booked_on=now.astimezone(location.tz).date(),
        delivery_buffer_days=location.delivery_buffer_days,
        signing_days=location.signing_days,
    )
    if earliest_on is None:
        return Verdict(state=SlotState.PROVISIONAL, reason=_undecided(plan))
    if start.astimezone(location.tz).date() < earliest_on:
        reason = f"The preparation takes until {earliest_on:%a} {earliest_on.day} {earliest_on:%b %Y}."
        midnight = dt.datetime.combine(earliest_on, dt.time(), tzinfo=location.tz)
        return Verdict(state=SlotState.TOO_SOON, reason=reason, earliest_at=midnight.astimezone(dt.UTC))
    return FREE


def _too_close(refusal: TooCloseToTreatment, *, zone: ZoneInfo) -> Verdict:
    reason = f"Too close to {refusal.treatment}: {refusal.reason}"
    if refusal.earliest_start_on is None:
        return Verdict(state=SlotState.NOT_QUALIFIED, reason=reason)
    midnight = dt.datetime.combine(refusal.earliest_start_on, dt.time(), tzinfo=zone)
    return Verdict(state=SlotState.NOT_QUALIFIED, reason=reason, earliest_at=midnight.astimezone(dt.UTC))


def _undecided(plan: Outline) -> str:
    drugs = [
        hold.drug for hold in plan.holds if hold.status == HoldStatus.NEEDS_CLINICIAN and not hold.options
    ]
    return f"A clinician must first decide about {', '.join(sorted(drugs))}."
