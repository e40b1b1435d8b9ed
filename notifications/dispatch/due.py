"""
Find what is due and lock it, without waiting for anybody.

Locks are taken in one order (requests, recipients, appointments) and what somebody else holds is passed over: a
booking that takes long, or another sender, holds up its own messages and nobody else's.
"""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db import connection, models
from django.db.models import Exists, OuterRef, Prefetch
from psycopg.sql import SQL, Identifier

from notifications.codes import Rank
from notifications.models import Communication, CommunicationRequest
from procedures.models import Protocol

# What a message is made of. What stands in none of its words is left in the database: reading it costs more than all else.
_READ = (
    "uid",
    "organization_id",
    "notice",
    "trigger",
    "parts",
    "facts",
    "facts_sha256",
    "language",
    "channels",
    "safety",
    "answer",
    "rank",
    "time_critical",
    "expires_at",
    "attempts_made",
    "recipient__patient_id",
    "recipient__related_person_id",
    "recipient__breaker_reset_at",
    *(
        f"recipient__{person}__{field}"
        for person in ("patient", "related_person")
        for field in ("given_name", "first_name_in_messages", "phone", "email", "zone")
    ),
    *(
        f"appointment__{field}"
        for field in (
            "uid",
            "revision",
            "start",
            "arrive_at",
            "planned_end",
            "organization_id",
            "location_id",
            "offering_id",
            "protocol_id",
            "patient_id",
        )
    ),
)
# Few for any number of messages, so read once and shared.
_SHARED = (
    "appointment__organization",
    "appointment__location",
    "appointment__offering__procedure_type",
    Prefetch("appointment__protocol", queryset=Protocol.objects.only("status", "approved_at")),
)
# One row a rank: as an EXISTS, PostgreSQL may join what is due as a whole.
_RANKS_DUE = """
    SELECT rank
    FROM unnest(%s::smallint[]) AS rank, LATERAL (
        SELECT FROM notifications_communicationrequest AS request
        WHERE status = 'active' AND request.rank = rank.rank AND next_at <= %s
        LIMIT 1
    ) AS found
    ORDER BY rank
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Busy:
    """Whom and what somebody else holds at the moment."""

    recipients: set[int] = field(default_factory=set)
    appointments: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self.recipients) + len(self.appointments)


def ranks_due(*, now: dt.datetime) -> list[int]:
    """
    Return the ranks of which something is due at `now` (aware), the most urgent first, by the due index alone.

    Most ticks find nothing, however much is ahead, and then this is all they cost.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RANKS_DUE, [list(Rank.values), now])
        return [rank for (rank,) in cursor.fetchall()]


def lock_due(*, now: dt.datetime, batch: int, ranks: Iterable[int]) -> list[CommunicationRequest]:
    """
    Return up to `batch` due requests, one a recipient, locked with their recipients and their appointments.

    Most urgent first, `ranks` being those of which something is due. `now` is aware; call it inside a transaction. What
    is read once the locks are held has seen everything that was committed before them: a cancellation, a move or
    another attempt that won the race.
    """
    busy = _Busy()
    chosen: set[int] = set()
    while len(chosen) < batch:
        held_before = len(busy)
        candidates = _candidates(now, batch - len(chosen), ranks=ranks, taken=chosen, busy=busy)
        if not candidates:
            break
        chosen |= _with_their_locks(candidates, busy)
        if len(busy) == held_before:
            break
    return _as_it_is_now(chosen, now) if chosen else []


def _candidates(
    now: dt.datetime, limit: int, *, ranks: Iterable[int], taken: set[int], busy: _Busy
) -> list[tuple[int, int, int]]:
    """Lock and return (request, recipient, appointment) of what is due: changes, then safety, then the rest."""
    found: list[tuple[int, int, int]] = []
    for rank in ranks:
        due = CommunicationRequest.objects.deliverable(now).filter(~Exists(_in_flight()), rank=rank)
        if busy or taken:
            due = (
                due.exclude(pk__in=taken)
                .exclude(recipient__in=busy.recipients)
                .exclude(appointment__in=busy.appointments)
            )
        free = due.select_for_update(of=("self",), skip_locked=True, no_key=True).order_by("next_at")
        found.extend(free.values_list("pk", "recipient_id", "appointment_id")[: limit - len(found)])
        if len(found) >= limit:
            break
    return found


def _with_their_locks(candidates: list[tuple[int, int, int]], busy: _Busy) -> set[int]:
    """Lock the recipients and appointments of the candidates; return whose locks were had, note the others."""
    recipients = {recipient for _, recipient, _ in candidates}
    free = _skip_locked("notifications_recipient", recipients, "FOR NO KEY UPDATE")
    # Shared: senders do not hinder each other, and a move or a cancellation waits for this commit.
    appointments = {appointment for _, recipient, appointment in candidates if recipient in free}
    steady = _skip_locked("scheduling_appointment", appointments, "FOR SHARE")
    busy.recipients.update(recipients - free)
    busy.appointments.update(appointments - steady)
    return {pk for pk, recipient, appointment in candidates if recipient in free and appointment in steady}


def _skip_locked(table: str, ids: set[int], lock: str) -> set[int]:
    """Lock the rows nobody else holds and return their ids. Django has no FOR SHARE of its own."""
    with connection.cursor() as cursor:
        query = SQL("SELECT id FROM {} WHERE id = ANY(%s) ORDER BY id {} SKIP LOCKED")
        cursor.execute(query.format(Identifier(table), SQL(lock)), [list(ids)])
        return {pk for (pk,) in cursor.fetchall()}


def _as_it_is_now(chosen: set[int], now: dt.datetime) -> list[CommunicationRequest]:
    """Read the locked requests again and keep the first of each recipient."""
    found = (
        CommunicationRequest.objects.deliverable(now)
        .filter(~Exists(_in_flight()), pk__in=chosen)
        .select_related("recipient__patient", "recipient__related_person", "appointment")
        .only(*_READ)
        .prefetch_related(*_SHARED)
        .order_by("rank", "next_at", "pk")
    )
    first: dict[int, CommunicationRequest] = {}
    for request in found:
        first.setdefault(request.recipient_id, request)
    return list(first.values())


def _in_flight() -> models.QuerySet[Communication]:
    return Communication.objects.in_flight().filter(recipient=OuterRef("recipient"))
