"""
What email providers post to us, read by Anymail: it knows their signatures and their words.

Its views are used as readers, each named by path, so that the library is needed by those alone who use it.
"""

import hashlib
import json
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.utils.module_loading import import_string

from notifications.channels.esp import ATTEMPT
from notifications.codes import ContactSystem, DeliveryStatus
from notifications.operations.inbound import Incoming
from notifications.operations.receipts import Report

# As Anymail spells them in the names of its classes.
_SPELLED = {
    "brevo": "Brevo",
    "mailgun": "Mailgun",
    "mailjet": "Mailjet",
    "postmark": "Postmark",
    "resend": "Resend",
    "sendgrid": "SendGrid",
    "sparkpost": "SparkPost",
}
# Anymail's event types. What only says that somebody read or clicked says nothing about delivery.
_DELIVERY = {
    "queued": DeliveryStatus.QUEUED,
    "deferred": DeliveryStatus.QUEUED,
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "rejected": DeliveryStatus.FAILED,
    "failed": DeliveryStatus.FAILED,
    "bounced": DeliveryStatus.BOUNCED,
    "complained": DeliveryStatus.COMPLAINED,
}
# Anymail's reject reasons.
_BAD_ADDRESS = frozenset({"invalid", "bounced"})
_REFUSED_BY_PERSON = frozenset({"spam", "unsubscribed"})


class ProviderNotInUse(LookupError):
    """No email goes through this provider here."""


class NotSigned(Exception):
    """This did not come from the provider."""


def reports_in(esp: str, request: HttpRequest) -> list[Report]:
    """
    Return what a provider reports.

    :raises ProviderNotInUse: unless the provider is among EMAIL_ESPS
    :raises NotSigned: if the provider did not sign it
    :raises ValueError: if it cannot be read
    """
    return [_report(esp, event) for event in _events(esp, request, kind="Tracking")]


def incoming_in(esp: str, request: HttpRequest) -> list[Incoming]:
    """
    Return the letters that a provider received for us; what a machine answered is left out.

    :raises ProviderNotInUse: unless the provider is among EMAIL_ESPS
    :raises NotSigned: if the provider did not sign it
    :raises ValueError: if it cannot be read
    """
    events = _events(esp, request, kind="Inbound")
    return [_incoming(esp, event) for event in events if event.message and not _is_automatic(event.message)]


def _events(esp: str, request: HttpRequest, *, kind: str) -> list[Any]:
    if esp not in settings.EMAIL_ESPS or esp not in _SPELLED:
        raise ProviderNotInUse
    if not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        # Without it Anymail lets anybody in.
        raise NotSigned
    reader = import_string(f"anymail.webhooks.{esp}.{_SPELLED[esp]}{kind}WebhookView")()
    try:
        reader.run_validators(request)
    except SuspiciousOperation:
        # From None: the library's words may carry what was posted.
        raise NotSigned from None
    try:
        return list(reader.parse_events(request))
    except (KeyError, TypeError) as error:
        raise ValueError(type(error).__name__) from None


def _report(esp: str, event: Any) -> Report:
    refused = event.reject_reason or ""
    metadata = event.metadata or {}
    return Report(
        provider=esp,
        event_id=_event_id(event),
        attempt_uid=_uid(metadata.get(ATTEMPT, "")),
        provider_reference=event.message_id or "",
        delivery=_DELIVERY.get(event.event_type, DeliveryStatus.NONE),
        reason=refused,
        address_is_bad=refused in _BAD_ADDRESS,
        opted_out=refused in _REFUSED_BY_PERSON,
        raw=_plain(event.esp_event),
    )


def _event_id(event: Any) -> str:
    """Return the provider's name for an event, or one made of all that tells it from others."""
    if event.event_id:
        return f"{event.event_type}:{event.event_id}"
    known = (event.event_type, event.message_id, event.recipient, event.timestamp)
    return hashlib.sha256("\n".join(str(each) for each in known).encode()).hexdigest()


def _incoming(esp: str, event: Any) -> Incoming:
    letter = event.message
    sender = letter.envelope_sender or (letter.from_email.addr_spec if letter.from_email else "")
    return Incoming(
        provider=esp,
        provider_id=str(event.event_id or hashlib.sha256(letter.as_bytes()).hexdigest()),
        system=ContactSystem.EMAIL,
        address=sender,
        our_address=letter.envelope_recipient or "",
        text=letter.stripped_text or letter.text or "",
    )


def _is_automatic(letter: Any) -> bool:
    return str(letter.get("Auto-Submitted", "no")).lower() != "no"


def _uid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def _plain(event: Any) -> dict[str, Any]:
    """Return a provider's event as PostgreSQL's JSON can hold it: without the one character that it cannot."""
    text = json.dumps(dict(event or {}), default=str).replace("\\u0000", "")
    plain: dict[str, Any] = json.loads(text)
    return plain
