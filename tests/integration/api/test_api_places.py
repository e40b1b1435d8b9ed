"""A membership for one location reaches what is there, and nothing of the other."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from api_callers import field_errors, make_member, problem, session_of
from builders import DAY, HOUR, NOW, START, Clinic, book, make_patient
from django.http import HttpResponse
from rest_framework.test import APIClient
from test_api_access import BODIES
from waiting_people import make_waiting

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Location, Membership, User
from scheduling.models import Appointment, OpeningException
from scheduling.operations import hold_slot
from scheduling.operations.backfill import start_backfill
from scheduling.operations.feeds import create_feed

pytestmark = pytest.mark.usefixtures("clock")

NEW_YORK_START = START + DAY + 6 * HOUR


def member_at(clinic: Clinic, *held: tuple[Location | None, Role]) -> APIClient:
    """Sign somebody in who holds these roles at these locations, None for the whole clinic."""
    user: User = make_member(role=Role.NURSE)
    for location, role in held:
        Membership.objects.create(user=user, organization=clinic.organization, location=location, role=role)
    return session_of(user)


@pytest.fixture
def londoner(clinic: Clinic) -> APIClient:
    return member_at(clinic, (clinic.london, Role.NURSE))


@pytest.fixture
def abroad(clinic: Clinic) -> Appointment:
    """A visit in New York."""
    return book(clinic, offering=clinic.offering_new_york, start=NEW_YORK_START)


IN_NEW_YORK: dict[str, Callable[[Clinic], Any]] = {
    "holds": lambda clinic: hold_slot(
        offering=clinic.offering_new_york, start=NEW_YORK_START, now=NOW, by=clinic.staff
    ),
    "closures": lambda clinic: OpeningException.objects.create(
        location=clinic.new_york, period=(START + 5 * DAY, START + 6 * DAY), reason="Service"
    ),
    "calendar-feeds": lambda clinic: (
        create_feed(resource=clinic.resource("room", clinic.new_york), by=clinic.nora, now=NOW).feed
    ),
    "backfills": lambda clinic: start_backfill(
        offering=clinic.offering_new_york, start=NEW_YORK_START, by=clinic.staff, now=NOW
    ),
}
ACTS = (
    "", "move/", "cancel/", "arrive/", "complete/", "swap/", "start/", "deposit/", "noshow/", "void/", "history/",
    "preparation-plan/", "timeline/", "answers/", "freezes/", "checklist/", "follow-ups/", "protocol-preview/",
)  # fmt: skip


def knocked(http: APIClient, act: str, appointment: Appointment) -> HttpResponse:
    path = f"/api/v1/appointments/{appointment.uid}/{act}"
    body = BODIES.get(f"appointments/<uuid:uid>/{act}")
    reads = act in {"", "history/", "preparation-plan/", "timeline/", "protocol-preview/"}
    return http.get(path) if reads else http.post(path, body or {}, headers={"If-Match": '"1"'})


@pytest.mark.slow
def test_visit_elsewhere_is_not_found_at_any_door(
    clinic: Clinic, abroad: Appointment, londoner: APIClient
) -> None:
    answers = {act: knocked(londoner, act, abroad) for act in ACTS}

    assert {act: problem(answer) for act, answer in answers.items()} == dict.fromkeys(
        ACTS, (404, "not-found")
    )
    abroad.refresh_from_db()
    assert abroad.revision == 1


@pytest.mark.parametrize("kind", IN_NEW_YORK)
def test_what_belongs_elsewhere_is_not_found(clinic: Clinic, londoner: APIClient, kind: str) -> None:
    row = IN_NEW_YORK[kind](clinic)
    act = {"holds": "release/", "closures": "reopen/", "calendar-feeds": "revoke/", "backfills": "stop/"}[
        kind
    ]

    assert problem(londoner.post(f"/api/v1/{kind}/{row.uid}/{act}", {})) == (404, "not-found")


def test_lists_are_of_the_places_one_works_at(
    clinic: Clinic, booked: Appointment, londoner: APIClient, nora: APIClient
) -> None:
    book(
        clinic,
        patient=make_patient(clinic.organization),
        offering=clinic.offering_new_york,
        start=NEW_YORK_START,
    )
    for make in (IN_NEW_YORK["closures"], IN_NEW_YORK["calendar-feeds"]):
        make(clinic)

    def shown(http: APIClient, path: str) -> int:
        found = json.loads(http.get(f"/api/v1/{path}/").content)
        return len(found if isinstance(found, list) else found["results"])

    paths = ("appointments", "offerings", "closures", "calendar-feeds")
    assert [(shown(londoner, path), shown(nora, path)) for path in paths] == [(1, 2), (1, 2), (0, 1), (0, 1)]


def test_nothing_elsewhere_can_be_named(clinic: Clinic, abroad: Appointment, londoner: APIClient) -> None:
    offering, resource = clinic.offering_new_york.uid, clinic.resource("room", clinic.new_york).uid
    wish = {"offering": offering, "patient": clinic.pia.uid, "start": NEW_YORK_START.isoformat()}
    period = {"from": "2027-03-16T00:00:00Z", "until": "2027-03-17T00:00:00Z"}

    answers = [
        londoner.post("/api/v1/appointments/", wish),
        londoner.post("/api/v1/holds/", wish),
        londoner.get("/api/v1/slots/", {"offering": offering, **period}),
        londoner.get("/api/v1/delays/", {"resource": resource, "minutes": 30}),
        londoner.post("/api/v1/closures/", {"location": clinic.new_york.uid, "reason": "Service", **period}),
        londoner.get("/api/v1/closures/preview/", {"resource": resource, **period}),
        londoner.post("/api/v1/calendar-feeds/", {"resource": resource}),
    ]

    assert [field_errors(answer) for answer in answers] == [
        {("#/offering", "unknown-offering")},
        {("#/offering", "unknown-offering")},
        {("#/offering", "unknown-offering")},
        {("#/resource", "unknown-resource")},
        {("#/location", "unknown-location")},
        {("#/resource", "unknown-resource")},
        {("#/resource", "unknown-resource")},
    ]


def test_who_works_in_london_books_there(clinic: Clinic, londoner: APIClient) -> None:
    wish = {"offering": clinic.offering.uid, "patient": clinic.pia.uid, "start": START.isoformat()}
    everywhere = {"resource": clinic.resource("practitioner").uid, "everywhere": True}

    booked = londoner.post("/api/v1/appointments/", wish)
    everybodys = londoner.post("/api/v1/calendar-feeds/", everywhere)

    assert booked.status_code == 201
    assert field_errors(everybodys) == {("#/everywhere", "here-only")}


def test_roles_count_where_they_are_held(clinic: Clinic, booked: Appointment, abroad: Appointment) -> None:
    both = member_at(clinic, (clinic.london, Role.NURSE), (None, Role.AUDITOR))
    late = (NOW + DAY).isoformat()
    scheduler = member_at(clinic, (clinic.london, Role.NURSE), (clinic.new_york, Role.SCHEDULER))
    wish = {"patient": make_patient(clinic.organization).uid, "start": late, "override_reason": "Urgent"}

    read = both.get(f"/api/v1/appointments/{abroad.uid}/")
    changed = [knocked(both, "arrive/", each) for each in (booked, abroad)]
    plans = [scheduler.get(f"/api/v1/appointments/{each.uid}/preparation-plan/") for each in (booked, abroad)]
    overridden = scheduler.post(
        "/api/v1/appointments/",
        {**wish, "offering": clinic.offering_new_york.uid, "start": _noon_in_new_york()},
    )
    in_london = scheduler.post("/api/v1/appointments/", {**wish, "offering": clinic.offering.uid})

    assert read.status_code == 200
    assert [answer.status_code for answer in changed] == [200, 404]
    assert [answer.json()["proposal"] is None for answer in plans] == [False, True]
    assert problem(overridden) == (403, "override-refused")
    assert in_london.status_code == 201


def _noon_in_new_york() -> str:
    return (NOW + DAY + 8 * HOUR).isoformat()


def test_who_waits_for_another_place_is_not_listed(clinic: Clinic, londoner: APIClient) -> None:
    anywhere, there = (make_waiting(clinic) for _ in range(2))
    there.locations.set([clinic.new_york])
    both = make_waiting(clinic)
    both.locations.set([clinic.new_york, clinic.london])

    listed = londoner.get("/api/v1/waitlist/").json()["results"]

    assert {each["uid"] for each in listed} == {str(anywhere.uid), str(both.uid)}


def test_administrator_of_one_location_pauses_nothing_for_all(clinic: Clinic) -> None:
    body = {"channel": "sms", "reason": "Test"}
    at_one, of_all = (member_at(clinic, (location, Role.ADMINISTRATOR)) for location in (clinic.london, None))

    assert problem(at_one.post("/api/v1/channel-pauses/", body)) == (403, "administrators-only")
    assert of_all.post("/api/v1/channel-pauses/", body).status_code == 201
