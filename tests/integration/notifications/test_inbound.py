"""What people text back: opt-outs, answers, words for a person; never guessed."""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from builders import DAY, NOW, START, Clinic, book, make_patient
from owed import ROUTINE, minutes, owe, planned
from pytest_django import Settings
from scripted_channel import PATH, Script, ScriptedChannel

from notifications import dispatch
from notifications.codes import ContactSystem
from notifications.models import ContactPoint, InboundMessage, Recipient
from notifications.operations.inbound import Incoming, apply_waiting_replies, hear
from scheduling.models import Appointment, PatientAnswer, RelatedPerson, Task

QUESTION = {**ROUTINE, "answer": "confirm", "channels": ["sms"]}
LATER = NOW + minutes(30)
_number = count(1)


@pytest.fixture(autouse=True)
def script(settings: Settings) -> Iterator[Script]:
    settings.CHANNELS = {"email": PATH, "sms": PATH}  # type: ignore[attr-defined]
    ScriptedChannel.script = Script()
    yield ScriptedChannel.script
    ScriptedChannel.script = Script()


@pytest.fixture
def asked(northside: Clinic) -> Appointment:
    """Pia's visit, about which she was asked by text whether she comes."""
    return ask(planned(book(northside)))


def ask(visit: Appointment) -> Appointment:
    owe(visit, QUESTION)
    dispatch.deliver_due(now=NOW)
    return visit


def texted(text: str, *, by: str, **changes: Any) -> str:
    """Let somebody text us; return what we answer."""
    fields = {
        "provider": "twilio",
        "provider_id": f"SM{next(_number)}",
        "system": ContactSystem.SMS,
        "address": by,
        "our_address": "+442079460000",
        "text": text,
    }
    return hear(incoming=Incoming(**{**fields, **changes}), now=LATER)


def answers() -> list[tuple[str, Any]]:
    return list(PatientAnswer.objects.order_by("id").values_list("answer", "about_start"))


def calls() -> list[tuple[str, str]]:
    """The severity and the first words of what staff must do."""
    rows = Task.objects.still_open().order_by("id").values_list("severity", "reason")
    return [(severity, " ".join(reason.split()[:3])) for severity, reason in rows]


def address_state(value: str) -> str:
    return ContactPoint.objects.get(system="sms", value=value).state


# --- answers -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "answer", "call"),
    [
        ("1", "accepted", []),
        ("2", "declined", [("attention", "The answer by")]),
        (" 3. ", "tentative", [("attention", "The answer by")]),
    ],
)
def test_digit_answers_the_one_visit_that_was_asked_about(
    asked: Appointment, text: str, answer: str, call: list[tuple[str, str]]
) -> None:
    said = texted(text, by=asked.patient.phone)

    message = InboundMessage.objects.get()
    assert (said, answers(), calls()) == ("", [(answer, START)], call)
    assert (message.appointment, message.status) == (asked, "applied")


@pytest.mark.full
def test_answer_is_about_the_start_the_person_was_told(asked: Appointment) -> None:
    Appointment.objects.filter(pk=asked.pk).update(
        start=START + DAY, planned_end=asked.planned_end + DAY, arrive_at=asked.arrive_at + DAY
    )

    texted("1", by=asked.patient.phone)

    assert answers() == [("accepted", START)]


def test_same_message_again_is_applied_and_answered_once(asked: Appointment) -> None:
    said = [texted("STOP", by=asked.patient.phone, provider_id="SM1") for _ in range(3)]

    assert [bool(words) for words in said] == [True, False, False]
    assert InboundMessage.objects.count() == 1


def test_answer_from_a_phone_that_two_asked_people_share_is_never_guessed(
    northside: Clinic, asked: Appointment
) -> None:
    husband = make_patient(northside.organization, phone=asked.patient.phone)
    ask(planned(book(northside, patient=husband, start=START + DAY)))

    said = texted("1", by=asked.patient.phone)

    assert "we cannot tell which visit you mean" in said
    assert (answers(), calls()) == ([], [("attention", "A text message")] * 2)


@pytest.mark.full
def test_answer_from_a_shared_phone_is_that_of_the_one_who_was_asked(
    northside: Clinic, asked: Appointment
) -> None:
    husband = make_patient(northside.organization, phone=asked.patient.phone)
    planned(book(northside, patient=husband, start=START + DAY))

    texted("1", by=asked.patient.phone)

    assert list(PatientAnswer.objects.values_list("appointment", flat=True)) == [asked.pk]


@pytest.mark.full
def test_digit_nobody_asked_for_is_read_by_a_person(northside: Clinic) -> None:
    visit = planned(book(northside))
    owe(visit, {**QUESTION, "answer": "none"})
    dispatch.deliver_due(now=NOW)

    texted("1", by=visit.patient.phone)

    assert (answers(), calls()) == ([], [("attention", "Somebody wrote back.")])


@pytest.mark.full
def test_carer_cannot_answer_for_the_patient(northside: Clinic) -> None:
    visit = book(northside)
    carer = RelatedPerson.objects.create(
        patient=visit.patient,
        given_name="Peter",
        family_name="Novak",
        relationship="carer",
        phone="+447700900999",
        consented_at=NOW,
    )
    ContactPoint.objects.create(organization=northside.organization, system="sms", value=carer.phone)
    recipient = Recipient.objects.create(patient=visit.patient, related_person=carer)
    owe(planned(visit), QUESTION, recipient=recipient)
    dispatch.deliver_due(now=NOW)

    texted("1", by=carer.phone)

    assert (answers(), calls()) == ([], [("attention", "Somebody wrote back.")])


