"""Two ways to a patient that end, as the providers would report them: no more texts, and an email that comes back."""

import datetime as dt

from notifications.codes import AttemptStatus, ContactSystem, DeliveryStatus
from notifications.models import Communication
from notifications.operations.inbound import Incoming, hear
from notifications.operations.receipts import Report, apply_reports, store_reports
from scheduling.models import Appointment, Patient

PROVIDER = "outbox"


def text_us(patient: Patient, words: str, *, now: dt.datetime) -> str:
    """Let a patient text the clinic at `now` (aware); return what is answered."""
    incoming = Incoming(
        provider=PROVIDER,
        provider_id=f"{patient.uid}-{now.isoformat()}",
        system=ContactSystem.SMS,
        address=patient.phone,
        our_address="",
        text=words,
    )
    return hear(incoming=incoming, now=now)


def last_email(appointment: Appointment) -> Communication | None:
    """Return the last email that left to the patient, None before the first."""
    sent = Communication.objects.filter(
        request__appointment=appointment,
        recipient__related_person=None,
        channel=ContactSystem.EMAIL,
        status=AttemptStatus.COMPLETED,
    )
    return sent.order_by("attempted_at", "pk").last()


def bounce(attempt: Communication, *, now: dt.datetime) -> None:
    """Let the provider report at `now` (aware) that an email came back, and that its address does not work."""
    report = Report(
        provider=attempt.provider or PROVIDER,
        event_id=f"{attempt.uid}-bounced",
        delivery=DeliveryStatus.BOUNCED,
        attempt_uid=attempt.uid,
        reason="mailbox-unknown",
        address_is_bad=True,
    )
    store_reports([report], now=now)
    apply_reports(now=now)
