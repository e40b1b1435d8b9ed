"""What the plan owes and nobody owed before, written down."""

import datetime as dt
from collections.abc import Iterable, Mapping
from uuid import uuid4

from notifications.codes import Rank, RequestStatus
from notifications.models import CommunicationRequest
from notifications.operations.rows import insert_rows
from notifications.planning import PlannedMessage
from procedures.steps import SafetyClass, Trigger
from scheduling.models import Appointment

# What makes two requests of an appointment the same: recipient, notice, hash of what it says.
Identity = tuple[int, str, str]
CHANGES = frozenset({Trigger.CORRECTION, Trigger.AMENDMENT, Trigger.CANCELLATION})


def owe(
    messages: Iterable[tuple[Identity, PlannedMessage]],
    *,
    appointment: Appointment,
    turns: Mapping[Identity, int],
    now: dt.datetime,
) -> None:
    """Insert a request for each message. `turns` are attempts that count as made already, `now` is aware."""
    rows = [_row(i, m, appointment=appointment, turns=turns.get(i, 0), now=now) for i, m in messages]
    insert_rows(CommunicationRequest, rows)


def _row(
    identity: Identity, message: PlannedMessage, *, appointment: Appointment, turns: int, now: dt.datetime
) -> dict[str, object]:
    """Return a new request as a row."""
    recipient_id, notice, facts_sha256 = identity
    return {
        "uid": uuid4(),
        "attempts_made": turns,
        "organization_id": appointment.organization_id,
        "appointment_id": appointment.pk,
        "recipient_id": recipient_id,
        "notice": notice,
        "trigger": message.trigger,
        "parts": message.parts,
        "facts": dict(message.facts),
        "facts_sha256": facts_sha256,
        "corrects": message.corrects,
        "language": message.language,
        "channels": message.channels,
        "purpose": message.purpose,
        "safety": message.safety,
        "answer": message.answer,
        "rung": message.rung,
        "rank": _rank(message),
        "time_critical": message.time_critical,
        "due_at": message.due_at,
        "next_at": message.due_at,
        "expires_at": message.expires_at,
        "status": RequestStatus.ON_HOLD if message.held else RequestStatus.ACTIVE,
        "status_reason": message.held,
        "created_at": now,
        "closed_at": None,
    }


def _rank(message: PlannedMessage) -> Rank:
    if message.trigger in CHANGES and not message.rung:
        return Rank.CHANGE
    return Rank.SAFETY if message.safety == SafetyClass.SAFETY else Rank.ROUTINE
