"""What is owed becomes what the plan says: whatever changed, however often, whoever asks at the same time."""

import datetime as dt
import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from builders import DAY, HOUR, NOW, Clinic, book, make_medication, make_patient
from clinic_clock import confirmed, live, london, sent, states, tick, work
from django.db import connections, transaction
from racing_threads import at_once

from notifications import dispatch, tasks
from notifications.codes import AttemptStatus, ContactState
from notifications.dispatch.record import Outcome, record
from notifications.models import Communication, CommunicationRequest, ContactPoint, Timeline
from notifications.operations import (
    Reconciled,
    mark_contact_point,
    reconcile_timeline,
    record_planning_failure,
)
from scheduling.codes import CancellationReason, Relationship
from scheduling.models import Appointment, MedicationStatement, Patient, RelatedPerson, Task
from scheduling.operations import (
    cancel_appointment,
    move_appointment,
    record_death,
    record_evidence,
    void,
)

pytestmark = pytest.mark.slow
WEEK_LATER = london(23, 9)


def plan(appointment: Appointment, at: dt.datetime = NOW, *, wait: bool = True) -> Reconciled | None:
    return reconcile_timeline(appointment_id=appointment.pk, now=at, wait=wait)


def plan_of(appointment: Appointment) -> list[tuple[Any, ...]]:
    found = CommunicationRequest.objects.filter(appointment=appointment).order_by("id")
    return sorted(found.values_list("notice", "facts_sha256", "status", "status_reason"))


def opt_out(appointment: Appointment, system: str, at: dt.datetime) -> None:
    value = appointment.patient.phone if system == "sms" else appointment.patient.email
    point = ContactPoint.objects.get(system=system, value=value)
    mark_contact_point(point=point, state=ContactState.OPTED_OUT, now=at)


def test_plan_made_twice_changes_nothing(booked: Appointment) -> None:
    made = plan(booked)
    before = plan_of(booked)

    again = plan(booked, NOW + HOUR)

    assert made == Reconciled(created=11, revoked=0, changed=0)
    assert again == Reconciled(created=0, revoked=0, changed=0)
    assert plan_of(booked) == before


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("wait", [True, False])
def test_plan_made_by_eight_at_once_is_one_plan(booked: Appointment, wait: bool) -> None:
    results = at_once(*[partial(plan, booked, wait=wait)] * 8)

    created = [result.created for result in results if result]
    assert (sorted(created)[-1], sum(created)) == (11, 11)
    assert len(plan_of(booked)) == 11
    assert Timeline.objects.to_plan(NOW).count() == 0


@pytest.mark.django_db(transaction=True)
def test_plan_that_waited_for_a_change_reads_what_was_changed(booked: Appointment) -> None:
    plan(booked)
    planner = threading.Thread(target=lambda: (plan(booked, NOW + HOUR), connections.close_all()))

    with transaction.atomic():
        Patient.objects.filter(pk=booked.patient_id).update(phone="")
        planner.start()
        planner.join(0.4)
    planner.join(10)

    assert Timeline.objects.to_plan(NOW).count() == 0
    channels = CommunicationRequest.objects.filter(status="active").values_list("channels", flat=True)
    assert {tuple(some) for some in channels} == {("email",)}


def test_unrelated_evidence_resends_nothing(northside: Clinic, booked: Appointment) -> None:
    live(NOW, london(11, 12))
    before = sent(booked)
    record_evidence(patient=northside.pia, item="creatinine_clearance", done_on=dt.date(2027, 3, 10), value=80, now=london(11, 12))  # type: ignore[arg-type]  # fmt: skip

    tick(london(11, 12, 5))

    assert sent(booked) == before
    assert Timeline.objects.to_plan(london(11, 12)).count() == 0


def test_move_and_back_before_anything_was_said_says_nothing_about_it(
    northside: Clinic, booked: Appointment
) -> None:
    live(NOW, london(2, 12))
    move_appointment(appointment=booked, start=WEEK_LATER, now=london(2, 13), by=northside.staff)
    plan(booked, london(2, 13))
    move_appointment(appointment=booked, start=booked.start, now=london(2, 14), by=northside.staff)

    live(london(2, 14), london(3, 12))

    assert sent(booked) == ["03-01 09:00 email patient visit-booked"]


def test_move_and_back_after_it_was_said_takes_back_the_first_move(
    northside: Clinic, booked: Appointment
) -> None:
    live(NOW, london(2, 12))
    for day, start in ((3, WEEK_LATER), (4, booked.start), (5, WEEK_LATER)):
        move_appointment(appointment=booked, start=start, now=london(day, 9), by=northside.staff)
        live(london(day, 9), london(day, 12))

    assert sent(booked) == [
        "03-01 09:00 email patient visit-booked",
        "03-03 09:00 sms patient visit-moved-patient+visit-booked",
        "03-04 09:00 sms patient visit-moved-patient+visit-booked",
        "03-05 09:00 sms patient visit-moved-patient+visit-booked",
    ]


