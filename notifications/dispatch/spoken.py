"""What somebody at the telephone says in place of a message: its own words, in full, without greeting and link."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from notifications.codes import RequestReason
from notifications.dispatch.compose import CANNOT_BE_SAID, rendering_of
from notifications.dispatch.preview import corrections_of, messages_of, unsent_request
from notifications.planning import PlannedMessage
from procedures.wording import Medium
from scheduling.models import Appointment

# What those at the telephone read themselves.
STAFF_LANGUAGE = "en"
_PARAGRAPH_END = re.compile(r"\n\s*\n")


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoken:
    """
    What to say to one person (planner key) about one notice, paragraph by paragraph. It was to go from `due_at`
    and makes no sense from `expires_at` on (UTC).

    `words` are empty where the protocol has none in the person's language; `in_english`, for an interpreter, where
    that language is English. Both are empty while it is `waiting` and must not be said: unsigned, or not settled.
    """

    recipient: str
    notice: str
    due_at: dt.datetime
    expires_at: dt.datetime
    language: str
    words: tuple[str, ...]
    in_english: tuple[str, ...]
    waiting: bool


def spoken_of(appointment: Appointment) -> tuple[Spoken, ...]:
    """
    Return what the people of an appointment (read with its facts) must know, by time, true as the plan stands.

    :raises InvalidCase: if what is recorded about the patient does not make a case
    """
    return tuple(_spoken(appointment, messages_of(appointment)))


def spoken_corrections(appointment: Appointment, *, now: dt.datetime) -> tuple[Spoken, ...]:
    """
    Return what takes back what the people of an appointment (read with its facts) were told; `now` is aware.

    :raises InvalidCase: if what is recorded about the patient does not make a case
    """
    return tuple(_spoken(appointment, corrections_of(appointment, now=now)))


def _spoken(appointment: Appointment, messages: Iterable[PlannedMessage]) -> Iterable[Spoken]:
    for message in messages:
        is_english = message.language.partition("-")[0] == STAFF_LANGUAGE
        yield Spoken(
            recipient=message.recipient,
            notice=message.notice,
            due_at=message.due_at,
            expires_at=message.expires_at,
            language=message.language,
            words=_words(appointment, message, language=message.language),
            in_english=() if is_english else _words(appointment, message, language=STAFF_LANGUAGE),
            waiting=_is_waiting(message),
        )


def _is_waiting(message: PlannedMessage) -> bool:
    """Return whether it is held for another reason than that there is no text for a letter."""
    return message.held not in {"", RequestReason.NO_TEXT}


def _words(appointment: Appointment, message: PlannedMessage, *, language: str) -> tuple[str, ...]:
    """Return the paragraphs of a message; none while it waits, or where its text or a fact is missing."""
    if _is_waiting(message):
        return ()
    request = unsent_request(appointment, message, language=language)
    try:
        rendering = rendering_of(request=request, channel="email", link="", now=message.due_at)
        texts = [text for part in rendering.parts for text in _PARAGRAPH_END.split(part)]
        return tuple(said for text in texts if (said := rendering.said(text, medium=Medium.FULL)))
    except CANNOT_BE_SAID:
        return ()
