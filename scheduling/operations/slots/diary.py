"""
What is taken, and when: from rows to bitmaps.

Reads only, one statement each. The database rounds to steps and packs them: the driver's range objects would cost
ten times as much to make as everything the search does with them.
"""

import datetime as dt
import struct
from collections.abc import Sequence
from typing import Any

from django.db import connection

from scheduling.availability import STEP_SECONDS, Window, bitmap, bitmap_of_steps
from scheduling.codes import OCCUPYING
from scheduling.operations.limits import NOTHING_IGNORED, Ignored

# Seconds since the epoch, rounded outward to steps of the window. What reaches beyond the window is cut off.
_DIARY = """
    SELECT
        resource_id,
        string_agg(int4send(floor(
            (greatest(date_part('epoch', lower(period)), %(first)s) - %(first)s) / %(step)s
        )::int4), ''::bytea),
        string_agg(int4send(ceil(
            (least(date_part('epoch', upper(period)), %(last)s) - %(first)s) / %(step)s
        )::int4), ''::bytea)
    FROM scheduling_allocation
    WHERE active
        AND resource_id = ANY(%(resources)s)
        AND period && tstzrange(%(start)s, %(end)s)
        AND (appointment_id IS NULL OR appointment_id IS DISTINCT FROM %(appointment)s::bigint)
        AND (hold_id IS NULL OR hold_id IN (
            SELECT id FROM scheduling_hold WHERE expires_at > %(now)s AND id IS DISTINCT FROM %(hold)s::bigint
        ))
    GROUP BY resource_id
"""
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
        "first": window.start,
        "last": window.end,
        "step": float(STEP_SECONDS),
        "start": dt.datetime.fromtimestamp(window.start, dt.UTC),
        "end": dt.datetime.fromtimestamp(window.end, dt.UTC),
        "now": now,
        "appointment": ignored.appointment_id,
        "hold": ignored.hold_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DIARY, values)
        return {
            pk: bitmap_of_steps(zip(_unpacked(begins), _unpacked(ends), strict=True))
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
    return struct.unpack(f">{len(packed) // 4}i", packed)
