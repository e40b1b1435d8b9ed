"""Busy times of outside calendars, as closures of a resource. A visit in the way becomes a task and is never touched."""

import datetime as dt
import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db import transaction

from cryoclinic.accounts.models import User
from scheduling.calendars import AddressRefused, Busy, CalendarUnreadable, busy_times, fetch_calendar
from scheduling.codes import AHEAD, TaskKind, TaskSeverity
from scheduling.models import Allocation, BusyCalendar, BusyTime, OpeningException, Resource, Task
from scheduling.operations.tasks import cancel_tasks_about, is_settled, open_task

# How far ahead busy times are taken over, how often they are read again, and how long a failure waits [ops].
DAYS_AHEAD = 180
READ_EVERY = dt.timedelta(minutes=30)
LONGEST_WAIT = dt.timedelta(hours=24)
# How soon somebody looks at a visit that an outside calendar says is in the way [ops].
LOOK_WITHIN = dt.timedelta(hours=4)
REASON = (
    "An outside calendar says that somebody or something of this visit is busy then. Swap, move, or keep it."
)
CLOSED_BECAUSE = "Busy in an outside calendar"
PER_SWEEP = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class Imported:
    """What an import did: busy times new, changed, gone; visits in the way."""

    added: int
    changed: int
    removed: int
    in_the_way: int


def add_calendar(
    *, resource: Resource, label: str, by: User, now: dt.datetime, url: str = ""
) -> BusyCalendar:
    """Register an outside calendar of a resource: with an address it is read again and again, without one once."""
    return BusyCalendar.objects.create(
        resource=resource,
        label=label,
        url=url,
        next_fetch_at=now if url else None,
        created_by=by,
        created_at=now,
    )


def remove_calendar(*, calendar: BusyCalendar, now: dt.datetime) -> None:
    """Stop reading a calendar and take back the closures that lie ahead. Idempotent; what is over stays on record."""
    with transaction.atomic():
        Resource.objects.locked([calendar.resource_id]).first()
        if BusyCalendar.objects.in_use().filter(pk=calendar.pk).update(removed_at=now):
            _write(calendar, (), now=now)


def import_document(*, calendar: BusyCalendar, document: bytes, now: dt.datetime) -> Imported:
    """
    Make the closures ahead equal to what a calendar says. Idempotent by event and occurrence; `now` is aware.

    :raises CalendarUnreadable: if it is no calendar that we read; nothing changes then
    """
    zone = calendar.resource.location.tz
    busy = busy_times(document, begin=now, end=now + dt.timedelta(days=DAYS_AHEAD), zone=zone)
    with transaction.atomic():
        # As a booking does: either it sees the closure, or we see the booking.
        Resource.objects.locked([calendar.resource_id]).first()
        return _write(calendar, busy, now=now)


def read_due_calendars(*, now: dt.datetime, timeout_seconds: float, allowed: Collection[str]) -> int:
    """Read every calendar with an address that is due, outside any transaction; return how many. `now` is aware."""
    due = list(BusyCalendar.objects.due(now).select_related("resource__location")[:PER_SWEEP])
    for calendar in due:
        # Taken before it is read, so that a second sweep leaves it alone.
        taken = BusyCalendar.objects.due(now).filter(pk=calendar.pk).update(next_fetch_at=now + READ_EVERY)
        if taken:
            _read(calendar, now=now, timeout_seconds=timeout_seconds, allowed=allowed)
    return len(due)


def _read(
    calendar: BusyCalendar, *, now: dt.datetime, timeout_seconds: float, allowed: Collection[str]
) -> None:
    row = BusyCalendar.objects.filter(pk=calendar.pk)
    try:
        # What was read once may have moved into the window since; once a day it is read anew.
        fresh = calendar.fetched_at is None or now - calendar.fetched_at > LONGEST_WAIT
        etag = "" if fresh else calendar.etag
        found = fetch_calendar(calendar.url, timeout_seconds=timeout_seconds, allowed=allowed, etag=etag)
        if found.document is not None:
            import_document(calendar=calendar, document=found.document, now=now)
            row.update(etag=found.etag, fetched_at=now)
        row.update(failure="", failures=0)
    except (AddressRefused, CalendarUnreadable) as error:
        wait = min(READ_EVERY * 2 ** min(calendar.failures, 10), LONGEST_WAIT)
        why = error.why if isinstance(error, AddressRefused) else "unreadable"
        row.update(failure=why, failures=min(calendar.failures + 1, 1000), next_fetch_at=now + wait)


