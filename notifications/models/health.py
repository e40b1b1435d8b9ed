"""How delivery itself is doing: when each sweep last ran, and which provider rests."""

from django.db import models
from django.db.models import Q


class Heartbeat(models.Model):
    """When a sweep last came to its end. One row a sweep, overwritten."""

    name = models.CharField(max_length=60, primary_key=True)
    beat_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Heartbeat {self.name}"


class ProviderState(models.Model):
    """
    How often in a row a channel's provider has failed, and until when all workers leave it alone.

    A row that says nothing but zero is the same as no row. While `paused_until` lies in the past and failures
    stand, one message at a time tries whether the provider is back.
    """

    channel = models.CharField(max_length=10, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    pauses = models.PositiveIntegerField(default=0, help_text="In a row, without a success in between.")
    paused_until = models.DateTimeField(null=True, blank=True)
    failing_since = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(failures=0, pauses=0, paused_until=None, failing_since=None)
                | Q(failures__gt=0, failing_since__isnull=False),
                name="notifications_provider_pauses_for_failures",
            ),
        ]

    def __str__(self) -> str:
        return f"Provider of {self.channel}"
