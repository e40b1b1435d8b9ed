"""
Choose what goes next and commit the attempts.

Locks are taken without waiting (requests, recipients, appointments) and everything is checked again once they are
held: what is committed here was true of the appointment at that moment, and a cancellation that committed before
can no longer be overtaken.
"""

import datetime as dt
import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, models, transaction
from django.db.models import Exists, OuterRef
from psycopg.sql import SQL, Identifier

from notifications.channels import OutgoingMessage
from notifications.codes import AttemptStatus, Rank, RequestReason, RequestStatus
from notifications.dispatch.compose import CANNOT_BE_SAID, Composed, compose
from notifications.models import AccessLink, Communication, CommunicationRequest, ContactPoint
from notifications.operations.people import addresses, zone_of
from notifications.rules import channel_for, next_allowed, quiet

_READ_WITH_A_REQUEST = (
    "recipient__patient",
    "recipient__related_person",
    "appointment__location",
    "appointment__organization",
    "appointment__protocol",
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attempt:
    """
    A committed attempt on its way to the provider.

    `call_before` is on the monotonic clock: after half the lease no call starts, so that a process that was
    stopped and resumed cannot send what somebody else has meanwhile settled.
    """

    pk: int
    request_id: int
    channel: str
    message: OutgoingMessage
    call_before: float


def claim(*, now: dt.datetime, batch: int) -> list[Attempt]:
    """
    Commit attempts for up to `batch` due requests, one a recipient, most urgent first. `now` is aware.

    Never waits for a lock: what another sender, a booking or a plan holds is left for the next tick.
    """
    started = time.monotonic()
    with transaction.atomic():
        requests = _locked(now, batch)
        ready = [request for request in requests if not _shifted_by_quiet_hours(request, now)]
        points = _points(ready)
        composed = [letter for request in ready if (letter := _composed(request, points, now))]
        AccessLink.objects.bulk_create([letter.link for letter in composed])
        attempts = Communication.objects.bulk_create([_attempt(letter, now) for letter in composed])
    call_before = started + settings.DELIVERY_LEASE_SECONDS / 2
    return [
        Attempt(
            pk=attempt.pk,
            request_id=attempt.request_id,
            channel=attempt.channel,
            message=letter.outgoing(attempt.uid),
            call_before=call_before,
        )
        for attempt, letter in zip(attempts, composed, strict=True)
    ]


def _locked(now: dt.datetime, batch: int) -> list[CommunicationRequest]:
    """
    Return due requests, one a recipient, with themselves, their recipients and their appointments locked.

    The last query runs after the locks are held and sees what was committed before them: a cancellation, a move
    or another attempt that won the race is seen there.
    """
    candidates = _candidates(now, batch)
    if not candidates:
        return []
    free = _skip_locked("notifications_recipient", {c[1] for c in candidates}, "FOR NO KEY UPDATE")
    # Shared: senders do not hinder each other, and a move or a cancellation waits for this commit.
    steady = _skip_locked("scheduling_appointment", {c[2] for c in candidates if c[1] in free}, "FOR SHARE")
    chosen = {pk for pk, recipient, appointment in candidates if recipient in free and appointment in steady}
    found = (
        CommunicationRequest.objects.deliverable(now)
        .filter(~Exists(_in_flight()), pk__in=chosen)
        .select_related(*_READ_WITH_A_REQUEST)
        .order_by("rank", "next_at", "pk")
    )
    first: dict[int, CommunicationRequest] = {}
    for request in found:
        first.setdefault(request.recipient_id, request)
    return list(first.values())


def _candidates(now: dt.datetime, batch: int) -> list[tuple[int, int, int]]:
    """Lock and return (request, recipient, appointment) of what is due: corrections, then safety, then the rest."""
    found: list[tuple[int, int, int]] = []
    for rank in Rank.values:
        due = (
            CommunicationRequest.objects.deliverable(now)
            .filter(~Exists(_in_flight()), rank=rank)
            .select_for_update(of=("self",), skip_locked=True, no_key=True)
            .order_by("next_at")
            .values_list("pk", "recipient_id", "appointment_id")
        )
        found.extend(due[: batch - len(found)])
        if len(found) >= batch:
            break
    return found


def _in_flight() -> models.QuerySet[Communication]:
    return Communication.objects.in_flight().filter(recipient=OuterRef("recipient"))


def _skip_locked(table: str, ids: set[int], lock: str) -> set[int]:
    """Lock the rows nobody else holds and return their ids. Django has no FOR SHARE of its own."""
    with connection.cursor() as cursor:
        query = SQL("SELECT id FROM {} WHERE id = ANY(%s) ORDER BY id {} SKIP LOCKED")
        cursor.execute(query.format(Identifier(table), SQL(lock)), [list(ids)])
        return {pk for (pk,) in cursor.fetchall()}


def _shifted_by_quiet_hours(request: CommunicationRequest, now: dt.datetime) -> bool:
    """Put a request off when it is night where the person lives; True if it must wait."""
    location = request.appointment.location
    zone = zone_of(request.recipient.person, location.tz)
    begins, ends = location.quiet_from, location.quiet_until
    if request.time_critical or not quiet(now, zone=zone, quiet_from=begins, quiet_until=ends):
        return False
    allowed_at = next_allowed(now, zone=zone, quiet_from=begins, quiet_until=ends)
    CommunicationRequest.objects.filter(pk=request.pk).update(next_at=allowed_at)
    return True


def _points(requests: Iterable[CommunicationRequest]) -> dict[tuple[int, str, str], ContactPoint]:
    """Return the addresses of the requests' recipients as their organizations know them."""
    values = {v for request in requests for v in addresses(request.recipient.person).values()}
    found = ContactPoint.objects.filter(
        organization_id__in={request.organization_id for request in requests}, value__in=values
    )
    return {(point.organization_id, point.system, point.value): point for point in found}


def _composed(
    request: CommunicationRequest, points: dict[tuple[int, str, str], ContactPoint], now: dt.datetime
) -> Composed | None:
    """Return the request in words; one that cannot be put into words waits on hold and says why."""
    channel = channel_for(request.attempts_made, tuple(request.channels))
    address = addresses(request.recipient.person).get(channel or "")
    point = points.get((request.organization_id, channel or "", address or ""))
    if channel is None or point is None:
        _hold(request, RequestReason.UNREACHABLE)
        return None
    try:
        return compose(request=request, channel=channel, point=point, now=now)
    except CANNOT_BE_SAID:
        _hold(request, RequestReason.UNRENDERABLE)
        return None


def _hold(request: CommunicationRequest, reason: RequestReason) -> None:
    CommunicationRequest.objects.filter(pk=request.pk).update(
        status=RequestStatus.ON_HOLD, status_reason=reason
    )


def _attempt(letter: Composed, now: dt.datetime) -> Communication:
    return Communication(
        request=letter.request,
        recipient_id=letter.request.recipient_id,
        contact_point=letter.point,
        channel=letter.channel,
        subject=letter.rendered.subject[:200],
        text=letter.text_without_link,
        resend=letter.resend,
        status=AttemptStatus.PREPARATION,
        attempted_at=now,
        lease_until=now + dt.timedelta(seconds=settings.DELIVERY_LEASE_SECONDS),
    )