# --- no more messages ----------------------------------------------------------------------------------


@pytest.mark.full
def test_stop_says_once_what_follows_and_has_somebody_phone(asked: Appointment) -> None:
    said = [texted("STOP", by=asked.patient.phone) for _ in range(2)]

    assert said == [
        (
            "Northside Clinic: we will send you no more texts. Your visit on 16 March stands. We will phone you about "
            "food, drink and medicines. Changed your mind? Reply START or call 020 7946 0000"
        ),
        "",
    ]
    assert address_state(asked.patient.phone) == "opted-out"


def test_stop_from_a_shared_phone_holds_for_everybody_and_each_is_phoned(northside: Clinic) -> None:
    visit = planned(book(northside))
    husband = make_patient(northside.organization, phone=visit.patient.phone)
    his = planned(book(northside, patient=husband, start=START + DAY))
    for each in (visit, his):
        owe(each, next_at=NOW + DAY, safety="safety")

    said = texted("STOP", by=visit.patient.phone)

    assert "Your visit on" not in said
    assert list(Task.objects.still_open().values_list("appointment", flat=True)) == [visit.pk, his.pk]
    assert calls() == [("attention", "Text messages were")] * 2


def test_cancel_stops_and_may_mean_the_visit(asked: Appointment) -> None:
    said = texted("CANCEL", by=asked.patient.phone)

    assert said.startswith("Northside Clinic: that word ends our texts. It does not change your visit.")
    assert (address_state(asked.patient.phone), calls()) == (
        "opted-out",
        [("urgent", "Somebody texted CANCEL.")],
    )
    asked.refresh_from_db()
    assert asked.status == "booked"


@pytest.mark.full
@pytest.mark.parametrize("word", ["START", "UNSTOP", "YES"])
def test_start_lifts_what_stop_did(asked: Appointment, word: str) -> None:
    texted("STOP", by=asked.patient.phone)

    said = texted(word, by=asked.patient.phone)

    assert (address_state(asked.patient.phone), said) == (
        "usable",
        "Northside Clinic: you will get our texts again. Questions: 020 7946 0000",
    )


@pytest.mark.full
def test_yes_that_lifts_nothing_is_read_by_a_person(asked: Appointment) -> None:
    texted("YES", by=asked.patient.phone)

    assert (answers(), calls()) == ([], [("attention", "Somebody wrote back.")])


@pytest.mark.full
@pytest.mark.parametrize("word", ["STOP", "CANCEL", "HELP"])
def test_what_the_carrier_answers_we_do_not(asked: Appointment, word: str) -> None:
    assert texted(word, by=asked.patient.phone, carrier_answers=True) == ""


@pytest.mark.full
def test_help_says_whom_to_call(asked: Appointment) -> None:
    assert texted("HELP", by=asked.patient.phone) == (
        "Northside Clinic: questions about your visit? Call 020 7946 0000. In an emergency call 999. "
        "For no more texts reply STOP"
    )


# --- words ---------------------------------------------------------------------------------------------


def test_words_that_may_mean_danger_are_answered_with_the_emergency_number(asked: Appointment) -> None:
    said = texted("I have chest pain", by=asked.patient.phone)

    assert said.startswith("Northside Clinic: is this an emergency? Call 999 now. Do not wait for us.")
    assert calls() == [("urgent", "Somebody texted words")]
    assert Task.objects.get(severity="urgent").due_at == LATER


def test_words_are_for_a_person_and_stand_in_no_task(
    asked: Appointment, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")

    texted("My sister Xenia\0 brings me", by=asked.patient.phone)

    task = Task.objects.get()
    assert (calls(), task.appointment) == ([("attention", "Somebody wrote back.")], asked)
    assert InboundMessage.objects.get().text == "My sister Xenia brings me"
    assert "Xenia" not in f"{task.reason} {task.about} {caplog.text}"
    assert asked.patient.phone not in caplog.text


@pytest.mark.full
def test_two_machines_that_answer_each_other_come_to_an_end(asked: Appointment) -> None:
    said = [texted("We are closed today.", by=asked.patient.phone) for _ in range(7)]

    assert [bool(words) for words in said] == [True] * 5 + [False] * 2


@pytest.mark.full
def test_stranger_is_heard_and_not_answered(northside: Clinic) -> None:
    said = texted("Hello?", by="+447700900111")

    message = InboundMessage.objects.get()
    assert (said, message.status, message.organization, calls()) == ("", "applied", None, [])


@pytest.mark.full
def test_message_stored_by_a_process_that_died_is_applied_later_and_not_answered(asked: Appointment) -> None:
    InboundMessage.objects.create(
        provider="twilio",
        provider_id="SM77",
        system="sms",
        address=asked.patient.phone,
        text="2",
        received_at=NOW,
    )

    applied = [apply_waiting_replies(now=LATER) for _ in range(2)]

    assert (applied, [answer for answer, _ in answers()]) == ([1, 0], ["declined"])
    assert InboundMessage.objects.get().answered_at is None


@pytest.mark.full
def test_letter_that_says_stop_ends_routine_email_alone(asked: Appointment) -> None:
    point, _ = ContactPoint.objects.get_or_create(
        organization=asked.organization, system="email", value=asked.patient.email
    )

    texted("Stop", by=asked.patient.email, system=ContactSystem.EMAIL)

    point.refresh_from_db()
    assert (point.state, point.routine_refused_at) == ("usable", LATER)
