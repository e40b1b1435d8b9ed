"""Two visits of one patient so close that a medicine stopped for the first could not start again before the second."""

import datetime as dt
from collections.abc import Mapping, Sequence

from procedures.preparation import prepare
from scheduling.codes import TaskKind, TaskSeverity
from scheduling.models import Appointment
from scheduling.models.case import case_of
from scheduling.models.reading import appointment_with_facts
from scheduling.operations.held import held_medicines
from scheduling.operations.other_visits import OtherVisit, other_visits
from scheduling.operations.tasks import open_task

# Two holds of one medicine overlap unless a day on it lies between the first visit and the second last dose [ops].
DAYS_BETWEEN = dt.timedelta(days=1)
# How soon a clinician looks at it [ops].
REVIEW_WITHIN = dt.timedelta(days=1)
REASON = "Another visit of this patient comes so soon that a medicine would be held for both without starting again."


def review_overlaps(
    appointment: Appointment, *, now: dt.datetime, others: Sequence[OtherVisit] | None = None
) -> int:
    """
    Ask a clinician about every other visit ahead whose holds overlap those of this one. `now` is aware.

    A hold reaches from its last dose (signed; else the earliest that the plan proposes) to the day of the visit.
    Idempotent; one task for two visits; `others` are read if not given. Return with how many visits it overlaps
    (clinical.md 6.4).
    """
    visits = other_visits(appointment) if others is None else others
    ahead = [visit.appointment_id for visit in visits if visit.is_open and visit.start > now]
    # Mostly there is none, or nothing to hold: then the facts need not be read.
    own = _holds(appointment_with_facts(appointment.pk)) if ahead else {}
    if not own:
        return 0
    overlapping = [other for other in map(appointment_with_facts, ahead) if _overlap(own, _holds(other))]
    for other in overlapping:
        _ask(appointment, other, now=now)
    return len(overlapping)


def _ask(one: Appointment, other: Appointment, *, now: dt.datetime) -> None:
    first, second = sorted((one, other), key=lambda each: (each.start, each.pk))
    open_task(
        organization=one.organization,
        kind=TaskKind.CLINICIAN_REVIEW,
        about=f"holds:{min(first.pk, second.pk)}:{max(first.pk, second.pk)}",
        severity=TaskSeverity.ATTENTION,
        reason=REASON,
        due_at=now + REVIEW_WITHIN,
        now=now,
        appointment=first,
    )


def _holds(appointment: Appointment) -> Mapping[str, tuple[dt.date, dt.date]]:
    """Return, per medicine, the local dates of the last dose and of the visit."""
    try:
        plan = prepare(case_of(appointment))
    except ValueError:
        # What is recorded makes no plan; its own task says so.
        return {}
    visit_on = appointment.start.astimezone(appointment.location.tz).date()
    proposed = {
        hold.drug: min(days)
        for hold in plan.holds
        if (days := [each.last_dose_on for each in hold.candidates if each.last_dose_on is not None])
    }
    signed = {each.drug: each.last_dose_on for each in held_medicines(appointment) if each.last_dose_on}
    return {drug: (last_dose_on, visit_on) for drug, last_dose_on in {**proposed, **signed}.items()}


def _overlap(
    one: Mapping[str, tuple[dt.date, dt.date]], other: Mapping[str, tuple[dt.date, dt.date]]
) -> bool:
    return any(
        one[drug][0] <= other[drug][1] + DAYS_BETWEEN and other[drug][0] <= one[drug][1] + DAYS_BETWEEN
        for drug in one.keys() & other.keys()
    )
