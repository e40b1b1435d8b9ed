"""What is true of every diary, whatever was done to it: nobody twice, nothing left over, every state explained."""

import datetime as dt
from collections.abc import Sequence

from django.db import connection

from scheduling.codes import AppointmentStatus, ChangeKind
from scheduling.models import Appointment, AppointmentChange
from scheduling.operations.spans import legs_at
from scheduling.rules import NEXT_STATUSES

RESOURCES_TWICE = """
    SELECT count(*) FROM scheduling_allocation AS one JOIN scheduling_allocation AS other
    ON one.resource_id = other.resource_id AND one.id < other.id AND one.period && other.period
    WHERE one.active AND other.active
"""
PATIENTS_TWICE = """
    SELECT count(*) FROM scheduling_appointment AS one JOIN scheduling_appointment AS other
    ON one.patient_id = other.patient_id AND one.id < other.id AND one.period && other.period
    WHERE one.status IN ('proposed', 'booked', 'arrived') AND other.status IN ('proposed', 'booked', 'arrived')
"""
# Taken beyond a moment for nobody: by a visit that is over or only offered, or by a hold that has ended.
ORPHANS = """
    SELECT count(*) FROM scheduling_allocation AS taken
    LEFT JOIN scheduling_appointment AS visit ON visit.id = taken.appointment_id
    LEFT JOIN scheduling_hold AS hold ON hold.id = taken.hold_id
    WHERE taken.active AND upper(taken.period) > %s
        AND (visit.status NOT IN ('booked', 'arrived') OR hold.released_at IS NOT NULL)
"""
KEEPS_RESOURCES = (AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED)


def check_diary(now: dt.datetime) -> None:
    """Find no overlap, no orphan, and no visit that is not what its history and its start make of it."""
    assert (_count(RESOURCES_TWICE), _count(PATIENTS_TWICE), _count(ORPHANS, now)) == (0, 0, 0)
    for visit in Appointment.objects.with_facts().prefetch_related(
        "changes", "allocations", "offering__procedure_type__legs"
    ):
        check_history(visit)
        check_legs(visit, now=now)


def check_history(visit: Appointment) -> None:
    """Compute the visit from its record alone, and find it so."""
    changes = list(visit.changes.all())
    status, start, serving = replayed(changes)

    assert [change.revision for change in changes] == list(range(1, visit.revision + 1))
    assert (status, start) == (visit.status, visit.start)
    if visit.status in KEEPS_RESOURCES:
        active = {(each.leg, each.resource_id) for each in visit.allocations.all() if each.active}
        assert set(serving.items()) <= active


def replayed(changes: Sequence[AppointmentChange]) -> tuple[str, dt.datetime, dict[str, int]]:
    """Return status, start and who is known to serve which leg, from the first change on; refuse a jump."""
    first, *others = changes
    assert (first.kind, first.from_status) == (ChangeKind.BOOKED, "")
    status, start = first.to_status, first.to_start
    serving: dict[str, int] = {}
    for change in others:
        assert change.from_status == status
        assert change.to_status == status or change.to_status in NEXT_STATUSES[AppointmentStatus(status)]
        assert (change.from_start or change.to_start) == start
        assert (change.kind == ChangeKind.MOVED) == (change.from_start is not None)
        if change.kind == ChangeKind.MOVED:
            serving.clear()
        if change.kind == ChangeKind.SWAPPED:
            assert serving.get(change.leg, change.from_resource_id) == change.from_resource_id
            serving[change.leg] = change.to_resource_id
        status, start = change.to_status, change.to_start
    return status, start, serving


def check_legs(visit: Appointment, *, now: dt.datetime) -> None:
    """Find every leg of a visit taken once for just its time, and nothing ahead of one that keeps nothing."""
    active = [each for each in visit.allocations.all() if each.active]
    if visit.status not in KEEPS_RESOURCES:
        assert [each.leg for each in active if each.period.upper > now] == []
        return
    changed = {change.kind for change in visit.changes.all()}
    if changed & {ChangeKind.BEGAN, ChangeKind.LENGTHENED} or visit.arrive_at < now:
        # One that is going on may have grown, or been served by two after each other.
        assert {each.leg for each in active} == {leg.key for leg in legs_at(visit.offering, visit.start)}
        return
    wanted = [(leg.key, leg.begin, leg.end) for leg in legs_at(visit.offering, visit.start)]
    taken = [(each.leg, each.period.lower, each.period.upper) for each in active]
    assert sorted(taken) == sorted(wanted)


def _count(sql: str, *values: object) -> int:
    with connection.cursor() as cursor:
        cursor.execute(sql, values or None)
        return int(cursor.fetchone()[0])
