"""
The diary against a model of it: whatever is done in whatever order, both agree on what can be had.

The clinic has one room, kept from 15 minutes before a start until 105 minutes after it, so two starts need 120 minutes
between them. A patient is in the house from an hour before until 210 minutes after: two visits need 270.
"""

import datetime as dt

import pytest
from builders import DAY, HOUR, NOW, START, book, make_clinic, make_patient, make_resource
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from scheduling import operations
from scheduling.codes import CancellationReason, ResourceKind
from scheduling.models import Allocation, Appointment, Hold, OpeningException
from scheduling.operations.closures.closing import close, reopen
from scheduling.operations.slots import find_slots
from scheduling.operations.swaps import swap_leg

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
APART, APART_FOR_PATIENT = 120 * MINUTE, 270 * MINUTE
HOLD = 10 * MINUTE
FIRST = START - 105 * MINUTE
STARTS = [FIRST + number * 75 * MINUTE for number in range(8)]
REFUSALS = (
    operations.AlreadyThere,
    operations.OutsideHours,
    operations.PatientBusy,
    operations.SlotTaken,
)
starts = st.sampled_from(STARTS)
patients = st.integers(0, 2)
which = st.integers(0, 7)


class Diary(RuleBasedStateMachine):
    """Books, moves, swaps, cancels, holds, closes and lets time pass, beside a model made of plain values."""

    def __init__(self) -> None:
        super().__init__()
        self.before = transaction.savepoint()
        self.clinic = make_clinic()
        make_resource(self.clinic.london, kind=ResourceKind.DEVICE, name="Console 2", skills=["cryo-console"])
        self.patients = [self.clinic.pia, *(make_patient(self.clinic.organization) for _ in range(2))]
        self.now = NOW
        self.booked: dict[int, tuple[int, dt.datetime]] = {}
        self.held: dict[int, tuple[dt.datetime, dt.datetime]] = {}
        self.closed: dict[int, tuple[dt.datetime, dt.datetime]] = {}

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.before)

    def can_have(self, start: dt.datetime, *, patient: int | None = None, moving: int | None = None) -> bool:
        """Say what the model says of a start."""
        room = (start - 15 * MINUTE, start + 105 * MINUTE)
        others = [(who, at) for pk, (who, at) in self.booked.items() if pk != moving]
        kept = [at for at, until in self.held.values() if self.now < until]
        return (
            not any(begin < room[1] and room[0] < end for begin, end in self.closed.values())
            and all(abs(at - start) >= APART for at in [*kept, *(at for _, at in others)])
            and all(abs(at - start) >= APART_FOR_PATIENT for who, at in others if who == patient)
        )

    def one_booked(self, number: int) -> Appointment | None:
        ids = sorted(self.booked)
        return Appointment.objects.get(pk=ids[number % len(ids)]) if ids else None

    @rule(patient=patients, start=starts)
    def book(self, patient: int, start: dt.datetime) -> None:
        expected = self.can_have(start, patient=patient)
        try:
            made = book(self.clinic, patient=self.patients[patient], start=start, now=self.now)
        except REFUSALS:
            assert not expected
        else:
            assert expected
            self.booked[made.pk] = (patient, start)

    @rule(number=which, start=starts)
    def move(self, number: int, start: dt.datetime) -> None:
        visit = self.one_booked(number)
        if visit is None:
            return
        patient, at = self.booked[visit.pk]
        expected = at != start and self.can_have(start, patient=patient, moving=visit.pk)
        try:
            operations.move_appointment(appointment=visit, start=start, now=self.now, by=self.clinic.staff)
        except REFUSALS:
            assert not expected
        else:
            assert expected
            self.booked[visit.pk] = (patient, start)

    @rule(number=which)
    def swap(self, number: int) -> None:
        visit = self.one_booked(number)
        if visit is not None:
            left = visit.allocations.get(leg="console", active=True).resource
            swap_leg(appointment=visit, leg="console", now=self.now, by=self.clinic.staff)
            assert visit.allocations.get(leg="console", active=True).resource != left

    @rule(number=which)
    def cancel(self, number: int) -> None:
        visit = self.one_booked(number)
        if visit is not None:
            operations.cancel_appointment(
                appointment=visit, reason=CancellationReason.PATIENT, now=self.now, by=self.clinic.staff
            )
            del self.booked[visit.pk]

    @rule(start=starts)
    def hold(self, start: dt.datetime) -> None:
        expected = self.can_have(start)
        try:
            kept = operations.hold_slot(
                offering=self.clinic.offering, start=start, now=self.now, by=self.clinic.staff
            )
        except REFUSALS:
            assert not expected
        else:
            assert expected
            self.held[kept.pk] = (start, self.now + HOLD)

    @rule(minutes=st.sampled_from([1, 6, 11]), swept=st.booleans())
    def let_time_pass(self, minutes: int, *, swept: bool) -> None:
        self.now += minutes * MINUTE
        if swept:
            operations.release_expired_holds(now=self.now)

    @rule(start=starts)
    def close_the_room(self, start: dt.datetime) -> None:
        closure = close(
            location=self.clinic.london,
            resource=self.clinic.resource("room"),
            begin=start,
            end=start + HOUR,
            reason="Broken",
            now=self.now,
            by=self.clinic.staff,
        )
        self.closed[closure.pk] = (start, start + HOUR)

    @rule(number=which)
    def open_the_room(self, number: int) -> None:
        ids = sorted(self.closed)
        if ids:
            closure = OpeningException.objects.get(pk=ids[number % len(ids)])
            reopen(closure=closure, now=self.now, by=self.clinic.staff)
            del self.closed[closure.pk]

    @rule(patient=patients)
    def search(self, patient: int) -> None:
        found = find_slots(
            offering=self.clinic.offering,
            patient=self.patients[patient],
            first=STARTS[0],
            until=START + DAY / 2,
            now=self.now,
        )
        offered = {slot.start for slot in found}
        assert {start for start in STARTS if start in offered} == {
            start for start in STARTS if self.can_have(start, patient=patient)
        }

    @invariant()
    def history_explains_every_state(self) -> None:
        for visit in Appointment.objects.prefetch_related("changes"):
            changes = list(visit.changes.all())
            assert [change.revision for change in changes] == list(range(1, visit.revision + 1))
            assert (changes[-1].to_status, changes[-1].to_start) == (visit.status, visit.start)
            assert (visit.status == "booked") == (visit.pk in self.booked)

    @invariant()
    def every_visit_has_all_its_legs_and_nothing_is_left_over(self) -> None:
        owners = Allocation.objects.filter(active=True).values_list("appointment_id", "hold_id")
        of_visits = [visit for visit, _ in owners if visit is not None]
        of_holds = {hold for _, hold in owners if hold is not None}
        assert sorted(of_visits) == sorted([pk for pk in self.booked for _ in range(4)])
        assert of_holds <= set(self.held)
        assert Hold.objects.filter(released_at=None).count() >= len(of_holds)


def play(*, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Diary,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
def test_diary_does_what_its_model_says() -> None:
    play(examples=3, steps=12)


@pytest.mark.full
def test_diary_does_what_its_model_says_in_many_histories() -> None:
    play(examples=60, steps=40)
