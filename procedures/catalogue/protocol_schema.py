"""The protocol part of a catalogue file, and how it becomes the values of `procedures.steps`."""

import datetime as dt
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, model_validator

from procedures.care import Care
from procedures.catalogue.content import ProtocolContent
from procedures.catalogue.strict import Code, Language, Source, Strict, Text
from procedures.steps import (
    Anchor,
    Answer,
    Audience,
    Days,
    DerivedFact,
    Gate,
    Moment,
    Notice,
    NoticeText,
    PageText,
    Purpose,
    SafetyClass,
    Step,
    Trigger,
)

# The values of procedures.codes.Section, which cannot be imported here because it stands on the framework.
SectionCode = Literal["preparation", "day", "aftercare", "red-flags", "changes"]
ChannelCode = Literal["sms", "email"]
LocalTime = Annotated[str, StringConstraints(pattern=r"^(?:[01]\d|2[0-3]):[0-5]\d$")]
FactName = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]


class MomentEntry(Strict):
    """A point in time: elapsed minutes from an anchor, or days from its date with a local time."""

    anchor: Anchor
    elapsed_minutes: int | None = None
    """Counted in UTC; negative is before the anchor."""
    days: Annotated[int, Field(ge=-60, le=3660)] | None = None
    """Calendar days from the anchor's date in the zone; negative is before."""
    local_time: LocalTime | None = None
    """HH:MM on that day's wall clock."""

    @model_validator(mode="after")
    def is_either_elapsed_or_by_the_clock(self) -> Self:
        """Refuse both and neither. :raises ValueError: with the sentence to show"""
        by_clock = self.days is not None and self.local_time is not None
        mixed = self.elapsed_minutes is not None and not (self.days is None and self.local_time is None)
        if mixed or (self.elapsed_minutes is None and not by_clock):
            raise ValueError("a moment needs either elapsed_minutes, or days and local_time")
        return self

    def as_value(self) -> Moment:
        """Return the moment the planner resolves."""
        if self.elapsed_minutes is not None:
            return Moment(anchor=self.anchor, elapsed=dt.timedelta(minutes=self.elapsed_minutes))
        local_time = dt.time.fromisoformat(self.local_time or "00:00")
        return Moment(anchor=self.anchor, days=self.days, local_time=local_time)


class DerivedFactEntry(Strict):
    """A fact the protocol computes, such as the first day on which a patient may drive."""

    name: FactName
    moment: MomentEntry
    as_date: bool
    """True for a date without a time."""
    source: Source

    def as_value(self) -> DerivedFact:
        """Return the fact the planner derives."""
        return DerivedFact(
            name=self.name, moment=self.moment.as_value(), as_date=self.as_date, source=self.source
        )


