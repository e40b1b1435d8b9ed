"""What is owed: the timeline of an appointment and the requests on it."""

import datetime as dt
import uuid

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import ExpressionWrapper, F, OuterRef, Q, Subquery

from cryoclinic.accounts.models import Organization
from notifications.codes import Rank, RequestReason, RequestStatus
from notifications.models.contact import Recipient
from scheduling.models import Appointment


class TimelineQuerySet(models.QuerySet["Timeline"]):
    def to_plan(self, now: dt.datetime) -> "TimelineQuerySet":
        """Timelines behind their appointment whose turn it is; those that failed wait their back-off."""
        return self.filter(
            Q(next_try_at=None) | Q(next_try_at__lte=now), planned_revision__lt=F("wanted_revision")
        ).order_by("id")

    def calls_to_open(self, now: dt.datetime) -> "TimelineQuerySet":
        """Timelines with a call that was planned for later and whose time has come."""
        return self.filter(Q(next_try_at=None) | Q(next_try_at__lte=now), call_opens_at__lte=now).order_by(
            "call_opens_at", "id"
        )


class Timeline(models.Model):
    """
    How far an appointment has been planned.

    Nothing is deliverable unless `planned_revision` is `wanted_revision`, which the database keeps equal to the
    appointment's plan revision. `not_owed` lists what the plan decided not to say, each with its reason. A plan
    that cannot be made waits until `next_try_at`, or until something it reads has changed. `call_opens_at` is the
    next time at which a planned call becomes work for a person.
    """

    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="timeline")
    wanted_revision = models.PositiveIntegerField()
    wanted_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text="When the oldest change came that is not planned yet; the database's clock.",
    )
    planned_revision = models.PositiveIntegerField(default=0)
    planned_at = models.DateTimeField(null=True, blank=True)
    not_owed = models.JSONField(default=list)
    failure = models.CharField(max_length=200, blank=True)
    failures = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(null=True, blank=True)
    call_opens_at = models.DateTimeField(null=True, blank=True)

    objects = TimelineQuerySet.as_manager()

    class Meta:
        indexes = [
            # Only what waits to be planned is in it, so that a sweep costs the same however many are done.
            models.Index(
                fields=["next_try_at", "id"],
                condition=Q(planned_revision__lt=F("wanted_revision")),
                name="notifications_to_plan",
            ),
            models.Index(
                fields=["call_opens_at"],
                condition=Q(call_opens_at__isnull=False),
                name="notifications_calls_to_open",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(planned_revision__lte=F("wanted_revision")),
                name="notifications_planned_no_further_than_wanted",
            ),
            models.CheckConstraint(
                condition=Q(failures=0, failure="", next_try_at=None)
                | Q(failures__gt=0, next_try_at__isnull=False) & ~Q(failure=""),
                name="notifications_failure_has_a_reason_and_a_next_try",
            ),
        ]

    def __str__(self) -> str:
        return f"Timeline of appointment {self.appointment_id}"


class PlannedAppointment(Appointment):
    """
    An appointment as something to be planned.

    Its trigger notes the wanted revision beside the planned one in the same statement that raises it, so that
    "not yet planned" is a column comparison with an index and no change can pass unseen.
    """

    class Meta:
        proxy = True
        triggers = [
            pgtrigger.Trigger(
                name="plan_wanted",
                # Not "update of plan_revision": that is deaf to a revision raised by another trigger of the row.
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.After,
                func="""
                    IF TG_OP = 'UPDATE' AND NEW.plan_revision = OLD.plan_revision THEN RETURN NULL; END IF;
                    INSERT INTO notifications_timeline
                        (appointment_id, wanted_revision, planned_revision, not_owed, failure, failures, wanted_since)
                    VALUES (NEW.id, NEW.plan_revision, 0, '[]', '', 0, now())
                    ON CONFLICT (appointment_id) DO UPDATE
                    SET wanted_revision = EXCLUDED.wanted_revision, failure = '', failures = 0, next_try_at = NULL,
                        wanted_since = COALESCE(notifications_timeline.wanted_since, now())
                    WHERE notifications_timeline.wanted_revision < EXCLUDED.wanted_revision;
                    RETURN NULL;
                """,
            ),
        ]


