"""Two records of one person that became one: who did it, when, and what was chosen. Append-only."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from scheduling.models.patient import Patient, RelatedPerson


class PatientMerge(models.Model):
    """
    `merged` became `kept`. `before` holds the identity of both as it was, `chosen` which record each field came from.

    `followed` counts the rows that went over, by what they are.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kept = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="merges")
    merged = models.OneToOneField(Patient, on_delete=models.PROTECT, related_name="merge")
    chosen = models.JSONField(default=dict)
    before = models.JSONField(default=dict)
    followed = models.JSONField(default=dict)
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    merged_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(kept=F("merged")), name="scheduling_patient_is_not_merged_with_itself"
            ),
        ]
        triggers = [pgtrigger.Protect(name="merge_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Merge {self.uid}"


class ConsentRecord(models.Model):
    """Consent to tell a related person, given or withdrawn: who wrote it down, and when. Append-only."""

    related_person = models.ForeignKey(RelatedPerson, on_delete=models.CASCADE, related_name="consents")
    given = models.BooleanField(help_text="Unchecked: withdrawn.")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        triggers = [pgtrigger.Protect(name="consent_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Consent record {self.pk}"
