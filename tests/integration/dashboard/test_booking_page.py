"""The staff pages that find a patient and book a visit."""

import datetime as dt
from typing import Any

import pytest
from builders import (
    DAY,
    NOW,
    START,
    Clinic,
    book,
    make_location,
    make_medication,
    make_patient,
    make_user,
)
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import User
from scheduling.models import Appointment, Hold


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock at `NOW`."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def at_desk(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def address(clinic: Clinic) -> str:
    return f"/staff/patients/{clinic.pia.uid}/book/?at={clinic.london.uid}"


def wanted(clinic: Clinic, **changes: Any) -> dict[str, Any]:
    return {
        "offering": str(clinic.offering.uid),
        "first_on": "2027-03-16",
        "start": START.isoformat(),
        **changes,
    }


def asked(clinic: Clinic, **changes: Any) -> dict[str, Any]:
    return {"offering": str(clinic.offering.uid), "first_on": "2027-03-16", **changes}


def test_free_times_are_shown_by_day(clinic: Clinic, nurse: Client) -> None:
    page = text_of(nurse.get(address(clinic), asked(clinic)))

    assert "Earliest: <strong>Tue 16 Mar 2027, 07:15</strong>" in page
    assert "Free times from Fri 19 Mar 2027 on" in page


def test_chosen_time_is_kept_and_then_booked_as_wished(clinic: Clinic, nurse: Client) -> None:
    kept = nurse.post(address(clinic), wanted(clinic, anaesthesia="general"))

    answered = nurse.post(kept.headers["Location"], follow=True)

    visit = Appointment.objects.get()
    assert (visit.patient, visit.start, visit.anaesthesia) == (clinic.pia, START, "general")
    assert answered.redirect_chain == [(f"/staff/appointments/{visit.uid}/", 302)]
    assert "Booked for Tue 16 Mar 2027, 09:00: Pia Novak." in text_of(answered)


def test_same_time_sent_twice_is_booked_once(clinic: Clinic, nurse: Client) -> None:
    visit = book(clinic)

    answered = nurse.post(address(clinic), wanted(clinic))

    assert (answered.status_code, Appointment.objects.count()) == (409, 1)
    assert f'is booked: <a href="/staff/appointments/{visit.uid}/">' in text_of(answered)


def test_refused_time_keeps_what_was_typed_and_offers_the_next(clinic: Clinic, nurse: Client) -> None:
    book(clinic, start=START - dt.timedelta(hours=1))
    typed = wanted(clinic, start="another", day="2027-03-16", time="08:30")

    answered = nurse.post(address(clinic), typed)
    page = text_of(answered)

    assert (answered.status_code, "Everything you entered is kept." in page) == (409, True)
    assert 'value="08:30"' in page
    assert "Next start that works: <strong>Tue 16 Mar 2027, " in page
    assert Appointment.objects.count() == 1


def test_unsettled_time_is_shown_with_its_reason(clinic: Clinic, nurse: Client) -> None:
    make_medication(clinic.pia, "apixaban", form="5 mg tablet")
    make_medication(clinic.pia, "unknown_herb")

    page = text_of(nurse.get(address(clinic), asked(clinic)))

    assert ("Not settled" in page, "A clinician must first decide about" in page) == (True, True)


def test_no_time_is_said_in_words_with_what_would_work(clinic: Clinic, nurse: Client) -> None:
    page = text_of(nurse.get(address(clinic), asked(clinic, after="19:45", before="20:00")))

    assert "No time is free from that date on" in page
    assert "It is outside the times that were asked for." in page
    assert "at any time of day, the first is Tue 16 Mar 2027, 07:15." in page


def test_date_beyond_what_is_planned_is_said_in_words(clinic: Clinic, nurse: Client) -> None:
    page = text_of(nurse.get(address(clinic), asked(clinic, first_on="2099-01-01")))

    assert "This is further ahead than the clinic plans." in page


