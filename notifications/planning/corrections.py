"""
What must be taken back of that which was told.

A correction says what was told wrong as it is now, and all that is due by then, so that one message suffices.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping

from notifications.planning.beliefs import Beliefs, beliefs_by_recipient
from notifications.planning.changes import Change, change_for
from notifications.planning.facts import WITHDRAWN
from notifications.planning.owed import NO_TEXT, UNRENDERABLE, Owed, channels_for, has_text
from notifications.planning.quiet import correction_expires_at, first_allowed
from notifications.planning.values import Booking, CallOwed, PlannedMessage, Recipient, Told
from procedures.steps import Notice, SafetyClass


def diff(
    *,
    told: Iterable[Told],
    booking: Booking,
    facts_now: Mapping[str, str],
    recipients: Iterable[Recipient],
    notices: Iterable[Notice],
    changed_at: dt.datetime,
    also: Iterable[Owed] = (),
) -> tuple[tuple[PlannedMessage, ...], tuple[CallOwed, ...]]:
    """
    Return the corrections owed, one a recipient at most, and the calls that go with them.

    `facts_now` are JSON values, without what must not be said. `changed_at` (aware) is when the change was made.
    `also` are scheduled notices not told yet, said in the same breath where they are due by then. A correction
    perhaps told is owed until it is certain, and keeps its identity, so that its request decides about a resend.
    Whoever was told something and is no longer among `recipients` is phoned.
    """
    by_code = {notice.code: notice for notice in notices}
    by_key = {recipient.key: recipient for recipient in recipients}
    waiting = list(also)
    messages: list[PlannedMessage] = []
    calls: list[CallOwed] = []
    for key, beliefs in beliefs_by_recipient(told, notices=by_code).items():
        change = change_for(
            beliefs, booking=booking, facts_now=facts_now, notices=by_code, changed_at=changed_at
        )
        if change is None:
            continue
        recipient = by_key.get(key)
        notice = _notice(change, recipient=recipient, notices=by_code)
        its_own = [item for item in waiting if item.recipient.key == key]
        message = _message(change, recipient=recipient, notice=notice, booking=booking,
                           facts_now=facts_now, beliefs=beliefs, also=its_own)  # fmt: skip
        messages.extend([message] if message else [])
        calls.extend(_calls(change, key=key, notice=notice, listed=recipient is not None, message=message,
                            facts_now=facts_now))  # fmt: skip
    return tuple(messages), tuple(calls)


def _notice(change: Change, *, recipient: Recipient | None, notices: Mapping[str, Notice]) -> Notice | None:
    """Return the protocol's notice for this change, one written for the recipient's audience."""
    fitting = [
        notice
        for _, notice in sorted(notices.items())
        if notice.trigger is change.trigger and (recipient is None or recipient.audience in notice.audiences)
    ]
    return fitting[0] if fitting else None


def _message(
    change: Change,
    *,
    recipient: Recipient | None,
    notice: Notice | None,
    booking: Booking,
    facts_now: Mapping[str, str],
    beliefs: Beliefs,
    also: Iterable[Owed],
) -> PlannedMessage | None:
    """Return the correction for one recipient, None if no message can be made or can reach them."""
    if recipient is None or notice is None or not channels_for(notice, recipient=recipient):
        return None
    due_at, time_critical = _when(change, recipient=recipient)
    covered = sorted((item for item in also if _due_by(item, due_at)), key=lambda item: item.order)
    perhaps = _perhaps_told(change, notice=notice, beliefs=beliefs, facts_now=facts_now)
    facts = perhaps.facts if perhaps else _facts(change, notice=notice, facts_now=facts_now, covered=covered)
    parts = perhaps.parts[1:] if perhaps else [item.notice.code for item in covered]
    return PlannedMessage(
        recipient=recipient.key,
        notice=notice.code,
        trigger=change.trigger,
        parts=(notice.code, *parts),
        facts=tuple(sorted(facts.items())),
        due_at=due_at,
        expires_at=correction_expires_at(due_at=due_at, booking=booking),
        purpose=notice.purpose,
        safety=SafetyClass.SAFETY,
        answer=notice.answer,
        channels=channels_for(notice, recipient=recipient),
        language=recipient.language,
        held=_held(notice, recipient=recipient, facts_now=facts_now),
        corrects=change.corrects,
        time_critical=time_critical,
    )


def _when(change: Change, *, recipient: Recipient) -> tuple[dt.datetime, bool]:
    """Return when a correction goes (UTC), and whether that is in spite of quiet hours."""
    allowed_at = first_allowed(change.noticed_at, recipient=recipient)
    if allowed_at > change.noticed_at and change.cannot_wait_until(allowed_at):
        return change.noticed_at, True
    return allowed_at, False


def _facts(
    change: Change, *, notice: Notice, facts_now: Mapping[str, str], covered: Iterable[Owed]
) -> dict[str, str]:
    """Return what was told wrong as it is now, what the notice itself says, and what is due by then."""
    facts = {name: facts_now.get(name, WITHDRAWN) for name in change.names}
    facts |= {name: facts_now[name] for name in notice.facts if name in facts_now}
    for item in covered:
        facts.update(item.facts)
    return facts


def _due_by(item: Owed, due_at: dt.datetime) -> bool:
    return not item.held and item.due_from <= due_at < item.expires_at


def _perhaps_told(
    change: Change, *, notice: Notice, beliefs: Beliefs, facts_now: Mapping[str, str]
) -> Told | None:
    """Return the newest request that perhaps told this very correction, in today's values."""
    for told in beliefs.entries:
        as_now = all(facts_now.get(name, WITHDRAWN) == value for name, value in told.facts.items())
        if (
            told.certainty == "perhaps"
            and told.notice == notice.code
            and as_now
            and told.facts.keys() >= set(change.names)
        ):
            return told
    return None


def _held(notice: Notice, *, recipient: Recipient, facts_now: Mapping[str, str]) -> str:
    if not has_text(notice, recipient=recipient):
        return NO_TEXT
    return "" if all(name in facts_now for name in notice.facts) else UNRENDERABLE


def _calls(
    change: Change,
    *,
    key: str,
    notice: Notice | None,
    listed: bool,
    message: PlannedMessage | None,
    facts_now: Mapping[str, str],
) -> Iterator[CallOwed]:
    """Yield the calls that go with a correction, or take its place."""
    reasons = {
        "may-have-stopped-a-medicine": change.about_medicine,
        "fact-has-passed": change.comes_too_late,
        "no-language": message is not None and message.held == NO_TEXT,
        "no-text": (message is not None and message.held == UNRENDERABLE) or (listed and notice is None),
        "no-channel": message is None and not (listed and notice is None),
    }
    code = notice.code if notice else change.trigger.value
    about = {name: facts_now.get(name, WITHDRAWN) for name in change.names} | {
        "corrects": ",".join(change.corrects)
    }
    for reason, holds in reasons.items():
        if holds:
            yield CallOwed(
                recipient=key,
                notice=code,
                reason=reason,
                by=change.call_by,
                facts=tuple(sorted(about.items())),
            )
