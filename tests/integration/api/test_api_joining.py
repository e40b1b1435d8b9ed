"""Over HTTP: two records of one person made one, calendar feeds, and what another protocol version would change."""

from typing import Any

import pytest
from api_callers import make_member, problem, session_of
from builders import DAY, NOW, START, Clinic, book, make_patient, make_protocol
from rest_framework.test import APIClient

from cryoclinic.accounts.codes import Role
from procedures.models import Protocol
from scheduling.models import CalendarFeed, Patient
from scheduling.operations.series import SeriesWish, book_series
from scheduling.sessions import Gaps

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def nurse(clinic: Clinic) -> APIClient:
    """A nurse of the clinic, signed in."""
    return session_of(make_member(clinic.organization, role=Role.NURSE))


@pytest.fixture
def twin(clinic: Clinic) -> Patient:
    """A second record of Pia, under another family name."""
    Patient.objects.filter(pk=clinic.pia.pk).update(family_name="Novak")
    return make_patient(clinic.organization, given_name="Pia", family_name="Nowak", phone="", email="")


def merge_page(clinic: Clinic) -> str:
    return f"/api/v1/patients/{clinic.pia.uid}/merge/"


def seen(http: APIClient, clinic: Clinic, twin: Patient) -> Any:
    return http.get(merge_page(clinic), {"merged": str(twin.uid)})


def merge(http: APIClient, clinic: Clinic, twin: Patient, etag: str | None, **chosen: str) -> Any:
    headers = {} if etag is None else {"If-Match": etag}
    body = {"merged": str(twin.uid), "chosen": chosen}
    return http.post(merge_page(clinic), body, format="json", headers=headers)


def test_records_are_looked_at_and_then_merged_as_they_were_seen(
    clinic: Clinic, nurse: APIClient, twin: Patient
) -> None:
    looked = seen(nurse, clinic, twin)

    merged = merge(nurse, clinic, twin, looked["ETag"], family_name="merged")

    assert looked.json() == {"differing_fields": ["family_name"], "overlapping_visits": []}
    assert (merged.status_code, merged.json()["family_name"]) == (200, "Nowak")
    assert Patient.objects.get(pk=twin.pk).merged_into == clinic.pia


def test_merging_is_refused_for_what_nobody_has_seen_or_decided(
    clinic: Clinic, nurse: APIClient, portal: APIClient, twin: Patient
) -> None:
    etag = seen(nurse, clinic, twin)["ETag"]

    refused = [
        problem(merge(nurse, clinic, twin, None, family_name="kept")),
        problem(merge(nurse, clinic, twin, '"1"', family_name="kept")),
        problem(merge(nurse, clinic, twin, etag)),
        problem(merge(portal, clinic, twin, etag, family_name="kept")),
        problem(merge(nurse, clinic, twin, etag, shoe_size="kept")),
    ]
    Patient.objects.filter(pk=twin.pk).update(phone="+442079460999")
    refused.append(problem(merge(nurse, clinic, twin, etag, family_name="kept")))

    assert refused == [
        (428, "revision-needed"),
        (412, "records-changed"),
        (422, "identity-undecided"),
        (403, "person-needed"),
        (400, "check-the-fields"),
        (412, "records-changed"),
    ]
    assert Patient.objects.get(pk=twin.pk).merged_into is None


def test_feed_is_made_listed_replaced_and_revoked(
    clinic: Clinic, nurse: APIClient, portal: APIClient
) -> None:
    wish = {"resource": str(clinic.resource("device").uid)}

    first = nurse.post("/api/v1/calendar-feeds/", wish).json()
    second = nurse.post("/api/v1/calendar-feeds/", wish).json()
    listed = portal.get("/api/v1/calendar-feeds/").json()
    served = [nurse.get(each["address"]).status_code for each in (first, second)]
    revoked = nurse.post(f"/api/v1/calendar-feeds/{second['uid']}/revoke/")

    assert [(each["uid"], "address" in each) for each in listed] == [(second["uid"], False)]
    assert served == [404, 200]
    assert (revoked.status_code, revoked.json()["revoked_at"] is not None) == (200, True)
    assert nurse.get(second["address"]).status_code == 404


def test_feeds_are_made_by_a_person_for_a_resource_of_theirs(
    clinic: Clinic, portal: APIClient, nurse: APIClient, omar: APIClient
) -> None:
    wish = {"resource": str(clinic.resource("device").uid)}

    refused = [
        problem(portal.post("/api/v1/calendar-feeds/", wish)),
        problem(omar.post("/api/v1/calendar-feeds/", wish)),
        problem(nurse.post("/api/v1/calendar-feeds/", {**wish, "everywhere": True})),
    ]

    assert refused == [(403, "person-needed"), (400, "check-the-fields"), (422, "no-practitioner")]
    assert CalendarFeed.objects.count() == 0


def second_version(clinic: Clinic) -> Protocol:
    return make_protocol(
        clinic.organization,
        procedure_type=clinic.offering.procedure_type,
        written_by=clinic.cleo,
        approved_by=clinic.dov,
        version=2,
        care={"repeat": {"possible": True, "days_least": 30, "text": "After a month.", "source": "ops"}},
    )


def test_versions_are_compared_part_by_part(clinic: Clinic, portal: APIClient) -> None:
    newer = second_version(clinic)

    found = portal.get(f"/api/v1/protocols/{newer.uid}/difference/").json()
    first = portal.get(f"/api/v1/protocols/{clinic.protocol.uid}/difference/").json()
    same = portal.get(f"/api/v1/protocols/{newer.uid}/difference/?since={newer.uid}").json()

    assert (found["since"], found["is_empty"]) == (str(clinic.protocol.uid), False)
    assert "After a month." in str(found["parts"])
    assert (first["since"], first["parts"]) == (None, [])
    assert (same["is_empty"], same["properties"], same["parts"]) == (True, [], [])


def test_booking_is_looked_at_under_another_version(clinic: Clinic, portal: APIClient) -> None:
    booked, newer = book(clinic), second_version(clinic)
    address = f"/api/v1/appointments/{booked.uid}/protocol-preview/"

    found = portal.get(address, {"protocol": str(newer.uid)})
    unknown = portal.get(address, {"protocol": str(booked.uid)})

    assert found.status_code == 200
    assert found.json() == {
        "is_empty": True, "unchanged": 0, "messages": [], "page": [], "corrections": [], "reworded": [],
    }  # fmt: skip
    assert problem(unknown) == (404, "not-found")


def test_move_answers_with_the_gaps_it_breaks(clinic: Clinic, portal: APIClient) -> None:
    wish = SeriesWish(sessions=2, gaps=Gaps(least_days=7, most_days=10), first=START)
    series = book_series(offering=clinic.offering, patient=clinic.pia, wish=wish, now=NOW, by=clinic.staff)
    second = series.sessions.get(position=2).appointment

    answer = portal.post(
        f"/api/v1/appointments/{second.uid}/move/",
        {"start": (START + 3 * DAY).isoformat()},
        headers={"If-Match": '"1"'},
    )

    assert answer.json()["warnings"] == ["Session 2 is 3 days after session 1; at least 7 are needed."]
