"""Between choosing and writing: what a writer does who finds that somebody was faster, or that the database balked."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_clinic, make_patient, make_resource
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from scheduling import operations
from scheduling.codes import CancellationReason, DecisionKind, ResourceKind
from scheduling.models import Allocation, Appointment, Hold, Resource
from scheduling.models.case import basis_of
from scheduling.operations.choosing import Need
from scheduling.operations.seating import seat
from scheduling.operations.spans import legs_at
from scheduling.rules import LegPeriod

MINUTE = HOUR / 60


def make_hold(clinic: Clinic) -> Hold:
    return Hold.objects.create(
        organization=clinic.organization, offering=clinic.offering, start=START, expires_at=NOW + HOUR
    )


def need_of(clinic: Clinic, **changes: Any) -> Need:
    return Need(**{"location": clinic.london, "legs": legs_at(clinic.offering, START), "now": NOW, **changes})


# --- a rival who commits while we wait for the lock --------------------------------------------------


def someone_waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def overtaken(
    act: Callable[[], Any], *, lock: Callable[[], Any], rival: Callable[[], Any]
) -> BaseException | None:
    """Have a rival lock, let `act` run into the lock, have the rival write and commit; return what `act` raised."""

    def run() -> None:
        try:
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as threads:
        with transaction.atomic():
            lock()
            future = threads.submit(run)
            deadline = time.monotonic() + 30
            while not someone_waits_for_a_lock():
                assert time.monotonic() < deadline, "nobody came to wait"
                time.sleep(0.01)
            rival()
        return future.exception(timeout=30)


def lock_radiologist(clinic: Clinic) -> None:
    list(Resource.objects.locked([clinic.resource("practitioner").pk]))


def take_radiologist(clinic: Clinic) -> None:
    Allocation.objects.create(
        resource=clinic.resource("practitioner"),
        hold=make_hold(clinic),
        leg="operator",
        period=(START, START + HOUR),
    )


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_loser_of_a_race_takes_what_is_still_free() -> None:
    clinic = make_clinic()
    make_resource(clinic.london, kind=ResourceKind.PRACTITIONER, name="Second", skills=["radiology"])

    error = overtaken(
        lambda: book(clinic),
        lock=lambda: lock_radiologist(clinic),
        rival=lambda: take_radiologist(clinic),
    )

    assert error is None
    assert Allocation.objects.get(appointment__isnull=False, leg="operator").resource.name == "Second"


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_loser_of_a_race_for_the_last_one_hears_what_is_taken() -> None:
    clinic = make_clinic()

    error = overtaken(
        lambda: book(clinic),
        lock=lambda: lock_radiologist(clinic),
        rival=lambda: take_radiologist(clinic),
    )

    assert isinstance(error, operations.SlotTaken)
    assert (error.leg, error.until) == ("operator", START + HOUR)
    assert not Appointment.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_loser_who_named_the_resources_is_given_no_others() -> None:
    clinic = make_clinic()
    make_resource(clinic.london, kind=ResourceKind.PRACTITIONER, name="Second", skills=["radiology"])
    legs = {"operator": "practitioner", "room": "room", "console": "device", "bay": "bay"}
    named = {leg: [clinic.resource(kind).pk] for leg, kind in legs.items()}

    error = overtaken(
        lambda: book(clinic, assignment=named),
        lock=lambda: lock_radiologist(clinic),
        rival=lambda: take_radiologist(clinic),
    )

    assert isinstance(error, operations.SlotTaken)
    assert not Appointment.objects.exists()


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rival", ["cancels", "moves", "marks arrived"])
def test_step_overtaken_by_another_is_refused(rival: str) -> None:
    clinic = make_clinic()
    appointment = book(clinic)
    rivals = {
        "cancels": lambda: operations.cancel_appointment(
            appointment=appointment, reason=CancellationReason.PATIENT, now=NOW, by=clinic.staff
        ),
        "moves": lambda: operations.move_appointment(
            appointment=appointment, start=START + DAY, now=NOW, by=clinic.staff
        ),
        "marks arrived": lambda: operations.mark_arrived(appointment=appointment, now=NOW, by=clinic.staff),
    }

    error = overtaken(
        lambda: operations.cancel_appointment(
            appointment=appointment,
            reason=CancellationReason.PROVIDER,
            now=NOW,
            by=clinic.staff,
            expected_revision=1,
        ),
        lock=lambda: Appointment.objects.select_for_update().get(pk=appointment.pk),
        rival=rivals[rival],
    )

    assert isinstance(error, operations.StaleRevision)
    assert Appointment.objects.get(pk=appointment.pk).revision == 2


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_move_overtaken_by_a_cancellation_is_refused() -> None:
    clinic = make_clinic()
    appointment = book(clinic)

    error = overtaken(
        lambda: operations.move_appointment(
            appointment=appointment, start=START + DAY, now=NOW, by=clinic.staff
        ),
        lock=lambda: Appointment.objects.select_for_update().get(pk=appointment.pk),
        rival=lambda: operations.cancel_appointment(
            appointment=appointment, reason=CancellationReason.PATIENT, now=NOW, by=clinic.staff
        ),
    )

    assert isinstance(error, operations.TransitionRefused)
    assert not Allocation.objects.filter(active=True).exists()


# --- a database that balks ----------------------------------------------------------------------------


def balk(code: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DO $$ BEGIN RAISE EXCEPTION USING ERRCODE = '{code}'; END $$")


def balking(clinic: Clinic, *, code: str, times: int) -> Callable[[], Hold]:
    """Return a writer that the database breaks off a number of times before it lets it through."""
    left = [times]

    def write() -> Hold:
        if left[0]:
            left[0] -= 1
            balk(code)
        return make_hold(clinic)

    return write


def test_deadlock_is_tried_once_more(clinic: Clinic) -> None:
    hold = seat(need=need_of(clinic), patient=None, write=balking(clinic, code="40P01", times=1))

    assert hold.allocations.filter(active=True).count() == 4


@pytest.mark.parametrize("legs", ["all", "none"])
def test_second_deadlock_counts_as_taken(clinic: Clinic, legs: str) -> None:
    need = need_of(clinic) if legs == "all" else need_of(clinic, legs=())

    with pytest.raises(operations.SlotTaken) as refused:
        seat(need=need, patient=None, write=balking(clinic, code="40P01", times=2))

    assert refused.value.leg == ("operator" if legs == "all" else "")
    assert not Hold.objects.exists()


def test_other_trouble_of_the_database_is_not_swallowed(clinic: Clinic) -> None:
    with pytest.raises(OperationalError):
        seat(need=need_of(clinic), patient=None, write=balking(clinic, code="53200", times=1))


def test_other_violation_while_writing_is_not_swallowed(clinic: Clinic) -> None:
    with pytest.raises(IntegrityError):
        seat(need=need_of(clinic), patient=None, write=balking(clinic, code="23514", times=1))


def test_violation_that_names_no_constraint_is_not_swallowed(clinic: Clinic) -> None:
    # A leg without length cannot be stored: the period would be empty.
    leg = LegPeriod(key="room", role="room", skill="", count=1, begin=START + MINUTE, end=START + MINUTE)

    with pytest.raises(IntegrityError):
        seat(need=need_of(clinic, legs=(leg,)), patient=None, write=lambda: make_hold(clinic))

    assert not Hold.objects.exists()


def test_offering_that_needs_nothing_books_only_the_patient(clinic: Clinic) -> None:
    clinic.offering.leg_overrides = {key: {"count": 0} for key in ("operator", "room", "console", "bay")}
    clinic.offering.save()

    appointment = book(clinic)

    assert (appointment.status, appointment.allocations.count()) == ("booked", 0)
    with pytest.raises(operations.PatientBusy):
        book(clinic, start=START + HOUR)
    assert book(clinic, patient=make_patient(clinic.organization)).start == START


def test_decision_of_an_unknown_kind_is_not_swallowed(clinic: Clinic) -> None:
    clinic.pia.medications.create(drug="paracetamol")
    appointment = Appointment.objects.with_facts().get(pk=book(clinic).pk)

    with pytest.raises(IntegrityError):
        operations.sign_decision(
            appointment=appointment,
            drug="paracetamol",
            kind="ask",  # type: ignore[arg-type]
            sentences={"en": "Words."},
            basis_sha256=basis_of(appointment),
            by=clinic.cleo,
            now=NOW,
        )

    assert DecisionKind.values == ["hold", "reduce", "continue", "phone", "refuse"]
