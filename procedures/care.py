"""
What a protocol says to the clinic itself: who qualifies, what must come first, what is used, what to expect.

Pure: no framework, no database, no clock. Catalogue files, the models and the API share these values; pydantic reads
them as they stand. Texts here are for staff: what patients read are the protocol's steps. Every number has a source.
"""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, ClassVar

_STRICT: dict[str, Any] = {"extra": "forbid", "strict": True}


class Gate(StrEnum):
    """`hard`: not booked before it is there, unless a clinician overrides with a reason; `soft`: asked for."""

    HARD = "hard"
    SOFT = "soft"


class Treatment(StrEnum):
    """Another treatment that must keep its distance."""

    CHEMOTHERAPY = "chemotherapy"
    RADIOTHERAPY = "radiotherapy"
    SURGERY = "surgery"


class Occasion(StrEnum):
    """When somebody at the clinic ticks an item off."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


class Contact(StrEnum):
    """How a follow-up happens."""

    CALL = "call"
    VISIT = "visit"
    IMAGING = "imaging"
    TEST = "test"


@dataclass(frozen=True, kw_only=True, slots=True)
class Criterion:
    """Who may have it: `suits` says for whom it is meant, otherwise for whom it is not."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    code: str
    suits: bool
    text: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Qualification:
    """
    One step on the way to the procedure, in order.

    `evidence` is an item of the preparation engine's vocabulary. `own_visit`: it takes a visit of its own, which is
    booked before this procedure is.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    evidence: str
    gate: Gate
    own_visit: bool = False
    text: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Interval:
    """
    The distance to another treatment, in whole days from its last day to the procedure and from there to its next.

    None means that nobody has set a number: a clinician decides each time.
    """

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    treatment: Treatment
    days_after: int | None
    """At least so many days after the other treatment."""
    days_before: int | None
    """At least so many days before the other treatment."""
    text: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Consumable:
    """What is used up: `least` to `most` of it, None where the operator decides."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    item: str
    least: int
    most: int | None
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class ChecklistItem:
    """What somebody ticks off, such as the temperature watch."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    code: str
    occasion: Occasion
    text: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Freezing:
    """How often it is frozen and thawed. What was really done goes on record."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    cycles_least: int
    cycles_most: int
    text: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """Something to know, with where it comes from."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    text: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Repeat:
    """Whether it can be done again, and not before how many days. None: a clinician decides."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    possible: bool
    days_least: int | None
    text: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FollowUp:
    """A contact after the procedure, between two days counted from the day it ended (day 0)."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    code: str
    contact: Contact
    day_from: int
    day_until: int
    text: str
    source: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Care:
    """Everything of a protocol that is addressed to the clinic."""

    __pydantic_config__: ClassVar[dict[str, Any]] = _STRICT

    criteria: tuple[Criterion, ...] = ()
    qualification: tuple[Qualification, ...] = ()
    combined: tuple[Interval, ...] = ()
    consumables: tuple[Consumable, ...] = ()
    checklist: tuple[ChecklistItem, ...] = ()
    freezing: Freezing | None = None
    pain: tuple[Statement, ...] = ()
    effect: tuple[Statement, ...] = ()
    late_effects: tuple[Statement, ...] = ()
    repeat: Repeat | None = None
    follow_ups: tuple[FollowUp, ...] = field(default=())
