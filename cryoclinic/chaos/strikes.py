"""What strikes when: kills above all, some stops that outlast the lease, a flushed broker, a restarted database."""

import os
import random
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

import redis
from django.conf import settings

from cryoclinic import embedded
from cryoclinic.chaos.crew import Crew, Process, signal_group
from cryoclinic.embedded import locks, postgres
from cryoclinic.embedded.places import place

# Out of a hundred kills: the child that works, the whole worker, a clock, and for the rest the web.
_CHILD, _WORKER, _BEAT = 60, 88, 97
STOP_EVERY = 8


class Strike(StrEnum):
    """What can happen."""

    KILL = "kill"
    STOP = "stop"
    FLUSH = "flush"
    RESTART = "restart"


def strikes(*, kills: int) -> Iterator[Strike]:
    """
    Yield `kills` kills and, between them, a stop after every few, and twice a flush and a restart.

    A flush comes after a quarter and three quarters, a restart of the database after a half and nine tenths.
    """
    flushes = {kills // 4, kills * 3 // 4}
    restarts = {kills // 2, kills * 9 // 10}
    for number in range(1, kills + 1):
        yield Strike.KILL
        if number % STOP_EVERY == 0:
            yield Strike.STOP
        if number in flushes:
            yield Strike.FLUSH
        if number in restarts:
            yield Strike.RESTART


@dataclass(kw_only=True, slots=True)
class Striker:
    """Strikes a crew; who was stopped goes on after one and a half leases."""

    crew: Crew
    chance: random.Random
    kills: int = 0
    _stopped: list[tuple[float, Process]] = field(default_factory=list)

    def strike(self, what: Strike) -> None:
        """Do one of the things that happen."""
        self.wake()
        match what:
            case Strike.KILL:
                self._kill()
            case Strike.STOP:
                self._stop()
            case Strike.FLUSH:
                flush_broker(Path(settings.DATA_DIR))
            case Strike.RESTART:
                restart_database(Path(settings.DATA_DIR))

    def wake(self) -> None:
        """Let those go on who were stopped long enough."""
        due = [process for until, process in self._stopped if until <= time.monotonic()]
        self._stopped = [pair for pair in self._stopped if pair[1] not in due]
        for process in due:
            signal_group(process, signal.SIGCONT)

    def _kill(self) -> None:
        drawn, children = self.chance.randrange(100), self.crew.children()
        if drawn < _CHILD and children:
            with suppress(ProcessLookupError):
                os.kill(self.chance.choice(children), signal.SIGKILL)
        else:
            crew = self.crew
            chosen = crew.workers if drawn < _WORKER else crew.beats if drawn < _BEAT else crew.webs
            crew.kill(self.chance.choice(chosen))
        self.kills += 1

    def _stop(self) -> None:
        worker = self.chance.choice(self.crew.workers)
        signal_group(worker, signal.SIGSTOP)
        self._stopped.append((time.monotonic() + settings.DELIVERY_LEASE_SECONDS * 1.5, worker))


def flush_broker(folder: Path) -> None:
    """Empty the broker: whatever was queued is gone."""
    broker = redis.Redis(unix_socket_path=str(place(folder).redis_socket))
    try:
        broker.flushall()
    finally:
        broker.close()


def restart_database(folder: Path) -> None:
    """End the database under everybody's hands and start it again."""
    where = place(folder)
    with locks.turn(where):
        postgres.stop(where)
    embedded.start_postgres(folder)
