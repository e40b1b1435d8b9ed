"""Appointments: booked, found, moved, cancelled, and taken through the day."""

from django.http import HttpResponseBase
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from cryoclinic.accounts.caller import organization_of
from scheduling import operations
from scheduling.api import serializers
from scheduling.api.caller import actor_of
from scheduling.api.filters import AppointmentFilter
from scheduling.api.next_start import naming_the_next_start, wish_to_move
from scheduling.api.preconditions import expected_revision, revision_seen, tagged, unless_seen
from scheduling.api.slots import audience_of
from scheduling.models import Appointment
from scheduling.models.appointment import AppointmentQuerySet
from scheduling.operations.gaps import distance_warnings, repeat_warnings

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the appointment as you read it.",
)
IF_MATCH_IF_YOU_LIKE = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    description="The ETag as you read it, where a change by somebody else meanwhile is to be refused.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match", str, OpenApiParameter.HEADER, description="An ETag you have."
)
ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=True, description="The revision, quoted."
)
CHANGED = {200: serializers.AppointmentOutput}


class Appointments(generics.GenericAPIView[Appointment]):
    """Appointments of the caller's organization."""

    queryset = Appointment.objects.none()
    serializer_class = serializers.AppointmentOutput
    lookup_field = "uid"

    def get_queryset(self) -> AppointmentQuerySet:
        return Appointment.objects.of(organization_of(self.request)).with_places()

    def answer(self, appointment: Appointment) -> Response:
        """Return an appointment as it is in the database now, with its ETag."""
        shown = self.get_queryset().get(pk=appointment.pk)
        return tagged(Response(serializers.AppointmentOutput(shown).data), shown)

    def placed(self, appointment: Appointment, *, warnings: tuple[str, ...] = ()) -> Response:
        """Return an appointment that has just been given its start, with the distances that start does not keep."""
        shown = self.get_queryset().get(pk=appointment.pk)
        return tagged(Response(serializers.PlacedOutput(shown, context={"warnings": warnings}).data), shown)


class AppointmentList(Appointments, generics.ListAPIView[Appointment]):
    """Appointments, by their start."""

    scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}
    filterset_class = AppointmentFilter
    page_order = ("start", "id")

    @extend_schema(request=serializers.BookingInput, responses={201: serializers.PlacedOutput})
    def post(self, request: Request) -> Response:
        """Book an appointment. The answer names what each leg occupies."""
        booking = serializers.BookingInput(data=request.data, context={"request": request})
        booking.is_valid(raise_exception=True)
        wish, now = booking.validated_data, timezone.now()
        with naming_the_next_start(
            offering=wish["offering"],
            patient=wish["patient"],
            start=wish["start"],
            now=now,
            audience=audience_of(request),
            wish=wish,
        ):
            appointment = operations.book_appointment(**wish, by=actor_of(request), now=now)
        response = self.placed(appointment, warnings=repeat_warnings(appointment))
        response.status_code = status.HTTP_201_CREATED
        response["Location"] = reverse("appointment", kwargs={"uid": appointment.uid}, request=request)
        return response


class AppointmentDetail(Appointments):
    """One appointment."""

    scopes = {"GET": "scheduling.read"}

    @extend_schema(
        parameters=[IF_NONE_MATCH, ETAG], responses={200: serializers.AppointmentOutput, 304: None}
    )
    def get(self, request: Request, uid: str) -> HttpResponseBase:
        """Read an appointment; its ETag is its revision."""
        appointment = self.get_object()
        return unless_seen(request, Response(serializers.AppointmentOutput(appointment).data), appointment)


class AppointmentMove(Appointments):
    """Another start for the same appointment."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(
        parameters=[IF_MATCH], request=serializers.MoveInput, responses={200: serializers.PlacedOutput}
    )
    def post(self, request: Request, uid: str) -> Response:
        """Move an appointment. The old time is kept until the new one is taken."""
        wish = serializers.MoveInput(data=request.data)
        wish.is_valid(raise_exception=True)
        current = self.get_object()
        start, now = wish.validated_data["start"], timezone.now()
        warnings = distance_warnings(current, start=start)
        with naming_the_next_start(
            offering=current.offering,
            patient=current.patient,
            start=start,
            now=now,
            audience=audience_of(request),
            wish=wish_to_move(current),
        ):
            appointment = operations.move_appointment(
                appointment=current,
                **wish.validated_data,
                expected_revision=expected_revision(request),
                by=actor_of(request),
                now=now,
            )
        return self.placed(appointment, warnings=warnings)


class AppointmentCancel(Appointments):
    """The end of an appointment before it began."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(parameters=[IF_MATCH], request=serializers.CancelInput, responses=CHANGED)
    def post(self, request: Request, uid: str) -> Response:
        """Cancel an appointment. What was told and no longer holds is corrected."""
        wish = serializers.CancelInput(data=request.data)
        wish.is_valid(raise_exception=True)
        appointment = operations.cancel_appointment(
            appointment=self.get_object(),
            **wish.validated_data,
            expected_revision=expected_revision(request),
            by=actor_of(request),
            now=timezone.now(),
        )
        return self.answer(appointment)


class AppointmentArrive(Appointments):
    """The patient is here."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(parameters=[IF_MATCH_IF_YOU_LIKE], request=None, responses=CHANGED)
    def post(self, request: Request, uid: str) -> Response:
        """Record that the patient has arrived."""
        appointment = operations.mark_arrived(
            appointment=self.get_object(),
            expected_revision=revision_seen(request),
            by=actor_of(request),
            now=timezone.now(),
        )
        return self.answer(appointment)


class AppointmentComplete(Appointments):
    """The procedure has ended."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(parameters=[IF_MATCH_IF_YOU_LIKE], request=serializers.CompleteInput, responses=CHANGED)
    def post(self, request: Request, uid: str) -> Response:
        """Record when the procedure began and ended; aftercare counts from the end."""
        times = serializers.CompleteInput(data=request.data)
        times.is_valid(raise_exception=True)
        appointment = operations.record_end(
            appointment=self.get_object(),
            **times.validated_data,
            expected_revision=revision_seen(request),
            by=actor_of(request),
            now=timezone.now(),
        )
        return self.answer(appointment)
