"""What runs of the two embedded services, and the end of both."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from cryoclinic.embedded import locks, postgres, redis
from cryoclinic.embedded.places import place


@dataclass(frozen=True, kw_only=True, slots=True)
class EmbeddedStatus:
    """Which of the two servers answers."""

    postgres: bool
    redis: bool


def status(data_dir: Path) -> EmbeddedStatus:
    """Return what answers now; start and change nothing."""
    where = place(data_dir)
    return EmbeddedStatus(postgres=postgres.answers(where), redis=redis.answers(where))


def stop_all(data_dir: Path) -> EmbeddedStatus:
    """
    End both servers, whoever started them, and return which of them ran. Nothing running is fine.

    :raises EmbeddedServiceUnavailable: if one does not end, or the folder belongs to another user
    """
    where = place(data_dir)
    if not where.data_dir.exists():
        return EmbeddedStatus(postgres=False, redis=False)
    with locks.turn(where):
        ended = EmbeddedStatus(redis=redis.stop(where), postgres=postgres.stop(where))
        # Somebody else's files in it are theirs to remove.
        with contextlib.suppress(OSError):
            where.sockets.rmdir()
    return ended


def crashed(data_dir: Path) -> bool:
    """Return whether a server ended unasked: only then is the file with its process number left behind."""
    where = place(data_dir)
    broker = where.redis_pid_file.exists() and not redis.answers(where)
    return broker or postgres.crashed(where)
