"""What we owe people, told once: as rows."""

from notifications.models.attempt import AccessLink, Communication
from notifications.models.contact import ContactPoint, OutboxMessage, Recipient
from notifications.models.request import CommunicationRequest, PlannedAppointment, Timeline

__all__ = [
    "AccessLink",
    "Communication",
    "CommunicationRequest",
    "ContactPoint",
    "OutboxMessage",
    "PlannedAppointment",
    "Recipient",
    "Timeline",
]
