"""How long it takes to plan an appointment with 17 messages, and to plan it again after a move."""

import datetime as dt
import statistics
from collections.abc import Callable

from django.db import transaction
from django.utils import timezone

from cryoclinic.bench.figures import Figure, compared, milliseconds
from cryoclinic.bench.raw import Statement, caught, played
from cryoclinic.bench.world import house, patient
from cryoclinic.demo.furniture import KIDNEY, LONDON
from notifications.models import CommunicationRequest
from notifications.operations import reconcile_timeline
from scheduling.models import Appointment
from scheduling.operations import Actor, book_appointment, move_appointment
from scheduling.operations.slots import find_slots

RUNS = 12
# With two carers a kidney visit owes 17 messages; the goals speak of 16.
CARERS = 2


def plan_ms() -> Figure:
    """Measure planning a new appointment."""
    return _measured("plan_ms", planned_before=False)


def replan_ms() -> Figure:
    """Measure planning an appointment again after it has moved, everything that was owed being owed anew."""
    return _measured("replan_ms", planned_before=True)


def _measured(name: str, *, planned_before: bool) -> Figure:
    base = 5000 if planned_before else 4000
    ours: list[float] = []
    raw: list[float] = []
    messages: list[int] = []
    for run in range(RUNS):
        for offset, taken, measure in ((0, ours, _plan), (1, raw, _plan_raw)):
            appointment = _booked(base + run * 2 + offset)
            if planned_before:
                _plan(appointment)
                appointment = _moved(appointment)
            taken.append(measure(appointment))
            messages.append(CommunicationRequest.objects.open().filter(appointment=appointment).count())
    return compared(
        name=name,
        unit="ms",
        ours=statistics.median(ours[1:]),
        floor=statistics.median(raw[1:]),
        beside=f"the same INSERTs and UPDATEs raw ({round(statistics.median(messages))} messages)",
    )


def _plan(appointment: Appointment) -> float:
    now = timezone.now()
    return milliseconds(lambda: reconcile_timeline(appointment_id=appointment.pk, now=now))


def _plan_raw(appointment: Appointment) -> float:
    """Let the product plan, take it back, and play what it wrote without it."""
    statements = _undone(lambda: reconcile_timeline(appointment_id=appointment.pk, now=timezone.now()))
    return milliseconds(lambda: played([each for each in statements if each.writes]))


def _undone(act: Callable[[], object]) -> list[Statement]:
    with caught() as statements, transaction.atomic():
        act()
        transaction.set_rollback(True)
    return statements


def _booked(number: int) -> Appointment:
    """Book somebody with carers, whose addresses are known from an earlier plan."""
    offering = house().offerings[LONDON.name, KIDNEY]
    who = patient(number, carers=CARERS)
    now = timezone.now()
    first = now + dt.timedelta(days=12)
    slot = find_slots(
        offering=offering, patient=who, first=first, until=first + dt.timedelta(days=160), limit=1, now=now
    )
    by = Actor(user=house().people["sam"])
    appointment = book_appointment(offering=offering, patient=who, start=slot[0].start, now=now, by=by)
    # The people's rows stay, the plan does not: what is measured is planning, not meeting somebody.
    _keep_people(appointment)
    return appointment


def _keep_people(appointment: Appointment) -> None:
    with caught() as statements, transaction.atomic():
        reconcile_timeline(appointment_id=appointment.pk, now=timezone.now())
        transaction.set_rollback(True)
    people = ("notifications_recipient", "notifications_contactpoint")
    played([each for each in statements if each.writes and any(name in each.sql[:60] for name in people)])


def _moved(appointment: Appointment) -> Appointment:
    now = timezone.now()
    slot = find_slots(
        offering=appointment.offering,
        first=appointment.start + dt.timedelta(days=1),
        until=appointment.start + dt.timedelta(days=160),
        limit=1,
        now=now,
        moving=appointment,
    )[0]
    return move_appointment(
        appointment=appointment, start=slot.start, now=now, by=Actor(user=house().people["sam"])
    )
