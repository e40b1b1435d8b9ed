"""Races on a real database: one winner for each place, a clear refusal for all others, never a deadlock."""

import datetime as dt
import os
from collections import Counter
from collections.abc import Callable

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_clinic, make_patient, make_resource
from racers import BOOKED, at_once, deadlocks, racers, spread_of
from sound_diary import check_diary

from scheduling import operations
from scheduling.codes import CancellationReason, ResourceKind
from scheduling.models import Allocation, Appointment, Hold, Patient

pytestmark = pytest.mark.django_db(transaction=True)

# How often each race of `make test-full` is run; unset: 200 times, with 200 threads half of them for each spread.
ROUNDS = int(os.environ.get("RACE_ROUNDS", "0"))
# The weeks that a race goes through again and again: nearer than the horizon.
WEEKS = 10
SPREADS = pytest.mark.parametrize(
    "spread", [dt.timedelta(0), dt.timedelta(minutes=15)], ids=["same start", "overlapping"]
)


def patients_of(clinic: Clinic, number: int) -> list[Patient]:
    return [make_patient(clinic.organization) for _ in range(number)]


def contend(*, threads: int, rounds: int, spread: dt.timedelta) -> str:
    """Have many patients want the same start, or starts so near that their legs overlap; say how long it took them."""
    clinic = make_clinic()
    patients = patients_of(clinic, threads)
    before = deadlocks()
    with racers(threads) as crew:
        for number in range(rounds):
            day = START + number % WEEKS * 7 * DAY
            acts = [
                lambda patient=patient, start=day + place % 4 * spread: book(
                    clinic, patient=patient, start=start
                )
                for place, patient in enumerate(patients)
            ]

            outcomes = crew.race(acts)

            assert Counter(outcomes) == {BOOKED: 1, "SlotTaken": threads - 1}
            assert {bool(error.leg and error.until) for error in crew.errors if error} == {True}
            cancel_the_winner(clinic)
    assert deadlocks() == before
    return spread_of(crew.took)


def cancel_the_winner(clinic: Clinic) -> None:
    winner = Appointment.objects.get(status=BOOKED)
    operations.cancel_appointment(
        appointment=winner, reason=CancellationReason.PATIENT, now=NOW, by=clinic.staff
    )


@pytest.mark.slow
@SPREADS
def test_one_of_eight_gets_the_place(spread: dt.timedelta) -> None:
    contend(threads=8, rounds=3, spread=spread)


@pytest.mark.full
@SPREADS
@pytest.mark.parametrize(("threads", "rounds"), [(2, 200), (8, 200), (32, 200), (200, 100)])
def test_one_of_many_gets_the_place(
    threads: int, rounds: int, spread: dt.timedelta, record_property: Callable[[str, object], None]
) -> None:
    calls = contend(threads=threads, rounds=ROUNDS or rounds, spread=spread)

    record_property("calls", calls)


@pytest.mark.slow
def test_two_racers_for_a_pool_of_two_both_win() -> None:
    clinic = make_clinic()
    for kind, name, skill in (
        (ResourceKind.PRACTITIONER, "Second radiologist", "radiology"),
        (ResourceKind.ROOM, "Room 2", "ct"),
        (ResourceKind.DEVICE, "Console 2", "cryo-console"),
    ):
        make_resource(clinic.london, kind=kind, name=name, skills=[skill])

    for number in range(3):
        start = START + number * 7 * DAY
        acts = [
            lambda patient=patient, start=start: book(clinic, patient=patient, start=start)
            for patient in patients_of(clinic, 2)
        ]
        assert at_once(acts) == [BOOKED, BOOKED]


@pytest.mark.slow
def test_one_patient_gets_one_of_two_places() -> None:
    clinic = make_clinic()
    in_new_york = START + 6 * HOUR

    outcomes = at_once(
        [
            lambda: book(clinic, start=START + 4 * HOUR),
            lambda: book(clinic, offering=clinic.offering_new_york, start=in_new_york),
        ]
    )

    assert sorted(outcomes) == ["PatientBusy", BOOKED]


