"""What a delay does to a day, as values; nothing here is written."""

import datetime as dt
from dataclasses import dataclass, fields, replace
from uuid import UUID

from procedures.preparation import Fasting, prepare
from scheduling.codes import AppointmentStatus
from scheduling.models import Allocation, Appointment
from scheduling.models.case import case_of


@dataclass(frozen=True, kw_only=True, slots=True)
class Beyond:
    """A leg that would be used when it is closed. `closes_at` (UTC) is None where it is closed from the beginning."""

    leg: str
    resource: UUID
    name: str
    closes_at: dt.datetime | None


@dataclass(frozen=True, kw_only=True, slots=True)
class LateVisit:
    """
    A visit as it would be (UTC). `allocations` are the present ones with the periods they would have.

    A visit in progress keeps its start and takes longer; a patient who is here already keeps the arrival.
    """

    appointment: Appointment
    late_by: dt.timedelta
    start: dt.datetime
    arrive_at: dt.datetime
    planned_end: dt.datetime
    leaves_at: dt.datetime
    allocations: tuple[tuple[Allocation, tuple[dt.datetime, dt.datetime]], ...]
    beyond: tuple[Beyond, ...]

    @property
    def takes_longer(self) -> bool:
        """Return whether the visit is in progress and only its end moves."""
        return self.start == self.appointment.start


@dataclass(frozen=True, kw_only=True, slots=True)
class DayDelay:
    """
    What a delay does to a day: `source` runs late first. `digest` names this proposal and no other.

    `kept` are the visits that stay at their time because somebody wants it so.
    """

    source: Appointment
    minutes: int
    visits: tuple[LateVisit, ...]
    digest: str
    kept: tuple[Appointment, ...] = ()

    @property
    def beyond_hours(self) -> tuple[LateVisit, ...]:
        """Return the visits that would use something when it is closed."""
        return tuple(each for each in self.visits if each.beyond)


@dataclass(frozen=True, kw_only=True, slots=True)
class FoodStop:
    """When one kind of food or drink ends now, and when it would (local time). `food` is a field of the plan."""

    food: str
    now_at: dt.datetime
    then_at: dt.datetime


def food_stops(visit: LateVisit) -> tuple[FoodStop, ...]:
    """Return every end of eating and drinking that a later start moves; none for who is here or makes no plan."""
    if visit.takes_longer or visit.appointment.status != AppointmentStatus.BOOKED:
        return ()
    try:
        case = case_of(visit.appointment)
        before, after = prepare(case).fasting, prepare(replace(case, start=visit.start)).fasting
    except ValueError:
        # What is recorded makes no plan; its own task says so.
        return ()
    if before is None or after is None:
        return ()
    ends = [
        (field.name, getattr(before, field.name), getattr(after, field.name)) for field in fields(Fasting)
    ]
    return tuple(
        FoodStop(food=name, now_at=old, then_at=new)
        for name, old, new in ends
        if isinstance(old, dt.datetime) and isinstance(new, dt.datetime)
    )
