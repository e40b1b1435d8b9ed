"""Slots: the starts that can be had, and why one cannot."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cryoclinic.accounts.caller import Authenticated, caller_of
from cryoclinic.accounts.codes import Weekday
from procedures.codes import Anaesthesia, Contrast, Guidance
from scheduling.api.fields import InstantField
from scheduling.api.owned import OwnedField
from scheduling.codes import ResourceKind
from scheduling.models import Appointment, Patient, ProcedureOffering, Resource
from scheduling.operations.slots import (
    Audience,
    Obstacle,
    ObstacleRule,
    Slot,
    SlotExplanation,
    SlotState,
    explain_slot,
    find_slots_among,
)

MOST_SLOTS = 200
MOST_OFFERINGS = 10


class InquiryInput(serializers.Serializer[Any]):
    """What is looked for. With a patient, only starts for which that patient can still be prepared."""

    offering = OwnedField(noun="offering", queryset=ProcedureOffering.objects.with_terms())
    patient = OwnedField(noun="patient", queryset=Patient.objects.with_facts(), required=False)
    target = serializers.CharField(max_length=20, required=False)
    anaesthesia = serializers.ChoiceField(Anaesthesia.choices, required=False)
    guidance = serializers.ChoiceField(Guidance.choices, required=False)
    contrast = serializers.ChoiceField(Contrast.choices, required=False)
    practitioner = OwnedField(
        noun="practitioner",
        queryset=Resource.objects.filter(kind=ResourceKind.PRACTITIONER, active=True),
        required=False,
        help_text="Only starts at which this person serves.",
    )
    after = serializers.TimeField(
        required=False, help_text="Only starts at or after this time of the site's clock, as in 08:00."
    )
    before = serializers.TimeField(
        required=False, help_text="Only starts before this time; one at or before `after` is on the next day."
    )
    weekdays = serializers.ListField(
        child=serializers.ChoiceField(Weekday.choices),
        required=False,
        help_text="Only starts on these days of the week, as weekdays=mon&weekdays=tue.",
    )
    moving = OwnedField(
        noun="appointment",
        queryset=Appointment.objects.all(),
        required=False,
        help_text="An appointment that would move: what it occupies counts as free.",
    )


class SlotQuery(InquiryInput):
    """The half-open period in which slots are looked for."""

    until = InstantField(help_text="Slots start before this.")
    also = serializers.ListField(
        child=OwnedField(noun="offering", queryset=ProcedureOffering.objects.with_terms()),
        max_length=MOST_OFFERINGS - 1,
        required=False,
        help_text="Further offerings to look at in one go, such as the same procedure at other sites.",
    )
    limit = serializers.IntegerField(
        min_value=1, max_value=MOST_SLOTS, default=20, help_text="At most so many slots, the first in time."
    )

    default_error_messages = {"backwards": "until must be later than from."}

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return the fields with `from`, a word that cannot be an attribute."""
        begin = InstantField(source="first", help_text="Slots start at or after this.")
        return {"from": begin, **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """
        Return the period as it is.

        :raises ValidationError: `backwards`, if it ends before it begins
        """
        if attrs["until"] <= attrs["first"]:
            raise serializers.ValidationError(
                {"until": [ErrorDetail(str(self.error_messages["backwards"]), code="backwards")]}
            )
        return attrs


class ExplanationQuery(InquiryInput):
    """The start somebody would like."""

    start = InstantField()


class SlotOutput(serializers.Serializer[Slot]):
    """
    A start that is offered.

    `free` can be booked. `provisional`, for staff only: a clinician must first decide about the preparation;
    `reason` says why.
    """

    offering = serializers.UUIDField(source="offering.uid")
    zone = serializers.CharField(
        source="offering.location.zone", help_text="The zone of this slot's location."
    )
    start = serializers.DateTimeField()
    planned_end = serializers.DateTimeField()
    state = serializers.ChoiceField([(state.value, state.value) for state in SlotState])
    reason = serializers.CharField()


class SlotsOutput(serializers.Serializer[Any]):
    """Slots in the order of time. Nothing is reserved by looking."""

    zone = serializers.CharField(help_text="The zone of the first offering's wall clock.")
    slots = SlotOutput(many=True)


class ObstacleOutput(serializers.Serializer[Obstacle]):
    """One thing that speaks against a start."""

    rule = serializers.ChoiceField([(rule.value, rule.value) for rule in ObstacleRule])
    leg = serializers.CharField(
        help_text="Empty unless a leg is blocked; patient: the patient's own appointments."
    )
    resources = serializers.SerializerMethodField(help_text="Uids of the resources the rule speaks of.")
    until = serializers.DateTimeField(
        allow_null=True, help_text="The first start this obstacle alone would allow, as far as it is known."
    )
    detail = serializers.CharField(help_text="A sentence for staff; empty for programs.")

    def get_resources(self, obstacle: Obstacle) -> list[UUID]:
        """Return the uids that the view has looked up for all obstacles at once."""
        uids: Mapping[int, UUID] = self.context["uids"]
        return [uids[resource] for resource in obstacle.resource_ids if resource in uids]


class ExplanationOutput(serializers.Serializer[SlotExplanation]):
    """What speaks against a start; nothing means that it can be booked. `next_slot` is the first later one."""

    start = serializers.DateTimeField()
    obstacles = ObstacleOutput(many=True)
    next_slot = SlotOutput(allow_null=True)


class SlotList(APIView):
    """Starts at which everything needed is free."""

    scopes = {"GET": "scheduling.read"}

    @extend_schema(parameters=[SlotQuery], responses={200: SlotsOutput})
    def get(self, request: Request) -> Response:
        """Find the first starts that can be had, and at which the patient can still be prepared."""
        query = SlotQuery(data=request.query_params, context={"request": request})
        query.is_valid(raise_exception=True)
        asked = dict(query.validated_data)
        offerings = [asked.pop("offering"), *asked.pop("also", [])]
        slots = find_slots_among(
            offerings=list(dict.fromkeys(offerings)),
            **asked,
            now=timezone.now(),
            audience=audience_of(request),
        )
        zone = offerings[0].location.zone
        return Response(SlotsOutput({"zone": zone, "slots": slots}).data)


class SlotExplain(APIView):
    """Why a start is not offered."""

    scopes = {"GET": "scheduling.read"}

    @extend_schema(parameters=[ExplanationQuery], responses={200: ExplanationOutput})
    def get(self, request: Request) -> Response:
        """Say everything that speaks against a start, and which one is next."""
        query = ExplanationQuery(data=request.query_params, context={"request": request})
        query.is_valid(raise_exception=True)
        found = explain_slot(**query.validated_data, now=timezone.now(), audience=audience_of(request))
        ids = {resource for obstacle in found.obstacles for resource in obstacle.resource_ids}
        return Response(ExplanationOutput(found, context={"uids": Resource.objects.uids_by_id(ids)}).data)


def audience_of(request: Authenticated) -> Audience:
    """Return for whom slots are shown: staff see provisional ones with the reason, programs do not."""
    return "staff" if caller_of(request).is_staff_session else "portal"
