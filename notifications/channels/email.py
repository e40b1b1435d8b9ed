"""Email over SMTP."""

import datetime as dt
import re
import smtplib
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email

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

# RFC 3463: 5.1.x is about addresses (5.1.7 and 5.1.8 about the sender's), 5.2.1 a mailbox that is closed.
_ENHANCED_CODE = re.compile(rb"\s*(5\.\d{1,3}\.\d{1,3})\b")
_BAD_ADDRESS = re.compile(r"5\.1\.(?![78]$)|5\.2\.1$")
# RFC 5321, 4.2.3: no such mailbox, not local, name not allowed; for servers that send no enhanced code.
_BAD_ADDRESS_CODES = frozenset({550, 551, 553})
# From here on a reply says "not now", and from there on "never".
_TRANSIENT, _PERMANENT = 400, 500


class EmailChannel:
    """Sends through Django's mail framework; one connection per message, ended as a whole within the timeout."""

    def __init__(
        self,
        *,
        name: str = "email",
        backend: str = "notifications.channels.smtp.TimedBackend",
        host: str | None = None,
        port: int | None = None,
    ) -> None:
        """Take the server from the `EMAIL_*` settings, or another one."""
        self.name = name
        self._backend = backend
        self._server: dict[str, Any] = {"host": host, "port": port}

    def send(self, message: OutgoingMessage, *, now: dt.datetime) -> Receipt:
        """
        Hand the message to the mail server.

        :raises TryLater: if the server is down, busy or refuses our login
        :raises Undeliverable: if it refuses recipient or content, or the message has expired
        :raises Doubtful: if the connection broke after the last byte and before the answer
        """
        seconds_left(message, now=now)
        letter = letter_of(message, now=now)
        _invite(letter, message)
        connection = get_connection(self._backend, timeout=settings.CHANNEL_TIMEOUT_SECONDS, **self._server)
        verdict: NotSent | None = None
        try:
            connection.open()
            connection.send_messages([letter])
        except OSError as error:  # smtplib's own errors included
            # Backends other than ours do not say how far they got: then silence always means doubt.
            verdict = _verdict(error, handed_over=getattr(connection, "body_handed_over", True))
        finally:
            connection.close()
        if verdict is not None:
            # Raised outside the handler: the server's words, chained, would carry the address into logs.
            raise verdict
        return Receipt(provider_ref=letter.extra_headers["Message-ID"], provider="smtp")

    def look_up(self, message_uid: UUID, *, to: str, since: dt.datetime, text: str = "") -> LookUp:
        """Return that nobody can tell: SMTP has no memory."""
        del message_uid, to, since, text
        return LookUp(presence=Presence.CANNOT_TELL)


def letter_of(message: OutgoingMessage, *, now: dt.datetime) -> EmailMultiAlternatives:
    """
    Return the message as Django's mail framework has it, without its calendar. `now` is aware.

    :raises Undeliverable: if its address is none
    """
    try:
        validate_email(message.to)
    except ValidationError:
        raise Undeliverable("address-malformed", address_is_bad=True) from None
    address = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    letter = EmailMultiAlternatives(
        subject=_one_line(message.subject),
        body=message.text,
        from_email=formataddr((_one_line(message.sender_name), address)),
        to=[message.to],
        headers={
            "Message-ID": f"<{message.uid}@{address.rpartition('@')[2]}>",
            "Date": format_datetime(now.astimezone(dt.UTC)),
            "Expires": format_datetime(message.expires_at.astimezone(dt.UTC)),
            "Auto-Submitted": "auto-generated",
            **_one_click(message),
        },
    )
    if message.html:
        letter.attach_alternative(message.html, "text/html")
    return letter


def _one_click(message: OutgoingMessage) -> dict[str, str]:
    """Return the headers of RFC 8058, which a mail program turns into one button."""
    if not message.unsubscribe_url:
        return {}
    return {
        "List-Unsubscribe": f"<{message.unsubscribe_url}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _invite(letter: EmailMultiAlternatives, message: OutgoingMessage) -> None:
    """Add the calendar as another form of the letter; its type names the same method as its text (RFC 6047)."""
    if message.calendar:
        letter.attach_alternative(message.calendar, f"text/calendar; method={message.calendar_method}")


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _verdict(error: OSError, *, handed_over: bool) -> NotSent:
    """Return what an error of the conversation means; `handed_over` once the whole body was sent."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, reply = next(iter(error.recipients.values()))
            return _refusal(code, "recipient-refused", address_is_bad=_is_bad_address(code, reply))
        case smtplib.SMTPAuthenticationError():
            return TryLater("login-refused")
        case smtplib.SMTPSenderRefused():
            return _refusal(error.smtp_code, "sender-refused")
        case smtplib.SMTPDataError() if error.smtp_code >= _TRANSIENT:
            return _refusal(error.smtp_code, "content-refused")
    return Doubtful("no-answer") if handed_over else TryLater("provider-down")


def _refusal(code: int, reason: str, *, address_is_bad: bool = False) -> NotSent:
    if code < _PERMANENT:
        return TryLater("provider-busy")
    return Undeliverable(reason, address_is_bad=address_is_bad)


def _is_bad_address(code: int, reply: bytes) -> bool:
    enhanced = _ENHANCED_CODE.match(reply)
    if enhanced is None:
        return code in _BAD_ADDRESS_CODES
    return _BAD_ADDRESS.match(enhanced[1].decode()) is not None
