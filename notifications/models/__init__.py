"""What we owe people, told once: as rows."""

from notifications.models.attempt import AccessLink, Communication
from notifications.models.contact import ContactPoint, OutboxMessage, Recipient
from notifications.models.pause import ChannelPause
from notifications.models.report import REPORT_CHARACTERS, ProblemReport
from notifications.models.request import CommunicationRequest, PlannedAppointment, Timeline

__all__ = [
    "REPORT_CHARACTERS",
    "AccessLink",
    "ChannelPause",
    "Communication",
    "CommunicationRequest",
    "ContactPoint",
    "OutboxMessage",
    "PlannedAppointment",
    "ProblemReport",
    "Recipient",
    "Timeline",
]
