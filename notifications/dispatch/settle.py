"""
What a sender left behind when it died: attempts whose lease lapsed, requests in doubt.

First the attempt becomes `unknown` and the request waits outside the due index, in one transaction. Then the
channel is asked what became of it, outside any transaction. Then the answer decides: found is sent; certainly
absent goes once more, and so does a safety message of which the channel cannot tell; all of it is listed.
"""

import datetime as dt
import logging

from django.db import transaction
from django.db.models import F, Q

from notifications.channels import LookUp, Presence, channel
from notifications.codes import AttemptStatus, RequestReason, RequestStatus
from notifications.models import Communication, CommunicationRequest
from notifications.operations import plan_again
from notifications.operations.calls import phone_instead
from procedures.steps import SafetyClass

log = logging.getLogger(__name__)
BATCH = 100


def settle_lapsed(*, now: dt.datetime) -> int:
    """Settle lapsed attempts and requests in doubt; returns how many requests were decided. `now` is aware."""
    _doubt_lapsed(now)
    doubtful = CommunicationRequest.objects.filter(
        status=RequestStatus.ON_HOLD, status_reason=RequestReason.IN_DOUBT
    ).order_by("expires_at")
    return sum(_settle(pk, now) for pk in doubtful.values_list("pk", flat=True)[:BATCH])


def _doubt_lapsed(now: dt.datetime) -> None:
    """Turn lapsed attempts into `unknown` and put their requests on hold."""
    with transaction.atomic():
        lapsed = Communication.objects.lapsed(now).select_for_update(skip_locked=True).order_by("lease_until")
        found = list(lapsed.values_list("pk", "uid", "request_id")[:BATCH])
        if not found:
            return
        Communication.objects.filter(pk__in=[pk for pk, _, _ in found]).update(
            status=AttemptStatus.UNKNOWN, status_reason="lease-lapsed", settled_at=now
        )
        CommunicationRequest.objects.open().filter(pk__in=[request for _, _, request in found]).update(
            status=RequestStatus.ON_HOLD,
            status_reason=RequestReason.IN_DOUBT,
            attempts_made=F("attempts_made") + 1,
        )
    for _, uid, _ in found:
        log.warning("notifications.attempt.unknown attempt=%s", uid)


def _settle(request_id: int, now: dt.datetime) -> bool:
    """Ask the channel about the newest doubtful attempt of a request and act on the answer; True if it did."""
    attempt = (
        Communication.objects.filter(request_id=request_id, status=AttemptStatus.UNKNOWN)
        .select_related("contact_point")
        .order_by("-attempted_at", "-id")
        .first()
    )
    if attempt is None:
        return False
    answer = channel(attempt.channel).look_up(
        attempt.uid, to=attempt.contact_point.value, since=attempt.attempted_at, text=attempt.text
    )
    with transaction.atomic():
        request = (
            CommunicationRequest.objects.select_for_update(no_key=True, of=("self",), skip_locked=True)
            .filter(pk=request_id, status=RequestStatus.ON_HOLD, status_reason=RequestReason.IN_DOUBT)
            .select_related(
                "appointment__organization", "appointment__location", "appointment__patient", "recipient"
            )
            .first()
        )
        if request is None:
            return False
        _note(attempt, answer, now)
        _decide(request, answer, now)
    return True


def _note(attempt: Communication, answer: LookUp, now: dt.datetime) -> None:
    """Write the channel's answer on the attempt; one that cannot tell leaves it unknown."""
    if answer.presence is Presence.CANNOT_TELL:
        return
    found = answer.presence is Presence.FOUND
    Communication.objects.filter(pk=attempt.pk, status=AttemptStatus.UNKNOWN).update(
        status=AttemptStatus.COMPLETED if found else AttemptStatus.NOT_DONE,
        status_reason="found-by-look-up" if found else Communication.ABSENT,
        provider_reference=answer.provider_ref[:120],
        settled_at=now,
    )


def _decide(request: CommunicationRequest, answer: LookUp, now: dt.datetime) -> None:
    """Close the request, or let it go once more while its window lasts."""
    if answer.presence is Presence.FOUND:
        request.status, request.status_reason, request.closed_at = (
            RequestStatus.COMPLETED,
            RequestReason.NONE,
            now,
        )
    elif _may_be_resent(request, answer, now):
        request.status, request.next_at = RequestStatus.ACTIVE, now
        # Planned before it goes: while it was in doubt, no plan touched its hold, its times or its channels.
        plan_again(appointment_id=request.appointment_id)
    else:
        # Perhaps sent counts as told; certainly not sent does not.
        absent = answer.presence is Presence.ABSENT
        request.status = RequestStatus.REVOKED if absent else RequestStatus.COMPLETED
        request.closed_at = now
        if request.safety == SafetyClass.SAFETY:
            phone_instead(request=request, reason=RequestReason.IN_DOUBT, now=now)
    request.save(update_fields=["status", "status_reason", "next_at", "closed_at"])


def _may_be_resent(request: CommunicationRequest, answer: LookUp, now: dt.datetime) -> bool:
    """
    Return whether the request goes once more, while its window lasts.

    What certainly did not arrive is owed as before, whatever its class; only safety is worth a second copy when
    the channel cannot tell.
    """
    left_again = ~Q(status=AttemptStatus.NOT_DONE) | Q(status_reason=Communication.ABSENT)
    resent = request.attempts.filter(left_again, resend=True).exists()
    worth_it = request.safety == SafetyClass.SAFETY or answer.presence is Presence.ABSENT
    return worth_it and not resent and now < request.expires_at