def _write(calendar: BusyCalendar, busy: Iterable[Busy], *, now: dt.datetime) -> Imported:
    wanted = {each.key: each for each in busy}
    known = {
        row.key: row
        for row in BusyTime.objects.filter(
            calendar=calendar, closure__period__endswith__gt=now
        ).select_related("closure")
    }
    gone = [row.closure_id for key, row in known.items() if key not in wanted]
    OpeningException.objects.filter(pk__in=gone).delete()
    changed = 0
    for key, row in known.items():
        if key in wanted and _period(row.closure) != (wanted[key].begin, wanted[key].end):
            new_period = (wanted[key].begin, wanted[key].end)
            OpeningException.objects.filter(pk=row.closure_id).update(period=new_period)
            changed += 1
    added = [each for key, each in wanted.items() if key not in known]
    _add(calendar, added)
    hit = _settle_tasks(calendar, wanted.values(), now=now)
    return Imported(added=len(added), changed=changed, removed=len(gone), in_the_way=hit)


def _period(closure: OpeningException) -> tuple[dt.datetime, dt.datetime]:
    return closure.period.lower, closure.period.upper


def _add(calendar: BusyCalendar, added: list[Busy]) -> None:
    # A time that had ended when it was read last and was moved ahead again is written anew.
    OpeningException.objects.filter(
        busy_time__calendar=calendar, busy_time__key__in=[each.key for each in added]
    ).delete()
    closures = OpeningException.objects.bulk_create(
        OpeningException(
            location=calendar.resource.location,
            resource=calendar.resource,
            period=(each.begin, each.end),
            reason=CLOSED_BECAUSE,
        )
        for each in added
    )
    BusyTime.objects.bulk_create(
        BusyTime(calendar=calendar, key=each.key, closure=closure)
        for each, closure in zip(added, closures, strict=True)
    )


def _settle_tasks(calendar: BusyCalendar, busy: Iterable[Busy], *, now: dt.datetime) -> int:
    """Ask about each visit that a busy time meets; close what is no longer so. Return how many visits are met."""
    times = list(busy)
    booked = Allocation.objects.filter(
        resource=calendar.resource_id,
        active=True,
        appointment__status__in=AHEAD,
        period__endswith__gt=now,
    ).select_related("appointment__organization", "appointment__location")
    hit = {
        row.appointment: row.period
        for row in booked
        if any(each.begin < row.period.upper and row.period.lower < each.end for each in times)
    }
    abouts = set()
    for appointment, period in hit.items():
        if appointment is None:
            continue
        about = f"busy:{calendar.uid}:{appointment.uid}"
        abouts.add(about)
        cause = hashlib.sha256(f"{about}|{period.lower.isoformat()}".encode()).hexdigest()
        if is_settled(
            organization=appointment.organization, kind=TaskKind.BUSY_ELSEWHERE, about=about, cause=cause
        ):
            continue
        open_task(
            organization=appointment.organization,
            kind=TaskKind.BUSY_ELSEWHERE,
            about=about,
            severity=TaskSeverity.ATTENTION,
            reason=REASON,
            due_at=min(now + LOOK_WITHIN, max(period.lower, now)),
            now=now,
            appointment=appointment,
            cause=cause,
        )
    _close_others(calendar, abouts, now=now)
    return len(hit)


def _close_others(calendar: BusyCalendar, abouts: set[str], *, now: dt.datetime) -> None:
    prefix = f"busy:{calendar.uid}:"
    open_ones = Task.objects.still_open().filter(kind=TaskKind.BUSY_ELSEWHERE, about__startswith=prefix)
    for task in open_ones.exclude(about__in=abouts).select_related("organization"):
        cancel_tasks_about(
            organization=task.organization, about=task.about, kind=TaskKind.BUSY_ELSEWHERE, now=now
        )
