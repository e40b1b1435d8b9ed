"""Which medicines a patient is, or may be, without because of a signed decision. Reads only."""

import datetime as dt

from scheduling.codes import HOLDING
from scheduling.models import Appointment, MedicationDecision


def held_medicines(appointment: Appointment) -> tuple[MedicationDecision, ...]:
    """
    Return, for each medicine held or reduced for an appointment, the decision by which it is; in order of drugs.

    The last signature counts, also one that no longer stands because the booking changed. A withdrawn one counts
    if no other took its place and the patient may have acted on it before.
    """
    latest: dict[str, MedicationDecision] = {}
    for decision in sorted(appointment.decisions.all(), key=_strength):
        latest[decision.drug] = decision
    found = (each for _, each in sorted(latest.items()))
    return tuple(each for each in found if each.kind in HOLDING and _counts(each, appointment=appointment))


def begun_by(appointment: Appointment, *, now: dt.datetime) -> tuple[MedicationDecision, ...]:
    """
    Return every signed hold and reduction of an appointment on which the patient may have acted by `now` (aware).

    Days are the location's: on the day of the last dose itself it may have been the last. A withdrawn one counts if its
    day had come when it was withdrawn.
    """
    return tuple(
        each
        for each in appointment.decisions.all()
        if each.kind in HOLDING
        and _first_day(each, appointment=appointment) <= _seen_on(each, appointment, now)
    )


def _strength(decision: MedicationDecision) -> tuple[bool, dt.datetime, int]:
    return decision.withdrawn_at is None, decision.signed_at, decision.pk


def _counts(decision: MedicationDecision, *, appointment: Appointment) -> bool:
    if decision.withdrawn_at is None:
        return True
    return decision in begun_by(appointment, now=decision.withdrawn_at)


def _seen_on(decision: MedicationDecision, appointment: Appointment, now: dt.datetime) -> dt.date:
    until = now if decision.withdrawn_at is None else min(now, decision.withdrawn_at)
    return until.astimezone(appointment.location.tz).date()


def _first_day(decision: MedicationDecision, *, appointment: Appointment) -> dt.date:
    """Return the local date from which the patient takes less than usual."""
    if decision.last_dose_on is not None:
        return decision.last_dose_on
    return (decision.dose_at or appointment.start).astimezone(appointment.location.tz).date()
