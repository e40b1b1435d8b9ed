"""Who waits for a procedure, how urgently, and which times would suit."""

import datetime as dt
import uuid

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from cryoclinic.accounts.codes import Weekday
from cryoclinic.accounts.models import Location, Organization
from procedures.models import ProcedureType
from scheduling.codes import NOT_WANTED_ANY_MORE, AppointmentStatus, WaitlistPriority, WaitlistStatus
from scheduling.models.appointment import Appointment
from scheduling.models.offering import ProcedureOffering
from scheduling.models.patient import Patient

# A visit that should have been longer ago than this is no reason to wait again by itself [ops].
LATELY = dt.timedelta(days=30)


class WaitlistEntryQuerySet(models.QuerySet["WaitlistEntry"]):
    def of(self, organization: Organization) -> "WaitlistEntryQuerySet":
        """Entries of one organization."""
        return self.filter(organization=organization)

    def waiting(self) -> "WaitlistEntryQuerySet":
        """Entries of those who still wait."""
        return self.filter(status=WaitlistStatus.WAITING)

    def for_offering(self, offering: ProcedureOffering) -> "WaitlistEntryQuerySet":
        """Those who still wait for what an offering offers, where it offers it."""
        here = Q(locations=None) | Q(locations=offering.location_id)
        return (
            self.waiting()
            .filter(
                here,
                organization=offering.location.organization_id,
                procedure_type=offering.procedure_type_id,
            )
            .distinct()
        )

    def owed_a_visit(self, now: dt.datetime) -> "WaitlistEntryQuerySet":
        """Those whose visit the clinic cancelled lately, who have no other one ahead and do not wait again."""
        ahead = Appointment.objects.filter(
            patient=OuterRef("patient"),
            offering__procedure_type=OuterRef("procedure_type"),
            status=AppointmentStatus.BOOKED,
            start__gt=now,
        )
        waiting = WaitlistEntry.objects.waiting().filter(
            patient=OuterRef("patient"), procedure_type=OuterRef("procedure_type"), target=OuterRef("target")
        )
        theirs = [reason.value for reason in NOT_WANTED_ANY_MORE]
        return (
            self.without_their_visit()
            .filter(
                Q(booked_as__start__gt=now - LATELY) & ~Q(booked_as__cancellation_reason__in=theirs),
                ~Exists(ahead),
                ~Exists(waiting),
                patient__deceased_on=None,
            )
            .order_by("waiting_since", "pk")
        )

    def of_visit(self, visit: Appointment) -> "WaitlistEntryQuerySet":
        """Entries that a visit ended, or for which it would be given up."""
        return self.filter(Q(booked_as=visit) | Q(booked_as=None, instead_of=visit))

    def for_what(self, visit: Appointment) -> "WaitlistEntryQuerySet":
        """Entries of a visit's patient for the same procedure, at the same target or at none in particular."""
        return self.filter(
            patient=visit.patient_id,
            procedure_type=visit.offering.procedure_type_id,
            target__in=["", visit.target],
        )

    def with_people(self) -> "WaitlistEntryQuerySet":
        """The entries with their patient, procedure, visits and places: two queries, however many."""
        return self.select_related(
            "patient", "procedure_type", "instead_of__location", "booked_as__location"
        ).prefetch_related("locations")

    def without_their_visit(self) -> "WaitlistEntryQuerySet":
        """Those whose waiting ended with a visit that will not take place, and whom nobody has put back."""
        lost = [AppointmentStatus.CANCELLED, AppointmentStatus.ENTERED_IN_ERROR]
        return self.filter(
            Q(booked_as__status__in=lost) | Q(booked_as=None, instead_of__status__in=lost),
            continued_by=None,
        ).exclude(status=WaitlistStatus.WAITING)

    def with_facts(self) -> "WaitlistEntryQuerySet":
        """Everything a case reads about each waiting patient, in a fixed number of queries."""
        return self.select_related("patient", "instead_of__protocol").prefetch_related(
            "patient__medications",
            "patient__conditions",
            "patient__evidence",
            "patient__related_persons",
        )


