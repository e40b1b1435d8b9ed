"""Write down what came of a batch, and decide what follows from each failure."""

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection, transaction

from notifications.codes import AttemptStatus, ContactState, RequestReason, RequestStatus
from notifications.dispatch.allowance import RATE_LIMITED
from notifications.dispatch.circuit import note_calls
from notifications.models import Communication, CommunicationRequest
from notifications.operations.calls import phone_instead
from notifications.operations.people import mark_contact_point
from notifications.rules import MAX_ATTEMPTS, TRIES_PER_CHANNEL, retry_at
from procedures.steps import SafetyClass

log = logging.getLogger(__name__)
# The reason of an attempt whose call was never made, because its sender woke up too late.
LEASE_HALF_GONE = "lease-half-gone"
# Nothing was tried with these, so nothing counts.
NEVER_CALLED = frozenset({LEASE_HALF_GONE, RATE_LIMITED})


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of one attempt. `refused` is for good; `bad_address` means nothing else need be tried there."""

    attempt_id: int
    request_id: int
    status: AttemptStatus
    channel: str = ""
    reason: str = ""
    provider_reference: str = ""
    provider: str = ""
    after: dt.timedelta | None = None
    refused: bool = False
    bad_address: bool = False


def record(outcomes: Sequence[Outcome], *, now: dt.datetime) -> None:
    """
    Record a batch in one transaction. `now` is aware.

    An attempt whose lease lapsed meanwhile is no longer in preparation: what was settled about it stands, except
    that a late "sent" is still news.
    """
    # By itself and first: it takes locks on appointments, which must not be waited for while requests are locked.
    for outcome in outcomes:
        if outcome.bad_address:
            _mark_bad(outcome, now)
    with transaction.atomic():
        recorded = _settle_attempts(outcomes, now)
        mine = [outcome for outcome in outcomes if outcome.attempt_id in recorded]
        _complete([o.request_id for o in mine if o.status == AttemptStatus.COMPLETED], now)
        for outcome in mine:
            if outcome.status != AttemptStatus.COMPLETED:
                _after_failure(outcome, now)
    # By themselves: a channel's row and a timeline are held by nobody who waits for requests.
    note_calls(
        [(o.channel, _answered(o)) for o in outcomes if o.channel and o.reason not in NEVER_CALLED], now=now
    )
    _plan_rungs_anew([o.request_id for o in mine if o.status == AttemptStatus.COMPLETED])


def _answered(outcome: Outcome) -> bool:
    """Return whether the provider said something, if only a refusal."""
    return outcome.status == AttemptStatus.COMPLETED or outcome.refused


def _plan_rungs_anew(request_ids: list[int]) -> None:
    """Have plans made again whose question went over another channel than the plan counted on asking again over."""
    if not request_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE notifications_timeline AS timeline
            SET planned_revision = planned_revision - 1, wanted_since = now()
            FROM notifications_communicationrequest AS request
            JOIN notifications_communication AS attempt ON attempt.request_id = request.id
            WHERE request.id = ANY(%s) AND request.answer = 'confirm' AND request.rung = 0
              AND attempt.status = 'completed' AND attempt.channel <> request.channels[1]
              AND timeline.appointment_id = request.appointment_id
              AND timeline.planned_revision > 0 AND timeline.planned_revision = timeline.wanted_revision
            """,
            [request_ids],
        )


def _settle_attempts(outcomes: Sequence[Outcome], now: dt.datetime) -> set[int]:
    """One statement for the batch: the ORM's `bulk_update` takes three times as long."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE notifications_communication AS attempt
            SET status = new.status, status_reason = new.reason, provider_reference = new.reference, provider = new.provider, settled_at = %s
            FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::text[], %s::text[])
                AS new (id, status, reason, reference, provider)
            WHERE attempt.id = new.id
              AND (attempt.status = 'preparation' OR (attempt.status = 'unknown' AND new.status = 'completed'))
            RETURNING attempt.id
            """,
            [
                now,
                [outcome.attempt_id for outcome in outcomes],
                [outcome.status.value for outcome in outcomes],
                [outcome.reason[:60] for outcome in outcomes],
                [outcome.provider_reference[:120] for outcome in outcomes],
                [outcome.provider[:20] for outcome in outcomes],
            ],
        )
        return {pk for (pk,) in cursor.fetchall()}


