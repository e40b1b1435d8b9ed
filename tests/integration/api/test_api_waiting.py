"""The waiting list, freed starts, series and follow-ups over HTTP."""

from typing import Any

import pytest
from api_callers import problem
from builders import DAY, NOW, START, Clinic, book, make_patient
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient
from waiting_people import advance, make_backfill, make_open_offer, make_waiting

from scheduling.api.fields import InstantField
from scheduling.codes import CancellationReason
from scheduling.models import WaitlistOffer
from scheduling.operations import cancel_appointment

pytestmark = pytest.mark.usefixtures("clock")


def wish(clinic: Clinic, **changes: Any) -> dict[str, Any]:
    return {"patient": str(clinic.pia.uid), "procedure_type": "renal_cryo", "agreed": True, **changes}


def test_patient_is_put_on_the_list_and_taken_off(clinic: Clinic, portal: APIClient) -> None:
    body = wish(clinic, locations=[str(clinic.london.uid)], weekdays=["tue"], from_time="08:00")

    added = portal.post("/api/v1/waitlist/", body, format="json")
    removed = portal.post(f"{added['Location']}remove/", {"reason": "Went elsewhere"}, format="json")

    assert (added.status_code, added.json()["locations"]) == (201, [str(clinic.london.uid)])
    assert (removed.json()["status"], portal.get("/api/v1/waitlist/").json()["results"]) == ("removed", [])


@pytest.mark.parametrize(
    ("changes", "refused"),
    [
        ({"first_on": "2027-03-16", "last_on": "2027-03-15"}, (422, "wishes-do-not-fit")),
        ({"from_time": "12:00", "until_time": "12:00"}, (422, "wishes-do-not-fit")),
        ({"locations": ["3f2b8c1e-5d5a-4f0e-9f53-1c1b7a0a6f10"]}, (400, "check-the-fields")),
        ({"weekdays": ["someday"]}, (400, "check-the-fields")),
    ],
)
def test_wishes_that_cannot_be_are_refused(
    clinic: Clinic, portal: APIClient, changes: dict[str, Any], refused: tuple[int, str]
) -> None:
    response = portal.post("/api/v1/waitlist/", wish(clinic, **changes), format="json")

    assert problem(response) == refused


def test_patient_waits_once(clinic: Clinic, portal: APIClient) -> None:
    portal.post("/api/v1/waitlist/", wish(clinic), format="json")

    again = portal.post("/api/v1/waitlist/", wish(clinic), format="json")

    assert problem(again) == (409, "already-waiting")


def test_other_clinics_patient_cannot_be_put_on_the_list(clinic: Clinic, omar: APIClient) -> None:
    response = omar.post("/api/v1/waitlist/", wish(clinic), format="json")

    assert problem(response) == (400, "check-the-fields")


def test_free_start_is_offered_by_hand_and_stopped(clinic: Clinic, nora: APIClient) -> None:
    body = {"offering": str(clinic.offering.uid), "start": START.isoformat()}

    started = nora.post("/api/v1/backfills/", body, format="json")
    again = nora.post("/api/v1/backfills/", body, format="json")
    stopped = nora.post(f"{started['Location']}stop/", {}, format="json")

    assert (started.status_code, problem(again)) == (201, (409, "already-looking"))
    assert [step["kind"] for step in stopped.json()["steps"]] == ["started", "ended"]


def test_offer_is_accepted_once(clinic: Clinic, portal: APIClient) -> None:
    offer = make_open_offer(clinic)

    accepted = portal.post(f"/api/v1/offers/{offer.uid}/accept/")
    again = portal.post(f"/api/v1/offers/{offer.uid}/accept/")

    assert (accepted.json()["status"], problem(again)) == ("booked", (409, "offer-is-gone"))


def test_declined_offer_is_gone(clinic: Clinic, portal: APIClient) -> None:
    offer = make_open_offer(clinic)

    declined = portal.post(f"/api/v1/offers/{offer.uid}/decline/")

    assert declined.json()["status"] == "cancelled"
    assert problem(portal.post(f"/api/v1/offers/{offer.uid}/decline/")) == (409, "offer-is-gone")


