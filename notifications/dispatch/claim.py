"""
Choose what goes next and commit the attempts.

Everything is checked again once the locks are held: what is committed here was true of the appointment at that
moment, and a cancellation that committed before can no longer be overtaken.
"""

import datetime as dt
import logging
import time
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q

from notifications.codes import AttemptStatus, ContactState, ContactSystem, Rank, RequestReason, RequestStatus
from notifications.dispatch.beside import is_routine
from notifications.dispatch.circuit import Rest, resting
from notifications.dispatch.compose import CANNOT_BE_SAID, Composed, compose_somehow
from notifications.dispatch.due import lock_due, ranks_due
from notifications.dispatch.limits import is_stopped, sent_to
from notifications.dispatch.storing import Attempt, store
from notifications.models import Communication, CommunicationRequest, ContactPoint
from notifications.operations.calls import phone_instead
from notifications.operations.pauses import paused_channels
from notifications.operations.people import addresses, zone_of
from notifications.operations.undelivered import rerouted_among
from notifications.rules import TRIES_PER_CHANNEL, channel_for, next_allowed, quiet

log = logging.getLogger(__name__)
Points = dict[tuple[int, str, str], ContactPoint]


@dataclass(frozen=True, kw_only=True, slots=True)
class Roads:
    """Where messages may go: addresses that work, channels that clinics have paused, providers that rest."""

    points: Points
    paused: frozenset[tuple[int, str]]
    rest: Rest

    def open_to(self, request: CommunicationRequest) -> dict[str, ContactPoint]:
        """Return the request's channels that reach the person, are not paused and do not rest, in its order."""
        return {
            channel: point
            for channel, point in self._unpaused(request).items()
            if channel not in self.rest.until
        }

    def rests_until(self, request: CommunicationRequest) -> dt.datetime | None:
        """Return when a provider may be back that could have this request (aware); None if none is waited for."""
        return min(
            (self.rest.until[each] for each in self._unpaused(request) if each in self.rest.until),
            default=None,
        )

    def _unpaused(self, request: CommunicationRequest) -> dict[str, ContactPoint]:
        return {
            channel: point
            for channel, point in self._reaching(request).items()
            if (request.organization_id, channel) not in self.paused
        }

    def why_closed(self, request: CommunicationRequest) -> RequestReason:
        """Return why no channel is open."""
        if self._reaching(request):
            return RequestReason.KILL_SWITCH
        return RequestReason.REFUSED if self._known(request) else RequestReason.UNREACHABLE

    def _reaching(self, request: CommunicationRequest) -> dict[str, ContactPoint]:
        routine = is_routine(request)
        return {
            channel: point
            for channel, point in self._known(request).items()
            if not (routine and point.routine_refused_at)
        }

    def _known(self, request: CommunicationRequest) -> dict[str, ContactPoint]:
        known = addresses(request.recipient.person)
        return {
            channel: point
            for channel in request.channels
            if (point := self.points.get((request.organization_id, channel, known.get(channel, ""))))
        }


def claim(*, now: dt.datetime, batch: int) -> list[Attempt]:
    """
    Commit attempts for up to `batch` due requests, one a recipient, most urgent first. `now` is aware.

    Never waits for a lock: what another sender, a booking or a plan holds is left for the next tick. An empty list
    means that nothing can go now: what is put off until the morning or cannot be said makes room for the rest.
    """
    while True:
        seen, attempts = _commit(now, batch)
        if attempts or not seen:
            return attempts


def _commit(now: dt.datetime, batch: int) -> tuple[int, list[Attempt]]:
    """Commit one batch; return how many requests were looked at and the attempts."""
    started = time.monotonic()
    ranks = ranks_due(now=now)
    if not ranks:
        return 0, []
    with transaction.atomic():
        requests = lock_due(now=now, batch=batch, ranks=ranks)
        awake = [request for request in requests if not _shifted_by_quiet_hours(request, now)]
        history = sent_to(awake, now=now)
        ready = [request for request in awake if not is_stopped(request, history, now=now)]
        rest = resting({channel for request in ready for channel in request.channels}, now=now)
        roads = Roads(points=_points(ready), paused=paused_channels(ready), rest=rest)
        composed = [letter for request in ready if (letter := _composed(request, roads, now))]
        return len(requests), store(composed, resent=_doubtful(ready), now=now, started=started)


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


