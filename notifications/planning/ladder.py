"""
The ladder: a question that nobody answers is asked over a second channel, then of a carer, then by phone.

The rungs depend on values only, like the plan they are added to: all of them are planned as soon as the question is,
and an answer takes back those that are still owed. The call opens at its time and has a deadline in opening hours,
before the first thing that the answer is needed for.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from notifications.planning.asking import Ask, asks_of
from notifications.planning.facts import facts_from_json
from notifications.planning.owed import channels_for, has_text
from notifications.planning.quiet import first_allowed
from notifications.planning.timeline import sorted_plan
from notifications.planning.values import (
    Booking,
    CallOwed,
    NotOwed,
    PlannedMessage,
    Recipient,
    TimelinePlan,
    Told,
)
from procedures.steps import Answer, Audience, Notice, SafetyClass, Step, Trigger

# [ops] How long an answer is waited for before the next rung, where there is time.
ASK_AGAIN_AFTER = dt.timedelta(hours=48)
# [ops] With less time than this for each rung nobody is written to again: a person phones.
SHORTEST_WAIT = dt.timedelta(hours=12)
# [ops] Whoever books later than this before the answer is needed has spoken to the clinic; nobody is asked again.
NO_TIME = dt.timedelta(hours=2)
# [ops] How long before its deadline a call is on the worklist at the latest.
CALL_LEAD = dt.timedelta(hours=4)
UNANSWERED = "unanswered"
SECOND_CHANNEL, CARER = 1, 2

# Half-open, aware, sorted.
Period = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True, kw_only=True, slots=True)
class Answering:
    """
    What is known of the answer, and what it is needed for.

    `answered` is about the start as it is now. `notice` is how long before the start the clinic must know.
    `open_between` returns the opening hours of the location between two aware instants.
    """

    answered: bool
    notice: dt.timedelta
    open_between: Callable[[dt.datetime, dt.datetime], Sequence[Period]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Climb:
    """When each rung of one ladder is due: the messages, then the call, with its deadline (UTC)."""

    messages_at: tuple[dt.datetime, ...]
    call_opens_at: dt.datetime
    call_by: dt.datetime


def with_ladder(
    plan: TimelinePlan,
    *,
    booking: Booking,
    steps: Iterable[Step],
    facts_now: Mapping[str, str],
    recipients: Sequence[Recipient],
    told: Iterable[Told],
    answering: Answering,
) -> TimelinePlan:
    """
    Return the plan with what follows if nobody answers.

    `facts_now` are JSON values, without what must not be said. Nothing follows once somebody has answered, or when
    the visit is no longer ahead. One ladder a person, from the first time this start was asked about.
    """
    if booking.state != "live":
        return plan
    notices = {notice.code: notice for step in steps for notice in step.notices}
    asks = asks_of(
        plan, booking=booking, notices=notices, facts_now=facts_now, recipients=recipients, told=told
    )
    if not asks:
        return plan
    listeners = tuple(_listeners(recipients, notices=notices, facts_now=facts_now))
    if answering.answered:
        silent = [NotOwed(recipient=r.key, notice=n.code, reason="answered") for r, n in listeners]
        return sorted_plan([*plan.messages, *plan.not_owed, *plan.calls, *silent])
    rungs: list[PlannedMessage | NotOwed | CallOwed] = []
    for ask in asks:
        rungs.extend(
            _rungs(ask, listeners=listeners, booking=booking, facts_now=facts_now, answering=answering)
        )
    return sorted_plan([*plan.messages, *plan.not_owed, *plan.calls, *_once(rungs)])


def climb(ask: Ask, *, rungs: int, booking: Booking, answering: Answering) -> Climb | None:
    """
    Return when `rungs` messages and the call are due, or None when there is no time to ask again.

    The time until the call must be open is shared evenly, at most `ASK_AGAIN_AFTER` each.
    """
    asked_at = ask.asked_at
    needed = [
        at for at in _needed_at(ask, booking=booking, notice=answering.notice) if at > asked_at + NO_TIME
    ]
    if not needed:
        return None
    hours = tuple(answering.open_between(asked_at, needed[-1]))
    call_by = _deadline(needed, hours=hours, asked_at=asked_at)
    open_at = max(call_by - CALL_LEAD, asked_at)
    wait = min(ASK_AGAIN_AFTER, (open_at - asked_at) / (rungs + 1))
    if wait < SHORTEST_WAIT:
        rungs, wait = 0, min(ASK_AGAIN_AFTER, open_at - asked_at)
    opens_at = _open_from(asked_at + wait * (rungs + 1), hours=hours)
    return Climb(
        messages_at=tuple(asked_at + wait * number for number in range(1, rungs + 1)),
        call_opens_at=min(opens_at, call_by),
        call_by=call_by,
    )


def _needed_at(ask: Ask, *, booking: Booking, notice: dt.timedelta) -> list[dt.datetime]:
    """Return the instants (UTC) by which an answer is worth having: for the diary, the fast, the journey."""
    stops = [value for name, value in facts_from_json(ask.facts).items() if name.endswith("_stop")]
    instants = [
        booking.start - notice,
        booking.arrive_at,
        *(at for at in stops if isinstance(at, dt.datetime)),
    ]
    return sorted(instant.astimezone(dt.UTC) for instant in instants)


def _deadline(
    needed: Sequence[dt.datetime], *, hours: Sequence[Period], asked_at: dt.datetime
) -> dt.datetime:
    """Return the last open instant before the first thing that leaves somebody time to phone; else that thing."""
    for instant in needed:
        open_until = [min(end, instant) for begin, end in hours if begin < instant]
        if open_until and open_until[-1] > asked_at:
            return open_until[-1].astimezone(dt.UTC)
    return needed[-1]


def _open_from(at: dt.datetime, *, hours: Sequence[Period]) -> dt.datetime:
    """Return the first instant (UTC) from `at` on at which somebody is there, or `at` if nobody will be."""
    later = [max(begin, at) for begin, end in hours if end > at]
    return later[0].astimezone(dt.UTC) if later else at


def _listeners(
    recipients: Iterable[Recipient], *, notices: Mapping[str, Notice], facts_now: Mapping[str, str]
) -> Iterator[tuple[Recipient, Notice]]:
    """Yield the carers whom the protocol lets know, with the notice written for them."""
    written = [notice for _, notice in sorted(notices.items()) if notice.trigger is Trigger.UNANSWERED]
    for recipient in recipients:
        fitting = [notice for notice in written if recipient.audience in notice.audiences]
        if recipient.audience is Audience.CARER and fitting and facts_now.keys() >= set(fitting[0].facts):
            yield recipient, fitting[0]


def _rungs(
    ask: Ask,
    *,
    listeners: Sequence[tuple[Recipient, Notice]],
    booking: Booking,
    facts_now: Mapping[str, str],
    answering: Answering,
) -> Iterator[PlannedMessage | NotOwed | CallOwed]:
    """Yield everything that follows one question."""
    reachable = [pair for pair in listeners if _reaches(*pair)]
    has_second = bool(ask.other_channels)
    times = climb(ask, rungs=has_second + bool(reachable), booking=booking, answering=answering)
    if times is None:
        yield NotOwed(recipient=ask.recipient.key, notice=ask.notice.code, reason="no-time-to-ask-again")
        return
    waiting = list(times.messages_at)
    if has_second and waiting:
        yield from _sent(_second_channel(ask, at=waiting.pop(0)))
    if waiting:
        for recipient, notice in reachable:
            yield from _sent(_to_carer(ask, recipient, notice, at=waiting[0], facts_now=facts_now))
    unreachable = [pair for pair in listeners if not _reaches(*pair)]
    yield from (NotOwed(recipient=r.key, notice=n.code, reason="no-channel") for r, n in unreachable)
    yield CallOwed(
        recipient=ask.recipient.key,
        notice=ask.notice.code,
        reason=UNANSWERED,
        by=times.call_by,
        opens_at=times.call_opens_at,
        facts=tuple(sorted(ask.facts.items())),
    )


def _reaches(recipient: Recipient, notice: Notice) -> bool:
    return bool(channels_for(notice, recipient=recipient)) and has_text(notice, recipient=recipient)


def _sent(message: PlannedMessage) -> Iterator[PlannedMessage | NotOwed]:
    """Yield a rung, or why quiet hours have left it no time."""
    if message.due_at < message.expires_at:
        yield message
    else:
        yield NotOwed(recipient=message.recipient, notice=message.notice, reason="too-late")


def _second_channel(ask: Ask, *, at: dt.datetime) -> PlannedMessage:
    return PlannedMessage(
        recipient=ask.recipient.key,
        notice=ask.notice.code,
        trigger=ask.notice.trigger,
        parts=ask.parts,
        facts=tuple(sorted(ask.facts.items())),
        due_at=first_allowed(at, recipient=ask.recipient),
        expires_at=ask.expires_at,
        purpose=ask.notice.purpose,
        safety=ask.notice.safety,
        answer=Answer.CONFIRM,
        channels=ask.other_channels,
        language=ask.recipient.language,
        rung=SECOND_CHANNEL,
    )


def _to_carer(
    ask: Ask, recipient: Recipient, notice: Notice, *, at: dt.datetime, facts_now: Mapping[str, str]
) -> PlannedMessage:
    asked = _second_channel(ask, at=at)
    return replace(
        asked,
        recipient=recipient.key,
        notice=notice.code,
        trigger=notice.trigger,
        parts=(notice.code,),
        facts=tuple(sorted((name, facts_now[name]) for name in notice.facts)),
        due_at=first_allowed(at, recipient=recipient),
        purpose=notice.purpose,
        safety=SafetyClass.ROUTINE,
        answer=Answer.NONE,
        channels=channels_for(notice, recipient=recipient),
        language=recipient.language,
        rung=CARER,
    )


def _once(
    rungs: Iterable[PlannedMessage | NotOwed | CallOwed],
) -> Iterator[PlannedMessage | NotOwed | CallOwed]:
    """Yield what several ladders of one visit (two guardians) would say twice only the first time: one call does."""
    seen: set[tuple[str, str, str]] = set()
    for rung in sorted(rungs, key=_earliest):
        key = (
            ("", "", UNANSWERED)
            if isinstance(rung, CallOwed)
            else (rung.recipient, rung.notice, type(rung).__name__)
        )
        if key not in seen:
            seen.add(key)
            yield rung


def _earliest(rung: PlannedMessage | NotOwed | CallOwed) -> tuple[str, str, str]:
    at = rung.by.isoformat() if isinstance(rung, CallOwed) else ""
    at = rung.due_at.isoformat() if isinstance(rung, PlannedMessage) else at
    return at, rung.recipient, rung.notice
