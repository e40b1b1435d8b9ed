"""Series of sessions, and what follows a procedure."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from cryoclinic.accounts.caller import organization_of
from procedures.care import Contact
from scheduling.api.appointments import Appointments
from scheduling.api.caller import actor_of
from scheduling.api.closure_serializers import sentence_of
from scheduling.api.fields import InstantField
from scheduling.api.owned import OwnedField
from scheduling.api.serializers import AppointmentOutput
from scheduling.codes import CancellationReason, SeriesMode
from scheduling.models import Appointment, Patient, ProcedureOffering, Series
from scheduling.models.series import MOST_SESSIONS, SeriesQuerySet
from scheduling.operations.follow_ups import FollowUpState, book_follow_up, follow_ups_of
from scheduling.operations.gaps import broken_gaps_of
from scheduling.operations.series import FEWEST_SESSIONS, SeriesWish, book_series
from scheduling.operations.series_rest import (
    SessionOutcome,
    book_missing,
    cancel_sessions,
    sessions_missing,
)
from scheduling.sessions import Gaps

MOST_DAYS = 730


class SeriesInput(serializers.Serializer[dict[str, Any]]):
    """Sessions to book. Gaps are local calendar days from one session's date to the next one's."""

    offering = OwnedField(noun="offering", queryset=ProcedureOffering.objects.all())
    patient = OwnedField(noun="patient", queryset=Patient.objects.all())
    sessions = serializers.IntegerField(min_value=FEWEST_SESSIONS, max_value=MOST_SESSIONS)
    gap_least_days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS)
    gap_most_days = serializers.IntegerField(
        min_value=1, max_value=MOST_DAYS, required=False, allow_null=True, default=None
    )
    mode = serializers.ChoiceField(SeriesMode.choices, default=SeriesMode.WHOLE)
    after = OwnedField(
        noun="appointment",
        queryset=Appointment.objects.all(),
        required=False,
        help_text="A visit that counts as the first session; only the others are booked.",
    )
    target = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    override_reason = serializers.CharField(
        max_length=200,
        required=False,
        default="",
        help_text="Staff only: why this is repeated sooner than the protocol says.",
    )

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return the fields with `from`, a word that cannot be an attribute."""
        begin = InstantField(source="first", help_text="The first session starts at or after this.")
        return {**super().get_fields(), "from": begin}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the words of the operation."""
        wish = SeriesWish(
            sessions=attrs["sessions"],
            gaps=Gaps(least_days=attrs["gap_least_days"], most_days=attrs["gap_most_days"]),
            first=attrs["first"],
            mode=SeriesMode(attrs["mode"]),
            target=attrs["target"],
            after=attrs.get("after"),
        )
        kept = ("offering", "patient", "override_reason")
        return {**{name: attrs[name] for name in kept}, "wish": wish}


class SessionOutput(serializers.Serializer[Any]):
    """One session."""

    position = serializers.IntegerField()
    appointment = serializers.UUIDField(source="appointment.uid")
    start = serializers.DateTimeField(source="appointment.start")
    status = serializers.CharField(source="appointment.status")


class SeriesOutput(serializers.ModelSerializer[Series]):
    """A series; `broken_gaps` says which sessions no longer keep their distance, one sentence each."""

    offering = serializers.SlugRelatedField[Series](slug_field="uid", read_only=True)
    patient = serializers.SlugRelatedField[Series](slug_field="uid", read_only=True)
    sessions = SessionOutput(many=True)
    sessions_missing = serializers.SerializerMethodField()
    broken_gaps = serializers.SerializerMethodField()

    class Meta:
        model = Series
        fields = [
            "uid",
            "offering",
            "patient",
            "sessions_wanted",
            "gap_least_days",
            "gap_most_days",
            "mode",
            "override_reason",
            "booked_at",
            "sessions",
            "sessions_missing",
            "broken_gaps",
        ]

    @extend_schema_field(int)
    def get_sessions_missing(self, series: Series) -> int:
        """Return how many of those wanted are neither booked nor done."""
        return sessions_missing(series)

    @extend_schema_field(serializers.ListField(child=serializers.CharField()))
    def get_broken_gaps(self, series: Series) -> list[str]:
        """Return the sentences."""
        return [gap.sentence for gap in broken_gaps_of(series)]


class SessionChoice(serializers.Serializer[Any]):
    """A session, as you saw it at `revision`."""

    appointment = OwnedField(noun="appointment", queryset=Appointment.objects.all())
    revision = serializers.IntegerField(min_value=1)


class CancelSessionsInput(serializers.Serializer[Any]):
    """Sessions to cancel, and the one reason for it."""

    sessions = SessionChoice(many=True, allow_empty=False)
    reason = serializers.ChoiceField(CancellationReason.choices)
    note = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class SessionOutcomeOutput(serializers.Serializer[Any]):
    """What became of a session. `refusal` is empty when it was cancelled; else it says which rule and what to do."""

    appointment = serializers.UUIDField(source="appointment.uid")
    done = serializers.SerializerMethodField()
    refusal = serializers.SerializerMethodField()
    rule = serializers.SerializerMethodField(help_text="The name of the rule that refused; stable.")

    @extend_schema_field(bool)
    def get_done(self, outcome: SessionOutcome) -> bool:
        """Return whether it was cancelled."""
        return outcome.refusal is None

    @extend_schema_field(str)
    def get_refusal(self, outcome: SessionOutcome) -> str:
        """Return the sentence of the refusal."""
        return "" if outcome.refusal is None else sentence_of(outcome.refusal)

    @extend_schema_field(str)
    def get_rule(self, outcome: SessionOutcome) -> str:
        """Return the name of the error class."""
        return "" if outcome.refusal is None else type(outcome.refusal).__name__


class FollowUpInput(serializers.Serializer[dict[str, Any]]):
    """Which follow-up to book, with what and when."""

    code = serializers.CharField(max_length=60)
    offering = OwnedField(noun="offering", queryset=ProcedureOffering.objects.all())
    start = InstantField()
    target = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    override_reason = serializers.CharField(
        max_length=200,
        required=False,
        default="",
        help_text="Staff only: why on another day than the protocol wants.",
    )


class FollowUpOutput(serializers.Serializer[Any]):
    """What the protocol wants after the procedure; local dates, both included. Empty until it has ended."""

    code = serializers.CharField(source="wanted.code")
    contact = serializers.ChoiceField([(kind.value, kind.value) for kind in Contact], source="wanted.contact")
    text = serializers.CharField(source="wanted.text")
    first_on = serializers.DateField(source="window.first_on")
    last_on = serializers.DateField(source="window.last_on")
    state = serializers.ChoiceField([(state.value, state.value) for state in FollowUpState])
    appointment = serializers.UUIDField(source="appointment.uid", allow_null=True, default=None)


class SeriesViews(generics.GenericAPIView[Series]):
    """Series of the caller's organization."""

    queryset = Series.objects.none()
    serializer_class = SeriesOutput
    lookup_field = "uid"

    def get_queryset(self) -> SeriesQuerySet:
        return Series.objects.of(organization_of(self.request)).with_sessions()


