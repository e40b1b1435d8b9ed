"""
When a message may go: quiet hours, lateness, retries, caps and the breaker.

Pure: values in, values out; no framework, no database, no clock.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE_DAY = dt.timedelta(days=1)
ONE_WEEK = dt.timedelta(days=7)
# [ops] Waits after the first, second, ... failed attempt; after the last one another way is taken.
RETRY_AFTER = (
    dt.timedelta(seconds=30),
    dt.timedelta(minutes=2),
    dt.timedelta(minutes=10),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=1),
)
MAX_ATTEMPTS = len(RETRY_AFTER) + 1
# [ops] Tries over one channel before another has its turn.
TRIES_PER_CHANNEL = 2
# [ops] A message moved to before quiet hours leaves this much room, so that a slow minute does not cost the night.
ROOM_BEFORE_QUIET = dt.timedelta(minutes=30)
# [ops] A provider that is down rests this long, twice as long each further time, up to the longest. The first must be
# longer than the trial that ends it (`dispatch/circuit.py`).
FIRST_REST = dt.timedelta(minutes=1)
LONGEST_REST = dt.timedelta(minutes=15)
# [ops] The breaker: far above what any plan asks for, far below what a loop does.
BREAKER_PER_HOUR = 8
BREAKER_PER_DAY = 20
BREAKER_SAME_NOTICE_PER_DAY = 4


def retry_at(*, attempt: int, now: dt.datetime, expires_at: dt.datetime) -> dt.datetime | None:
    """
    Return when to try again after failed attempt number `attempt` (from 1), or None for not at all.

    None after the last wait of `RETRY_AFTER`, and whenever the next try would not be before `expires_at`.

    :raises ValueError: if `attempt` is below 1
    """
    if attempt < 1:
        raise ValueError("attempts count from 1")
    if attempt > len(RETRY_AFTER):
        return None
    again_at = now + RETRY_AFTER[attempt - 1]
    return None if too_late(at=again_at, expires_at=expires_at) else again_at


def too_late(*, at: dt.datetime, expires_at: dt.datetime) -> bool:
    """Return whether a message with this window must not go at `at`. Windows are half-open."""
    return at >= expires_at


def room_at(sent_at: Iterable[dt.datetime], *, now: dt.datetime, per_day: int, per_week: int) -> dt.datetime:
    """
    Return the first instant from `now` (aware) on at which one more routine message is not too many for a person.

    `sent_at` are the instants of what the person was sent in the last seven days, of every class: safety messages
    have no cap and are counted all the same. A day is 24 hours, a week seven of them; each cap is at least 1.
    """
    sent = sorted(sent_at)
    moments = [now]
    for span, most in ((ONE_DAY, per_day), (ONE_WEEK, per_week)):
        within = [at for at in sent if at > now - span]
        if len(within) >= most:
            moments.append(within[len(within) - most] + span)
    return max(moments)


def tripped(*, sent_in_last_hour: int, sent_in_last_day: int, same_notice_in_last_day: int) -> bool:
    """
    Return whether something is repeating itself at one person and must stop until a member of staff has looked.

    It counts attempts of every class, safety included: no plan comes near these numbers, only a fault does.
    """
    return (
        sent_in_last_hour >= BREAKER_PER_HOUR
        or sent_in_last_day >= BREAKER_PER_DAY
        or same_notice_in_last_day >= BREAKER_SAME_NOTICE_PER_DAY
    )


def provider_rest(rests: int) -> dt.timedelta:
    """
    Return how long a provider is left alone when it rests for the `rests`-th time in a row (from 1).

    :raises ValueError: if `rests` is below 1
    """
    if rests < 1:
        raise ValueError("rests count from 1")
    # No more doublings than lead to the longest rest.
    doublings = min(rests - 1, 10)
    return min(FIRST_REST * (1 << doublings), LONGEST_REST)


def quiet(at: dt.datetime, *, zone: ZoneInfo, quiet_from: dt.time, quiet_until: dt.time) -> bool:
    """
    Return whether the wall clock in `zone` shows a quiet time at `at` (aware).

    Quiet is from `quiet_from` until just before `quiet_until`, across 0:00 where the second is the earlier.
    Two equal times mean no quiet hours. Only what the clock shows counts, so an hour that a clock change
    doubles is quiet twice or not at all.
    """
    shown = at.astimezone(zone).time()
    if quiet_from <= quiet_until:
        return quiet_from <= shown < quiet_until
    return shown >= quiet_from or shown < quiet_until


def next_allowed(
    at: dt.datetime, *, zone: ZoneInfo, quiet_from: dt.time, quiet_until: dt.time
) -> dt.datetime:
    """Return `at` if it is not quiet, else the first instant (UTC) after it that is not."""
    return _next_allowed(at.astimezone(dt.UTC), zone=zone, quiet_from=quiet_from, quiet_until=quiet_until)


# A plan asks the same for every person and for every notice of a moment. In UTC alone: elsewhere the two instants of a
# doubled hour are equal.
@lru_cache(maxsize=4096)
def _next_allowed(
    instant: dt.datetime, *, zone: ZoneInfo, quiet_from: dt.time, quiet_until: dt.time
) -> dt.datetime:
    if not quiet(instant, zone=zone, quiet_from=quiet_from, quiet_until=quiet_until):
        return instant
    return min(
        edge
        for edge in _edges(instant, zone=zone, shown=quiet_until)
        if edge >= instant and not quiet(edge, zone=zone, quiet_from=quiet_from, quiet_until=quiet_until)
    )


def last_allowed_before(
    at: dt.datetime, *, zone: ZoneInfo, quiet_from: dt.time, quiet_until: dt.time
) -> dt.datetime:
    """
    Return `at` if it is not quiet, else the last instant (UTC) before it at which to send.

    That is `ROOM_BEFORE_QUIET` before the quiet hours begin, or the first instant of the time between two
    quiet hours that is shorter than this.
    """
    return _last_allowed(at.astimezone(dt.UTC), zone=zone, quiet_from=quiet_from, quiet_until=quiet_until)


@lru_cache(maxsize=4096)
def _last_allowed(
    instant: dt.datetime, *, zone: ZoneInfo, quiet_from: dt.time, quiet_until: dt.time
) -> dt.datetime:
    if not quiet(instant, zone=zone, quiet_from=quiet_from, quiet_until=quiet_until):
        return instant
    begins_at = max(
        edge
        for edge in _edges(instant, zone=zone, shown=quiet_from)
        if edge <= instant
        and quiet(edge, zone=zone, quiet_from=quiet_from, quiet_until=quiet_until)
        and not quiet(
            edge - dt.timedelta(microseconds=1), zone=zone, quiet_from=quiet_from, quiet_until=quiet_until
        )
    )
    return next_allowed(
        begins_at - ROOM_BEFORE_QUIET, zone=zone, quiet_from=quiet_from, quiet_until=quiet_until
    )


def _edges(at: dt.datetime, *, zone: ZoneInfo, shown: dt.time) -> Iterator[dt.datetime]:
    """Yield the instants (UTC) around `at` at which the clock comes to show `shown` or is changed."""
    today = at.astimezone(zone).date()
    for days in (-2, -1, 0, 1, 2):
        day = today + dt.timedelta(days=days)
        for fold in (0, 1):
            yield dt.datetime.combine(day, shown.replace(fold=fold), tzinfo=zone).astimezone(dt.UTC)
    change = _clock_change(
        start=(at - dt.timedelta(days=2)).replace(microsecond=0), end=at + dt.timedelta(days=2), zone=zone
    )
    if change is not None:
        yield change


def _clock_change(*, start: dt.datetime, end: dt.datetime, zone: ZoneInfo) -> dt.datetime | None:
    """Return the instant of the clock change between two instants, to the second; at most one is looked for."""
    before = start.astimezone(zone).utcoffset()
    if end.astimezone(zone).utcoffset() == before:
        return None
    low, high = 0, int((end - start).total_seconds()) + 1
    while high - low > 1:
        middle = (low + high) // 2
        same = (start + dt.timedelta(seconds=middle)).astimezone(zone).utcoffset() == before
        low, high = (middle, high) if same else (low, middle)
    return start + dt.timedelta(seconds=high)


def channel_for(attempts_made: int, channels: Sequence[str]) -> str | None:
    """
    Return the channel of the next attempt: each gets two tries before the next has its turn, then over again.

    None if there is no channel.
    """
    return channels[attempts_made // TRIES_PER_CHANNEL % len(channels)] if channels else None
