"""Closing with everything seen first: proposals, one confirmation, closures over closures, what is kept there."""

import datetime as dt
import re

import pytest
from builders import HOUR, START, Clinic, book, make_patient
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from scheduling.models import Appointment, ClosureChoice, OpeningException
from scheduling.operations import hold_slot

pytestmark = pytest.mark.slow

NOON = START - 20 * HOUR


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock at noon of the day before; ask for it before anybody signs in."""
    monkeypatch.setattr(timezone, "now", lambda: NOON.astimezone(dt.UTC))


@pytest.fixture
def at_desk(clock: None, nurse: Client, clinic: Clinic) -> Client:
    """A nurse at her desk in London."""
    nurse.get(reverse("work:today"), {"at": str(clinic.london.uid)})
    return nurse


@pytest.fixture
def visit(booked: Appointment) -> Appointment:
    return booked


def text_of(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())


def closing(clinic: Clinic, **typed: str) -> dict[str, str]:
    device = str(clinic.resource("device").uid)
    begin = {"from_day": "2027-03-16", "from_time": "08:00"}
    end = {"until_day": "2027-03-16", "until_time": "18:00"}
    return {"resource": device, **begin, **end, "reason": "Leaks gas", **typed}


def closed(at_desk: Client, clinic: Clinic, **typed: str) -> OpeningException:
    at_desk.post(reverse("work:closures"), closing(clinic, **typed))
    return OpeningException.objects.latest("pk")


def test_first_proposal_is_chosen_and_all_is_shown_before_it_is_done(
    clinic: Clinic, at_desk: Client, visit: Appointment
) -> None:
    other = book(clinic, patient=make_patient(clinic.organization), start=START + 3 * HOUR)
    closure = closed(at_desk, clinic)
    page = reverse("work:closure", args=[closure.uid])

    shown = text_of(at_desk.get(page))
    chosen = dict(re.findall(r'name="(do-[^"]+)" value="([^"]+)" id="[^"]+" checked', shown))
    revisions = {f"revision-{each.uid}": "1" for each in (visit, other)}
    review = text_of(at_desk.post(page, {**chosen, **revisions, "step": "review"}))
    unmoved = [Appointment.objects.get(pk=each.pk).start for each in (visit, other)]
    done = text_of(at_desk.post(page, {**chosen, **revisions}))
    again = text_of(at_desk.post(page, {**chosen, **revisions}))

    assert [value[:20] for value in chosen.values()] == ["move:2027-03-17T07:1", "move:2027-03-17T09:1"]
    assert "Moves to Wed 17 Mar 2027, 07:15." in review
    assert "Moves to Wed 17 Mar 2027, 09:15." in review
    assert "Do this for 2 visits" in review
    assert unmoved == [START, START + 3 * HOUR]
    assert "2 of 2 done." in done
    assert "2 visits were settled already. Nothing was done twice." in again
    assert ClosureChoice.objects.count() == 2


@pytest.mark.full
def test_review_says_what_is_left_undecided_and_what_will_be_refused(
    clinic: Clinic, at_desk: Client, visit: Appointment
) -> None:
    book(clinic, patient=make_patient(clinic.organization), start=START + 3 * HOUR)
    closure = closed(at_desk, clinic)
    typed = {f"do-{visit.uid}": "leave", f"revision-{visit.uid}": "1", "step": "review"}

    review = text_of(at_desk.post(reverse("work:closure", args=[closure.uid]), typed))

    assert "No reason is given. It will be refused." in review
    assert "1 visit more is hit and not decided." in review


@pytest.mark.full
def test_closing_over_a_closure_says_so_and_so_does_opening_one_of_them(
    clinic: Clinic, at_desk: Client
) -> None:
    first = closed(at_desk, clinic)
    again = text_of(at_desk.get(reverse("work:closures"), closing(clinic)))
    closed(at_desk, clinic, resource="", reason="Flood")

    shown = text_of(at_desk.get(reverse("work:closure", args=[first.uid])))
    opened = text_of(at_desk.post(reverse("work:reopen", args=[first.uid]), follow=True))

    assert "Closed in that time already" in again
    assert "Closed besides:" in shown
    assert "Still closed until Tue 16 Mar 2027, 18:00 by another closure: Flood." in opened


@pytest.mark.full
def test_closing_lists_what_is_offered_or_kept_in_that_time(clinic: Clinic, at_desk: Client) -> None:
    hold_slot(offering=clinic.offering, start=START, now=NOON, by=clinic.staff)

    shown = text_of(at_desk.get(reverse("work:closures"), closing(clinic)))

    assert "Kept in that time, not booked" in shown
    assert "Tue 16 Mar 2027, 09:00 is kept for somebody who is deciding" in shown


@pytest.mark.full
def test_late_page_keeps_what_is_ticked(clinic: Clinic, at_desk: Client, visit: Appointment) -> None:
    second = book(clinic, patient=make_patient(clinic.organization), start=START + 2 * HOUR)
    asked = {"appointment": str(visit.uid), "minutes": "30"}
    ticked = {**asked, "keep": str(second.uid)}

    shown = text_of(at_desk.get(reverse("work:late"), asked))
    page = at_desk.get(reverse("work:late"), ticked)
    at_desk.post(reverse("work:late"), {**ticked, "seen": page.context["proposal"].digest})

    assert f'form="ask" name="keep" value="{second.uid}">Keep 11:00' in shown
    assert "keeps 11:00." in text_of(page)
    assert f'?appointment={visit.uid}&amp;minutes=30">Let it wait after all' in text_of(page)
    assert "Re-time 1 visit and tell who was told" in text_of(page)
    assert Appointment.objects.get(pk=second.pk).start == START + 2 * HOUR
    assert Appointment.objects.get(pk=visit.pk).start > START + 2 * HOUR
