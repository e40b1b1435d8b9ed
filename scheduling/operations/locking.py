"""
The locks of whoever takes resources, and what is true once they are held.

Everybody locks in the same order, the patient first, then the offering where its days can be full, then resources by
id, so nobody waits in a circle. The caller holds a transaction, whose end gives the locks back.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scheduling.models import Patient
from scheduling.models.prepared import Prepared
from scheduling.operations.limits import NOTHING_IGNORED, Ignored
from scheduling.operations.terms import PatientDeceased, PatientMerged

# Foreign keys of others are not kept waiting.
_PATIENT = Prepared(
    name="lock_patient",
    text="SELECT merged_into_id, deceased_on FROM scheduling_patient WHERE id = %(patient)s FOR NO KEY UPDATE",
    types={"patient": "bigint"},
)
_RESOURCES = Prepared(
    name="lock_resources",
    text="""
        SELECT id, most_per_day IS NOT NULL FROM scheduling_resource
        WHERE id = ANY(%(resources)s) ORDER BY id FOR NO KEY UPDATE
    """,
    types={"resources": "bigint[]"},
)
# Written as the exclusion constraint is, whose index answers it.
_STILL_TAKEN = Prepared(
    name="still_taken",
    text="""
        WITH reaching AS MATERIALIZED (
            SELECT taken.id, taken.hold_id
            FROM unnest(%(resources)s, %(begins)s, %(ends)s) AS wanted (resource_id, begins, ends)
            JOIN scheduling_allocation AS taken ON taken.active
                AND int8range(taken.resource_id, taken.resource_id, '[]')
                    && int8range(wanted.resource_id, wanted.resource_id, '[]')
                AND taken.period && tstzrange(wanted.begins, wanted.ends)
            WHERE (taken.appointment_id = %(appointment)s) IS NOT TRUE
                AND (taken.hold_id = %(hold)s) IS NOT TRUE
        ), lapsed AS (
            UPDATE scheduling_allocation SET active = false
            WHERE id IN (
                SELECT reaching.id FROM reaching JOIN scheduling_hold AS hold ON hold.id = reaching.hold_id
                WHERE hold.expires_at <= %(now)s
            )
            RETURNING id
        )
        SELECT count(*) FROM reaching WHERE id NOT IN (SELECT id FROM lapsed)
    """,
    types={
        "resources": "bigint[]",
        "begins": "timestamptz[]",
        "ends": "timestamptz[]",
        "appointment": "bigint",
        "hold": "bigint",
        "now": "timestamptz",
    },
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A resource and the half-open period (aware) for which a leg wants it."""

    leg: str
    resource_id: int
    begin: dt.datetime
    end: dt.datetime


def lock_patient(patient_id: int) -> None:
    """
    Lock the row of a patient.

    :raises PatientMerged, PatientDeceased: if somebody has said so since the row was read
    """
    ((merged_into, deceased_on),) = _PATIENT.rows(patient=patient_id)
    if merged_into is not None:
        raise PatientMerged(merged_into=Patient.objects.values_list("uid", flat=True).get(pk=merged_into))
    if deceased_on is not None:
        raise PatientDeceased


def lock_resources(resource_ids: Iterable[int]) -> tuple[int, ...]:
    """Lock the rows of resources, in the order of their ids; return those that serve only so many visits a day."""
    locked = _RESOURCES.rows(resources=sorted(resource_ids))
    return tuple(pk for pk, is_limited in locked if is_limited)


def is_taken(wanted: Sequence[Wanted], *, now: dt.datetime, ignored: Ignored = NOTHING_IGNORED) -> bool:
    """
    Free what lapsed holds still keep of what is wanted, and return whether anything of it is taken all the same.

    `now` is aware. Once the resources are locked, the answer stays true until the transaction ends.
    """
    ((count,),) = _STILL_TAKEN.rows(
        resources=[each.resource_id for each in wanted],
        begins=[each.begin for each in wanted],
        ends=[each.end for each in wanted],
        appointment=ignored.appointment_id,
        hold=ignored.hold_id,
        now=now,
    )
    return bool(count)
