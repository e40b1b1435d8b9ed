"""Who of those who wait can take a freed start: from rows to the ranking, in a fixed number of queries. Reads only."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from procedures.care import Care, Treatment
from procedures.codes import Contrast
from procedures.models import Protocol
from procedures.models.reading import care_of
from procedures.preparation import Outline
from scheduling.codes import OCCUPYING, AppointmentStatus, BackfillStepKind
from scheduling.models import Appointment, Backfill, OtherTreatment, Patient, WaitlistEntry, WaitlistOffer
from scheduling.operations.feasibility import plan_for_start
from scheduling.operations.fulfilment import wishes_of
from scheduling.operations.policies import moves_of_patients, policy_of
from scheduling.operations.qualifying import Standing
from scheduling.operations.slots.outlook import SlotState, verdict_on
from scheduling.operations.spans import house_at
from scheduling.operations.terms import Particulars, TargetNeeded, particulars_of, protocol_in_force
from scheduling.policies import Policy
from scheduling.qualification import Spell
from scheduling.sessions import earliest_repeat_on
from scheduling.waiting import Ranking, Visit, Waiting, call_from, rank

UNREADABLE = "What is recorded about the patient does not make a plan"
NO_SUCH_TARGET = "The procedure has no such target"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """What is known about everybody who waits, by patient, by entry or by visit."""

    answered_by: dt.datetime
    policy: Policy
    protocol: Protocol
    care: Care
    spells: Mapping[int, tuple[Spell, ...]]
    last_on: Mapping[int, dt.date]
    busy: frozenset[int]
    asked: frozenset[int]
    elsewhere: frozenset[int]
    have_a_visit: frozenset[int]
    moves: Mapping[int, int]


def last_answer_at(backfill: Backfill, *, now: dt.datetime) -> dt.datetime:
    """Return when the time to answer is over for somebody asked at `now` (aware): the start's notice ends it too."""
    notice = dt.timedelta(hours=backfill.offering.notice_hours)
    return min(now + dt.timedelta(minutes=backfill.answer_minutes), backfill.start - notice)


def lock_patients(ranking: Ranking) -> None:
    """Lock everybody who may be asked, by id and before any resource, as every booking does; in a transaction."""
    theirs = WaitlistEntry.objects.filter(pk__in=[each.entry_id for each in ranking.ranked]).values("patient")
    list(
        Patient.objects.select_for_update(no_key=True).filter(pk__in=theirs).order_by("pk").values_list("pk")
    )


def ranking_of(backfill: Backfill, *, now: dt.datetime) -> Ranking:
    """
    Return who is offered a freed start at `now` (aware), in order, and who is not and why.

    Whether a patient can still be prepared is judged as a booking would be that is made in the last moment of the offer.
    Read the backfill with its offering's terms. The number of queries does not depend on how many wait.

    :raises OfferingInactive, NoActiveProtocol: if nobody can be booked there at present
    """
    offering = backfill.offering
    protocol = protocol_in_force(offering, now=now)
    entries = list(WaitlistEntry.objects.for_offering(offering).with_facts().order_by("id"))
    known = _known(backfill, protocol=protocol, entries=entries, now=now)
    waiting = [_waiting(entry, backfill=backfill, known=known, now=now) for entry in entries]
    return rank(waiting, start=backfill.start.astimezone(offering.location.tz), now=now)


def _waiting(entry: WaitlistEntry, *, backfill: Backfill, known: _Known, now: dt.datetime) -> Waiting:
    patient, location = entry.patient, backfill.offering.location
    obstacle, settled = _preparation(entry, backfill=backfill, known=known)
    return Waiting(
        entry_id=entry.pk,
        priority=entry.priority,
        days_waited=entry.days_waited(now),
        wishes=wishes_of(entry),
        notice_hours=entry.notice_hours,
        agreed=entry.agreed_at is not None,
        reachable=_reachable(patient),
        call_at=call_from(
            now,
            zone=ZoneInfo(patient.zone) if patient.zone else location.tz,
            quiet_from=location.quiet_from,
            quiet_until=location.quiet_until,
        ),
        instead_of=_visit(entry, backfill=backfill, known=known),
        has_a_visit=entry.instead_of is None and entry.pk in known.have_a_visit,
        deceased=patient.deceased_on is not None,
        busy=patient.pk in known.busy,
        asked_before=entry.pk in known.asked,
        asked_elsewhere=patient.pk in known.elsewhere,
        obstacle=obstacle,
        settled=settled,
    )


def _reachable(patient: Patient) -> bool:
    return bool(patient.phone) or any(
        person.phone and person.may_be_told for person in patient.related_persons.all()
    )


def _visit(entry: WaitlistEntry, *, backfill: Backfill, known: _Known) -> Visit | None:
    """Return the visit that the patient would give up, and why it cannot move to the freed start."""
    visit = entry.instead_of
    if visit is None:
        return None
    obstacle = ""
    if visit.status != AppointmentStatus.BOOKED:
        obstacle = "The visit they have can no longer be moved"
    elif visit.offering_id != backfill.offering_id:
        obstacle = "Has a visit at another place, which a person must move"
    elif known.answered_by > known.policy.latest_move(visit.start):
        obstacle = "It is too late for the patient to move the visit they have"
    elif known.moves.get(visit.pk, 0) >= known.policy.moves:
        obstacle = "Has moved the visit as often as the clinic allows"
    return Visit(start=visit.start.astimezone(backfill.offering.location.tz), obstacle=obstacle)


