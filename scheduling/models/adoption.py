"""Which protocol version a location took up, when, and who decided. Append-only."""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from procedures.models import Protocol
from scheduling.models.offering import ProcedureOffering


class ProtocolAdoption(models.Model):
    """
    An offering took up a protocol version. `previous` is the one it had, None if it had none.

    Until the version is in force on the location's date, new bookings go on under `previous`.
    """

    offering = models.ForeignKey(ProcedureOffering, on_delete=models.PROTECT, related_name="adoptions")
    protocol = models.ForeignKey(Protocol, on_delete=models.PROTECT, related_name="adoptions")
    previous = models.ForeignKey(Protocol, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    adopted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    adopted_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(previous=None) | ~Q(previous=F("protocol")),
                name="scheduling_adoption_changes_the_version",
            ),
        ]
        triggers = [pgtrigger.Protect(name="adoption_is_kept", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"Adoption {self.pk}"
