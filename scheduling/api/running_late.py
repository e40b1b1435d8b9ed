"""Running late: what follows, and re-timing it as it was seen."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from scheduling.api.caller import actor_of
from scheduling.api.owned import OwnedField
from scheduling.models import Appointment, Resource
from scheduling.operations.late import (
    Beyond,
    DayDelay,
    LateVisit,
    delay_day,
    food_stops,
    propose_delay,
)

# More visits than a location has in a day.
MOST_KEPT = 200


class DelayQuery(serializers.Serializer[Any]):
    """What runs late, an appointment or a resource, and by how much."""

    appointment = OwnedField(noun="appointment", queryset=Appointment.objects.all(), required=False)
    resource = OwnedField(
        noun="resource", queryset=Resource.objects.select_related("location"), required=False
    )
    minutes = serializers.IntegerField()
    keeping = serializers.ListField(
        child=serializers.UUIDField(),
        required=False,
        max_length=MOST_KEPT,
        help_text="Appointments that stay at their time; the others wait for them instead.",
    )

    default_error_messages = {"one_of_two": "Name either an appointment or a resource."}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """
        Return what was said as it is.

        :raises ValidationError: `one_of_two`, unless exactly one thing is named
        """
        if ("appointment" in attrs) == ("resource" in attrs):
            text = ErrorDetail(str(self.error_messages["one_of_two"]), code="one_of_two")
            raise serializers.ValidationError({"appointment": [text]})
        return attrs


class DelayInput(DelayQuery):
    """The same, as it was seen."""

    seen = serializers.CharField(max_length=64, help_text="The digest of the proposal you agree to.")
    reason = serializers.CharField(max_length=200, required=False)
    beyond_reason = serializers.CharField(
        max_length=200, required=False, help_text="Why something is used after it closes."
    )


class BeyondOutput(serializers.Serializer[Beyond]):
    """A leg that would be used after it closes; null: it is closed from the beginning."""

    leg = serializers.CharField()
    resource = serializers.UUIDField()
    name = serializers.CharField()
    closes_at = serializers.DateTimeField(allow_null=True)


class FoodStopOutput(serializers.Serializer[Any]):
    """When one kind of food or drink ends now, and when it would."""

    food = serializers.CharField()
    now_at = serializers.DateTimeField()
    then_at = serializers.DateTimeField()


class LateVisitOutput(serializers.Serializer[LateVisit]):
    """A visit as it would be. One in progress keeps its start and takes longer."""

    appointment = serializers.UUIDField(source="appointment.uid")
    from_start = serializers.DateTimeField(source="appointment.start")
    start = serializers.DateTimeField()
    arrive_at = serializers.DateTimeField()
    planned_end = serializers.DateTimeField()
    leaves_at = serializers.DateTimeField()
    takes_longer = serializers.BooleanField()
    food_stops = serializers.SerializerMethodField(
        help_text="Ends of eating and drinking that move with the start."
    )
    beyond = BeyondOutput(many=True)

    @extend_schema_field(FoodStopOutput(many=True))
    def get_food_stops(self, visit: LateVisit) -> list[dict[str, Any]]:
        """Return what moves for the patient's food and drink."""
        return list(FoodStopOutput(food_stops(visit), many=True).data)


class DelayOutput(serializers.Serializer[DayDelay]):
    """What follows, by the present starts. Send `digest` as `seen` to agree to exactly this."""

    appointment = serializers.UUIDField(source="source.uid", help_text="What runs late first.")
    minutes = serializers.IntegerField()
    digest = serializers.CharField()
    visits = LateVisitOutput(many=True)


class Delays(APIView):
    """A day that runs late."""

    scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}

    @extend_schema(parameters=[DelayQuery], responses={200: DelayOutput})
    def get(self, request: Request) -> Response:
        """Say what would follow. Nothing is changed by looking."""
        query = DelayQuery(data=request.query_params, context={"request": request})
        query.is_valid(raise_exception=True)
        return Response(DelayOutput(propose_delay(**query.validated_data, now=timezone.now())).data)

    @extend_schema(request=DelayInput, responses={200: DelayOutput})
    def post(self, request: Request) -> Response:
        """Re-time everything that was listed, or nothing. Who was told is told the new times."""
        wish = DelayInput(data=request.data, context={"request": request})
        wish.is_valid(raise_exception=True)
        done = delay_day(**wish.validated_data, by=actor_of(request), now=timezone.now())
        return Response(DelayOutput(done).data)
