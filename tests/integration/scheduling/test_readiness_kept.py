"""The judgement of each visit is stored, kept current, shown, and turned into work."""

import datetime as dt

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_medication, make_patient
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scheduling.codes import AnswerCode, AuthorizationStatus, CancellationReason, TaskKind, TaskSeverity
from scheduling.models import Appointment, Evidence, ProcedureOffering, ReadinessRecord, Task
from scheduling.models.readiness import to_judge
from scheduling.operations import (
    cancel_appointment,
    complete_task,
    move_appointment,
    open_task,
    record_answer,
    record_authorization,
)
from scheduling.operations.readiness import (
    readiness_of,
    record_readiness,
    refresh_readiness,
    surroundings_of,
)
from scheduling.tasks import refresh_readiness as tick

pytestmark = pytest.mark.django_db


def judged(clinic: Clinic, *, now: dt.datetime = NOW) -> ReadinessRecord:
    refresh_readiness(now=now)
    return ReadinessRecord.objects.get(appointment__patient=clinic.pia)


def tasks(kind: TaskKind = TaskKind.NOT_READY) -> list[tuple[str, str]]:
    return list(Task.objects.filter(kind=kind).order_by("id").values_list("status", "cause"))


def test_visit_is_judged_once_and_again_when_something_changes(clinic: Clinic) -> None:
    appointment = book(clinic)

    first = judged(clinic)
    looked_again = refresh_readiness(now=NOW)
    Evidence.objects.create(patient=clinic.pia, item="consent", done_on=NOW.date())
    second = judged(clinic)

    assert (first.state, looked_again) == ("on-track", 0)
    assert {each["about"] for each in first.reasons} - {each["about"] for each in second.reasons} == {
        "consent"
    }
    appointment.refresh_from_db()
    assert second.plan_revision == appointment.plan_revision


def test_time_alone_puts_it_at_risk_and_opens_one_task(clinic: Clinic) -> None:
    book(clinic)
    judged(clinic)
    before = tasks()

    for hours in range(0, 24 * 14, 8):
        refresh_readiness(now=NOW + hours * HOUR)

    record = ReadinessRecord.objects.get()
    assert before == []
    assert record.state == "at-risk"
    assert [status for status, _ in tasks()] == ["requested"]
    assert Task.objects.get().due_at == record.next_due_at


def test_beats_that_come_late_find_what_those_in_time_would_have(clinic: Clinic) -> None:
    other = make_patient(clinic.organization)
    book(clinic)
    book(clinic, patient=other, start=START + 2 * HOUR)
    for hours in range(0, 24 * 14, 24):
        record_readiness(
            appointment_id=Appointment.objects.get(patient=clinic.pia).pk, now=NOW + hours * HOUR
        )
    late = NOW + (24 * 14 - 1) * HOUR

    # Nobody looked at the other one for two weeks.
    refresh_readiness(now=late)

    pia, theirs = ReadinessRecord.objects.order_by("appointment__start")
    assert (pia.state, pia.as_of, theirs.as_of) == ("at-risk", late, late)
    assert [each["code"] for each in pia.reasons] == [each["code"] for each in theirs.reasons]
    assert (pia.state, pia.next_step, pia.next_due_at) == (theirs.state, theirs.next_step, theirs.next_due_at)
    assert [status for status, _ in tasks()] == ["requested", "requested"]


def test_task_is_closed_again_when_what_it_asks_for_is_there(clinic: Clinic) -> None:
    book(clinic)
    late = START - 2 * DAY
    missing = {each["about"] for each in judged(clinic, now=late).reasons if each["code"] == "missing"}

    for item in missing:
        Evidence.objects.create(patient=clinic.pia, item=item, done_on=late.date())
    record = judged(clinic, now=late)

    assert missing
    assert record.state == "ready"
    assert [status for status, _ in tasks()] == ["cancelled"]


def test_answer_counts_for_the_start_it_was_about(clinic: Clinic) -> None:
    appointment = book(clinic)
    record_answer(appointment=appointment, question="confirm", answer=AnswerCode.DECLINED, now=NOW)

    said_no = judged(clinic)
    move_appointment(appointment=appointment, start=START + DAY, by=clinic.staff, now=NOW)
    moved = judged(clinic)

    assert (said_no.state, said_no.blocker) == ("blocked", "said-no")
    assert "said-no" not in {each["code"] for each in moved.reasons}


