"""Several sessions of one procedure, booked together: every one checked as if it were alone, all in one transaction."""

import datetime as dt
from dataclasses import dataclass
from functools import partial

from django.db import transaction

from procedures.care import Care, Repeat
from procedures.models.reading import care_of
from scheduling.codes import OCCUPYING, AppointmentStatus, SeriesMode, TaskKind, TaskSeverity
from scheduling.models import Appointment, Patient, ProcedureOffering, Resource, Series, SeriesSession
from scheduling.models.series import MOST_SESSIONS
from scheduling.operations.actor import Actor
from scheduling.operations.appointments import book_appointment
from scheduling.operations.feasibility import OverrideRefused
from scheduling.operations.gaps import REVIEW_WITHIN, review_repeat
from scheduling.operations.locking import lock_patient, lock_resources
from scheduling.operations.slots import find_slots
from scheduling.operations.tasks import open_task
from scheduling.operations.terms import BeyondHorizon, protocol_in_force
from scheduling.rules import latest_start
from scheduling.sessions import Gaps, chain, keeps_distance

FEWEST_SESSIONS = 2
# How far ahead the first session is looked for, before the gaps of the others are added [ops].
FIRST_WITHIN = dt.timedelta(days=35)
STANDS = (*OCCUPYING, AppointmentStatus.FULFILLED)


class SeriesNotPossible(ValueError):
    """A series has 2 to 30 sessions, at least a day apart, and its longest gap is not shorter than its shortest."""


class NotRepeatable(Exception):
    """The protocol does not repeat this procedure, or leaves it to a clinician. Give a reason, or ask one."""

    def __init__(self, *, says: str) -> None:
        super().__init__(says)
        self.says = says


class RepeatTooSoon(Exception):
    """The protocol repeats this procedure only after more days. Choose a longer gap, or give a reason."""

    def __init__(self, *, days_least: int) -> None:
        super().__init__(days_least)
        self.days_least = days_least


class SeriesDoesNotFit(Exception):
    """Not all sessions fit with these gaps. Nothing was booked. Choose other gaps, or book as many as fit."""

    def __init__(self, *, sessions_found: int, starts: tuple[dt.datetime, ...]) -> None:
        super().__init__(sessions_found)
        self.sessions_found = sessions_found
        self.starts = starts


