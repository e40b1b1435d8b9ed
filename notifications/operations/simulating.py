"""A protocol version played through for somebody who is not booked: who would be told what, when, and why not."""

import datetime as dt
from dataclasses import dataclass

from cryoclinic.accounts.models import Location
from notifications.operations.people import ADULT
from notifications.planning import (
    Answering,
    Booking,
    Caps,
    Recipient,
    SimulatedRow,
    derive,
    facts_as_json,
    plan_timeline,
    simulate,
    with_ladder,
    without_medicines,
)
from procedures.lint.trials import fasting_facts
from procedures.models import Protocol
from procedures.models.reading import derived_facts_of, steps_of
from procedures.preparation import Case, prepare
from procedures.rules import unmet
from procedures.steps import Audience, FactValue
from scheduling.operations.business_hours import open_between

# Stands where a clinician's signed plan would.
SIGNED_PLAN = "signed"
CHANNELS = ("sms", "email")


@dataclass(frozen=True, kw_only=True, slots=True)
class Example:
    """
    A made-up booking: the case with its start, when it is booked (aware), what it asks of the calendar.

    With `signed` every medicine has a signed decision. `with_carer` adds somebody who helps and has consented.
    `answered` says whether the patient answers at once.
    """

    case: Case
    booked_at: dt.datetime
    minutes: int
    notice: dt.timedelta
    language: str = "en"
    channels: tuple[str, ...] = CHANNELS
    signed: bool = False
    with_carer: bool = False
    answered: bool = False


def simulate_protocol(
    *, protocol: Protocol, location: Location, example: Example
) -> tuple[SimulatedRow, ...]:
    """
    Return the complete list for an example under a protocol version, at a location. Nothing is stored or sent.

    Collapse, quiet hours, holds, the ladder and the clinic's caps are in it; conditions that are not met are named.
    A child is told through a guardian.

    :raises InvalidCase: if the case does not fit the contract of plan_case
    """
    plan = prepare(example.case)
    booking = _booking(example, location)
    steps = steps_of(protocol)
    facts = _facts(protocol, location=location, example=example, booking=booking)
    sayable = facts if example.signed else without_medicines(facts)
    recipients = _recipients(example, location)
    planned = plan_timeline(
        booking=booking,
        steps=steps,
        facts=facts,
        recipients=recipients,
        active_conditions=lambda step: unmet(step.conditions, plan=plan, case=example.case),
        never_send=frozenset(plan.never_send),
        signed=example.signed or not plan.holds,
    )
    laddered = with_ladder(
        planned,
        booking=booking,
        steps=steps,
        facts_now=facts_as_json(sayable),
        recipients=recipients,
        told=(),
        answering=_answering(example, location),
    )
    clinic = location.organization
    caps = Caps(per_day=clinic.routine_per_day, per_week=clinic.routine_per_week)
    return simulate(laddered, booking=booking, steps=steps, recipients=recipients, caps=caps)


def _answering(example: Example, location: Location) -> Answering:
    return Answering(
        answered=example.answered,
        notice=example.notice,
        open_between=lambda begin, end: open_between(location, begin=begin, end=end),
    )


def _booking(example: Example, location: Location) -> Booking:
    start = example.case.start
    return Booking(
        known_at=example.booked_at,
        start=start,
        arrive_at=start - dt.timedelta(minutes=location.arrive_before_minutes),
        planned_end=start + dt.timedelta(minutes=example.minutes),
        ended_at=None,
        zone=example.case.zone,
        state="live",
    )


def _facts(
    protocol: Protocol, *, location: Location, example: Example, booking: Booking
) -> dict[str, FactValue]:
    plan = prepare(example.case)
    facts: dict[str, FactValue] = {
        "start": booking.start,
        "arrive_at": booking.arrive_at,
        "place": location.name,
        "address": location.address,
        "procedure": protocol.procedure_type.patient_name,
        "escort_needed": "yes" if plan.escort_needed else "no",
        **derive(derived_facts_of(protocol), booking),
        **fasting_facts(plan),
    }
    if example.signed and plan.holds:
        last = [o.last_dose_on for hold in plan.holds for o in hold.candidates if o.last_dose_on is not None]
        facts |= {"medicine_plan": SIGNED_PLAN} | ({"medicine_first_step_on": min(last)} if last else {})
    return facts


def _recipients(example: Example, location: Location) -> tuple[Recipient, ...]:
    child = example.case.patient.age_years < ADULT
    people = [("guardian" if child else "patient", Audience.PATIENT)]
    if example.with_carer:
        people.append(("carer", Audience.CARER))
    return tuple(
        Recipient(
            key=key,
            audience=audience,
            zone=location.tz,
            language=example.language,
            channels=example.channels,
            quiet_from=location.quiet_from,
            quiet_until=location.quiet_until,
        )
        for key, audience in people
    )
