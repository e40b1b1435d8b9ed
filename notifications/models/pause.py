"""The kill switch of one channel: who pulled it, when, and who let it go again."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from cryoclinic.accounts.models import Organization
from notifications.codes import ContactSystem


class ChannelPauseQuerySet(models.QuerySet["ChannelPause"]):
    def standing(self) -> "ChannelPauseQuerySet":
        """Pauses nobody has ended."""
        return self.filter(resumed_at=None)


class ChannelPause(models.Model):
    """
    A channel over which a clinic sends nothing for now.

    What another channel can carry goes there; the rest waits on hold, outside the due index, until the pause ends.
    """

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="channel_pauses")
    channel = models.CharField(max_length=10, choices=ContactSystem)
    reason = models.CharField(max_length=200)
    paused_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    paused_at = models.DateTimeField()
    resumed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    resumed_at = models.DateTimeField(null=True, blank=True)

    objects = ChannelPauseQuerySet.as_manager()

    class Meta:
        ordering = ["-paused_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                "organization",
                "channel",
                condition=Q(resumed_at=None),
                name="notifications_channel_paused_once",
            ),
            models.CheckConstraint(
                condition=Q(resumed_at=None, resumed_by=None)
                | Q(resumed_at__gte=F("paused_at"), resumed_by__isnull=False),
                name="notifications_pause_ended_by_somebody",
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="notifications_pause_has_a_reason"),
        ]

    def __str__(self) -> str:
        return f"Pause {self.uid}"
