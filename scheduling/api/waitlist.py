"""The waiting list."""

from typing import Any

from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from cryoclinic.accounts.caller import organization_of
from cryoclinic.accounts.codes import Weekday
from cryoclinic.accounts.models import Location
from procedures.models import ProcedureType
from scheduling.api.caller import actor_of
from scheduling.api.fields import InstantField
from scheduling.api.owned import CodeField, OwnedField
from scheduling.codes import WaitlistPriority
from scheduling.models import Appointment, Patient, WaitlistEntry
from scheduling.models.waitlist import WaitlistEntryQuerySet
from scheduling.operations.waitlist import NOTICE_HOURS, add_to_waitlist, put_back, remove_from_waitlist
from scheduling.waiting import Wishes


class WaitlistInput(serializers.Serializer[dict[str, Any]]):
    """Who waits for what. Empty wishes mean any; dates and times of day are the location's, of the start."""

    patient = OwnedField(noun="patient", queryset=Patient.objects.all())
    procedure_type = CodeField(queryset=ProcedureType.objects.in_use())
    locations = serializers.ListField(
        child=serializers.UUIDField(), required=False, default=list, help_text="Uids; none: any."
    )
    target = serializers.CharField(max_length=20, required=False, allow_blank=True, default="")
    priority = serializers.ChoiceField(WaitlistPriority.choices, default=WaitlistPriority.ROUTINE)
    first_on = serializers.DateField(required=False, allow_null=True, default=None)
    last_on = serializers.DateField(required=False, allow_null=True, default=None)
    weekdays = serializers.ListField(
        child=serializers.ChoiceField(Weekday.choices), required=False, default=list, max_length=7
    )
    from_time = serializers.TimeField(required=False, allow_null=True, default=None)
    until_time = serializers.TimeField(required=False, allow_null=True, default=None)
    notice_hours = serializers.IntegerField(min_value=0, max_value=8760, default=NOTICE_HOURS)
    agreed = serializers.BooleanField(
        default=False, help_text="The patient agreed to be called about freed times; nobody calls otherwise."
    )
    waiting_since = InstantField(required=False, help_text="Earlier than now where a list was kept before.")
    earlier_than = OwnedField(
        noun="appointment",
        queryset=Appointment.objects.all(),
        required=False,
        allow_null=True,
        help_text="The booked visit that the patient gives up for an earlier one; needed only where there are several.",
    )

    default_error_messages = {"unknown_location": "Your organization has no location with one of these uids."}

    def validate_locations(self, value: list[Any]) -> list[Location]:
        """
        Return the locations.

        :raises ValidationError: `unknown_location`, if the organization has none with one of the uids
        """
        organization = organization_of(self.context["request"])
        found = list(Location.objects.filter(organization=organization, uid__in=value))
        if len(found) < len(set(value)):
            self.fail("unknown_location")
        return found

    def validate_priority(self, value: str) -> WaitlistPriority:
        """Return the priority as its code."""
        return WaitlistPriority(value)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Return the words of the operation: the wishes as one value."""
        names = ("first_on", "last_on", "weekdays", "from_time", "until_time")
        wishes = {name: attrs.pop(name) for name in names}
        return {**attrs, "wishes": Wishes(**{**wishes, "weekdays": frozenset(wishes["weekdays"])})}


class RemovalInput(serializers.Serializer[dict[str, Any]]):
    """Why somebody leaves the list."""

    reason = serializers.CharField(
        max_length=200, required=False, allow_blank=True, default="", help_text="No names or numbers."
    )


class WaitlistOutput(serializers.ModelSerializer[WaitlistEntry]):
    """A patient who waits."""

    patient = serializers.SlugRelatedField[WaitlistEntry](slug_field="uid", read_only=True)
    procedure_type = serializers.SlugRelatedField[WaitlistEntry](slug_field="code", read_only=True)
    locations = serializers.SlugRelatedField[WaitlistEntry](slug_field="uid", read_only=True, many=True)
    earlier_than = serializers.UUIDField(
        source="instead_of.uid",
        default=None,
        allow_null=True,
        read_only=True,
        help_text="The visit the patient has: an earlier time that is accepted moves it.",
    )
    booked_as = serializers.SlugRelatedField[WaitlistEntry](
        slug_field="uid", read_only=True, help_text="The visit that ended the waiting."
    )

    class Meta:
        model = WaitlistEntry
        fields = [
            "uid",
            "patient",
            "procedure_type",
            "locations",
            "target",
            "priority",
            "first_on",
            "last_on",
            "weekdays",
            "from_time",
            "until_time",
            "notice_hours",
            "agreed_at",
            "waiting_since",
            "status",
            "closed_at",
            "closed_reason",
            "earlier_than",
            "booked_as",
        ]


class Waitlist(generics.GenericAPIView[WaitlistEntry]):
    """Entries of the caller's organization."""

    queryset = WaitlistEntry.objects.none()
    serializer_class = WaitlistOutput
    lookup_field = "uid"

    def get_queryset(self) -> WaitlistEntryQuerySet:
        return WaitlistEntry.objects.of(organization_of(self.request)).with_people()


class WaitlistList(Waitlist, generics.ListAPIView[WaitlistEntry]):
    """Who waits, the longest first."""

    scopes = {"GET": "scheduling.read", "POST": "scheduling.write"}
    page_order = ("waiting_since", "id")

    def get_queryset(self) -> WaitlistEntryQuerySet:
        return super().get_queryset().waiting()

    @extend_schema(request=WaitlistInput, responses={201: WaitlistOutput})
    def post(self, request: Request) -> Response:
        """
        Put a patient on the waiting list. Freed starts are offered as the offering's policy says.

        Who has such a visit booked is offered earlier times only; accepting one moves that visit.
        """
        wish = WaitlistInput(data=request.data, context={"request": request})
        wish.is_valid(raise_exception=True)
        entry = add_to_waitlist(**wish.validated_data, by=actor_of(request), now=timezone.now())
        response = Response(WaitlistOutput(entry).data, status=status.HTTP_201_CREATED)
        response["Location"] = reverse("waitlist-entry", kwargs={"uid": entry.uid}, request=request)
        return response


class WaitlistDetail(Waitlist):
    """One entry."""

    scopes = {"GET": "scheduling.read"}

    def get(self, request: Request, uid: str) -> Response:
        """Read an entry, also one that is closed."""
        return Response(WaitlistOutput(self.get_object()).data)


class WaitlistRemove(Waitlist):
    """The end of waiting."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(request=RemovalInput, responses={200: WaitlistOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Take a patient off the list. An offer that is open stays until it is answered or lapses."""
        entry = self.get_object()
        wish = RemovalInput(data=request.data)
        wish.is_valid(raise_exception=True)
        remove_from_waitlist(entry=entry, now=timezone.now(), by=actor_of(request), **wish.validated_data)
        return Response(WaitlistOutput(self.get_queryset().get(pk=entry.pk)).data)


class WaitlistPutBack(Waitlist):
    """Waiting again."""

    scopes = {"POST": "scheduling.write"}

    @extend_schema(request=None, responses={201: WaitlistOutput})
    def post(self, request: Request, uid: str) -> Response:
        """Put back a patient whose visit was cancelled: a new entry, with the wishes and the waiting time of the old."""
        entry = put_back(entry=self.get_object(), now=timezone.now(), by=actor_of(request))
        response = Response(WaitlistOutput(entry).data, status=status.HTTP_201_CREATED)
        response["Location"] = reverse("waitlist-entry", kwargs={"uid": entry.uid}, request=request)
        return response
