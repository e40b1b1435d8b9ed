"""Protocol versions of the caller's organization, and as files."""

import json
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request

from cryoclinic.accounts.caller import organization_of
from procedures.models import Protocol
from procedures.models.protocol import ProtocolQuerySet
from procedures.operations.export import protocol_as_plan_definition, protocol_as_yaml


class ProtocolOutput(serializers.ModelSerializer[Protocol]):
    """A version of a protocol: what it is for, how far it has come, from when it is in force."""

    procedure_type = serializers.SlugRelatedField[Protocol](slug_field="code", read_only=True)

    class Meta:
        model = Protocol
        fields = [
            "uid",
            "procedure_type",
            "version",
            "title",
            "status",
            "languages",
            "active_from",
            "approved_at",
            "review_by",
            "rule_set_sha256",
        ]


class Protocols(generics.GenericAPIView[Protocol]):
    """Protocol versions of the caller's organization."""

    scopes = {"GET": "procedures.read"}
    queryset = Protocol.objects.none()
    serializer_class = ProtocolOutput
    lookup_field = "uid"

    def get_queryset(self) -> ProtocolQuerySet:
        found = Protocol.objects.filter(organization=organization_of(self.request))
        return found.select_related("procedure_type", "organization")


class ProtocolList(Protocols, generics.ListAPIView[Protocol]):
    """List the versions, newest first."""


class ProtocolDetail(Protocols, generics.RetrieveAPIView[Protocol]):
    """Read about one version."""


class ProtocolAsYaml(Protocols):
    """A version as a YAML file."""

    @extend_schema(responses={(200, "application/yaml"): OpenApiTypes.STR})
    def get(self, request: Request, uid: str) -> HttpResponse:
        """Read a version as YAML; imported, it gives a draft of exactly this content."""
        protocol = self.get_object()
        return HttpResponse(protocol_as_yaml(protocol), content_type="application/yaml; charset=utf-8")


class ProtocolAsPlanDefinition(Protocols):
    """A version as a FHIR R4 PlanDefinition."""

    @extend_schema(
        responses={(200, "application/fhir+json"): OpenApiTypes.OBJECT},
        parameters=[OpenApiParameter("uid", OpenApiTypes.UUID, OpenApiParameter.PATH)],
    )
    def get(self, request: Request, uid: str) -> HttpResponse:
        """Read a version as a PlanDefinition."""
        written: dict[str, Any] = protocol_as_plan_definition(self.get_object())
        return HttpResponse(
            json.dumps(written, ensure_ascii=False), content_type="application/fhir+json; charset=utf-8"
        )
