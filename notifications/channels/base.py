"""
What every channel offers: hand one message to a provider, and say later whether it got there.

No queries and no transactions here. A channel is called outside any transaction, and its errors carry codes
only, because a provider's own words contain addresses.
"""

import datetime as dt
import math
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, kw_only=True, slots=True)
class OutgoingMessage:
    """
    One attempt, ready to leave.

    `uid` is the attempt's and travels with the message; `to` is an E.164 number or an address; `sender_name`
    stands as on the letterhead; `subject` and `html` are empty for SMS; `expires_at` (aware, UTC) is handed
    on to the carrier where it can be. Email may carry `calendar`, an iCalendar object with its `calendar_method`,
    and `unsubscribe_url`, where one POST ends routine email. No call starts at or after `call_before`, on the
    monotonic clock.
    """

    uid: UUID
    to: str
    sender_name: str
    subject: str
    text: str
    html: str
    expires_at: dt.datetime
    calendar: str = ""
    calendar_method: str = ""
    unsubscribe_url: str = ""
    call_before: float = math.inf


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """The provider has the message; `provider_ref` is its name for it, `provider` ours for the provider."""

    provider_ref: str
    provider: str = ""


_WEB_ADDRESS = re.compile(r"https?://\S+")


class Presence(StrEnum):
    """What a provider knows of a message whose sending is in doubt."""

    FOUND = "found"
    ABSENT = "absent"
    CANNOT_TELL = "cannot-tell"


@dataclass(frozen=True, kw_only=True, slots=True)
class LookUp:
    """`provider_ref` is set when found, else empty."""

    presence: Presence
    provider_ref: str = ""


class NotSent(Exception):
    """The message could not be sent."""

    def __init__(self, reason: str) -> None:
        """Carry `reason`: a short code for lists and logs, with nothing personal in it."""
        super().__init__(reason)
        self.reason = reason


class TryLater(NotSent):
    """The provider did not take the message now. It may later."""

    def __init__(self, reason: str, *, after: dt.timedelta | None = None) -> None:
        """Carry how long the provider asks us to wait, if it says so."""
        super().__init__(reason)
        self.after = after


class Undeliverable(NotSent):
    """The provider refused the message for good."""

    def __init__(self, reason: str, *, address_is_bad: bool) -> None:
        """Carry whether the refusal is about the address, so that nothing else need be tried with it."""
        super().__init__(reason)
        self.address_is_bad = address_is_bad


class Doubtful(NotSent):
    """The message was handed over, but no answer came. It may or may not arrive."""


class Channel(Protocol):
    """One way to reach a person."""

    name: str

    def send(self, message: OutgoingMessage, *, now: dt.datetime) -> Receipt:
        """
        Hand the message to the provider; returns within `CHANNEL_TIMEOUT_SECONDS`. `now` is aware.

        :raises TryLater: if it was certainly not taken, but may be later
        :raises Undeliverable: if it was refused for good, or has expired
        :raises Doubtful: if it was handed over and no answer came
        """
        ...

    def look_up(self, message_uid: UUID, *, to: str, since: dt.datetime, text: str = "") -> LookUp:
        """
        Ask the provider what became of an attempt that began at `since` (aware); never raises for its failures.

        `text` is what was sent, if it is known: some providers can be asked for nothing else. It may have
        gone through `without_links`.
        """
        ...


def seconds_left(message: OutgoingMessage, *, now: dt.datetime) -> float:
    """
    Return for how long the message may still be delivered.

    :raises Undeliverable: if its time is over
    """
    left = (message.expires_at - now).total_seconds()
    if left <= 0:
        raise Undeliverable("expired", address_is_bad=False)
    return left


def without_links(text: str) -> str:
    """Return `text` as it may be kept: a link opens the page, so each stands there as "[link]"."""
    return _WEB_ADDRESS.sub("[link]", text)
