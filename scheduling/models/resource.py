"""What a booking occupies: people, rooms, devices, bays. Capacity above one is numbered units, a row each."""

import uuid
from collections.abc import Iterable

from django.conf import settings
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField
from django.db import models
from django.db.models import Q

from cryoclinic.accounts.codes import Weekday
from cryoclinic.accounts.models import Location, Organization
from scheduling.codes import ResourceKind


class ResourceQuerySet(models.QuerySet["Resource"]):
    def of(self, organization: Organization) -> "ResourceQuerySet":
        """Resources of one organization's locations."""
        return self.filter(location__organization=organization)

    def fitting(self, *, location: Location, kind: str, skill: str) -> "ResourceQuerySet":
        """Active resources of a location that can fill a leg, in a fixed order."""
        found = self.filter(location=location, kind=kind, active=True).order_by("id")
        return found.filter(skills__contains=[skill]) if skill else found

    def at(self, location: Location) -> "ResourceQuerySet":
        """Active resources of a location, in a fixed order."""
        return self.filter(location=location, active=True).order_by("id")

    def uids_by_id(self, ids: Iterable[int]) -> dict[int, uuid.UUID]:
        """Return the uids of these rows by their ids, in one query; none for none."""
        return dict(self.filter(pk__in=list(ids)).values_list("pk", "uid"))

    def locked(self, ids: Iterable[int]) -> "ResourceQuerySet":
        """
        Lock these rows until the transaction ends, and return them.

        Always in the order of their ids, so that two writers who want the same resources queue instead of
        meeting head-on. Foreign keys of others are not kept waiting.
        """
        return self.filter(pk__in=list(ids)).order_by("id").select_for_update(no_key=True)


class Resource(models.Model):
    """Somebody or something that is in one place at a time."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="resources")
    kind = models.CharField(max_length=20, choices=ResourceKind)
    name = models.CharField(max_length=80)
    skills = ArrayField(models.CharField(max_length=40), default=list, blank=True)
    only_with = models.ManyToManyField(
        "self",
        symmetrical=False,
        blank=True,
        help_text="Used only together with these; empty: with any. For example a console's rooms.",
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="resources"
    )
    most_per_day = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Visits on one local day; empty: any number."
    )
    active = models.BooleanField(default=True)

    objects = ResourceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint("location", "kind", "name", name="scheduling_resource_named_once"),
            models.CheckConstraint(
                condition=Q(kind__in=ResourceKind.values), name="scheduling_resource_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(most_per_day=None) | Q(most_per_day__gt=0),
                name="scheduling_resource_serves_at_least_one_a_day",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def fills(self, *, kind: str, skill: str) -> bool:
        """Whether this can fill a leg: the same rule as `fitting`, for a row already read."""
        return self.active and self.kind == kind and (not skill or skill in self.skills)


class ResourceHours(models.Model):
    """Weekly hours of a resource, as `LocationHours`. A resource without any keeps its location's hours."""

    resource = models.ForeignKey(Resource, on_delete=models.CASCADE, related_name="hours")
    weekday = models.CharField(max_length=3, choices=Weekday)
    opens = models.TimeField()
    closes = models.TimeField()

    class Meta:
        verbose_name_plural = "resource hours"
        constraints = [
            models.UniqueConstraint(
                "resource", "weekday", "opens", name="scheduling_resource_hours_listed_once"
            ),
            models.CheckConstraint(
                condition=Q(weekday__in=Weekday.values), name="scheduling_resource_hours_weekday_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M} to {self.closes:%H:%M}"


class OpeningExceptionQuerySet(models.QuerySet["OpeningException"]):
    def of(self, organization: Organization) -> "OpeningExceptionQuerySet":
        """Exceptions at one organization's locations."""
        return self.filter(location__organization=organization)

    def in_force(self) -> "OpeningExceptionQuerySet":
        """Exceptions that count: a closure no longer does once it was reopened."""
        return self.filter(reopened_at=None)

    def closures(self) -> "OpeningExceptionQuerySet":
        """Closures, reopened or not, with what they close."""
        return self.filter(is_open=False).select_related("location__organization", "resource")


class OpeningException(models.Model):
    """
    A closure, or extra opening, of a whole location or of one resource. The period is half-open.

    A closure that was reopened stays on record and counts no longer.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.CASCADE, related_name="opening_exceptions")
    resource = models.ForeignKey(
        Resource, null=True, blank=True, on_delete=models.CASCADE, related_name="opening_exceptions"
    )
    period = DateTimeRangeField()
    is_open = models.BooleanField(default=False, help_text="Checked: open in this time. Unchecked: closed.")
    reason = models.CharField(max_length=120)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    reopened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reopened_at = models.DateTimeField(null=True, blank=True)

    objects = OpeningExceptionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reopened_at=None, reopened_by=None)
                | Q(is_open=False, reopened_at__isnull=False, reopened_by__isnull=False),
                name="scheduling_closure_reopened_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
                name="scheduling_exception_has_a_beginning_and_an_end",
            ),
        ]

    def __str__(self) -> str:
        return self.reason