@pytest.mark.parametrize(
    ("came_of_it", "expected"),
    [
        (AttemptStatus.COMPLETED, ("completed", "")),
        (AttemptStatus.NOT_DONE, ("revoked", "superseded")),
        (AttemptStatus.UNKNOWN, ("on-hold", "in-doubt")),
    ],
)
def test_change_while_a_message_is_on_its_way_is_told_after_it(
    northside: Clinic, booked: Appointment, came_of_it: AttemptStatus, expected: tuple[str, str]
) -> None:
    plan(booked)
    [attempt] = dispatch.claim(now=NOW, batch=10)
    move_appointment(appointment=booked, start=WEEK_LATER, now=NOW, by=northside.staff)
    plan(booked)

    while_under_way = dispatch.claim(now=NOW, batch=10)
    outcome = Outcome(attempt_id=attempt.pk, request_id=attempt.request_id, status=came_of_it)
    record([outcome], now=NOW)
    afterwards = dispatch.claim(now=NOW, batch=10)

    assert while_under_way == []
    first = CommunicationRequest.objects.get(pk=attempt.request_id)
    assert (first.status, first.status_reason) == expected
    correction = CommunicationRequest.objects.get(pk=afterwards[0].request_id)
    assert (correction.notice, correction.corrects) == ("visit-moved-patient", [first.uid])


def test_move_and_back_while_a_message_is_on_its_way_does_not_repeat_it(
    northside: Clinic, booked: Appointment
) -> None:
    plan(booked)
    [attempt] = dispatch.claim(now=NOW, batch=10)
    for start in (WEEK_LATER, booked.start):
        move_appointment(appointment=booked, start=start, now=NOW, by=northside.staff)
        plan(booked)
    record([Outcome(attempt_id=attempt.pk, request_id=attempt.request_id, status=AttemptStatus.COMPLETED)], now=NOW)  # fmt: skip

    live(NOW, london(2, 12))

    assert sent(booked) == ["03-01 09:00 email patient visit-booked"]


def die(clinic: Clinic, appointment: Appointment) -> None:
    record_death(patient=appointment.patient, on=dt.date(2027, 3, 1), now=london(2, 9), by=clinic.staff)


def admit(clinic: Clinic, appointment: Appointment) -> None:
    reason = CancellationReason.PATIENT_ADMITTED
    cancel_appointment(appointment=appointment, reason=reason, now=london(2, 9), by=clinic.staff)


@pytest.mark.parametrize("happens", [die, admit])
def test_death_or_admission_silences_everything(
    northside: Clinic, booked: Appointment, happens: Callable[[Clinic, Appointment], None]
) -> None:
    live(NOW, london(1, 12))
    happens(northside, booked)

    live(london(2, 9), london(25, 12))

    assert sent(booked) == ["03-01 09:00 email patient visit-booked"]
    assert work(booked) == []
    assert {status for _, status, _ in states(booked)} == {"completed", "revoked"}


def test_booking_entered_in_error_is_taken_back_from_those_told(
    northside: Clinic, booked: Appointment
) -> None:
    live(NOW, london(1, 12))
    void(appointment=booked, reason="The wrong patient.", now=london(2, 9), by=northside.staff)

    live(london(2, 9), london(25, 12))

    assert sent(booked)[1:] == ["03-02 09:00 sms patient visit-cancelled-patient"]


def test_address_opted_out_leaves_the_other_channel(booked: Appointment) -> None:
    live(NOW, london(1, 12))
    confirmed(booked)
    opt_out(booked, "sms", london(2, 9))

    live(london(2, 9), london(13, 20))

    assert sent(booked)[1:] == ["03-10 17:00 email patient escort-wanted", "03-13 17:00 email patient food-first"]  # fmt: skip
    assert work(booked) == []


def test_last_address_opted_out_leaves_the_phone(booked: Appointment) -> None:
    live(NOW, london(1, 12))
    confirmed(booked)
    opt_out(booked, "sms", london(2, 9))
    opt_out(booked, "email", london(2, 9))

    live(london(2, 9), london(25, 12))

    assert len(sent(booked)) == 1
    assert work(booked) == [("phone-patient", "no-channel")]


def cannot_be_planned(clinic: Clinic) -> Appointment:
    appointment = book(clinic, patient=make_patient(clinic.organization), start=WEEK_LATER)
    make_medication(appointment.patient, "apixaban", dose_times=["noon"])
    return appointment


def test_plan_that_cannot_be_made_waits_asks_for_help_and_starves_nobody(northside: Clinic) -> None:
    broken = cannot_be_planned(northside)
    good = book(northside)

    tasks.reconcile_due()

    failed = Timeline.objects.get(appointment=broken)
    assert (failed.failure, failed.failures, failed.planned_revision) == ("ValueError", 1, 0)
    assert failed.next_try_at is not None
    assert work(broken) == [("cannot-plan", str(broken.uid))]
    assert len(plan_of(good)) == 11


