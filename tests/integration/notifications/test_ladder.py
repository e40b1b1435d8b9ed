"""A question that nobody answers, in the database: asked again, opened as a call, closed by any answer."""

import datetime as dt
from collections.abc import Iterator

import pytest
from builders import NOW, Clinic, book
from clinic_clock import confirmed, live, london, sent, work
from scripted_channel import PATH, Script, ScriptedChannel

from notifications.channels import TryLater
from notifications.models import CommunicationRequest
from notifications.operations import reconcile_timeline
from scheduling.codes import AnswerCode, Relationship
from scheduling.models import Appointment, OpeningException, RelatedPerson, Task
from scheduling.operations import complete_task, move_appointment, record_answer, record_evidence

pytestmark = pytest.mark.slow
# Asked at 9:00 on Monday 1 March: again on Wednesday, of the carer on Friday, and a person phones on Monday.
ASKED, AGAIN, CARER = london(1, 9), london(3, 9), london(5, 9)
PHONE = ("phone-patient", "unanswered")


@pytest.fixture
def helped(northside: Clinic) -> Appointment:
    """Pia's visit, with a carer who has consented."""
    RelatedPerson.objects.create(
        patient=northside.pia,
        relationship=Relationship.CARER,
        given_name="Carl",
        family_name="Quade",
        phone="+447946099999",
        consented_at=NOW,
    )
    return book(northside)


@pytest.fixture
def script(settings: object) -> Iterator[Script]:
    """Every channel follows this script; nothing else leaves."""
    settings.CHANNELS = {"email": PATH, "sms": PATH}  # type: ignore[attr-defined]
    ScriptedChannel.script = Script()
    yield ScriptedChannel.script
    ScriptedChannel.script = Script()


def call(appointment: Appointment) -> Task:
    return Task.objects.get(appointment=appointment, about=f"{appointment.uid}:unanswered")


def test_unanswered_question_climbs_to_a_call_with_a_deadline(helped: Appointment) -> None:
    live(NOW, london(8, 12))

    assert sent(helped) == [
        "03-01 09:00 email patient visit-booked",
        "03-01 09:00 sms carer visit-booked-carer",
        "03-03 09:00 sms patient visit-booked",
        "03-05 09:00 sms carer visit-unanswered-carer",
    ]
    assert work(helped) == [PHONE]
    task = call(helped)
    assert (task.opened_at, task.due_at) == (london(8, 7), london(15, 9))


def test_answer_before_the_next_rung_takes_back_what_is_owed(helped: Appointment) -> None:
    live(NOW, london(2, 12))
    confirmed(helped, at=london(2, 13))

    live(london(2, 13), london(9, 20))

    assert len(sent(helped)) == 2
    assert work(helped) == []
    rungs = CommunicationRequest.objects.filter(appointment=helped, rung__gt=0)
    assert set(rungs.values_list("status", "status_reason")) == {("revoked", "superseded")}


@pytest.mark.parametrize("answer", list(AnswerCode))
def test_any_answer_closes_the_call_with_a_reason(helped: Appointment, answer: AnswerCode) -> None:
    live(NOW, london(8, 12))
    record_answer(appointment=helped, question="confirm", answer=answer, now=london(8, 13))

    live(london(8, 13), london(8, 14))

    task = call(helped)
    assert (task.status, task.outcome) == ("cancelled", "Somebody has answered, or the visit has changed.")


def test_call_that_was_made_is_not_asked_for_again(northside: Clinic, helped: Appointment) -> None:
    live(NOW, london(8, 12))
    complete_task(task=call(helped), by=northside.nora, outcome="Left a message", now=london(8, 13))
    record_evidence(patient=northside.pia, item="inr", done_on=dt.date(2027, 3, 1), now=london(8, 14))

    live(london(8, 14), london(9, 12))

    assert work(helped) == []


def test_move_asks_anew_and_the_old_call_is_over(northside: Clinic, helped: Appointment) -> None:
    live(NOW, london(8, 12))
    move_appointment(appointment=helped, start=london(23, 9), now=london(9, 10), by=northside.staff)

    live(london(9, 10), london(11, 9))

    assert call(helped).status == "cancelled"
    assert sent(helped)[-1].startswith("03-11 10:00") is False
    live(london(11, 9), london(11, 12))
    assert "03-11 10:00 email patient visit-moved-patient+visit-booked" in sent(helped)


def test_deadline_falls_before_a_day_on_which_the_clinic_is_closed(
    northside: Clinic, helped: Appointment
) -> None:
    OpeningException.objects.create(
        location=northside.london, period=(london(15, 0), london(16, 0)), is_open=False, reason="Holiday"
    )

    live(NOW, london(8, 12))

    assert call(helped).due_at == london(12, 20)


def test_planned_again_the_ladder_changes_nothing(helped: Appointment) -> None:
    live(NOW, london(8, 12))

    again = reconcile_timeline(appointment_id=helped.pk, now=london(8, 13))

    assert again is not None
    assert (again.created, again.revoked, again.changed) == (0, 0, 0)


def test_question_that_went_by_the_second_channel_is_asked_again_by_the_first(
    northside: Clinic, script: Script
) -> None:
    visit = book(northside)
    script.errors = [TryLater("busy"), TryLater("busy")]

    live(NOW, AGAIN + dt.timedelta(hours=1))

    assert script.channels() == ["email", "email", "sms", "email"]
    assert [row[12:] for row in sent(visit)] == ["sms patient visit-booked", "email patient visit-booked"]