@pytest.mark.slow
def test_one_of_two_moves_gets_the_place_and_the_other_keeps_its_own() -> None:
    clinic = make_clinic()
    first, second = (
        book(clinic, patient=patient, start=START + day * DAY)
        for day, patient in enumerate(patients_of(clinic, 2))
    )
    wanted = START + 7 * DAY

    outcomes = at_once(
        [
            lambda: operations.move_appointment(appointment=first, start=wanted, now=NOW, by=clinic.staff),
            lambda: operations.move_appointment(appointment=second, start=wanted, now=NOW, by=clinic.staff),
        ]
    )

    assert sorted(outcomes) == ["SlotTaken", BOOKED]
    starts = set(Appointment.objects.values_list("start", flat=True))
    assert wanted in starts
    assert len(starts & {START, START + DAY}) == 1
    assert Allocation.objects.filter(active=True).count() == 8


@pytest.mark.slow
def test_two_who_swap_places_do_not_wait_for_each_other() -> None:
    clinic = make_clinic()
    first, second = (
        book(clinic, patient=patient, start=START + day * DAY)
        for day, patient in enumerate(patients_of(clinic, 2))
    )
    before = deadlocks()

    outcomes = at_once(
        [
            lambda: operations.move_appointment(
                appointment=first, start=START + DAY, now=NOW, by=clinic.staff
            ),
            lambda: operations.move_appointment(appointment=second, start=START, now=NOW, by=clinic.staff),
        ]
    )

    assert outcomes == ["SlotTaken", "SlotTaken"]
    assert deadlocks() == before


@pytest.mark.slow
def test_move_and_cancellation_leave_one_truth() -> None:
    clinic = make_clinic()
    appointment = book(clinic)

    at_once(
        [
            lambda: operations.move_appointment(
                appointment=appointment, start=START + DAY, now=NOW, by=clinic.staff
            ),
            lambda: operations.cancel_appointment(
                appointment=appointment, reason=CancellationReason.PATIENT, now=NOW, by=clinic.staff
            ),
        ]
    )

    after = Appointment.objects.get(pk=appointment.pk)
    assert after.status == "cancelled"
    check_diary(NOW)


@pytest.mark.slow
def test_one_of_two_who_use_the_same_hold_books() -> None:
    clinic = make_clinic()
    held = operations.hold_slot(offering=clinic.offering, start=START, now=NOW, by=clinic.portal)

    outcomes = at_once(
        [
            lambda patient=patient: book(clinic, patient=patient, hold=held)
            for patient in patients_of(clinic, 2)
        ]
    )

    assert Counter(outcomes)[BOOKED] == 1
    assert set(outcomes) <= {BOOKED, "SlotTaken", "HoldIsGone"}


@pytest.mark.slow
def test_bookings_and_the_clock_clear_the_same_expired_hold() -> None:
    clinic = make_clinic()
    operations.hold_slot(offering=clinic.offering, start=START, now=NOW, by=clinic.portal)
    later = NOW + HOUR

    outcomes = at_once(
        [
            *(
                lambda patient=patient: book(clinic, patient=patient, now=later)
                for patient in patients_of(clinic, 3)
            ),
            *(lambda: operations.release_expired_holds(now=later) for _ in range(3)),
        ]
    )

    assert Counter(outcomes[:3]) == {BOOKED: 1, "SlotTaken": 2}
    assert outcomes[3:] == [BOOKED] * 3
    operations.release_expired_holds(now=later)
    assert not Hold.objects.filter(released_at=None).exists()


@pytest.mark.slow
def test_one_matter_is_one_task_however_many_open_it() -> None:
    clinic = make_clinic()
    appointment = book(clinic)

    outcomes = at_once([lambda: operations.open_overdue_tasks(now=START + 5 * HOUR) for _ in range(8)])

    assert outcomes == [BOOKED] * 8
    assert appointment.tasks.count() == 1
