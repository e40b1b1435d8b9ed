"""
An organization's protocol: what its patients are told around one kind of procedure.

A version is written as a draft, approved by a second person, and frozen by the database from then on.
"""

import datetime as dt
import uuid

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from cryoclinic.accounts.models import Organization
from procedures.codes import ProtocolStatus, Section
from procedures.models.procedure_type import ProcedureType
from procedures.steps import Anchor, Answer, Gate, Purpose, SafetyClass, Trigger


class ProtocolQuerySet(models.QuerySet["Protocol"]):
    def active_on(self, day: dt.date) -> "ProtocolQuerySet":
        """Versions in force on a local date."""
        return self.filter(status=ProtocolStatus.ACTIVE, active_from__lte=day)

    def approved_before(self, protocol: "Protocol") -> "Protocol | None":
        """Return the newest approved version of the same protocol before one; None if it is the first."""
        same = self.filter(organization=protocol.organization_id, procedure_type=protocol.procedure_type_id)
        approved = same.filter(status__in=[ProtocolStatus.ACTIVE, ProtocolStatus.RETIRED])
        return approved.filter(version__lt=protocol.version).order_by("-version").first()


def _frozen(name: str) -> pgtrigger.Trigger:
    """Refuse changes to a row whose protocol has left draft."""
    return pgtrigger.Trigger(
        name=name,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        when=pgtrigger.Before,
        declare=[("parent", "bigint"), ("state", "text")],
        func="""
            parent := CASE WHEN TG_OP = 'DELETE' THEN OLD.protocol_id ELSE NEW.protocol_id END;
            SELECT status INTO state FROM procedures_protocol WHERE id = parent;
            IF state IS NOT NULL AND state <> 'draft' THEN
                RAISE EXCEPTION 'protocol % is % and can no longer change', parent, state
                    USING ERRCODE = 'check_violation';
            END IF;
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        """,
    )


class Protocol(models.Model):
    """
    One version of an organization's protocol for a procedure type.

    `rule_set_sha256` names the medication and fasting rules that were in force when it was approved. The
    person who approves is never the person who wrote it.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="protocols")
    procedure_type = models.ForeignKey(ProcedureType, on_delete=models.PROTECT, related_name="protocols")
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=160)
    status = models.CharField(max_length=12, choices=ProtocolStatus, default=ProtocolStatus.DRAFT)
    languages = ArrayField(models.CharField(max_length=10), default=list)
    care = models.JSONField(default=dict, blank=True, help_text="The part addressed to the clinic.")
    catalogue_sha256 = models.CharField(
        max_length=64, blank=True, help_text="Of the starter file it came from."
    )
    rule_set_sha256 = models.CharField(max_length=64, blank=True)
    review_by = models.DateField(null=True, blank=True)
    written_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    submitted_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    approved_at = models.DateTimeField(null=True, blank=True)
    active_from = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ProtocolQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                "organization", "procedure_type", "version", name="procedures_protocol_version_is_unique"
            ),
            models.UniqueConstraint(
                "organization",
                "procedure_type",
                condition=Q(status=ProtocolStatus.DRAFT),
                name="procedures_one_draft_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None) | Q(written_by=None) | ~Q(approved_by=F("written_by")),
                name="procedures_protocol_approved_by_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[ProtocolStatus.DRAFT, ProtocolStatus.IN_REVIEW])
                | Q(approved_by__isnull=False, approved_at__isnull=False, active_from__isnull=False),
                name="procedures_active_protocol_is_approved",
            ),
            models.CheckConstraint(
                condition=Q(status__in=ProtocolStatus.values), name="procedures_protocol_status_is_known"
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="protocol_moves_forward",
                field="status",
                transitions=[
                    ("draft", "in-review"),
                    ("in-review", "draft"),
                    ("in-review", "active"),
                    ("active", "retired"),
                ],
            ),
            pgtrigger.Trigger(
                name="approved_protocol_is_frozen",
                operation=pgtrigger.Update,
                when=pgtrigger.Before,
                condition=pgtrigger.Condition("OLD.status IN ('active', 'retired')"),
                func="""
                    IF (to_jsonb(NEW) - 'status') IS DISTINCT FROM (to_jsonb(OLD) - 'status') THEN
                        RAISE EXCEPTION 'protocol % is approved and can no longer change', OLD.id
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(
                name="protocol_is_kept",
                operation=pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.status <> 'draft'"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.version}"


class ProtocolDerivedFact(models.Model):
    """A fact the protocol computes from an anchor, such as the first day a patient may drive."""

    protocol = models.ForeignKey(Protocol, on_delete=models.CASCADE, related_name="derived_facts")
    name = models.SlugField(max_length=60)
    anchor = models.CharField(max_length=10, choices=[(a.value, a.value) for a in Anchor])
    elapsed = models.DurationField(null=True, blank=True)
    days = models.SmallIntegerField(null=True, blank=True)
    local_time = models.TimeField(null=True, blank=True)
    as_date = models.BooleanField(default=False)
    source = models.CharField(max_length=120)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint("protocol", "name", name="procedures_derived_fact_listed_once"),
            models.CheckConstraint(
                condition=Q(elapsed__isnull=False, days=None, local_time=None)
                | Q(elapsed=None, days__isnull=False, local_time__isnull=False),
                name="procedures_derived_fact_is_elapsed_or_by_clock",
            ),
        ]
        triggers = [_frozen("derived_fact_is_frozen")]

    def __str__(self) -> str:
        return self.name


