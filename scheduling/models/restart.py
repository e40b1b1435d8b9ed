"""When a medicine that was held for a procedure is taken again: decided after it, by a clinician, per medicine."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from scheduling.codes import RESTART_SETTLED, RestartKind
from scheduling.models.appointment import Appointment
from scheduling.models.patient import DRUG_LENGTH
from scheduling.models.plan_revision import of_appointment


class RestartDecisionQuerySet(models.QuerySet["RestartDecision"]):
    def settled(self) -> "RestartDecisionQuerySet":
        """Decisions that end the question: take it again, or do not; not withdrawn."""
        return self.filter(kind__in=RESTART_SETTLED, withdrawn_at=None)


class RestartDecision(models.Model):
    """
    What a named clinician signed, after the procedure, about one medicine that was held for it.

    Either when it is taken again (`restart_at`), which needs the bleeding to have stopped, or that it is not, or
    that it cannot be said yet and when somebody asks again. It rests on `basis_sha256`: the recorded end, the entry
    of the medicine list, the rule set. Only withdrawing is ever added to a row.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="restart_decisions")
    drug = models.CharField(max_length=DRUG_LENGTH)
    kind = models.CharField(max_length=10, choices=RestartKind)
    bleeding_stopped = models.BooleanField(help_text="The operator has recorded that the bleeding stopped.")
    restart_at = models.DateTimeField(null=True, blank=True)
    ask_again_at = models.DateTimeField(null=True, blank=True)
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

    objects = RestartDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                "appointment",
                "drug",
                condition=Q(withdrawn_at=None, kind__in=[kind.value for kind in RESTART_SETTLED]),
                name="scheduling_one_restart_per_medicine",
            ),
            models.CheckConstraint(
                condition=Q(
                    kind=RestartKind.RESTART,
                    bleeding_stopped=True,
                    restart_at__isnull=False,
                    ask_again_at=None,
                )
                | Q(kind=RestartKind.STAY_OFF, restart_at=None, ask_again_at=None)
                | Q(kind=RestartKind.ASK_AGAIN, restart_at=None, ask_again_at__isnull=False),
                name="scheduling_restart_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(kind=RestartKind.STAY_OFF) | ~Q(reason=""),
                name="scheduling_staying_off_gives_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None, withdrawn_by=None)
                | Q(
                    withdrawn_at__isnull=False,
                    withdrawn_at__gte=F("signed_at"),
                    withdrawn_by__isnull=False,
                ),
                name="scheduling_restart_withdrawn_by_somebody",
            ),
        ]
        triggers = [
            of_appointment("restart_decided"),
            pgtrigger.Protect(name="restart_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="signed_restart_stands",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                func="""
                    IF OLD.withdrawn_at IS NOT NULL OR (to_jsonb(NEW) - ARRAY['withdrawn_at', 'withdrawn_by_id'])
                        IS DISTINCT FROM (to_jsonb(OLD) - ARRAY['withdrawn_at', 'withdrawn_by_id']) THEN
                        RAISE EXCEPTION 'restart % is signed; it can only be withdrawn', OLD.id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"Restart {self.uid}"
