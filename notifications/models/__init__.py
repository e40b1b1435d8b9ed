"""What we owe people, told once: as rows."""

from notifications.models.attempt import AccessLink, Communication
from notifications.models.contact import ContactPoint, OutboxMessage, Recipient
from notifications.models.event import ProviderEvent
from notifications.models.health import Heartbeat, ProviderState
from notifications.models.inbound import InboundMessage
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
    "Heartbeat",
    "InboundMessage",
    "OutboxMessage",
    "PlannedAppointment",
    "ProblemReport",
    "ProviderEvent",
    "ProviderState",
    "Recipient",
    "Timeline",
]
