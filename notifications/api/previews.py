"""What the people of one booking would be told under another version of its protocol, over HTTP."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cryoclinic.accounts.caller import organization_of
from notifications.api.serializers import PATIENT
from notifications.dispatch.preview import Preview, preview_of
from procedures.models import Protocol
from scheduling.models import Appointment
from scheduling.models.appointment import AppointmentQuerySet


class PreviewQuery(serializers.Serializer[dict[str, Any]]):
    """The version to look at the booking under."""

    protocol = serializers.UUIDField()


class SaidOutput(serializers.Serializer[Any]):
    """A message in words, with a placeholder where the personal link would stand."""

    due_at = serializers.DateTimeField()
    channel = serializers.CharField()
    held = serializers.CharField(help_text="Why it would wait; empty if it would not.")
    text = serializers.CharField()


class SaidDifferentlyOutput(serializers.Serializer[Any]):
    """A message under both versions; null where a version has none."""

    recipient = serializers.SerializerMethodField(help_text="patient, guardian or carer; never an address.")
    what = serializers.CharField()
    moves = serializers.BooleanField(help_text="Whether it would go at another time.")
    before = SaidOutput(allow_null=True)
    after = SaidOutput(allow_null=True)

    def get_recipient(self, said: Any) -> str:
        """Return what the person is to the patient."""
        return str(self.context["roles"].get(said.recipient, PATIENT))


class PageChangeOutput(serializers.Serializer[Any]):
    """What the page says of one step under both versions; empty where it says nothing."""

    step = serializers.CharField()
    before = serializers.CharField()
    after = serializers.CharField()


class CorrectionOutput(SaidOutput):
    """A message that would go out at once, because what was told would no longer hold."""

    recipient = serializers.SerializerMethodField(help_text="patient, guardian or carer; never an address.")
    notice = serializers.CharField()

    def get_recipient(self, said: Any) -> str:
        """Return what the person is to the patient."""
        return str(self.context["roles"].get(said.recipient, PATIENT))


class RewordedOutput(serializers.Serializer[Any]):
    """A notice that was told in words the version does not use. Nothing is sent about it; somebody would phone."""

    recipient = serializers.SerializerMethodField(help_text="patient, guardian or carer; never an address.")
    notice = serializers.CharField()
    told_at = serializers.DateTimeField()

    def get_recipient(self, said: Any) -> str:
        """Return what the person is to the patient."""
        return str(self.context["roles"].get(said.recipient, PATIENT))


class PreviewOutput(serializers.Serializer[Any]):
    """Everything that would change for the people of one booking; `unchanged` counts the messages that would not."""

    is_empty = serializers.BooleanField()
    unchanged = serializers.IntegerField()
    messages = SaidDifferentlyOutput(many=True)
    page = PageChangeOutput(many=True)
    corrections = CorrectionOutput(many=True)
    reworded = RewordedOutput(many=True)


class ProtocolPreview(generics.GenericAPIView[Appointment]):
    """One booking under another version."""

    scopes = {"GET": "scheduling.read"}
    queryset = Appointment.objects.none()
    serializer_class = PreviewOutput
    lookup_field = "uid"

    def get_queryset(self) -> AppointmentQuerySet:
        return Appointment.objects.of(organization_of(self.request)).with_facts()

    @extend_schema(parameters=[PreviewQuery], responses={200: PreviewOutput})
    def get(self, request: Request, uid: str) -> Response:
        """Read what would be told otherwise, before anybody rolls the booking forward. Nothing changes by looking."""
        appointment = self.get_object()
        query = PreviewQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        versions = Protocol.objects.filter(
            organization=appointment.organization_id,
            procedure_type=appointment.protocol.procedure_type_id,
        )
        protocol = get_object_or_404(versions, uid=query.validated_data["protocol"])
        found: Preview = preview_of(appointment, protocol=protocol, now=timezone.now())
        related = appointment.patient.related_persons.all()
        roles = {f"related:{each.pk}": each.relationship for each in related}
        return Response(PreviewOutput(found, context={"roles": roles}).data)