def _complete(request_ids: list[int], now: dt.datetime) -> None:
    """Close sent requests, whatever a plan has meanwhile put them on hold for; the late word settles a doubt."""
    if not request_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            UPDATE notifications_communicationrequest
            SET status = 'completed', status_reason = '', closed_at = %s, attempts_made = attempts_made + 1
            WHERE id = ANY(%s) AND status IN ('active', 'on-hold')
            """,
            [now, request_ids],
        )


def _after_failure(outcome: Outcome, now: dt.datetime) -> None:
    """Try again inside the window, wait in doubt, or give up with a reason and, for safety, a phone task."""
    request = (
        CommunicationRequest.objects.select_for_update(no_key=True, of=("self",))
        .select_related(
            "appointment__organization", "appointment__location", "appointment__patient", "recipient"
        )
        .get(pk=outcome.request_id)
    )
    if outcome.status == AttemptStatus.UNKNOWN and request.closed_at is None:
        # In doubt before anything else: a plan that holds it meanwhile must not let it go as if never tried.
        request.attempts_made += 1
        request.status, request.status_reason = RequestStatus.ON_HOLD, RequestReason.IN_DOUBT
    elif request.status == RequestStatus.ACTIVE:
        _retry_or_give_up(request, outcome, now)
    elif (request.status, request.status_reason) == (RequestStatus.ON_HOLD, RequestReason.SUPERSEDED):
        # The plan changed while it was on its way; now it is certain that it was not sent.
        request.status, request.closed_at = RequestStatus.REVOKED, now
    else:
        return
    request.save(update_fields=["attempts_made", "status", "status_reason", "next_at", "closed_at"])


def _mark_bad(outcome: Outcome, now: dt.datetime) -> None:
    attempt = Communication.objects.select_related("contact_point").get(pk=outcome.attempt_id)
    state = ContactState.OPTED_OUT if outcome.reason == "opted-out" else ContactState.INVALID
    mark_contact_point(point=attempt.contact_point, state=state, now=now)


def _retry_or_give_up(request: CommunicationRequest, outcome: Outcome, now: dt.datetime) -> None:
    if outcome.reason in NEVER_CALLED:
        # It is as due as before, but for the wait that a full provider asks for.
        request.next_at = now + (outcome.after or dt.timedelta())
        return
    request.attempts_made = _turns_used(request, outcome)
    again = _again_at(request, outcome, now)
    if again is not None and again < request.expires_at:
        request.next_at = again
        return
    request.status, request.status_reason = RequestStatus.REVOKED, RequestReason.GAVE_UP
    request.closed_at = now
    log.warning("notifications.request.gave-up request=%s reason=%s", request.uid, outcome.reason)
    if request.safety == SafetyClass.SAFETY:
        phone_instead(request=request, reason=RequestReason.GAVE_UP, now=now)


def _turns_used(request: CommunicationRequest, outcome: Outcome) -> int:
    """Return the attempts made, this one included; a refusal for good uses up all turns of its channel."""
    if outcome.refused and not outcome.bad_address:
        return (request.attempts_made // TRIES_PER_CHANNEL + 1) * TRIES_PER_CHANNEL
    return request.attempts_made + 1


def _again_at(request: CommunicationRequest, outcome: Outcome, now: dt.datetime) -> dt.datetime | None:
    """Return when another try makes sense, or None."""
    if outcome.bad_address:
        # The address is marked, so the plan is behind and will choose another channel or ask for a call.
        return now
    if outcome.refused:
        another_channel = request.attempts_made < TRIES_PER_CHANNEL * len(request.channels)
        return now if another_channel else None
    if request.attempts_made >= MAX_ATTEMPTS:
        return None
    wait = outcome.after
    return (
        now + wait
        if wait
        else retry_at(attempt=request.attempts_made, now=now, expires_at=request.expires_at)
    )