class NotPartOfThis(Exception):
    """This visit is another patient's or of another kind, is over, or belongs to a series already."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesWish:
    """
    How many sessions, how far apart, from when (aware).

    `after` is a visit that counts as the first session: only the others are booked.
    """

    sessions: int
    gaps: Gaps
    first: dt.datetime
    mode: SeriesMode = SeriesMode.WHOLE
    target: str = ""
    after: Appointment | None = None


def book_series(
    *,
    offering: ProcedureOffering,
    patient: Patient,
    wish: SeriesWish,
    now: dt.datetime,
    by: Actor,
    override_reason: str = "",
) -> Series:
    """
    Book the sessions of a series at the earliest starts that keep the gaps, all in one transaction.

    Each start comes from the slot search; nobody else books at the location meanwhile, so what was found is booked.
    With an `override_reason` it may be sooner than the protocol says.

    :raises SeriesNotPossible, NotPartOfThis: if the numbers, or the first visit, do not make a series
    :raises NotRepeatable, RepeatTooSoon, OverrideRefused: if the protocol speaks against repeating it so
    :raises SeriesDoesNotFit: if not all sessions fit, or, as far as they fit, not even one more
    :raises BeyondHorizon: if it is to begin further ahead than the clinic plans
    :raises OfferingInactive: and the other errors of `find_slots` and `book_appointment`
    """
    _check_numbers(wish)
    offering = ProcedureOffering.objects.with_terms().get(pk=offering.pk)
    with transaction.atomic():
        lock_place(offering, patient)
        _check_after(wish, offering=offering, patient=patient)
        care = care_of(protocol_in_force(offering, now=now))
        overridden = _repeat_allowed(care.repeat, wish=wish, by=by, override_reason=override_reason)
        repeat = None if overridden else care.repeat
        starts = session_starts(offering, patient, wish=wish, repeat=repeat, now=now, by=by)
        series = _series(offering, patient, wish=wish, now=now, by=by, override_reason=overridden)
        sessions = [] if wish.after is None else [wish.after]
        book = partial(
            book_appointment, offering=offering, patient=patient, target=wish.target, now=now, by=by
        )
        sessions += [book(start=start) for start in starts]
        _store(series, sessions)
        _review(series, sessions, care=care, now=now)
    return series


def _review(series: Series, sessions: list[Appointment], *, care: Care, now: dt.datetime) -> None:
    """
    Have a clinician decide once about the whole series where the protocol leaves it to one and nobody gave a reason.

    Each session was looked at before it belonged to the series; now that it does, the others no longer count.
    """
    undecided = care.repeat is not None and care.repeat.days_least is None
    for each in sessions if undecided or series.override_reason else ():
        review_repeat(each, care=care, now=now)
    if not undecided or series.override_reason:
        return
    open_task(
        organization=series.organization,
        kind=TaskKind.CLINICIAN_REVIEW,
        about=f"series-repeat:{series.uid}",
        severity=TaskSeverity.ATTENTION,
        reason="A series was booked, and the protocol leaves it to a clinician whether and when this is repeated.",
        due_at=now + REVIEW_WITHIN,
        now=now,
        appointment=sessions[0],
    )


def _store(series: Series, sessions: list[Appointment]) -> None:
    SeriesSession.objects.bulk_create(
        SeriesSession(series=series, appointment=each, position=position)
        for position, each in enumerate(sessions, start=1)
    )


def _series(
    offering: ProcedureOffering,
    patient: Patient,
    *,
    wish: SeriesWish,
    now: dt.datetime,
    by: Actor,
    override_reason: str,
) -> Series:
    return Series.objects.create(
        organization=offering.location.organization,
        offering=offering,
        patient=patient,
        sessions_wanted=wish.sessions,
        gap_least_days=wish.gaps.least_days,
        gap_most_days=wish.gaps.most_days,
        mode=wish.mode,
        override_reason=override_reason,
        booked_by=by.user,
        booked_at=now,
    )


def _check_numbers(wish: SeriesWish) -> None:
    gaps = wish.gaps
    if not FEWEST_SESSIONS <= wish.sessions <= MOST_SESSIONS or gaps.least_days < 1:
        raise SeriesNotPossible
    if gaps.most_days is not None and gaps.most_days < gaps.least_days:
        raise SeriesNotPossible


def lock_place(offering: ProcedureOffering, patient: Patient) -> None:
    """Lock the patient, the offering and everything at the location, in the order in which every booking locks."""
    lock_patient(patient.pk)
    if offering.most_per_day is not None:
        ProcedureOffering.objects.select_for_update(no_key=True).values_list("pk").get(pk=offering.pk)
    lock_resources(Resource.objects.at(offering.location).values_list("pk", flat=True))


def _check_after(wish: SeriesWish, *, offering: ProcedureOffering, patient: Patient) -> None:
    if wish.after is None:
        return
    current = Appointment.objects.get(pk=wish.after.pk)
    same = (current.patient_id, current.offering_id) == (patient.pk, offering.pk)
    if not same or current.status not in STANDS or SeriesSession.objects.filter(appointment=current).exists():
        raise NotPartOfThis


def _repeat_allowed(repeat: Repeat | None, *, wish: SeriesWish, by: Actor, override_reason: str) -> str:
    """Return the reason to store: empty when the protocol lets it be repeated so."""
    obstacle = _against_repeating(repeat, wish=wish, by=by)
    if obstacle is None:
        return ""
    if not override_reason:
        raise obstacle
    if not by.may_override:
        raise OverrideRefused from obstacle
    return override_reason


def _against_repeating(repeat: Repeat | None, *, wish: SeriesWish, by: Actor) -> Exception | None:
    if repeat is None:
        return None
    # Where the protocol has no number a clinician decides: staff may book that, a portal not.
    if not repeat.possible or (repeat.days_least is None and by.portal):
        return NotRepeatable(says=repeat.text)
    if repeat.days_least is not None and wish.gaps.least_days < repeat.days_least:
        return RepeatTooSoon(days_least=repeat.days_least)
    return None


def session_starts(
    offering: ProcedureOffering,
    patient: Patient,
    *,
    wish: SeriesWish,
    repeat: Repeat | None,
    now: dt.datetime,
    by: Actor,
) -> tuple[dt.datetime, ...]:
    """
    Return the starts to book, found in one search over the whole stretch.

    :raises BeyondHorizon, SeriesDoesNotFit: as `book_series`
    """
    zone = offering.location.tz
    left = wish.sessions if wish.after is None else wish.sessions - 1
    begin = _begin(offering, wish, now=now)
    slots = find_slots(
        offering=offering,
        patient=Patient.objects.with_facts().get(pk=patient.pk),
        first=begin,
        until=begin + _stretch(offering, wish, repeat),
        now=now,
        audience="portal" if by.portal else "staff",
        target=wish.target,
    )
    others = _other_days(offering, patient, but=wish.after)
    starts = [
        slot.start
        for slot in slots
        if keeps_distance(repeat, day=slot.start.astimezone(zone).date(), others=others)
    ]
    days = [start.astimezone(zone).date() for start in starts]
    after = None if wish.after is None else wish.after.start.astimezone(zone).date()
    found = tuple(starts[place] for place in chain(days, count=left, gaps=wish.gaps, after=after))
    if not found or (wish.mode == SeriesMode.WHOLE and len(found) < left):
        raise SeriesDoesNotFit(sessions_found=len(found), starts=found)
    return found


def _begin(offering: ProcedureOffering, wish: SeriesWish, *, now: dt.datetime) -> dt.datetime:
    begin, latest = max(wish.first, now), latest_start(now=now, horizon_days=offering.horizon_days)
    if begin >= latest:
        raise BeyondHorizon(latest_start=latest)
    return begin


def _stretch(offering: ProcedureOffering, wish: SeriesWish, repeat: Repeat | None) -> dt.timedelta:
    if wish.gaps.most_days is None:
        return dt.timedelta(days=offering.horizon_days)
    # Another visit of its kind may keep even the first session away for so long.
    wait = repeat.days_least if repeat is not None and repeat.days_least is not None else 0
    return FIRST_WITHIN + dt.timedelta(days=wait + wish.gaps.most_days * wish.sessions)


def _other_days(
    offering: ProcedureOffering, patient: Patient, *, but: Appointment | None
) -> frozenset[dt.date]:
    """Return the local dates of the patient's other procedures of this type, of those that were and will be."""
    found = Appointment.objects.filter(
        patient=patient, offering__procedure_type=offering.procedure_type, status__in=STANDS
    )
    if but is not None:
        found = found.exclude(pk=but.pk)
    zone = offering.location.tz
    return frozenset(start.astimezone(zone).date() for start in found.values_list("start", flat=True))
