"""Not too many, and never the same over and over: the caps and the breaker, at the moment of sending."""

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from notifications.codes import AttemptStatus, RequestReason, RequestStatus
from notifications.models import Communication, CommunicationRequest
from notifications.operations.calls import phone_instead
from notifications.operations.people import zone_of
from notifications.rules import ONE_DAY, ONE_WEEK, next_allowed, room_at, tripped
from procedures.steps import SafetyClass

log = logging.getLogger(__name__)
ONE_HOUR = dt.timedelta(hours=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Sent:
    """Something a person was sent, or perhaps was, and when (aware)."""

    notice: str
    at: dt.datetime


History = Mapping[int, tuple[Sent, ...]]


def sent_to(requests: Iterable[CommunicationRequest], *, now: dt.datetime) -> History:
    """Return what the recipients were sent in the seven days before `now` (aware), by recipient, in one query."""
    recipients = {request.recipient_id for request in requests}
    rows = (
        Communication.objects.filter(recipient__in=recipients, attempted_at__gt=now - ONE_WEEK)
        .exclude(status=AttemptStatus.NOT_DONE)
        .values_list("recipient_id", "request__notice", "attempted_at")
    )
    found: dict[int, list[Sent]] = defaultdict(list)
    for recipient, notice, at in rows:
        found[recipient].append(Sent(notice=notice, at=at))
    return {recipient: tuple(sent) for recipient, sent in found.items()}


def is_stopped(request: CommunicationRequest, history: History, *, now: dt.datetime) -> bool:
    """
    Return whether a request must not go now, and note on it why.

    A repetition goes on hold until somebody has looked. What exceeds a cap is put off until there is room, or
    closed with that reason if its time is over by then.
    """
    sent = history.get(request.recipient_id, ())
    if not sent:
        return False
    if _repeats(request, sent, now=now):
        _hold_repetition(request, now)
        return True
    if request.safety == SafetyClass.SAFETY:
        return False
    return _put_off(request, sent, now=now)


def _repeats(request: CommunicationRequest, sent: Iterable[Sent], *, now: dt.datetime) -> bool:
    reset_at = request.recipient.breaker_reset_at
    counted = [each for each in sent if each.at > now - ONE_DAY and (reset_at is None or each.at > reset_at)]
    return tripped(
        sent_in_last_hour=sum(each.at > now - ONE_HOUR for each in counted),
        sent_in_last_day=len(counted),
        same_notice_in_last_day=sum(each.notice == request.notice for each in counted),
    )


def _hold_repetition(request: CommunicationRequest, now: dt.datetime) -> None:
    log.warning("notifications.breaker.tripped request=%s recipient=%s", request.uid, request.recipient_id)
    CommunicationRequest.objects.filter(pk=request.pk).update(
        status=RequestStatus.ON_HOLD, status_reason=RequestReason.BREAKER
    )
    phone_instead(request=request, reason=RequestReason.BREAKER, now=now)


def _put_off(request: CommunicationRequest, sent: Iterable[Sent], *, now: dt.datetime) -> bool:
    clinic, location = request.appointment.organization, request.appointment.location
    free_at = room_at(
        (each.at for each in sent), now=now, per_day=clinic.routine_per_day, per_week=clinic.routine_per_week
    )
    if free_at <= now:
        return False
    at = next_allowed(
        free_at,
        zone=zone_of(request.recipient.person, location.tz),
        quiet_from=location.quiet_from,
        quiet_until=location.quiet_until,
    )
    waiting = CommunicationRequest.objects.filter(pk=request.pk)
    if at < request.expires_at:
        waiting.update(next_at=at)
    else:
        waiting.update(status=RequestStatus.REVOKED, status_reason=RequestReason.CAPPED, closed_at=now)
    return True
