"""What is asked for, what it needs, and what there is: all a search or an explanation starts from. Reads only."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal

from django.db.models import prefetch_related_objects

from procedures.models import Protocol
from scheduling import rules
from scheduling.availability import LegNeed, Supply, Window, window_between
from scheduling.models import Appointment, Hold, Patient, ProcedureOffering
from scheduling.operations.feasibility import plan_for_start
from scheduling.operations.slots.diary import Ignored, busy_periods, patient_periods
from scheduling.operations.slots.outlook import FREE, Verdict, verdict_on
from scheduling.operations.slots.roster import Roster, roster_of
from scheduling.operations.slots.supply import PATIENT, need_between, needs_of, supply_of
from scheduling.operations.terms import Particulars, check_patient, particulars_of, protocol_in_force

Audience = Literal["staff", "portal"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """
    How the procedure is wished for, where it is not the offering's own way.

    `moving` is an appointment that would move here, `hold` one that would be used up: what they occupy is free.
    """

    target: str = ""
    anaesthesia: str | None = None
    guidance: str | None = None
    contrast: str = "none"
    moving: Appointment | None = None
    hold: Hold | None = None


NO_WISH = Wish()


@dataclass(frozen=True, kw_only=True, slots=True)
class Inquiry:
    """Who asks for what: everything a search or an explanation starts from. `now` is aware."""

    offering: ProcedureOffering
    patient: Patient | None
    protocol: Protocol
    particulars: Particulars | None
    audience: Audience
    wish: Wish
    now: dt.datetime

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
        moving, hold = self.wish.moving, self.wish.hold
        return Ignored(
            appointment_id=None if moving is None else moving.pk, hold_id=None if hold is None else hold.pk
        )

    def verdict(self, start: dt.datetime) -> Verdict:
        """Return whether the patient can be prepared for a start (aware); without a patient, whoever comes."""
        if self.patient is None or self.particulars is None:
            return FREE
        plan = plan_for_start(
            offering=self.offering,
            protocol=self.protocol,
            patient=self.patient,
            particulars=self.particulars,
            start=start,
            now=self.now,
            booking=self.wish.moving,
        )
        return verdict_on(plan, offering=self.offering, start=start, now=self.now)


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
    *, offering: ProcedureOffering, patient: Patient | None, audience: Audience, wish: Wish, now: dt.datetime
) -> Inquiry:
    """
    Return an inquiry, checked as a booking is; reads the patient's facts once.

    :raises OfferingInactive: if the location does not offer the procedure at present
    :raises NoActiveProtocol: if the offering has no protocol in force
    :raises OtherOrganization: if the patient is another clinic's
    :raises PatientDeceased: if the patient has died
    :raises TargetNeeded: if the procedure needs a target, or has none of that name
    :raises AnaesthesiaNotOffered: if the procedure is not done under it
    :raises GuidanceNotOffered: if the procedure is not guided by it
    :raises ContrastUnknown: if there is no such contrast
    """
    protocol = wish.moving.protocol if wish.moving is not None else protocol_in_force(offering, now=now)
    particulars = None
    if patient is not None:
        check_patient(patient, offering=offering)
        particulars = particulars_of(
            offering,
            target=wish.target,
            anaesthesia=wish.anaesthesia,
            guidance=wish.guidance,
            contrast=wish.contrast,
        )
        prefetch_related_objects([patient], "medications", "conditions", "evidence")
    return Inquiry(
        offering=offering,
        patient=patient,
        protocol=protocol,
        particulars=particulars,
        audience=audience,
        wish=wish,
        now=now,
    )


def ground_of(inquiry: Inquiry) -> Ground:
    """
    Return what the inquiry needs; the patient counts as one more thing that is in one place at a time.

    :raises NoSuchResource: naming the leg that the location could not fill at any time
    """
    offering = inquiry.offering
    roster = roster_of(offering.location)
    minutes = {"planned_minutes": offering.planned_minutes, "observe_minutes": offering.observe_minutes}
    legs = rules.legs_for(
        offering.procedure_type.legs.all(), overrides=offering.leg_overrides, start=inquiry.now, **minutes
    )
    needs = needs_of(legs, start=inquiry.now, roster=roster)
    if inquiry.patient is not None:
        house = rules.house_period(
            start=inquiry.now, arrive_before_minutes=offering.location.arrive_before_minutes, **minutes
        )
        in_house = need_between(
            "patient", (PATIENT,), start=inquiry.now, begin=house.arrive_at, end=house.leave_at
        )
        needs = (*needs, in_house)
    return Ground(needs=needs, roster=roster)


def supply_in(window: Window, *, inquiry: Inquiry, ground: Ground) -> Supply:
    """Return what is open and free in a window, in one query, or two with a patient."""
    wanted = {resource for need in ground.needs for resource in need.pool}
    busy = busy_periods(
        resource_ids=sorted(wanted - {PATIENT}), window=window, now=inquiry.now, ignored=inquiry.ignored
    )
    if inquiry.patient is not None:
        busy[PATIENT] = patient_periods(patient_id=inquiry.patient.pk, window=window, ignored=inquiry.ignored)
    return supply_of(
        roster=ground.roster, location=inquiry.offering.location, window=window, wanted=wanted, busy=busy
    )
