"""Call a provider for committed attempts, outside any transaction; whatever happens becomes an outcome."""

import datetime as dt
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.conf import settings
from django.db import connections

from notifications.channels import Doubtful, Receipt, TryLater, Undeliverable, channel
from notifications.codes import AttemptStatus
from notifications.dispatch.allowance import RATE_LIMITED, take_turn
from notifications.dispatch.record import LEASE_HALF_GONE, Outcome
from notifications.dispatch.storing import Attempt

log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clock:
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


def call_all(attempts: Sequence[Attempt], *, now: dt.datetime) -> list[Outcome]:
    """Call the providers of committed attempts, outside any transaction, and return what came of each."""
    threads = min(settings.DELIVERY_THREADS, len(attempts))
    if threads <= 1:
        return [_call(attempt, now=now) for attempt in attempts]
    with ThreadPoolExecutor(max_workers=threads) as pool:
        clock = Clock(began_at=now, began=time.monotonic())
        return list(pool.map(lambda attempt: call_in_thread(attempt, clock=clock), attempts))


def call_in_thread(attempt: Attempt, *, clock: Clock) -> Outcome:
    """Make one call in a thread of a pool, and leave no connection behind."""
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