class SeriesList(SeriesViews, generics.ListAPIView[Series]):
    """Series, the newest first."""

    scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}

    @extend_schema(request=SeriesInput, responses={201: SeriesOutput})
    def post(self, request: Request) -> Response:
        """Book several sessions at the earliest starts that keep the gaps and that the patient can be prepared for."""
        wish = SeriesInput(data=request.data, context={"request": request})
        wish.is_valid(raise_exception=True)
        series = book_series(**wish.validated_data, by=actor_of(request), now=timezone.now())
        shown = self.get_queryset().get(pk=series.pk)
        response = Response(SeriesOutput(shown).data, status=status.HTTP_201_CREATED)
        response["Location"] = reverse("one-series", kwargs={"uid": series.uid}, request=request)
        return response


class SeriesDetail(SeriesViews):
    """One series."""

    scopes = {"GET": "scheduling.read"}

    def get(self, request: Request, uid: str) -> Response:
        """Read a series with its sessions, and whether they keep their distance."""
        return Response(SeriesOutput(self.get_object()).data)


class SeriesMissing(SeriesViews):
    """The missing sessions of a series."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(request=None, responses={200: SeriesOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Book the missing sessions after the last one, at the earliest starts that keep the gaps."""
        series = self.get_object()
        book_missing(series=series, by=actor_of(request), now=timezone.now())
        return Response(SeriesOutput(self.get_queryset().get(pk=series.pk)).data)


class SeriesCancellations(SeriesViews):
    """Sessions that are no longer wanted."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(request=CancelSessionsInput, responses={200: SessionOutcomeOutput(many=True)})
    def post(self, request: Request, uid: str) -> Response:
        """Cancel sessions, each by itself as it was seen; the answer says what became of each, in the same order."""
        series = self.get_object()
        wish = CancelSessionsInput(data=request.data, context={"request": request})
        wish.is_valid(raise_exception=True)
        typed = wish.validated_data
        outcomes = cancel_sessions(
            series=series,
            sessions=[(each["appointment"], each["revision"]) for each in typed["sessions"]],
            reason=CancellationReason(typed["reason"]),
            note=typed["note"],
            by=actor_of(request),
            now=timezone.now(),
        )
        return Response(SessionOutcomeOutput(outcomes, many=True).data)


class FollowUps(Appointments):
    """What follows a procedure."""

    scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}

    @extend_schema(responses={200: FollowUpOutput(many=True)})
    def get(self, request: Request, uid: str) -> Response:
        """List what the protocol wants after the procedure, and what is booked of it."""
        found = follow_ups_of(self.get_object(), now=timezone.now())
        return Response(FollowUpOutput(list(found), many=True).data)

    @extend_schema(request=FollowUpInput, responses={201: AppointmentOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Book a follow-up as a visit, linked to the procedure it follows."""
        first = self.get_object()
        wish = FollowUpInput(data=request.data, context={"request": request})
        wish.is_valid(raise_exception=True)
        booked = book_follow_up(first=first, **wish.validated_data, by=actor_of(request), now=timezone.now())
        response = self.answer(booked)
        response.status_code = status.HTTP_201_CREATED
        return response
