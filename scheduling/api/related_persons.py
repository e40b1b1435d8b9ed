"""The people around a patient, and whether they may be told."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from cryoclinic.accounts.caller import caller_of, organization_of
from scheduling.api.fields import PhoneField, ZoneField
from scheduling.api.qualifying import OfPatient
from scheduling.codes import Relationship
from scheduling.models import RelatedPerson
from scheduling.operations import consent

_FIELDS = [
    "relationship",
    "given_name",
    "family_name",
    "language",
    "zone",
    "phone",
    "email",
    "first_name_in_messages",
    "is_escort",
]


class RelatedPersonInput(serializers.ModelSerializer[RelatedPerson]):
    """A guardian or carer. Without consent nothing is sent to them."""

    phone = PhoneField(max_length=20, required=False, allow_blank=True)
    zone = ZoneField(max_length=64, required=False, allow_blank=True)
    consented = serializers.BooleanField(default=False, write_only=True)

    class Meta:
        model = RelatedPerson
        fields = [*_FIELDS, "consented"]


class RelatedPersonOutput(serializers.ModelSerializer[RelatedPerson]):
    """A guardian or carer; `may_be_told` while consent stands."""

    may_be_told = serializers.BooleanField(read_only=True)

    class Meta:
        model = RelatedPerson
        fields = ["uid", *_FIELDS, "consented_at", "revoked_at", "may_be_told"]


class ConsentInput(serializers.Serializer[dict[str, Any]]):
    """Whether the patient agrees that this person is told."""

    given = serializers.BooleanField()


class RelatedPersonList(OfPatient):
    """The people around a patient."""

    queryset = RelatedPerson.objects.none()
    serializer_class = RelatedPersonOutput

    @extend_schema(responses={200: RelatedPersonOutput(many=True)})
    def get(self, request: Request, uid: str) -> Response:
        """Read the people around a patient, the first entered first."""
        found = self.patient().related_persons.order_by("id")
        return Response(RelatedPersonOutput(found, many=True).data)

    @extend_schema(request=RelatedPersonInput, responses={201: RelatedPersonOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Put a guardian or carer on file."""
        patient = self.patient()
        facts = RelatedPersonInput(data=request.data)
        facts.is_valid(raise_exception=True)
        named = dict(facts.validated_data)
        person = consent.add_related_person(
            patient=patient,
            relationship=Relationship(named.pop("relationship")),
            now=timezone.now(),
            by=caller_of(request).user,
            **named,
        )
        return Response(RelatedPersonOutput(person).data, status=status.HTTP_201_CREATED)


class RelatedPersonConsent(generics.GenericAPIView[RelatedPerson]):
    """Consent to tell one person, given or withdrawn."""

    scopes = {"POST": "scheduling.write"}
    queryset = RelatedPerson.objects.none()
    serializer_class = RelatedPersonOutput
    lookup_field = "uid"

    def get_queryset(self) -> Any:
        return RelatedPerson.objects.filter(patient__organization=organization_of(self.request))

    @extend_schema(request=ConsentInput, responses={200: RelatedPersonOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Record consent, or that it is withdrawn: from the next plan on there is silence."""
        person = self.get_object()
        wish = ConsentInput(data=request.data)
        wish.is_valid(raise_exception=True)
        record = consent.give_consent if wish.validated_data["given"] else consent.withdraw_consent
        changed = record(person=person, now=timezone.now(), by=caller_of(request).user)
        return Response(RelatedPersonOutput(changed).data)
