"""What of the diary reaches into a period: one way to ask for it, however long the history and the future are."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scheduling.models.prepared import Prepared

# A resource's active periods are disjoint, so those that end in the period asked about and the first one after it are
# all that can reach into it: an index over their ends yields them whole.
TAKEN = """
    (
        SELECT resource_id, period, appointment_id, hold_id
        FROM scheduling_allocation
        WHERE active
            AND resource_id = ANY(%(resources)s)
            AND upper(period) > %(start)s
            AND upper(period) <= %(end)s
        UNION ALL
        SELECT reaching.*
        FROM unnest(%(resources)s::bigint[]) AS each(id), LATERAL (
            SELECT resource_id, period, appointment_id, hold_id
            FROM scheduling_allocation
            WHERE active AND resource_id = each.id AND upper(period) > %(end)s
            ORDER BY upper(period)
            LIMIT 1
        ) AS reaching
        WHERE lower(period) < %(end)s
    ) AS taken
"""
_STANDING = Prepared(
    name="standing",
    text="SELECT resource_id, lower(period), upper(period), appointment_id, hold_id FROM"  # noqa: S608 - a constant
    + TAKEN
    + "WHERE hold_id IS NULL OR hold_id IN (SELECT id FROM scheduling_hold WHERE expires_at > %(now)s)",
    types={"resources": "bigint[]", "start": "timestamptz", "end": "timestamptz", "now": "timestamptz"},
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Standing:
    """A resource that is taken for a half-open period, and by what."""

    resource_id: int
    begin: dt.datetime
    end: dt.datetime
    appointment_id: int | None
    hold_id: int | None


def standing(
    resource_ids: Iterable[int], *, begin: dt.datetime, end: dt.datetime, now: dt.datetime
) -> Sequence[Standing]:
    """Return what of these resources is taken in the half-open period; a hold that has lapsed takes nothing."""
    rows = _STANDING.rows(resources=list(resource_ids), start=begin, end=end, now=now)
    return [
        Standing(resource_id=resource, begin=since, end=until, appointment_id=appointment, hold_id=hold)
        for resource, since, until, appointment, hold in rows
    ]
