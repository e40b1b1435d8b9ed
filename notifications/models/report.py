"""What somebody told us in their own words, from the page behind a link."""

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q

from notifications.models.contact import Recipient
from scheduling.models import Appointment

REPORT_CHARACTERS = 1000


class ProblemReport(models.Model):
    """
    A problem as a person wrote it. Append-only.

    The page that asks makes up `uid`, so that a form sent twice is one report.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="problem_reports")
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="problem_reports")
    text = models.CharField(max_length=REPORT_CHARACTERS)
    reported_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(condition=~Q(text=""), name="notifications_report_says_something"),
        ]
        triggers = [pgtrigger.Protect(name="report_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Problem report {self.uid}"