class WaitlistEntry(models.Model):
    """
    A patient who waits for a procedure. Empty wishes mean any: location, dates, weekdays, times of day.

    `first_on` and `last_on` are local dates of the start, both included; `from_time` and `until_time` are the
    location's wall-clock time of the start, half-open. Without `agreed_at` nobody calls about a freed time. With
    `instead_of` they have a visit, and would give it up for an earlier one: taking that moves it, so it is never two.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="waitlist_entries")
    procedure_type = models.ForeignKey(ProcedureType, on_delete=models.PROTECT, related_name="+")
    locations = models.ManyToManyField(Location, blank=True, related_name="+")
    target = models.CharField(max_length=20, blank=True)
    priority = models.CharField(max_length=10, choices=WaitlistPriority, default=WaitlistPriority.ROUTINE)
    first_on = models.DateField(null=True, blank=True)
    last_on = models.DateField(null=True, blank=True)
    weekdays = ArrayField(models.CharField(max_length=3, choices=Weekday), default=list, blank=True)
    from_time = models.TimeField(null=True, blank=True)
    until_time = models.TimeField(null=True, blank=True)
    notice_hours = models.PositiveSmallIntegerField(
        default=24, help_text="The patient comes at no shorter notice than this. [ops]"
    )
    agreed_at = models.DateTimeField(
        null=True, blank=True, help_text="When the patient agreed to be called about a freed time."
    )
    waiting_since = models.DateTimeField()
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    status = models.CharField(max_length=10, choices=WaitlistStatus, default=WaitlistStatus.WAITING)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_reason = models.CharField(max_length=200, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    instead_of = models.ForeignKey(
        Appointment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="earlier_wishes",
        help_text="The visit that the patient has, and would give up for an earlier one.",
    )
    booked_as = models.ForeignKey(
        Appointment,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="ended_waiting",
        help_text="The visit that ended the waiting.",
    )
    continues = models.OneToOneField(
        "self",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="continued_by",
        help_text="The closed entry that this one goes on from, because its visit was cancelled.",
    )

    objects = WaitlistEntryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "waitlist entries"
        indexes = [
            models.Index(
                fields=["procedure_type", "organization"],
                condition=Q(status=WaitlistStatus.WAITING.value),
                name="scheduling_waiting",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                "patient",
                "procedure_type",
                "target",
                condition=Q(status=WaitlistStatus.WAITING.value),
                name="scheduling_waits_once_for_a_procedure",
            ),
            models.CheckConstraint(
                condition=Q(priority__in=WaitlistPriority.values),
                name="scheduling_waitlist_priority_is_known",
            ),
            models.CheckConstraint(
                condition=Q(weekdays__contained_by=Weekday.values),
                name="scheduling_waitlist_weekdays_are_known",
            ),
            models.CheckConstraint(
                condition=Q(first_on=None) | Q(last_on=None) | Q(last_on__gte=F("first_on")),
                name="scheduling_waitlist_dates_are_in_order",
            ),
            models.CheckConstraint(
                condition=Q(from_time=None) | Q(until_time=None) | Q(until_time__gt=F("from_time")),
                name="scheduling_waitlist_times_are_in_order",
            ),
            models.CheckConstraint(
                condition=Q(status=WaitlistStatus.WAITING, closed_at=None)
                | Q(status__in=[WaitlistStatus.BOOKED, WaitlistStatus.REMOVED], closed_at__isnull=False),
                name="scheduling_waiting_ends_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(booked_as=None) | Q(status=WaitlistStatus.BOOKED),
                name="scheduling_only_a_booking_ends_waiting_with_a_visit",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="waiting_moves_forward",
                field="status",
                transitions=[("waiting", "booked"), ("waiting", "removed")],
            ),
            pgtrigger.Protect(name="waitlist_entry_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"Waiting {self.uid}"

    def days_waited(self, now: dt.datetime) -> int:
        """Return the whole days of 24 hours waited until `now` (aware)."""
        return max(0, (now - self.waiting_since).days)

    @property
    def visit(self) -> Appointment | None:
        """The visit that ended the waiting, or that the patient would give up; None while there is none."""
        return self.booked_as or self.instead_of
