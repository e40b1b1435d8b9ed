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
from scheduling.codes import OCCUPYING, AppointmentStatus, BackfillStepKind
from scheduling.models import Appointment, Backfill, OtherTreatment, Patient, WaitlistEntry, WaitlistOffer
from scheduling.operations.feasibility import plan_for_start
from scheduling.operations.qualifying import Standing
from scheduling.operations.slots.outlook import SlotState, verdict_on
from scheduling.operations.spans import house_at
from scheduling.operations.terms import TargetNeeded, particulars_of, protocol_in_force
from scheduling.qualification import Spell
from scheduling.sessions import earliest_repeat_on
from scheduling.waiting import Ranking, Waiting, Wishes, call_from, rank

UNREADABLE = "What is recorded about the patient does not make a plan"
NO_SUCH_TARGET = "The procedure has no such target"


@dataclass(frozen=True, kw_only=True, slots=True)
class _Known:
    """What is known about everybody who waits, by patient or by entry."""

    protocol: Protocol
    care: Care
    spells: Mapping[int, tuple[Spell, ...]]
    last_on: Mapping[int, dt.date]
    busy: frozenset[int]
    asked: frozenset[int]
    elsewhere: frozenset[int]


def ranking_of(backfill: Backfill, *, now: dt.datetime) -> Ranking:
    """
    Return who is offered a freed start at `now` (aware), in order, and who is not and why.

    Whether a patient can still be prepared is judged as a booking would be. Read the backfill with its offering's
    terms. The number of queries does not depend on how many wait.

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
    obstacle, settled = _preparation(entry, backfill=backfill, known=known, now=now)
    return Waiting(
        entry_id=entry.pk,
        priority=entry.priority,
        days_waited=entry.days_waited(now),
        wishes=Wishes(
            first_on=entry.first_on,
            last_on=entry.last_on,
            weekdays=frozenset(entry.weekdays),
            from_time=entry.from_time,
            until_time=entry.until_time,
        ),
        notice_hours=entry.notice_hours,
        agreed=entry.agreed_at is not None,
        reachable=_reachable(patient),
        call_at=call_from(
            now,
            zone=ZoneInfo(patient.zone) if patient.zone else location.tz,
            quiet_from=location.quiet_from,
            quiet_until=location.quiet_until,
        ),
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


def _preparation(
    entry: WaitlistEntry, *, backfill: Backfill, known: _Known, now: dt.datetime
) -> tuple[str, bool]:
    """Return what speaks against the start, empty for nothing, and whether the preparation is settled."""
    offering, patient = backfill.offering, entry.patient
    standing = Standing(care=known.care, spells=known.spells.get(patient.pk, ()))
    repeat_on = earliest_repeat_on(known.care.repeat, last_on=known.last_on.get(patient.pk))
    if repeat_on is not None and backfill.start.astimezone(offering.location.tz).date() < repeat_on:
        return f"The procedure is not repeated before {repeat_on:%a} {repeat_on.day} {repeat_on:%b %Y}", True
    try:
        plan = plan_for_start(
            offering=offering,
            protocol=known.protocol,
            patient=patient,
            particulars=particulars_of(
                offering, target=entry.target, anaesthesia=None, guidance=None, contrast=Contrast.NONE
            ),
            start=backfill.start,
            now=now,
        )
    except TargetNeeded:
        return NO_SUCH_TARGET, True
    except ValueError:
        # What is recorded makes no plan: not a reason to stop looking among the others.
        return UNREADABLE, True
    verdict = verdict_on(plan, standing=standing, offering=offering, start=backfill.start, now=now)
    if verdict.state in {SlotState.FREE, SlotState.PROVISIONAL}:
        return "", verdict.state == SlotState.FREE
    return verdict.reason, True


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
    return _Known(
        protocol=protocol,
        care=care,
        spells=_spells(patients) if care.combined else {},
        last_on=_last_on(backfill, patients) if care.repeat is not None else {},
        busy=frozenset(busy.values_list("patient_id", flat=True)),
        asked=frozenset(refused.union(asked)),
        elsewhere=frozenset(elsewhere.values_list("entry__patient_id", flat=True)),
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
