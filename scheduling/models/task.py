"""Work for staff: what, for whom, by when, and who has it."""

import datetime as dt
import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q

from cryoclinic.accounts.models import Location, Organization
from scheduling.codes import TaskKind, TaskSeverity, TaskStatus
from scheduling.models.appointment import Appointment

OPEN = (TaskStatus.REQUESTED, TaskStatus.IN_PROGRESS)


class TaskQuerySet(models.QuerySet["Task"]):
    def of(self, organization: Organization) -> "TaskQuerySet":
        """Tasks of one organization."""
        return self.filter(organization=organization)

    def still_open(self) -> "TaskQuerySet":
        """Tasks nobody has finished."""
        return self.filter(status__in=OPEN)

    def overdue(self, now: dt.datetime) -> "TaskQuerySet":
        """Open tasks whose deadline has passed."""
        return self.still_open().filter(due_at__lte=now)


class Task(models.Model):
    """
    Something a person must do by `due_at`.

    `about` makes opening idempotent: one open task per organization, kind and matter. `reason` is one sentence
    without names or numbers of persons; the page shows those from the appointment. `cause` is a hash of why and of
    the facts it is about, where the same cause would open it again and again: done is done for that cause.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="tasks")
    location = models.ForeignKey(
        Location, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    appointment = models.ForeignKey(
        Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    kind = models.CharField(max_length=30, choices=TaskKind)
    about = models.CharField(max_length=120)
    severity = models.CharField(max_length=10, choices=TaskSeverity)
    reason = models.CharField(max_length=300)
    due_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=TaskStatus, default=TaskStatus.REQUESTED)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    opened_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    cause = models.CharField(
        max_length=64,
        blank=True,
        help_text="Hash of why it was opened: once done, it is not asked for again.",
    )
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=300, blank=True)

    objects = TaskQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["organization", "due_at"],
                condition=Q(status__in=[s.value for s in OPEN]),
                name="scheduling_open_tasks",
            ),
            models.Index(
                fields=["about"],
                condition=Q(status=TaskStatus.COMPLETED.value) & ~Q(cause=""),
                name="scheduling_done_causes",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                "organization",
                "kind",
                "about",
                condition=Q(status__in=[s.value for s in OPEN]),
                name="scheduling_one_open_task_per_matter",
            ),
            models.CheckConstraint(
                condition=Q(status__in=[s.value for s in OPEN], closed_at=None)
                | Q(status__in=[TaskStatus.COMPLETED, TaskStatus.CANCELLED], closed_at__isnull=False),
                name="scheduling_task_closed_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status=TaskStatus.IN_PROGRESS) | Q(owner__isnull=False),
                name="scheduling_task_taken_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(status=TaskStatus.REQUESTED) | Q(taken_at=None),
                name="scheduling_task_nobody_has_was_not_taken",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=TaskKind.values), name="scheduling_task_kind_is_known"
            ),
            models.CheckConstraint(
                condition=Q(severity__in=TaskSeverity.values), name="scheduling_task_severity_is_known"
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="task_moves_forward",
                field="status",
                transitions=[
                    ("requested", "in-progress"),
                    ("requested", "completed"),
                    ("requested", "cancelled"),
                    ("in-progress", "requested"),
                    ("in-progress", "completed"),
                    ("in-progress", "cancelled"),
                ],
            ),
            pgtrigger.Protect(name="task_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="call_judges_again",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.After,
                # A call that is owed or made changes whether the visit can go ahead; the next sweep looks.
                func="""
                    IF NEW.appointment_id IS NOT NULL
                        AND NEW.kind IN ('phone-patient', 'may-have-stopped', 'in-doubt') THEN
                        UPDATE scheduling_readinessrecord SET next_change_at = 'epoch'
                        WHERE appointment_id = NEW.appointment_id;
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"Task {self.uid}"
