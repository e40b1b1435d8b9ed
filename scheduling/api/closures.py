"""Closures: who is hit, what could be done, and doing it in one step."""

from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from cryoclinic.accounts.caller import organization_of
from scheduling.api import closure_serializers as shapes
from scheduling.api.caller import actor_of
from scheduling.models import OpeningException
from scheduling.operations.closures import (
    Choice,
    apply_choices,
    close,
    closure_hits,
    hits_between,
    proposals_for,
    reopen,
)


class Closures(generics.GenericAPIView[OpeningException]):
    """Closures at the locations of the caller's organization."""

    queryset = OpeningException.objects.none()
    serializer_class = shapes.ClosureOutput
    lookup_field = "uid"

    def get_queryset(self) -> QuerySet[OpeningException]:
        return OpeningException.objects.of(organization_of(self.request)).closures()


class ClosureList(Closures, generics.ListAPIView[OpeningException]):
    """Closures, the newest first."""

    scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}

    @extend_schema(request=shapes.ClosureInput, responses={201: shapes.ClosureOutput})
    def post(self, request: Request) -> Response:
        """Close a location or one resource. Nothing more is booked into it; what is booked stays."""
        wish = shapes.ClosureInput(data=request.data, context={"request": request})
        wish.is_valid(raise_exception=True)
        closure = close(**wish.validated_data, by=actor_of(request), now=timezone.now())
        response = Response(shapes.ClosureOutput(closure).data, status=status.HTTP_201_CREATED)
        response["Location"] = reverse("closure", kwargs={"uid": closure.uid}, request=request)
        return response


class ClosurePreview(APIView):
    """What a closure would hit."""

    scopes = {"GET": "scheduling.read"}

    @extend_schema(parameters=[shapes.ClosureQuery], responses={200: shapes.HitOutput(many=True)})
    def get(self, request: Request) -> Response:
        """List every booking that would be hit. Nothing is closed by looking."""
        query = shapes.ClosureQuery(data=request.query_params, context={"request": request})
        query.is_valid(raise_exception=True)
        hits = hits_between(**query.validated_data, now=timezone.now())
        return Response(shapes.HitOutput(hits, many=True).data)


class ClosureDetail(Closures):
    """One closure, with everything it hits."""

    scopes = {"GET": "scheduling.read"}

    @extend_schema(responses={200: shapes.ClosureWithHitsOutput})
    def get(self, request: Request, uid: str) -> Response:
        """List what is hit, and what could be done about the first twenty that nobody has settled: no time is proposed to two."""
        closure, now = self.get_object(), timezone.now()
        hits = closure_hits(closure, now=now)
        unsettled = [hit for hit in hits if not hit.left][: shapes.MOST_REMEDIES]
        remedies = {each.hit.appointment.pk: each.remedies for each in proposals_for(unsettled, now=now)}
        return Response(
            shapes.ClosureWithHitsOutput(
                {"closure": closure, "hits": hits}, context={"remedies": remedies}
            ).data
        )


class ClosureChoices(Closures):
    """What staff chose for the bookings that are hit."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(request=shapes.ChoiceInput(many=True), responses={200: shapes.OutcomeOutput(many=True)})
    def post(self, request: Request, uid: str) -> Response:
        """Do each choice by itself, all or nothing; the answer says what became of each, in the same order."""
        closure = self.get_object()
        wishes = shapes.ChoiceInput(data=request.data, many=True, context={"request": request})
        wishes.is_valid(raise_exception=True)
        outcomes = apply_choices(
            closure=closure,
            choices=[Choice(**wish) for wish in wishes.validated_data],
            by=actor_of(request),
            now=timezone.now(),
        )
        return Response(shapes.OutcomeOutput(outcomes, many=True).data)


class ClosureReopen(Closures):
    """The end of a closure before its time."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(request=None, responses={200: shapes.ClosureOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Open again. The closure stays on record, and so does what was done because of it."""
        opened = reopen(closure=self.get_object(), by=actor_of(request), now=timezone.now())
        return Response(shapes.ClosureOutput(opened).data)
