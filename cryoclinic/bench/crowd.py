"""How many clients at once book without slowing each other: processes, as the product is deployed, each with its connection."""

import contextlib
import datetime as dt
import multiprocessing
import random
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from multiprocessing.synchronize import Barrier

from django.db import connections, transaction
from django.utils import timezone

from cryoclinic.bench.booking import last_id, undo
from cryoclinic.bench.figures import Figure, compared, percentile
from cryoclinic.bench.world import busy_offering, house, patient
from scheduling.models import Patient
from scheduling.operations import Actor, SlotTaken, book_appointment
from scheduling.operations.slots import find_slots

ALONE = 48
EACH = 24
# In these each process does everything for the first time; they are taken back.
WARM_UP = 3
# Seconds between two bookings of a client that pauses: eight of them are some 65 bookings a second.
PAUSE = 0.1
# Days of the diary that the other measurements leave alone.
FIRST, LAST = dt.timedelta(days=20), dt.timedelta(days=60)

Wishes = list[tuple[dt.datetime, Patient]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Turn:
    """What one client did: when it began and ended, in seconds of one clock, and how long each booking took, in ms."""

    began: float
    ended: float
    waits: list[float]


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowd:
    """What became of many bookings by several clients."""

    turns: list[Turn]

    @property
    def waits(self) -> list[float]:
        """Return how long each booking took, in milliseconds."""
        return [each for turn in self.turns for each in turn.waits]

    @property
    def rate(self) -> float:
        """Return the bookings a second of all clients, from the first one's beginning to the last one's end."""
        wall = max(turn.ended for turn in self.turns) - min(turn.began for turn in self.turns)
        return len(self.waits) / wall


def booking_p99_ms() -> Figure:
    """Measure how long one of eight clients waits for a booking that nobody else wants, beside one client alone."""
    return _p99("booking_p99_ms", people_from=3000, pause=0.0, how="that never pause")


def booking_p99_paced_ms() -> Figure:
    """Measure the same for clients that look at something between two bookings, so that the cores are not full."""
    return _p99(
        "booking_p99_paced_ms", people_from=5000, pause=PAUSE, how=f"that pause {PAUSE * 1000:.0f} ms"
    )


def booking_16_clients() -> Figure:
    """Measure the bookings a second of sixteen clients on different slots, beside those of one."""
    alone, together = _crowds(clients=16, people_from=4000)
    return compared(
        name="booking_16_clients",
        unit="bookings/s",
        ours=together.rate,
        floor=alone.rate,
        beside=f"one client alone on {multiprocessing.cpu_count()} cores; 16 processes that never pause",
    )


def _p99(name: str, *, people_from: int, pause: float, how: str) -> Figure:
    alone, together = _crowds(clients=8, people_from=people_from, pause=pause)
    return compared(
        name=name,
        unit="ms",
        ours=percentile(together.waits, 0.99),
        floor=percentile(alone.waits, 0.99),
        beside=f"one client alone; 8 processes {how}, {len(together.waits)} bookings, {together.rate:.0f} a second, "
        f"median {percentile(together.waits, 0.5):.3g} ms",
    )


def _crowds(*, clients: int, people_from: int, pause: float = 0.0) -> tuple[Crowd, Crowd]:
    now = timezone.now()
    found = find_slots(offering=busy_offering(), first=now + FIRST, until=now + LAST, limit=None, now=now)
    number = ALONE + EACH * clients
    # All over the days, so that hardly two are near each other.
    starts = [slot.start for slot in found[:: max(1, len(found) // number)]][:number]
    wishes = [(start, patient(people_from + each)) for each, start in enumerate(starts)]
    before = last_id()
    alone = _booked(wishes[:ALONE], clients=1, now=now, pause=pause)
    together = _booked(wishes[ALONE:], clients=clients, now=now, pause=pause)
    undo(after=before)
    return alone, together


def _booked(wishes: Wishes, *, clients: int, now: dt.datetime, pause: float) -> Crowd:
    # A connection must not go with a fork: every process opens its own.
    connections.close_all()
    context = multiprocessing.get_context("fork")
    start = context.Barrier(clients)
    with ProcessPoolExecutor(
        clients, mp_context=context, initializer=_Client.join, initargs=(start,)
    ) as pool:
        shares = [wishes[number::clients] for number in range(clients)]
        return Crowd(turns=list(pool.map(partial(_Client.turn, now=now, pause=pause), shares)))


@cache
def _by() -> Actor:
    return Actor(user=house().people["sam"])


class _Client:
    """One of the processes, and where all of them wait for each other."""

    start: Barrier

    @classmethod
    def join(cls, start: Barrier) -> None:
        """Keep, in a process of the pool, where it waits for the others."""
        cls.start = start

    @classmethod
    def turn(cls, wishes: Wishes, *, now: dt.datetime, pause: float) -> Turn:
        """Book what is wished for, one after the other; a neighbor may have got the last room of an hour."""
        for wish in wishes[:WARM_UP]:
            with contextlib.suppress(SlotTaken), transaction.atomic():
                _book(wish, now=now)
                transaction.set_rollback(True)
        cls.start.wait(timeout=60)
        # Those who pause do not all ask at the same moment.
        time.sleep(pause * random.random())  # noqa: S311 - no secret
        began, waits = time.perf_counter(), []
        for wish in wishes:
            asked = time.perf_counter()
            with contextlib.suppress(SlotTaken):
                _book(wish, now=now)
                waits.append((time.perf_counter() - asked) * 1000)
            time.sleep(pause)
        return Turn(began=began, ended=time.perf_counter(), waits=waits)


def _book(wish: tuple[dt.datetime, Patient], *, now: dt.datetime) -> None:
    start, who = wish
    book_appointment(offering=busy_offering(), patient=who, start=start, now=now, by=_by())
