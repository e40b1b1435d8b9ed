"""Patients of the caller's organization."""

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response

from cryoclinic.accounts.caller import organization_of
from scheduling import operations
from scheduling.api.patient_serializers import (
    PatientInput,
    PatientOutput,
    PatientQuestion,
    RegistrationInput,
)
from scheduling.likeness import clues
from scheduling.models import Patient
from scheduling.models.patient import PatientQuerySet

# [ops] More people than these are not read through: another word finds one sooner.
FOUND_AT_MOST = 50


class Patients(generics.GenericAPIView[Patient]):
    """Patients of the caller's organization."""

    queryset = Patient.objects.none()
    serializer_class = PatientOutput
    lookup_field = "uid"

    def get_queryset(self) -> PatientQuerySet:
        return Patient.objects.of(organization_of(self.request)).select_related("merged_into")


class PatientSearch(Patients):
    """Patients by what is known of them. In the body: what names a person does not belong in an address."""

    scopes = {"POST": "scheduling.read"}

    @extend_schema(request=PatientQuestion, responses={200: PatientOutput(many=True)})
    def post(self, request: Request) -> Response:
        """Return whom it fits, by name, at most 50; the list is empty when there is nobody."""
        question = PatientQuestion(data=request.data)
        question.is_valid(raise_exception=True)
        found = self.get_queryset().current().order_by("family_name", "given_name", "id")
        match question.validated_data:
            case {"text": text}:
                wanted = clues(text, today=timezone.now().date())
                found = found.fitting(wanted) if wanted else found.none()
            case known:
                found = found.filter(**known)
        return Response(PatientOutput(found[:FOUND_AT_MOST], many=True).data)


class PatientList(Patients, generics.ListAPIView[Patient]):
    """Patients, newest first."""

    scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}

    @extend_schema(request=RegistrationInput, responses={201: PatientOutput})
    def post(self, request: Request) -> Response:
        """Register a patient, once: a record that may be of the same person is a conflict until somebody confirms."""
        facts = RegistrationInput(data=request.data)
        facts.is_valid(raise_exception=True)
        patient = operations.register_patient(
            organization=organization_of(request), now=timezone.now(), **facts.validated_data
        )
        return Response(PatientOutput(patient).data, status=status.HTTP_201_CREATED)


class PatientDetail(Patients, generics.RetrieveAPIView[Patient]):
    """One patient."""

    scopes = {"GET": "scheduling.read", "PATCH": "scheduling.write"}

    @extend_schema(request=PatientInput(partial=True), responses={200: PatientOutput})
    def patch(self, request: Request, uid: str) -> Response:
        """Correct the facts that are sent; the others stay. Plans that read them are made again."""
        patient = self.get_object()
        facts = PatientInput(patient, data=request.data, partial=True)
        facts.is_valid(raise_exception=True)
        corrected = operations.correct_patient(patient=patient, now=timezone.now(), **facts.validated_data)
        return Response(PatientOutput(corrected).data)
