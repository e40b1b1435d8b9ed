"""When a visit has gone over to another record of the same person, who was told about it goes with it."""

from django.db.models import F

from notifications.models import AccessLink, Communication, CommunicationRequest, Recipient
from scheduling.models import Appointment


def recipients_follow(appointment: Appointment) -> int:
    """
    Have everything said, owed and linked about a visit belong to the recipients of its patient; return how many moved.

    Expects a transaction with the appointment locked. Idempotent; one query when nothing has to move.
    """
    strangers = Recipient.objects.filter(requests__appointment=appointment).exclude(
        patient=F("requests__appointment__patient")
    )
    moved = 0
    for stranger in strangers.distinct():
        own, _ = Recipient.objects.get_or_create(
            patient_id=appointment.patient_id, related_person=stranger.related_person
        )
        requests = CommunicationRequest.objects.filter(appointment=appointment, recipient=stranger)
        Communication.objects.filter(request__in=requests).update(recipient=own)
        AccessLink.objects.filter(appointment=appointment, recipient=stranger).update(recipient=own)
        moved += requests.update(recipient=own)
    return moved
