"""The tenant, its sites, the people who work there, and the programs that may speak for it."""

import uuid
import zoneinfo
from dataclasses import dataclass

from django.contrib.auth.models import AbstractUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from oauth2_provider.models import AbstractApplication

from cryoclinic.accounts.codes import Role, Weekday


def validate_zone(value: str) -> None:
    """
    Refuse a zone that the time zone database does not know.

    :raises ValidationError: naming the zone and an example of a good one
    """
    if value not in zoneinfo.available_timezones():
        raise ValidationError(
            f"{value} is not a time zone. Use a name such as Europe/London.", code="unknown-zone"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Helpline:
    """Whom a patient calls: the number as E.164, when somebody answers, and the emergency number where they are."""

    phone: str
    phone_hours: str
    emergency_number: str


class User(AbstractUser):  # type: ignore[django-manager-missing] # ApiClient.user comes from an untyped base
    """Somebody who signs in. What they may do is said by their memberships."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    def __str__(self) -> str:
        return f"User {self.uid}"


class Organization(models.Model):  # type: ignore[django-manager-missing] # as User
    """The clinic as a tenant. Nothing of one organization is visible to another."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120, help_text="As on the letterhead; every message begins with it.")
    default_language = models.CharField(max_length=10, default="en")
    phone = models.CharField(max_length=20, help_text="The one number that messages show, as E.164.")
    phone_hours = models.CharField(max_length=120, help_text="For example: Monday to Friday, 8:00 to 18:00.")
    emergency_number = models.CharField(max_length=10, default="112")
    messages_paused_at = models.DateTimeField(
        null=True, blank=True, help_text="While set, nothing leaves: the clinic's kill switch."
    )
    routine_per_day = models.PositiveSmallIntegerField(
        default=4, help_text="Routine messages to one person in 24 hours; safety is exempt but counted. [ops]"
    )
    routine_per_week = models.PositiveSmallIntegerField(
        default=12, help_text="Routine messages to one person in 7 days; safety is exempt but counted. [ops]"
    )
    patient_cancel_hours = models.PositiveSmallIntegerField(
        default=24, help_text="Until so long before the start patients may cancel by themselves. [ops]"
    )
    patient_move_hours = models.PositiveSmallIntegerField(
        default=24, help_text="Until so long before the start patients may move by themselves. [ops]"
    )
    patient_moves = models.PositiveSmallIntegerField(
        default=3, help_text="How often a patient may move one visit. [ops]"
    )
    deposit_required = models.BooleanField(
        default=False, help_text="Whether staff record a deposit for each visit. No money passes here. [ops]"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~Q(name=""), name="accounts_organization_has_a_name"),
            models.CheckConstraint(
                condition=Q(routine_per_day__gte=1, routine_per_week__gte=F("routine_per_day")),
                name="accounts_caps_leave_room",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def helpline_at(self, location: "Location") -> Helpline:
        """Return whom patients of one of its locations call: the location's own numbers where it has some."""
        return Helpline(
            phone=location.phone or self.phone,
            phone_hours=location.phone_hours if location.phone else self.phone_hours,
            emergency_number=location.emergency_number or self.emergency_number,
        )


class Location(models.Model):
    """A site: its zone decides every wall-clock time of what happens there."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="locations")
    name = models.CharField(max_length=120)
    address = models.CharField(max_length=250)
    zone = models.CharField(max_length=64, validators=[validate_zone])
    region = models.CharField(
        max_length=12, blank=True, help_text="Public holidays, for example GB-ENG or US-MA."
    )
    phone = models.CharField(
        max_length=20, blank=True, help_text="As E.164, with its own hours below. Empty: the organization's."
    )
    phone_hours = models.CharField(max_length=120, blank=True)
    emergency_number = models.CharField(max_length=10, blank=True, help_text="Empty: the organization's.")
    quiet_from = models.TimeField(help_text="From here on nothing is sent, recipient's local time. [ops]")
    quiet_until = models.TimeField(help_text="Until here nothing is sent, recipient's local time. [ops]")
    arrive_before_minutes = models.PositiveSmallIntegerField(
        default=60, help_text="How long before the start the patient is asked to come. [ops]"
    )
    delivery_buffer_days = models.PositiveSmallIntegerField(
        default=1, help_text="Days between telling a patient and the first thing they must do. [ops]"
    )
    signing_days = models.PositiveSmallIntegerField(
        default=1, help_text="Days a clinician has to sign a medication plan. [ops]"
    )
    patient_cancel_hours = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Empty: the organization's."
    )
    patient_move_hours = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Empty: the organization's."
    )
    patient_moves = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Empty: the organization's."
    )
    deposit_required = models.BooleanField(null=True, blank=True, help_text="Empty: the organization's.")
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint("organization", "name", name="accounts_one_location_per_name"),
            models.CheckConstraint(
                condition=~Q(quiet_from=F("quiet_until")),
                name="accounts_quiet_hours_end_other_than_they_begin",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def tz(self) -> zoneinfo.ZoneInfo:
        """The zone as an object."""
        return zoneinfo.ZoneInfo(self.zone)


class LocationHours(models.Model):
    """
    Opening hours of one weekday, wall-clock time in the location's zone, half-open.

    `closes` at or before `opens` means the next day (0:00 is the end of the day).
    """

    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="hours")
    weekday = models.CharField(max_length=3, choices=Weekday)
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        verbose_name_plural = "location hours"
        constraints = [
            models.UniqueConstraint("location", "weekday", "opens", name="accounts_hours_listed_once"),
            models.CheckConstraint(
                condition=Q(weekday__in=Weekday.values), name="accounts_hours_weekday_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M} to {self.closes:%H:%M}"


class MembershipQuerySet(models.QuerySet["Membership"]):
    def of(self, user: User) -> "MembershipQuerySet":
        """Active memberships of a user, with their organization."""
        return self.filter(user=user, active=True).select_related("organization", "location")


class Membership(models.Model):
    """A user's role at an organization, or at one location of it."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="memberships")
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.PROTECT, related_name="memberships"
    )
    role = models.CharField(max_length=20, choices=Role)
    active = models.BooleanField(default=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "user",
                "organization",
                "location",
                "role",
                name="accounts_role_held_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(role__in=Role.values), name="accounts_membership_role_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_role_display()} at {self.organization}"


class ApiClient(AbstractApplication):
    """A program that speaks for one organization: a patient portal, an integration."""

    organization = models.ForeignKey(
        Organization, null=True, blank=True, on_delete=models.PROTECT, related_name="api_clients"
    )

    class Meta(AbstractApplication.Meta):
        swappable = "OAUTH2_PROVIDER_APPLICATION_MODEL"
