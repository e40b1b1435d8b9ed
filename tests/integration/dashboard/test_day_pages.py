"""The pages for a day that goes otherwise: swap, begin, run late, close, choose, open again."""

import datetime as dt

import pytest
from builders import HOUR, START, Clinic, book, make_patient, make_resource
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from scheduling.codes import ResourceKind
from scheduling.models import Appointment, ClosureChoice, OpeningException, Resource
from scheduling.operations import mark_arrived

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


def spare(clinic: Clinic) -> Resource:
    return make_resource(clinic.london, kind=ResourceKind.DEVICE, name="Console 2", skills=["cryo-console"])


def text_of(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())


def closing(clinic: Clinic, **typed: str) -> dict[str, str]:
    return {
        "resource": str(clinic.resource("device").uid),
        "from_day": "2027-03-16",
        "from_time": "08:00",
        "until_day": "2027-03-16",
        "until_time": "18:00",
        "reason": "Leaks gas",
        **typed,
    }


def closed(at_desk: Client, clinic: Clinic) -> OpeningException:
    at_desk.post(reverse("work:closures"), closing(clinic))
    return OpeningException.objects.get()


def test_swap_page_offers_what_fits_and_takes_it(clinic: Clinic, at_desk: Client, visit: Appointment) -> None:
    console = spare(clinic)
    page = reverse("work:swap", args=[visit.uid])

    shown = text_of(at_desk.get(page))
    done = at_desk.post(
        page,
        {
            "leg": "console",
            "leaving": str(clinic.resource("device").uid),
            "taking": str(console.uid),
            "revision": "1",
        },
        follow=True,
    )

    assert "Use Console 2" in shown
    assert "Nothing else that fits is open and free" in shown
    assert "Console 2 instead of Console 1" in text_of(done)
    assert visit.allocations.get(leg="console", active=True).resource == console


def test_refused_swap_names_what_is_in_use_and_until_when(
    clinic: Clinic, at_desk: Client, visit: Appointment
) -> None:
    console = spare(clinic)
    for kind, name, skills in (
        (ResourceKind.PRACTITIONER, "Second radiologist", ["radiology"]),
        (ResourceKind.ROOM, "Room 2", ["ct"]),
    ):
        make_resource(clinic.london, kind=kind, name=name, skills=skills)
    book(clinic, patient=make_patient(clinic.organization))

    answer = at_desk.post(
        reverse("work:swap", args=[visit.uid]),
        {"leg": "console", "taking": str(console.uid), "revision": "1"},
    )

    assert answer.status_code == 409
    assert "Console 2 is in use until Tue 16 Mar 2027, 10:45." in text_of(answer)


