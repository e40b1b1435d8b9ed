"""The booking."""

import datetime as dt
import uuid

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from cryoclinic.accounts.models import Location, Organization
from procedures.codes import Anaesthesia, Contrast, Guidance
from procedures.models import Protocol
from scheduling.codes import AHEAD, OCCUPYING, AppointmentStatus, CancellationReason
from scheduling.models.offering import ProcedureOffering
from scheduling.models.patient import Patient


class AppointmentQuerySet(models.QuerySet["Appointment"]):
    def of(self, organization: Organization) -> "AppointmentQuerySet":
        """Appointments of one organization."""
        return self.filter(organization=organization)

    def occupying(self) -> "AppointmentQuerySet":
        """Appointments that keep their patient and resources to themselves."""
        return self.filter(status__in=OCCUPYING)

    def starting_between(self, begin: dt.datetime, end: dt.datetime) -> "AppointmentQuerySet":
        """Appointments that start in the half-open period."""
        return self.filter(start__gte=begin, start__lt=end)

    def ahead_of(self, patient: Patient, now: dt.datetime) -> "AppointmentQuerySet":
        """What a patient still has before them: offered or booked, and not over at `now`."""
        return self.filter(
            patient=patient,
            status__in=[AppointmentStatus.PROPOSED, AppointmentStatus.BOOKED],
            planned_end__gt=now,
        ).order_by("start")

    def ahead(self, now: dt.datetime) -> "AppointmentQuerySet":
        """Appointments offered or booked that start after `now` (aware)."""
        return self.filter(status__in=AHEAD, start__gt=now)

    def behind(self, protocol: Protocol, now: dt.datetime) -> "AppointmentQuerySet":
        """Appointments ahead that were booked under an older version of this protocol, by their start."""
        return (
            self.ahead(now)
            .filter(
                organization=protocol.organization_id,
                offering__procedure_type=protocol.procedure_type_id,
                protocol__version__lt=protocol.version,
            )
            .order_by("start", "id")
        )

    def unrecorded(self, planned_end_before: dt.datetime) -> "AppointmentQuerySet":
        """Appointments whose planned end has passed without anybody saying what became of them."""
        return self.filter(
            status__in=[AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED],
            planned_end__lte=planned_end_before,
        ).order_by("planned_end")

    def with_places(self) -> "AppointmentQuerySet":
        """The appointments with their place, procedure and what they occupy, in three queries."""
        return self.select_related(
            "location",
            "protocol",
            "patient",
            "offering__procedure_type",
            "offering__location__organization",
            "readiness",
        ).prefetch_related("allocations__resource")

    def with_facts(self) -> "AppointmentQuerySet":
        """Everything the plan reads about each appointment, in a fixed number of queries."""
        return self.select_related(
            "organization",
            "location",
            "protocol",
            "patient",
            "offering__location",
            "offering__procedure_type",
        ).prefetch_related(
            "patient__medications",
            "patient__conditions",
            "patient__evidence",
            "patient__related_persons",
            "decisions",
        )


