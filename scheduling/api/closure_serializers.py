"""Closures, what they hit and what is chosen, as they come in and as they leave."""

import inspect
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from cryoclinic.accounts.caller import organization_of
from cryoclinic.accounts.models import Location
from scheduling.api.fields import InstantField
from scheduling.api.owned import OwnedField
from scheduling.api.progress import ResourceOutput
from scheduling.api.slots import SlotOutput
from scheduling.codes import ClosureAnswer
from scheduling.models import Appointment, OpeningException, Resource
from scheduling.operations.closures import Hit, Outcome, Remedies

# Remedies are looked for one visit at a time.
MOST_REMEDIES = 20


class LocationField(OwnedField):
    """A location of the caller's organization, by its uid."""

    def get_queryset(self) -> QuerySet[Location]:
        rows: QuerySet[Location] = self.reachable(
            Location.objects.filter(organization=organization_of(self.context["request"]))
        )
        return rows


class ClosureQuery(serializers.Serializer[Any]):
    """What is closed, a whole location or one resource, and the half-open period."""

    location = LocationField(noun="location", queryset=Location.objects.all(), required=False)
    resource = OwnedField(
        noun="resource", queryset=Resource.objects.select_related("location"), required=False
    )

    default_error_messages = {"place_missing": "Name a location or a resource."}

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Return the fields with `from` and `until`, the words slots use too."""
        begin, end = InstantField(source="begin"), InstantField(source="end", help_text="Open again then.")
        return {"from": begin, "until": end, **super().get_fields()}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """
        Return the place complete: a resource says its location, a location alone means everything in it.

        :raises ValidationError: `place_missing`, if neither is named
        """
        resource: Resource | None = attrs.get("resource")
        location = attrs.get("location") or (resource and resource.location)
        if location is None:
            text = ErrorDetail(str(self.error_messages["place_missing"]), code="place_missing")
            raise serializers.ValidationError({"location": [text]})
        return {**attrs, "resource": resource, "location": location}


class ClosureInput(ClosureQuery):
    """The same, with the reason colleagues read."""

    reason = serializers.CharField(max_length=120, help_text="No names or numbers of persons.")


class ClosureOutput(serializers.ModelSerializer[OpeningException]):
    """A closure. `resource` is null when the whole location is closed; one that was reopened no longer counts."""

    location = serializers.SlugRelatedField[OpeningException](slug_field="uid", read_only=True)
    resource = serializers.SlugRelatedField[OpeningException](
        slug_field="uid", read_only=True, allow_null=True
    )
    begin = serializers.DateTimeField(source="period.lower")
    end = serializers.DateTimeField(source="period.upper")

    class Meta:
        model = OpeningException
        fields = ["uid", "location", "resource", "begin", "end", "reason", "closed_at", "reopened_at"]


class SwapsOutput(serializers.Serializer[Any]):
    """A leg that is hit, and what could serve it instead."""

    leg = serializers.CharField()
    resources = ResourceOutput(many=True)


class RemediesOutput(serializers.Serializer[Remedies]):
    """What could be done. `can_swap`: every leg that is hit could be served by something else."""

    swaps = serializers.SerializerMethodField()
    can_swap = serializers.BooleanField()
    slots = SlotOutput(many=True)
    obstacle = serializers.SerializerMethodField(help_text="Why no time can be looked for; mostly empty.")

    @extend_schema_field(SwapsOutput(many=True))
    def get_swaps(self, remedies: Remedies) -> list[dict[str, Any]]:
        """Return the legs in their order."""
        rows = [{"leg": leg, "resources": found} for leg, found in remedies.swaps.items()]
        return list(SwapsOutput(rows, many=True).data)

    @extend_schema_field(str)
    def get_obstacle(self, remedies: Remedies) -> str:
        """Return the sentence of what is in the way."""
        return "" if remedies.obstacle is None else sentence_of(remedies.obstacle)


class HitOutput(serializers.Serializer[Any]):
    """A booking that is hit, by which legs. `left` is why somebody left it as it is; empty if nobody did."""

    appointment = serializers.UUIDField(source="appointment.uid")
    revision = serializers.IntegerField(source="appointment.revision")
    status = serializers.CharField(source="appointment.status")
    start = serializers.DateTimeField(source="appointment.start")
    legs = serializers.ListField(child=serializers.CharField())
    left = serializers.CharField()


class HitWithRemediesOutput(HitOutput):
    """The same, with what could be done; null once it is settled, and beyond the first twenty."""

    remedies = serializers.SerializerMethodField()

    @extend_schema_field(RemediesOutput(allow_null=True))
    def get_remedies(self, hit: Hit) -> dict[str, Any] | None:
        """Return what the view has looked up."""
        found = self.context["remedies"].get(hit.appointment.pk)
        return None if found is None else dict(RemediesOutput(found).data)


class ClosureWithHitsOutput(serializers.Serializer[Any]):
    """A closure and everything it still hits, by the starts."""

    closure = ClosureOutput()
    hits = HitWithRemediesOutput(many=True)


class ChoiceInput(serializers.Serializer[Any]):
    """What is to be done about one visit, as you saw it at `revision`."""

    appointment = OwnedField(noun="appointment", queryset=Appointment.objects.all())
    revision = serializers.IntegerField(min_value=1)
    answer = serializers.ChoiceField(ClosureAnswer.choices)
    taking = OwnedField(
        noun="resource",
        queryset=Resource.objects.all(),
        required=False,
        help_text="For a swap; left out: whatever fits.",
    )
    start = InstantField(required=False, help_text="For a move.")
    reason = serializers.CharField(
        max_length=150, required=False, help_text="Needed to leave a visit as it is."
    )
    override_reason = serializers.CharField(max_length=200, required=False)

    def validate_answer(self, value: str) -> ClosureAnswer:
        """Return the answer as its code."""
        return ClosureAnswer(value)


class OutcomeOutput(serializers.Serializer[Any]):
    """What became of a choice. `refusal` is empty when it was done; else it says which rule and what to do."""

    appointment = serializers.UUIDField(source="appointment.uid")
    answer = serializers.ChoiceField(ClosureAnswer.choices)
    done = serializers.SerializerMethodField()
    refusal = serializers.SerializerMethodField()
    rule = serializers.SerializerMethodField(help_text="The name of the rule that refused; stable.")

    @extend_schema_field(bool)
    def get_done(self, outcome: Outcome) -> bool:
        """Return whether it was done."""
        return outcome.refusal is None

    @extend_schema_field(str)
    def get_refusal(self, outcome: Outcome) -> str:
        """Return the sentence of the refusal."""
        return "" if outcome.refusal is None else sentence_of(outcome.refusal)

    @extend_schema_field(str)
    def get_rule(self, outcome: Outcome) -> str:
        """Return the name of the error class."""
        return "" if outcome.refusal is None else type(outcome.refusal).__name__


def sentence_of(error: Exception) -> str:
    """Return the sentence with which something is refused."""
    return " ".join((inspect.getdoc(type(error)) or "").split("\n\n")[0].split())