class CommunicationRequestQuerySet(models.QuerySet["CommunicationRequest"]):
    def of(self, organization: Organization) -> "CommunicationRequestQuerySet":
        """Requests of one organization."""
        return self.filter(organization=organization)

    def about(self, appointment: Appointment) -> "CommunicationRequestQuerySet":
        """Requests of one appointment, in the order in which they are due."""
        return self.filter(appointment=appointment).order_by("due_at", "id")

    def with_attempts(self) -> "CommunicationRequestQuerySet":
        """The requests with whom they are for and every attempt, in two queries."""
        return self.select_related("recipient__related_person").prefetch_related("attempts")

    def with_story(self) -> "CommunicationRequestQuerySet":
        """The requests with everything an explanation reads, in a fixed number of queries."""
        return self.select_related(
            "recipient__related_person", "appointment__location", "appointment__protocol"
        ).prefetch_related("attempts__events")

    def open(self) -> "CommunicationRequestQuerySet":
        """Requests that may still be sent."""
        return self.filter(status__in=[RequestStatus.ACTIVE, RequestStatus.ON_HOLD])

    def deliverable(self, now: dt.datetime) -> "CommunicationRequestQuerySet":
        """
        Requests a worker may send at `now` (aware).

        Active, due, not expired, of a clinic that has not paused its messages, and planned for the appointment as
        it is today: a change not yet reconciled holds all its messages back.
        """
        # Questions asked of each row, not joins: PostgreSQL takes a comparison of two columns to be rarely true, would
        # begin with the timelines, and read every future request of every appointment.
        is_planned = ExpressionWrapper(
            Q(planned_revision=F("wanted_revision")), output_field=models.BooleanField()
        )
        planned = Timeline.objects.filter(appointment=OuterRef("appointment")).values(is_planned=is_planned)
        paused = Organization.objects.exclude(messages_paused_at=None).values("pk")
        return self.filter(
            Subquery(planned), status=RequestStatus.ACTIVE, next_at__lte=now, expires_at__gt=now
        ).exclude(organization__in=paused)


class CommunicationRequest(models.Model):
    """
    One message owed to one person about one appointment.

    Its identity is (appointment, recipient, notice, hash of the asserted facts): an unrelated change makes no new
    request, and the same thing is never owed twice, but for one that did not arrive and goes another way. `due_at` and `expires_at` come from the plan; `next_at` is
    when to try (later than `due_at` after a failure). `corrects` lists the requests whose facts it withdraws.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(
        Organization, on_delete=models.PROTECT, related_name="communication_requests"
    )
    appointment = models.ForeignKey(
        Appointment, on_delete=models.PROTECT, related_name="communication_requests"
    )
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="requests")
    notice = models.CharField(max_length=60)
    trigger = models.CharField(max_length=20)
    parts = ArrayField(models.CharField(max_length=60), default=list)
    facts = models.JSONField(default=dict)
    facts_sha256 = models.CharField(max_length=64)
    corrects = ArrayField(models.UUIDField(), default=list, blank=True)
    language = models.CharField(max_length=10)
    channels = ArrayField(models.CharField(max_length=10))
    purpose = models.CharField(max_length=20)
    safety = models.CharField(max_length=10)
    answer = models.CharField(max_length=10)
    rung = models.PositiveSmallIntegerField(
        default=0, help_text="How often an answer was asked for before over another way; 0 the first time."
    )
    rank = models.PositiveSmallIntegerField(choices=Rank)
    time_critical = models.BooleanField(default=False, help_text="Goes at once, in quiet hours too.")
    due_at = models.DateTimeField()
    next_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    attempts_made = models.PositiveSmallIntegerField(default=0)
    status = models.CharField(max_length=12, choices=RequestStatus)
    status_reason = models.CharField(max_length=20, choices=RequestReason, blank=True)
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = CommunicationRequestQuerySet.as_manager()

    class Meta:
        indexes = [
            # The due index holds only what can go: what waits for a signature or is done is not in it.
            models.Index(fields=["rank", "next_at"], condition=Q(status="active"), name="notifications_due"),
            models.Index(
                fields=["expires_at"],
                condition=Q(status__in=["active", "on-hold"]),
                name="notifications_expiring",
            ),
            # Changes that were told of late: few, and their calendar entries may have to follow.
            models.Index(
                fields=["closed_at"],
                condition=Q(status="completed", rank=Rank.CHANGE),
                name="notifications_changes_told",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                "appointment",
                "recipient",
                "notice",
                "facts_sha256",
                condition=~Q(status=RequestStatus.REVOKED, status_reason=RequestReason.SUPERSEDED)
                & ~Q(status=RequestStatus.COMPLETED, status_reason=RequestReason.REROUTED),
                name="notifications_told_the_same_once",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("due_at")), name="notifications_request_expires_after_due"
            ),
            models.CheckConstraint(
                condition=Q(status=RequestStatus.ACTIVE, closed_at=None)
                | Q(status=RequestStatus.ON_HOLD, closed_at=None) & ~Q(status_reason="")
                | Q(status=RequestStatus.COMPLETED, closed_at__isnull=False)
                | Q(status=RequestStatus.REVOKED, closed_at__isnull=False) & ~Q(status_reason=""),
                name="notifications_every_zero_has_a_reason",
            ),
            models.CheckConstraint(condition=Q(rank__in=Rank.values), name="notifications_rank_is_known"),
        ]
        triggers = [
            pgtrigger.FSM(
                name="request_moves_forward",
                field="status",
                transitions=[
                    ("on-hold", "active"),
                    ("on-hold", "completed"),
                    ("on-hold", "revoked"),
                    ("active", "on-hold"),
                    ("active", "completed"),
                    ("active", "revoked"),
                ],
            ),
            pgtrigger.Protect(name="request_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"Request {self.uid}"

    @property
    def in_doubt(self) -> bool:
        """Whether it waits until its channel has been asked what became of an attempt."""
        return self.status == RequestStatus.ON_HOLD and self.status_reason == RequestReason.IN_DOUBT
