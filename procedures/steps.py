"""
What a protocol says, as values: moments, derived facts, notices, steps.

Pure: no framework, no database, no clock. The models store these, the catalogue files are read into them, and
the timeline planner works on them alone.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from zoneinfo import ZoneInfo

# A fact is an instant (aware), a date, or a short text. Its name is what a placeholder in a text says.
FactValue = dt.datetime | dt.date | str


class Anchor(StrEnum):
    """
    What a moment counts from.

    `booking` is when the appointment was booked (or last moved), `start` the start of sedation or of the
    procedure, `arrive` when the patient is asked to come, `end` the recorded end of the procedure or, while
    there is none, the planned end.
    """

    BOOKING = "booking"
    ARRIVE = "arrive"
    START = "start"
    END = "end"


class Audience(StrEnum):
    """Whom a notice addresses. A guardian takes the patient's place when the patient is a child."""

    PATIENT = "patient"
    CARER = "carer"


class Purpose(StrEnum):
    """Which way quiet hours push a notice: preparation earlier, aftercare later."""

    PREPARATION = "preparation"
    AFTERCARE = "aftercare"


class SafetyClass(StrEnum):
    """`safety` is resent once when in doubt, goes first under load and is exempt from caps."""

    SAFETY = "safety"
    ROUTINE = "routine"


class Trigger(StrEnum):
    """
    What makes a notice due.

    `scheduled` at its moment; `correction` when the start that was told no longer holds; `amendment` when
    something else told no longer holds though the start stands; `cancellation` when the appointment is off;
    `collapsed` in place of several that are already due at booking; `unanswered` to a carer when the patient has not
    answered what asks for an answer.
    """

    SCHEDULED = "scheduled"
    CORRECTION = "correction"
    AMENDMENT = "amendment"
    CANCELLATION = "cancellation"
    COLLAPSED = "collapsed"
    UNANSWERED = "unanswered"


class Answer(StrEnum):
    """What a notice asks of its reader."""

    NONE = "none"
    CONFIRM = "confirm"


class Gate(StrEnum):
    """Who must have decided before a text may leave: nobody further, or a clinician for this booking."""

    APPROVED = "approved"
    SIGNATURE = "signature"


class MomentIsUnclear(ValueError):
    """A moment needs either elapsed time, or days and a local time, never both."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """
    A point in time relative to an anchor.

    Either `elapsed` (negative is before; counted in UTC), or `days` (calendar days from the anchor's date in
    the zone; negative is before) with `local_time` on that day's wall clock.
    """

    anchor: Anchor
    elapsed: dt.timedelta | None = None
    days: int | None = None
    local_time: dt.time | None = None

    def __post_init__(self) -> None:
        by_clock = self.days is not None and self.local_time is not None
        either_half = self.days is not None or self.local_time is not None
        if (self.elapsed is None) != by_clock or (self.elapsed is not None and either_half):
            raise MomentIsUnclear

    def resolve(self, anchors: Mapping[Anchor, dt.datetime], zone: ZoneInfo) -> dt.datetime:
        """
        Return the instant in UTC.

        `anchors` are aware. A wall-clock time that a clock change repeats means the first; one that it skips
        is read with the offset in force before the change (PEP 495, fold 0).

        :raises KeyError: if the anchor is not among `anchors`
        """
        anchor = anchors[self.anchor]
        if self.elapsed is not None:
            return anchor.astimezone(dt.UTC) + self.elapsed
        day = anchor.astimezone(zone).date() + dt.timedelta(days=self.days or 0)
        return dt.datetime.combine(day, self.local_time or dt.time(), tzinfo=zone).astimezone(dt.UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class DerivedFact:
    """A fact that a protocol computes from an anchor, such as "no driving until": an instant, or its local date."""

    name: str
    moment: Moment
    as_date: bool
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NoticeText:
    """
    The words of a notice in one language: the core only.

    Greeting, clinic, link and phone number are added by the renderer. Placeholders are `{fact}` or
    `{fact:spec}`. Paragraphs of `email` are separated by blank lines.
    """

    language: str
    sms: str
    subject: str
    email: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """
    One message that a step owes.

    `when` is None unless the trigger is `scheduled`. `latest` is the moment after which it must not go as if
    in time; None means the appointment's start for preparation and never for corrections and cancellations.
    `facts` are the names it asserts: its identity is their values, so an unrelated change resends nothing.
    """

    code: str
    trigger: Trigger
    when: Moment | None
    latest: Moment | None
    purpose: Purpose
    safety: SafetyClass
    audiences: frozenset[Audience]
    answer: Answer
    gate: Gate
    facts: tuple[str, ...]
    channels: tuple[str, ...]
    texts: tuple[NoticeText, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class PageText:
    """What the patient page and the printed plan say of a step, in one language."""

    language: str
    title: str
    body: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Days:
    """
    Days after a procedure, both included, counted from the local date of its end (day 0).

    `last` is None when it holds from then on.
    """

    first: int
    last: int | None

    def hold_on(self, day: int) -> bool:
        """Return whether the day is among them."""
        return self.first <= day and (self.last is None or day <= self.last)


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """
    One thing a patient must know or do, with the notices that tell it.

    `conditions` must all hold for this patient (see `procedures.rules.CONDITIONS`). `subject` is a code of
    the plan's `never_send` list: while the plan lists it, the whole step stays silent. `days` say when after
    the procedure it holds, None always.
    """

    code: str
    section: str
    conditions: tuple[str, ...]
    subject: str
    source: str
    texts: tuple[PageText, ...]
    notices: tuple[Notice, ...]
    days: Days | None = None
