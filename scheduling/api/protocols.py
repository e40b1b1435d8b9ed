"""Protocol versions taken up by offerings, and by bookings made before."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cryoclinic.accounts.caller import caller_of, organization_of
from procedures.models import Protocol
from procedures.models.protocol import ProtocolQuerySet
from scheduling.api.caller import actor_of
from scheduling.api.places import within_reach
from scheduling.models import Appointment, ProcedureOffering, ProtocolAdoption
from scheduling.models.offering import ProcedureOfferingQuerySet
from scheduling.operations.actor import person_of
from scheduling.operations.adoption import adopt_protocol
from scheduling.operations.roll_forward import Chosen, RolledForward, roll_forward


class AdoptionInput(serializers.Serializer[dict[str, Any]]):
    """The version that new bookings are to take."""

    protocol = serializers.UUIDField()


class AdoptionOutput(serializers.ModelSerializer[ProtocolAdoption]):
    """What was taken up, and when."""

    protocol = serializers.SlugRelatedField[ProtocolAdoption](slug_field="uid", read_only=True)
    offering = serializers.SlugRelatedField[ProtocolAdoption](slug_field="uid", read_only=True)

    class Meta:
        model = ProtocolAdoption
        fields = ["offering", "protocol", "adopted_at"]


class ChosenInput(serializers.Serializer[dict[str, Any]]):
    """A booking, and the revision of it that somebody looked at."""

    appointment = serializers.UUIDField()
    revision = serializers.IntegerField(min_value=1)


class RollForwardInput(serializers.Serializer[dict[str, Any]]):
    """Which bookings go on under the version, and why."""

    bookings = ChosenInput(many=True, allow_empty=False)
    reason = serializers.CharField(max_length=300, help_text="Without names.")


class RolledForwardOutput(serializers.Serializer[Any]):
    """What became of one booking; `refusal` is empty when it was changed."""

    appointment = serializers.UUIDField()
    changed = serializers.BooleanField()
    refusal = serializers.SerializerMethodField()

    def get_refusal(self, result: RolledForward) -> str:
        """Return the sentence of what stood in the way."""
        return "" if result.refusal is None else " ".join((type(result.refusal).__doc__ or "").split())


class BehindOutput(serializers.ModelSerializer[Appointment]):
    """A booking ahead under an older version."""

    protocol_version = serializers.IntegerField(source="protocol.version")

    class Meta:
        model = Appointment
        fields = ["uid", "start", "revision", "protocol_version"]


class OfferingAdopt(generics.GenericAPIView[Any]):
    """Which version new bookings of an offering take."""

    scopes = {"POST": "scheduling.write"}
    queryset = ProcedureOffering.objects.none()
    lookup_field = "uid"
    serializer_class = AdoptionInput

    def get_queryset(self) -> ProcedureOfferingQuerySet:
        return ProcedureOffering.objects.of(organization_of(self.request))

    @extend_schema(request=AdoptionInput, responses={200: AdoptionOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Take up a version; a clinician or an administrator of the location does this in person."""
        offering = self.get_object()
        wanted = AdoptionInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        protocol = generics.get_object_or_404(_protocols(request), uid=wanted.validated_data["protocol"])
        adoption = adopt_protocol(
            offering=offering, protocol=protocol, by=person_of(actor_of(request)), now=timezone.now()
        )
        return Response(AdoptionOutput(adoption).data)


class RollForward(generics.GenericAPIView[Any]):
    """Bookings made under older versions."""

    scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}
    queryset = Protocol.objects.none()
    lookup_field = "uid"
    serializer_class = RolledForwardOutput

    def get_queryset(self) -> ProtocolQuerySet:
        return _protocols(self.request)

    @extend_schema(responses={200: BehindOutput(many=True)})
    def get(self, request: Request, uid: str) -> Response:
        """Read which bookings ahead are under an older version of this protocol."""
        behind = Appointment.objects.behind(self.get_object(), timezone.now()).select_related("protocol")
        seen = within_reach(behind, caller=caller_of(request), changing=False)
        return Response(BehindOutput(seen, many=True).data)

    @extend_schema(request=RollForwardInput, responses={200: RolledForwardOutput(many=True)})
    def post(self, request: Request, uid: str) -> Response:
        """Put chosen bookings under this version, one by one; the answer says of each how it went."""
        protocol = self.get_object()
        wanted = RollForwardInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        revisions = {each["appointment"]: each["revision"] for each in wanted.validated_data["bookings"]}
        theirs = Appointment.objects.of(organization_of(request)).filter(uid__in=revisions)
        found = within_reach(theirs, caller=caller_of(request), changing=True)
        results = roll_forward(
            chosen=[Chosen(appointment=each, expected_revision=revisions[each.uid]) for each in found],
            protocol=protocol,
            by=actor_of(request),
            reason=wanted.validated_data["reason"],
            now=timezone.now(),
        )
        return Response(RolledForwardOutput(results, many=True).data)


def _protocols(request: Any) -> ProtocolQuerySet:
    return Protocol.objects.filter(organization=organization_of(request))
