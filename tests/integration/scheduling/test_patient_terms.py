"""What patients may change by themselves, what staff need a reason for, and what is only recorded."""

import datetime as dt
from typing import Any

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_medication

from cryoclinic.accounts.models import ApiClient
from scheduling import operations
from scheduling.codes import AppointmentStatus, CancellationReason
from scheduling.models import Appointment, ProcedureOffering
from scheduling.operations import Actor
from scheduling.operations.day_record import NothingToRecord
from scheduling.operations.policies import (
    TooLateToCancel,
    TooLateToMove,
    TooManyMoves,
    deposit_missing,
    moves_of_patient,
    policy_of,
)
from scheduling.operations.progress import AlreadyBegun, record_deposit, record_start
from scheduling.operations.statuses import BeginningUnknown, TimesDoNotFit

MINUTE = dt.timedelta(minutes=1)


def portal_of(clinic: Clinic) -> Actor:
    client = ApiClient.objects.create(
        name="portal",
        organization=clinic.organization,
        client_type=ApiClient.CLIENT_CONFIDENTIAL,
        authorization_grant_type=ApiClient.GRANT_CLIENT_CREDENTIALS,
    )
    return Actor(client=client, portal=True)


def cancel(appointment: Appointment, **changes: Any) -> Appointment:
    request = {"reason": CancellationReason.PATIENT, "now": NOW, **changes}
    return operations.cancel_appointment(appointment=appointment, **request)


def moved_thrice(clinic: Clinic, portal: Actor) -> Appointment:
    appointment = book(clinic)
    for number in range(1, 4):
        operations.move_appointment(appointment=appointment, start=START + number * HOUR, now=NOW, by=portal)
    return Appointment.objects.get(pk=appointment.pk)


def test_patients_may_cancel_until_the_cut_off(clinic: Clinic) -> None:
    appointment = book(clinic)

    cancelled = cancel(appointment, by=clinic.portal, now=START - DAY - MINUTE)

    assert cancelled.status == AppointmentStatus.CANCELLED


def test_after_the_cut_off_patients_are_told_whom_to_call(clinic: Clinic) -> None:
    appointment = book(clinic)

    with pytest.raises(TooLateToCancel) as refused:
        cancel(appointment, by=clinic.portal, now=START - DAY)

    assert (refused.value.latest_at, refused.value.phone, refused.value.phone_hours) == (
        START - DAY, "+442079460000", "Monday to Friday, 8:00 to 18:00",
    )  # fmt: skip
    assert Appointment.objects.get(pk=appointment.pk).status == AppointmentStatus.BOOKED


def test_an_arrival_is_no_way_round_the_cut_off(clinic: Clinic) -> None:
    appointment = book(clinic)
    operations.mark_arrived(appointment=appointment, now=START - HOUR, by=clinic.portal)

    with pytest.raises(TooLateToCancel):
        cancel(appointment, by=clinic.portal, now=START - HOUR)


@pytest.mark.parametrize("reason", [CancellationReason.PATIENT_DECEASED, CancellationReason.PATIENT_ADMITTED])
def test_death_and_admission_know_no_cut_off(clinic: Clinic, reason: CancellationReason) -> None:
    cancelled = cancel(book(clinic), by=clinic.portal, now=START - HOUR, reason=reason)

    assert cancelled.status == AppointmentStatus.CANCELLED


def test_staff_cancel_at_any_time(clinic: Clinic) -> None:
    cancelled = cancel(book(clinic), by=Actor(user=clinic.nora), now=START - HOUR)

    assert cancelled.status == AppointmentStatus.CANCELLED


def test_a_cancelled_visit_is_refused_for_what_it_is(clinic: Clinic) -> None:
    appointment = book(clinic)
    cancel(appointment, by=clinic.staff)

    with pytest.raises(operations.TransitionRefused):
        cancel(appointment, by=clinic.portal, now=START - HOUR)


def test_patients_may_move_until_the_cut_off(clinic: Clinic) -> None:
    appointment = book(clinic)

    with pytest.raises(TooLateToMove) as refused:
        operations.move_appointment(
            appointment=appointment, start=START + 7 * DAY, now=START - DAY, by=clinic.portal
        )

    assert refused.value.latest_at == START - DAY
    by_staff = operations.move_appointment(
        appointment=appointment, start=START + 7 * DAY, now=START - DAY, by=clinic.staff
    )
    assert by_staff.start == START + 7 * DAY


def test_patients_move_a_visit_so_often_and_no_more(clinic: Clinic) -> None:
    portal = portal_of(clinic)
    appointment = moved_thrice(clinic, portal)

    with pytest.raises(TooManyMoves) as refused:
        operations.move_appointment(appointment=appointment, start=START, now=NOW, by=portal)

    assert (moves_of_patient(appointment), refused.value.moves) == (3, 3)