class Appointment(models.Model):
    """
    One patient, one procedure, one start.

    `start` is the start of sedation, or of the procedure when there is none; `period` is the time the patient is
    in the house, half-open. `revision` counts changes of the appointment itself (the API's ETag);
    `plan_revision` counts changes of anything its plan reads and is raised by the database alone. `known_at` is
    when this start became known: booked, or last moved.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="appointments")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, related_name="appointments")
    offering = models.ForeignKey(ProcedureOffering, on_delete=models.PROTECT, related_name="appointments")
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="appointments")
    rule_set_sha256 = models.CharField(max_length=64)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="appointments")
    status = models.CharField(max_length=20, choices=AppointmentStatus, default=AppointmentStatus.BOOKED)
    target = models.CharField(max_length=20, blank=True)
    anaesthesia = models.CharField(max_length=20, choices=Anaesthesia)
    guidance = models.CharField(max_length=10, choices=Guidance)
    contrast = models.CharField(max_length=20, choices=Contrast, default=Contrast.NONE)
    start = models.DateTimeField()
    arrive_at = models.DateTimeField()
    planned_end = models.DateTimeField()
    period = DateTimeRangeField()
    began_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    booked_at = models.DateTimeField()
    known_at = models.DateTimeField()
    cancellation_reason = models.CharField(max_length=10, choices=CancellationReason, blank=True)
    override_reason = models.CharField(
        max_length=200, blank=True, help_text="Why this was booked although it cannot be prepared in time."
    )
    deposit_recorded_at = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When somebody recorded that the deposit is there. No money passes here.",
    )
    revision = models.PositiveIntegerField(default=1)
    plan_revision = models.PositiveIntegerField(default=1)

    objects = AppointmentQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["location", "start"], name="scheduling_appt_by_start"),
            models.Index(fields=["organization", "start"], name="scheduling_appt_of_org"),
        ]
        constraints = [
            ExclusionConstraint(
                name="scheduling_patient_is_in_one_place",
                expressions=[
                    (
                        Func(
                            F("patient"),
                            F("patient"),
                            Value("[]"),
                            function="int8range",
                            output_field=BigIntegerRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    ("period", RangeOperators.OVERLAPS),
                ],
                condition=Q(status__in=[status.value for status in OCCUPYING]),
            ),
            models.CheckConstraint(
                condition=Q(arrive_at__lte=F("start"), start__lt=F("planned_end")),
                name="scheduling_arrive_then_start_then_end",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(began_at__isnull=False, ended_at__gt=F("began_at")),
                name="scheduling_procedure_ended_after_it_began",
            ),
            models.CheckConstraint(
                condition=Q(
                    status=AppointmentStatus.CANCELLED, cancellation_reason__in=CancellationReason.values
                )
                | (~Q(status=AppointmentStatus.CANCELLED) & Q(cancellation_reason="")),
                name="scheduling_cancelled_with_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(status__in=AppointmentStatus.values), name="scheduling_status_is_known"
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="appointment_moves_forward",
                field="status",
                transitions=[
                    ("proposed", "booked"),
                    ("proposed", "cancelled"),
                    ("booked", "arrived"),
                    ("booked", "cancelled"),
                    ("booked", "noshow"),
                    ("booked", "entered-in-error"),
                    ("arrived", "fulfilled"),
                    ("arrived", "cancelled"),
                    ("arrived", "entered-in-error"),
                    ("fulfilled", "entered-in-error"),
                ],
            ),
            pgtrigger.Trigger(
                name="appointment_changed",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF NEW.plan_revision < OLD.plan_revision OR NEW.revision < OLD.revision THEN
                        RAISE EXCEPTION 'a revision of appointment % would fall', OLD.id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    IF NEW.plan_revision = OLD.plan_revision
                        AND (to_jsonb(NEW) - 'revision') IS DISTINCT FROM (to_jsonb(OLD) - 'revision') THEN
                        NEW.plan_revision := OLD.plan_revision + 1;
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="booking_keeps_its_protocol",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                # The record comes first, so that no version changes without somebody and a reason.
                func="""
                    IF (NEW.protocol_id, NEW.rule_set_sha256)
                        IS DISTINCT FROM (OLD.protocol_id, OLD.rule_set_sha256)
                        AND NOT EXISTS (
                            SELECT FROM scheduling_appointmentchange
                            WHERE appointment_id = OLD.id AND kind = 'protocol' AND revision = NEW.revision
                                AND from_protocol_id = OLD.protocol_id AND to_protocol_id = NEW.protocol_id
                        ) THEN
                        RAISE EXCEPTION 'appointment % keeps the protocol it was booked under', OLD.id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(name="appointment_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"Appointment {self.uid}"

    @property
    def local_start(self) -> dt.datetime:
        """The start on the location's wall clock."""
        return self.start.astimezone(self.location.tz)
