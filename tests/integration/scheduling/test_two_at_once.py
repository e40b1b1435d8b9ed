"""One change while another is not committed yet: who waits for whom, and what is true when both have ended."""

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_clinic, make_patient, make_resource
from django.db import transaction
from racers import Act, wait_until_it_waits
from shut_places import shut
from sound_diary import check_diary
from waiting_people import make_backfill, make_waiting

from scheduling import operations
from scheduling.codes import CancellationReason, ClosureAnswer, ResourceKind
from scheduling.models import (
    Allocation,
    Appointment,
    Hold,
    OpeningException,
    Patient,
    ProcedureOffering,
    Resource,
)
from scheduling.operations.backfill import advance_backfill
from scheduling.operations.closures import Choice, apply_choices, closure_hits
from scheduling.operations.follow_ups import NothingToFollow, book_follow_up
from scheduling.operations.merging import BookingsOverlap, merge_patients
from scheduling.operations.series import SeriesWish, book_series
from scheduling.operations.terms import PatientMerged
from scheduling.sessions import Gaps

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

Beside = Callable[[Act], Future[object]]


def cancel(clinic: Clinic, visit: Appointment) -> Appointment:
    return operations.cancel_appointment(
        appointment=visit, reason=CancellationReason.PATIENT, now=NOW, by=clinic.staff
    )


def move(clinic: Clinic, visit: Appointment) -> Appointment:
    return operations.move_appointment(appointment=visit, start=START + DAY, now=NOW, by=clinic.staff)


def move_in_bulk(clinic: Clinic, closure: OpeningException) -> list[str | None]:
    choices = [
        Choice(appointment=hit.appointment, revision=1, answer=ClosureAnswer.MOVE, start=START + DAY)
        for hit in closure_hits(closure, now=NOW)
    ]
    outcomes = apply_choices(closure=closure, choices=choices, now=NOW, by=clinic.staff)
    return [each.refusal and type(each.refusal).__name__ for each in outcomes]


def merge(clinic: Clinic, other: Patient) -> None:
    merge_patients(
        kept=clinic.pia,
        merged=other,
        chosen={"given_name": "kept", "phone": "kept", "email": "kept"},
        by=clinic.nora,
        now=NOW,
    )


def first(beside: Beside, act: Act, *, then: Act) -> Any:
    """Do one thing, have somebody else do another before it is committed, and return what became of the other."""
    with transaction.atomic():
        act()
        other = beside(then)
        wait_until_it_waits(other)
    return other.exception(timeout=60) or other.result()


def test_cancellation_that_waits_for_a_move_is_recorded_as_it_was(beside: Beside) -> None:
    clinic = make_clinic()
    visit = book(clinic)

    first(beside, lambda: move(clinic, visit), then=lambda: cancel(clinic, visit))

    said = [(each.kind, each.from_start, each.to_start) for each in visit.changes.all()]
    assert said[1:] == [("moved", START, START + DAY), ("status", None, START + DAY)]
    check_diary(NOW)


def test_move_that_waits_for_a_cancellation_is_refused(beside: Beside) -> None:
    clinic = make_clinic()
    visit = book(clinic)

    refusal = first(beside, lambda: cancel(clinic, visit), then=lambda: move(clinic, visit))

    assert isinstance(refusal, operations.TransitionRefused)
    check_diary(NOW)


def test_booking_written_while_its_room_is_closed_is_listed(beside: Beside) -> None:
    clinic = make_clinic()

    with transaction.atomic():
        visit = book(clinic)
        closing = beside(lambda: shut(clinic, resource=clinic.resource("room")))
        closure: Any = closing.result(timeout=60)
        assert closure_hits(closure, now=NOW)[0].appointment == visit

    assert [hit.appointment for hit in closure_hits(closure, now=NOW)] == [visit]


def test_room_closed_while_a_booking_is_being_written_lists_it(beside: Beside) -> None:
    clinic = make_clinic()

    with transaction.atomic():
        closure = shut(clinic, resource=clinic.resource("room"))
        visit = beside(lambda: book(clinic)).result(timeout=60)

    assert [hit.appointment for hit in closure_hits(closure, now=NOW)] == [visit]
    with pytest.raises(operations.OutsideHours):
        book(clinic, patient=make_patient(clinic.organization))


def test_patient_cancels_while_visits_are_moved_in_bulk(beside: Beside) -> None:
    clinic = make_clinic()
    visit = book(clinic)
    closure = shut(clinic)

    refused = first(beside, lambda: cancel(clinic, visit), then=lambda: move_in_bulk(clinic, closure))

    assert refused == ["TransitionRefused"]
    assert Appointment.objects.get().start == START
    check_diary(NOW)


