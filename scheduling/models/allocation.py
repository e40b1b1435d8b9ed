"""Who has what, when. The exclusion constraint is the promise that nothing is booked twice."""

import datetime as dt
import uuid

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.contrib.postgres.fields.ranges import RangeEndsWith
from django.db import models
from django.db.models import F, Func, Q, Value

from cryoclinic.accounts.models import Organization
from scheduling.models.appointment import Appointment
from scheduling.models.offering import ProcedureOffering
from scheduling.models.patient import Patient
from scheduling.models.resource import Resource


def same(field: str) -> Func:
    """
    Return equality of an id as a range that a GiST index can hold.

    Core PostgreSQL has no GiST equality for integers (that is the extension btree_gist); the range from an id to
    itself overlaps another exactly when the ids are equal.
    """
    return Func(F(field), F(field), Value("[]"), function="int8range", output_field=BigIntegerRangeField())


class HoldQuerySet(models.QuerySet["Hold"]):
    def of(self, organization: Organization) -> "HoldQuerySet":
        """Holds of one organization."""
        return self.filter(organization=organization)

    def expired(self, now: dt.datetime) -> "HoldQuerySet":
        """Holds whose time is over and that nobody has released yet."""
        return self.filter(released_at=None, expires_at__lte=now)


class Hold(models.Model):
    """A start kept for somebody while they decide: exclusive, and gone at `expires_at`."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    offering = models.ForeignKey(ProcedureOffering, on_delete=models.PROTECT, related_name="holds")
    patient = models.ForeignKey(
        Patient, null=True, blank=True, on_delete=models.CASCADE, related_name="holds"
    )
    start = models.DateTimeField()
    expires_at = models.DateTimeField()
    released_at = models.DateTimeField(null=True, blank=True)
    held_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(released_at=None), name="scheduling_hold_expiry")
        ]

    def __str__(self) -> str:
        return f"Hold {self.uid}"


class AllocationQuerySet(models.QuerySet["Allocation"]):
    def standing(self, now: dt.datetime) -> "AllocationQuerySet":
        """Active allocations that count at `now`: those of a hold whose time is over no longer do."""
        return self.filter(Q(hold=None) | Q(hold__expires_at__gt=now), active=True)

    def lapsed(self, now: dt.datetime) -> "AllocationQuerySet":
        """Allocations still active although their hold's time is over."""
        return self.filter(active=True, hold__expires_at__lte=now)

    def unfinished(self, now: dt.datetime) -> "AllocationQuerySet":
        """Active allocations that reach beyond `now`."""
        return self.filter(active=True, period__endswith__gt=now)


class Allocation(models.Model):
    """A resource and a half-open period, owned by an appointment or by a hold, for one leg."""

    resource = models.ForeignKey(Resource, on_delete=models.PROTECT, related_name="allocations")
    appointment = models.ForeignKey(
        Appointment, null=True, blank=True, on_delete=models.CASCADE, related_name="allocations"
    )
    hold = models.ForeignKey(
        Hold, null=True, blank=True, on_delete=models.CASCADE, related_name="allocations"
    )
    leg = models.CharField(max_length=40)
    period = DateTimeRangeField()
    active = models.BooleanField(default=True)

    objects = AllocationQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="scheduling_resource_is_in_one_place",
                expressions=[
                    (same("resource"), RangeOperators.OVERLAPS),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(active=True),
            ),
            models.CheckConstraint(
                condition=Q(appointment__isnull=False, hold=None) | Q(appointment=None, hold__isnull=False),
                name="scheduling_allocation_has_one_owner",
            ),
            models.CheckConstraint(
                condition=Q(period__isempty=False, period__lower_inf=False, period__upper_inf=False),
                name="scheduling_allocation_has_a_beginning_and_an_end",
            ),
        ]
        indexes = [
            # All that a search reads, so that it need not visit the table.
            models.Index(
                F("resource"),
                RangeEndsWith("period"),
                include=["period", "appointment", "hold"],
                condition=Q(active=True),
                name="scheduling_taken_until",
            )
        ]
        triggers = [
            pgtrigger.Protect(
                name="freed_allocation_stays_free",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("NOT OLD.active AND NEW.active"),
            ),
        ]

    def __str__(self) -> str:
        return f"Allocation {self.pk}"
