"""
Make what is owed equal to what the plan says.

Level-triggered and idempotent: it does not matter why it is called, or how often. The appointment's row is locked
throughout, so that no sender commits an attempt against half a plan.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.db import DEFAULT_DB_ALIAS, connection, transaction

from notifications.codes import AttemptStatus, RequestReason, RequestStatus
from notifications.models import Communication, CommunicationRequest
from notifications.operations.answering import answering_of
from notifications.operations.behind import planned_after_all
from notifications.operations.calls import open_calls, settle_calls_outlived, settle_medicine_tasks
from notifications.operations.following import recipients_follow
from notifications.operations.inputs import Inputs, inputs_of, told_of
from notifications.operations.new_requests import CHANGES, Identity, owe
from notifications.operations.offered import offer_to_plan
from notifications.operations.people import contact_points, people_told, planned_recipients, recipient_ids
from notifications.operations.rewording import open_rewording_calls
from notifications.operations.rows import update_rows
from notifications.operations.traces import Traces, traces_of
from notifications.operations.undelivered import turns_used
from notifications.planning import (
    Answering,
    PlannedMessage,
    TimelinePlan,
    Told,
    facts_as_json,
    plan_offer,
    plan_timeline,
    with_ladder,
)
from notifications.planning import Recipient as PlannedRecipient
from scheduling.models import Appointment
from scheduling.models.reading import appointment_with_facts

_LOCK = "SELECT FROM scheduling_appointment WHERE id = %s FOR NO KEY UPDATE"
_ADJUSTED = ("due_at", "next_at", "expires_at", "channels", "time_critical", "status", "status_reason")
# In the model's order, in which Django takes values from a row.
_COMPARED = tuple(
    field.attname
    for field in CommunicationRequest._meta.concrete_fields  # noqa: SLF001 - Django's documented name for it
    if field.attname in {*_ADJUSTED, "id", "recipient_id", "notice", "facts_sha256", "trigger", "rung",
                         "attempts_made", "closed_at"}
)  # fmt: skip
# Not those revoked because the plan changed, or that must go another way. Locked, since a sender may be closing one at
# this moment.
_IN_THE_WAY = f"""
    SELECT {", ".join(_COMPARED)} FROM notifications_communicationrequest
    WHERE appointment_id = %s AND NOT (status = 'revoked' AND status_reason = 'superseded')
        AND NOT (status = 'completed' AND status_reason = 'rerouted')
    ORDER BY id FOR NO KEY UPDATE
"""  # noqa: S608 - the names stand above
_CLOSE = """
    UPDATE notifications_communicationrequest SET status = %s, status_reason = %s, closed_at = %s WHERE id = ANY(%s)
"""
_STORE = """
    UPDATE notifications_timeline
    SET planned_revision = %s, planned_at = %s, wanted_since = NULL, not_owed = %s, failure = '', failures = 0,
        next_try_at = NULL, call_opens_at = %s
    WHERE appointment_id = %s
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Reconciled:
    """What changed: requests created, revoked, and held or released."""

    created: int
    revoked: int
    changed: int


