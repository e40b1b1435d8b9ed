"""How many bookings a second one client makes, beside the very same statements without the product."""

import contextlib
import datetime as dt
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from django.db import connection
from django.utils import timezone

from cryoclinic.bench.figures import Figure, compared, percentile
from cryoclinic.bench.raw import Statement, caught, played
from cryoclinic.bench.world import busy_offering, house, patient
from scheduling.models import Patient
from scheduling.operations import Actor, SlotTaken, book_appointment
from scheduling.operations.slots import find_slots

BOOKINGS = 60
CLIENTS = 8
# Days of the diary that the other measurement leaves alone.
PARALLEL_FROM, PARALLEL_UNTIL = dt.timedelta(days=20), dt.timedelta(days=60)
# Every row a booking leaves, removed without triggers so that the same statements can be played again.
_LEFT_BY_BOOKINGS = (
    "notifications_timeline WHERE appointment_id = ANY(%s)",
    "scheduling_appointmentchange WHERE appointment_id = ANY(%s)",
    "scheduling_allocation WHERE appointment_id = ANY(%s)",
    "scheduling_appointment WHERE id = ANY(%s)",
)


def booking_rate() -> Figure:
    """Measure bookings a second, one after the other, each committed to the disk."""
    offering = busy_offering()
    now = timezone.now()
    found = find_slots(
        offering=offering, first=now, until=now + dt.timedelta(days=90), limit=BOOKINGS * 4, now=now
    )
    starts = [slot.start for slot in found][::4]
    patients = [patient(1000 + number) for number in range(len(starts) + 1)]
    before = _last_id()
    taken: list[float] = []
    statements: list[list[Statement]] = []
    for start, who in zip(starts, patients, strict=False):
        seconds, caught_now = _booked(start, who, now=now)
        taken.append(seconds)
        statements.append(caught_now)
    _undo(after=before)
    raw = _played_seconds(statements)
    return compared(
        name="booking_rate",
        unit="bookings/s",
        ours=len(taken) / sum(taken),
        floor=len(statements) / raw,
        beside="the same SQL statements replayed raw, one transaction each",
    )


def booking_p99_ms() -> Figure:
    """Measure how long one of eight clients waits for a booking that nobody else wants, beside one client alone."""
    now = timezone.now()
    found = find_slots(
        offering=busy_offering(), first=now + PARALLEL_FROM, until=now + PARALLEL_UNTIL, limit=None, now=now
    )
    starts = [slot.start for slot in found]
    alone, together = starts[:BOOKINGS], starts[BOOKINGS : BOOKINGS + 20 * CLIENTS]
    people = [patient(3000 + number) for number in range(len(alone) + len(together))]
    before = _last_id()
    one = _waits(list(zip(alone, people, strict=False)), clients=1, now=now)
    many = _waits(list(zip(together, people[len(alone) :], strict=False)), clients=CLIENTS, now=now)
    _undo(after=before)
    return compared(
        name="booking_p99_ms",
        unit="ms",
        ours=percentile(many, 0.99),
        floor=percentile(one, 0.99),
        beside=f"one client alone; {CLIENTS} clients on connections that stand, {len(many)} bookings",
    )


def _waits(wishes: Sequence[tuple[dt.datetime, Patient]], *, clients: int, now: dt.datetime) -> list[float]:
    """Return how many milliseconds each booking took that could be had, by so many clients at once."""

    def client(number: int) -> list[float]:
        connection.ensure_connection()
        took = []
        try:
            for start, who in wishes[number::clients]:
                began = time.perf_counter()
                # A neighbor of mine may have got the last room of that hour.
                with contextlib.suppress(SlotTaken):
                    by = Actor(user=house().people["sam"])
                    book_appointment(offering=busy_offering(), patient=who, start=start, now=now, by=by)
                    took.append((time.perf_counter() - began) * 1000)
        finally:
            if clients > 1:
                connection.close()
        return took

    if clients == 1:
        return client(0)
    with ThreadPoolExecutor(clients) as threads:
        return [each for took in threads.map(client, range(clients)) for each in took]


def _booked(start: dt.datetime, who: Patient, *, now: dt.datetime) -> tuple[float, list[Statement]]:
    by = Actor(user=house().people["sam"])
    with caught() as statements:
        began = time.perf_counter()
        book_appointment(offering=busy_offering(), patient=who, start=start, now=now, by=by)
        return time.perf_counter() - began, statements


def _played_seconds(statements: Sequence[list[Statement]]) -> float:
    began = time.perf_counter()
    for each in statements:
        played(each)
    return time.perf_counter() - began


def _last_id() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM scheduling_appointment")
        ((found,),) = cursor.fetchall()
        return int(found)


def _undo(*, after: int) -> None:
    """Remove the appointments made after one, and let the next have the first one's number again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT array_agg(id), min(id) FROM scheduling_appointment WHERE id > %s", [after])
        ((ids, first),) = cursor.fetchall()
        cursor.execute("SET session_replication_role = replica")
        for rows in _LEFT_BY_BOOKINGS:
            cursor.execute(f"DELETE FROM {rows}", [ids])  # noqa: S608 - the constants above
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('scheduling_appointment', 'id'), %s, false)", [first]
        )
