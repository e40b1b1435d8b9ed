"""How many clients at once book without slowing each other: processes, as the product is deployed, each with its connection."""

import contextlib
import datetime as dt
import multiprocessing
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache

from django.db import connections, transaction
from django.utils import timezone

from cryoclinic.bench.booking import last_id, undo
from cryoclinic.bench.figures import Figure, compared, percentile
from cryoclinic.bench.world import busy_offering, house, patient
from scheduling.models import Patient
from scheduling.operations import Actor, SlotTaken, book_appointment
from scheduling.operations.slots import find_slots

ALONE = 48
EACH = 12
# Days of the diary that the other measurements leave alone.
FIRST, LAST = dt.timedelta(days=20), dt.timedelta(days=60)

Wishes = list[tuple[dt.datetime, Patient]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Crowd:
    """What became of many bookings: how long each took, and all of them together, in milliseconds."""

    waits: list[float]
    wall: float

    @property
    def rate(self) -> float:
        """Return the bookings a second."""
        return len(self.waits) / self.wall * 1000


def booking_p99_ms() -> Figure:
    """Measure how long one of eight clients waits for a booking that nobody else wants, beside one client alone."""
    alone, together = _crowds(clients=8, people_from=3000)
    return compared(
        name="booking_p99_ms",
        unit="ms",
        ours=percentile(together.waits, 0.99),
        floor=percentile(alone.waits, 0.99),
        beside=f"one client alone; 8 processes that never pause, {len(together.waits)} bookings, median "
        f"{percentile(together.waits, 0.5):.3g} ms",
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


def _crowds(*, clients: int, people_from: int) -> tuple[Crowd, Crowd]:
    now = timezone.now()
    found = find_slots(offering=busy_offering(), first=now + FIRST, until=now + LAST, limit=None, now=now)
    number = ALONE + EACH * clients
    # All over the days, so that hardly two are near each other.
    starts = [slot.start for slot in found[:: max(1, len(found) // number)]][:number]
    wishes = [(start, patient(people_from + each)) for each, start in enumerate(starts)]
    before = last_id()
    alone = _booked(wishes[:ALONE], clients=1, now=now)
    together = _booked(wishes[ALONE:], clients=clients, now=now)
    undo(after=before)
    return alone, together


def _booked(wishes: Wishes, *, clients: int, now: dt.datetime) -> Crowd:
    # A connection must not go with a fork: every process opens its own.
    connections.close_all()
    with ProcessPoolExecutor(clients, mp_context=multiprocessing.get_context("fork")) as pool:
        list(pool.map(_warm, wishes[:1] * clients * 2, [now] * clients * 2))
        began = time.perf_counter()
        taken = list(
            pool.map(_client, [wishes[number::clients] for number in range(clients)], [now] * clients)
        )
        wall = (time.perf_counter() - began) * 1000
    return Crowd(waits=[each for took in taken for each in took], wall=wall)


@cache
def _by() -> Actor:
    return Actor(user=house().people["sam"])


def _warm(wish: tuple[dt.datetime, Patient], now: dt.datetime) -> None:
    """Book and take it back, so that nothing is done for the first time later; then wait until the next one starts too."""
    start, who = wish
    with contextlib.suppress(SlotTaken), transaction.atomic():
        book_appointment(offering=busy_offering(), patient=who, start=start, now=now, by=_by())
        transaction.set_rollback(True)
    time.sleep(0.05)


def _client(wishes: Wishes, now: dt.datetime) -> list[float]:
    """Book what is wished for, one after the other; return how many milliseconds each booking took that could be had."""
    took = []
    for start, who in wishes:
        began = time.perf_counter()
        # A neighbor of mine may have got the last room of that hour.
        with contextlib.suppress(SlotTaken):
            book_appointment(offering=busy_offering(), patient=who, start=start, now=now, by=_by())
            took.append((time.perf_counter() - began) * 1000)
    return took
