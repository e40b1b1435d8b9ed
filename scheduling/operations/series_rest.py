"""What becomes of the rest of a series: the missing sessions booked, the ones that are no longer wanted cancelled."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from procedures.models.reading import care_of
from scheduling.codes import AHEAD, OCCUPYING, AppointmentStatus, CancellationReason, SeriesMode
from scheduling.models import Appointment, Patient, ProcedureOffering, Series, SeriesSession
from scheduling.operations.actor import Actor
from scheduling.operations.appointments import book_appointment
from scheduling.operations.changes import StaleRevision, TransitionRefused
from scheduling.operations.gaps import gaps_of, review_gaps, series_of
from scheduling.operations.policies import TooLateToCancel
from scheduling.operations.series import SeriesWish, lock_place, session_starts
from scheduling.operations.statuses import cancel_appointment
from scheduling.operations.terms import protocol_in_force

STANDS = (*OCCUPYING, AppointmentStatus.FULFILLED)
# Everything one session can be refused for; the others go on.
REFUSALS = (StaleRevision, TooLateToCancel, TransitionRefused)


class NothingMissing(Exception):
    """Every session that was wanted is booked or done. Nothing was changed."""


class NotOfThisSeries(Exception):
    """This visit is no session of this series. Nothing was changed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionOutcome:
    """What became of one session: `refusal` is None when it was cancelled; then `appointment` is as it is now."""

    appointment: Appointment
    refusal: Exception | None


def standing_sessions(series: Series) -> tuple[Appointment, ...]:
    """Return the sessions that are booked or done, by their starts. Read the series with its sessions."""
    found = (each.appointment for each in series.sessions.all())
    return tuple(sorted((each for each in found if each.status in STANDS), key=lambda each: each.start))


def sessions_missing(series: Series) -> int:
    """Return how many of the sessions that were wanted are neither booked nor done."""
    return max(0, series.sessions_wanted - len(standing_sessions(series)))


def sessions_after(appointment: Appointment) -> tuple[Appointment, ...]:
    """Return the sessions of the same series that are ahead and start after a visit; none for a visit of no series."""
    series = series_of(appointment)
    if series is None:
        return ()
    ahead = (each for each in standing_sessions(series) if each.status in AHEAD)
    return tuple(each for each in ahead if each.start > appointment.start)


def book_missing(*, series: Series, now: dt.datetime, by: Actor) -> tuple[Appointment, ...]:
    """
    Book the missing sessions of a series after its last one, each checked as if it were alone; return them.

    They keep the gaps of the series, and all or as many as fit are booked, as it was wished. `now` is aware.

    :raises NothingMissing: if there is none, also when somebody else has just booked them
    :raises SeriesDoesNotFit: if they do not fit, or not even one of them
    :raises OfferingInactive: and the other errors of `find_slots` and `book_appointment`
    """
    offering = ProcedureOffering.objects.with_terms().get(pk=series.offering_id)
    patient = Patient.objects.get(pk=series.patient_id)
    with transaction.atomic():
        lock_place(offering, patient)
        current = Series.objects.with_sessions().get(pk=series.pk)
        wish = _rest_of(current, now=now)
        care = care_of(protocol_in_force(offering, now=now))
        repeat = None if current.override_reason else care.repeat
        starts = session_starts(offering, patient, wish=wish, repeat=repeat, now=now, by=by)
        booked = tuple(
            book_appointment(
                offering=offering, patient=patient, target=wish.target, start=start, now=now, by=by
            )
            for start in starts
        )
        last = max((each.position for each in current.sessions.all()), default=0)
        SeriesSession.objects.bulk_create(
            SeriesSession(series=current, appointment=each, position=position)
            for position, each in enumerate(booked, start=last + 1)
        )
        review_gaps(booked[-1], now=now)
    return booked


def cancel_sessions(
    *,
    series: Series,
    sessions: Iterable[tuple[Appointment, int]],
    reason: CancellationReason,
    now: dt.datetime,
    by: Actor,
    note: str = "",
) -> tuple[SessionOutcome, ...]:
    """
    Cancel sessions, each as it was seen at its revision, each by itself; return what became of each, in order.

    One that is refused keeps no other from being cancelled. Doing the same twice is refused for each.
    """
    own = set(series.sessions.values_list("appointment_id", flat=True))
    return tuple(
        _cancelled(each, revision=revision, own=own, reason=reason, note=note, now=now, by=by)
        for each, revision in sessions
    )


def _cancelled(
    session: Appointment,
    *,
    revision: int,
    own: set[int],
    reason: CancellationReason,
    note: str,
    now: dt.datetime,
    by: Actor,
) -> SessionOutcome:
    if session.pk not in own:
        return SessionOutcome(appointment=session, refusal=NotOfThisSeries())
    try:
        with transaction.atomic():
            cancelled = cancel_appointment(
                appointment=session, reason=reason, note=note, expected_revision=revision, now=now, by=by
            )
            review_gaps(cancelled, now=now)
    except REFUSALS as refusal:
        return SessionOutcome(appointment=session, refusal=refusal)
    return SessionOutcome(appointment=cancelled, refusal=None)


def _rest_of(series: Series, *, now: dt.datetime) -> SeriesWish:
    """Return what is missing as a wish after the last session; a whole one where none stands."""
    missing, standing = sessions_missing(series), standing_sessions(series)
    if not missing:
        raise NothingMissing
    known = [each.appointment for each in series.sessions.all()]
    last = standing[-1] if standing else None
    return SeriesWish(
        sessions=missing if last is None else missing + 1,
        gaps=gaps_of(series),
        first=now if last is None else max(now, last.start),
        mode=SeriesMode(series.mode),
        target=known[-1].target if known else "",
        after=last,
    )
