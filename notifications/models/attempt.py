"""What was tried: one row an attempt, committed before the provider is called."""

import datetime as dt
import uuid

import pgtrigger
from django.db import models
from django.db.models import Q

from notifications.codes import DELIVERY_RANK, AttemptStatus, ContactSystem, DeliveryStatus
from notifications.models.contact import ContactPoint, Recipient
from notifications.models.request import CommunicationRequest
from scheduling.models import Appointment


class CommunicationQuerySet(models.QuerySet["Communication"]):
    def in_flight(self) -> "CommunicationQuerySet":
        """Attempts whose outcome nobody has recorded."""
        return self.filter(status=AttemptStatus.PREPARATION)

    def lapsed(self, now: dt.datetime) -> "CommunicationQuerySet":
        """Attempts whose sender had its time and said nothing: it died, or was stopped."""
        return self.in_flight().filter(lease_until__lte=now)


class Communication(models.Model):
    """
    One attempt to send a request over one channel to one address.

    Committed before the call, so that a sender that dies leaves a trace: after `lease_until` the attempt becomes
    `unknown`, never silently repeated. `text` is what was sent, with the personal link left out; `segments` are the
    parts it took as SMS. `delivery` is the furthest the provider has reported, and only ever moves up.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    request = models.ForeignKey(CommunicationRequest, on_delete=models.PROTECT, related_name="attempts")
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="attempts")
    contact_point = models.ForeignKey(ContactPoint, on_delete=models.PROTECT, related_name="attempts")
    channel = models.CharField(max_length=10)
    subject = models.CharField(max_length=200, blank=True)
    text = models.TextField()
    resend = models.BooleanField(
        default=False, help_text="Repeats a safety message whose first sending is in doubt."
    )
    status = models.CharField(max_length=12, choices=AttemptStatus, default=AttemptStatus.PREPARATION)
    status_reason = models.CharField(max_length=60, blank=True)
    provider = models.CharField(max_length=20, blank=True)
    provider_reference = models.CharField(max_length=120, blank=True)
    segments = models.PositiveSmallIntegerField(null=True, blank=True)
    calendar_sequence = models.PositiveIntegerField(
        null=True, blank=True, help_text="The revision of the visit that its calendar entry shows."
    )
    delivery = models.CharField(
        max_length=12, choices=DeliveryStatus, blank=True, default=DeliveryStatus.NONE
    )
    delivery_reason = models.CharField(max_length=60, blank=True)
    delivery_at = models.DateTimeField(null=True, blank=True)
    attempted_at = models.DateTimeField()
    lease_until = models.DateTimeField()
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = CommunicationQuerySet.as_manager()

    # The reason of an attempt that was in doubt until its channel said that nothing had arrived.
    ABSENT = "absent-by-look-up"

    class Meta:
        indexes = [
            models.Index(
                fields=["lease_until"], condition=Q(status="preparation"), name="notifications_leases"
            ),
            # Reports about SMS name the attempt; some about email know nothing but the provider's own name for it.
            models.Index(
                fields=["provider_reference"],
                condition=Q(channel=ContactSystem.EMAIL) & ~Q(provider_reference=""),
                name="notifications_email_reference",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                "recipient",
                condition=Q(status=AttemptStatus.PREPARATION),
                name="notifications_one_attempt_in_flight_per_recipient",
            ),
            # One that was certainly not sent does not count: its call was never made, or was refused.
            models.UniqueConstraint(
                "request",
                condition=Q(resend=True) & ~Q(status=AttemptStatus.NOT_DONE),
                name="notifications_resent_once",
            ),
            models.CheckConstraint(
                condition=Q(status=AttemptStatus.PREPARATION, settled_at=None)
                | ~Q(status=AttemptStatus.PREPARATION) & Q(settled_at__isnull=False),
                name="notifications_attempt_settled_at_a_time",
            ),
            models.CheckConstraint(
                condition=Q(lease_until__gt=models.F("attempted_at")), name="notifications_lease_has_a_length"
            ),
            models.CheckConstraint(
                condition=Q(delivery=DeliveryStatus.NONE, delivery_at=None)
                | ~Q(delivery=DeliveryStatus.NONE) & Q(delivery_at__isnull=False),
                name="notifications_delivery_reported_at_a_time",
            ),
        ]
        triggers = [
            pgtrigger.FSM(
                name="attempt_moves_forward",
                field="status",
                transitions=[
                    ("preparation", "completed"),
                    ("preparation", "not-done"),
                    ("preparation", "unknown"),
                    ("unknown", "completed"),
                    ("unknown", "not-done"),
                ],
            ),
            pgtrigger.FSM(
                name="delivery_moves_up",
                field="delivery",
                transitions=[
                    (earlier.value, later.value)
                    for earlier, low in DELIVERY_RANK.items()
                    for later, high in DELIVERY_RANK.items()
                    if low < high
                ],
            ),
            pgtrigger.Protect(name="attempt_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"Attempt {self.uid}"


class AccessLinkQuerySet(models.QuerySet["AccessLink"]):
    def usable(self, now: dt.datetime) -> "AccessLinkQuerySet":
        """Links that still open the page."""
        return self.filter(revoked_at=None, expires_at__gt=now)


class AccessLink(models.Model):
    """
    The right to open one person's page of one appointment. Only the hash of the token is stored.

    Every message carries a link of its own; all of them show today's truth after the date of birth.
    """

    token_sha256 = models.CharField(max_length=64, unique=True)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="access_links")
    recipient = models.ForeignKey(Recipient, on_delete=models.PROTECT, related_name="access_links")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    failed_tries = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)

    objects = AccessLinkQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=models.F("created_at")),
                name="notifications_link_expires_after_it_began",
            ),
        ]

    def __str__(self) -> str:
        return f"Link {self.pk}"
