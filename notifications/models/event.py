"""What providers report of messages they were given: kept as it came, applied once."""

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q

from notifications.codes import DeliveryStatus
from notifications.models.attempt import Communication


class ProviderEventQuerySet(models.QuerySet["ProviderEvent"]):
    def waiting(self) -> "ProviderEventQuerySet":
        """Reports nobody has applied, in the order in which they came."""
        return self.filter(applied_at=None).order_by("id")


class ProviderEvent(models.Model):
    """
    One report, as the provider sent it. The same report again is the same row.

    `delivery` is our reading of it, empty for what says nothing about delivery. `attempt_uid` or
    `provider_reference` says which attempt it is about; one that is not known here waits until it is.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=200)
    attempt_uid = models.UUIDField(null=True, blank=True)
    provider_reference = models.CharField(max_length=120, blank=True)
    delivery = models.CharField(max_length=12, choices=DeliveryStatus, blank=True)
    reason = models.CharField(max_length=60, blank=True)
    address_is_bad = models.BooleanField(default=False)
    opted_out = models.BooleanField(default=False)
    raw = models.JSONField()
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True, blank=True)
    attempt = models.ForeignKey(
        Communication, null=True, blank=True, on_delete=models.PROTECT, related_name="events"
    )

    objects = ProviderEventQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["id"], condition=Q(applied_at=None), name="notifications_events_waiting"),
        ]
        constraints = [
            models.UniqueConstraint("provider", "event_id", name="notifications_event_arrives_once"),
            models.CheckConstraint(
                condition=Q(applied_at=None, attempt=None)
                | Q(applied_at__gte=F("received_at"), attempt__isnull=False),
                name="notifications_event_applied_to_an_attempt",
            ),
        ]
        triggers = [pgtrigger.Protect(name="event_is_kept", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Event {self.uid}"
