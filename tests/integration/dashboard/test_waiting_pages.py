"""The staff pages of the waiting list, freed starts, sessions and follow-ups."""

from typing import Any

import pytest
from builders import DAY, NOW, START, Clinic, book
from django.test import Client
from django.utils import timezone
from waiting_people import advance, make_backfill, make_open_offer, make_waiting, steps_of

from scheduling.codes import CancellationReason
from scheduling.models import Backfill, Series, WaitlistEntry, WaitlistOffer
from scheduling.operations import cancel_appointment


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock at `NOW`."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def wait_form(clinic: Clinic, **changes: Any) -> dict[str, Any]:
    return {
        "identifier": clinic.pia.identifier,
        "offering": clinic.offering.pk,
        "priority": "soon",
        "weekdays": ["tue", "wed"],
        "from_time": "08:00",
        "notice_hours": 48,
        "agreed": "on",
        **changes,
    }


def test_list_is_empty_in_words(clinic: Clinic, nurse: Client) -> None:
    assert "Nobody waits at London." in text_of(nurse.get("/staff/waiting/"))


def test_patient_is_put_on_the_list_and_shown(clinic: Clinic, nurse: Client) -> None:
    answered = nurse.post("/staff/waiting/add/", wait_form(clinic), follow=True)

    entry = WaitlistEntry.objects.get()
    assert (entry.priority, entry.weekdays, entry.agreed_at) == ("soon", ["tue", "wed"], NOW)
    assert "Waiting list at London: 1 waits" in text_of(answered)


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"identifier": "nobody"}, 422, "no patient of this number"),
        ({"first_on": "2027-03-16", "last_on": "2027-03-15"}, 409, "comes before the first"),
    ],
)
def test_wrong_entries_are_refused_in_words(
    clinic: Clinic, nurse: Client, changes: dict[str, Any], status: int, said: str
) -> None:
    answered = nurse.post("/staff/waiting/add/", wait_form(clinic, **changes))

    assert (answered.status_code, said in text_of(answered)) == (status, True)


def test_entry_is_taken_off_the_list(clinic: Clinic, nurse: Client) -> None:
    entry = make_waiting(clinic)

    nurse.post(f"/staff/waiting/{entry.uid}/remove/")

    assert WaitlistEntry.objects.get().status == "removed"


def test_list_says_who_is_asked_until_when(clinic: Clinic, nurse: Client) -> None:
    make_open_offer(clinic)
    make_backfill(clinic)

    page = text_of(nurse.get("/staff/waiting/"))

    assert "Novak, Ana is asked, until Mon 1 Mar 2027, 11:00." in page
    assert "Nobody is asked at the moment." in page


def test_free_time_is_offered_by_hand(clinic: Clinic, nurse: Client) -> None:
    wish = {"offering": clinic.offering.pk, "day": "2027-03-16", "time": "09:00"}

    answered = nurse.post(
        "/staff/waiting/offer/", {**wish, "offers_at_once": 2, "answer_minutes": 30}, follow=True
    )

    assert (Backfill.objects.get().start, answered.status_code) == (START, 200)


def test_freed_time_shows_who_is_asked_who_is_next_and_who_is_not(clinic: Clinic, nurse: Client) -> None:
    offer = make_open_offer(clinic)
    make_waiting(clinic)
    make_waiting(clinic, agreed_at=None)

    page = text_of(nurse.get(f"/staff/backfills/{offer.backfill.uid}/"))

    assert "Takes it" in page
    assert "Next in order (1)" in page
    assert "Has not agreed to be called about freed times" in page


def test_answer_is_recorded(clinic: Clinic, nurse: Client) -> None:
    offer = make_open_offer(clinic)

    answered = nurse.post(f"/staff/offers/{offer.uid}/accept/", follow=True)
    again = nurse.post(f"/staff/offers/{offer.uid}/decline/", follow=True)

    assert "Booked for Wed 17 Mar 2027, 09:00." in text_of(answered)
    assert '<p class="when">Accepted</p>' in text_of(answered)
    assert "This time is no longer offered" in text_of(again)


def test_freed_time_is_stopped(clinic: Clinic, nurse: Client) -> None:
    backfill = make_backfill(clinic)

    nurse.post(f"/staff/backfills/{backfill.uid}/stop/")

    backfill.refresh_from_db()
    assert (backfill.status, steps_of(backfill)) == ("stopped", ["ended"])


def test_sessions_are_booked_after_a_visit(clinic: Clinic, nurse: Client) -> None:
    first = book(clinic)
    address = f"/staff/appointments/{first.uid}/following/"

    answered = nurse.post(
        f"{address}sessions/", {"sessions": 3, "gap_least_days": 7, "mode": "whole"}, follow=True
    )

    assert (Series.objects.get().sessions.count(), "Booked: 3 of 3 sessions." in text_of(answered)) == (
        3,
        True,
    )


