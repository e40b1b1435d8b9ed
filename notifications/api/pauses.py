"""The kill switch of a clinic's channel: see it, pull it, let it go. For the clinic's administrators in person."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from cryoclinic.accounts.caller import caller_of, organization_of
from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import User
from notifications.models import ChannelPause
from notifications.operations import pauses


class AdministratorsOnly(Exception):
    """Only an administrator of the clinic, signed in as a person, can stop or release a channel."""


class PauseInput(serializers.Serializer[dict[str, str]]):
    """The channel to pause and why, for those who come after."""

    channel = serializers.CharField(max_length=10, help_text="sms or email.")
    reason = serializers.CharField(max_length=200)


class PauseOutput(serializers.ModelSerializer[ChannelPause]):
    """A pause of a channel; `resumed_at` is null while it stands."""

    class Meta:
        model = ChannelPause
        fields = ["uid", "channel", "reason", "paused_at", "resumed_at"]


class ResumedOutput(serializers.Serializer[Any]):
    """How many messages that waited for the channel may go now."""

    released = serializers.IntegerField()


class ChannelPauses(generics.GenericAPIView[ChannelPause]):
    """The pauses of the clinic's channels."""

    scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}
    queryset = ChannelPause.objects.none()
    serializer_class = PauseOutput
    pagination_class = None

    @extend_schema(responses={200: PauseOutput(many=True)})
    def get(self, request: Request) -> Response:
        """Read the pauses that stand, the newest first."""
        standing = ChannelPause.objects.standing().filter(organization=organization_of(request))
        return Response(PauseOutput(standing, many=True).data)

    @extend_schema(request=PauseInput, responses={201: PauseOutput})
    def post(self, request: Request) -> Response:
        """Send nothing more over a channel until somebody ends the pause."""
        by = _administrator(request)
        wanted = PauseInput(data=request.data)
        wanted.is_valid(raise_exception=True)
        made = pauses.pause_channel(
            organization=organization_of(request), by=by, now=timezone.now(), **wanted.validated_data
        )
        return Response(PauseOutput(made).data, status=status.HTTP_201_CREATED)


class ChannelResume(generics.GenericAPIView[ChannelPause]):
    """The end of a pause."""

    scopes = {"POST": "scheduling.write"}
    queryset = ChannelPause.objects.none()
    serializer_class = ResumedOutput
    lookup_field = "uid"

    def get_queryset(self) -> Any:
        return ChannelPause.objects.filter(organization=organization_of(self.request))

    @extend_schema(request=None, responses={200: ResumedOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Send over the channel again."""
        pause = self.get_object()
        released = pauses.resume_channel(
            organization=pause.organization,
            channel=pause.channel,
            by=_administrator(request),
            now=timezone.now(),
        )
        return Response({"released": released})


def _administrator(request: Request) -> User:
    caller = caller_of(request)
    # A pause is the whole clinic's, so that an administrator of one location cannot make it.
    roles = caller.at(None).roles
    if caller.user is None or not caller.is_staff_session or Role.ADMINISTRATOR not in roles:
        raise AdministratorsOnly
    return caller.user
