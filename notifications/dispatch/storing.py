"""Store a batch of letters as attempts with their links: one statement, because the ORM takes longer than the database."""

import datetime as dt
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import connection

from notifications.channels import OutgoingMessage
from notifications.dispatch.compose import Composed

_STORE = """
    WITH letter AS (
        SELECT * FROM json_to_recordset(%(letters)s::json) AS letter (
            uid uuid, request_id bigint, recipient_id bigint, appointment_id bigint, contact_point_id bigint, channel text,
            subject text, text text, segments smallint, calendar_sequence integer, resend boolean,
            token_sha256 text, link_expires_at timestamptz
        )
    ), link AS (
        INSERT INTO notifications_accesslink
            (token_sha256, appointment_id, recipient_id, created_at, expires_at, failed_tries)
        SELECT token_sha256, appointment_id, recipient_id, %(now)s, link_expires_at, 0 FROM letter
    )
    INSERT INTO notifications_communication
        (uid, request_id, recipient_id, contact_point_id, channel, subject, text, segments, calendar_sequence, resend,
         status, status_reason, provider, provider_reference, delivery, delivery_reason, attempted_at, lease_until)
    SELECT uid, request_id, recipient_id, contact_point_id, channel, subject, text, segments, calendar_sequence, resend,
           'preparation', '', '', '', '', '', %(now)s, %(lease_until)s
    FROM letter
    RETURNING uid, id
"""


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


def store(
    letters: Sequence[Composed], *, resent: Collection[int], now: dt.datetime, started: float
) -> list[Attempt]:
    """
    Store letters that are about to leave and return their attempts, to be called once this is committed.

    `resent` names the requests whose attempt repeats another. `now` is aware; `started` is when the
    batch was begun, on the monotonic clock: no call starts after half the lease.
    """
    if not letters:
        return []
    call_before = started + settings.DELIVERY_LEASE_SECONDS / 2
    uids = [uuid4() for _ in letters]
    rows = [
        {"uid": str(uid), "resend": letter.request.pk in resent, **_row(letter)}
        for uid, letter in zip(uids, letters, strict=True)
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _STORE,
            {
                "letters": json.dumps(rows),
                "now": now,
                "lease_until": now + dt.timedelta(seconds=settings.DELIVERY_LEASE_SECONDS),
            },
        )
        stored = dict(cursor.fetchall())
    return [
        Attempt(
            pk=stored[uid],
            request_id=letter.request.pk,
            channel=letter.channel,
            message=letter.outgoing(uid, call_before=call_before),
            call_before=call_before,
        )
        for uid, letter in zip(uids, letters, strict=True)
    ]


def _row(letter: Composed) -> dict[str, Any]:
    request = letter.request
    return {
        "request_id": request.pk,
        "recipient_id": request.recipient_id,
        "appointment_id": letter.link.appointment_id,
        "contact_point_id": letter.point.pk,
        "channel": letter.channel,
        "subject": letter.rendered.subject[:200],
        "text": letter.text_without_link,
        "segments": letter.rendered.segments,
        "calendar_sequence": request.appointment.revision if letter.calendar else None,
        "token_sha256": letter.link.token_sha256,
        "link_expires_at": letter.link.expires_at.isoformat(),
    }
