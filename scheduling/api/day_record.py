"""The record of the day: the freezes that were done, and the protocol's checklist."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from cryoclinic.accounts.caller import caller_of, organization_of
from procedures.models.reading import care_of
from scheduling import operations
from scheduling.models import Appointment, FreezeCycle
from scheduling.models.appointment import AppointmentQuerySet


class FreezeInput(serializers.Serializer[dict[str, Any]]):
    """A freeze and the thaw after it, in seconds; leave the thaw out where the probe was taken out frozen."""

    freeze_seconds = serializers.IntegerField(min_value=1, max_value=7200)
    thaw_seconds = serializers.IntegerField(
        min_value=0, max_value=7200, required=False, allow_null=True, default=None
    )
    probes = serializers.IntegerField(min_value=1, max_value=30)


class FreezeOutput(serializers.ModelSerializer[FreezeCycle]):
    """A freeze on record."""

    class Meta:
        model = FreezeCycle
        fields = ["position", "freeze_seconds", "thaw_seconds", "probes", "recorded_at"]


class TickInput(serializers.Serializer[dict[str, str]]):
    """The checklist's item that was done."""

    code = serializers.CharField(max_length=60)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tickable:
    """An item of the checklist, and when it was done (aware)."""

    code: str
    occasion: str
    text: str
    ticked_at: dt.datetime | None


class ChecklistItemOutput(serializers.Serializer[Any]):
    """An item of the protocol's checklist; `ticked_at` is null while nobody has done it."""

    code = serializers.CharField()
    occasion = serializers.CharField()
    text = serializers.CharField()
    ticked_at = serializers.DateTimeField(allow_null=True)


class OfAppointment(generics.GenericAPIView[Any]):
    """What belongs to one appointment of the caller's organization."""

    scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}
    queryset = Appointment.objects.none()
    lookup_field = "uid"

    def get_queryset(self) -> AppointmentQuerySet:
        return Appointment.objects.of(organization_of(self.request))


class FreezeList(OfAppointment):
    """The freezes of an appointment."""

    serializer_class = FreezeOutput

    @extend_schema(responses={200: FreezeOutput(many=True)})
    def get(self, request: Request, uid: str) -> Response:
        """Read the freezes in the order in which they were done."""
        return Response(FreezeOutput(self.get_object().freeze_cycles.all(), many=True).data)

    @extend_schema(request=FreezeInput, responses={201: FreezeOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Put the next freeze on record."""
        appointment = self.get_object()
        facts = FreezeInput(data=request.data)
        facts.is_valid(raise_exception=True)
        recorded = operations.record_freeze(
            appointment=appointment,
            now=timezone.now(),
            recorded_by=caller_of(request).user,
            **facts.validated_data,
        )
        return Response(FreezeOutput(recorded).data, status=status.HTTP_201_CREATED)


class Checklist(OfAppointment):
    """The protocol's checklist for an appointment."""

    serializer_class = ChecklistItemOutput

    @extend_schema(responses={200: ChecklistItemOutput(many=True)})
    def get(self, request: Request, uid: str) -> Response:
        """Read what is to be done and what was, in the protocol's order."""
        return Response(ChecklistItemOutput(instance=_items(self.get_object()), many=True).data)

    @extend_schema(request=TickInput, responses={200: ChecklistItemOutput(many=True)})
    def post(self, request: Request, uid: str) -> Response:
        """Tick an item off. It cannot be unticked."""
        appointment = self.get_object()
        facts = TickInput(data=request.data)
        facts.is_valid(raise_exception=True)
        operations.tick_off(
            appointment=appointment,
            code=facts.validated_data["code"],
            now=timezone.now(),
            ticked_by=caller_of(request).user,
        )
        return Response(ChecklistItemOutput(_items(appointment), many=True).data)


def _items(appointment: Appointment) -> list[Tickable]:
    ticked = dict(appointment.ticks.values_list("code", "ticked_at"))
    return [
        Tickable(
            code=item.code, occasion=item.occasion.value, text=item.text, ticked_at=ticked.get(item.code)
        )
        for item in care_of(appointment.protocol).checklist
    ]
