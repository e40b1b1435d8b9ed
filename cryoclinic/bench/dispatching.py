"""How many messages a second leave, how late the last of a burst is, and what looking for work costs."""

import datetime as dt
import os
import statistics
import sys
import time

import psycopg
from django.db import connection
from django.utils import timezone

from cryoclinic.bench.drain import PROCESSES, drain, now_due
from cryoclinic.bench.figures import Figure, compared, milliseconds, percentile
from cryoclinic.bench.owed import owe, owe_more
from cryoclinic.bench.peer import peer_rate
from notifications.codes import Rank
from notifications.dispatch import deliver_batch
from notifications.models import Communication, CommunicationRequest

RUNS = 3
BURST = 3000
PEER_BURST = 1500
HELD_SECONDS = 180
MANY = 100_000
SLOW_BURST = 6000
MIXED_BURST = 10_000
SLOW_SECONDS, SLOW_THREADS = 0.05, 32
SWEEPS = 200
FUTURE, HELD, PEOPLE = 1_000_000, 100_000, 5_000
NULL = {"SMS_CHANNEL": "cryoclinic.bench.channels.NullChannel", "DELIVERY_THREADS": "1"}
SLOW = {
    "SMS_CHANNEL": "cryoclinic.bench.channels.SlowChannel",
    "DELIVERY_THREADS": str(SLOW_THREADS // PROCESSES),
    "DELIVERY_BATCH": "128",
}
_BARE = """
    SELECT id FROM notifications_communicationrequest
    WHERE status = 'active' AND rank = ANY(ARRAY[0, 1, 2]) AND next_at <= now() ORDER BY rank, next_at LIMIT 32
"""


def dispatch_rate() -> Figure:
    """Measure texts a second: rendered, attempts committed, provider in the process, two processes."""
    ours, raw = [], []
    for _ in range(RUNS):
        ours.append(drain(kind="ours", numbers=owe(BURST, due_at=now_due()), env=NULL).rate)
        raw.append(drain(kind="raw", numbers=owe(BURST, due_at=now_due()), env=NULL).rate)
    return compared(
        name="dispatch_rate",
        unit="messages/s",
        ours=statistics.median(ours),
        floor=statistics.median(raw),
        beside="claim, attempts and outcomes in raw SQL by hundreds, nothing rendered",
    )


def dispatch_rate_50ms() -> Figure:
    """Measure texts a second to a provider that takes 50 ms, with 32 calls at once."""
    rates = [
        drain(kind="ours", numbers=owe(SLOW_BURST, due_at=now_due()), env=SLOW).rate for _ in range(RUNS)
    ]
    return compared(
        name="dispatch_rate_50ms",
        unit="messages/s",
        ours=statistics.median(rates),
        floor=SLOW_THREADS / SLOW_SECONDS,
        beside=f"{SLOW_THREADS} calls at once of 50 ms",
    )


def dispatch_beside_eta() -> Figure:
    """Measure texts a second as `dispatch_rate` does, beside one Celery task with an ETA for each message."""
    ours = drain(kind="ours", numbers=owe(BURST, due_at=now_due()), env=NULL).rate
    peer = peer_rate(owe(PEER_BURST, due_at=timezone.now() + dt.timedelta(hours=2)), env=NULL)
    return compared(
        name="dispatch_beside_eta",
        unit="messages/s",
        ours=ours,
        floor=peer,
        beside="one Celery ETA task per message that makes the same records, two processes",
    )


def worker_memory_mb() -> Figure:
    """Measure what a sender holds after many messages, beside after its first few thousand; `BENCH_MESSAGES` of them."""
    messages = int(os.environ.get("BENCH_MESSAGES", MANY))
    held = max(drain(kind="ours", numbers=owe(messages, due_at=now_due()), env=NULL).memory_mb, key=max)
    sys.stderr.write(f"MB before the first message, then every few seconds: {held}\n")
    return compared(
        name="worker_memory_mb",
        unit="MB",
        ours=held[-1],
        floor=held[min(1, len(held) - 1)],
        beside=f"after its first seconds ({messages:,} messages, {held[len(held) // 2]} in the middle)",
    )


def dispatch_beside_open_transaction() -> Figure:
    """Measure texts a second while a transaction stays open, beside the same without; `BENCH_HELD_SECONDS` of it first."""
    seconds = float(os.environ.get("BENCH_HELD_SECONDS", HELD_SECONDS))
    free = drain(kind="ours", numbers=owe(BURST, due_at=now_due()), env=NULL).rate
    numbers = owe(BURST, due_at=now_due())
    with psycopg.connect(**connection.get_connection_params()) as held:
        # As a dump does: it goes on seeing what was there, so nothing that is done with can be cleared away.
        held.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        held.execute("SELECT count(*) FROM notifications_communicationrequest").fetchone()
        time.sleep(seconds)
        slowed = drain(kind="ours", numbers=numbers, env=NULL).rate
        held.rollback()
    return compared(
        name="dispatch_beside_open_transaction",
        unit="messages/s",
        ours=slowed,
        floor=free,
        beside=f"no transaction held open (here one was open for {seconds:.0f} s before it began)",
    )


def sweep_p95_ms() -> Figure:
    """Measure a look for work that finds none, among many future and held requests; `BENCH_ROWS` says how many."""
    future = int(os.environ.get("BENCH_ROWS", FUTURE))
    ahead = timezone.now() + dt.timedelta(hours=2)
    people = owe(min(PEOPLE, future), due_at=ahead)
    held = future // (FUTURE // HELD)
    owe_more(held, people=people, due_at=timezone.now() - dt.timedelta(days=1), held=True)
    owe_more(future, people=people, due_at=ahead, held=False)
    # What a clinic's own making left due would be found, and nothing is measured but looks that find nothing.
    while deliver_batch(now=timezone.now(), batch=32):
        continue
    connection.ensure_connection()
    raw: psycopg.Connection[tuple[int]] = connection.connection
    _say_plan(raw)
    ours, bare = [], []
    for _ in range(SWEEPS):
        ours.append(milliseconds(lambda: deliver_batch(now=timezone.now(), batch=32)))
        bare.append(milliseconds(lambda: raw.execute(_BARE).fetchall()))
    sys.stderr.write(f"ms, median: ours {statistics.median(ours):.2f}, bare {statistics.median(bare):.2f}\n")
    return compared(
        name="sweep_p95_ms",
        unit="ms",
        ours=percentile(ours, 0.95),
        floor=percentile(bare, 0.95),
        beside=f"the bare indexed SELECT ({future:,} future rows)",
    )


def _say_plan(raw: psycopg.Connection[tuple[int]]) -> None:
    """Write how PostgreSQL looks for what is due, of one rank, to standard error."""
    due = CommunicationRequest.objects.deliverable(timezone.now()).filter(rank=Rank.SAFETY)
    query, values = due.order_by("next_at").values("pk")[:32].query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, COSTS OFF, BUFFERS OFF) {query}", values)
        lines = [line for (line,) in cursor.fetchall()]
    lines += ["", *(line for (line,) in raw.execute(f"EXPLAIN (ANALYZE, COSTS OFF, BUFFERS OFF) {_BARE}"))]
    sys.stderr.write("\n".join(lines) + "\n")


def lateness_p99_s() -> Figure:
    """Measure how late safety messages are in a burst, half of it routine, from the moment the senders may begin."""
    numbers = owe(MIXED_BURST, due_at=now_due())
    started_at = drain(kind="ours", numbers=numbers, env=NULL).started_at
    safety = _lateness(numbers, rank=Rank.SAFETY, since=started_at)
    routine = _lateness(numbers, rank=Rank.ROUTINE, since=started_at)
    return compared(
        name="lateness_p99_s",
        unit="s",
        ours=safety,
        floor=routine,
        beside="routine messages of the same burst",
    )


def _lateness(numbers: tuple[int, int], *, rank: Rank, since: float) -> float:
    settled = Communication.objects.filter(
        request__pk__range=numbers, request__rank=rank, settled_at__isnull=False
    ).values_list("settled_at", flat=True)
    return percentile([moment.timestamp() - since for moment in settled if moment], 0.99)
