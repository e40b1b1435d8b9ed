"""Whether the sessions of a series keep their distance, and who is asked when they no longer do."""

import datetime as dt
from collections.abc import Sequence

from procedures.care import Care
from procedures.models.reading import care_of
from scheduling.codes import TaskKind, TaskSeverity
from scheduling.models import Appointment, Series, SeriesSession
from scheduling.operations.other_visits import STANDS, OtherVisit, other_visits
from scheduling.operations.tasks import cancel_tasks_about, open_task
from scheduling.sessions import BrokenGap, Gaps, NearRepeat, broken_gaps, near_repeat

# How soon a clinician looks at it [ops].
REVIEW_WITHIN = dt.timedelta(days=1)


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


def near_repeat_of(
    appointment: Appointment, *, care: Care, start: dt.datetime, others: Sequence[OtherVisit] | None = None
) -> NearRepeat | None:
    """
    Return the visit of its kind that speaks against an appointment at `start` (aware), by the protocol's word on repeating.

    Sessions of its own series do not count: they keep the distance the series was booked with. The `others` are read
    if not given, and not at all where the protocol says nothing.
    """
    if care.repeat is None:
        return None
    zone = appointment.location.tz
    visits = other_visits(appointment) if others is None else others
    of_its_kind = (visit for visit in visits if visit.is_same_kind and not visit.is_same_series)
    days = [visit.start.astimezone(zone).date() for visit in of_its_kind]
    return near_repeat(care.repeat, day=start.astimezone(zone).date(), others=days)


def distance_warnings(appointment: Appointment, *, start: dt.datetime) -> tuple[str, ...]:
    """
    Return, as sentences for staff, which distances an appointment would no longer keep at `start` (aware).

    Those its series does not keep anyway are left out. Nothing is refused: a clinician is asked once it is done.
    """
    series = series_of(appointment)
    broken: tuple[BrokenGap, ...] = ()
    if series is not None:
        before = frozenset(broken_gaps_of(series))
        after = broken_gaps_of(series, instead=(appointment, start))
        broken = tuple(gap for gap in after if gap not in before)
    said = tuple(gap.sentence for gap in broken)
    return said + _nearer_warnings(appointment, start=start)


def repeat_warnings(appointment: Appointment, *, start: dt.datetime | None = None) -> tuple[str, ...]:
    """Return, as `distance_warnings`, what speaks against a start (aware), its own if not given, of no series."""
    care = care_of(appointment.protocol)
    near = near_repeat_of(appointment, care=care, start=start or appointment.start)
    return () if near is None else (near.sentence,)


def _nearer_warnings(appointment: Appointment, *, start: dt.datetime) -> tuple[str, ...]:
    """Return what speaks against a start, but not what is no matter of the start and holds already."""
    care = care_of(appointment.protocol)
    if care.repeat is None:
        return ()
    others = other_visits(appointment)
    near = near_repeat_of(appointment, care=care, start=start, others=others)
    if near is None:
        return ()
    before = near_repeat_of(appointment, care=care, start=appointment.start, others=others)
    return () if near.days_least is None and before is not None else (near.sentence,)


def review_repeat(
    appointment: Appointment, *, care: Care, now: dt.datetime, others: Sequence[OtherVisit] | None = None
) -> bool:
    """
    Ask a clinician about a visit nearer to another of its kind than the protocol says, or that the protocol leaves to one.

    `now` is aware; the `others` are read if not given. Idempotent; False once nothing speaks against it, and then the
    question is closed. A protocol says "usually", so nobody is refused.
    """
    if care.repeat is None:
        return False
    near = near_repeat_of(appointment, care=care, start=appointment.start, others=others)
    about = f"repeat:{appointment.uid}"
    if near is None:
        cancel_tasks_about(
            organization=appointment.organization, about=about, now=now, outcome="It keeps its distance"
        )
        return False
    open_task(
        organization=appointment.organization,
        kind=TaskKind.CLINICIAN_REVIEW,
        about=about,
        severity=TaskSeverity.ATTENTION,
        reason=near.sentence,
        due_at=now + REVIEW_WITHIN,
        now=now,
        appointment=appointment,
    )
    return True


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
