"""Whether the sessions of a series keep their distance, and who is asked when they no longer do."""

import datetime as dt

from scheduling.codes import OCCUPYING, AppointmentStatus, TaskKind, TaskSeverity
from scheduling.models import Appointment, Series, SeriesSession
from scheduling.operations.tasks import cancel_tasks_about, open_task
from scheduling.sessions import BrokenGap, Gaps, broken_gaps

# How soon a clinician looks at it [ops].
REVIEW_WITHIN = dt.timedelta(days=1)
STANDS = (*OCCUPYING, AppointmentStatus.FULFILLED)


def gaps_of(series: Series) -> Gaps:
    """Return the distance its sessions keep."""
    return Gaps(least_days=series.gap_least_days, most_days=series.gap_most_days)


def broken_gaps_of(
    series: Series, *, instead: tuple[Appointment, dt.datetime] | None = None
) -> tuple[BrokenGap, ...]:
    """
    Return the gaps that the sessions do not keep, as they are booked, or if one moved to another start (aware).

    Sessions that were cancelled or missed do not count. Read the series with its sessions.
    """
    zone = series.offering.location.tz
    moved, start = instead if instead is not None else (None, None)
    days = []
    for session in series.sessions.all():
        at = start if start is not None and session.appointment == moved else session.appointment.start
        if session.appointment.status in STANDS:
            days.append((session.position, at.astimezone(zone).date()))
    return broken_gaps(days, gaps=gaps_of(series))


def series_of(appointment: Appointment) -> Series | None:
    """Return the series an appointment is a session of, with all its sessions; None for none."""
    return Series.objects.with_sessions().filter(sessions__appointment=appointment).first()


def review_gaps(appointment: Appointment, *, now: dt.datetime) -> int:
    """
    Ask a clinician about a series whose gaps are no longer kept; close the question once they are. `now` is aware.

    Idempotent. Return how many gaps are broken; 0 for an appointment of no series.
    """
    if not SeriesSession.objects.filter(appointment=appointment).exists():
        return 0
    series = series_of(appointment)
    broken = broken_gaps_of(series) if series is not None else ()
    about = f"series:{series.uid}" if series is not None else ""
    if not broken:
        cancel_tasks_about(
            organization=appointment.organization,
            about=about,
            now=now,
            outcome="The sessions keep their distance",
        )
        return 0
    open_task(
        organization=appointment.organization,
        kind=TaskKind.CLINICIAN_REVIEW,
        about=about,
        severity=TaskSeverity.ATTENTION,
        reason=broken[0].sentence,
        due_at=now + REVIEW_WITHIN,
        now=now,
        appointment=appointment,
    )
    return len(broken)
