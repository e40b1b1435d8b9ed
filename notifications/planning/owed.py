"""Whether a scheduled notice is owed to a recipient, and if not, why not."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from notifications.planning.beliefs import Beliefs
from notifications.planning.quiet import not_before, place, scheduled_window
from notifications.planning.values import Booking, PlannedMessage, Recipient, Told
from procedures.steps import FactValue, Gate, Notice, Purpose, SafetyClass, Step, Trigger

UNSIGNED = "unsigned"
NO_TEXT = "no-text"
UNRENDERABLE = "unrenderable"

# The first condition of a step that does not hold, None when all do; or the codes of the steps that hold.
Conditions = Callable[[Step], str | None] | frozenset[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """What a plan is made from, but for the recipients and what they were told. `said` are the facts as JSON values."""

    booking: Booking
    facts: Mapping[str, FactValue]
    said: Mapping[str, str]
    active_conditions: Conditions
    never_send: frozenset[str]
    signed: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Owed:
    """
    A scheduled notice that holds for a recipient, before it is known whether it was said already.

    It wants to go at `wanted_at`; outside quiet hours that is `placed_at`, None if it does not fit (UTC).
    """

    recipient: Recipient
    step: Step
    notice: Notice
    facts: Mapping[str, str]
    held: str
    wanted_at: dt.datetime
    expires_at: dt.datetime
    placed_at: dt.datetime | None

    @property
    def due_from(self) -> dt.datetime:
        """Return the first instant at which the recipient could have had it."""
        return min(self.wanted_at, self.placed_at or self.wanted_at)

    @property
    def is_complete(self) -> bool:
        """Return whether every fact it asserts is there; what waits for a signature may lack some."""
        return self.facts.keys() == set(self.notice.facts)

    @property
    def order(self) -> tuple[bool, dt.datetime, str]:
        """Return what sorts notices that are said together: safety first, then by time."""
        return (self.notice.safety is not SafetyClass.SAFETY, self.wanted_at, self.notice.code)

    def message(self, *, due_at: dt.datetime) -> PlannedMessage:
        """Return the notice as a message of its own."""
        return PlannedMessage(
            recipient=self.recipient.key,
            notice=self.notice.code,
            trigger=Trigger.SCHEDULED,
            parts=(self.notice.code,),
            facts=tuple(sorted(self.facts.items())),
            due_at=due_at,
            expires_at=self.expires_at,
            purpose=self.notice.purpose,
            safety=self.notice.safety,
            answer=self.notice.answer,
            channels=channels_for(self.notice, recipient=self.recipient),
            language=self.recipient.language,
            held=self.held,
        )


def refusal(step: Step, *, notice: Notice, recipient: Recipient, case: Case) -> str:
    """Return why a scheduled notice is not owed to a recipient, or nothing if it is."""
    state = case.booking.state
    if state in {"cancelled", "silent"} or (state == "over" and notice.purpose is not Purpose.AFTERCARE):
        return state
    if recipient.audience not in notice.audiences:
        return f"not-for:{recipient.audience.value}"
    if step.subject in case.never_send:
        return f"never-send:{step.subject}"
    unmet = _unmet_condition(step, case.active_conditions)
    if unmet:
        return f"condition-not-met:{unmet}"
    # What waits for a signature is shown as waiting, whether or not its facts are there yet.
    missing = [] if _waits(notice, case) else [name for name in notice.facts if name not in case.facts]
    return f"missing-fact:{missing[0]}" if missing else ""


def owed(notice: Notice, *, step: Step, recipient: Recipient, case: Case) -> Owed:
    """Return a notice that nothing refuses, with its facts and its window."""
    facts = {name: case.facts[name] for name in notice.facts if name in case.facts}
    wanted_at, expires_at = scheduled_window(notice, booking=case.booking, facts=facts)
    # The signature first: whoever phones in place of a text may say no more than the text.
    held = UNSIGNED if _waits(notice, case) else "" if has_text(notice, recipient=recipient) else NO_TEXT
    return Owed(
        recipient=recipient,
        step=step,
        notice=notice,
        facts={name: case.said[name] for name in facts},
        held=held,
        wanted_at=wanted_at,
        expires_at=expires_at,
        placed_at=place(
            wanted_at,
            expires_at=expires_at,
            earliest_at=not_before(notice, booking=case.booking),
            purpose=notice.purpose,
            recipient=recipient,
        ),
    )


def said_by(item: Owed, *, beliefs: Beliefs | None, notices: Mapping[str, Notice]) -> str:
    """
    Return the request that has certainly told all of a notice as it is now, or nothing.

    Only its own request counts, or one that stood in for it: two notices may assert the same start and still
    say different things. Without facts once is enough; with facts not before the notice was due. What waits for
    its facts has not been said.
    """
    if not item.is_complete:
        return ""
    for told in beliefs.entries if beliefs else ():
        if told.certainty != "told" or not _speaks_for(told, item.notice, notices=notices):
            continue
        as_now = all(told.facts.get(name) == value for name, value in item.facts.items())
        if as_now and (not item.facts or told.told_at >= item.due_from):
            return told.request
    return ""


def channels_for(notice: Notice, *, recipient: Recipient) -> tuple[str, ...]:
    """Return the notice's channels that reach the recipient, in the notice's order; naming none allows all."""
    return tuple(
        channel for channel in notice.channels or recipient.channels if channel in recipient.channels
    )


def has_text(notice: Notice, *, recipient: Recipient) -> bool:
    """Return whether the notice can be said in the recipient's language."""
    return any(text.language == recipient.language for text in notice.texts)


def _speaks_for(told: Told, notice: Notice, *, notices: Mapping[str, Notice]) -> bool:
    if notice.code in (told.notice, *told.parts):
        return True
    # A record without parts: a message that stands in for others is taken by the facts it told.
    teller = notices.get(told.notice)
    stands_in = teller is not None and teller.trigger is not Trigger.SCHEDULED
    return stands_in and not told.parts and bool(notice.facts)


def _waits(notice: Notice, case: Case) -> bool:
    return notice.gate is Gate.SIGNATURE and not case.signed


def _unmet_condition(step: Step, active: Conditions) -> str:
    if isinstance(active, frozenset):
        return "" if not step.conditions or step.code in active else ",".join(step.conditions)
    return active(step) or ""
