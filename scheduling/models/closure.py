"""What staff chose for each booking that a closure hits: append-only."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from scheduling.codes import ClosureAnswer
from scheduling.models.appointment import Appointment
from scheduling.models.resource import OpeningException


class ClosureChoice(models.Model):
    """
    What was done about one booking because of one closure, and why.

    `about_start` is the start it was chosen for: for another start somebody chooses again.
    """

    closure = models.ForeignKey(OpeningException, on_delete=models.PROTECT, related_name="choices")
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="closure_choices")
    answer = models.CharField(max_length=10, choices=ClosureAnswer)
    about_start = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer__in=ClosureAnswer.values), name="scheduling_closure_answer_is_known"
            ),
            models.CheckConstraint(
                condition=~Q(answer=ClosureAnswer.LEAVE) | ~Q(reason=""),
                name="scheduling_leaving_gives_a_reason",
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="closure_choice_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"Choice for appointment {self.appointment_id}"
