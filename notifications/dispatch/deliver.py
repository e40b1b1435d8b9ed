"""Call the provider for committed attempts, outside any transaction, and record what came of it."""

import datetime as dt
import logging
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.conf import settings
from django.db import connections

from notifications.channels import Doubtful, Receipt, TryLater, Undeliverable, channel
from notifications.codes import AttemptStatus
from notifications.dispatch.claim import Attempt, claim
from notifications.dispatch.record import LEASE_HALF_GONE, Outcome, record

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


def deliver_due(*, now: dt.datetime, seconds: float = 20.0) -> Delivered:
    """
    Deliver what is due, batch after batch, until nothing is left or `seconds` have gone by.

    `now` is aware and moves on with the monotonic clock, so that a long run does not send by an old time.
    """
    started = time.monotonic()
    total = Delivered()
    while (elapsed := time.monotonic() - started) < seconds:
        outcomes = deliver_batch(now=now + dt.timedelta(seconds=elapsed), batch=settings.DELIVERY_BATCH)
        if not outcomes:
            break
        total = total.plus(outcomes)
    return total


def deliver_batch(*, now: dt.datetime, batch: int) -> list[Outcome]:
    """Claim, call, record: one batch. `now` is aware. An empty list means that nothing could be claimed."""
    attempts = claim(now=now, batch=batch)
    if not attempts:
        return []
    started = time.monotonic()
    outcomes = _call_all(attempts, now=now)
    record(outcomes, now=now + dt.timedelta(seconds=time.monotonic() - started))
    return outcomes


def _call_all(attempts: Sequence[Attempt], *, now: dt.datetime) -> list[Outcome]:
    threads = min(settings.DELIVERY_THREADS, len(attempts))
    if threads <= 1:
        return [_call(attempt, now=now) for attempt in attempts]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        return list(pool.map(lambda attempt: _call_in_thread(attempt, now=now), attempts))


def _call_in_thread(attempt: Attempt, *, now: dt.datetime) -> Outcome:
    try:
        return _call(attempt, now=now)
    finally:
        connections.close_all()


def _call(attempt: Attempt, *, now: dt.datetime) -> Outcome:
    """Make one call and say what came of it; whatever a channel raises becomes an outcome."""
    if time.monotonic() >= attempt.call_before:
        return _outcome(attempt, AttemptStatus.NOT_DONE, reason=LEASE_HALF_GONE)
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
        status=status,
        reason=reason,
        provider_reference=receipt.provider_ref if receipt else "",
        after=after,
        refused=refused,
        bad_address=bad_address,
    )