def test_impossible_sessions_are_refused_in_words(clinic: Clinic, nurse: Client) -> None:
    address = f"/staff/appointments/{book(clinic).uid}/following/sessions/"

    answered = nurse.post(address, {"sessions": 3, "gap_least_days": 7, "gap_most_days": 6, "mode": "whole"})

    assert (answered.status_code, "longest gap is not shorter" in text_of(answered)) == (409, True)


@pytest.mark.parametrize("who", ["auditor", "stranger"])
def test_others_change_nothing(clinic: Clinic, request: pytest.FixtureRequest, who: str) -> None:
    client = request.getfixturevalue(who)
    entry, backfill = make_waiting(clinic), make_backfill(clinic, start=START + DAY)

    answered = [
        client.post(address).status_code
        for address in (f"/staff/waiting/{entry.uid}/remove/", f"/staff/backfills/{backfill.uid}/stop/")
    ]

    assert set(answered) <= {403, 404}
    assert (WaitlistEntry.objects.get().status, Backfill.objects.get().status) == ("waiting", "looking")


@pytest.mark.parametrize(
    ("days", "said"),
    [
        (
            (0,),
            "The patient has a visit Tue 16 Mar 2027, 09:00, and is on the waiting list for an earlier time.",
        ),
        ((0, 7), "Open that visit and choose: wait for an earlier time."),
    ],
)
def test_who_has_visits_is_put_on_the_list_for_an_earlier_one(
    clinic: Clinic, nurse: Client, days: tuple[int, ...], said: str
) -> None:
    for each in days:
        book(clinic, start=START + each * DAY)

    answered = nurse.post("/staff/waiting/add/", wait_form(clinic), follow=True)

    assert said in text_of(answered)


# --- an earlier time, and a visit that was lost --------------------------------------------------------


def test_visit_waits_for_an_earlier_time_and_says_so(clinic: Clinic, nurse: Client) -> None:
    visit = book(clinic)
    wish = {"priority": "routine", "notice_hours": 24, "agreed": "on", "last_on": "2027-03-12"}

    answered = nurse.post(f"/staff/appointments/{visit.uid}/earlier/", wish, follow=True)

    assert WaitlistEntry.objects.get().instead_of == visit
    assert "Waits for an earlier time</strong> since Mon 1 Mar 2027, 09:00." in text_of(answered)
    assert "wait for an earlier time" not in text_of(answered)
    assert "wants an earlier time. Taking one moves it." in text_of(nurse.get("/staff/waiting/"))


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"first_on": "2027-03-20"}, 409, "comes before the first day wished for"),
        ({"notice_hours": ""}, 422, "Error: "),
    ],
)
def test_wrong_wishes_for_an_earlier_time_are_refused_in_words(
    clinic: Clinic, nurse: Client, changes: dict[str, Any], status: int, said: str
) -> None:
    wish = {"priority": "routine", "notice_hours": 24, **changes}

    answered = nurse.post(f"/staff/appointments/{book(clinic).uid}/earlier/", wish)

    assert (answered.status_code, said in text_of(answered)) == (status, True)


def test_earlier_time_is_taken_by_phone(clinic: Clinic, nurse: Client) -> None:
    visit = book(clinic)
    make_waiting(clinic, patient=clinic.pia, instead_of=visit)
    backfill = advance(make_backfill(clinic, start=START - DAY))

    page = text_of(nurse.get(f"/staff/backfills/{backfill.uid}/"))
    answered = nurse.post(f"/staff/offers/{WaitlistOffer.objects.get().uid}/accept/", follow=True)

    assert "If the patient takes this time, it moves here." in page
    assert "The visit has moved to Mon 15 Mar 2027, 09:00." in text_of(answered)
    assert '<p class="when">Accepted</p>' in text_of(answered)


def test_who_lost_the_visit_is_put_back(clinic: Clinic, nurse: Client) -> None:
    entry, visit = make_waiting(clinic, patient=clinic.pia), book(clinic)
    cancel_appointment(appointment=visit, reason=CancellationReason.PROVIDER, now=NOW, by=clinic.staff)
    before = text_of(nurse.get("/staff/waiting/"))

    answered = nurse.post(f"/staff/waiting/{entry.uid}/again/", {"from": "visit"}, follow=True)

    assert "The clinic cancelled their visit, and they have no other" in before
    assert "Back on the waiting list, waiting since Sat 20 Feb 2027, 09:00." in text_of(answered)
    assert "The clinic cancelled their visit" not in text_of(nurse.get("/staff/waiting/"))
