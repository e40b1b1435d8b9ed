"""What a location offers: which procedure, under which protocol version, on which terms."""

import uuid

from django.db import models
from django.db.models import F, Q

from cryoclinic.accounts.models import Location, Organization
from procedures.models import ProcedureType, Protocol
from scheduling.models.plan_revision import raises_plan_revision


class ProcedureOfferingQuerySet(models.QuerySet["ProcedureOffering"]):
    def of(self, organization: Organization) -> "ProcedureOfferingQuerySet":
        """Offerings of one organization's locations."""
        return self.filter(location__organization=organization)

    def in_use(self) -> "ProcedureOfferingQuerySet":
        """Offerings that can be booked."""
        return self.filter(active=True, location__active=True, procedure_type__active=True)

    def with_terms(self) -> "ProcedureOfferingQuerySet":
        """Everything a booking reads about each offering: two queries, however many."""
        return self.select_related("location__organization", "procedure_type", "protocol").prefetch_related(
            "procedure_type__legs"
        )


class ProcedureOffering(models.Model):
    """
    A procedure type at a location. New bookings take `protocol`; bookings made keep theirs.

    `leg_overrides`: leg key to `{"offset_minutes", "duration_minutes", "tail_minutes", "count", "skill"}`.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="offerings")
    procedure_type = models.ForeignKey(ProcedureType, on_delete=models.PROTECT, related_name="offerings")
    protocol = models.ForeignKey(
        Protocol, null=True, blank=True, on_delete=models.PROTECT, related_name="offerings"
    )
    default_anaesthesia = models.CharField(max_length=20)
    default_guidance = models.CharField(max_length=10)
    planned_minutes = models.PositiveSmallIntegerField(
        help_text="Room-occupying minutes that a booking reserves."
    )
    observe_minutes = models.PositiveSmallIntegerField()
    leg_overrides = models.JSONField(default=dict, blank=True)
    notice_hours = models.PositiveSmallIntegerField(
        default=24, help_text="Latest booking before the start. [ops]"
    )
    horizon_days = models.PositiveSmallIntegerField(
        default=180, help_text="How far ahead slots are offered. [ops]"
    )
    align_minutes = models.PositiveSmallIntegerField(
        default=15, help_text="Starts offered on this grid. [ops]"
    )
    most_per_day = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Visits that may start on one local day; empty: any number."
    )
    patient_cancel_hours = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Empty: the location's. Until so long before the start patients may cancel.",
    )
    patient_move_hours = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        help_text="Empty: the location's. Until so long before the start patients may move.",
    )
    patient_moves = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Empty: the location's. How often a patient may move one visit."
    )
    deposit_required = models.BooleanField(
        null=True, blank=True, help_text="Empty: the location's. Whether staff record a deposit."
    )
    needs_authorization = models.BooleanField(
        default=False, help_text="The payer must agree before the procedure."
    )
    active = models.BooleanField(default=True)

    objects = ProcedureOfferingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "location", "procedure_type", name="scheduling_offered_once_per_location"
            ),
            models.CheckConstraint(
                condition=Q(planned_minutes__gt=0), name="scheduling_offering_has_a_length"
            ),
            models.CheckConstraint(
                condition=Q(most_per_day=None) | Q(most_per_day__gt=0),
                name="scheduling_offering_takes_at_least_one_a_day",
            ),
            models.CheckConstraint(
                condition=Q(align_minutes__gte=5) & Q(align_minutes=(F("align_minutes") / 5) * 5),
                name="scheduling_offering_keeps_to_the_grid",
            ),
        ]
        triggers = [raises_plan_revision(name="offering_changed", appointments="offering_id = changed.id")]

    def __str__(self) -> str:
        return f"{self.procedure_type} at {self.location}"


class PlannedLocation(Location):
    """A location as the plan sees it: its zone, quiet hours, address and policy are read by every plan made there."""

    class Meta:
        proxy = True
        triggers = [raises_plan_revision(name="location_changed", appointments="location_id = changed.id")]
