"""A message that is too late is not sent as if in time: it is closed, and a person phones where safety asks for it."""

import datetime as dt

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from notifications.codes import RequestReason, RequestStatus
from notifications.models import Communication, CommunicationRequest
from notifications.operations.calls import phone_instead
from procedures.steps import SafetyClass

BATCH = 200
_plan_is_current = Q(appointment__timeline__planned_revision=F("appointment__timeline__wanted_revision"))


def expire_overdue(*, now: dt.datetime) -> int:
    """
    Close open requests whose time has passed, with a phone task for safety messages. `now` is aware.

    What is on its way, or in doubt, is left to whoever settles it; what waits for a new plan, to that plan, which
    may know that nobody need be phoned any more.
    """
    in_flight = Communication.objects.in_flight().filter(request=OuterRef("pk"))
    with transaction.atomic():
        overdue = (
            CommunicationRequest.objects.open()
            .filter(~Exists(in_flight), expires_at__lte=now)
            .filter(_plan_is_current | Q(appointment__timeline__failures__gt=0))
            .exclude(status=RequestStatus.ON_HOLD, status_reason=RequestReason.IN_DOUBT)
            .select_related(
                "appointment__organization", "appointment__location", "appointment__patient", "recipient"
            )
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("expires_at")
        )
        requests = list(overdue[:BATCH])
        CommunicationRequest.objects.filter(pk__in=[request.pk for request in requests]).update(
            status=RequestStatus.REVOKED, status_reason=RequestReason.EXPIRED, closed_at=now
        )
        for request in requests:
            if request.safety == SafetyClass.SAFETY:
                phone_instead(request=request, reason=RequestReason.EXPIRED, now=now)
    return len(requests)
