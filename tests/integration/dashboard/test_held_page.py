"""The staff page of a time that is kept: until when, what booking it would mean, and what becomes of it."""

import datetime as dt
from typing import Any

import pytest
from builders import DAY, NOW, START, Clinic, book, make_medication, make_patient, make_resource
from django.test import Client
from django.utils import timezone

from notifications.models import CommunicationRequest
from notifications.operations.reconcile import reconcile_timeline
from procedures.catalogue import builtin_files
from procedures.models import Protocol
from procedures.operations.catalogue import load_catalogue
from procedures.operations.protocols import approve_protocol, submit_protocol
from scheduling.models import Allocation, Appointment, Hold, ProcedureOffering, Task

LATER = NOW + dt.timedelta(minutes=11)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock at `NOW`."""
    stop_at(NOW, monkeypatch)


def stop_at(moment: dt.datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timezone, "now", lambda: moment)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def keep(clinic: Clinic, desk: Client, start: dt.datetime = START, **changes: str) -> str:
    asked = {"offering": str(clinic.offering.uid), "first_on": "2027-03-16", "start": start.isoformat()}
    answered = desk.post(
        f"/staff/patients/{clinic.pia.uid}/book/?at={clinic.london.uid}", {**asked, **changes}
    )
    address: str = answered.headers["Location"]
    return address


def follow_the_catalogue(clinic: Clinic) -> None:
    """Let the clinic's offering follow the starter protocol for the kidney."""
    renal = [path for path in builtin_files() if path.stem == "renal_cryo"]
    load_catalogue(organization=clinic.organization, files=renal, loaded_by=clinic.cleo, now=NOW - 30 * DAY)
    protocol = Protocol.objects.get(organization=clinic.organization, status="draft")
    submit_protocol(protocol=protocol, by=clinic.cleo, now=NOW - 29 * DAY)
    approve_protocol(protocol=protocol, by=clinic.dov, active_from=dt.date(2027, 2, 1), now=NOW - 28 * DAY)
    for leg in protocol.procedure_type.legs.all():
        make_resource(clinic.london, kind=leg.role, name=f"For the {leg.key}", skills=[leg.skill])
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(protocol=protocol)


def test_time_is_kept_until_a_clock_time(clinic: Clinic, nurse: Client) -> None:
    page = text_of(nurse.get(keep(clinic, nurse)))

    assert "Held for you until 09:10</strong> (in 10 min)." in page
    assert "Book the visit of Pia Novak" in page


def test_looking_changes_nothing(clinic: Clinic, nurse: Client) -> None:
    kept = keep(clinic, nurse)

    nurse.get(kept)

    left = [rows.objects.count() for rows in (Appointment, CommunicationRequest, Task)]
    assert left == [0, 0, 0]
    assert Hold.objects.get().released_at is None
    assert Allocation.objects.filter(active=True, hold__isnull=False).exists()


@pytest.mark.full
def test_messages_stand_there_as_they_would_go(clinic: Clinic, nurse: Client) -> None:
    follow_the_catalogue(clinic)
    make_medication(clinic.pia, "apixaban", form="5 mg tablet")
    kept = keep(clinic, nurse)

    page = text_of(nurse.get(kept))
    booked = nurse.post(kept)

    visit = Appointment.objects.get()
    reconcile_timeline(appointment_id=visit.pk, now=NOW)
    owed = CommunicationRequest.objects.filter(appointment=visit)
    assert booked.status_code == 302
    assert f"Who is told what: {owed.count()} messages" in page
    assert "Pia, Northside Clinic. An adult must take you home on Tue 16 March." in page
    assert "Waits for a signature" in page
    assert "It goes once a clinician has signed" in page
    assert "Water and clear drinks end" in page


@pytest.mark.full
def test_unsettled_preparation_says_why(clinic: Clinic, nurse: Client) -> None:
    make_medication(clinic.pia, "unknown_herb")

    page = text_of(nurse.get(keep(clinic, nurse)))

    assert "The preparation is not settled" in page


@pytest.mark.full
def test_another_choice_gives_the_first_back(clinic: Clinic, nurse: Client) -> None:
    keep(clinic, nurse)

    keep(clinic, nurse, START + dt.timedelta(minutes=15))

    kept = Hold.objects.get(released_at=None)
    assert (Hold.objects.count(), kept.start) == (2, START + dt.timedelta(minutes=15))


@pytest.mark.full
def test_refused_choice_keeps_the_first(clinic: Clinic, nurse: Client) -> None:
    book(clinic, patient=make_patient(clinic.organization), start=START + dt.timedelta(days=1))
    keep(clinic, nurse)

    nurse.post(
        f"/staff/patients/{clinic.pia.uid}/book/",
        {"offering": str(clinic.offering.uid), "start": (START + dt.timedelta(days=1)).isoformat()},
    )

    assert [each.start for each in Hold.objects.filter(released_at=None)] == [START]


@pytest.mark.full
def test_time_is_given_back(clinic: Clinic, nurse: Client) -> None:
    kept = keep(clinic, nurse)
    where, _, asked = kept.partition("?")

    answered = nurse.post(f"{where}release/?{asked}", follow=True)
    again = nurse.post(kept)

    assert "The time is free for others again. Nothing was booked." in text_of(answered)
    assert (again.status_code, Appointment.objects.count()) == (409, 0)
    assert "This time is no longer kept for you." in text_of(again)


@pytest.mark.full
def test_booking_page_shows_what_is_kept(clinic: Clinic, nurse: Client) -> None:
    keep(clinic, nurse)

    page = text_of(nurse.get(f"/staff/patients/{clinic.pia.uid}/book/"))

    assert "You hold Tue 16 Mar 2027, 09:00 for this patient until 09:10" in page


@pytest.mark.full
def test_lapsed_time_that_is_still_free_says_so_and_can_be_booked(
    clinic: Clinic, nurse: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep(clinic, nurse)
    stop_at(LATER, monkeypatch)

    page = text_of(nurse.get(kept))
    nurse.post(kept)

    assert "This time was held for you until 09:10. It is not held any more." in page
    assert Appointment.objects.get().start == START


def test_lapsed_time_that_is_taken_says_so_and_offers_the_next(
    clinic: Clinic, nurse: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keep(clinic, nurse)
    stop_at(LATER, monkeypatch)
    book(clinic, patient=make_patient(clinic.organization), now=LATER)

    answered = nurse.post(kept)

    page = text_of(answered)
    assert (answered.status_code, Appointment.objects.count()) == (409, 1)
    assert "was held for you until 09:10, and is not free any more." in page
    assert "Next start that works" in page


def test_second_press_books_nothing_twice(clinic: Clinic, nurse: Client) -> None:
    kept = keep(clinic, nurse)
    nurse.post(kept)

    again = nurse.post(kept)

    assert (again.status_code, Appointment.objects.count()) == (409, 1)
    assert "It was not booked twice." in text_of(again)


@pytest.mark.full
def test_nobody_uses_what_another_keeps(clinic: Clinic, nurse: Client, clinician: Client) -> None:
    kept = keep(clinic, nurse)

    assert [clinician.get(kept).status_code, clinician.post(kept).status_code] == [404, 404]
