"""Holds: a start kept for somebody while they decide, exclusive and not for long."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from cryoclinic.accounts.caller import organization_of
from scheduling.api.caller import actor_of
from scheduling.api.fields import InstantField
from scheduling.api.next_start import naming_the_next_start
from scheduling.api.owned import OwnedField
from scheduling.api.slots import audience_of
from scheduling.models import Hold, Patient, ProcedureOffering
from scheduling.models.allocation import HoldQuerySet
from scheduling.operations.holds import HOLD_MINUTES, LONGEST_HOLD_MINUTES, hold_slot, release_hold


class HoldInput(serializers.Serializer[dict[str, Any]]):
    """What to keep. Without a patient it is kept for whoever books it."""

    offering = OwnedField(noun="offering", queryset=ProcedureOffering.objects.all())
    start = InstantField(help_text="As in the booking that is to follow.")
    patient = OwnedField(noun="patient", queryset=Patient.objects.all(), required=False)
    target = serializers.CharField(max_length=20, required=False)
    minutes = serializers.IntegerField(min_value=1, max_value=LONGEST_HOLD_MINUTES, default=HOLD_MINUTES)


class HoldOutput(serializers.ModelSerializer[Hold]):
    """A start that is kept until `expires_at`; `released_at` says that it was given back, used, or ran out before."""

    offering = serializers.SlugRelatedField[Hold](slug_field="uid", read_only=True)
    patient = serializers.SlugRelatedField[Hold](slug_field="uid", read_only=True)

    class Meta:
        model = Hold
        fields = ["uid", "offering", "patient", "start", "expires_at", "released_at"]


class Holds(generics.GenericAPIView[Hold]):
    """Holds of the caller's organization."""

    queryset = Hold.objects.none()
    serializer_class = HoldOutput
    lookup_field = "uid"

    def get_queryset(self) -> HoldQuerySet:
        return Hold.objects.of(organization_of(self.request)).select_related("offering", "patient")


class HoldList(Holds):
    """Starts that are kept."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(request=HoldInput, responses={201: HoldOutput})
    def post(self, request: Request) -> Response:
        """Keep a start. Name the hold when you book; after `expires_at` anybody may have the start."""
        wish = HoldInput(data=request.data, context={"request": request})
        wish.is_valid(raise_exception=True)
        asked, now = wish.validated_data, timezone.now()
        with naming_the_next_start(
            offering=asked["offering"],
            patient=asked.get("patient"),
            start=asked["start"],
            now=now,
            audience=audience_of(request),
            wish=asked,
        ):
            held = hold_slot(**asked, by=actor_of(request), now=now)
        response = Response(HoldOutput(held).data, status=status.HTTP_201_CREATED)
        response["Location"] = reverse("hold", kwargs={"uid": held.uid}, request=request)
        return response


class HoldDetail(Holds):
    """One hold."""

    scopes = {"GET": "scheduling.read"}

    @extend_schema(responses={200: HoldOutput})
    def get(self, request: Request, uid: str) -> Response:
        """Read a hold."""
        return Response(HoldOutput(self.get_object()).data)


class HoldRelease(Holds):
    """The end of a hold before its time."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(request=None, responses={200: HoldOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Give back what is kept, so that others can have it at once."""
        held = self.get_object()
        release_hold(hold=held, now=timezone.now())
        held.refresh_from_db()
        return Response(HoldOutput(held).data)
