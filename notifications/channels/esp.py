"""
Email over a provider's interface, through Anymail.

The library is named by path alone, as Django's mail framework does: who sends over SMTP need not have it.
"""

import datetime as dt
from typing import Any
from uuid import UUID

import requests
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.mail import EmailMultiAlternatives, get_connection

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
)
from notifications.channels.email import letter_of
from notifications.channels.twilio_http import never_sent

# Under this name the provider sends our uid back with every event; it is all we tell it beyond the letter.
ATTEMPT = "attempt"
_OUR_FAULT = frozenset({401, 402, 403, 404})
_TOO_MANY, _GATEWAY_TIMEOUT, _SERVER_ERROR = 429, 504, 500
# Anymail's word for one recipient: our reason, and whether the address is of no more use.
_REFUSALS = {
    "invalid": ("address-malformed", True),
    "rejected": ("recipient-refused", True),
    "failed": ("content-refused", False),
}


class EspEmail:
    """Sends through the Anymail backend of `esp`: by default the first of `EMAIL_ESPS`, for example postmark."""

    def __init__(self, *, name: str = "email", esp: str = "", backend: str = "") -> None:
        """Take the provider from the settings, or another one; `backend` takes the place of Anymail's for it."""
        self.name = name
        self._esp = esp or settings.EMAIL_ESPS[0]
        self._backend = backend or f"anymail.backends.{self._esp}.EmailBackend"

    def send(self, message: OutgoingMessage, *, now: dt.datetime) -> Receipt:
        """
        Hand the message to the provider.

        :raises TryLater: if the provider is down, busy, or refuses our account
        :raises Undeliverable: if it refuses recipient or content, or the message has expired
        :raises Doubtful: if the request was sent and no answer came
        """
        seconds_left(message, now=now)
        letter = _letter(message, now=now)
        verdict: NotSent | None = None
        try:
            connection = get_connection(self._backend)
            connection.send_messages([letter])
        except requests.RequestException as error:
            verdict = _verdict(error)
        except ImproperlyConfigured:
            verdict = TryLater("account-refused")
        except ValueError:
            # Anymail refuses an address or a content that it cannot pass on, before it calls anybody.
            verdict = Undeliverable("content-refused", address_is_bad=False)
        if verdict is not None:
            # Raised outside the handler: the provider's words, chained, would carry the address into logs.
            raise verdict
        return self._receipt(letter)

    def look_up(self, message_uid: UUID, *, to: str, since: dt.datetime, text: str = "") -> LookUp:
        """Return that nobody can tell: Anymail can ask no provider. Its events settle what was in doubt."""
        del message_uid, to, since, text
        return LookUp(presence=Presence.CANNOT_TELL)

    def _receipt(self, letter: EmailMultiAlternatives) -> Receipt:
        """Return what the provider said of our one recipient."""
        status: Any = getattr(letter, "anymail_status", None)
        said: set[str] = set(getattr(status, "status", None) or ())
        for word, (reason, address_is_bad) in _REFUSALS.items():
            if word in said:
                raise Undeliverable(reason, address_is_bad=address_is_bad)
        return Receipt(provider_ref=str(getattr(status, "message_id", None) or ""), provider=self._esp)


def _letter(message: OutgoingMessage, *, now: dt.datetime) -> EmailMultiAlternatives:
    letter = letter_of(message, now=now)
    if message.calendar:
        # Few providers take another form than HTML; as a file every one does.
        letter.attach("visit.ics", message.calendar, "text/calendar")
    # Anymail's own fields of a message: no pixel and no counted links in what a patient reads.
    wanted = {"metadata": {ATTEMPT: str(message.uid)}, "track_opens": False, "track_clicks": False}
    for name, value in wanted.items():
        setattr(letter, name, value)
    return letter


def _verdict(error: requests.RequestException) -> NotSent:
    """Return what a failed request to the provider means."""
    status = getattr(error.response, "status_code", None)
    if status is None:
        certain = isinstance(error, requests.ConnectTimeout) or never_sent(error)
        return TryLater("provider-down") if certain else Doubtful("no-answer")
    if status == _TOO_MANY:
        return TryLater("provider-busy")
    if status == _GATEWAY_TIMEOUT or requests.codes.ok <= status < requests.codes.multiple_choices:
        # An answer that cannot be read is one all the same.
        return Doubtful("no-answer")
    if status in _OUR_FAULT:
        return TryLater("account-refused")
    if status < _SERVER_ERROR:
        return Undeliverable(f"refused-{status}", address_is_bad=False)
    return TryLater("provider-down")
