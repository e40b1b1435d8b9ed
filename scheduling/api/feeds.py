"""Calendar feeds: made and revoked by people of the clinic, read by whoever has the address."""

from typing import Any

from django.db.models import QuerySet
from django.urls import reverse as path_of
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from cryoclinic.accounts.caller import caller_of, organization_of
from scheduling.api.caller import actor_of
from scheduling.api.owned import OwnedField
from scheduling.models import CalendarFeed, Resource
from scheduling.operations.actor import person_of
from scheduling.operations.feeds import create_feed, revoke_feed


class FeedInput(serializers.Serializer[dict[str, Any]]):
    """Whose bookings the feed shows."""

    resource = OwnedField(noun="resource", queryset=Resource.objects.all())
    everywhere = serializers.BooleanField(
        default=False, help_text="Those of the practitioner behind the resource, at every location."
    )

    default_error_messages = {
        "here_only": "You work at some locations only. Make a feed of the resource alone."
    }

    def validate_everywhere(self, value: bool) -> bool:
        """
        Return it as it is.

        :raises ValidationError: `here_only`, if the caller may not look at every location
        """
        if value and caller_of(self.context["request"]).location_ids() is not None:
            self.fail("here_only")
        return value


class FeedOutput(serializers.ModelSerializer[CalendarFeed]):
    """A feed; never its address, which is shown once, when it is made."""

    resource = serializers.SlugRelatedField[CalendarFeed](slug_field="uid", read_only=True)
    everywhere = serializers.SerializerMethodField()

    class Meta:
        model = CalendarFeed
        fields = ["uid", "resource", "everywhere", "created_at", "revoked_at"]

    def get_everywhere(self, feed: CalendarFeed) -> bool:
        """Return whether it is a practitioner's, at every location."""
        return feed.resource_id is None


class NewFeedOutput(FeedOutput):
    """A feed that was just made, with its address."""

    address = serializers.SerializerMethodField(
        help_text="Whoever has it can read when the resource is booked. It is not shown again."
    )

    class Meta(FeedOutput.Meta):
        fields = [*FeedOutput.Meta.fields, "address"]

    def get_address(self, feed: CalendarFeed) -> str:
        """Return the address, which holds the token."""
        return str(self.context["address"])


class Feeds(generics.GenericAPIView[CalendarFeed]):
    """Calendar feeds of the caller's organization."""

    queryset = CalendarFeed.objects.none()
    serializer_class = FeedOutput
    lookup_field = "uid"

    def get_queryset(self) -> QuerySet[CalendarFeed]:
        return CalendarFeed.objects.of(organization_of(self.request)).select_related("resource")


class FeedList(Feeds):
    """The feeds whose address works, the newest first."""

    scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}

    @extend_schema(responses={200: FeedOutput(many=True)})
    def get(self, request: Request) -> Response:
        """List what can be read, without the addresses: those are not kept."""
        standing = self.filter_queryset(self.get_queryset()).filter(revoked_at=None)
        return Response(FeedOutput(standing.order_by("-id"), many=True).data)

    @extend_schema(request=FeedInput, responses={201: NewFeedOutput})
    def post(self, request: Request) -> Response:
        """Make a feed; the address of the one before it stops working. A person of the clinic asks."""
        wish = FeedInput(data=request.data, context={"request": request})
        wish.is_valid(raise_exception=True)
        made = create_feed(**wish.validated_data, by=person_of(actor_of(request)), now=timezone.now())
        address = request.build_absolute_uri(path_of("calendar-feed", args=[made.token]))
        shown = NewFeedOutput(made.feed, context={"address": address})
        return Response(shown.data, status=status.HTTP_201_CREATED, headers={"Cache-Control": "no-store"})


class FeedRevoke(Feeds):
    """The end of a feed's address."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(request=None, responses={200: FeedOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Revoke a feed; asked for again, it stays revoked since the first time."""
        feed = self.get_object()
        revoke_feed(feed=feed, by=person_of(actor_of(request)), now=timezone.now())
        feed.refresh_from_db()
        return Response(FeedOutput(feed).data)
