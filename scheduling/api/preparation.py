"""The preparation plan of an appointment: what is settled for everybody, what is proposed for those who decide."""

from dataclasses import dataclass
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cryoclinic.accounts.caller import Caller, caller_of, organization_of
from procedures.preparation import PreparationPlan, plan_as_json, prepare
from scheduling.codes import DecisionKind
from scheduling.models import Appointment, MedicationDecision
from scheduling.models.appointment import AppointmentQuerySet
from scheduling.models.case import basis_sha256, case_of


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparationView:
    """
    A plan as one caller may see it.

    `decisions` are those that stand: signed, and nothing they rest on has changed. `proposal` is the whole
    computed plan, medicines included; it is None for callers who only may see what is settled.
    """

    appointment: Appointment
    plan: PreparationPlan
    decisions: tuple[MedicationDecision, ...]
    proposal: dict[str, Any] | None

    @property
    def fasting(self) -> dict[str, Any] | None:
        """The fasting times, as the contract writes them."""
        fasting: dict[str, Any] | None = plan_as_json(self.plan)["fasting"]
        return (
            None if fasting is None else {key: value for key, value in fasting.items() if key != "rule_ids"}
        )

    @property
    def waits_for_signature(self) -> bool:
        """Whether a medicine still needs a clinician's decision."""
        decided = {decision.drug for decision in self.decisions}
        return any(hold.drug not in decided for hold in self.plan.holds)


class DecisionOutput(serializers.ModelSerializer[MedicationDecision]):
    """What a clinician signed: the exact sentence in each language. Dates and names are for staff."""

    class Meta:
        model = MedicationDecision
        fields = ["uid", "sentences", "signed_at"]


class StaffDecisionOutput(DecisionOutput):
    """The same with what it is about."""

    signed_by = serializers.SlugRelatedField[MedicationDecision](slug_field="uid", read_only=True)
    kind = serializers.ChoiceField(DecisionKind.choices)

    class Meta(DecisionOutput.Meta):
        fields = [*DecisionOutput.Meta.fields, "drug", "kind", "last_dose_on", "last_dose_at", "signed_by"]


class FastingOutput(serializers.Serializer[dict[str, Any]]):
    """
    When eating and drinking end, with the offset of the clinic's wall clock.

    With an individual plan an anesthetist sets the times.
    """

    individual_plan = serializers.BooleanField(required=False)
    solids_stop = serializers.DateTimeField(required=False)
    fatty_meal_stop = serializers.DateTimeField(required=False)
    clear_liquids_stop = serializers.DateTimeField(required=False)
    breast_milk_stop = serializers.DateTimeField(required=False)
    formula_stop = serializers.DateTimeField(required=False)


class PreparationOutput(serializers.Serializer[PreparationView]):
    """What must be prepared. Nothing about a medicine is shown that no clinician has signed, save to those who sign."""

    appointment = serializers.UUIDField(source="appointment.uid")
    plan_revision = serializers.IntegerField(source="appointment.plan_revision")
    zone = serializers.CharField(source="appointment.location.zone")
    fasting = FastingOutput(allow_null=True)
    escort_needed = serializers.BooleanField(source="plan.escort_needed")
    transport = serializers.CharField(source="plan.transport", allow_null=True)
    prerequisites_missing = serializers.ListField(
        source="plan.prerequisites_missing", child=serializers.CharField()
    )
    waits_for_signature = serializers.BooleanField()
    decisions = DecisionOutput(many=True)


class StaffPreparationOutput(PreparationOutput):
    """The same with every standing decision and, for nurses and clinicians, the whole computed plan."""

    decisions = StaffDecisionOutput(many=True)
    proposal = serializers.JSONField(
        allow_null=True,
        help_text="The plan as `plan_case` prints it. Null for roles that do not decide about medicines.",
    )


class PreparationPlanDetail(generics.GenericAPIView[Appointment]):
    """The preparation of one appointment, computed now from what is known now."""

    scopes = {"GET": "scheduling.read"}
    queryset = Appointment.objects.none()
    lookup_field = "uid"

    def get_queryset(self) -> AppointmentQuerySet:
        return Appointment.objects.of(organization_of(self.request)).with_facts()

    @extend_schema(responses={200: StaffPreparationOutput})
    def get(self, request: Request, uid: str) -> Response:
        """Read what this patient must prepare. Programs see signed sentences and no proposals."""
        appointment = self.get_object()
        # Asked only now, since what somebody may see depends on where it is.
        caller = caller_of(request)
        output = StaffPreparationOutput if caller.is_staff_session else PreparationOutput
        return Response(output(preparation_of(appointment, caller=caller)).data)


def preparation_of(appointment: Appointment, *, caller: Caller) -> PreparationView:
    """Return the plan of a booking as the caller may see it; no query of its own after `with_facts()`."""
    case = case_of(appointment)
    plan = prepare(case)
    basis = basis_sha256(
        case=case, protocol_id=appointment.protocol_id, rule_set_sha256=appointment.rule_set_sha256
    )
    standing = [d for d in appointment.decisions.all() if d.basis_sha256 == basis and d.withdrawn_at is None]
    return PreparationView(
        appointment=appointment,
        plan=plan,
        decisions=tuple(standing),
        proposal=plan_as_json(plan) if caller.may_see_medicine_proposals else None,
    )
