"""
How fast a provider may be called, by all workers together.

The count is kept in Redis, by one script that runs there as a whole, on Redis's own clock. Without Redis each process
keeps to a share of the rate by itself: slower than allowed, never faster than its share.
"""

import logging
import threading
import time
from dataclasses import dataclass, field
from functools import lru_cache

import redis
from django.conf import settings

log = logging.getLogger(__name__)
# The reason of an attempt whose call was never made, because the provider has had enough for the moment.
RATE_LIMITED = "rate-limited-here"
# [ops] A sender waits this long for its turn; what would wait longer goes back to the others that are due.
LONGEST_WAIT_SECONDS = 2.0
# [ops] After Redis has failed it is left alone this long, so that a call does not wait for it every time.
REST_SECONDS = 5.0
MICROSECONDS = 1_000_000

# The generic cell rate algorithm: one key holds the time at which the bucket will be empty again. Returns whether a
# turn was taken, and the wait for it in microseconds. Numbers are written in full: Lua shortens large ones.
SCRIPT = """
local clock = redis.call('TIME')
local now = tonumber(clock[1]) * 1000000 + tonumber(clock[2])
local interval, burst, longest = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full_at = math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), now)
local wait = math.max(full_at - burst - now, 0)
if wait > longest then return {0, math.ceil(wait)} end
local next_at = full_at + interval
redis.call('SET', KEYS[1], string.format('%.0f', next_at), 'PX', math.ceil((next_at - now) / 1000) + 1000)
return {1, math.ceil(wait)}
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """Whether a call may be made, and after how many seconds: the wait for the turn, or until asking again."""

    granted: bool
    seconds: float


@dataclass(slots=True)
class LocalBuckets:
    """The same algorithm for one process, on its monotonic clock."""

    full_at: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, name: str, *, per_second: float, longest: float) -> Turn:
        """Take a turn, unless the wait for it would be longer than `longest` seconds."""
        with self.lock:
            now = time.monotonic()
            full_at = max(self.full_at.get(name, 0.0), now)
            wait = max(full_at - _burst(per_second) - now, 0.0)
            if wait > longest:
                return Turn(granted=False, seconds=wait)
            self.full_at[name] = full_at + 1 / per_second
            return Turn(granted=True, seconds=wait)


class _Shared:
    """Until when (monotonic) Redis is left alone, and what stands in for it."""

    silent_until = 0.0
    buckets = LocalBuckets()


def take_turn(channel: str, *, longest: float = LONGEST_WAIT_SECONDS) -> Turn:
    """Take a turn at a channel's provider; granted at once where the settings name no rate for it."""
    per_second = settings.CHANNEL_RATES.get(channel, 0.0)
    if per_second <= 0:
        return Turn(granted=True, seconds=0.0)
    if time.monotonic() >= _Shared.silent_until:
        try:
            return _shared_turn(channel, per_second=per_second, longest=longest)
        except redis.RedisError:
            _Shared.silent_until = time.monotonic() + REST_SECONDS
            log.warning("notifications.allowance.alone channel=%s", channel)
    alone = per_second * settings.CHANNEL_RATE_SHARE_ALONE
    return _Shared.buckets.take(channel, per_second=alone, longest=longest)


def _shared_turn(channel: str, *, per_second: float, longest: float) -> Turn:
    interval = MICROSECONDS / per_second
    granted, wait = _script(settings.CELERY_BROKER_URL)(
        keys=[f"cryoclinic:allowance:{channel}"],
        args=[interval, _burst(per_second) * MICROSECONDS, longest * MICROSECONDS],
    )
    return Turn(granted=bool(granted), seconds=wait / MICROSECONDS)


def _burst(per_second: float) -> float:
    """Return for how many seconds a rested provider may be called at once: a second's worth, or one call."""
    return max(1.0 - 1 / per_second, 0.0)


@lru_cache(maxsize=4)
def _script(url: str) -> "redis.commands.core.Script":
    address = url.replace("redis+socket://", "unix://", 1)
    client = redis.Redis.from_url(address, socket_timeout=0.5, socket_connect_timeout=0.3)
    return client.register_script(SCRIPT)
