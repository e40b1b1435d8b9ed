"""A freed start and the search for somebody who takes it: offers, and the append-only record of every step."""

import datetime as dt
import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cryoclinic.accounts.models import Organization
from scheduling.codes import AppointmentStatus, BackfillStatus, BackfillStepKind
from scheduling.models.allocation import Hold
from scheduling.models.appointment import Appointment
from scheduling.models.appointment_change import AppointmentChange
from scheduling.models.offering import ProcedureOffering
from scheduling.models.waitlist import WaitlistEntry

# Asked at once, and how long each has to answer [ops].
OFFERS_AT_ONCE = 1
ANSWER_MINUTES = 120
MOST_AT_ONCE = 5
LONGEST_ANSWER_MINUTES = 1440

_A_FEW = Q(
    offers_at_once__gte=1,
    offers_at_once__lte=MOST_AT_ONCE,
    answer_minutes__gte=1,
    answer_minutes__lte=LONGEST_ANSWER_MINUTES,
)


class BackfillPolicy(models.Model):
    """That a freed start of an offering is offered to those who wait, by itself: to how many at once, for how long."""

    offering = models.OneToOneField(
        ProcedureOffering, on_delete=models.CASCADE, related_name="backfill_policy"
    )
    automatic = models.BooleanField(default=True, help_text="Unchecked: only when somebody starts it.")
    offers_at_once = models.PositiveSmallIntegerField(
        default=OFFERS_AT_ONCE, help_text="How many are asked at once; the first to accept has it. [ops]"
    )
    answer_minutes = models.PositiveSmallIntegerField(
        default=ANSWER_MINUTES, help_text="How long each has to answer. [ops]"
    )

    class Meta:
        verbose_name_plural = "backfill policies"
        constraints = [
            models.CheckConstraint(condition=_A_FEW, name="scheduling_policy_asks_a_few_for_a_while"),
        ]

    def __str__(self) -> str:
        return f"Backfill of {self.offering}"


class BackfillQuerySet(models.QuerySet["Backfill"]):
    def of(self, organization: Organization) -> "BackfillQuerySet":
        """Backfills of one organization."""
        return self.filter(organization=organization)

    def looking(self) -> "BackfillQuerySet":
        """Backfills that have not ended."""
        return self.filter(status=BackfillStatus.LOOKING)

    def due(self, now: dt.datetime) -> "BackfillQuerySet":
        """Backfills with something to do at `now` (aware), the longest overdue first."""
        return self.looking().filter(next_at__lte=now).order_by("next_at", "id")

    def with_places(self) -> "BackfillQuerySet":
        """The backfills with what is offered and where."""
        return self.select_related(
            "offering__location__organization", "offering__procedure_type", "offering__protocol", "hold"
        )


