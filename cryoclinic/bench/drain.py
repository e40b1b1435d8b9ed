"""Processes that send what is due until nothing is left, ours or raw, started together."""

import datetime as dt
import json
import os
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings
from django.db import connection
from django.utils import timezone

from cryoclinic.rehearsal.throwaway import manage_py
from notifications.codes import RequestStatus
from notifications.dispatch import deliver_due
from notifications.models import CommunicationRequest

PROCESSES = 2
START_SECONDS = 6.0
EMPTY_LOOKS = 3
RUN_SECONDS = 5.0
_CLAIM = """
    WITH due AS (
        SELECT id, recipient_id FROM notifications_communicationrequest
        WHERE status = 'active' AND next_at <= now() AND id BETWEEN %(first)s AND %(last)s
        ORDER BY rank, next_at LIMIT %(batch)s FOR NO KEY UPDATE SKIP LOCKED
    ), held AS (
        UPDATE notifications_communicationrequest AS request SET status = 'on-hold', status_reason = 'in-doubt'
        FROM due WHERE request.id = due.id
    )
    INSERT INTO notifications_communication
        (uid, request_id, recipient_id, contact_point_id, channel, subject, text, resend, status, status_reason,
         provider_reference, provider, delivery, delivery_reason, attempted_at, lease_until)
    SELECT gen_random_uuid(), id, recipient_id, recipient_id, 'sms', '', repeat('x', 300), false, 'preparation', '', '',
           '', '', '', clock_timestamp(), clock_timestamp() + interval '1 minute'
    FROM due RETURNING id, request_id
"""
_RECORD = """
    UPDATE notifications_communication SET status = 'completed', settled_at = clock_timestamp(), provider_reference = 'x'
    WHERE id = ANY(%s)
"""
_CLOSE = """
    UPDATE notifications_communicationrequest SET status = 'completed', status_reason = '', closed_at = clock_timestamp()
    WHERE id = ANY(%s)
"""
RAW_BATCH = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class Drained:
    """
    What all processes sent, from the common start (seconds since the epoch) until the last of them was done.

    `memory_mb` is what each of ours held, looked at before the first message and after every few thousand.
    """

    messages: int
    started_at: float
    seconds: float
    memory_mb: tuple[tuple[float, ...], ...] = ()

    @property
    def rate(self) -> float:
        """Return messages a second."""
        return self.messages / self.seconds


def drain(*, kind: str, numbers: tuple[int, int], env: Mapping[str, str]) -> Drained:
    """
    Send what is due in two processes started at the same moment; `kind` is "ours" or "raw".

    :raises RuntimeError: if a process failed; its reason is on standard error
    """
    start_at = time.time() + START_SECONDS
    command = [
        *manage_py(),
        "bench",
        "--drain",
        kind,
        "--from",
        str(start_at),
        "--numbers",
        *map(str, numbers),
    ]
    started = [
        subprocess.Popen(command, env={**os.environ, **env}, cwd=settings.BASE_DIR, stdout=subprocess.PIPE)  # noqa: S603 - our own command
        for _ in range(PROCESSES)
    ]
    outputs = [process.communicate()[0] for process in started]
    if any(process.returncode for process in started):
        raise RuntimeError("a process that sends has failed")
    found = [json.loads(output) for output in outputs]
    seconds = max(each["ended_at"] for each in found) - start_at
    return Drained(
        messages=sum(each["messages"] for each in found),
        started_at=start_at,
        seconds=seconds,
        memory_mb=tuple(tuple(each["memory_mb"]) for each in found),
    )


def drain_here(*, kind: str, start_at: float, numbers: tuple[int, int]) -> str:
    """Wait for the start (seconds since the epoch), send until nothing is left, and return what was done as JSON."""
    connection.ensure_connection()
    CommunicationRequest.objects.filter(status=RequestStatus.ACTIVE, next_at__lte=timezone.now()).exists()
    time.sleep(max(0.0, start_at - time.time()))
    memory = [memory_mb()]
    messages = _ours(memory) if kind == "ours" else _raw(numbers)
    return json.dumps({"messages": messages, "ended_at": time.time(), "memory_mb": memory})


def _ours(memory: list[float]) -> int:
    messages, empty = 0, 0
    while empty < EMPTY_LOOKS:
        attempts = deliver_due(now=timezone.now(), seconds=RUN_SECONDS).attempts
        messages += attempts
        empty = 0 if attempts else empty + 1
        memory.append(memory_mb())
    return messages


def memory_mb() -> float:
    """Return what this process holds in memory now, in megabytes; nothing where the system does not tell."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        return 0.0
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 1e6, 1)


def _raw(numbers: tuple[int, int]) -> int:
    raw: psycopg.Connection[Any] = connection.connection
    values = {"first": numbers[0], "last": numbers[1], "batch": RAW_BATCH}
    messages = 0
    while True:
        claimed = raw.execute(_CLAIM, values).fetchall()
        if not claimed:
            return messages
        with raw.transaction():
            raw.execute(_RECORD, [[attempt for attempt, _ in claimed]])
            raw.execute(_CLOSE, [[request for _, request in claimed]])
        messages += len(claimed)


def now_due() -> dt.datetime:
    """Return a moment that has just passed."""
    return timezone.now() - dt.timedelta(seconds=1)
