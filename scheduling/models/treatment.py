"""What else happens to a patient: other treatments that keep their distance, and what the payer has agreed to."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from procedures.care import Treatment
from procedures.models import ProcedureType
from scheduling.codes import AuthorizationStatus
from scheduling.models.patient import Patient
from scheduling.models.plan_revision import of_patient

_TREATMENTS = [(treatment.value, treatment.value.capitalize()) for treatment in Treatment]


class OtherTreatment(models.Model):
    """
    A course of chemotherapy or radiotherapy, or an operation, given elsewhere or here; dates are local, both included.

    `last_on` is None while nobody knows when the course ends.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="other_treatments")
    treatment = models.CharField(max_length=20, choices=_TREATMENTS)
    first_on = models.DateField()
    last_on = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()
    void = models.BooleanField(default=False, help_text="Entered in error; no longer counts.")

    class Meta:
        ordering = ["first_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(treatment__in=[treatment.value for treatment in Treatment]),
                name="scheduling_treatment_is_known",
            ),
            models.CheckConstraint(
                condition=Q(last_on=None) | Q(last_on__gte=F("first_on")),
                name="scheduling_treatment_ends_after_it_began",
            ),
        ]
        triggers = [of_patient("other_treatment_changed")]

    def __str__(self) -> str:
        return f"Treatment {self.uid}"


class PayerAuthorization(models.Model):
    """
    A payer's word on paying for a procedure; `valid_until` is the last local date on which it counts.

    `reference` is the payer's own number for it. A newer row replaces an older one of the same procedure.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="authorizations")
    procedure_type = models.ForeignKey(ProcedureType, on_delete=models.PROTECT, related_name="+")
    status = models.CharField(max_length=12, choices=AuthorizationStatus)
    reference = models.CharField(max_length=60, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=AuthorizationStatus.values), name="scheduling_authorization_is_known"
            ),
            models.CheckConstraint(
                # An agreement without an end would be believed for ever.
                condition=~Q(status=AuthorizationStatus.APPROVED) | Q(valid_until__isnull=False),
                name="scheduling_approved_authorization_expires",
            ),
        ]
        triggers = [of_patient("authorization_changed")]

    def __str__(self) -> str:
        return f"Authorization {self.uid}"
