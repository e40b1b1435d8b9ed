"""What changes about an appointment while it stays: who serves a leg, when it began, the deposit."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling.api.appointments import CHANGED, IF_MATCH, IF_MATCH_IF_YOU_LIKE, Appointments
from scheduling.api.caller import actor_of
from scheduling.api.fields import InstantField
from scheduling.api.owned import OwnedField
from scheduling.api.preconditions import expected_revision, revision_seen
from scheduling.models import Resource
from scheduling.operations.progress import record_deposit, record_start
from scheduling.operations.swaps import fitting_swaps, swap_leg


class SwapQuery(serializers.Serializer[Any]):
    """Which leg, and who leaves it where several serve it."""

    leg = serializers.CharField(max_length=40)
    leaving = OwnedField(noun="resource", queryset=Resource.objects.all(), required=False)


class SwapInput(SwapQuery):
    """What takes the place; anything that fits if it is left out."""

    taking = OwnedField(noun="resource", queryset=Resource.objects.all(), required=False)
    reason = serializers.CharField(
        max_length=200, required=False, help_text="For staff. No names or numbers."
    )


class ResourceOutput(serializers.ModelSerializer[Resource]):
    """A person, room, device or bay."""

    class Meta:
        model = Resource
        fields = ["uid", "kind", "name"]


class StartInput(serializers.Serializer[Any]):
    """When the procedure really began."""

    began_at = InstantField()


class DepositInput(serializers.Serializer[Any]):
    """Whether the deposit is there. No money passes here."""

    is_there = serializers.BooleanField()


class AppointmentSwap(Appointments):
    """Something else for one leg; the rest of the appointment stays."""

    scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}

    @extend_schema(
        parameters=[OpenApiParameter("leg", str, required=True), OpenApiParameter("leaving", str)],
        responses={200: ResourceOutput(many=True)},
    )
    def get(self, request: Request, uid: str) -> Response:
        """List what could serve a leg instead: fitting, open, and free for the same time."""
        appointment = self.get_object()
        query = SwapQuery(data=request.query_params, context={"request": request})
        query.is_valid(raise_exception=True)
        found = fitting_swaps(appointment, now=timezone.now(), **query.validated_data)
        return Response(ResourceOutput(found, many=True).data)

    @extend_schema(parameters=[IF_MATCH], request=SwapInput, responses=CHANGED)
    def post(self, request: Request, uid: str) -> Response:
        """Swap what serves a leg. The patient is told nothing, since nothing changes for them."""
        appointment = self.get_object()
        wish = SwapInput(data=request.data, context={"request": request})
        wish.is_valid(raise_exception=True)
        swapped = swap_leg(
            appointment=appointment,
            **wish.validated_data,
            expected_revision=expected_revision(request),
            by=actor_of(request),
            now=timezone.now(),
        )
        return self.answer(swapped)


class AppointmentStart(Appointments):
    """The procedure has begun."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(parameters=[IF_MATCH_IF_YOU_LIKE], request=StartInput, responses=CHANGED)
    def post(self, request: Request, uid: str) -> Response:
        """Record when the procedure began. The status stays arrived; the time says that it is going on."""
        appointment = self.get_object()
        times = StartInput(data=request.data)
        times.is_valid(raise_exception=True)
        begun = record_start(
            appointment=appointment,
            **times.validated_data,
            expected_revision=revision_seen(request),
            by=actor_of(request),
            now=timezone.now(),
        )
        return self.answer(begun)


class AppointmentDeposit(Appointments):
    """Whether the deposit is there."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(parameters=[IF_MATCH_IF_YOU_LIKE], request=DepositInput, responses=CHANGED)
    def post(self, request: Request, uid: str) -> Response:
        """Record that the deposit is there, or that it is not after all."""
        appointment = self.get_object()
        facts = DepositInput(data=request.data)
        facts.is_valid(raise_exception=True)
        recorded = record_deposit(
            appointment=appointment,
            **facts.validated_data,
            expected_revision=revision_seen(request),
            by=actor_of(request),
            now=timezone.now(),
        )
        return self.answer(recorded)
