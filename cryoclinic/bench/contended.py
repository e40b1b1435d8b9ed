"""How long eight wait who all want the last place at once, the one who gets it and the seven who do not."""

import contextlib
import datetime as dt
import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing.synchronize import Barrier
from typing import Any

import psycopg
from django.db import connection, connections, transaction
from django.utils import timezone

from cryoclinic.bench.booking import last_id, undo
from cryoclinic.bench.figures import Figure, compared, percentile
from cryoclinic.bench.world import busy_offering, house, patient
from scheduling.models import Allocation, Appointment, Patient
from scheduling.operations import Actor, SlotTaken, book_appointment
from scheduling.operations.slots import find_slots

CLIENTS = 8
ROUNDS = 30
# In these each process does everything for the first time.
WARM_UP = 6
# Days of the diary that the other measurements leave alone.
FIRST, LAST = dt.timedelta(days=61), dt.timedelta(days=85)
# Every operator but one of those who are free then.
_ALL_BUT_ONE = """
    INSERT INTO scheduling_allocation (resource_id, appointment_id, leg, period, active)
    SELECT resource.id, %(owner)s, 'operator', %(period)s, true
    FROM scheduling_resource AS resource
    WHERE resource.location_id = %(location)s AND resource.kind = 'practitioner' AND resource.id <> %(left)s
        AND NOT EXISTS (
            SELECT FROM scheduling_allocation AS taken
            WHERE taken.active AND taken.resource_id = resource.id AND taken.period && %(period)s
        )
"""
_LOCK = "SELECT id FROM scheduling_resource WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"
_INSERT = """
    INSERT INTO scheduling_allocation (resource_id, appointment_id, leg, period, active)
    VALUES (%s, %s, %s, %s, true)
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Round:
    """A start with one place left, what it needs (resource, leg, period), and who could own that in raw SQL."""

    start: dt.datetime
    rows: tuple[tuple[int, str, Any], ...]
    owner: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Race:
    """What became of all rounds: how long every call took, in milliseconds, and how many of them got the place."""

    waits: list[float]
    winners: int


def booking_contended_p99_ms() -> Figure:
    """Measure how long all who want the last place wait for their answer, beside a lock and three inserts without us."""
    busy_offering()
    now = timezone.now()
    people = [patient(5000 + each) for each in range(CLIENTS)]
    before, first_row = last_id(), _last_row()
    rounds = _rounds(people[0], now=now)
    prepared = _last_row()
    raw = _raced(rounds, act=_insert)
    _remove(after=prepared)
    ours = _raced(rounds, act=partial(_book, people=people, now=now))
    undo(after=before)
    _remove(after=first_row)
    return compared(
        name="booking_contended_p99_ms",
        unit="ms",
        ours=percentile(ours.waits, 0.99),
        floor=percentile(raw.waits, 0.99),
        beside=f"lock and insert in raw SQL; {CLIENTS} processes at once on {multiprocessing.cpu_count()} cores, "
        f"{len(ours.waits)} calls, {ours.winners} winners, median {percentile(ours.waits, 0.5):.3g} ms",
    )


def _rounds(who: Patient, *, now: dt.datetime) -> list[Round]:
    number = WARM_UP + ROUNDS
    found = find_slots(offering=busy_offering(), first=now + FIRST, until=now + LAST, limit=None, now=now)
    starts = [slot.start for slot in found[:: len(found) // number]][:number]
    owner = Appointment.objects.earliest("id").pk
    return [_last_place(start, who=who, owner=owner, now=now) for start in starts]


def _last_place(start: dt.datetime, *, who: Patient, owner: int, now: dt.datetime) -> Round:
    """Leave one operator for a start."""
    offering = busy_offering()
    with transaction.atomic():
        by = Actor(user=house().people["sam"])
        tried = book_appointment(offering=offering, patient=who, start=start, now=now, by=by)
        rows = tuple(tried.allocations.order_by("id").values_list("resource_id", "leg", "period"))
        transaction.set_rollback(True)
    ((left, period),) = [(resource, period) for resource, leg, period in rows if leg == "operator"]
    with connection.cursor() as cursor:
        cursor.execute(
            _ALL_BUT_ONE,
            {"owner": owner, "period": period, "location": offering.location_id, "left": left},
        )
    return Round(start=start, rows=rows, owner=owner)


def _last_row() -> int:
    return Allocation.objects.latest("id").pk


def _remove(*, after: int) -> None:
    """Take back what was put into the diary without a booking."""
    Allocation.objects.filter(pk__gt=after).delete()


def _raced(rounds: Sequence[Round], *, act: Callable[[Round, int], None]) -> Race:
    # A connection must not go with a fork: every process opens its own.
    connections.close_all()
    context = multiprocessing.get_context("fork")
    start = context.Barrier(CLIENTS)
    with ProcessPoolExecutor(CLIENTS, mp_context=context, initializer=_Racer.join, initargs=(start,)) as pool:
        racers = [pool.submit(_Racer.run, rounds, act, number) for number in range(CLIENTS)]
        taken = [call for racer in racers for call in racer.result()]
    return Race(waits=[took for took, _ in taken], winners=sum(got_it for _, got_it in taken))


class _Racer:
    """One of the processes, and where all of them wait for each other."""

    start: Barrier

    @classmethod
    def join(cls, start: Barrier) -> None:
        """Be told where the others wait."""
        cls.start = start

    @classmethod
    def run(
        cls, rounds: Sequence[Round], act: Callable[[Round, int], None], number: int
    ) -> list[tuple[float, bool]]:
        """Run all rounds at once with the others; return of those that count how long it took and whether it was had."""
        calls = []
        for each in rounds:
            cls.start.wait()
            began = time.perf_counter()
            got_it = False
            with contextlib.suppress(SlotTaken, psycopg.errors.ExclusionViolation):
                act(each, number)
                got_it = True
            calls.append(((time.perf_counter() - began) * 1000, got_it))
        return calls[WARM_UP:]


def _book(each: Round, number: int, *, people: Sequence[Patient], now: dt.datetime) -> None:
    by = Actor(user=house().people["sam"])
    book_appointment(offering=busy_offering(), patient=people[number], start=each.start, now=now, by=by)


def _insert(each: Round, number: int) -> None:
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    with raw.transaction(), raw.cursor() as cursor:
        cursor.execute(_LOCK, [[resource_id for resource_id, *_ in each.rows]])
        for resource_id, leg, period in each.rows:
            cursor.execute(_INSERT, [resource_id, each.owner, leg, period])