def test_staff_move_once_more_with_a_reason_that_is_stored(clinic: Clinic) -> None:
    appointment = moved_thrice(clinic, portal_of(clinic))
    again = {"appointment": appointment, "start": START, "now": NOW}

    with pytest.raises(TooManyMoves):
        operations.move_appointment(**again, by=clinic.staff)
    with pytest.raises(operations.OverrideRefused):
        operations.move_appointment(**again, by=Actor(user=clinic.nora), override_reason="She is ill")
    moved = operations.move_appointment(**again, by=clinic.staff, override_reason="She is ill")

    change = moved.changes.last()
    assert change is not None
    assert (moved.override_reason, change.reason, change.user) == ("She is ill", "She is ill", clinic.nora)


def test_moves_the_clinic_needs_are_not_the_patients(clinic: Clinic) -> None:
    appointment = moved_thrice(clinic, portal_of(clinic))

    moved = operations.move_appointment(
        appointment=appointment, start=START, now=NOW, by=clinic.staff, at_our_wish=True
    )

    assert (moved.start, moved.override_reason, moves_of_patient(moved)) == (START, "", 3)


def test_a_reason_does_not_book_anything_twice(clinic: Clinic) -> None:
    book(clinic)

    with pytest.raises(operations.PatientBusy):
        book(clinic, offering=clinic.offering_new_york, start=START + 3 * HOUR, override_reason="She insists")
    with pytest.raises(operations.SlotTaken):
        book(
            clinic,
            patient=make_medication(clinic.pia, "paracetamol").patient,
            start=START + HOUR / 2,
            override_reason="She insists",
        )


def test_terms_come_from_the_most_particular_level(clinic: Clinic) -> None:
    clinic.organization.deposit_required = True
    clinic.organization.save()
    clinic.london.patient_cancel_hours = 72
    clinic.london.save()
    clinic.offering.patient_moves = 0
    clinic.offering.save()

    policy = policy_of(ProcedureOffering.objects.with_terms().get(pk=clinic.offering.pk))

    assert (policy.cancel_hours, policy.move_hours, policy.moves, policy.deposit_required) == (
        72,
        24,
        0,
        True,
    )


def test_deposit_is_recorded_and_taken_back(clinic: Clinic) -> None:
    clinic.organization.deposit_required = True
    clinic.organization.save()
    appointment = book(clinic)

    there = record_deposit(appointment=appointment, is_there=True, now=NOW, by=clinic.staff)
    missing = deposit_missing(there)
    back = record_deposit(appointment=there, is_there=False, now=NOW + HOUR, by=clinic.staff)

    assert (there.deposit_recorded_at, missing) == (NOW, False)
    assert (back.deposit_recorded_at, deposit_missing(back), back.revision) == (None, True, 3)
    assert [each.reason for each in back.changes.filter(kind="deposit")] == [
        "Recorded as there", "Recorded as not there",
    ]  # fmt: skip


def test_deposit_of_a_cancelled_visit_is_not_recorded(clinic: Clinic) -> None:
    appointment = cancel(book(clinic), by=clinic.staff)

    with pytest.raises(operations.TransitionRefused):
        record_deposit(appointment=appointment, is_there=True, now=NOW, by=clinic.staff)


def test_beginning_is_recorded_and_the_end_takes_it_up(clinic: Clinic) -> None:
    appointment = book(clinic)
    operations.mark_arrived(appointment=appointment, now=START - HOUR, by=clinic.staff)

    begun = record_start(
        appointment=appointment, began_at=START + 10 * MINUTE, now=START + 12 * MINUTE, by=clinic.staff
    )
    ended = operations.record_end(appointment=begun, ended_at=START + HOUR, now=START + HOUR, by=clinic.staff)

    assert (begun.status, begun.began_at, begun.revision) == ("arrived", START + 10 * MINUTE, 3)
    assert (ended.status, ended.began_at, ended.ended_at) == ("fulfilled", START + 10 * MINUTE, START + HOUR)
    assert [each.kind for each in ended.changes.all()] == ["booked", "status", "began", "ended"]


def test_beginning_is_refused_before_arrival_twice_and_ahead_of_time(clinic: Clinic) -> None:
    appointment = book(clinic)
    begin = {"appointment": appointment, "began_at": START, "now": START, "by": clinic.staff}

    with pytest.raises(NothingToRecord):
        record_start(**begin)
    operations.mark_arrived(appointment=appointment, now=START - HOUR, by=clinic.staff)
    with pytest.raises(TimesDoNotFit):
        record_start(**{**begin, "began_at": START + MINUTE})
    with pytest.raises(TimesDoNotFit):
        record_start(**{**begin, "began_at": START.replace(tzinfo=None)})
    record_start(**begin)
    with pytest.raises(AlreadyBegun) as refused:
        record_start(**begin)

    assert refused.value.began_at == START


def test_end_without_any_beginning_is_refused(clinic: Clinic) -> None:
    appointment = book(clinic)
    operations.mark_arrived(appointment=appointment, now=START - HOUR, by=clinic.staff)

    with pytest.raises(BeginningUnknown):
        operations.record_end(
            appointment=appointment, ended_at=START + HOUR, now=START + HOUR, by=clinic.staff
        )
