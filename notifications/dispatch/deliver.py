"""
Call the provider for committed attempts, outside any transaction, and record what came of it.

With several calls at once a portion of a batch is claimed, and another recorded, while the rest is on its way, so that
no thread waits that could be calling. Together they are never more than one batch.
"""

import datetime as dt
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from django.conf import settings

from notifications.codes import AttemptStatus
from notifications.dispatch.calling import Clock, call_all, call_in_thread
from notifications.dispatch.claim import claim
from notifications.dispatch.record import Outcome, record
from notifications.dispatch.storing import Attempt

# A batch under way in parts: one being claimed or recorded, and at least as much again for the threads to call.
PORTIONS = 3
# [ops] What has ended is recorded after this many seconds at the latest, however slow the other calls are.
RECORD_WITHIN_SECONDS = 0.25


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivered:
    """How a run ended: attempts by outcome."""

    completed: int = 0
    not_done: int = 0
    unknown: int = 0

    @property
    def attempts(self) -> int:
        """All attempts made."""
        return self.completed + self.not_done + self.unknown

    def plus(self, outcomes: Iterable[Outcome]) -> "Delivered":
        """Return the sum with another batch's outcomes."""
        statuses = [outcome.status for outcome in outcomes]
        return Delivered(
            completed=self.completed + statuses.count(AttemptStatus.COMPLETED),
            not_done=self.not_done + statuses.count(AttemptStatus.NOT_DONE),
            unknown=self.unknown + statuses.count(AttemptStatus.UNKNOWN),
        )


@dataclass(kw_only=True, slots=True)
class _Calls:
    """Calls under way in threads, and what came of those that have ended."""

    pool: ThreadPoolExecutor
    clock: Clock
    unrecorded: int = 0
    _ended: SimpleQueue[Future[Outcome]] = field(default_factory=SimpleQueue)

    def start(self, attempts: Iterable[Attempt]) -> None:
        """Call for these attempts as soon as a thread is free."""
        for attempt in attempts:
            self.unrecorded += 1
            self.pool.submit(call_in_thread, attempt, clock=self.clock).add_done_callback(self._ended.put)

    def ended(self, most: int) -> list[Outcome]:
        """Wait for what comes of up to `most` calls, or of those that end soon; the caller records it."""
        outcomes: list[Outcome] = []
        wait_until = time.monotonic() + RECORD_WITHIN_SECONDS
        while len(outcomes) < min(most, self.unrecorded):
            try:
                ended = self._ended.get(timeout=max(0.0, wait_until - time.monotonic()))
            except Empty:
                break
            outcomes.append(ended.result())
        self.unrecorded -= len(outcomes)
        return outcomes


def deliver_due(*, now: dt.datetime, seconds: float = 20.0) -> Delivered:
    """
    Deliver what is due, batch after batch, until nothing is left or `seconds` have gone by.

    `now` is aware and moves on with the monotonic clock. A batch begun is finished.
    """
    clock = Clock(began_at=now, began=time.monotonic())
    total = Delivered()
    for outcomes in (
        overlapping(clock, seconds) if settings.DELIVERY_THREADS > 1 else _in_turn(clock, seconds)
    ):
        total = total.plus(outcomes)
    return total


def deliver_batch(*, now: dt.datetime, batch: int) -> list[Outcome]:
    """Claim, call, record: one batch. `now` is aware. An empty list means that nothing could be claimed."""
    attempts = claim(now=now, batch=batch)
    if not attempts:
        return []
    clock = Clock(began_at=now, began=time.monotonic())
    outcomes = call_all(attempts, now=now)
    record(outcomes, now=clock.now)
    return outcomes


def _in_turn(clock: Clock, seconds: float) -> Iterator[list[Outcome]]:
    """Claim, call and record one batch after the other."""
    while clock.elapsed < seconds and (
        outcomes := deliver_batch(now=clock.now, batch=settings.DELIVERY_BATCH)
    ):
        yield outcomes


def overlapping(clock: Clock, seconds: float) -> Iterator[list[Outcome]]:
    """Keep the threads calling while a portion is claimed and another recorded; together never more than a batch."""
    portion = max(1, settings.DELIVERY_BATCH // PORTIONS)
    with ThreadPoolExecutor(max_workers=settings.DELIVERY_THREADS) as pool:
        calls = _Calls(pool=pool, clock=clock)
        nothing_left = False
        while True:
            room = settings.DELIVERY_BATCH - calls.unrecorded
            if room >= portion and not nothing_left and clock.elapsed < seconds:
                attempts = claim(now=clock.now, batch=portion)
                calls.start(attempts)
                nothing_left = not attempts
            elif not calls.unrecorded:
                return
            elif outcomes := calls.ended(portion):
                record(outcomes, now=clock.now)
                # Whoever was being written to may be owed more.
                nothing_left = False
                yield outcomes
