"""The day's list of who is not ready begins with the worst."""

import datetime as dt

from cryoclinic.dashboard.day import Day, Visit
from cryoclinic.dashboard.readiness import Preparedness
from cryoclinic.dashboard.words import Tag
from scheduling.models import Appointment
from scheduling.readiness import Readiness, State

ON = dt.date(2027, 3, 16)
NINE = dt.datetime(2027, 3, 16, 9, tzinfo=dt.UTC)


def visit(hour: int, state: State, *, status: str = "booked") -> Visit:
    appointment = Appointment(start=NINE.replace(hour=hour), status=status)
    readiness = Readiness(state=state, reasons=(), next_step=None, next_change_at=None)
    prepared = Preparedness(
        appointment=appointment, case=None, plan=None, basis="", standing=(), void=(), readiness=readiness
    )
    return Visit(appointment=appointment, prepared=prepared, state=Tag(family="neutral", word=""), rooms="")


def test_worst_come_first_and_then_the_earliest() -> None:
    visits = (
        visit(8, State.ON_TRACK),
        visit(9, State.READY),
        visit(10, State.AT_RISK),
        visit(11, State.BLOCKED),
        visit(12, State.AT_RISK),
        visit(13, State.BLOCKED, status="cancelled"),
    )

    day = Day(on=ON, visits=visits, next_visits=visits[:5], calls=(), is_open=True)

    hours = [[each.appointment.start.hour for each in rows] for rows in (day.not_ready, day.next_not_ready)]
    assert hours == [[11, 10, 12, 8], [11, 10, 12, 8]]
