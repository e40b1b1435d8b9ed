"""What readiness is judged from, and what it says. Every instant is aware; dates are the location's."""

import datetime as dt
from dataclasses import dataclass, field
from enum import StrEnum
from zoneinfo import ZoneInfo

from procedures.care import Care
from procedures.preparation import PreparationPlan
from scheduling.availability import Period
from scheduling.qualification import Spell


class State(StrEnum):
    """How far a visit is from going ahead, best first."""

    READY = "ready"
    ON_TRACK = "on-track"
    AT_RISK = "at-risk"
    BLOCKED = "blocked"

    @property
    def rank(self) -> int:
        """Return 0 for the best state, more for each worse one."""
        return list(State).index(self)


class Who(StrEnum):
    """Who does the next thing."""

    PATIENT = "patient"
    STAFF = "staff"
    CLINICIAN = "clinician"


class Agreement(StrEnum):
    """Where the payer's agreement stands on the day of the visit."""

    NOT_NEEDED = "not-needed"
    AGREED = "agreed"
    ASKED = "asked"
    MISSING = "missing"
    REFUSED = "refused"


class Answer(StrEnum):
    """What the patient last said about this very start; `not-asked` when the protocol asks nothing."""

    NOT_ASKED = "not-asked"
    NONE = "none"
    COMING = "coming"
    NOT_COMING = "not-coming"
    CALL_ME = "call-me"


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """
    Everything known about one visit that is still ahead.

    `plan` is None when what is recorded makes none. `decided` are the medicines on which a signed decision stands.
    `open_calls` counts phone calls that are owed because something told is in doubt, wrong or did not arrive.
    `overridden`: somebody booked it with a reason although it cannot be prepared in time. `open_periods` is when the
    location works, sorted, in epoch seconds; `buffer_days` how many days before a step the patient must know of it.
    """

    start: dt.datetime
    arrive_at: dt.datetime
    zone: ZoneInfo
    plan: PreparationPlan | None
    care: Care = field(default_factory=Care)
    decided: frozenset[str] = frozenset()
    spells: tuple[Spell, ...] = ()
    agreement: Agreement = Agreement.NOT_NEEDED
    answer: Answer = Answer.NOT_ASKED
    open_calls: int = 0
    overridden: bool = False
    open_periods: tuple[Period, ...] = ()
    buffer_days: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Reason:
    """
    One thing that keeps a visit from being ready.

    `about` is what it concerns within its code, such as an item of preparation. `due_at` is the deadline; from then
    on the visit is at risk. `blocked_at` is when it can no longer be helped; the visit is blocked from then on.
    `pressing` is at risk at once, whatever the deadline.
    """

    code: str
    sentence: str
    source: str
    who: Who
    about: str = ""
    due_at: dt.datetime
    blocked_at: dt.datetime | None = None
    pressing: bool = False

    def state_at(self, now: dt.datetime) -> State:
        """Return how bad this alone makes it."""
        if self.blocked_at is not None and self.blocked_at <= now:
            return State.BLOCKED
        return State.AT_RISK if self.pressing or self.due_at <= now else State.ON_TRACK

    @property
    def changes(self) -> tuple[dt.datetime, ...]:
        """Return the moments at which this gets worse by itself."""
        return (self.due_at,) if self.blocked_at is None else (self.due_at, self.blocked_at)


@dataclass(frozen=True, kw_only=True, slots=True)
class NextStep:
    """What to do next, who does it, and by when."""

    code: str
    sentence: str
    who: Who
    due_at: dt.datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Readiness:
    """
    The judgement at one moment; `reasons` worst and most pressing first.

    `next_change_at` is the next moment at which it changes by time alone, None for never.
    """

    state: State
    reasons: tuple[Reason, ...]
    next_step: NextStep | None
    next_change_at: dt.datetime | None

    @property
    def blocker(self) -> str:
        """Return the code of what blocks it; empty unless blocked."""
        return self.reasons[0].code if self.state is State.BLOCKED else ""
