"""Calendars that leave the house as feeds, and calendars of others that say when a resource is busy."""

import datetime as dt
import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cryoclinic.accounts.models import Organization
from scheduling.models.resource import OpeningException, Resource


class CalendarFeedQuerySet(models.QuerySet["CalendarFeed"]):
    def of(self, organization: Organization) -> "CalendarFeedQuerySet":
        """Feeds of one organization."""
        return self.filter(organization=organization)

    def standing(self) -> "CalendarFeedQuerySet":
        """Feeds whose address still works."""
        return self.filter(revoked_at=None)


class CalendarFeed(models.Model):
    """
    The address under which others read when a resource, or a practitioner at every location, is booked.

    The address holds a random token of 128 bits, shown once; only its SHA-256 is stored. A new one replaces the old.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="calendar_feeds")
    resource = models.ForeignKey(
        Resource, null=True, blank=True, on_delete=models.CASCADE, related_name="calendar_feeds"
    )
    practitioner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="calendar_feeds",
    )
    token_sha256 = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = CalendarFeedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(resource__isnull=False, practitioner=None)
                | Q(resource=None, practitioner__isnull=False),
                name="scheduling_feed_is_of_one",
            ),
            models.UniqueConstraint(
                "resource",
                condition=Q(revoked_at=None, resource__isnull=False),
                name="scheduling_one_feed_per_resource",
            ),
            models.UniqueConstraint(
                "organization",
                "practitioner",
                condition=Q(revoked_at=None, practitioner__isnull=False),
                name="scheduling_one_feed_per_practitioner",
            ),
            models.CheckConstraint(
                condition=Q(revoked_at=None, revoked_by=None)
                | Q(revoked_at__isnull=False, revoked_at__gte=F("created_at"), revoked_by__isnull=False),
                name="scheduling_feed_revoked_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"Feed {self.uid}"


class BusyCalendarQuerySet(models.QuerySet["BusyCalendar"]):
    def in_use(self) -> "BusyCalendarQuerySet":
        """Calendars that still block their resource."""
        return self.filter(removed_at=None)

    def due(self, now: dt.datetime) -> "BusyCalendarQuerySet":
        """Calendars with an address that is to be read again."""
        return self.in_use().exclude(url="").filter(next_fetch_at__lte=now).order_by("next_fetch_at", "id")


class BusyCalendar(models.Model):
    """
    Somebody else's calendar whose busy times block a resource: read from `url`, or uploaded once.

    Only when it is busy is kept: never a title, a place or a guest. The address may itself be a secret and is never
    logged.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="busy_calendars")
    label = models.CharField(max_length=80)
    url = models.CharField(max_length=500, blank=True)
    etag = models.CharField(max_length=200, blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    next_fetch_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=60, blank=True, help_text="Why the last reading failed, as a code.")
    failures = models.PositiveSmallIntegerField(default=0)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    objects = BusyCalendarQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(url="", next_fetch_at=None) | ~Q(url="") & Q(next_fetch_at__isnull=False),
                name="scheduling_busy_calendar_is_read_again",
            ),
        ]

    def __str__(self) -> str:
        return f"Busy calendar {self.uid}"


class BusyTime(models.Model):
    """One busy time of a calendar, as the closure it became. `key` is a hash of the event's UID and occurrence."""

    calendar = models.ForeignKey(BusyCalendar, on_delete=models.CASCADE, related_name="times")
    key = models.CharField(max_length=64)
    closure = models.OneToOneField(OpeningException, on_delete=models.CASCADE, related_name="busy_time")

    class Meta:
        constraints = [
            models.UniqueConstraint("calendar", "key", name="scheduling_busy_time_is_imported_once")
        ]

    def __str__(self) -> str:
        return f"Busy time {self.pk}"
