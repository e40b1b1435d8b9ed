"""Why a message went, waits, or never will, as sentences and codes."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from cryoclinic.accounts.caller import organization_of
from notifications.models import CommunicationRequest
from notifications.models.request import CommunicationRequestQuerySet
from notifications.operations.explain import explain_request


class LineOutput(serializers.Serializer[Any]):
    """One thing that happened or was decided."""

    at = serializers.DateTimeField(allow_null=True)
    code = serializers.CharField()
    sentence = serializers.CharField()


class MessageExplanationOutput(serializers.Serializer[Any]):
    """The story of one message. Never a name, an address or what was said."""

    about = serializers.UUIDField()
    title = serializers.CharField()
    verdict = serializers.CharField(help_text="How things stand, in one sentence.")
    lines = LineOutput(many=True)


class Explanation(generics.GenericAPIView[CommunicationRequest]):
    """The explanation of one message."""

    scopes = {"GET": "scheduling.read"}
    queryset = CommunicationRequest.objects.none()
    serializer_class = MessageExplanationOutput
    lookup_field = "uid"

    def get_queryset(self) -> CommunicationRequestQuerySet:
        return CommunicationRequest.objects.of(organization_of(self.request)).with_story()

    @extend_schema(responses={200: MessageExplanationOutput})
    def get(self, request: Request, uid: str) -> Response:
        """Read why a message was planned, held, tried, sent, corrected or never sent."""
        return Response(MessageExplanationOutput(explain_request(self.get_object())).data)
