"""What a start means for an offering as it is set up: what is occupied, and when the patient is in the house."""

import datetime as dt

from scheduling.models import ProcedureOffering
from scheduling.rules import HousePeriod, LegPeriod, house_period, legs_for


def legs_at(offering: ProcedureOffering, start: dt.datetime) -> tuple[LegPeriod, ...]:
    """
    Return what this offering occupies if it starts then (aware).

    :raises LegIsEmpty: if the offering is set up so that a leg ends before it begins
    """
    return legs_for(
        offering.procedure_type.legs.all(),
        overrides=offering.leg_overrides,
        start=start,
        planned_minutes=offering.planned_minutes,
        observe_minutes=offering.observe_minutes,
    )


def house_at(offering: ProcedureOffering, start: dt.datetime) -> HousePeriod:
    """Return the time a patient is in the house if the offering starts then (aware)."""
    return house_period(
        start=start,
        arrive_before_minutes=offering.location.arrive_before_minutes,
        planned_minutes=offering.planned_minutes,
        observe_minutes=offering.observe_minutes,
    )
