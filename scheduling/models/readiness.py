"""The last judgement of each visit that is ahead, and when it is due again."""

import datetime as dt

from django.db import models
from django.db.models import F, Q

from scheduling.codes import AHEAD, ReadinessState
from scheduling.models.appointment import Appointment
from scheduling.models.appointment import AppointmentQuerySet as Appointments


class ReadinessRecord(models.Model):
    """
    Whether a visit can go ahead, as of a moment and of a plan revision.

    Made again when the plan revision has passed `plan_revision`, and from `next_change_at` on. `reasons` is a list
    of objects with code, about, sentence, source, who, due_at and blocked_at; the worst is the first.
    """

    appointment = models.OneToOneField(Appointment, on_delete=models.CASCADE, related_name="readiness")
    state = models.CharField(max_length=10, choices=ReadinessState)
    blocker = models.CharField(max_length=40, blank=True, help_text="The code of what blocks the visit.")
    reasons = models.JSONField(default=list)
    next_step = models.CharField(max_length=300, blank=True)
    next_by = models.CharField(max_length=10, blank=True, help_text="Who does the next thing.")
    next_due_at = models.DateTimeField(null=True, blank=True)
    as_of = models.DateTimeField()
    plan_revision = models.PositiveIntegerField()
    next_change_at = models.DateTimeField()

    class Meta:
        verbose_name = "readiness"
        verbose_name_plural = "readiness"
        indexes = [models.Index(fields=["next_change_at"], name="scheduling_readiness_due")]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=ReadinessState.values), name="scheduling_readiness_is_known"
            ),
            models.CheckConstraint(
                condition=Q(state=ReadinessState.BLOCKED) & ~Q(blocker="")
                | ~Q(state=ReadinessState.BLOCKED) & Q(blocker=""),
                name="scheduling_blocked_names_what_blocks",
            ),
            models.CheckConstraint(
                condition=Q(state=ReadinessState.READY, next_due_at=None)
                | ~Q(state=ReadinessState.READY) & Q(next_due_at__isnull=False),
                name="scheduling_unready_has_a_next_step",
            ),
        ]

    def __str__(self) -> str:
        return f"Readiness of appointment {self.appointment_id}"


def to_judge(now: dt.datetime) -> Appointments:
    """Return the appointments whose readiness is missing, behind their plan revision, due again, or left over."""
    behind = Q(readiness=None) | ~Q(readiness__plan_revision=F("plan_revision"))
    due = behind | Q(readiness__next_change_at__lte=now)
    over = ~Q(status__in=AHEAD) & Q(readiness__isnull=False)
    return Appointment.objects.filter(Q(status__in=AHEAD) & due | over).order_by("start", "id")
