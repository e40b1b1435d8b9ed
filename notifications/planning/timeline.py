"""
The plan of everything that is owed about one appointment.

It depends on values only, never on the present: planned again it is the same, and what lies in the past was
due then. Making the database equal to it is the business of `reconcile_timeline`.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import attrgetter

from notifications.planning.beliefs import beliefs_by_recipient
from notifications.planning.collapse import collapse
from notifications.planning.corrections import diff
from notifications.planning.facts import facts_as_json, without_medicines
from notifications.planning.owed import (
    NO_TEXT,
    Case,
    Conditions,
    Owed,
    channels_for,
    owed,
    refusal,
    said_by,
)
from notifications.planning.quiet import first_allowed
from notifications.planning.values import (
    Booking,
    CallOwed,
    NotOwed,
    PlannedMessage,
    Recipient,
    TimelinePlan,
    Told,
)
from procedures.steps import FactValue, Notice, SafetyClass, Step, Trigger

Entry = PlannedMessage | NotOwed | CallOwed


def plan_timeline(
    *,
    booking: Booking,
    steps: Iterable[Step],
    facts: Mapping[str, FactValue],
    recipients: Iterable[Recipient],
    active_conditions: Conditions,
    never_send: frozenset[str],
    signed: bool,
    told: Iterable[Told] = (),
    changed_at: dt.datetime | None = None,
) -> TimelinePlan:
    """
    Return all that is owed, with a reason for every notice of a step that is not.

    `active_conditions` returns the first condition of a step that does not hold (None: all do), or lists the
    codes of the steps whose conditions hold. Without `signed` no fact about a medicine is said, and one said
    before is taken back. `changed_at` (aware) is when what was told stopped being true, `booking.known_at` if
    not given; it moves corrections, not their identity. The order of the inputs does not matter.

    :raises MomentMissing: if a scheduled notice has no moment
    """
    sayable = facts if signed else without_medicines(facts)
    case = Case(
        booking=booking,
        facts=sayable,
        said=facts_as_json(sayable),
        active_conditions=active_conditions,
        never_send=never_send,
        signed=signed,
    )
    return sorted_plan(
        _entries(
            tuple(steps),
            recipients=tuple(recipients),
            case=case,
            told=tuple(told),
            changed_at=changed_at or booking.known_at,
        )
    )


def _entries(
    steps: tuple[Step, ...],
    *,
    recipients: tuple[Recipient, ...],
    case: Case,
    told: tuple[Told, ...],
    changed_at: dt.datetime,
) -> Iterator[Entry]:
    """Yield everything that is owed, and everything that is not."""
    notices = {notice.code: notice for step in steps for notice in step.notices}
    scheduled = list(_scheduled(steps, recipients=recipients, case=case, told=told, notices=notices))
    yield from (entry for entry in scheduled if isinstance(entry, NotOwed))
    waiting = [entry for entry in scheduled if isinstance(entry, Owed)]
    corrections, calls = diff(
        told=told,
        booking=case.booking,
        facts_now=case.said,
        recipients=recipients,
        notices=notices.values(),
        changed_at=changed_at,
        also=waiting,
    )
    yield from corrections
    yield from calls
    yield from _settled(waiting, corrections=corrections, case=case, notices=notices)


def _scheduled(
    steps: Iterable[Step],
    *,
    recipients: Iterable[Recipient],
    case: Case,
    told: Iterable[Told],
    notices: Mapping[str, Notice],
) -> Iterator[Owed | NotOwed]:
    """Yield, for each scheduled notice and recipient, what is owed or why it is not."""
    beliefs = beliefs_by_recipient(told, notices=notices)
    addressed = [
        (step, notice, recipient)
        for step in steps
        for notice in step.notices
        if notice.trigger is Trigger.SCHEDULED
        for recipient in recipients
    ]
    for step, notice, recipient in addressed:
        reason = refusal(step, notice=notice, recipient=recipient, case=case)
        if reason:
            yield NotOwed(recipient=recipient.key, notice=notice.code, reason=reason)
            continue
        item = owed(notice, step=step, recipient=recipient, case=case)
        request = said_by(item, beliefs=beliefs.get(recipient.key), notices=notices)
        yield _not_owed(item, f"said-by:{request}") if request else item


def _settled(
    waiting: Iterable[Owed],
    *,
    corrections: Sequence[PlannedMessage],
    case: Case,
    notices: Mapping[str, Notice],
) -> Iterator[Entry]:
    """Yield what becomes of each notice that is owed and not said yet."""
    covering = {(message.recipient, part): message for message in corrections for part in message.parts}
    known_at = case.booking.known_at.astimezone(dt.UTC)
    due_already: dict[str, list[Owed]] = {}
    too_late: list[Owed] = []
    for item in sorted(waiting, key=lambda item: (item.recipient.key, item.order)):
        cover = covering.get((item.recipient.key, item.notice.code))
        first = first_allowed(known_at, recipient=item.recipient)
        if cover is not None and item.facts.items() <= dict(cover.facts).items():
            yield _not_owed(item, f"said-by:{cover.trigger.value}")
        elif not channels_for(item.notice, recipient=item.recipient):
            yield from _unsendable(item, "no-channel", call="no-channel")
        elif item.wanted_at > known_at:
            yield from _at_its_time(item)
        elif first >= item.expires_at:
            too_late.append(item)
        elif item.held:
            yield from _message(item, due_at=first)
        else:
            due_already.setdefault(item.recipient.key, []).append(item)
    at_once = [
        message
        for items in due_already.values()
        for message in collapse(
            items,
            collapsed=_collapsed_notice(items, notices),
            known_at=known_at,
            facts_now=case.said,
        )
    ]
    yield from at_once
    for item in too_late:
        yield from _too_late(item, said_at_once=[*corrections, *at_once])


def _too_late(item: Owed, *, said_at_once: Iterable[PlannedMessage]) -> Iterator[Entry]:
    """Yield a call, unless a message that goes at once holds another notice of the step with the same facts."""
    same_step = {notice.code for notice in item.step.notices}
    tellers = [
        message.notice
        for message in said_at_once
        if message.recipient == item.recipient.key
        and not message.held
        and not same_step.isdisjoint(message.parts)
        and item.is_complete
        and item.facts.items() <= dict(message.facts).items()
    ]
    if tellers:
        yield _not_owed(item, f"said-by:{tellers[0]}")
    else:
        yield from _unsendable(item, "too-late", call="too-late-to-send")


def _at_its_time(item: Owed) -> Iterator[Entry]:
    if item.placed_at is not None:
        yield from _message(item, due_at=item.placed_at)
    elif item.expires_at <= item.wanted_at:
        yield from _unsendable(item, "too-late", call="too-late-to-send")
    else:
        yield _call(item, "quiet-hours-do-not-fit")


def _message(item: Owed, *, due_at: dt.datetime) -> Iterator[Entry]:
    yield item.message(due_at=due_at)
    if item.held == NO_TEXT:
        yield _call(item, "no-language")


def _unsendable(item: Owed, reason: str, *, call: str) -> Iterator[Entry]:
    """Yield why it is not sent and, since silence would be unsafe, a call in place of a safety message."""
    yield _not_owed(item, reason)
    if item.notice.safety is SafetyClass.SAFETY:
        yield _call(item, call)


def _not_owed(item: Owed, reason: str) -> NotOwed:
    return NotOwed(recipient=item.recipient.key, notice=item.notice.code, reason=reason)


def _call(item: Owed, reason: str) -> CallOwed:
    return CallOwed(
        recipient=item.recipient.key,
        notice=item.notice.code,
        reason=reason,
        by=item.expires_at,
        facts=tuple(sorted(item.facts.items())),
    )


def _collapsed_notice(items: list[Owed], notices: Mapping[str, Notice]) -> Notice | None:
    audience = items[0].recipient.audience
    return next(
        (
            notice
            for _, notice in sorted(notices.items())
            if notice.trigger is Trigger.COLLAPSED and audience in notice.audiences
        ),
        None,
    )


def sorted_plan(entries: Iterable[Entry]) -> TimelinePlan:
    """Return the entries as a plan, each once and in order."""
    messages: list[PlannedMessage] = []
    not_owed: list[NotOwed] = []
    calls: list[CallOwed] = []
    for entry in dict.fromkeys(entries):
        if isinstance(entry, NotOwed):
            not_owed.append(entry)
        elif isinstance(entry, PlannedMessage):
            messages.append(entry)
        else:
            calls.append(entry)
    return TimelinePlan(
        messages=tuple(sorted(messages, key=attrgetter("due_at", "recipient", "notice", "held"))),
        not_owed=tuple(sorted(not_owed, key=attrgetter("recipient", "notice", "reason"))),
        calls=tuple(sorted(calls, key=attrgetter("recipient", "notice", "reason"))),
    )
