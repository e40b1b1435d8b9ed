"""A text from a number that nobody gave is read by somebody; the number stands in the replies alone."""

import logging
from itertools import count
from typing import Any

import pytest
from builders import NOW, Clinic, make_organization
from owed import minutes
from pytest_django import Settings

from notifications.codes import ContactSystem
from notifications.models import InboundMessage
from notifications.operations.inbound import Incoming, hear
from scheduling.codes import TaskKind
from scheduling.models import Task

NUMBER = "+447700900999"
_ids = count(1)


def text(words: str, *, now: Any = NOW, system: str = ContactSystem.SMS, address: str = NUMBER) -> str:
    incoming = Incoming(
        provider="twilio",
        provider_id=f"SM-stranger-{next(_ids)}",
        system=ContactSystem(system),
        address=address,
        our_address="+442079460000",
        text=words,
    )
    return hear(incoming=incoming, now=now)


def asked() -> list[tuple[str, str]]:
    found = Task.objects.filter(kind=TaskKind.UNKNOWN_SENDER).order_by("id")
    return [(task.severity, task.organization.name) for task in found]


@pytest.fixture
def read_here(clinic: Clinic, settings: Settings) -> Clinic:
    """Two clinics on one number, of which the first reads strangers."""
    settings.UNKNOWN_SENDERS_TO = clinic.organization.slug  # type: ignore[attr-defined]
    return clinic


def test_stranger_is_read_within_the_hour_and_told_so(read_here: Clinic, caplog: Any) -> None:
    caplog.set_level(logging.DEBUG)

    answer = text("Hello, my mother gave me this number")

    task, message = Task.objects.get(), InboundMessage.objects.get()
    assert asked() == [("attention", "Northside Clinic")]
    assert (task.about, task.due_at, task.appointment) == (f"reply:{message.uid}", NOW + minutes(60), None)
    assert message.organization == read_here.organization
    assert answer.startswith("Northside Clinic")
    assert [
        said for said in (task.reason, task.about, caplog.text) if "7700" in said or "mother" in said
    ] == []


def test_stranger_who_writes_on_is_one_task_until_somebody_has_read(read_here: Clinic) -> None:
    for number in range(3):
        text("Hello?", now=NOW + minutes(number))
    before = asked()
    Task.objects.update(status="completed", closed_at=NOW, owner=read_here.nora)

    text("Anybody there?", now=NOW + minutes(30))

    assert (len(before), len(asked())) == (1, 2)


def test_words_of_danger_are_asked_about_at_once_every_time(read_here: Clinic) -> None:
    text("Hello?")

    answer = text("He has chest pain and cannot breathe", now=NOW + minutes(1))

    assert asked() == [("attention", "Northside Clinic"), ("urgent", "Northside Clinic")]
    assert "999" in answer


@pytest.mark.parametrize(("words", "system"), [("STOP", "sms"), ("START", "sms"), ("Win a prize", "email")])
def test_what_asks_for_nobody_makes_no_work(read_here: Clinic, words: str, system: str) -> None:
    assert text(words, system=system) == ""

    assert Task.objects.count() == 0


def test_only_clinic_reads_strangers_without_being_named(db: None) -> None:
    make_organization(name="The Only Clinic")

    text("Hello?")

    assert asked() == [("attention", "The Only Clinic")]


def test_nobody_reads_them_where_two_clinics_share_a_number_and_none_is_named(
    clinic: Clinic, caplog: Any
) -> None:
    answer = text("Hello?")

    assert (answer, asked()) == ("", [])
    assert f"notifications.reply.read_by_nobody message={InboundMessage.objects.get().uid}" in caplog.text
    assert "7700" not in caplog.text
