"""
What is taken, and when: from rows to periods.

Reads only, one statement each. Epoch seconds, packed by the database: the driver's range objects cost ten times as
much to make as everything the search does with them.
"""

import datetime as dt
import sys
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from scheduling.availability import Period, Window
from scheduling.codes import OCCUPYING

_DIARY = """
    SELECT
        resource_id,
        string_agg(int8send(floor(date_part('epoch', lower(period)))::int8), ''::bytea),
        string_agg(int8send(ceil(date_part('epoch', upper(period)))::int8), ''::bytea)
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
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ignored:
    """Whose bookings do not count as busy: of an appointment that would move, of a hold that would be used."""

    appointment_id: int | None = None
    hold_id: int | None = None


NOTHING_IGNORED = Ignored()


def busy_periods(
    *, resource_ids: Sequence[int], window: Window, now: dt.datetime, ignored: Ignored = NOTHING_IGNORED
) -> dict[int, Iterable[Period]]:
    """
    Return what takes the resources in a window, by resource, in one query.

    Epoch seconds, in no order. A hold that has lapsed at `now` (aware) takes nothing: a booking clears it away.
    """
    values = {
        "resources": list(resource_ids),
        "start": dt.datetime.fromtimestamp(window.start, dt.UTC),
        "end": dt.datetime.fromtimestamp(window.end, dt.UTC),
        "now": now,
        "appointment": ignored.appointment_id,
        "hold": ignored.hold_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DIARY, values)
        return {
            pk: zip(_unpacked(begins), _unpacked(ends), strict=True) for pk, begins, ends in cursor.fetchall()
        }


def patient_periods(
    *, patient_id: int, window: Window, ignored: Ignored = NOTHING_IGNORED
) -> tuple[Period, ...]:
    """Return when a patient is in the house for other appointments, in epoch seconds, in one query."""
    values = {
        "patient": patient_id,
        "start": dt.datetime.fromtimestamp(window.start, dt.UTC),
        "end": dt.datetime.fromtimestamp(window.end, dt.UTC),
        "statuses": [status.value for status in OCCUPYING],
        "appointment": ignored.appointment_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_PATIENT, values)
        return tuple(cursor.fetchall())


def _unpacked(packed: bytes) -> "array[int]":
    values = array("q", bytes(packed))
    if sys.byteorder == "little":
        values.byteswap()
    return values
