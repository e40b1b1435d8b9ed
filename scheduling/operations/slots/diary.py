"""
What is taken, and when: from rows to bitmaps.

Reads only, one statement each. The database packs the moments as it keeps them: the driver's range objects would cost
ten times as much to make as everything the search does with them.
"""

import datetime as dt
import struct
from collections.abc import Sequence
from typing import Any

from django.db import connection

from scheduling.availability import Window, bitmap, bitmap_of_ticks
from scheduling.codes import OCCUPYING
from scheduling.operations.limits import NOTHING_IGNORED, Ignored
from scheduling.operations.taken import TAKEN

# What PostgreSQL sends for a moment: big-endian microseconds since 2000.
MICROSECONDS = 1_000_000
SINCE_2000 = int(dt.datetime(2000, 1, 1, tzinfo=dt.UTC).timestamp())
_DIARY = (
    """
    SELECT
        resource_id,
        string_agg(timestamptz_send(lower(period)), ''::bytea),
        string_agg(timestamptz_send(upper(period)), ''::bytea)
    FROM"""  # noqa: S608 - a constant
    + TAKEN
    + """
    WHERE (appointment_id IS NULL OR appointment_id IS DISTINCT FROM %(appointment)s::bigint)
        AND (hold_id IS NULL OR hold_id IN (
            SELECT id FROM scheduling_hold WHERE expires_at > %(now)s AND id IS DISTINCT FROM %(hold)s::bigint
        ))
    GROUP BY resource_id
"""
)
_PATIENT = """
    SELECT floor(date_part('epoch', lower(period)))::int8, ceil(date_part('epoch', upper(period)))::int8
    FROM scheduling_appointment
    WHERE patient_id = %(patient)s
        AND status = ANY(%(statuses)s)
        AND period && tstzrange(%(start)s, %(end)s)
        AND id IS DISTINCT FROM %(appointment)s::bigint
        AND NOT (status = 'proposed' AND id IN (
            SELECT appointment_id FROM scheduling_waitlistoffer WHERE expires_at <= %(now)s
        ))
"""


def taken_steps(
    *, resource_ids: Sequence[int], window: Window, now: dt.datetime, ignored: Ignored = NOTHING_IGNORED
) -> dict[int, int]:
    """
    Return the steps of a window in which each resource is taken, as bitmaps by resource, in one query.

    A hold that has lapsed at `now` (aware) takes nothing: a booking clears it away.
    """
    values: dict[str, Any] = {
        "resources": list(resource_ids),
        "start": dt.datetime.fromtimestamp(window.start, dt.UTC),
        "end": dt.datetime.fromtimestamp(window.end, dt.UTC),
        "now": now,
        "appointment": ignored.appointment_id,
        "hold": ignored.hold_id,
    }
    from_2000 = Window(start=window.start - SINCE_2000, steps=window.steps)
    with connection.cursor() as cursor:
        cursor.execute(_DIARY, values)
        return {
            pk: bitmap_of_ticks(_unpacked(begins), _unpacked(ends), from_2000, ticks=MICROSECONDS)
            for pk, begins, ends in cursor.fetchall()
        }


def patient_steps(
    *, patient_id: int, window: Window, now: dt.datetime, ignored: Ignored = NOTHING_IGNORED
) -> int:
    """
    Return the steps of a window in which a patient is in the house for other appointments, in one query.

    An offer that has lapsed at `now` (aware) keeps nobody: a booking clears it away.
    """
    values: dict[str, Any] = {
        "patient": patient_id,
        "start": dt.datetime.fromtimestamp(window.start, dt.UTC),
        "end": dt.datetime.fromtimestamp(window.end, dt.UTC),
        "statuses": [status.value for status in OCCUPYING],
        "now": now,
        "appointment": ignored.appointment_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PATIENT, values)
        return bitmap(cursor.fetchall(), window)


def _unpacked(packed: bytes) -> tuple[int, ...]:
    return struct.unpack(f">{len(packed) // 8}q", packed)
