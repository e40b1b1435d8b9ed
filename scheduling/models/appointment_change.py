"""The append-only record of everything that happened to a booking."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from cryoclinic.accounts.models import ApiClient
from procedures.models import Protocol
from scheduling.codes import ChangeKind
from scheduling.models.appointment import Appointment
from scheduling.models.resource import Resource


class AppointmentChange(models.Model):
    """What happened to an appointment: by whom, when, why. Append-only."""

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="changes")
    kind = models.CharField(max_length=10, choices=ChangeKind)
    from_status = models.CharField(max_length=20, blank=True)
    to_status = models.CharField(max_length=20)
    from_start = models.DateTimeField(null=True, blank=True)
    to_start = models.DateTimeField()
    from_protocol = models.ForeignKey(
        Protocol, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    to_protocol = models.ForeignKey(
        Protocol, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    leg = models.CharField(max_length=40, blank=True)
    from_resource = models.ForeignKey(
        Resource, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    to_resource = models.ForeignKey(
        Resource, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=200, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    client = models.ForeignKey(ApiClient, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    revision = models.PositiveIntegerField()
    changed_at = models.DateTimeField()
    of_somebody_waiting = models.BooleanField(
        db_default=False,
        editable=False,
        help_text="Whether the patient was on the waiting list then; the database says so as it writes the row.",
    )

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint("appointment", "revision", name="scheduling_one_change_per_revision"),
            models.CheckConstraint(
                condition=Q(kind__in=ChangeKind.values), name="scheduling_change_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(kind=ChangeKind.PROTOCOL, from_protocol__isnull=False, to_protocol__isnull=False)
                | (~Q(kind=ChangeKind.PROTOCOL) & Q(from_protocol=None, to_protocol=None)),
                name="scheduling_protocol_change_names_both",
            ),
            models.CheckConstraint(
                condition=(
                    Q(kind=ChangeKind.SWAPPED, from_resource__isnull=False, to_resource__isnull=False)
                    & ~Q(leg="")
                )
                | (~Q(kind=ChangeKind.SWAPPED) & Q(from_resource=None, to_resource=None, leg="")),
                name="scheduling_swap_names_both",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="history_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="change_knows_who_waits",
                operation=pgtrigger.Insert,
                when=pgtrigger.Before,
                # Comes back with the row, so that a booking of somebody who waits for nothing asks nothing more.
                func="""
                    NEW.of_somebody_waiting := EXISTS (
                        SELECT FROM scheduling_waitlistentry waiting
                        JOIN scheduling_appointment changed ON changed.patient_id = waiting.patient_id
                        WHERE changed.id = NEW.appointment_id AND waiting.status = 'waiting'
                    );
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"Change {self.revision} of appointment {self.appointment_id}"