class PageEntry(Strict):
    """What the patient page says of a step, in one language."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=160)]
    """The instruction itself where there is one."""
    body: Text
    """Paragraphs separated by blank lines."""


class NoticeTextEntry(Strict):
    """The core of a message: greeting, clinic, link and phone number are added when it is sent."""

    sms: Annotated[str, StringConstraints(min_length=1, max_length=300)]
    subject: Annotated[str, StringConstraints(min_length=1, max_length=90)]
    """The news, with no word about health."""
    email: Text
    """Paragraphs separated by blank lines."""


class NoticeEntry(Strict):
    """One message that a step owes."""

    code: Code
    trigger: Trigger = Trigger.SCHEDULED
    when: MomentEntry | None = None
    """When it is due; only a scheduled notice has one."""
    latest: MomentEntry | None = None
    """From here on it must not go as if in time."""
    purpose: Purpose = Purpose.PREPARATION
    safety: SafetyClass = SafetyClass.ROUTINE
    audiences: Annotated[frozenset[Audience], Field(min_length=1)] = frozenset({Audience.PATIENT})
    answer: Answer = Answer.NONE
    gate: Gate = Gate.APPROVED
    facts: tuple[FactName, ...] = ()
    """The facts it asserts: it is sent again, as a correction, only when one of them changes."""
    channels: Annotated[tuple[ChannelCode, ...], Field(min_length=1)] = ("sms", "email")
    texts: Annotated[dict[Language, NoticeTextEntry], Field(min_length=1)]

    @model_validator(mode="after")
    def is_scheduled_or_not(self) -> Self:
        """Refuse a moment without a schedule and the reverse. :raises ValueError: with the sentence to show"""
        if (self.trigger is Trigger.SCHEDULED) != (self.when is not None):
            raise ValueError("a scheduled notice needs when, any other has none")
        return self

    def as_value(self) -> Notice:
        """Return the notice the planner works on."""
        return Notice(
            code=self.code,
            trigger=self.trigger,
            when=None if self.when is None else self.when.as_value(),
            latest=None if self.latest is None else self.latest.as_value(),
            purpose=self.purpose,
            safety=self.safety,
            audiences=self.audiences,
            answer=self.answer,
            gate=self.gate,
            facts=self.facts,
            channels=self.channels,
            texts=tuple(
                NoticeText(language=language, sms=text.sms, subject=text.subject, email=text.email.strip())
                for language, text in sorted(self.texts.items())
            ),
        )


class DaysEntry(Strict):
    """The days on which a step holds, counted from the day of the procedure's end (day 0); both included."""

    first: Annotated[int, Field(ge=0, le=3660)]
    last: Annotated[int, Field(ge=0, le=3660)] | None = None
    """Missing: from then on."""

    @model_validator(mode="after")
    def is_a_range(self) -> Self:
        """Refuse a range that ends before it begins. :raises ValueError: with the sentence to show"""
        if self.last is not None and self.last < self.first:
            raise ValueError("the last day comes before the first")
        return self

    def as_value(self) -> Days:
        """Return the range the pages work with."""
        return Days(first=self.first, last=self.last)


class StepEntry(Strict):
    """One thing a patient must know or do."""

    code: Code
    section: SectionCode
    conditions: tuple[str, ...] = ()
    """All must hold for this patient; names of `procedures.rules.CONDITIONS`."""
    subject: str = ""
    """A code of the plan's never_send list: while the plan lists it, the step stays silent."""
    days: DaysEntry | None = None
    """On which days after the procedure it holds; red flags need it."""
    source: Source | None = None
    """May be missing only where no text of the step states a number."""
    texts: Annotated[dict[Language, PageEntry], Field(min_length=1)]
    notices: tuple[NoticeEntry, ...] = ()

    def as_value(self) -> Step:
        """Return the step the planner works on."""
        return Step(
            code=self.code,
            section=self.section,
            conditions=self.conditions,
            subject=self.subject,
            days=None if self.days is None else self.days.as_value(),
            source=self.source or "",
            texts=tuple(
                PageText(language=language, title=text.title, body=text.body.strip())
                for language, text in sorted(self.texts.items())
            ),
            notices=tuple(notice.as_value() for notice in self.notices),
        )


class ProtocolEntry(Strict):
    """What patients are told around this kind of procedure."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=160)]
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    """Every text must exist in each of them."""
    derived_facts: tuple[DerivedFactEntry, ...] = ()
    steps: Annotated[tuple[StepEntry, ...], Field(min_length=1)]
    """In reading order. In a file, `use: <code>` stands for a step of the shared files."""
    care: Care = Care()
    """What the protocol says to the clinic: who qualifies, what comes first, what is used, what to expect."""

    def as_content(self) -> ProtocolContent:
        """Return the protocol as the planner and the models know it."""
        return ProtocolContent(
            title=self.title,
            languages=self.languages,
            derived_facts=tuple(fact.as_value() for fact in self.derived_facts),
            steps=tuple(step.as_value() for step in self.steps),
            care=self.care,
        )