def reconcile_timeline(*, appointment_id: int, now: dt.datetime, wait: bool = True) -> Reconciled | None:
    """
    Plan the appointment as it is now and store the revision that was planned. `now` is aware.

    Returns None without `wait` when somebody else is changing or planning the appointment.

    :raises Appointment.DoesNotExist: if there is no such appointment
    :raises InvalidCase: if what is recorded about the patient does not make a case
    """
    with transaction.atomic():
        # By itself: a statement that waits for the lock reads the rows it joins as they were before it waited.
        if not _locked(appointment_id, wait=wait):
            return None
        traces = traces_of(appointment_id)
        appointment = appointment_with_facts(appointment_id)
        if traces.strangers and recipients_follow(appointment):
            traces = traces_of(appointment_id)
        inputs = inputs_of(appointment)
        told = told_of(appointment) if traces.attempts else ()
        people = people_told(appointment)
        points = contact_points(
            appointment.organization_id, [person for person, _ in people.values()], known=traces.points
        )
        recipients = planned_recipients(appointment, people, points)
        answering = answering_of(appointment, has_answer=traces.answered)
        plan = _offered(appointment, inputs, recipients) or _plan(inputs, recipients, told, answering, now)
        ids = recipient_ids(appointment, people, known=traces.recipients)
        done = _apply(appointment, plan, ids, traces, now)
        open_calls(appointment=appointment, calls=plan.calls, settle=traces.tasks, now=now)
        languages = {recipient.key: recipient.language for recipient in recipients}
        if traces.reworded:
            open_rewording_calls(appointment=appointment, told=told, languages=languages, now=now)
        settle_medicine_tasks(
            appointment=appointment, inputs=inputs, messages=plan.messages, settle=traces.tasks, now=now
        )
        _store(appointment, plan, now)
        if traces.tasks:
            settle_calls_outlived(appointment=appointment, messages=plan.messages, now=now)
            planned_after_all(appointment=appointment, now=now)
    return done


def _locked(appointment_id: int, *, wait: bool) -> bool:
    """Lock the appointment; False if somebody else has it and we do not wait."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK if wait else f"{_LOCK} SKIP LOCKED", [appointment_id])
        found = cursor.fetchone() is not None
    if wait and not found:
        raise Appointment.DoesNotExist
    return found


def _offered(
    appointment: Appointment, inputs: Inputs, recipients: tuple[PlannedRecipient, ...]
) -> TimelinePlan | None:
    """Return the plan of an appointment that is only offered so far, None of any other."""
    offer = offer_to_plan(appointment, plan=inputs.plan)
    return None if offer is None else plan_offer(offer, recipients=recipients)


def _plan(
    inputs: Inputs,
    recipients: tuple[PlannedRecipient, ...],
    told: tuple[Told, ...],
    answering: Answering,
    now: dt.datetime,
) -> TimelinePlan:
    plan = plan_timeline(
        booking=inputs.booking,
        steps=inputs.steps,
        facts=inputs.facts,
        recipients=recipients,
        active_conditions=inputs.unmet_condition,
        never_send=frozenset(inputs.plan.never_send),
        signed=inputs.signed,
        told=told,
        changed_at=now,
    )
    return with_ladder(
        plan,
        booking=inputs.booking,
        steps=inputs.steps,
        facts_now=facts_as_json(inputs.sayable),
        recipients=recipients,
        told=told,
        answering=answering,
    )


def _apply(
    appointment: Appointment,
    plan: TimelinePlan,
    ids: Mapping[str, int],
    traces: Traces,
    now: dt.datetime,
) -> Reconciled:
    """Revoke what is no longer owed, then write what is missing."""
    wanted = {(ids[m.recipient], m.notice, m.facts_hash): m for m in plan.messages}
    in_the_way = _requests_in_the_way(appointment) if traces.requests else ()
    existing = {_identity(request): request for request in in_the_way}
    outlived = [i for i, m in wanted.items() if i in existing and _has_new_window(existing[i], m)]
    _supersede([existing.pop(identity) for identity in outlived])
    unwanted = [r for identity, r in existing.items() if identity not in wanted and r.closed_at is None]
    revoked = _revoke(unwanted, traces, now)
    missing = [(identity, m) for identity, m in wanted.items() if identity not in existing]
    turns = turns_used(appointment) if missing and traces.rerouted else {}
    owe(missing, appointment=appointment, turns=turns, now=now)
    kept = [(existing[i], m) for i, m in wanted.items() if i in existing and existing[i].closed_at is None]
    changed = [request for request, message in kept if _adjusted(request, message)]
    update_rows(changed, fields=_ADJUSTED)
    return Reconciled(created=len(missing), revoked=revoked, changed=len(changed))


def _requests_in_the_way(appointment: Appointment) -> Iterable[CommunicationRequest]:
    """Yield the requests whose identity is taken, with the columns that a plan compares or changes."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_THE_WAY, [appointment.pk])
        rows = cursor.fetchall()
    return (CommunicationRequest.from_db(DEFAULT_DB_ALIAS, _COMPARED, row) for row in rows)