def _points(requests: Iterable[CommunicationRequest]) -> Points:
    """Return the addresses of the requests' recipients that work and may be used, as their organizations know them."""
    values = {v for request in requests for v in addresses(request.recipient.person).values()}
    found = ContactPoint.objects.filter(
        organization_id__in={request.organization_id for request in requests},
        # Named, all of them, because the index has it before the value.
        system__in=ContactSystem.values,
        value__in=values,
        state=ContactState.USABLE,
    )
    return {(point.organization_id, point.system, point.value): point for point in found}


def _doubtful(requests: Iterable[CommunicationRequest]) -> set[int]:
    """Return the requests of which an earlier attempt is, or was, in doubt or did not arrive: what goes now repeats it."""
    tried = [request for request in requests if request.attempts_made]
    if not tried:
        return set()
    in_doubt = Q(status=AttemptStatus.UNKNOWN) | Q(status_reason=Communication.ABSENT)
    doubtful = Communication.objects.filter(in_doubt, request__in=tried).values_list("request_id", flat=True)
    return set(doubtful) | rerouted_among(tried)


def _composed(request: CommunicationRequest, roads: Roads, now: dt.datetime) -> Composed | None:
    """Return the request in words; one that cannot be put into words waits on hold, says why, and is phoned."""
    ways = _ways(request, roads)
    if not ways:
        _wait(request, roads, now)
        return None
    try:
        letter = compose_somehow(request=request, ways=ways, now=now)
    except (*CANNOT_BE_SAID, LookupError, TypeError, ValueError) as error:
        # Whatever is wrong with one message must not keep all the others from going.
        log.warning(
            "notifications.request.unrenderable request=%s error=%s", request.uid, type(error).__name__
        )
        _hold(request, RequestReason.UNRENDERABLE, now)
        return None
    roads.rest.used(letter.channel, now=now)
    return letter


def _ways(request: CommunicationRequest, roads: Roads) -> list[tuple[str, ContactPoint]]:
    """
    Return the channel whose turn it is, then those that may stand in for it because they have more room.

    No others stand in for a change, which is pressing and goes by the way that was chosen for it; nor once the
    first channel had its tries, or a message would never go by the one that works.
    """
    reaching = roads.open_to(request)
    turn = channel_for(request.attempts_made, tuple(request.channels))
    if turn not in reaching:
        turn = next(iter(reaching), None)
    may_stand_in = request.rank != Rank.CHANGE and request.attempts_made < TRIES_PER_CHANNEL
    others = [channel for channel in reaching if channel != turn and may_stand_in]
    return [(channel, reaching[channel]) for channel in (turn, *others) if channel]


def _wait(request: CommunicationRequest, roads: Roads, now: dt.datetime) -> None:
    """Put a request off until its provider may be back, or hold it for as long as no channel is open."""
    back_at = roads.rests_until(request)
    if back_at is None:
        _hold(request, roads.why_closed(request), now)
    else:
        CommunicationRequest.objects.filter(pk=request.pk).update(next_at=back_at)


def _hold(request: CommunicationRequest, reason: RequestReason, now: dt.datetime) -> None:
    if reason == RequestReason.REFUSED:
        # Their wish, so there is nothing to wait for and nobody to phone.
        CommunicationRequest.objects.filter(pk=request.pk).update(
            status=RequestStatus.REVOKED, status_reason=reason, closed_at=now
        )
        return
    CommunicationRequest.objects.filter(pk=request.pk).update(
        status=RequestStatus.ON_HOLD, status_reason=reason
    )
    if reason != RequestReason.KILL_SWITCH:
        phone_instead(request=request, reason=reason, now=now)