class Backfill(models.Model):
    """
    A start that became free, offered to those who wait until somebody takes it or nobody can.

    The row is the trigger: written in the transaction that frees the start, worked on by a sweep at `next_at`.
    `hold` keeps the resources for all who are asked; the offers are proposed appointments, which keep their patient.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="+")
    offering = models.ForeignKey(ProcedureOffering, on_delete=models.PROTECT, related_name="backfills")
    start = models.DateTimeField()
    freed_by = models.OneToOneField(
        AppointmentChange, null=True, blank=True, on_delete=models.PROTECT, related_name="backfill"
    )
    offers_at_once = models.PositiveSmallIntegerField(default=OFFERS_AT_ONCE)
    answer_minutes = models.PositiveSmallIntegerField(default=ANSWER_MINUTES)
    status = models.CharField(max_length=10, choices=BackfillStatus, default=BackfillStatus.LOOKING)
    hold = models.ForeignKey(Hold, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Not one to one: a visit can move to an earlier time, and to an earlier one again.
    filled_by = models.ForeignKey(
        Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    next_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = BackfillQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(
                fields=["next_at"],
                condition=Q(status=BackfillStatus.LOOKING.value),
                name="scheduling_backfills_due",
            )
        ]
        constraints = [
            models.UniqueConstraint(
                "offering",
                "start",
                condition=Q(status=BackfillStatus.LOOKING.value),
                name="scheduling_one_backfill_per_start",
            ),
            models.CheckConstraint(condition=_A_FEW, name="scheduling_backfill_asks_a_few_for_a_while"),
            models.CheckConstraint(
                condition=Q(status=BackfillStatus.LOOKING, closed_at=None, next_at__isnull=False)
                | Q(
                    status__in=[s for s in BackfillStatus if s != BackfillStatus.LOOKING],
                    closed_at__isnull=False,
                    next_at=None,
                ),
                name="scheduling_backfill_goes_on_or_has_ended",
            ),
            models.CheckConstraint(
                condition=Q(status=BackfillStatus.FILLED, filled_by__isnull=False)
                | (~Q(status=BackfillStatus.FILLED) & Q(filled_by=None)),
                name="scheduling_filled_by_an_appointment",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="backfill_moves_forward",
                field="status",
                transitions=[
                    ("looking", "filled"),
                    ("looking", "nobody"),
                    ("looking", "gone"),
                    ("looking", "stopped"),
                ],
            ),
            pgtrigger.Protect(name="backfill_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"Backfill {self.uid}"


class WaitlistOfferQuerySet(models.QuerySet["WaitlistOffer"]):
    def of(self, organization: Organization) -> "WaitlistOfferQuerySet":
        """Offers of one organization."""
        return self.filter(backfill__organization=organization)

    def with_visits(self) -> "WaitlistOfferQuerySet":
        """The offers with what became of them, in one query."""
        return self.select_related("entry__instead_of", "appointment", "backfill__filled_by").order_by("id")

    def open(self, now: dt.datetime) -> "WaitlistOfferQuerySet":
        """Offers that can still be accepted at `now` (aware)."""
        return self.filter(appointment__status=AppointmentStatus.PROPOSED, expires_at__gt=now)

    def lapsed(self, now: dt.datetime) -> "WaitlistOfferQuerySet":
        """Offers whose time is over, and that nobody has closed yet."""
        return self.filter(appointment__status=AppointmentStatus.PROPOSED, expires_at__lte=now)


class WaitlistOffer(models.Model):
    """
    A freed start offered to somebody who waits. What became of it is the status of its `visit`.

    `reasons` says why this person at this place in the order, as it was then, without names or numbers.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    backfill = models.ForeignKey(Backfill, on_delete=models.PROTECT, related_name="offers")
    entry = models.ForeignKey(WaitlistEntry, on_delete=models.PROTECT, related_name="offers")
    appointment = models.OneToOneField(Appointment, on_delete=models.PROTECT, related_name="waitlist_offer")
    reasons = models.JSONField(default=list)
    offered_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    objects = WaitlistOfferQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint("backfill", "entry", name="scheduling_asked_once_about_a_start"),
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("offered_at")), name="scheduling_offer_leaves_time_to_answer"
            ),
        ]
        triggers = [pgtrigger.Protect(name="offer_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Offer {self.uid}"

    @property
    def visit(self) -> Appointment:
        """What the offer became: the visit that moved here if it was taken instead of a later one, else its own."""
        moved = self.backfill.filled_by
        return moved if moved is not None and moved.pk == self.entry.booked_as_id else self.appointment


class BackfillStep(models.Model):
    """What happened on the way to filling a freed start. Append-only; `reason` names no person."""

    backfill = models.ForeignKey(Backfill, on_delete=models.PROTECT, related_name="steps")
    kind = models.CharField(max_length=10, choices=BackfillStepKind)
    entry = models.ForeignKey(
        WaitlistEntry, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(max_length=300, blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    happened_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=BackfillStepKind.values), name="scheduling_backfill_step_is_known"
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="backfill_step_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)
        ]

    def __str__(self) -> str:
        return f"Step {self.pk}"
