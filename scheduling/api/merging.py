"""Two records of one person made one, over HTTP: looked at first, then merged as they were seen."""

from typing import Any, cast

from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling.api.caller import actor_of
from scheduling.api.owned import OwnedField
from scheduling.api.patient_serializers import PatientOutput
from scheduling.api.patients import Patients
from scheduling.api.preconditions import RevisionNeeded
from scheduling.models import Patient
from scheduling.operations.actor import person_of
from scheduling.operations.merging import (
    FIELDS,
    Side,
    differing_fields,
    merge_patients,
    overlapping_visits,
    seen_as,
)

IF_MATCH = OpenApiParameter(
    "If-Match",
    str,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of the two records as you looked at them.",
)
ETAG = OpenApiParameter(
    "ETag", str, OpenApiParameter.HEADER, response=True, description="Both records, as they are."
)
SIDES = [("kept", "The record that stays"), ("merged", "The record that goes into it")]


class MergeQuery(serializers.Serializer[dict[str, Any]]):
    """The record that would go into this one."""

    merged = OwnedField(noun="patient", queryset=Patient.objects.all())


class MergeInput(MergeQuery):
    """The record that goes into this one, and which of the two is right where they differ."""

    chosen = serializers.DictField(
        child=serializers.ChoiceField(SIDES),
        default=dict,
        help_text="By field, such as family_name: kept or merged.",
    )

    def validate_chosen(self, value: dict[str, str]) -> dict[str, str]:
        """Take only fields that there are."""
        unknown = sorted(set(value) - set(FIELDS))
        if unknown:
            raise serializers.ValidationError(f"There is no such field: {', '.join(unknown)}.")
        return value


class MergePreviewOutput(serializers.Serializer[dict[str, Any]]):
    """What somebody must decide before the two become one. Names of fields, never what they hold."""

    differing_fields = serializers.ListField(child=serializers.CharField())
    overlapping_visits = serializers.ListField(child=serializers.UUIDField())


class PatientMerging(Patients):
    """Another record of the same person, made part of this one."""

    scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}

    @extend_schema(parameters=[MergeQuery, ETAG], responses={200: MergePreviewOutput})
    def get(self, request: Request, uid: str) -> Response:
        """Look at what merging would meet. Nothing is merged by looking."""
        kept = self.get_object()
        query = MergeQuery(data=request.query_params, context={"request": request})
        query.is_valid(raise_exception=True)
        merged = query.validated_data["merged"]
        visits = [str(each.uid) for each in overlapping_visits(kept, merged)]
        response = Response(
            {"differing_fields": differing_fields(kept, merged), "overlapping_visits": visits}
        )
        response["ETag"] = f'"{seen_as(kept, merged)}"'
        return response

    @extend_schema(parameters=[IF_MATCH], request=MergeInput, responses={200: PatientOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Merge, for good: everything of the other record belongs to this one. A person of the clinic asks."""
        kept = self.get_object()
        wish = MergeInput(data=request.data, context={"request": request})
        wish.is_valid(raise_exception=True)
        seen = request.headers.get("If-Match")
        if seen is None:
            raise RevisionNeeded
        merge_patients(
            kept=kept,
            merged=wish.validated_data["merged"],
            chosen=cast("dict[str, Side]", wish.validated_data["chosen"]),
            seen=seen.strip().strip('"'),
            by=person_of(actor_of(request)),
            now=timezone.now(),
        )
        return Response(PatientOutput(self.get_queryset().get(pk=kept.pk)).data)
