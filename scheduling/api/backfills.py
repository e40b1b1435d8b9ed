"""Freed starts: who is asked, who accepts, and every step on the way."""

from typing import Any

from django.db.models import Prefetch
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from cryoclinic.accounts.caller import organization_of
from scheduling.api.caller import actor_of
from scheduling.api.fields import InstantField
from scheduling.api.owned import OwnedField
from scheduling.models import Backfill, BackfillStep, ProcedureOffering, WaitlistOffer
from scheduling.models.backfill import (
    ANSWER_MINUTES,
    LONGEST_ANSWER_MINUTES,
    MOST_AT_ONCE,
    OFFERS_AT_ONCE,
    BackfillQuerySet,
    WaitlistOfferQuerySet,
)
from scheduling.operations.backfill import start_backfill, stop_backfill
from scheduling.operations.offers import accept_offer, decline_offer


class BackfillInput(serializers.Serializer[dict[str, Any]]):
    """A free start to be offered to those who wait."""

    offering = OwnedField(noun="offering", queryset=ProcedureOffering.objects.all())
    start = InstantField()
    offers_at_once = serializers.IntegerField(min_value=1, max_value=MOST_AT_ONCE, default=OFFERS_AT_ONCE)
    answer_minutes = serializers.IntegerField(
        min_value=1, max_value=LONGEST_ANSWER_MINUTES, default=ANSWER_MINUTES
    )


class StopInput(serializers.Serializer[dict[str, Any]]):
    """Why a start is no longer offered."""

    reason = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="", help_text="No names or numbers."
    )


class StepOutput(serializers.ModelSerializer[BackfillStep]):
    """What happened on the way."""

    entry = serializers.SlugRelatedField[BackfillStep](slug_field="uid", read_only=True)

    class Meta:
        model = BackfillStep
        fields = ["kind", "entry", "reason", "happened_at"]


class OfferOutput(serializers.ModelSerializer[WaitlistOffer]):
    """
    A start offered to somebody; `status` is that of the appointment, `proposed` while it can be accepted.

    Accepted instead of a later visit, the appointment is that visit, which has moved here.
    """

    entry = serializers.SlugRelatedField[WaitlistOffer](slug_field="uid", read_only=True)
    appointment = serializers.UUIDField(source="visit.uid")
    status = serializers.CharField(source="visit.status")
    earlier_than = serializers.UUIDField(
        source="entry.instead_of.uid",
        default=None,
        allow_null=True,
        help_text="The visit that moves, or has moved, if this is accepted.",
    )
    reasons = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = WaitlistOffer
        fields = [
            "uid",
            "entry",
            "appointment",
            "status",
            "earlier_than",
            "reasons",
            "offered_at",
            "expires_at",
        ]


class BackfillOutput(serializers.ModelSerializer[Backfill]):
    """A freed start."""

    offering = serializers.SlugRelatedField[Backfill](slug_field="uid", read_only=True)

    class Meta:
        model = Backfill
        fields = [
            "uid",
            "offering",
            "start",
            "status",
            "offers_at_once",
            "answer_minutes",
            "opened_at",
            "closed_at",
            "next_at",
        ]


class BackfillWithStepsOutput(BackfillOutput):
    """A freed start with everything that happened."""

    offers = OfferOutput(many=True)
    steps = StepOutput(many=True)

    class Meta(BackfillOutput.Meta):
        fields = [*BackfillOutput.Meta.fields, "offers", "steps"]


class Backfills(generics.GenericAPIView[Backfill]):
    """Freed starts of the caller's organization."""

    queryset = Backfill.objects.none()
    serializer_class = BackfillOutput
    lookup_field = "uid"

    def get_queryset(self) -> BackfillQuerySet:
        return Backfill.objects.of(organization_of(self.request)).select_related("offering")

    def answer(self, backfill: Backfill) -> Response:
        """Return a backfill as it is in the database now, with its steps: three queries."""
        offers = Prefetch("offers", WaitlistOffer.objects.with_visits())
        found = self.get_queryset().prefetch_related(offers, "steps__entry")
        return Response(BackfillWithStepsOutput(found.get(pk=backfill.pk)).data)


class BackfillList(Backfills, generics.ListAPIView[Backfill]):
    """Freed starts, the newest first."""

    scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}

    @extend_schema(request=BackfillInput, responses={201: BackfillWithStepsOutput})
    def post(self, request: Request) -> Response:
        """Offer a free start to those who wait. The first are asked within seconds, in contact hours."""
        wish = BackfillInput(data=request.data, context={"request": request})
        wish.is_valid(raise_exception=True)
        backfill = start_backfill(**wish.validated_data, by=actor_of(request), now=timezone.now())
        response = self.answer(backfill)
        response.status_code = status.HTTP_201_CREATED
        response["Location"] = reverse("backfill", kwargs={"uid": backfill.uid}, request=request)
        return response


class BackfillDetail(Backfills):
    """One freed start."""

    scopes = {"GET": "scheduling.read"}

    @extend_schema(responses={200: BackfillWithStepsOutput})
    def get(self, request: Request, uid: str) -> Response:
        """Read who was asked, why in this order, and what came of it."""
        return self.answer(self.get_object())


class BackfillStop(Backfills):
    """The end of asking."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(request=StopInput, responses={200: BackfillWithStepsOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Stop offering a start. Open offers end, and what was kept is free again."""
        backfill = self.get_object()
        wish = StopInput(data=request.data)
        wish.is_valid(raise_exception=True)
        stop_backfill(backfill=backfill, now=timezone.now(), by=actor_of(request), **wish.validated_data)
        return self.answer(backfill)


class Offers(generics.GenericAPIView[WaitlistOffer]):
    """Offers of the caller's organization."""

    queryset = WaitlistOffer.objects.none()
    serializer_class = OfferOutput
    lookup_field = "uid"

    def get_queryset(self) -> WaitlistOfferQuerySet:
        return WaitlistOffer.objects.of(organization_of(self.request)).with_visits()

    def answer(self, offer: WaitlistOffer) -> Response:
        """Return an offer as it is in the database now."""
        return Response(OfferOutput(self.get_queryset().get(pk=offer.pk)).data)


class OfferAccept(Offers):
    """The patient takes it."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(request=None, responses={200: OfferOutput})
    def post(self, request: Request, uid: str) -> Response:
        """
        Book what was offered. The first who accepts has it.

        A patient who has a later visit and waits for an earlier one has that visit moved here, and keeps one.
        """
        offer = self.get_object()
        accept_offer(offer=offer, now=timezone.now(), by=actor_of(request))
        return self.answer(offer)


class OfferDecline(Offers):
    """The patient does not want it."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(request=None, responses={200: OfferOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Decline an offer; the patient goes on waiting."""
        offer = self.get_object()
        decline_offer(offer=offer, now=timezone.now(), by=actor_of(request))
        return self.answer(offer)
