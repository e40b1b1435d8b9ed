"""SMS through Twilio."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from twilio.base.exceptions import (  # type: ignore[import-untyped]
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.rest import Client  # type: ignore[import-untyped]

from notifications.channels.base import (
    Doubtful,
    LookUp,
    NotSent,
    OutgoingMessage,
    Presence,
    Receipt,
    TryLater,
    Undeliverable,
    seconds_left,
    without_links,
)
from notifications.channels.twilio_http import TwilioHttp

PROVIDER = "twilio"
# Twilio's error 90007: whole seconds from 1 to 36,000; also its default.
VALIDITY_SECONDS = (1, 36_000)
# Where Twilio reports the fate of an attempt, below PUBLIC_BASE_URL. Its webhook answers here.
STATUS_PATH = "/hooks/twilio/status/{uid}"
# [ops] How far Twilio's clock and ours may be apart, and how many recent messages to a number are looked at.
CLOCK_SKEW = dt.timedelta(seconds=30)
RECENT_MESSAGES = 50

# Twilio's error codes that are about one message: our reason, and whether the number is of no more use.
_REFUSALS = {
    21211: ("number-invalid", True),
    21217: ("number-invalid", True),
    21614: ("not-a-mobile-number", True),
    21610: ("opted-out", True),
    21612: ("no-route", False),
    21408: ("region-not-allowed", False),
    21617: ("text-too-long", False),
}
_QUEUE_FULL = 21611
# Ours to put right, and no fault of the message: login, payment, permission, a wrong account.
_OUR_FAULT = frozenset({401, 402, 403, 404})
_GATEWAY_TIMEOUT, _SERVER_ERROR, _REQUEST_ERROR = 504, 500, 400


class TwilioSms:
    """
    Sends from a number, or a messaging service (its name begins with MG).

    `TWILIO_SENDERS` names one for each country calling code; all other countries have `TWILIO_FROM`.
    """

    def __init__(self, *, name: str = "sms") -> None:
        """Read the account from the settings; one client serves all threads."""
        self.name = name
        self._http = TwilioHttp(
            timeout_seconds=settings.CHANNEL_TIMEOUT_SECONDS, base_url=settings.TWILIO_BASE_URL
        )
        self._client = Client(settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, http_client=self._http)

    def send(self, message: OutgoingMessage, *, now: dt.datetime) -> Receipt:
        """
        Hand the message to Twilio, which drops it when `expires_at` passes first.

        :raises TryLater: if Twilio is down, busy, or refuses our account
        :raises Undeliverable: if it refuses number or text, or the message has expired
        :raises Doubtful: if the request was sent and no readable answer came
        """
        shortest, longest = VALIDITY_SECONDS
        validity = max(shortest, min(longest, int(seconds_left(message, now=now))))
        try:
            accepted = self._client.messages.create(
                to=message.to,
                body=message.text,
                validity_period=validity,
                **_sent_from(sender_to(message.to)),
                **_reported_to(message.uid),
            )
        except (TwilioRestException, TwilioServiceException) as error:
            # From None: Twilio's words repeat the number.
            raise _verdict(status=error.status, code=error.code) from None
        if not accepted.sid:
            raise Doubtful("answer-unreadable")
        return Receipt(provider_ref=accepted.sid, provider=PROVIDER)

    def look_up(self, message_uid: UUID, *, to: str, since: dt.datetime, text: str = "") -> LookUp:
        """
        Look through Twilio's latest messages to the number.

        Twilio cannot be asked by our uid, so only one message with the very text (links aside), made since then,
        counts as found: several people may share a number, and a message wrongly taken for ours would silence a safety
        instruction. No message at all since then is absent. Everything else nobody can tell.
        """
        del message_uid
        try:
            listed = self._client.messages.list(to=to, limit=RECENT_MESSAGES, page_size=RECENT_MESSAGES)
        except (NotSent, TwilioException):
            return LookUp(presence=Presence.CANNOT_TELL)
        earliest = since - CLOCK_SKEW
        made_since = [entry for entry in listed if _made_at(entry, default=earliest) >= earliest]
        if not made_since:
            return LookUp(presence=Presence.ABSENT)
        kept = without_links(text)
        ours = [entry.sid for entry in made_since if kept and without_links(entry.body or "") == kept]
        if len(ours) == 1:
            return LookUp(presence=Presence.FOUND, provider_ref=ours[0])
        return LookUp(presence=Presence.CANNOT_TELL)

    def takes_replies(self, to: str) -> bool:
        """Return whether what this person answers reaches us."""
        return sender_to(to) in settings.TWILIO_REPLY_SENDERS

    def close(self) -> None:
        """Close the connections to Twilio."""
        self._http.close()


def sender_to(number: str) -> str:
    """Return who texts an E.164 number: the sender of the longest calling code it begins with."""
    senders: Mapping[str, str] = settings.TWILIO_SENDERS
    codes = [code for code in senders if number.removeprefix("+").startswith(code)]
    return senders[max(codes, key=len)] if codes else settings.TWILIO_FROM


def _sent_from(sender: str) -> dict[str, Any]:
    return {"messaging_service_sid" if sender.startswith("MG") else "from_": sender}


def _made_at(entry: Any, *, default: dt.datetime) -> dt.datetime:
    """Return when Twilio made a message; the SDK passes on as text what it cannot read as a time."""
    return entry.date_created if isinstance(entry.date_created, dt.datetime) else default


def _reported_to(uid: UUID) -> dict[str, Any]:
    """Return where Twilio shall report; nowhere without a public address, which it would refuse."""
    if not settings.PUBLIC_BASE_URL.startswith("https://"):
        return {}
    return {"status_callback": settings.PUBLIC_BASE_URL + STATUS_PATH.format(uid=uid)}


def _verdict(*, status: int, code: int | None) -> NotSent:
    """Return what Twilio's answer means; `code` is its own error code, 0 or the status when it gives none."""
    if code in _REFUSALS:
        reason, address_is_bad = _REFUSALS[code]
        return Undeliverable(reason, address_is_bad=address_is_bad)
    if code == _QUEUE_FULL:
        return TryLater("provider-busy")
    if status == _GATEWAY_TIMEOUT:
        return Doubtful("no-answer")
    if status in _OUR_FAULT:
        return TryLater("account-refused")
    if _REQUEST_ERROR <= status < _SERVER_ERROR:
        return Undeliverable(f"refused-{code}", address_is_bad=False)
    return TryLater("provider-down")
