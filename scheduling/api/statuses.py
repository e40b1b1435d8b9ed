"""What became of a visit that did not go as booked, what happened to it so far, and a patient's death."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cryoclinic.accounts.caller import caller_of
from scheduling import operations
from scheduling.api.appointments import CHANGED, IF_MATCH_IF_YOU_LIKE, Appointments
from scheduling.api.caller import actor_of
from scheduling.api.patients import Patients
from scheduling.api.preconditions import revision_seen
from scheduling.codes import ChangeKind
from scheduling.models import AppointmentChange
from scheduling.operations.actor import person_of


class VoidInput(serializers.Serializer[dict[str, Any]]):
    """Why the appointment should never have been there."""

    reason = serializers.CharField(max_length=200, help_text="For staff. No names or numbers.")


class DeathInput(serializers.Serializer[dict[str, Any]]):
    """The local date of a death."""

    on = serializers.DateField()


class DeathOutput(serializers.Serializer[Any]):
    """What ended with it."""

    patient = serializers.UUIDField()
    deceased_on = serializers.DateField()
    cancelled = serializers.ListField(
        child=serializers.UUIDField(), help_text="The appointments that lay ahead."
    )


class ChangeOutput(serializers.ModelSerializer[AppointmentChange]):
    """One thing that happened to an appointment; `revision` is what it made of the ETag."""

    kind = serializers.ChoiceField(ChangeKind.choices)
    user = serializers.SlugRelatedField[AppointmentChange](slug_field="uid", read_only=True)
    by_program = serializers.SerializerMethodField(help_text="Whether a program asked for it.")
    from_resource = serializers.SlugRelatedField[AppointmentChange](slug_field="uid", read_only=True)
    to_resource = serializers.SlugRelatedField[AppointmentChange](slug_field="uid", read_only=True)
    reason = serializers.SerializerMethodField(help_text="For staff; empty for programs.")

    class Meta:
        model = AppointmentChange
        fields = [
            "revision",
            "kind",
            "from_status",
            "to_status",
            "from_start",
            "to_start",
            "leg",
            "from_resource",
            "to_resource",
            "user",
            "by_program",
            "reason",
            "changed_at",
        ]

    def get_by_program(self, change: AppointmentChange) -> bool:
        """Return whether a program asked for the change."""
        return change.client_id is not None

    def get_reason(self, change: AppointmentChange) -> str:
        """Return why, to those who work here."""
        return change.reason if self.context["for_staff"] else ""


class AppointmentNoShow(Appointments):
    """The patient did not come."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(parameters=[IF_MATCH_IF_YOU_LIKE], request=None, responses=CHANGED)
    def post(self, request: Request, uid: str) -> Response:
        """Record that the patient did not come, from the start on. What is left of the time is free again."""
        missed = operations.mark_noshow(
            appointment=self.get_object(),
            expected_revision=revision_seen(request),
            by=actor_of(request),
            now=timezone.now(),
        )
        return self.answer(missed)


class AppointmentVoid(Appointments):
    """An appointment that should never have been there."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(parameters=[IF_MATCH_IF_YOU_LIKE], request=VoidInput, responses=CHANGED)
    def post(self, request: Request, uid: str) -> Response:
        """Mark an appointment as entered in error. It stays on record and frees everything. A person of the clinic asks."""
        appointment = self.get_object()
        wish = VoidInput(data=request.data)
        wish.is_valid(raise_exception=True)
        by = actor_of(request)
        person_of(by)
        voided = operations.void(
            appointment=appointment,
            **wish.validated_data,
            expected_revision=revision_seen(request),
            by=by,
            now=timezone.now(),
        )
        return self.answer(voided)


class AppointmentHistory(Appointments):
    """What happened to an appointment."""

    scopes = {"GET": "scheduling.read"}

    @extend_schema(responses={200: ChangeOutput(many=True)})
    def get(self, request: Request, uid: str) -> Response:
        """Read who did what and when, the first first. Nothing of it is ever changed."""
        changes = self.get_object().changes.select_related("user", "from_resource", "to_resource")
        context = {"for_staff": caller_of(request).is_staff_session}
        return Response(ChangeOutput(changes.order_by("id"), many=True, context=context).data)


class PatientDeath(Patients):
    """The death of a patient."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(request=DeathInput, responses={200: DeathOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Record that a patient has died: everything ahead is cancelled and nothing is sent any more. Again, it corrects."""
        patient = self.get_object()
        facts = DeathInput(data=request.data)
        facts.is_valid(raise_exception=True)
        on = facts.validated_data["on"]
        cancelled = operations.record_death(patient=patient, on=on, by=actor_of(request), now=timezone.now())
        ended = [appointment.uid for appointment in cancelled]
        return Response(DeathOutput({"patient": patient.uid, "deceased_on": on, "cancelled": ended}).data)
