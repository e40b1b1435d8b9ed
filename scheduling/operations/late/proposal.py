"""What follows when a visit or a resource runs late, on paper. Reads only."""

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from procedures.preparation.clock import wall_instant
from scheduling.codes import OCCUPYING, AppointmentStatus
from scheduling.delays import Use, Waiting, delays, in_steps
from scheduling.models import Allocation, Appointment, Resource
from scheduling.operations.changes import TransitionRefused
from scheduling.operations.late.values import Beyond, DayDelay, LateVisit
from scheduling.operations.opening import is_within, opening_of

# How late something may be said to run, in minutes [ops].
LEAST_MINUTES, MOST_MINUTES = 5, 480
RETIMED = (AppointmentStatus.BOOKED, AppointmentStatus.ARRIVED)
ONE_DAY = dt.timedelta(days=1)
# How far behind the day a visit that cannot move may stand in the way: an overnight stay.
BEHIND = 2 * ONE_DAY


class DelayOutOfRange(ValueError):
    """A delay is 5 to 480 minutes."""


class NothingToDelay(LookupError):
    """Nothing that is booked there today is still ahead or going on, so nothing runs late."""


class StandsInTheWay(Exception):
    """A visit that is to keep its time needs what is still in use then. Swap that leg, move it, or let it wait."""

    def __init__(self, *, appointments: tuple[UUID, ...]) -> None:
        super().__init__(appointments)
        self.appointments = appointments


def propose_delay(
    *,
    minutes: int,
    now: dt.datetime,
    appointment: Appointment | None = None,
    resource: Resource | None = None,
    keeping: Collection[UUID] = (),
) -> DayDelay:
    """
    Return what follows if an appointment, or whatever a resource does or does next, runs so late. `now` is aware.

    What begins later the same local day and needs the same people, rooms, devices or patient waits, no longer than it
    must and in the order of the starts. Nothing else moves. Offers, kept times and other days stay where they are.
    Visits named by `keeping` stay at their time too, and the others wait for them instead.

    :raises StandsInTheWay: if what goes on and takes longer is in the way of one of those
    :raises DelayOutOfRange: if `minutes` is not from 5 to 480
    :raises NothingToDelay: if nothing of the resource is ahead today
    :raises TransitionRefused: if the appointment is neither booked nor going on
    """
    if not LEAST_MINUTES <= minutes <= MOST_MINUTES:
        raise DelayOutOfRange
    source = _source(appointment, resource=resource, now=now)
    listed = _rows(source)
    rows = {pk: row for pk, row in listed.items() if pk == source.pk or row.uid not in keeping}
    kept = tuple(row for pk, row in listed.items() if pk not in rows)
    by_owner = _allocations(source, now=now)
    retimed = _retimed(
        source, rows=rows, kept=kept, by_owner=by_owner, late_by=dt.timedelta(minutes=minutes), now=now
    )
    visits = tuple(
        _visit(rows[pk], by_owner.get(pk, ()), late_by=length)
        for pk, length in sorted(retimed.items(), key=lambda item: (rows[item[0]].start, item[0]))
    )
    visits = _with_hours(visits, source)
    return DayDelay(source=source, minutes=minutes, visits=visits, digest=_digest(visits), kept=kept)


def _retimed(
    source: Appointment,
    *,
    rows: Mapping[int, Appointment],
    kept: Sequence[Appointment],
    by_owner: Mapping[int | None, Sequence[Allocation]],
    late_by: dt.timedelta,
    now: dt.datetime,
) -> dict[int, dt.timedelta]:
    """Return by how much each visit that changes does, by id; what is kept is waited for."""
    retimed: dict[int, dt.timedelta] = {}
    fixed = _fixed(rows, by_owner)
    if _is_in_progress(source):
        retimed[source.pk] = late_by
        longer = [_use(each, _longer(each, source, late_by)) for each in by_owner[source.pk]]
        _check_kept(kept, by_owner, longer=longer)
        fixed += longer
    waiting = [
        _waiting(row, by_owner.get(row.pk, ()), late_by=_first_delay(row, source, late_by, now))
        for row in rows.values()
        if not _is_in_progress(row)
    ]
    return retimed | dict(delays(waiting, fixed=fixed))


def _source(appointment: Appointment | None, *, resource: Resource | None, now: dt.datetime) -> Appointment:
    if appointment is None and resource is not None:
        end = _day_end(now, resource=resource)
        going_on = Allocation.objects.unfinished(now).filter(
            resource=resource, appointment__status__in=RETIMED, period__startswith__lt=end
        )
        first = going_on.order_by("period").values_list("appointment_id", flat=True).first()
        if first is None:
            raise NothingToDelay
        appointment = Appointment(pk=first)
    if appointment is None:
        raise NothingToDelay
    found = Appointment.objects.with_facts().get(pk=appointment.pk)
    if found.status not in RETIMED:
        raise TransitionRefused(from_status=found.status, to_status=found.status)
    return found


def _day_end(moment: dt.datetime, *, resource: Resource) -> dt.datetime:
    zone = resource.location.tz
    return wall_instant(day=moment.astimezone(zone).date() + ONE_DAY, at=dt.time(0), zone=zone)


def _rows(source: Appointment) -> dict[int, Appointment]:
    """Return the source and what may have to wait for it, by id: what starts later that local day and has not begun."""
    zone = source.location.tz
    end = wall_instant(day=source.start.astimezone(zone).date() + ONE_DAY, at=dt.time(0), zone=zone)
    later = Appointment.objects.with_facts().filter(
        location=source.location, status__in=RETIMED, began_at=None, start__gte=source.start, start__lt=end
    )
    return {source.pk: source} | {row.pk: row for row in later.exclude(pk=source.pk)}


