"""Offerings and appointments as they come in and as they leave. Every id is a uid."""

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cryoclinic.accounts.models import Location
from procedures.codes import Anaesthesia, Contrast, Guidance
from scheduling.api.fields import InstantField
from scheduling.api.owned import OwnedField
from scheduling.api.readiness_output import ReadinessOutput
from scheduling.codes import CancellationReason, ResourceKind
from scheduling.models import Allocation, Appointment, Hold, Patient, ProcedureOffering, Resource
from scheduling.operations.policies import policy_of
from scheduling.policies import Policy


class LocationOutput(serializers.ModelSerializer[Location]):
    """A site. Its zone decides every wall-clock time of what happens there."""

    class Meta:
        model = Location
        fields = ["uid", "name", "address", "zone"]


class PolicyOutput(serializers.Serializer[Policy]):
    """Until when and how often patients may change a visit by themselves. Nothing is ever booked twice."""

    cancel_hours = serializers.IntegerField(help_text="Patients cancel until so many hours before the start.")
    move_hours = serializers.IntegerField(help_text="Patients move until so many hours before the start.")
    moves = serializers.IntegerField(help_text="So often a patient moves one visit.")
    deposit_required = serializers.BooleanField()


class OfferingOutput(serializers.ModelSerializer[ProcedureOffering]):
    """A procedure type at a location, and the terms of booking it."""

    location = LocationOutput()
    procedure_type = serializers.SlugRelatedField[ProcedureOffering](slug_field="code", read_only=True)
    name = serializers.CharField(source="procedure_type.name")
    anaesthesia_options = serializers.ListField(
        source="procedure_type.anaesthesia_options", child=serializers.ChoiceField(Anaesthesia.choices)
    )
    guidance_options = serializers.ListField(
        source="procedure_type.guidance_options", child=serializers.ChoiceField(Guidance.choices)
    )
    targets = serializers.ListField(source="procedure_type.targets", child=serializers.CharField())
    policy = serializers.SerializerMethodField()

    class Meta:
        model = ProcedureOffering
        fields = [
            "uid",
            "location",
            "procedure_type",
            "name",
            "targets",
            "anaesthesia_options",
            "default_anaesthesia",
            "guidance_options",
            "default_guidance",
            "planned_minutes",
            "observe_minutes",
            "notice_hours",
            "horizon_days",
            "align_minutes",
            "most_per_day",
            "policy",
        ]

    @extend_schema_field(PolicyOutput)
    def get_policy(self, offering: ProcedureOffering) -> dict[str, Any]:
        """Return the terms that hold: the offering's, else its location's, else its organization's."""
        return dict(PolicyOutput(policy_of(offering)).data)


class BookingInput(serializers.Serializer[Appointment]):
    """What to book, for whom, when. What is left out is the offering's default."""

    offering = OwnedField(noun="offering", queryset=ProcedureOffering.objects.all())
    patient = OwnedField(noun="patient", queryset=Patient.objects.all())
    start = InstantField(help_text="Start of sedation, or of the procedure when there is none.")
    target = serializers.CharField(max_length=20, required=False)
    anaesthesia = serializers.ChoiceField(Anaesthesia.choices, required=False)
    guidance = serializers.ChoiceField(Guidance.choices, required=False)
    contrast = serializers.ChoiceField(Contrast.choices, required=False)
    practitioner = OwnedField(
        noun="practitioner",
        queryset=Resource.objects.filter(kind=ResourceKind.PRACTITIONER, active=True),
        required=False,
        help_text="Who is to serve; anybody who fits if left out.",
    )
    hold = OwnedField(
        noun="hold",
        queryset=Hold.objects.all(),
        required=False,
        help_text="What was kept for this booking; it ends here. One that has run out keeps nothing.",
    )
    override_reason = serializers.CharField(
        max_length=200,
        required=False,
        help_text="Staff only: why this is booked although it cannot be prepared in time.",
    )


class MoveInput(serializers.Serializer[Appointment]):
    """The new start."""

    start = InstantField()
    reason = serializers.CharField(max_length=200, required=False)
    override_reason = serializers.CharField(max_length=200, required=False)


