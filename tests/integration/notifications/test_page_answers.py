"""What people tell us on the page: whether they come, and what is wrong."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from builders import DAY, NOW, START, Clinic
from django.db import ProgrammingError, transaction
from django.test import Client
from page_people import browser, make_link, make_related, page_at, reader, words_of

from notifications.models import ProblemReport
from notifications.operations.page_answers import NotYoursToAnswer, VisitChanged, answer_visit, report_problem
from scheduling.codes import AnswerCode
from scheduling.models import Appointment, PatientAnswer, Task
from scheduling.operations import move_appointment

ABOUT = START.astimezone(dt.UTC).isoformat()


def press(client: Client, answer: str, about: str = ABOUT) -> Any:
    return client.post("/p/plan/answer/", {"answer": answer, "about_start": about})


def answers(appointment: Appointment) -> list[tuple[Any, ...]]:
    return list(
        PatientAnswer.objects.filter(appointment=appointment).values_list(
            "question", "answer", "about_start", "related_person"
        )
    )


def test_answer_is_stored_about_the_start_and_said_back(booked: Appointment) -> None:
    client = browser(make_link(booked)[0])

    response = press(client, "accepted")

    words = words_of(client.get("/p/plan/"))
    assert (response.status_code, response["Location"]) == (303, "/p/plan/")
    assert answers(booked) == [("confirm", "accepted", START, None)]
    assert "We have your answer: you are coming You told us on " in words
    assert "Change your answer" in words


def test_answer_is_said_back_with_its_day_and_time(booked: Appointment) -> None:
    _, link = make_link(booked)
    answer_visit(
        reader=reader(link),
        answer=AnswerCode.ACCEPTED,
        about_start=START,
        now=dt.datetime(2027, 3, 8, 10, 42, tzinfo=dt.UTC),
    )

    page = page_at(link, NOW + 8 * DAY)

    assert page.question is not None
    assert page.question.told_at == "Monday 8 March, 10:42 in the morning"
    assert page.now.title == "Nothing to do until Tuesday 16 March"


def test_pressing_twice_is_one_answer(booked: Appointment) -> None:
    client = browser(make_link(booked)[0])

    for _ in range(2):
        press(client, "tentative")

    assert [answer[1] for answer in answers(booked)] == ["tentative"]
    assert Task.objects.filter(appointment=booked).count() == 1


def test_changed_mind_is_another_answer(booked: Appointment) -> None:
    client = browser(make_link(booked)[0])

    for answer in ("accepted", "declined", "accepted"):
        press(client, answer)

    assert [answer[1] for answer in answers(booked)] == ["accepted", "declined", "accepted"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("declined", "The answer on the patient page is: I cannot come. Phone about another time."),
        ("tentative", "The answer on the patient page is: please call me."),
    ],
)
def test_answer_that_asks_for_a_call_opens_one(booked: Appointment, answer: str, reason: str) -> None:
    press(browser(make_link(booked)[0]), answer)

    assert list(Task.objects.values_list("kind", "reason")) == [("phone-patient", reason)]


def test_answer_about_an_old_start_is_not_taken(northside: Clinic, booked: Appointment) -> None:
    client = browser(make_link(booked)[0])
    move_appointment(
        appointment=booked, start=START + DAY, now=NOW, by=northside.staff, override_reason="Wish"
    )

    response = press(client, "accepted")

    assert response.status_code == 200
    assert "Your answer was not saved. Look at the new time first." in words_of(response)
    assert "Wednesday 17 March, 9:00 in the morning" in words_of(response)
    assert answers(booked) == []


@pytest.mark.parametrize(("answer", "about"), [("maybe", ABOUT), ("accepted", "soon"), ("accepted", "")])
def test_answer_nobody_offered_is_not_taken(booked: Appointment, answer: str, about: str) -> None:
    response = press(browser(make_link(booked)[0]), answer, about)

    assert response.status_code == 422
    assert answers(booked) == []


def test_visit_that_has_begun_is_not_asked_about(booked: Appointment) -> None:
    _, link = make_link(booked)
    Appointment.objects.filter(pk=booked.pk).update(status="arrived")

    with pytest.raises(VisitChanged):
        answer_visit(reader=reader(link), answer=AnswerCode.ACCEPTED, about_start=START, now=NOW)


def test_carer_is_not_asked(booked: Appointment) -> None:
    _, link = make_link(booked, person=make_related(booked, relationship="carer"))

    with pytest.raises(NotYoursToAnswer):
        answer_visit(reader=reader(link), answer=AnswerCode.ACCEPTED, about_start=START, now=NOW)


def test_looking_at_the_answers_address_answers_nothing(booked: Appointment) -> None:
    response = browser(make_link(booked)[0]).get("/p/plan/answer/?answer=accepted")

    assert response.status_code == 303
    assert answers(booked) == []


def test_problem_is_kept_as_written_and_asks_for_a_reader(booked: Appointment) -> None:
    token, link = make_link(booked)
    client = browser(token)
    uid = uuid4()

    for _ in range(2):
        response = client.post("/p/plan/problem/", {"uid": uid, "text": "I fell <b>down</b>."})

    [report] = ProblemReport.objects.all()
    [task] = Task.objects.all()
    assert (response.status_code, response["Location"]) == (303, "/p/plan/problem/sent/")
    assert (report.uid, report.text, report.recipient, report.appointment) == (
        uid, "I fell <b>down</b>.", link.recipient, booked,
    )  # fmt: skip
    assert (task.kind, task.severity, task.appointment) == ("phone-patient", "urgent", booked)
    assert "fell" not in task.reason
    assert str(report) == f"Problem report {uid}"
    assert "Somebody at the clinic" in words_of(client.get("/p/plan/problem/sent/"))


@pytest.mark.parametrize(
    ("text", "said"),
    [("", "Write what is wrong"), ("  ", "Write what is wrong"), ("x" * 1001, "Use at most 1,000 letters")],
)
def test_problem_that_cannot_be_kept_says_why_and_keeps_the_words(
    booked: Appointment, text: str, said: str
) -> None:
    response = browser(make_link(booked)[0]).post("/p/plan/problem/", {"uid": uuid4(), "text": text})

    assert response.status_code == 422
    assert said in words_of(response)
    assert text.strip() in response.content.decode()
    assert ProblemReport.objects.count() == 0


def test_problem_page_begins_with_the_emergency_number(booked: Appointment) -> None:
    body = browser(make_link(booked)[0]).get("/p/plan/problem/").content.decode()

    assert body.index('href="tel:999"') < body.index("<textarea")


@pytest.mark.parametrize("change", ["update", "delete"])
def test_report_is_kept(booked: Appointment, change: str) -> None:
    _, link = make_link(booked)
    report_problem(reader=reader(link), uid=uuid4(), text="It hurts.", now=NOW)
    rows = ProblemReport.objects.all()

    with pytest.raises(ProgrammingError), transaction.atomic():
        rows.update(text="") if change == "update" else rows.delete()