@pytest.mark.parametrize("address", ["waitlist", "backfills"])
def test_lists_take_as_many_queries_for_three_as_for_one(
    clinic: Clinic, portal: APIClient, address: str
) -> None:
    counts = []
    for number in (1, 2):
        for place in range(number):
            make_waiting(clinic)
            make_backfill(clinic, start=START + (number + place) * DAY)
        with CaptureQueriesContext(connection) as queries:
            portal.get(f"/api/v1/{address}/")
        counts.append(len(queries))

    assert counts[0] == counts[1]


def series(clinic: Clinic, **changes: Any) -> dict[str, Any]:
    return {
        "offering": str(clinic.offering.uid),
        "patient": str(clinic.pia.uid),
        "sessions": 3,
        "gap_least_days": 7,
        "gap_most_days": 10,
        "from": START.isoformat(),
        **changes,
    }


def test_series_is_booked_and_read(clinic: Clinic, portal: APIClient) -> None:
    booked = portal.post("/api/v1/series/", series(clinic), format="json")

    shown = portal.get(booked["Location"]).json()
    assert (booked.status_code, shown["broken_gaps"]) == (201, [])
    assert [session["start"][:10] for session in shown["sessions"]] == [
        "2027-03-16",
        "2027-03-23",
        "2027-03-30",
    ]


def test_series_of_backward_gaps_is_refused(clinic: Clinic, portal: APIClient) -> None:
    response = portal.post("/api/v1/series/", series(clinic, gap_most_days=6), format="json")

    assert problem(response) == (422, "series-not-possible")


def test_nothing_follows_before_the_end(clinic: Clinic, portal: APIClient, booked: Any) -> None:
    address = f"/api/v1/appointments/{booked.uid}/follow-ups/"
    body = {"code": "imaging", "offering": str(clinic.offering.uid), "start": (START + DAY).isoformat()}

    assert portal.get(address).json() == []
    assert problem(portal.post(address, body, format="json")) == (409, "nothing-to-follow")


def test_list_shows_the_longest_waiting_first(clinic: Clinic, portal: APIClient) -> None:
    later = make_waiting(clinic, waiting_since=NOW - DAY, patient=make_patient(clinic.organization))
    first = make_waiting(clinic, waiting_since=NOW - 2 * DAY)

    shown = [entry["uid"] for entry in portal.get("/api/v1/waitlist/").json()["results"]]

    assert shown == [str(first.uid), str(later.uid)]


# --- those who have a visit ----------------------------------------------------------------------------


def test_who_has_a_visit_takes_an_earlier_time_and_keeps_one(
    clinic: Clinic, portal: APIClient, booked: Any
) -> None:
    entry = portal.post("/api/v1/waitlist/", wish(clinic), format="json").json()
    advance(make_backfill(clinic, start=booked.start - DAY))
    offer = WaitlistOffer.objects.get()

    taken = portal.post(f"/api/v1/offers/{offer.uid}/accept/").json()

    assert entry["earlier_than"] == str(booked.uid)
    assert (taken["appointment"], taken["status"], taken["earlier_than"]) == (
        str(booked.uid),
        "booked",
        str(booked.uid),
    )
    after = portal.get(f"/api/v1/waitlist/{entry['uid']}/").json()
    assert (after["status"], after["booked_as"]) == ("booked", str(booked.uid))
    shown = portal.get(f"/api/v1/appointments/{booked.uid}/").json()
    assert InstantField().to_internal_value(shown["start"]) == booked.start - DAY


@pytest.mark.full
def test_earlier_visits_of_others_are_not_known(clinic: Clinic, portal: APIClient, booked: Any) -> None:
    other = make_patient(clinic.organization)
    changed = wish(clinic, patient=str(other.uid), earlier_than=str(booked.uid))

    assert problem(portal.post("/api/v1/waitlist/", changed, format="json")) == (422, "not-their-visit")


def test_who_lost_the_visit_is_put_back_once(clinic: Clinic, portal: APIClient) -> None:
    entry = make_waiting(clinic, patient=clinic.pia)
    cancel_appointment(appointment=book(clinic), reason=CancellationReason.PROVIDER, now=NOW, by=clinic.staff)

    again = portal.post(f"/api/v1/waitlist/{entry.uid}/put-back/")
    twice = portal.post(f"/api/v1/waitlist/{entry.uid}/put-back/")

    assert (again.status_code, again.json()["waiting_since"]) == (201, "2027-02-20T09:00:00Z")
    assert problem(twice) == (409, "nothing-to-put-back")
