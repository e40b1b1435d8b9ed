"""Whether a patient can still be prepared for a start, judged as a booking would be."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

from procedures.preparation import Gist
from scheduling import rules
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


# A verdict, and the first later moment (UTC) at which it may be another; None for never.
Lasting = tuple[Verdict, dt.datetime | None]


@dataclass(kw_only=True, slots=True)
class Outlook:
    """
    The verdicts of one patient, each remembered as long as it lasts.

    Starts are best asked in the order of time: only the last verdict is kept.
    """

    judge: Callable[[dt.datetime], Lasting]
    _since: dt.datetime | None = None
    _until: dt.datetime | None = None
    _verdict: Verdict = FREE

    def of(self, start: dt.datetime) -> Verdict:
        """Return the verdict on a start (aware)."""
        if self._since is None or start < self._since or (self._until is not None and start >= self._until):
            self._verdict, self._until = self.judge(start)
            self._since = start
        return self._verdict


def verdict_on(
    plan: Gist,
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
        return Verdict(
            state=SlotState.PROVISIONAL,
            reason=f"A clinician must first decide about {', '.join(plan.undecided)}.",
        )
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