def _allocations(source: Appointment, *, now: dt.datetime) -> dict[int | None, list[Allocation]]:
    """Return what is taken at the location around the day, by the appointment's id; None for kept times."""
    around = (source.period.lower - ONE_DAY, source.start + BEHIND)
    rows = Allocation.objects.standing(now).filter(resource__location=source.location, period__overlap=around)
    found: dict[int | None, list[Allocation]] = {}
    for each in rows.select_related("resource").order_by("id"):
        found.setdefault(each.appointment_id, []).append(each)
    return found


def _check_kept(
    kept: Sequence[Appointment],
    by_owner: Mapping[int | None, Sequence[Allocation]],
    *,
    longer: Sequence[Use],
) -> None:
    in_the_way = [
        row.uid
        for row in kept
        for each in by_owner.get(row.pk, ())
        if any(
            use.thing == each.resource_id and use.begin < each.period.upper and each.period.lower < use.end
            for use in longer
        )
    ]
    if in_the_way:
        raise StandsInTheWay(appointments=tuple(dict.fromkeys(in_the_way)))


def _fixed(rows: Mapping[int, Appointment], by_owner: Mapping[int | None, Sequence[Allocation]]) -> list[Use]:
    things = [
        _use(each, (each.period.lower, each.period.upper))
        for owner, taken in by_owner.items()
        if owner is None or owner not in rows
        for each in taken
    ]
    elsewhere = Appointment.objects.filter(
        patient__in=[row.patient_id for row in rows.values()], status__in=OCCUPYING
    ).exclude(pk__in=rows)
    patients = [
        Use(thing=("patient", each.patient_id), begin=each.period.lower, end=each.period.upper)
        for each in elsewhere
    ]
    return things + patients


def _use(allocation: Allocation, period: tuple[dt.datetime, dt.datetime]) -> Use:
    return Use(thing=allocation.resource_id, begin=period[0], end=period[1])


def _waiting(row: Appointment, taken: Sequence[Allocation], *, late_by: dt.timedelta) -> Waiting:
    person = Use(thing=("patient", row.patient_id), begin=row.period.lower, end=row.period.upper)
    uses = tuple(_use(each, (each.period.lower, each.period.upper)) for each in taken)
    return Waiting(key=row.pk, start=row.start, uses=(*uses, person), late_by=late_by)


def _first_delay(
    row: Appointment, source: Appointment, late_by: dt.timedelta, now: dt.datetime
) -> dt.timedelta:
    """Return how late a visit is in any case; nothing that has not begun starts in the past."""
    if row.pk != source.pk:
        return dt.timedelta(0)
    return max(late_by, in_steps(now - row.start))


def _is_in_progress(row: Appointment) -> bool:
    return row.began_at is not None


def _longer(
    allocation: Allocation, row: Appointment, late_by: dt.timedelta
) -> tuple[dt.datetime, dt.datetime]:
    """Return the period of a leg whose procedure takes longer: what begins with its end begins later."""
    begin, end = allocation.period.lower, allocation.period.upper
    if begin >= row.planned_end:
        return begin + late_by, end + late_by
    return begin, end + late_by if end >= row.planned_end else end


def _visit(row: Appointment, taken: Sequence[Allocation], *, late_by: dt.timedelta) -> LateVisit:
    longer = _is_in_progress(row)
    is_here = row.status == AppointmentStatus.ARRIVED
    periods = tuple(
        (
            each,
            _longer(each, row, late_by)
            if longer
            else (each.period.lower + late_by, each.period.upper + late_by),
        )
        for each in taken
    )
    return LateVisit(
        appointment=row,
        late_by=late_by,
        start=row.start if longer else row.start + late_by,
        arrive_at=row.arrive_at if is_here else row.arrive_at + late_by,
        planned_end=row.planned_end + late_by,
        leaves_at=row.period.upper + late_by,
        allocations=periods,
        beyond=(),
    )


def _with_hours(visits: tuple[LateVisit, ...], source: Appointment) -> tuple[LateVisit, ...]:
    """Return the visits with everything they would use when it is closed."""
    ends = [period for visit in visits for _, period in visit.allocations]
    if not ends:
        # Nothing is needed for it, or somebody is just cancelling it.
        return visits
    zone, location = source.location.tz, source.location
    begin, end = min(each[0] for each in ends), max(each[1] for each in ends)
    opening = opening_of(location, begin=begin - 2 * ONE_DAY, end=end + 2 * ONE_DAY)
    first_date, last_date = begin.astimezone(zone).date() - ONE_DAY, end.astimezone(zone).date()

    def beyond(allocation: Allocation, period: tuple[dt.datetime, dt.datetime]) -> Beyond | None:
        open_periods = opening.periods(allocation.resource_id, first_date=first_date, last_date=last_date)
        if is_within(open_periods, begin=period[0], end=period[1]):
            return None
        begun = [each for each in open_periods if each[0] <= period[0].timestamp() < each[1]]
        closes_at = dt.datetime.fromtimestamp(begun[0][1], dt.UTC) if begun else None
        resource = allocation.resource
        return Beyond(leg=allocation.leg, resource=resource.uid, name=resource.name, closes_at=closes_at)

    return tuple(
        replace(
            visit,
            beyond=tuple(
                found for each, period in visit.allocations if (found := beyond(each, period)) is not None
            ),
        )
        for visit in visits
    )


def _digest(visits: Sequence[LateVisit]) -> str:
    rows = [
        [each.appointment.pk, each.appointment.revision, each.start.isoformat(), each.planned_end.isoformat()]
        for each in visits
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()
