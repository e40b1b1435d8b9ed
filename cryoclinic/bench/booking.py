"""How many bookings a second one client makes, beside the very same statements without the product."""

import datetime as dt
import time
from collections.abc import Sequence

from django.db import connection
from django.utils import timezone

from cryoclinic.bench.figures import Figure, compared
from cryoclinic.bench.raw import Statement, caught, played
from cryoclinic.bench.world import busy_offering, house, patient
from scheduling.models import Patient
from scheduling.operations import Actor, book_appointment
from scheduling.operations.slots import find_slots

BOOKINGS = 60
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
    before = last_id()
    taken: list[float] = []
    statements: list[list[Statement]] = []
    for start, who in zip(starts, patients, strict=False):
        seconds, caught_now = _booked(start, who, now=now)
        taken.append(seconds)
        statements.append(caught_now)
    undo(after=before)
    raw = _played_seconds(statements)
    return compared(
        name="booking_rate",
        unit="bookings/s",
        ours=len(taken) / sum(taken),
        floor=len(statements) / raw,
        beside="the same SQL statements replayed raw, one transaction each",
    )


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


def last_id() -> int:
    """Return the number of the appointment made last."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM scheduling_appointment")
        ((found,),) = cursor.fetchall()
        return int(found)


def undo(*, after: int) -> None:
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
