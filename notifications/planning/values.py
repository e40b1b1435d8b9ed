"""
What the planner reads and what it answers.

Values only: no rule of the plan is decided here.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from zoneinfo import ZoneInfo

from procedures.steps import Anchor, Answer, Audience, Purpose, SafetyClass, Trigger

# `over`: only aftercare is still owed. `silent`: deceased, admitted or entered in error; nothing at all.
State = Literal["live", "over", "cancelled", "silent"]
# `perhaps`: in flight, unknown, or bounced later.
Certainty = Literal["told", "perhaps"]


class InstantIsNaive(ValueError):
    """Every instant needs a time zone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipient:
    """
    A person to tell, as reachable now.

    `key` is "patient:<id>" or "related:<id>"; a guardian has the audience PATIENT. `channels` are those that
    reach the person, preferred first; none means that nobody can be reached. Quiet hours are wall-clock times
    in the person's `zone`.
    """

    key: str
    audience: Audience
    zone: ZoneInfo
    language: str
    channels: tuple[str, ...]
    quiet_from: dt.time
    quiet_until: dt.time


@dataclass(frozen=True, kw_only=True, slots=True)
class Booking:
    """
    The times of an appointment, all aware, and how far it has come.

    `known_at` is when this start became known: booked, or last moved. `zone` is the clinic's.

    :raises InstantIsNaive: if a time has no zone
    """

    known_at: dt.datetime
    start: dt.datetime
    arrive_at: dt.datetime
    planned_end: dt.datetime
    ended_at: dt.datetime | None
    zone: ZoneInfo
    state: State

    def __post_init__(self) -> None:
        if any(instant.utcoffset() is None for instant in self.anchors.values()):
            raise InstantIsNaive

    @property
    def anchors(self) -> Mapping[Anchor, dt.datetime]:
        """Return what moments count from; the end is the planned one until one is recorded."""
        return {
            Anchor.BOOKING: self.known_at,
            Anchor.ARRIVE: self.arrive_at,
            Anchor.START: self.start,
            Anchor.END: self.ended_at or self.planned_end,
        }


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """
    What one request has told a recipient, or may have.

    `facts` are JSON values by name, as `facts_as_json` makes them. `parts` are the notices it stood for, as
    planned. `told_at` is aware. `channel` is the one it went over last, if that is known.
    """

    request: str
    recipient: str
    notice: str
    facts: Mapping[str, str]
    certainty: Certainty
    told_at: dt.datetime
    parts: tuple[str, ...] = ()
    channel: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlannedMessage:
    """
    One message owed to a recipient. It may go from `due_at`, never at or after `expires_at` (UTC).

    `time_critical` means that it goes in quiet hours too. `parts` are the notices it stands for, in the order to say them; itself if it is a single one. `facts` are
    pairs of name and JSON value, by name. `held` is empty, or why it must not go yet. `corrects` are the
    requests that it takes back. `rung` is how often the same was asked before, over another way.
    """

    recipient: str
    notice: str
    trigger: Trigger
    parts: tuple[str, ...]
    facts: tuple[tuple[str, str], ...]
    due_at: dt.datetime
    expires_at: dt.datetime
    purpose: Purpose
    safety: SafetyClass
    answer: Answer
    channels: tuple[str, ...]
    language: str
    held: str = ""
    corrects: tuple[str, ...] = ()
    time_critical: bool = False
    rung: int = 0

    @property
    def facts_hash(self) -> str:
        """
        Return the identity of what it says, as SHA-256 in hexadecimal.

        Over the facts, the requests it corrects and the rung; for a collapsed message over its parts too, since two
        that assert no fact at all may still stand for different notices. Never over times of sending.
        """
        content: dict[str, object] = {"facts": dict(self.facts), "corrects": sorted(self.corrects)}
        if self.trigger is Trigger.COLLAPSED:
            content["parts"] = sorted(self.parts)
        if self.rung:
            content["rung"] = self.rung
        canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class NotOwed:
    """A notice that is not owed to a recipient, and why: a code, with its detail behind a colon."""

    recipient: str
    notice: str
    reason: str


@dataclass(frozen=True, kw_only=True, slots=True)
class CallOwed:
    """
    Somebody phones the recipient by `by` (UTC), because a message cannot do it or would not be enough.

    A call that has been opened stays open until a person closes it: the plan stops naming it as soon as the
    message beside it has been told, and by then nobody has phoned. `opens_at` is when it becomes work, None at once.
    `facts` say what it is about: a call that somebody has made is not asked for again about the same.
    """

    recipient: str
    notice: str
    reason: str
    by: dt.datetime
    opens_at: dt.datetime | None = None
    facts: tuple[tuple[str, str], ...] = field(default=(), compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelinePlan:
    """All that is owed, with a reason for everything that is not. Each part is sorted."""

    messages: tuple[PlannedMessage, ...] = ()
    not_owed: tuple[NotOwed, ...] = ()
    calls: tuple[CallOwed, ...] = ()
