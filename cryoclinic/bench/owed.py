"""Any number of people who are owed one text each: copies of one that the product planned, made by INSERT .. SELECT."""

import contextlib
import datetime as dt
from collections.abc import Iterator
from functools import cache
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.backends.utils import CursorWrapper
from django.utils import timezone
from psycopg.sql import SQL, Identifier

from cryoclinic.bench.world import house, patient
from cryoclinic.demo.furniture import KIDNEY, LONDON
from cryoclinic.rehearsal.smoke import DAYTIME, ZONES
from notifications.models import CommunicationRequest
from notifications.operations import reconcile_timeline
from scheduling.operations import Actor, book_appointment
from scheduling.operations.slots import find_slots

# Copies get numbers of their own, far from those that sequences give.
FIRST_COPY = 10_000_000
NOTICE = "food-first"
_COPY = """
    INSERT INTO {table}
    SELECT (jsonb_populate_record(row, {changes})).*
    FROM {table} AS row, generate_series(%(first)s::bigint, %(last)s::bigint) AS n
    WHERE row.id = %(template)s
"""
_TABLES = (
    (
        "scheduling_patient",
        (
            "jsonb_build_object('id', n, 'uid', gen_random_uuid(), 'identifier', 'B-' || n, 'phone', '+44' || n, "
            "'email', '', 'zone', %(zone)s::text)"
        ),
    ),
    (
        "scheduling_appointment",
        "jsonb_build_object('id', n, 'uid', gen_random_uuid(), 'patient_id', n)",
    ),
    ("notifications_recipient", "jsonb_build_object('id', n, 'patient_id', n)"),
    ("notifications_contactpoint", "jsonb_build_object('id', n, 'value', '+44' || n)"),
    (
        "notifications_communicationrequest",
        (
            "jsonb_build_object('id', n, 'uid', gen_random_uuid(), 'appointment_id', n, 'recipient_id', n, "
            "'due_at', %(due_at)s::timestamptz, 'next_at', %(due_at)s::timestamptz, 'channels', '[\"sms\"]'::jsonb, "
            "'rank', 1 + n %% 2, 'safety', CASE WHEN n %% 2 = 0 THEN 'safety' ELSE 'routine' END)"
        ),
    ),
)
# More of what is owed to people who are there already: far ahead, or held.
_MORE = {
    "uid": "gen_random_uuid()",
    "appointment_id": "%(people)s::bigint + n %% %(count)s",
    "recipient_id": "%(people)s::bigint + n %% %(count)s",
    "status": "%(status)s::text",
    "status_reason": "%(reason)s::text",
    "due_at": "%(due_at)s::timestamptz + n * interval '1 second'",
    "next_at": "%(due_at)s::timestamptz + n * interval '1 second'",
    "expires_at": "%(due_at)s::timestamptz + n * interval '1 second' + interval '1 day'",
}


class _Numbers:
    """The next number that no copy has."""

    free = FIRST_COPY


def taken_numbers(count: int) -> tuple[int, int]:
    """Return the first and last of `count` numbers that nobody has."""
    first = _Numbers.free
    _Numbers.free += count
    return first, first + count - 1


@cache
def template() -> CommunicationRequest:
    """Return a request that the product planned for a patient of its own."""
    offering = house().offerings[LONDON.name, KIDNEY]
    who = patient(9)
    now = timezone.now()
    first = now + dt.timedelta(days=10)
    slot = find_slots(
        offering=offering, patient=who, first=first, until=first + dt.timedelta(days=30), limit=1, now=now
    )
    appointment = book_appointment(
        offering=offering, patient=who, start=slot[0].start, now=now, by=Actor(user=house().people["sam"])
    )
    reconcile_timeline(appointment_id=appointment.pk, now=now)
    return CommunicationRequest.objects.get(appointment=appointment, notice=NOTICE)


def owe(count: int, *, due_at: dt.datetime) -> tuple[int, int]:
    """
    Owe `count` more people one text each, due at `due_at` (aware), every other one a safety message.

    They live where it is day now. Returns the first and last number, which all their rows share.
    """
    request = template()
    zone = next(name for name in ZONES if timezone.now().astimezone(ZoneInfo(name)).hour in DAYTIME)
    first, last = taken_numbers(count)
    sources = {
        "scheduling_patient": request.recipient.patient_id,
        "scheduling_appointment": request.appointment_id,
        "notifications_recipient": request.recipient_id,
        "notifications_contactpoint": _contact_point(request),
        "notifications_communicationrequest": request.pk,
    }
    with connection.cursor() as cursor:
        # Copies of what was checked: the triggers would count changes of plans that stay as they are.
        cursor.execute("SET session_replication_role = replica")
        for table, changes in _TABLES:
            cursor.execute(
                _COPY.format(table=table, changes=changes),
                {"first": first, "last": last, "template": sources[table], "zone": zone, "due_at": due_at},
            )
        cursor.execute(
            "INSERT INTO notifications_timeline (appointment_id, wanted_revision, planned_revision, not_owed, failure, "
            "failures) SELECT n, 1, 1, '[]', '', 0 FROM generate_series(%s::bigint, %s::bigint) AS n",
            [first, last],
        )
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE")
    return first, last


def owe_more(count: int, *, people: tuple[int, int], due_at: dt.datetime, held: bool) -> None:
    """Owe people who are there `count` requests more, from `due_at` (aware) on, one a second; held ones wait."""
    first, _ = taken_numbers(count)
    fields = [str(field.column) for field in CommunicationRequest._meta.concrete_fields]  # noqa: SLF001 - Django's documented name for it
    values = {
        **{name: f"row.{name}" for name in fields},
        "id": f"{first} + n",
        "notice": f"'bench-' || {first} + n",
        **_MORE,
    }
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        with _indexes_made_afterwards(cursor, table=CommunicationRequest._meta.db_table):  # noqa: SLF001 - as above
            cursor.execute(
                f"INSERT INTO notifications_communicationrequest ({', '.join(fields)}) "  # noqa: S608 - columns and the constants above
                f"SELECT {', '.join(values[name] for name in fields)} FROM notifications_communicationrequest AS row, "
                "generate_series(0, %(rows)s - 1) AS n WHERE row.id = %(template)s",
                {
                    "rows": count, "people": people[0], "count": people[1] - people[0] + 1,
                    "status": "on-hold" if held else "active", "reason": "unsigned" if held else "",
                    "due_at": due_at, "template": template().pk,
                },
            )  # fmt: skip
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE notifications_communicationrequest")


@contextlib.contextmanager
def _indexes_made_afterwards(cursor: CursorWrapper, *, table: str) -> Iterator[None]:
    """Drop a table's indexes, but for those of keys, and make them again: one sort each, not a million insertions."""
    cursor.execute(
        """
        SELECT indexname, indexdef FROM pg_indexes
        WHERE tablename = %s AND indexname NOT IN (SELECT conname FROM pg_constraint)
        """,
        [table],
    )
    indexes = cursor.fetchall()
    for name, _ in indexes:
        cursor.execute(SQL("DROP INDEX {}").format(Identifier(name)))
    yield
    cursor.execute("SET maintenance_work_mem = '256MB'")
    for _, definition in indexes:
        cursor.execute(definition)


def _contact_point(request: CommunicationRequest) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM notifications_contactpoint WHERE system = 'sms' AND value = %s",
            [request.recipient.patient.phone],
        )
        ((found,),) = cursor.fetchall()
        return int(found)
