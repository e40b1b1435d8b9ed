"""What Twilio posts to us: signatures checked, reports and messages read, answers written as Twilio reads them."""

from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from twilio.twiml.messaging_response import MessagingResponse  # type: ignore[import-untyped]

from notifications.channels.twilio_sms import PROVIDER
from notifications.codes import ContactSystem, DeliveryStatus
from notifications.operations.inbound import Incoming
from notifications.operations.receipts import Report

_DELIVERY = {
    "accepted": DeliveryStatus.QUEUED,
    "scheduled": DeliveryStatus.QUEUED,
    "queued": DeliveryStatus.QUEUED,
    "sending": DeliveryStatus.QUEUED,
    "sent": DeliveryStatus.SENT,
    "delivered": DeliveryStatus.DELIVERED,
    "read": DeliveryStatus.DELIVERED,
    "undelivered": DeliveryStatus.UNDELIVERED,
    "failed": DeliveryStatus.FAILED,
    "canceled": DeliveryStatus.FAILED,
}
# Twilio's error codes after which a number is of no more use: malformed, not mobile, unknown, a landline.
_BAD_NUMBER = frozenset({"21211", "21217", "21614", "30005", "30006"})
_OPTED_OUT = "21610"
# What is kept of a report: it has nothing else that we do not know ourselves.
_KEPT = ("MessageSid", "MessageStatus", "ErrorCode", "From", "To", "MessagingServiceSid", "RawDlrDoneDate")


def is_signed(*, path: str, params: Mapping[str, str], signature: str) -> bool:
    """
    Return whether Twilio signed a request to `path` (with its query) of our public address.

    The public address, not the one a proxy passed the request on to, is what Twilio has signed.
    """
    if not settings.TWILIO_AUTH_TOKEN:
        return False
    validator = RequestValidator(settings.TWILIO_AUTH_TOKEN)
    return bool(validator.validate(settings.PUBLIC_BASE_URL + path, dict(params), signature))


def report_of(uid: UUID, params: Mapping[str, str]) -> Report:
    """Return what Twilio reports of the attempt with this uid. Its reports have no name: a status comes once."""
    sid, status, code = (params.get(name, "") for name in ("MessageSid", "MessageStatus", "ErrorCode"))
    return Report(
        provider=PROVIDER,
        event_id=f"{sid or uid}:{status}",
        attempt_uid=uid,
        provider_reference=sid,
        delivery=_DELIVERY.get(status, DeliveryStatus.NONE),
        reason=f"twilio-{code}" if code.isdecimal() else "",
        address_is_bad=code in _BAD_NUMBER,
        opted_out=code == _OPTED_OUT,
        raw={name: params[name] for name in _KEPT if name in params},
    )


def incoming_of(params: Mapping[str, str]) -> Incoming:
    """Return the text message that Twilio passes on."""
    word = params.get("OptOutType", "")
    return Incoming(
        provider=PROVIDER,
        provider_id=params.get("MessageSid", ""),
        system=ContactSystem.SMS,
        address=params.get("From", ""),
        our_address=params.get("To", ""),
        text=params.get("Body", ""),
        carrier_word=word,
        carrier_answers=bool(word) or not settings.TWILIO_KEYWORDS_ARE_OURS,
    )


def answer_as_twiml(words: str) -> str:
    """Return the document with which Twilio texts `words` back; with none it texts nothing."""
    response = MessagingResponse()
    if words:
        response.message(words)
    return str(response)