def test_task_that_is_done_is_not_asked_again_for_the_same_cause(clinic: Clinic) -> None:
    book(clinic)
    late = START - 2 * DAY
    judged(clinic, now=late)
    complete_task(task=Task.objects.get(), by=clinic.nora, outcome="Asked for.", now=late)

    judged(clinic, now=late + DAY)
    Evidence.objects.create(patient=clinic.pia, item="consent", done_on=NOW.date())
    judged(clinic, now=late + DAY)

    assert [status for status, _ in tasks()] == ["completed", "requested"]


def test_cancelled_visit_has_no_readiness_and_no_task(clinic: Clinic) -> None:
    appointment = book(clinic)
    late = START - 2 * DAY
    judged(clinic, now=late)

    cancel_appointment(
        appointment=appointment,
        reason=CancellationReason.PATIENT,
        expected_revision=1,
        by=clinic.staff,
        now=late,
    )
    refresh_readiness(now=late)

    assert not ReadinessRecord.objects.exists()
    assert [status for status, _ in tasks()] == ["cancelled"]
    assert not to_judge(late).exists()


def test_call_that_is_owed_is_seen_at_the_next_sweep(clinic: Clinic) -> None:
    appointment = book(clinic)
    judged(clinic)

    task = open_task(
        organization=clinic.organization,
        kind=TaskKind.IN_DOUBT,
        about="a message",
        severity=TaskSeverity.URGENT,
        reason="A message is in doubt.",
        due_at=NOW + HOUR,
        now=NOW,
        appointment=appointment,
    )
    owed = judged(clinic)
    complete_task(task=task, by=clinic.nora, outcome="Phoned.", now=NOW)
    made = judged(clinic)

    assert (owed.reasons[0]["code"], owed.state) == ("call-owed", "at-risk")
    assert made.state == "on-track"


def test_payer_and_medicines_count(clinic: Clinic) -> None:
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(needs_authorization=True)
    make_medication(clinic.pia, "apixaban")
    book(clinic)

    without = {each["code"] for each in judged(clinic).reasons}
    record_authorization(
        patient=clinic.pia,
        procedure_type=clinic.offering.procedure_type,
        status=AuthorizationStatus.REFUSED,
        now=NOW,
    )
    refused = judged(clinic)

    assert {"payer-not-agreed", "unsigned", "missing"} <= without
    assert (refused.state, refused.blocker) == ("blocked", "payer-refused")
    assert [status for status, _ in tasks(TaskKind.CANNOT_GO_AHEAD)] == ["requested"]


def test_data_that_makes_no_plan_blocks(clinic: Clinic) -> None:
    make_medication(clinic.pia, "apixaban")
    appointment = book(clinic)
    clinic.pia.medications.update(dose_times=["late"])

    record = record_readiness(appointment_id=appointment.pk, now=NOW)

    assert record is not None
    assert record.blocker == "cannot-plan"


def test_records_list_can_be_filtered_by_readiness(clinic: Clinic) -> None:
    book(clinic)
    judged(clinic)
    clinic.nora.is_staff = True
    clinic.nora.save()
    browser = Client()
    browser.force_login(clinic.nora)

    page = browser.get("/admin/scheduling/appointment/?readiness__state__exact=on-track")

    assert b"On track" in page.content


def test_many_visits_are_judged_in_as_many_queries_as_one(clinic: Clinic) -> None:
    readiness_of(book(clinic), now=NOW)  # The protocol is read once for all.
    counts = []
    for more in (0, 3):
        for number in range(more):
            patient = make_patient(clinic.organization)
            book(clinic, patient=patient, start=START + (number + 1) * DAY)
        with CaptureQueriesContext(connection) as queries:
            rows = list(Appointment.objects.with_facts())
            around = surroundings_of(rows)
            judged_rows = [readiness_of(row, now=NOW, around=around) for row in rows]
        counts.append((len(judged_rows), len(queries)))

    assert [visits for visits, _ in counts] == [1, 4]
    assert counts[0][1] == counts[1][1]


def test_tick_judges_every_visit(clinic: Clinic) -> None:
    book(clinic)
    other = make_patient(clinic.organization)
    book(clinic, patient=other, start=START + DAY)

    tick()

    assert ReadinessRecord.objects.count() == 2
