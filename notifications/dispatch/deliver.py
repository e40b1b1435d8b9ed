"""
Call the provider for committed attempts, outside any transaction, and record what came of it.

With several calls at once, half a batch is on its way while the next half is claimed and the last one recorded, so
that nobody waits for a provider who could be working. Together they are never more than one batch.
"""

import datetime as dt
import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from django.conf import settings
from django.db import connections

from notifications.channels import Doubtful, Receipt, TryLater, Undeliverable, channel
from notifications.codes import AttemptStatus
from notifications.dispatch.allowance import RATE_LIMITED, take_turn
from notifications.dispatch.claim import claim
from notifications.dispatch.record import LEASE_HALF_GONE, Outcome, record
from notifications.dispatch.storing import Attempt

log = logging.getLogger(__name__)


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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Clock:
    """An aware moment that moves on with the monotonic clock, so that a long run does not send by an old time."""

    began_at: dt.datetime
    began: float

    @property
    def elapsed(self) -> float:
        """Return the seconds that have gone by."""
        return time.monotonic() - self.began

    @property
    def now(self) -> dt.datetime:
        """Return the moment it is."""
        return self.began_at + dt.timedelta(seconds=self.elapsed)


def deliver_due(*, now: dt.datetime, seconds: float = 20.0) -> Delivered:
    """
    Deliver what is due, batch after batch, until nothing is left or `seconds` have gone by.

    `now` is aware and moves on with the monotonic clock. A batch begun is finished.
    """
    clock = _Clock(began_at=now, began=time.monotonic())
    total = Delivered()
    for outcomes in (
        _overlapping(clock, seconds) if settings.DELIVERY_THREADS > 1 else _in_turn(clock, seconds)
    ):
        total = total.plus(outcomes)
    return total


def deliver_batch(*, now: dt.datetime, batch: int) -> list[Outcome]:
    """Claim, call, record: one batch. `now` is aware. An empty list means that nothing could be claimed."""
    attempts = claim(now=now, batch=batch)
    if not attempts:
        return []
    clock = _Clock(began_at=now, began=time.monotonic())
    outcomes = call_all(attempts, now=now)
    record(outcomes, now=clock.now)
    return outcomes


def _in_turn(clock: _Clock, seconds: float) -> Iterator[list[Outcome]]:
    """Claim, call and record one batch after the other."""
    while clock.elapsed < seconds and (
        outcomes := deliver_batch(now=clock.now, batch=settings.DELIVERY_BATCH)
    ):
        yield outcomes


def _overlapping(clock: _Clock, seconds: float) -> Iterator[list[Outcome]]:
    """Keep two halves of a batch under way: one is called while the other is claimed or recorded."""
    half = max(1, settings.DELIVERY_BATCH // 2)
    under_way: deque[list[Future[Outcome]]] = deque()
    with ThreadPoolExecutor(max_workers=settings.DELIVERY_THREADS) as pool:
        while True:
            if clock.elapsed < seconds:
                attempts = claim(now=clock.now, batch=half)
                if attempts:
                    under_way.append(
                        [pool.submit(_call_in_thread, attempt, clock=clock) for attempt in attempts]
                    )
                    if len(under_way) == 1:
                        continue
            if not under_way:
                return
            outcomes = [call.result() for call in under_way.popleft()]
            record(outcomes, now=clock.now)
            yield outcomes


def call_all(attempts: Sequence[Attempt], *, now: dt.datetime) -> list[Outcome]:
    """Call the providers of committed attempts, outside any transaction, and return what came of each."""
    threads = min(settings.DELIVERY_THREADS, len(attempts))
    if threads <= 1:
        return [_call(attempt, now=now) for attempt in attempts]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        clock = _Clock(began_at=now, began=time.monotonic())
        return list(pool.map(lambda attempt: _call_in_thread(attempt, clock=clock), attempts))


def _call_in_thread(attempt: Attempt, *, clock: _Clock) -> Outcome:
    try:
        return _call(attempt, now=clock.now)
    finally:
        connections.close_all()


def _call(attempt: Attempt, *, now: dt.datetime) -> Outcome:
    """Make one call and say what came of it; whatever a channel raises becomes an outcome."""
    put_back = _await_turn(attempt)
    if put_back is not None:
        return put_back
    try:
        receipt = channel(attempt.channel).send(attempt.message, now=now)
    except TryLater as error:
        return _outcome(attempt, AttemptStatus.NOT_DONE, reason=error.reason, after=error.after)
    except Undeliverable as error:
        return _outcome(
            attempt,
            AttemptStatus.NOT_DONE,
            reason=error.reason,
            refused=True,
            bad_address=error.address_is_bad,
        )
    except Doubtful as error:
        return _outcome(attempt, AttemptStatus.UNKNOWN, reason=error.reason)
    except Exception as error:  # noqa: BLE001 - whatever else happens, the rest of the batch must be sent and recorded
        log.warning(
            "notifications.attempt.unforeseen attempt=%s error=%s", attempt.message.uid, type(error).__name__
        )
        return _outcome(attempt, AttemptStatus.UNKNOWN, reason="unforeseen")
    return _outcome(attempt, AttemptStatus.COMPLETED, receipt=receipt)


def _await_turn(attempt: Attempt) -> Outcome | None:
    """Wait for the provider's turn while there is time; return why the attempt goes back uncounted, or None."""
    if time.monotonic() >= attempt.call_before:
        return _outcome(attempt, AttemptStatus.NOT_DONE, reason=LEASE_HALF_GONE)
    turn = take_turn(attempt.channel)
    if not turn.granted or time.monotonic() + turn.seconds >= attempt.call_before:
        after = dt.timedelta(seconds=turn.seconds)
        return _outcome(attempt, AttemptStatus.NOT_DONE, reason=RATE_LIMITED, after=after)
    if turn.seconds:
        time.sleep(turn.seconds)
    return None


def _outcome(
    attempt: Attempt,
    status: AttemptStatus,
    *,
    reason: str = "",
    receipt: Receipt | None = None,
    after: dt.timedelta | None = None,
    refused: bool = False,
    bad_address: bool = False,
) -> Outcome:
    return Outcome(
        attempt_id=attempt.pk,
        request_id=attempt.request_id,
        channel=attempt.channel,
        status=status,
        reason=reason,
        provider_reference=receipt.provider_ref if receipt else "",
        provider=receipt.provider if receipt else "",
        after=after,
        refused=refused,
        bad_address=bad_address,
    )
