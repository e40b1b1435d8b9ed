"""What was already due when the start became known: one message instead of many."""

import datetime as dt
from collections.abc import Mapping, Sequence

from notifications.planning.owed import Owed, channels_for, has_text
from notifications.planning.quiet import first_allowed
from notifications.planning.values import PlannedMessage
from procedures.steps import Answer, Notice, Purpose, SafetyClass, Trigger


def collapse(
    items: Sequence[Owed], *, collapsed: Notice | None, known_at: dt.datetime, facts_now: Mapping[str, str]
) -> tuple[PlannedMessage, ...]:
    """
    Return the messages that say several notices of one recipient at once, as soon as quiet hours allow.

    One notice goes as itself. So does each of several when the protocol has no collapsed notice that the
    recipient can read. The collapsed message is over as soon as one of its parts is.
    """
    recipient = items[0].recipient
    due_at = first_allowed(known_at, recipient=recipient)
    readable = (
        collapsed is not None
        and recipient.audience in collapsed.audiences
        and has_text(collapsed, recipient=recipient)
        and bool(channels_for(collapsed, recipient=recipient))
        and all(name in facts_now for name in collapsed.facts)
    )
    if collapsed is None or not readable or len(items) == 1:
        return tuple(item.message(due_at=due_at) for item in items)
    return (_together(sorted(items, key=_order), collapsed=collapsed, due_at=due_at, facts_now=facts_now),)


def _order(item: Owed) -> tuple[bool, dt.datetime, str]:
    return item.order


def _together(
    parts: Sequence[Owed], *, collapsed: Notice, due_at: dt.datetime, facts_now: Mapping[str, str]
) -> PlannedMessage:
    recipient = parts[0].recipient
    facts = {name: facts_now[name] for name in collapsed.facts}
    for part in parts:
        facts.update(part.facts)
    notices = [part.notice for part in parts]
    purposes = {notice.purpose for notice in notices}
    safeties = {notice.safety for notice in notices}
    answers = {notice.answer for notice in (collapsed, *notices)}
    return PlannedMessage(
        recipient=recipient.key,
        notice=collapsed.code,
        trigger=Trigger.COLLAPSED,
        parts=tuple(notice.code for notice in notices),
        facts=tuple(sorted(facts.items())),
        due_at=due_at,
        expires_at=min(part.expires_at for part in parts),
        purpose=Purpose.PREPARATION if Purpose.PREPARATION in purposes else Purpose.AFTERCARE,
        safety=SafetyClass.SAFETY if SafetyClass.SAFETY in safeties else SafetyClass.ROUTINE,
        answer=Answer.CONFIRM if Answer.CONFIRM in answers else Answer.NONE,
        channels=channels_for(collapsed, recipient=recipient),
        language=recipient.language,
    )
