"""Other treatments of a patient, and what their payer has agreed to."""

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from cryoclinic.accounts.caller import caller_of, organization_of
from procedures.care import Treatment
from procedures.models import ProcedureType
from scheduling import operations
from scheduling.api.owned import CodeField
from scheduling.models import OtherTreatment, Patient, PayerAuthorization


class TreatmentInput(serializers.Serializer[dict[str, Any]]):
    """Another treatment, from its first to its last local date; leave `last_on` out while nobody knows."""

    treatment = serializers.ChoiceField([(kind.value, kind.value) for kind in Treatment])
    first_on = serializers.DateField()
    last_on = serializers.DateField(required=False, allow_null=True, default=None)


class TreatmentOutput(serializers.ModelSerializer[OtherTreatment]):
    """Another treatment on file."""

    class Meta:
        model = OtherTreatment
        fields = ["uid", "treatment", "first_on", "last_on", "recorded_at"]


class AuthorizationInput(serializers.ModelSerializer[PayerAuthorization]):
    """A payer's word on a procedure. `valid_until` is the last local date on which an agreement counts."""

    procedure_type = CodeField(queryset=ProcedureType.objects.in_use())

    class Meta:
        model = PayerAuthorization
        fields = ["procedure_type", "status", "reference", "valid_until"]


class AuthorizationOutput(AuthorizationInput):
    """A payer's word on file; the last one of a procedure counts."""

    class Meta(AuthorizationInput.Meta):
        fields = ["uid", *AuthorizationInput.Meta.fields, "recorded_at"]


class OfPatient(generics.GenericAPIView[Any]):
    """What belongs to one patient of the caller's organization."""

    scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}
    lookup_field = "uid"

    def patient(self) -> Patient:
        """
        Return the patient.

        :raises Http404: if the organization has none with this uid
        """
        patients = Patient.objects.of(organization_of(self.request))
        return get_object_or_404(patients, uid=self.kwargs["uid"])


class TreatmentList(OfPatient):
    """Other treatments of a patient."""

    queryset = OtherTreatment.objects.none()
    serializer_class = TreatmentOutput

    @extend_schema(responses={200: TreatmentOutput(many=True)})
    def get(self, request: Request, uid: str) -> Response:
        """Read the other treatments, by their first day."""
        found = self.patient().other_treatments.filter(void=False)
        return Response(TreatmentOutput(found, many=True).data)

    @extend_schema(request=TreatmentInput, responses={201: TreatmentOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Put another treatment on file; starts that stand too close to it are no longer offered."""
        patient = self.patient()
        facts = TreatmentInput(data=request.data)
        facts.is_valid(raise_exception=True)
        recorded = operations.record_treatment(
            patient=patient,
            treatment=Treatment(facts.validated_data["treatment"]),
            first_on=facts.validated_data["first_on"],
            last_on=facts.validated_data["last_on"],
            now=timezone.now(),
            recorded_by=caller_of(request).user,
        )
        return Response(TreatmentOutput(recorded).data, status=status.HTTP_201_CREATED)


class AuthorizationList(OfPatient):
    """What a patient's payer has agreed to."""

    queryset = PayerAuthorization.objects.none()
    serializer_class = AuthorizationOutput

    @extend_schema(responses={200: AuthorizationOutput(many=True)})
    def get(self, request: Request, uid: str) -> Response:
        """Read the payer's words, oldest first."""
        found = self.patient().authorizations.select_related("procedure_type")
        return Response(AuthorizationOutput(found, many=True).data)

    @extend_schema(request=AuthorizationInput, responses={201: AuthorizationOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Put the payer's latest word on file."""
        patient = self.patient()
        facts = AuthorizationInput(data=request.data)
        facts.is_valid(raise_exception=True)
        recorded = operations.record_authorization(
            patient=patient, now=timezone.now(), recorded_by=caller_of(request).user, **facts.validated_data
        )
        return Response(AuthorizationOutput(recorded).data, status=status.HTTP_201_CREATED)