class CancelInput(serializers.Serializer[Appointment]):
    """Why the appointment ends."""

    reason = serializers.ChoiceField(CancellationReason.choices)
    note = serializers.CharField(max_length=200, required=False, help_text="For staff. No names or numbers.")

    def validate_reason(self, value: str) -> CancellationReason:
        """Return the reason as its code."""
        return CancellationReason(value)


class CompleteInput(serializers.Serializer[Appointment]):
    """When the procedure really began and ended."""

    began_at = InstantField(required=False, help_text="Left out: as recorded before.")
    ended_at = InstantField()


class AllocationOutput(serializers.ModelSerializer[Allocation]):
    """What one leg occupies; the period is half-open."""

    resource = serializers.SlugRelatedField[Allocation](slug_field="uid", read_only=True)
    kind = serializers.CharField(source="resource.kind")
    begin = serializers.DateTimeField(source="period.lower")
    end = serializers.DateTimeField(source="period.upper")

    class Meta:
        model = Allocation
        fields = ["leg", "resource", "kind", "begin", "end"]


class AppointmentOutput(serializers.ModelSerializer[Appointment]):
    """One patient, one procedure, one start. `revision` is the ETag."""

    offering = serializers.SlugRelatedField[Appointment](slug_field="uid", read_only=True)
    patient = serializers.SlugRelatedField[Appointment](slug_field="uid", read_only=True)
    location = serializers.SlugRelatedField[Appointment](slug_field="uid", read_only=True)
    zone = serializers.CharField(source="location.zone")
    procedure_type = serializers.CharField(source="offering.procedure_type.code")
    protocol = serializers.SlugRelatedField[Appointment](slug_field="uid", read_only=True)
    protocol_version = serializers.IntegerField(source="protocol.version")
    leaves_at = serializers.DateTimeField(source="period.upper")
    deposit_required = serializers.SerializerMethodField(help_text="Only recorded here; no money passes.")
    readiness = ReadinessOutput(
        allow_null=True,
        default=None,
        read_only=True,
        help_text="Null for a moment after booking, and once the visit is no longer ahead.",
    )
    allocations = serializers.SerializerMethodField(
        help_text="What each leg occupies; empty once it is free again."
    )

    class Meta:
        model = Appointment
        fields = [
            "uid",
            "status",
            "revision",
            "offering",
            "procedure_type",
            "location",
            "zone",
            "patient",
            "start",
            "arrive_at",
            "planned_end",
            "leaves_at",
            "began_at",
            "ended_at",
            "target",
            "anaesthesia",
            "guidance",
            "contrast",
            "protocol",
            "protocol_version",
            "booked_at",
            "known_at",
            "cancellation_reason",
            "override_reason",
            "deposit_required",
            "deposit_recorded_at",
            "readiness",
            "allocations",
        ]

    @extend_schema_field(bool)
    def get_deposit_required(self, appointment: Appointment) -> bool:
        """Return whether the policy that holds asks for a deposit."""
        return policy_of(appointment.offering).deposit_required

    @extend_schema_field(AllocationOutput(many=True))
    def get_allocations(self, appointment: Appointment) -> list[dict[str, Any]]:
        """Return the standing allocations, in the order they were made."""
        standing = [allocation for allocation in appointment.allocations.all() if allocation.active]
        standing.sort(key=lambda allocation: allocation.pk)
        return list(AllocationOutput(standing, many=True).data)


class PlacedOutput(AppointmentOutput):
    """An appointment as it was just booked or moved, with the distances it does not keep."""

    warnings = serializers.SerializerMethodField(
        help_text="Sentences for staff: too near to another visit of its kind or of its series. A clinician is asked."
    )

    class Meta(AppointmentOutput.Meta):
        fields = [*AppointmentOutput.Meta.fields, "warnings"]

    def get_warnings(self, appointment: Appointment) -> list[str]:
        """Return what was said of the start."""
        return list(self.context.get("warnings", ()))
