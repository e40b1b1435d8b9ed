"""What the roof itself stores: which requests have been answered already."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q

from cryoclinic.accounts.models import ApiClient, Organization

# How long an answer is kept for a repetition [ops].
KEPT_FOR = dt.timedelta(hours=24)
# How long a request may take from its claim to the transaction that keeps hold of it [ops].
TAKES_HOLD_WITHIN = dt.timedelta(seconds=2)


class IdempotencyKeyQuerySet(models.QuerySet["IdempotencyKey"]):
    def expired(self, now: dt.datetime) -> "IdempotencyKeyQuerySet":
        """Keys older than what we promise to remember."""
        return self.filter(created_at__lte=now - KEPT_FOR)


class IdempotencyKey(models.Model):
    """
    One request that named a key, and its answer once there is one.

    The row is inserted before the request runs, so that of several with the same key one runs, and locked while it
    does. `claimed_at` is when the running one began. `status` is null until it has answered.
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+")
    client = models.ForeignKey(ApiClient, null=True, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    method = models.CharField(max_length=10)
    path = models.CharField(max_length=500)
    request_sha256 = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)
    claimed_at = models.DateTimeField()
    created_at = models.DateTimeField()

    objects = IdempotencyKeyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["created_at"], name="cryoclinic_key_age")]
        constraints = [
            models.UniqueConstraint(
                "organization",
                "client",
                "user",
                "key",
                name="cryoclinic_idempotency_key_used_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(client__isnull=False) | Q(user__isnull=False),
                name="cryoclinic_idempotency_key_has_an_owner",
            ),
            models.CheckConstraint(
                condition=Q(status=None) | Q(status__gte=200, status__lt=500),
                name="cryoclinic_answer_of_a_server_error_is_not_kept",
            ),
        ]

    def __str__(self) -> str:
        return f"Idempotency key {self.pk}"

    def has_taken_hold(self, now: dt.datetime) -> bool:
        """Whether the request that claimed the key keeps hold of the row by `now` (aware), if it still runs."""
        return self.claimed_at <= now - TAKES_HOLD_WITHIN
