"""What is asked for, what it needs, and what there is: all a search or an explanation starts from. Reads only."""

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal, TypedDict, Unpack

from procedures.care import Gate, Qualification
from procedures.codes import Contrast
from procedures.models import Protocol
from procedures.models.reading import care_of
from scheduling import rules
from scheduling.availability import LegNeed, Supply, Window, bitmap, window_between
from scheduling.models import Appointment, Hold, Patient, ProcedureOffering, Resource
from scheduling.models.on_file import read_file_of
from scheduling.operations.limits import Ignored, full_days_of_resources
from scheduling.operations.qualifying import Standing, standing_of
from scheduling.operations.roster import Roster, roster_of
from scheduling.operations.slots.diary import patient_steps, taken_steps
from scheduling.operations.slots.outlook import FREE, Lasting, Outlook, Verdict, verdict_on
from scheduling.operations.slots.prospects import Prospects
from scheduling.operations.slots.supply import PATIENT, PATIENT_LEG, need_between, needs_of, supply_of
from scheduling.operations.slots.wishes import WishedTimes
from scheduling.operations.spans import house_at, legs_at
from scheduling.operations.terms import Particulars, check_patient, particulars_of, protocol_in_force
from scheduling.qualification import open_gates

Audience = Literal["staff", "portal"]
ONE_DAY = dt.timedelta(days=1)


