"""Who may start a server now, and whether one is alive: two questions that file locks answer without stale answers."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from cryoclinic.embedded.places import EmbeddedServiceUnavailable, Place, refusals_in_words

TURN_SECONDS = 150.0  # longer than a first start takes on a slow machine
PAUSE_SECONDS = 0.05


@contextlib.contextmanager
def turn(where: Place) -> Iterator[None]:
    """
    Hold the right to start or stop the servers of `where`; others wait.

    The kernel ends it with the process, however that dies.

    :raises EmbeddedServiceUnavailable: if the folder cannot be written, or another process holds it too long
    """
    with refusals_in_words(where.data_dir):
        where.data_dir.mkdir(parents=True, exist_ok=True)
        descriptor = _opened(where.data_dir / "turn.lock")
    try:
        deadline = time.monotonic() + TURN_SECONDS
        while not _locked(descriptor):
            if time.monotonic() > deadline:
                raise EmbeddedServiceUnavailable(
                    f"Another process has been starting the services in {where.data_dir} for too long; end it first."
                )
            time.sleep(PAUSE_SECONDS)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def life(where: Place, *, server: str) -> Iterator[int | None]:
    """
    Yield the descriptor to hand to a new server, or None while one lives.

    The server inherits the lock, and so do its children: it is held until the last of them is gone, after `kill -9`
    too, which no file with a process number in it can say. Call it inside `turn`.
    """
    with refusals_in_words(where.data_dir):
        descriptor = _opened(where.data_dir / f"{server}.lock")
    try:
        yield descriptor if _locked(descriptor) else None
    finally:
        os.close(descriptor)


def gone(where: Place, *, server: str, within: float) -> bool:
    """Return whether the server has ended, waiting up to `within` seconds for it. Call it inside `turn`."""
    deadline = time.monotonic() + within
    while True:
        with life(where, server=server) as free:
            if free is not None:
                return True
        if time.monotonic() > deadline:
            return False
        time.sleep(PAUSE_SECONDS)


def _opened(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
