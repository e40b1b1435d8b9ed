"""The timeline of an appointment: what is owed, what was told, and why anything was not."""

from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response

from cryoclinic.accounts.caller import organization_of
from notifications.api.serializers import PATIENT, TimelineOutput
from notifications.models import CommunicationRequest, Timeline
from scheduling.models import Appointment
from scheduling.models.appointment import AppointmentQuerySet


@dataclass(frozen=True, kw_only=True, slots=True)
class TimelineView:
    """The timeline of an appointment, with nothing that reaches a person."""

    appointment: Appointment
    timeline: Timeline
    messages: list[CommunicationRequest]

    @property
    def is_current(self) -> bool:
        """Whether the plan has seen the appointment as it is now."""
        return self.timeline.planned_revision == self.appointment.plan_revision

    @property
    def failure(self) -> str:
        """Why the plan could not be made."""
        return self.timeline.failure

    @property
    def planned_at(self) -> Any:
        """When the plan was made; None before the first time."""
        return self.timeline.planned_at

    @property
    def not_owed(self) -> list[dict[str, Any]]:
        """What is not said, with the recipient as what they are to the patient."""
        related = self.appointment.patient.related_persons.all()
        kinds = {f"related:{person.pk}": person.relationship for person in related}
        entries = self.timeline.not_owed
        return [entry | {"recipient": kinds.get(entry["recipient"], PATIENT)} for entry in entries]


class TimelineDetail(generics.GenericAPIView[Appointment]):
    """What is owed about one appointment."""

    scopes = {"GET": "scheduling.read"}
    queryset = Appointment.objects.none()
    lookup_field = "uid"

    def get_queryset(self) -> AppointmentQuerySet:
        return Appointment.objects.of(organization_of(self.request)).with_facts()

    @extend_schema(responses={200: TimelineOutput})
    def get(self, request: Request, uid: str) -> Response:
        """Read every message owed or told, each attempt, and what is not owed with its reason."""
        return Response(TimelineOutput(timeline_of(self.get_object())).data)


def timeline_of(appointment: Appointment) -> TimelineView:
    """Return the timeline of an appointment: empty, and not current, while nothing has been planned."""
    timeline = Timeline.objects.filter(appointment=appointment).first()
    return TimelineView(
        appointment=appointment,
        timeline=timeline or Timeline(appointment=appointment),
        messages=list(CommunicationRequest.objects.about(appointment).with_attempts()),
    )