class ProtocolStep(models.Model):
    """
    One thing a patient must know or do.

    `texts`: language to `{"title", "body"}` of the patient page. `days`: `{"first", "last"}` after the procedure.
    """

    protocol = models.ForeignKey(Protocol, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    code = models.SlugField(max_length=60)
    section = models.CharField(max_length=20, choices=Section)
    conditions = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    subject = models.CharField(
        max_length=60, blank=True, help_text="While the plan never sends this, silent."
    )
    source = models.CharField(max_length=200)
    days = models.JSONField(null=True, blank=True)
    texts = models.JSONField(default=dict)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint("protocol", "code", name="procedures_step_listed_once"),
            models.UniqueConstraint("protocol", "position", name="procedures_step_has_its_place"),
            models.CheckConstraint(
                condition=Q(section__in=Section.values), name="procedures_step_section_is_known"
            ),
        ]
        triggers = [_frozen("step_is_frozen")]

    def __str__(self) -> str:
        return self.code


class ProtocolNotice(models.Model):
    """
    One message a step owes: the row behind `procedures.steps.Notice`.

    `when` and `latest` are `{"anchor", "elapsed_minutes"}` or `{"anchor", "days", "local_time"}`; `texts`:
    language to `{"sms", "subject", "email"}`.
    """

    protocol = models.ForeignKey(Protocol, on_delete=models.CASCADE, related_name="notices")
    step = models.ForeignKey(ProtocolStep, on_delete=models.CASCADE, related_name="notices")
    code = models.SlugField(max_length=60)
    trigger = models.CharField(max_length=20, choices=[(t.value, t.value) for t in Trigger])
    when = models.JSONField(null=True, blank=True)
    latest = models.JSONField(null=True, blank=True)
    purpose = models.CharField(max_length=20, choices=[(p.value, p.value) for p in Purpose])
    safety = models.CharField(max_length=20, choices=[(s.value, s.value) for s in SafetyClass])
    audiences = ArrayField(models.CharField(max_length=20), default=list)
    answer = models.CharField(max_length=20, choices=[(a.value, a.value) for a in Answer])
    gate = models.CharField(max_length=20, choices=[(g.value, g.value) for g in Gate])
    facts = ArrayField(models.CharField(max_length=60), default=list, blank=True)
    channels = ArrayField(models.CharField(max_length=10), default=list)
    texts = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint("protocol", "code", name="procedures_notice_listed_once"),
            models.UniqueConstraint(
                "protocol",
                "trigger",
                "audiences",
                condition=~Q(trigger=Trigger.SCHEDULED.value),
                name="procedures_one_text_for_each_kind_of_change",
            ),
            models.CheckConstraint(
                condition=Q(trigger=Trigger.SCHEDULED.value, when__isnull=False)
                | (~Q(trigger=Trigger.SCHEDULED.value) & Q(when=None)),
                name="procedures_scheduled_notice_has_a_moment",
            ),
        ]
        triggers = [_frozen("notice_is_frozen")]

    def __str__(self) -> str:
        return self.code
