"""What was really done on the day: the freezes, and what somebody ticked off."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from scheduling.models.appointment import Appointment


class FreezeCycle(models.Model):
    """
    One freeze and the thaw after it, in the order in which they were done. Append-only.

    `thaw_seconds` is None where the probe was taken out while frozen.
    """

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="freeze_cycles")
    position = models.PositiveSmallIntegerField()
    freeze_seconds = models.PositiveIntegerField()
    thaw_seconds = models.PositiveIntegerField(null=True, blank=True)
    probes = models.PositiveSmallIntegerField()
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint("appointment", "position", name="scheduling_freeze_has_its_place"),
            models.CheckConstraint(
                condition=Q(position__gte=1, freeze_seconds__gte=1, probes__gte=1),
                name="scheduling_freeze_lasts",
            ),
        ]
        triggers = [pgtrigger.Protect(name="freeze_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Freeze {self.position} of appointment {self.appointment_id}"


class ChecklistTick(models.Model):
    """An item of the protocol's checklist that somebody ticked off. Append-only."""

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="ticks")
    code = models.SlugField(max_length=60)
    ticked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    ticked_at = models.DateTimeField()

    class Meta:
        ordering = ["ticked_at", "id"]
        constraints = [
            models.UniqueConstraint("appointment", "code", name="scheduling_ticked_once"),
        ]
        triggers = [pgtrigger.Protect(name="tick_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.code} of appointment {self.appointment_id}"
