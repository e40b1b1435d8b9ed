"""A follow-up on its page: the free times of its days, booked in two clicks, and the task that leads there."""

import datetime as dt
import re

import pytest
from builders import DAY, HOUR, START, Clinic, book, make_procedure_type, make_protocol
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from shut_places import shut

from scheduling import operations
from scheduling.models import Appointment, FollowUp, ProcedureOffering, Task
from scheduling.operations.follow_up_tasks import ask_for_follow_ups

pytestmark = pytest.mark.slow

RECORDED = START + 2 * HOUR
CHECK = {
    "code": "check",
    "contact": "visit",
    "day_from": 2,
    "day_until": 3,
    "text": "Look at it.",
    "source": "ops",
}


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock two hours after the procedure began; ask for it before anybody signs in."""
    monkeypatch.setattr(timezone, "now", lambda: RECORDED.astimezone(dt.UTC))


@pytest.fixture
def ended(clock: None, clinic: Clinic) -> Appointment:
    """A procedure whose protocol wants a visit two or three days later."""
    protocol = make_protocol(
        clinic.organization,
        procedure_type=clinic.offering.procedure_type,
        written_by=clinic.cleo,
        approved_by=clinic.dov,
        version=2,
        care={"follow_ups": [CHECK]},
    )
    clinic.offering.protocol = protocol
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(protocol=protocol, notice_hours=1)
    visit = book(clinic)
    operations.mark_arrived(appointment=visit, now=START, by=clinic.staff)
    return operations.record_end(
        appointment=visit, began_at=START, ended_at=START + 1.5 * HOUR, now=RECORDED, by=clinic.staff
    )


@pytest.fixture
def at_desk(clock: None, nurse: Client, clinic: Clinic) -> Client:
    """A nurse at her desk in London."""
    nurse.get(reverse("work:today"), {"at": str(clinic.london.uid)})
    return nurse


def text_of(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())


def test_follow_up_is_booked_with_two_clicks_from_its_task(
    clinic: Clinic, at_desk: Client, ended: Appointment
) -> None:
    ask_for_follow_ups(now=RECORDED)
    inbox = text_of(at_desk.get(reverse("work:tasks")))
    page = reverse("work:following", args=[ended.uid])

    shown = text_of(at_desk.get(page, {"book": "check"}))
    (first, *others) = re.findall(r'name="start" value="([^"]+)"', shown)
    sent = {"code": "check", "offering": str(clinic.offering.pk), "start": first}
    at_desk.post(reverse("work:follow-up", args=[ended.uid]), sent)
    again = at_desk.post(reverse("work:follow-up", args=[ended.uid]), sent)

    assert f'href="{page}?book=check#book">Open the follow-up' in inbox
    assert "Thu 18 Mar 2027, 07:15" in shown
    # The first of each morning and afternoon of the two days.
    assert len(others) == 3
    assert FollowUp.objects.get().appointment.start == START + 2 * DAY - 1.75 * HOUR
    assert (again.status_code, "This follow-up is booked already." in text_of(again)) == (409, True)
    assert Task.objects.get(about__startswith="follow-up:").status == "cancelled"


@pytest.mark.full
def test_what_it_is_booked_as_is_asked_once_and_then_known(
    clinic: Clinic, at_desk: Client, ended: Appointment
) -> None:
    other = make_procedure_type("lung_cryo", name="Lung tumor, freezing")
    protocol = make_protocol(
        clinic.organization, procedure_type=other, written_by=clinic.cleo, approved_by=clinic.dov
    )
    ProcedureOffering.objects.create(
        location=clinic.london,
        protocol=protocol,
        procedure_type=other,
        default_anaesthesia=clinic.offering.default_anaesthesia,
        default_guidance=clinic.offering.default_guidance,
        planned_minutes=30,
        observe_minutes=60,
    )
    page = reverse("work:following", args=[ended.uid])

    unknown = text_of(at_desk.get(page, {"book": "check"}))
    asked = text_of(at_desk.get(page, {"book": "check", "offering": str(clinic.offering.uid)}))

    assert ("Booked as" in unknown, 'name="start"' in unknown, 'name="start"' in asked) == (True, False, True)


@pytest.mark.full
def test_days_on_which_nothing_is_free_say_so(clinic: Clinic, at_desk: Client, ended: Appointment) -> None:
    shut(clinic, resource=None, begin=START + 1 * DAY, end=START + 4 * DAY, now=RECORDED)

    shown = text_of(at_desk.get(reverse("work:following", args=[ended.uid]), {"book": "check"}))

    assert "No time is free on these days." in shown
