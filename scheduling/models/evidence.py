"""What is known about a patient's preparation: results and papers, signed decisions, the patient's own answers."""

import datetime as dt
import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from scheduling.codes import AnswerCode, DecisionKind
from scheduling.models.appointment import Appointment
from scheduling.models.patient import DRUG_LENGTH, Patient, RelatedPerson
from scheduling.models.plan_revision import of_appointment, of_patient


class Evidence(models.Model):
    """
    A prerequisite that is on file: a result with its value, a consent, a named escort.

    `appointment` is set when it counts for that booking alone. `creatinine_clearance` and `egfr` are entries too.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    patient = models.ForeignKey(Patient, on_delete=models.CASCADE, related_name="evidence")
    appointment = models.ForeignKey(
        Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="evidence"
    )
    item = models.CharField(max_length=60)
    done_on = models.DateField(null=True, blank=True)
    planned_for = models.DateField(null=True, blank=True)
    value = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    recorded_at = models.DateTimeField(auto_now_add=True)
    void = models.BooleanField(default=False, help_text="Entered in error; no longer counts.")

    class Meta:
        verbose_name_plural = "evidence"
        constraints = [
            models.CheckConstraint(
                condition=Q(done_on__isnull=False, planned_for=None)
                | Q(done_on=None, planned_for__isnull=False),
                name="scheduling_evidence_is_done_or_planned",
            ),
        ]
        triggers = [of_patient("evidence_changed")]

    def __str__(self) -> str:
        return f"Evidence {self.uid}"


class MedicationDecisionQuerySet(models.QuerySet["MedicationDecision"]):
    def standing(self, basis_sha256: str) -> "MedicationDecisionQuerySet":
        """Decisions that hold for this basis: not withdrawn, and nothing they rest on has changed."""
        return self.filter(basis_sha256=basis_sha256, withdrawn_at=None)


class MedicationDecision(models.Model):
    """
    What a named clinician signed about one medicine for one booking, in the words the patient will read.

    It rests on `basis_sha256` (start, medicines, kidney function, procedure, protocol version, rule set) and
    holds while the hash matches: no code has to remember to void it. Only withdrawing is ever added to a row.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="decisions")
    drug = models.CharField(max_length=DRUG_LENGTH)
    kind = models.CharField(max_length=10, choices=DecisionKind)
    last_dose_on = models.DateField(null=True, blank=True)
    last_dose_at = models.DateTimeField(null=True, blank=True)
    dose_percent = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Share of the usual dose, of a medicine that is reduced."
    )
    dose_at = models.DateTimeField(null=True, blank=True, help_text="The dose that is reduced, if known.")
    reason = models.CharField(
        max_length=300,
        blank=True,
        help_text="Why it is not as the rules propose. No names or numbers of persons.",
    )
    sentences = models.JSONField(help_text="Language to the exact sentence that was signed.")
    basis_sha256 = models.CharField(max_length=64)
    signed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    signed_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = MedicationDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                "appointment",
                "drug",
                "basis_sha256",
                condition=Q(withdrawn_at=None),
                name="scheduling_one_standing_decision_per_medicine",
            ),
            models.CheckConstraint(
                condition=Q(kind=DecisionKind.HOLD, last_dose_on__isnull=False)
                | (~Q(kind=DecisionKind.HOLD) & Q(last_dose_on=None, last_dose_at=None)),
                name="scheduling_hold_names_the_last_dose",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind=DecisionKind.REDUCE,
                    dose_percent__isnull=False,
                    dose_percent__gte=1,
                    dose_percent__lte=99,
                )
                | (~Q(kind=DecisionKind.REDUCE) & Q(dose_percent=None, dose_at=None)),
                name="scheduling_reduction_names_the_share",
            ),
            models.CheckConstraint(
                condition=~Q(kind=DecisionKind.REFUSE) | ~Q(reason=""),
                name="scheduling_refusal_gives_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=DecisionKind.values), name="scheduling_decision_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(
                    withdrawn_at__isnull=False,
                    withdrawn_at__gte=F("signed_at"),
                    withdrawn_by__isnull=False,
                ),
                name="scheduling_withdrawn_by_somebody",
            ),
        ]
        triggers = [
            of_appointment("decision_changed"),
            pgtrigger.Protect(name="decision_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="signed_words_stand",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF OLD.withdrawn_at IS NOT NULL OR (to_jsonb(NEW) - ARRAY['withdrawn_at', 'withdrawn_by_id'])
                        IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['withdrawn_at', 'withdrawn_by_id']) THEN
                        RAISE EXCEPTION 'decision % is signed; it can only be withdrawn', OLD.id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"Decision {self.uid}"


class PatientAnswer(models.Model):
    """An answer from the patient or somebody near them, as it came. Append-only."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="answers")
    related_person = models.ForeignKey(
        RelatedPerson,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Empty: the patient.",
    )
    question = models.CharField(max_length=60)
    answer = models.CharField(max_length=20, choices=AnswerCode)
    about_start = models.DateTimeField(help_text="The start the person was asked about.")
    answered_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer__in=AnswerCode.values), name="scheduling_answer_is_known"
            ),
        ]
        triggers = [
            of_appointment("answer_given"),
            pgtrigger.Protect(name="answer_is_kept", operation=pgtrigger.Update | pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"Answer {self.uid}"

    def holds_for(self, start: dt.datetime) -> bool:
        """Whether the answer was about this very start."""
        return self.about_start == start