def test_visits_moved_in_bulk_can_be_cancelled_by_who_waited(beside: Beside) -> None:
    clinic = make_clinic()
    visit = book(clinic)
    closure = shut(clinic)

    first(beside, lambda: move_in_bulk(clinic, closure), then=lambda: cancel(clinic, visit))

    after = Appointment.objects.get()
    assert (after.status, after.start) == ("cancelled", START + DAY)
    check_diary(NOW)


def test_nobody_is_booked_under_a_record_that_is_being_merged(beside: Beside) -> None:
    clinic = make_clinic()
    other = make_patient(clinic.organization)

    refusal = first(beside, lambda: merge(clinic, other), then=lambda: book(clinic, patient=other))

    assert isinstance(refusal, PatientMerged)
    assert not Appointment.objects.filter(patient=other).exists()


def test_nobody_is_booked_whose_death_is_being_recorded(beside: Beside) -> None:
    clinic = make_clinic()

    refusal = first(
        beside,
        lambda: operations.record_death(patient=clinic.pia, on=NOW.date(), now=NOW, by=clinic.staff),
        then=lambda: book(clinic),
    )

    assert isinstance(refusal, operations.PatientDeceased)
    assert not Appointment.objects.exists()


def test_booking_under_a_record_follows_when_it_is_merged_next(beside: Beside) -> None:
    clinic = make_clinic()
    other = make_patient(clinic.organization)

    first(beside, lambda: book(clinic, patient=other), then=lambda: merge(clinic, other))

    assert Appointment.objects.get().patient == clinic.pia
    check_diary(NOW)


def test_merge_that_waits_for_a_booking_sees_it(beside: Beside) -> None:
    clinic = make_clinic()
    make_resource(clinic.london, kind=ResourceKind.ROOM, name="Room 2", skills=["ct"])
    other = make_patient(clinic.organization)
    book(clinic, patient=other)
    later = START + 3 * HOUR

    refusal = first(beside, lambda: book(clinic, start=later), then=lambda: merge(clinic, other))

    assert isinstance(refusal, BookingsOverlap)


def test_sweep_leaves_a_hold_alone_that_is_just_being_booked(beside: Beside) -> None:
    clinic = make_clinic()
    held = operations.hold_slot(offering=clinic.offering, start=START, now=NOW, by=clinic.portal)

    with transaction.atomic():
        book(clinic, hold=held)
        sweep = beside(lambda: operations.release_expired_holds(now=NOW + HOUR))
        assert sweep.result(timeout=60) == 0

    assert Hold.objects.get().released_at == NOW
    assert Allocation.objects.filter(active=True, hold=None).count() == 4
    check_diary(NOW)


def test_backfill_waits_for_the_patient_before_it_takes_anything(beside: Beside) -> None:
    clinic = make_clinic()
    entry = make_waiting(clinic)
    backfill = make_backfill(clinic)

    with transaction.atomic():
        Patient.objects.select_for_update().get(pk=entry.patient_id)
        asking = beside(lambda: advance_backfill(backfill_id=backfill.pk, now=NOW))
        wait_until_it_waits(asking)
        free = list(Resource.objects.select_for_update(nowait=True))
    asking.result(timeout=60)

    assert len(free) == Resource.objects.count()
    assert backfill.offers.count() == 1


def test_series_waits_for_the_offering_before_it_takes_anything(beside: Beside) -> None:
    clinic = make_clinic()
    ProcedureOffering.objects.update(most_per_day=3)
    wish = SeriesWish(sessions=2, gaps=Gaps(least_days=7, most_days=10), first=START)

    with transaction.atomic():
        ProcedureOffering.objects.select_for_update(no_key=True).get(pk=clinic.offering.pk)
        booking = beside(
            lambda: book_series(
                offering=clinic.offering, patient=clinic.pia, wish=wish, now=NOW, by=clinic.staff
            )
        )
        wait_until_it_waits(booking)
        free = list(Resource.objects.select_for_update(nowait=True))
    booking.result(timeout=60)

    assert len(free) == Resource.objects.count()
    assert Appointment.objects.count() == 2


def test_follow_up_waits_for_the_patient_before_the_procedure(beside: Beside) -> None:
    clinic = make_clinic()
    visit = book(clinic)

    with transaction.atomic():
        Patient.objects.select_for_update(no_key=True).get(pk=clinic.pia.pk)
        booking = beside(
            lambda: book_follow_up(
                first=visit, code="ct", offering=clinic.offering, start=START, now=NOW, by=clinic.staff
            )
        )
        wait_until_it_waits(booking)
        Appointment.objects.select_for_update(nowait=True).get(pk=visit.pk)

    assert isinstance(booking.exception(timeout=60), NothingToFollow)
