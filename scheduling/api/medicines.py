"""A patient's medicines as written, what they may be, and who said which they are."""

from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cryoclinic.accounts.caller import caller_of, organization_of
from cryoclinic.accounts.codes import Weekday
from procedures.medicines import Match, MatchKind, Written, match, read
from scheduling import operations
from scheduling.models import MedicationStatement, Patient
from scheduling.operations.medicines import MayNotConfirm

_LISTED = ["dose_times", "weekdays", "regimen", "route", "phase", "high_dose"]


class LineInput(serializers.Serializer[dict[str, str]]):
    """A medicine in somebody's words, such as "Eliquis 5 mg twice a day"."""

    text = serializers.CharField(max_length=100)


class MatchOutput(serializers.Serializer[Match]):
    """One drug the words may mean. Whatever the confidence, a person confirms it."""

    drug = serializers.CharField(help_text="The generic name; empty if it is none the rules know.")
    kind = serializers.ChoiceField([kind.value for kind in MatchKind])
    confidence = serializers.FloatField(min_value=0, max_value=1)
    name = serializers.CharField(help_text="The listed name by which it was found.")
    regions = serializers.ListField(
        child=serializers.CharField(), help_text="Where a brand of that name is sold."
    )


class WrittenOutput(serializers.Serializer[Written]):
    """What else stands in the line, as written. No dose times are worked out from it."""

    name = serializers.CharField()
    strength = serializers.CharField()
    form = serializers.CharField()
    frequency = serializers.CharField()


class MatchesOutput(serializers.Serializer[dict[str, Any]]):
    """What a line may mean, likeliest first."""

    written = WrittenOutput()
    matches = MatchOutput(many=True)


class MedicineInput(serializers.ModelSerializer[MedicationStatement]):
    """A medicine as the patient or the box says it. Dose times are wall-clock times of the clinic, HH:MM."""

    text = serializers.CharField(max_length=100)
    weekdays = serializers.ListField(child=serializers.ChoiceField(Weekday.choices), required=False)
    regimen = serializers.ChoiceField(["prophylactic", "therapeutic"], required=False)
    route = serializers.ChoiceField(["iv", "sc"], required=False)
    phase = serializers.ChoiceField(["escalation", "maintenance"], required=False)

    class Meta:
        model = MedicationStatement
        fields = ["text", "brand", "form", *_LISTED]


class MedicineOutput(serializers.ModelSerializer[MedicationStatement]):
    """
    An entry of the medicine list.

    Until `identity` is confirmed or recorded, `drug` is the words in quotes, and a clinician is asked about it.
    """

    class Meta:
        model = MedicationStatement
        fields = [
            "uid",
            "as_written",
            "drug",
            "identity",
            "proposed_drug",
            "match_kind",
            "match_confidence",
            "confirmed_at",
            "brand",
            "form",
            *_LISTED,
            "active",
            "recorded_at",
        ]


class ConfirmInput(serializers.Serializer[dict[str, str]]):
    """Which drug of the list a medicine is."""

    drug = serializers.CharField(
        max_length=80, allow_blank=True, help_text="A generic name of the list; empty: none of them."
    )


class MedicineMatch(APIView):
    """What a line of free text may mean; nothing is stored."""

    scopes = {"POST": "scheduling.read"}

    @extend_schema(request=LineInput, responses={200: MatchesOutput})
    def post(self, request: Request) -> Response:
        """Return the drugs a line may mean, likeliest first; one entry of kind none when nothing fits."""
        line = LineInput(data=request.data)
        line.is_valid(raise_exception=True)
        text = line.validated_data["text"]
        return Response(MatchesOutput({"written": read(text), "matches": match(text)}).data)


class PatientMedicines(generics.GenericAPIView[Any]):
    """The medicine list of a patient."""

    scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}
    queryset = Patient.objects.none()
    serializer_class = MedicineOutput
    lookup_field = "uid"

    def get_queryset(self) -> Any:
        return Patient.objects.of(organization_of(self.request))

    @extend_schema(responses={200: MedicineOutput(many=True)})
    def get(self, request: Request, uid: UUID) -> Response:
        """Return the list, in the order in which it was written; ended entries too."""
        entries = self.get_object().medications.order_by("id")
        return Response(MedicineOutput(entries, many=True).data)

    @extend_schema(request=MedicineInput, responses={201: MedicineOutput})
    def post(self, request: Request, uid: UUID) -> Response:
        """Put a medicine on the list as written. It is not confirmed: plans ask a clinician about it."""
        patient = self.get_object()
        entry = MedicineInput(data=request.data)
        entry.is_valid(raise_exception=True)
        written = operations.register_medicine(patient=patient, **entry.validated_data)
        return Response(MedicineOutput(written).data, status=status.HTTP_201_CREATED)


class MedicineConfirm(generics.GenericAPIView[Any]):
    """Who says which medicine it is: a nurse or a clinician, in person."""

    scopes = {"POST": "scheduling.write"}
    queryset = MedicationStatement.objects.none()
    serializer_class = MedicineOutput
    lookup_field = "uid"

    def get_queryset(self) -> Any:
        rows = MedicationStatement.objects.select_related("patient")
        return rows.filter(patient__organization=organization_of(self.request))

    @extend_schema(request=ConfirmInput, responses={200: MedicineOutput})
    def post(self, request: Request, uid: UUID) -> Response:
        """Confirm which drug a medicine is, or that it is none of the list. Signatures on the old list end."""
        medicine = self.get_object()
        said = ConfirmInput(data=request.data)
        said.is_valid(raise_exception=True)
        user = caller_of(request).user
        if user is None:
            raise MayNotConfirm
        confirmed = operations.confirm_medicine(
            medicine=medicine, drug=said.validated_data["drug"], by=user, now=timezone.now()
        )
        return Response(MedicineOutput(confirmed).data)