def _has_new_window(request: CommunicationRequest, message: PlannedMessage) -> bool:
    """Return whether a request was closed unsent in a window that is not the plan's any more: a new one is owed."""
    return request.status == RequestStatus.REVOKED and request.expires_at < message.expires_at


def _supersede(requests: list[CommunicationRequest]) -> None:
    """Give up the identity of requests that were closed unsent, to those that take their place."""
    if requests:
        CommunicationRequest.objects.filter(pk__in=[request.pk for request in requests]).update(
            status_reason=RequestReason.SUPERSEDED
        )


def _identity(request: CommunicationRequest) -> Identity:
    return request.recipient_id, request.notice, request.facts_sha256


def _revoke(requests: list[CommunicationRequest], traces: Traces, now: dt.datetime) -> int:
    """
    Close what the plan no longer says.

    What is on its way waits, outside the due index, for what becomes of it. What was sent, or is in doubt and so
    was perhaps sent, is completed as such: it is corrected and never resent.
    """
    left: dict[str, set[int]] = {status: set() for status in AttemptStatus}
    if traces.attempts and requests:
        tried = Communication.objects.filter(request__in=[request.pk for request in requests])
        for request_id, status in tried.values_list("request_id", "status"):
            left[status].add(request_id)
    under_way = left[AttemptStatus.PREPARATION]
    sent = left[AttemptStatus.COMPLETED] - under_way
    doubtful = left[AttemptStatus.UNKNOWN] - sent - under_way
    unsent = {request.pk for request in requests} - under_way - sent - doubtful
    _close(under_way, RequestStatus.ON_HOLD, RequestReason.SUPERSEDED, None)
    _close(sent, RequestStatus.COMPLETED, RequestReason.NONE, now)
    _close(doubtful, RequestStatus.COMPLETED, RequestReason.IN_DOUBT, now)
    _close(unsent, RequestStatus.REVOKED, RequestReason.SUPERSEDED, now)
    return len(requests) - len(under_way)


def _close(
    ids: set[int], status: RequestStatus, reason: RequestReason, closed_at: dt.datetime | None
) -> None:
    if ids:
        with connection.cursor() as cursor:
            cursor.execute(_CLOSE, [status, reason, closed_at, list(ids)])


def _adjusted(request: CommunicationRequest, message: PlannedMessage) -> bool:
    """Bring an open request's times, channels and hold up to date, unsaved; True if something changed."""
    if request.in_doubt:
        return False
    before = [getattr(request, name) for name in _ADJUSTED]
    # The moment of a change is when it was first noticed, not when it is planned again.
    if request.trigger not in CHANGES or request.rung:
        retrying = request.next_at > request.due_at
        request.next_at = max(request.next_at, message.due_at) if retrying else message.due_at
        # What has been tried was due; only when to try next may still move.
        request.due_at = min(request.due_at, message.due_at) if request.attempts_made else message.due_at
        request.expires_at = message.expires_at
        request.time_critical = message.time_critical
    request.channels = list(message.channels)
    request.status = RequestStatus.ON_HOLD if message.held else RequestStatus.ACTIVE
    request.status_reason = message.held
    return before != [getattr(request, name) for name in _ADJUSTED]


def _store(appointment: Appointment, plan: TimelinePlan, now: dt.datetime) -> None:
    opens = (call.opens_at for call in plan.calls if call.opens_at and call.opens_at > now)
    not_owed = [{"recipient": n.recipient, "notice": n.notice, "reason": n.reason} for n in plan.not_owed]
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE,
            [appointment.plan_revision, now, json.dumps(not_owed), min(opens, default=None), appointment.pk],
        )