def test_plan_that_cannot_be_made_is_tried_less_and_less_often(northside: Clinic) -> None:
    broken = cannot_be_planned(northside)
    waits = []

    for _ in range(8):
        record_planning_failure(appointment_id=broken.pk, failure="InvalidCase", now=NOW)
        next_try_at = Timeline.objects.get(appointment=broken).next_try_at
        assert next_try_at is not None
        waits.append(round((next_try_at - NOW).total_seconds()))

    assert waits == [15, 30, 60, 120, 240, 480, 900, 900]
    assert Timeline.objects.to_plan(NOW).count() == 0
    assert Timeline.objects.to_plan(NOW + DAY).count() == 1
    assert Task.objects.filter(appointment=broken, kind="cannot-plan").count() == 1


def test_plan_that_could_not_be_made_is_made_as_soon_as_the_cause_is_gone(northside: Clinic) -> None:
    broken = cannot_be_planned(northside)
    tasks.reconcile_due()
    MedicationStatement.objects.filter(patient=broken.patient).update(dose_times=["12:00"])

    tasks.reconcile_due()

    timeline = Timeline.objects.get(appointment=broken)
    assert (timeline.failures, timeline.failure, timeline.next_try_at) == (0, "", None)
    assert [kind for kind, _ in work(broken)] == ["sign-medicines"]


def test_failure_that_cannot_be_recorded_is_said_and_stops_nobody(
    northside: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    broken = cannot_be_planned(northside)
    Timeline.objects.filter(appointment=broken).delete()

    tasks.reconcile_one(appointment_id=broken.pk)

    assert [(record.levelname, record.getMessage()) for record in caplog.records] == [
        ("WARNING", f"notifications.timeline.failed appointment={broken.pk} error=ValueError"),
        ("ERROR", f"notifications.timeline.failure-not-recorded appointment={broken.pk} error=DoesNotExist"),
    ]


def change_contact(clinic: Clinic, appointment: Appointment) -> None:
    opt_out(appointment, "sms", NOW)


CHANGES: dict[str, Callable[[Clinic, Appointment], object]] = {
    "moved": lambda clinic, a: move_appointment(appointment=a, start=WEEK_LATER, now=NOW, by=clinic.staff),
    "cancelled": lambda clinic, a: cancel_appointment(
        appointment=a, reason=CancellationReason.PATIENT, now=NOW, by=clinic.staff
    ),
    "died": lambda clinic, a: record_death(
        patient=a.patient, on=dt.date(2027, 3, 1), now=NOW, by=clinic.staff
    ),
    "void": lambda clinic, a: void(appointment=a, reason="Odd.", now=NOW, by=clinic.staff),
    "new medicine": lambda clinic, a: make_medication(a.patient, "apixaban"),
    "new number": lambda clinic, a: Patient.objects.filter(pk=a.patient_id).update(phone="+447946088888"),
    "carer": lambda clinic, a: RelatedPerson.objects.create(
        patient=a.patient, relationship=Relationship.CARER, given_name="C", family_name="D", consented_at=NOW
    ),
    "opted out": change_contact,
    "changed in the database": lambda clinic, a: Appointment.objects.filter(pk=a.pk).update(
        arrive_at=a.arrive_at - HOUR
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_every_change_hides_every_message_until_it_is_planned(
    northside: Clinic, booked: Appointment, change: str
) -> None:
    plan(booked)
    due_before = CommunicationRequest.objects.deliverable(london(15, 18)).count()

    CHANGES[change](northside, booked)

    assert due_before > 0
    assert CommunicationRequest.objects.deliverable(london(15, 18)).count() == 0
    assert dispatch.claim(now=london(15, 18), batch=10) == []
    assert list(Timeline.objects.to_plan(NOW).values_list("appointment_id", flat=True)) == [booked.pk]


def test_message_that_expired_unsent_is_owed_again_for_the_new_date(
    northside: Clinic, booked: Appointment
) -> None:
    plan(booked)
    CommunicationRequest.objects.filter(notice="get-help-signs").update(
        status="revoked", status_reason="expired", closed_at=NOW
    )
    move_appointment(appointment=booked, start=WEEK_LATER, now=NOW, by=northside.staff)

    plan(booked)

    assert states(booked, ["get-help-signs"]) == [
        ("get-help-signs", "revoked", "superseded"),
        ("get-help-signs", "active", ""),
    ]


def test_attempt_is_one_record_of_what_left(booked: Appointment) -> None:
    live(NOW, london(2, 12))

    [attempt] = Communication.objects.all()

    assert (attempt.status, attempt.provider_reference) == ("completed", str(attempt.uid))
    assert "/p/" not in attempt.text