def _preparation(entry: WaitlistEntry, *, backfill: Backfill, known: _Known) -> tuple[str, bool]:
    """Return what speaks against the start, empty for nothing, and whether the preparation is settled."""
    offering, patient = backfill.offering, entry.patient
    standing = Standing(care=known.care, spells=known.spells.get(patient.pk, ()))
    repeat_on = earliest_repeat_on(known.care.repeat, last_on=known.last_on.get(patient.pk))
    if repeat_on is not None and backfill.start.astimezone(offering.location.tz).date() < repeat_on:
        return f"The procedure is not repeated before {repeat_on:%a} {repeat_on.day} {repeat_on:%b %Y}", True
    try:
        plan = _plan(entry, backfill=backfill, known=known)
    except TargetNeeded:
        return NO_SUCH_TARGET, True
    except ValueError:
        # What is recorded makes no plan: not a reason to stop looking among the others.
        return UNREADABLE, True
    verdict = verdict_on(
        plan, standing=standing, offering=offering, start=backfill.start, now=known.answered_by
    )
    if verdict.state in {SlotState.FREE, SlotState.PROVISIONAL}:
        return "", verdict.state == SlotState.FREE
    return verdict.reason, True


def _plan(entry: WaitlistEntry, *, backfill: Backfill, known: _Known) -> Outline:
    """Return the plan the patient would have, under the protocol of the visit that moves or the one in force."""
    visit, offering = entry.instead_of, backfill.offering
    if visit is not None:
        particulars = Particulars(
            target=visit.target,
            anaesthesia=visit.anaesthesia,
            guidance=visit.guidance,
            contrast=visit.contrast,
        )
    else:
        particulars = particulars_of(
            offering, target=entry.target, anaesthesia=None, guidance=None, contrast=Contrast.NONE
        )
    return plan_for_start(
        offering=offering,
        protocol=known.protocol if visit is None else visit.protocol,
        patient=entry.patient,
        particulars=particulars,
        start=backfill.start,
        now=known.answered_by,
        booking=visit,
    )


def _known(
    backfill: Backfill, *, protocol: Protocol, entries: Iterable[WaitlistEntry], now: dt.datetime
) -> _Known:
    patients = [entry.patient_id for entry in entries]
    care = care_of(protocol)
    house = house_at(backfill.offering, backfill.start)
    busy = Appointment.objects.occupying().filter(
        patient__in=patients, period__overlap=(house.arrive_at, house.leave_at)
    )
    refused = backfill.steps.filter(kind=BackfillStepKind.REFUSED).values_list("entry_id", flat=True)
    asked = backfill.offers.values_list("entry_id", flat=True)
    elsewhere = WaitlistOffer.objects.open(now).filter(entry__patient__in=patients).exclude(backfill=backfill)
    visits = [entry.instead_of_id for entry in entries if entry.instead_of_id is not None]
    return _Known(
        answered_by=max(now, last_answer_at(backfill, now=now)),
        policy=policy_of(backfill.offering),
        protocol=protocol,
        care=care,
        spells=_spells(patients) if care.combined else {},
        last_on=_last_on(backfill, patients) if care.repeat is not None else {},
        busy=frozenset(busy.values_list("patient_id", flat=True)),
        asked=frozenset(refused.union(asked)),
        elsewhere=frozenset(elsewhere.values_list("entry__patient_id", flat=True)),
        have_a_visit=_have_a_visit(entries, now=now),
        moves=moves_of_patients(visits),
    )


def _have_a_visit(entries: Iterable[WaitlistEntry], *, now: dt.datetime) -> frozenset[int]:
    """Return the entries whose patient has such a visit booked ahead, which nobody said is to be given up."""
    entries = list(entries)
    types = {entry.procedure_type_id for entry in entries}
    booked = Appointment.objects.filter(
        patient__in=[entry.patient_id for entry in entries],
        offering__procedure_type__in=types,
        status=AppointmentStatus.BOOKED,
        start__gt=now,
    )
    have = set(booked.values_list("patient_id", "target"))
    patients = {patient for patient, _ in have}
    return frozenset(
        entry.pk
        for entry in entries
        if (entry.patient_id in patients if not entry.target else (entry.patient_id, entry.target) in have)
    )


def _spells(patients: Iterable[int]) -> Mapping[int, tuple[Spell, ...]]:
    found: dict[int, list[Spell]] = defaultdict(list)
    for row in OtherTreatment.objects.filter(patient__in=patients, void=False):
        spell = Spell(treatment=Treatment(row.treatment), first_on=row.first_on, last_on=row.last_on)
        found[row.patient_id].append(spell)
    return {patient: tuple(spells) for patient, spells in found.items()}


def _last_on(backfill: Backfill, patients: Iterable[int]) -> Mapping[int, dt.date]:
    """Return, by patient, the local date of the last procedure of this type before the freed start."""
    rows = Appointment.objects.filter(
        patient__in=patients,
        offering__procedure_type=backfill.offering.procedure_type_id,
        status__in=[*OCCUPYING, AppointmentStatus.FULFILLED],
        start__lt=backfill.start,
    ).order_by("start")
    zone = backfill.offering.location.tz
    return {
        patient: start.astimezone(zone).date() for patient, start in rows.values_list("patient_id", "start")
    }
