"""What people write back, as it came."""

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q

from cryoclinic.accounts.models import Organization
from notifications.codes import ContactSystem, InboundStatus
from notifications.models.contact import Recipient
from scheduling.models import Appointment


class InboundMessageQuerySet(models.QuerySet["InboundMessage"]):
    def waiting(self) -> "InboundMessageQuerySet":
        """Messages nobody has applied, in the order in which they came."""
        return self.filter(status=InboundStatus.RECEIVED).order_by("id")


class InboundMessage(models.Model):
    """
    A message from a person. The same message again is the same row; what it says is never changed.

    `understood_as` is the kind of reply it was taken for. `appointment` and `recipient` are set when there is no
    doubt whose it is. `answered_at` is when we answered it; we do so at most once.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    provider = models.CharField(max_length=20)
    provider_id = models.CharField(max_length=200)
    system = models.CharField(max_length=10, choices=ContactSystem)
    address = models.CharField(max_length=254)
    our_address = models.CharField(max_length=254, blank=True)
    text = models.TextField(blank=True)
    carrier_word = models.CharField(max_length=20, blank=True)
    carrier_answered = models.BooleanField(
        default=False, help_text="The carrier knew the word and has answered it; we must not."
    )
    received_at = models.DateTimeField()
    status = models.CharField(max_length=12, choices=InboundStatus, default=InboundStatus.RECEIVED)
    understood_as = models.CharField(max_length=20, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    organization = models.ForeignKey(
        Organization,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="inbound_messages",
        help_text="Who wrote to this address last; empty while nobody knows it.",
    )
    appointment = models.ForeignKey(
        Appointment, null=True, blank=True, on_delete=models.PROTECT, related_name="inbound_messages"
    )
    recipient = models.ForeignKey(
        Recipient, null=True, blank=True, on_delete=models.PROTECT, related_name="inbound_messages"
    )

    objects = InboundMessageQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["id"], condition=Q(status="received"), name="notifications_inbound_waiting"),
            models.Index(fields=["address", "-received_at"], name="notifications_inbound_from"),
        ]
        constraints = [
            models.UniqueConstraint("provider", "provider_id", name="notifications_reply_arrives_once"),
            models.CheckConstraint(
                condition=Q(status=InboundStatus.RECEIVED, applied_at=None, answered_at=None)
                | Q(status=InboundStatus.APPLIED, applied_at__gte=F("received_at")),
                name="notifications_reply_applied_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(status=InboundStatus.APPLIED, understood_as=""),
                name="notifications_applied_reply_was_understood_as_something",
            ),
        ]
        triggers = [
            pgtrigger.FSM(name="reply_moves_forward", field="status", transitions=[("received", "applied")]),
            pgtrigger.Protect(name="reply_is_kept", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"Inbound message {self.uid}"
