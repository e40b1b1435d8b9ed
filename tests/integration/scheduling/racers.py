"""
Racers: threads that live through many rounds, each with a connection of its own that stays open.

A round costs what its calls cost: nobody is started, connects or is joined between two rounds.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Barrier
from typing import Any

from django.db import connection, connections

Act = Callable[[], Any]

BOOKED = "booked"
# Nobody waits longer than this for the others (s): a round that hangs is a failure, not a hang.
PATIENCE = 120
# A crew's threads wait for each other and for the database, seldom for the interpreter: 200 that ask for it every 5 ms
# spend half of the time asking (s).
TURN = 0.5
# Not from `pg_stat_activity`, which a transaction sees as it was when it first looked.
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"


class Racers:
    """A crew for rounds of so many acts; `took` has the milliseconds of every call, `errors` those of the last round."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.took: list[float] = []
        self.errors: list[Exception | None] = []
        self._acts: Sequence[Act] = ()
        self._begin, self._end = Barrier(number + 1), Barrier(number + 1)

    def race(self, acts: Sequence[Act]) -> list[str]:
        """Run all acts at the same moment; return what became of each: `BOOKED`, or the name of its refusal."""
        assert len(acts) == self.number
        self._acts, self.errors = acts, [None] * self.number
        self._begin.wait()
        self._end.wait(timeout=PATIENCE)
        return [BOOKED if error is None else type(error).__name__ for error in self.errors]

    def live(self, place: int) -> None:
        """Be one of the crew until it is dismissed."""
        connection.ensure_connection()
        try:
            while True:
                self._begin.wait()
                if not self._acts:
                    return
                since = time.perf_counter()
                try:
                    self._acts[place]()
                except Exception as error:  # noqa: BLE001 - whatever it is, the test compares its name
                    self.errors[place] = error
                self.took.append(1000 * (time.perf_counter() - since))
                self._end.wait(timeout=PATIENCE)
        finally:
            connections.close_all()

    def dismiss(self) -> None:
        """Send everybody home."""
        self._acts = ()
        self._begin.wait()


@contextmanager
def racers(number: int) -> Iterator[Racers]:
    """Keep a crew ready for as many rounds as the block wants."""
    crew = Racers(number)
    usual = sys.getswitchinterval()
    with ThreadPoolExecutor(max_workers=number) as threads:
        living = [threads.submit(crew.live, place) for place in range(number)]
        sys.setswitchinterval(TURN)
        try:
            yield crew
        finally:
            sys.setswitchinterval(usual)
            crew.dismiss()
    for each in living:
        each.result()


def at_once(acts: Sequence[Act]) -> list[str]:
    """Run all acts at the same moment, each on a connection of its own; return what became of each."""
    with racers(len(acts)) as crew:
        return crew.race(acts)


def wait_until_it_waits(future: Future[object]) -> None:
    """Return once the other connection waits for a lock of ours."""
    patience = time.monotonic() + 30
    with connection.cursor() as cursor:
        while time.monotonic() < patience:
            assert not future.done()
            cursor.execute(WAITING)
            if cursor.fetchone()[0]:
                return
            time.sleep(0.02)
    raise AssertionError("the other connection did not wait")


def spread_of(took: Sequence[float]) -> str:
    """Say how long calls took: median, 99th percentile and longest, in milliseconds."""
    p99 = statistics.quantiles(took, n=100)[98]
    return f"{len(took)} calls: p50 {statistics.median(took):.0f} ms, p99 {p99:.0f} ms, longest {max(took):.0f} ms"


def deadlocks() -> int:
    """Return how many deadlocks this database has broken up so far."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_stat_force_next_flush()")
        cursor.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
        return int(cursor.fetchone()[0])