def test_time_that_is_too_soon_is_booked_by_who_may_with_a_reason(clinic: Clinic, nurse: Client) -> None:
    soon = wanted(clinic, start=(NOW + DAY).isoformat(), too_soon="on", first_on="2027-03-01")
    shown = text_of(nurse.get(address(clinic), asked(clinic, first_on="2027-03-01", too_soon="on")))

    kept = nurse.post(address(clinic), soon).headers["Location"]
    looked = text_of(nurse.get(kept))
    silent = nurse.post(kept)
    nurse.post(kept, {"override_reason": "Asked by phone"})

    assert ("Too soon" in shown, "This breaks a rule of the clinic" in looked) == (True, True)
    assert (silent.status_code, "Write why it is booked nevertheless." in text_of(silent)) == (422, True)
    assert [each.override_reason for each in Appointment.objects.all()] == ["Asked by phone"]


@pytest.mark.full
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"start": ""}, "Choose a time."),
        ({"start": "tomorrow"}, "This time cannot be read."),
        ({"start": "2027-03-16T09:00:00"}, "This time cannot be read."),
        ({"start": "another"}, "Write a time such as 09:00."),
        ({"offering": "nothing"}, "Choose"),
        ({"practitioner": "nobody"}, "Error:"),
    ],
)
def test_wrong_entries_are_refused_in_words(
    clinic: Clinic, nurse: Client, changes: dict[str, str], said: str
) -> None:
    answered = nurse.post(address(clinic), wanted(clinic, **changes))

    assert (answered.status_code, said in text_of(answered)) == (422, True)
    assert not Hold.objects.exists()


@pytest.mark.parametrize(("who", "status"), [("auditor", 403), ("stranger", 404)])
def test_others_neither_look_nor_book(
    clinic: Clinic, request: pytest.FixtureRequest, who: str, status: int
) -> None:
    client: Client = request.getfixturevalue(who)

    answered = [client.get(address(clinic)), client.post(address(clinic), wanted(clinic))]

    assert [each.status_code for each in answered] == [status, status]
    assert not Hold.objects.exists()


def test_nobody_books_where_they_do_not_work(clinic: Clinic) -> None:
    paris = make_location(clinic.organization, name="Paris", zone=clinic.london.tz, furnished=False)
    sam = at_desk(make_user(clinic.organization, role=Role.SCHEDULER, username="sam", location=paris))

    answered = sam.post(f"/staff/patients/{clinic.pia.uid}/book/", wanted(clinic))

    assert (answered.status_code, Hold.objects.count()) == (422, 0)


def test_who_may_not_set_a_rule_aside_is_told_who_may(clinic: Clinic) -> None:
    sam = at_desk(make_user(clinic.organization, role=Role.SCHEDULER, username="sam"))
    soon = wanted(clinic, start=(NOW + DAY).isoformat(), too_soon="on", first_on="2027-03-01")

    refused = sam.post(address(clinic), soon)

    page = text_of(refused)
    assert (refused.status_code, Hold.objects.count()) == (409, 0)
    assert "Only a nurse or a clinician books against this, with a reason." in page
    assert "Next start that works" in page


@pytest.mark.parametrize(
    ("typed", "found"),
    [("nov pi", True), ("NOVÁK", True), ("14 Mar 1961", True), ("ovak", False), ("Novak 15.3.1961", False)],
)
def test_patient_is_found_by_what_is_known(clinic: Clinic, nurse: Client, typed: str, found: bool) -> None:
    answered = nurse.post("/staff/patients/", {"wanted": typed})

    booking = f"/staff/patients/{clinic.pia.uid}/book/"
    assert (booking in text_of(answered)) is found
    assert answered.request["QUERY_STRING"] == ""


def test_search_asks_for_something_and_stays_in_the_clinic(clinic: Clinic, nurse: Client) -> None:
    stranger = at_desk(clinic.omar)
    make_location(clinic.elsewhere, name="Elsewhere", zone=clinic.london.tz)

    empty = nurse.post("/staff/patients/", {"wanted": " "})
    elsewhere = stranger.post("/staff/patients/", {"wanted": "Novak"})

    asked_for = "Write a name, a birth date, a phone or a number."
    assert (empty.status_code, asked_for in text_of(empty)) == (422, True)
    assert "Nobody was found" in text_of(elsewhere)


def test_search_takes_as_many_queries_for_three_as_for_one(clinic: Clinic, nurse: Client) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            nurse.post("/staff/patients/", {"wanted": "novak"})
        return len(captured)

    queries()
    for_one = queries()
    make_patient(clinic.organization)
    make_patient(clinic.organization)

    assert queries() == for_one