class Wish(TypedDict, total=False):
    """
    How the procedure is wished for, where it is not the offering's own way.

    `moving` is an appointment that would move, in its own way and under its own protocol; `hold` one that would be
    used up. What they occupy counts as free. `practitioner` serves; `after`, `before` (on the offering's clock, half-open,
    also over midnight) and `weekdays` (mon to sun) narrow the starts.
    """

    target: str
    anaesthesia: str | None
    guidance: str | None
    contrast: str
    moving: Appointment | None
    hold: Hold | None
    practitioner: Resource | None
    after: dt.time | None
    before: dt.time | None
    weekdays: Collection[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Inquiry:
    """Who asks for what: everything a search or an explanation starts from. `now` is aware."""

    offering: ProcedureOffering
    patient: Patient | None
    protocol: Protocol
    prospects: Prospects | None
    audience: Audience
    moving: Appointment | None
    hold: Hold | None
    now: dt.datetime
    standing: Standing
    practitioner: Resource | None
    wished: WishedTimes

    @property
    def earliest(self) -> dt.datetime:
        """Return the first start that leaves enough notice."""
        return rules.earliest_start(now=self.now, notice_hours=self.offering.notice_hours)

    @property
    def latest(self) -> dt.datetime:
        """Return the first start that is too far ahead."""
        return rules.latest_start(now=self.now, horizon_days=self.offering.horizon_days)

    @property
    def ignored(self) -> Ignored:
        """Return whose bookings are not in the way: their own."""
        return Ignored(
            appointment_id=None if self.moving is None else self.moving.pk,
            hold_id=None if self.hold is None else self.hold.pk,
        )

    def outlook(self) -> Outlook:
        """Return what is to be said of each start, remembered from one to the next."""
        return Outlook(judge=self._lasting)

    def never_before(self, *, first: dt.datetime, until: dt.datetime) -> tuple[Qualification, ...]:
        """
        Return what must come first at both ends of a period (aware) and on file is nothing about; mostly nothing.

        Such a patient qualifies at no start between them, so that a search need not judge every day.
        """
        begin, end = max(first, self.earliest), min(until, self.latest)
        if self.patient is None or begin >= end:
            return ()
        on_file = {entry.item for entry in self.patient.evidence.all() if not entry.void}
        steps = [step for step in self.standing.care.qualification if step.evidence not in on_file]
        if not any(step.gate is Gate.HARD for step in steps):
            return ()
        open_now, open_then = (self._gates(start) for start in (begin, end))
        return tuple(step for step in steps if step in open_now and step in open_then)

    def _gates(self, start: dt.datetime) -> tuple[Qualification, ...]:
        if self.prospects is None:
            return ()
        gist, _ = self.prospects.at(start)
        return open_gates(self.standing.care, missing=gist.prerequisites_missing)

    def verdict(self, start: dt.datetime) -> Verdict:
        """Return whether the patient can be prepared for a start (aware); without a patient, whoever comes."""
        verdict, _ = self._lasting(start)
        return verdict

    def _lasting(self, start: dt.datetime) -> Lasting:
        if self.prospects is None:
            return FREE, None
        gist, until = self.prospects.at(start)
        verdict = verdict_on(gist, standing=self.standing, offering=self.offering, start=start, now=self.now)
        return verdict, until


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What an inquiry needs, and the roster it finds."""

    needs: tuple[LegNeed, ...]
    roster: Roster

    def window(self, first: dt.datetime, until: dt.datetime) -> Window:
        """Return the window that holds every leg of every start in the half-open period (aware)."""
        before = min([0, *(need.offset_minutes for need in self.needs)])
        after = max([0, *(need.offset_minutes + need.duration_minutes for need in self.needs)])
        return window_between(int(first.timestamp()) + before * 60, int(until.timestamp()) + after * 60)


def inquiry_of(
    *,
    offering: ProcedureOffering,
    patient: Patient | None,
    audience: Audience,
    now: dt.datetime,
    **wish: Unpack[Wish],
) -> Inquiry:
    """
    Return an inquiry, checked as a booking is; reads the patient's facts once.

    :raises OfferingInactive, NoActiveProtocol: if the procedure cannot be booked here at present
    :raises OtherOrganization, PatientDeceased: if it cannot be booked for this patient
    :raises TargetNeeded, AnaesthesiaNotOffered, GuidanceNotOffered, ContrastUnknown: if it is not done that way
    """
    moving = wish.get("moving")
    if moving is not None:
        patient = patient or moving.patient
    if patient is not None:
        check_patient(patient, offering=offering)
        read_file_of(patient)
    protocol = moving.protocol if moving is not None else protocol_in_force(offering, now=now)
    care = care_of(protocol)
    return Inquiry(
        offering=offering,
        patient=patient,
        protocol=protocol,
        prospects=_prospects(patient, offering=offering, protocol=protocol, now=now, wish=wish),
        audience=audience,
        moving=moving,
        hold=wish.get("hold"),
        now=now,
        practitioner=wish.get("practitioner"),
        wished=WishedTimes(
            after=wish.get("after"), before=wish.get("before"), weekdays=frozenset(wish.get("weekdays", ()))
        ),
        standing=Standing(care=care) if patient is None else standing_of(patient, care=care),
    )


def ground_of(inquiry: Inquiry) -> Ground:
    """
    Return what the inquiry needs; the patient counts as one more thing that is in one place at a time.

    :raises NoSuchResource: naming the leg that the location could not fill at any time
    :raises LegIsEmpty: if the offering is set up so that a leg ends before it begins
    """
    roster = roster_of(inquiry.offering.location, since=inquiry.now - 2 * ONE_DAY)
    needs = needs_of(
        legs_at(inquiry.offering, inquiry.now),
        start=inquiry.now,
        roster=roster,
        location=inquiry.offering.location,
        practitioner_id=None if inquiry.practitioner is None else inquiry.practitioner.pk,
    )
    if inquiry.patient is not None:
        house = house_at(inquiry.offering, inquiry.now)
        in_house = need_between(
            PATIENT_LEG, (PATIENT,), start=inquiry.now, begin=house.arrive_at, end=house.leave_at
        )
        needs = (*needs, in_house)
    return Ground(needs=needs, roster=roster)


def supply_in(window: Window, *, inquiry: Inquiry, ground: Ground) -> Supply:
    """Return what is open and free in a window: a query, one for a patient, one where days can be full."""
    wanted = {resource for need in ground.needs for resource in need.pool}
    taken = taken_steps(
        resource_ids=sorted(wanted - {PATIENT}), window=window, now=inquiry.now, ignored=inquiry.ignored
    )
    if inquiry.patient is not None:
        taken[PATIENT] = patient_steps(
            patient_id=inquiry.patient.pk, window=window, now=inquiry.now, ignored=inquiry.ignored
        )
    for resource, steps in _full_steps(window, inquiry=inquiry, resource_ids=wanted & ground.roster.limited):
        taken[resource] = taken.get(resource, 0) | steps
    return supply_of(
        roster=ground.roster, location=inquiry.offering.location, window=window, wanted=wanted, taken=taken
    )


def _full_steps(
    window: Window, *, inquiry: Inquiry, resource_ids: Collection[int]
) -> Iterator[tuple[int, int]]:
    days = full_days_of_resources(
        resource_ids,
        zone=inquiry.offering.location.tz,
        first=window.moment_of(0),
        until=window.moment_of(window.steps),
        now=inquiry.now,
        ignored=inquiry.ignored,
    )
    for resource, full in days.items():
        yield (
            resource,
            bitmap([(int(begin.timestamp()), int(end.timestamp())) for begin, end in full], window),
        )


def _prospects(
    patient: Patient | None, *, offering: ProcedureOffering, protocol: Protocol, now: dt.datetime, wish: Wish
) -> Prospects | None:
    if patient is None:
        if any(wish.get(said) for said in ("target", "anaesthesia", "guidance")):
            # Nobody is judged by it, but a way in which it is never done is no way to ask for.
            _particulars(offering, wish)
        return None
    return Prospects(
        offering=offering,
        protocol=protocol,
        patient=patient,
        particulars=_particulars(offering, wish),
        booking=wish.get("moving"),
        now=now,
    )


def _particulars(offering: ProcedureOffering, wish: Wish) -> Particulars:
    moving = wish.get("moving")
    if moving is not None:
        return Particulars(
            target=moving.target,
            anaesthesia=moving.anaesthesia,
            guidance=moving.guidance,
            contrast=moving.contrast,
        )
    return particulars_of(
        offering,
        target=wish.get("target", ""),
        anaesthesia=wish.get("anaesthesia"),
        guidance=wish.get("guidance"),
        contrast=wish.get("contrast", Contrast.NONE),
    )