def test_beginning_is_recorded_with_one_button(
    clinic: Clinic, at_desk: Client, visit: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark_arrived(appointment=visit, now=NOON, by=clinic.staff)

    shown = text_of(at_desk.post(reverse("work:began", args=[visit.uid]), follow=True))
    again = text_of(at_desk.post(reverse("work:began", args=[visit.uid]), follow=True))

    assert "Goes on since Mon 15 Mar 2027, 13:00." in shown
    assert "recorded already" in again
    assert Appointment.objects.get(pk=visit.pk).began_at == NOON


def test_deposit_is_shown_and_recorded(clinic: Clinic, at_desk: Client, visit: Appointment) -> None:
    clinic.organization.deposit_required = True
    clinic.organization.save()
    page = reverse("work:deposit", args=[visit.uid])

    before = text_of(at_desk.get(reverse("work:appointment", args=[visit.uid])))
    after = text_of(at_desk.post(page, {"there": "yes"}, follow=True))

    assert "Deposit: not recorded." in before
    assert "Deposit: recorded Mon 15 Mar 2027, 13:00." in after


def test_late_page_shows_what_follows_and_does_what_was_seen(
    clinic: Clinic, at_desk: Client, visit: Appointment
) -> None:
    behind = book(clinic, patient=make_patient(clinic.organization), start=START + 2 * HOUR)
    asked = {"appointment": str(visit.uid), "minutes": "30"}

    page = at_desk.get(reverse("work:late"), asked)
    shown = text_of(page)
    answer = at_desk.post(
        reverse("work:late"), {**asked, "seen": page.context["proposal"].digest}, follow=True
    )

    assert "What follows: 2 visits change" in shown
    assert "Starts at <strong>Tue 16 Mar 2027, 09:30</strong> instead of 09:00." in shown
    assert "Comes at 08:30 instead of 08:00." in shown
    assert "Water and clear drinks end Tue 16 Mar 2027, 07:30 instead of" in shown
    assert "Can leave at Tue 16 Mar 2027, 13:00 instead of 12:30." in shown
    assert "Re-timed: 2 visits." in text_of(answer)
    assert Appointment.objects.get(pk=behind.pk).start == START + 2.5 * HOUR


def test_late_page_refuses_what_was_not_seen_and_shows_it_anew(at_desk: Client, visit: Appointment) -> None:
    answer = at_desk.post(
        reverse("work:late"), {"appointment": str(visit.uid), "minutes": "30", "seen": "other"}
    )

    assert answer.status_code == 409
    assert "What follows is not what you saw any more." in text_of(answer)
    assert Appointment.objects.get(pk=visit.pk).start == START


def test_late_page_says_what_would_be_used_after_closing(clinic: Clinic, at_desk: Client) -> None:
    last = book(clinic, start=START + 7 * HOUR)
    asked = {"appointment": str(last.uid), "minutes": "60"}
    page = at_desk.get(reverse("work:late"), asked)
    seen = page.context["proposal"].digest

    refused = at_desk.post(reverse("work:late"), {**asked, "seen": seen})
    at_desk.post(reverse("work:late"), {**asked, "seen": seen, "beyond_reason": "We stay"})

    assert "Bay 1 closes at 20:00." in text_of(page)
    assert "Somebody who may override must say why." in text_of(refused)
    assert Appointment.objects.get(pk=last.pk).start == START + 8 * HOUR


def test_late_page_of_a_resource_without_anything_today_says_so(clinic: Clinic, at_desk: Client) -> None:
    answer = at_desk.get(
        reverse("work:late"), {"resource": str(clinic.resource("room").uid), "minutes": "30"}
    )

    assert "nothing runs late" in text_of(answer)


@pytest.mark.parametrize("asked", [{"appointment": "nonsense"}, {"resource": str(OpeningException().uid)}])
def test_late_page_of_nothing_known_is_missing(at_desk: Client, asked: dict[str, str]) -> None:
    assert at_desk.get(reverse("work:late"), {**asked, "minutes": "30"}).status_code == 404


def test_closing_shows_who_would_be_hit_before_anything_is_closed(
    clinic: Clinic, at_desk: Client, visit: Appointment
) -> None:
    shown = text_of(at_desk.get(reverse("work:closures"), closing(clinic)))
    wrong = text_of(at_desk.get(reverse("work:closures"), closing(clinic, until_time="07:00")))

    assert "1 visit would be hit" in shown
    assert "A closure ends after it begins." in wrong
    assert not OpeningException.objects.exists()


def test_closure_page_does_what_is_chosen_and_says_what_was_not(
    clinic: Clinic, at_desk: Client, visit: Appointment
) -> None:
    other = book(clinic, patient=make_patient(clinic.organization), start=START + 3 * HOUR)
    closure = closed(at_desk, clinic)
    page = reverse("work:closure", args=[closure.uid])

    shown = text_of(at_desk.get(page))
    answer = text_of(
        at_desk.post(
            page,
            {
                f"do-{visit.uid}": f"move:{(START + 24 * 7 * HOUR).isoformat()}",
                f"revision-{visit.uid}": "1",
                f"do-{other.uid}": "leave",
                f"revision-{other.uid}": "1",
            },
        )
    )

    assert "2 visits hit" in shown
    assert "Move to Wed 17 Mar 2027, 07:15" in shown
    assert "1 of 2 done." in answer
    assert "Not done.</strong> Say why." in answer
    assert Appointment.objects.get(pk=visit.pk).start == START + 24 * 7 * HOUR
    assert ClosureChoice.objects.get().appointment_id == visit.pk


def test_closure_page_swaps_the_one_leg(clinic: Clinic, at_desk: Client, visit: Appointment) -> None:
    console = spare(clinic)
    closure = closed(at_desk, clinic)
    page = reverse("work:closure", args=[closure.uid])

    shown = text_of(at_desk.get(page))
    at_desk.post(page, {f"do-{visit.uid}": f"swap:{console.uid}", f"revision-{visit.uid}": "1"})

    assert "Use Console 2. The time stays, nobody is told." in shown
    assert visit.allocations.get(leg="console", active=True).resource == console
    assert "No visit is hit, or none any more." in text_of(at_desk.get(page))


def test_opening_again_is_one_button(clinic: Clinic, at_desk: Client) -> None:
    closure = closed(at_desk, clinic)
    page = reverse("work:reopen", args=[closure.uid])

    shown = text_of(at_desk.post(page, follow=True))
    again = text_of(at_desk.post(page, follow=True))

    assert "Open again since Mon 15 Mar 2027, 13:00." in shown
    assert "This is open again already." in again


def test_others_see_none_of_it(clinic: Clinic, at_desk: Client, stranger: Client, auditor: Client) -> None:
    visit = book(clinic)
    closure = closed(at_desk, clinic)
    at = [reverse("work:closure", args=[closure.uid]), reverse("work:swap", args=[visit.uid])]

    assert [stranger.get(each).status_code for each in at] == [404, 404]
    assert [auditor.get(each).status_code for each in at] == [200, 403]
    assert auditor.get(reverse("work:late")).status_code == 403
    assert auditor.post(reverse("work:reopen", args=[closure.uid])).status_code == 403
