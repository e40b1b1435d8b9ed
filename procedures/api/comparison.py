"""What differs between two versions of a protocol, over HTTP."""

from typing import Any

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from procedures.api.protocols import Protocols
from procedures.comparison import Difference, FieldChange, PartChange, difference
from procedures.models.reading import content_of

NOTHING = Difference(fields=(), parts=())


class DifferenceQuery(serializers.Serializer[dict[str, Any]]):
    """Which version to compare with."""

    since = serializers.UUIDField(
        required=False, help_text="Another version of the same protocol. Left out: the approved one before."
    )


class DifferenceOutput(serializers.Serializer[dict[str, Any]]):
    """
    What differs. `since` is null, and nothing is listed, for a first version, all of which is new.

    A property has `name`, `old` and `new` in words; a part `change` (added, removed, changed), `what` and `key` it is
    called by, and `properties` and `parts` of its own.
    """

    since = serializers.UUIDField(allow_null=True)
    is_empty = serializers.BooleanField(help_text="Whether patients and clinic would be told the same.")
    properties = serializers.ListField(child=serializers.DictField())
    parts = serializers.ListField(child=serializers.DictField())


class ProtocolDifference(Protocols):
    """A version beside an older one."""

    @extend_schema(parameters=[DifferenceQuery], responses={200: DifferenceOutput})
    def get(self, request: Request, uid: str) -> Response:
        """Read what differs from another version, part by part, in words."""
        protocol = self.get_object()
        query = DifferenceQuery(data=request.query_params)
        query.is_valid(raise_exception=True)
        wanted = query.validated_data.get("since")
        others = self.get_queryset().filter(procedure_type=protocol.procedure_type_id)
        since = get_object_or_404(others, uid=wanted) if wanted else others.approved_before(protocol)
        found = NOTHING if since is None else difference(content_of(since), content_of(protocol))
        return Response(
            {"since": since and str(since.uid), "is_empty": found.is_empty} | _properties_and_parts(found)
        )


def _properties_and_parts(of: Difference | PartChange) -> dict[str, Any]:
    return {
        "properties": [_property(each) for each in of.fields],
        "parts": [_part(each) for each in of.parts],
    }


def _property(change: FieldChange) -> dict[str, str]:
    return {"name": change.name, "old": change.old, "new": change.new}


def _part(part: PartChange) -> dict[str, Any]:
    return {"change": part.change.value, "what": part.what, "key": part.key} | _properties_and_parts(part)
