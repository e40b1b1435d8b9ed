"""Procedure types, offerings and slots over REST."""

from typing import Any

import pytest
from api_callers import client_of, field_errors, problem
from builders import (
    DAY,
    HOUR,
    NEW_YORK,
    NOW,
    START,
    Clinic,
    book,
    make_location,
    make_medication,
    make_offering,
    make_patient,
    make_procedure_type,
    make_resource,
)
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from procedures.models import ProcedureCode, ProcedureType
from scheduling.codes import ResourceKind
from scheduling.models import ProcedureOffering

pytestmark = pytest.mark.usefixtures("clock")

TYPES = "/api/v1/procedure-types/"
OFFERINGS = "/api/v1/offerings/"
SLOTS = "/api/v1/slots/"
EXPLAIN = "/api/v1/slots/explain/"


def test_procedure_type_shows_legs_lengths_and_codes(clinic: Clinic, portal: APIClient) -> None:
    ProcedureCode.objects.create(
        procedure_type=make_procedure_type(), system="cpt", code="50593", verification="unverified"
    )

    body = portal.get(f"{TYPES}renal_cryo/").json()

    assert (body["code"], body["planned_minutes"], body["escort"]) == ("renal_cryo", 90, "if-sedated")
    assert [leg["key"] for leg in body["legs"]] == ["operator", "room", "console", "bay"]
    assert body["legs"][1] == {
        "key": "room",
        "role": "room",
        "skill": "ct",
        "count": 1,
        "anchor": "start",
        "offset_minutes": -15,
        "duration_minutes": None,
        "tail_minutes": 15,
    }
    assert body["codes"] == [{"system": "cpt", "code": "50593", "display": "", "verification": "unverified"}]


def test_procedure_type_out_of_use_is_not_found(clinic: Clinic, portal: APIClient) -> None:
    ProcedureType.objects.update(active=False)

    assert problem(portal.get(f"{TYPES}renal_cryo/")) == (404, "not-found")
    assert portal.get(TYPES).json()["results"] == []


def test_procedure_types_need_their_own_scope(clinic: Clinic) -> None:
    scheduler = client_of(clinic.organization, scopes=["scheduling.read", "scheduling.write"])

    assert problem(scheduler.get(TYPES)) == (403, "scope-missing")


def test_offerings_are_narrowed_by_location_and_procedure(clinic: Clinic, portal: APIClient) -> None:
    found = {
        query: [each["uid"] for each in portal.get(f"{OFFERINGS}?{query}").json()["results"]]
        for query in ("", f"location={clinic.london.uid}", "procedure_type=renal_cryo", "procedure_type=none")
    }

    london, new_york = str(clinic.offering.uid), str(clinic.offering_new_york.uid)
    assert list(found.values()) == [[london, new_york], [london], [london, new_york], []]


def test_offering_shows_its_terms_and_its_place(clinic: Clinic, portal: APIClient) -> None:
    body = portal.get(OFFERINGS, {"location": clinic.london.uid}).json()["results"][0]

    assert body["location"] == {
        "uid": str(clinic.london.uid),
        "name": "London",
        "address": "1 High Street, London",
        "zone": "Europe/London",
    }
    assert (body["procedure_type"], body["default_anaesthesia"], body["notice_hours"]) == (
        "renal_cryo",
        "moderate_sedation",
        24,
    )


@pytest.mark.parametrize("listed", [TYPES, OFFERINGS])
def test_list_costs_the_same_for_one_and_for_three(clinic: Clinic, portal: APIClient, listed: str) -> None:
    clinic.offering_new_york.delete()
    counts = []
    for names in ([], ["bone_cryo", "lung_cryo"]):
        for name in names:
            make_procedure_type(name)
            make_offering(
                make_location(clinic.organization, name=name, zone=NEW_YORK), protocol=clinic.protocol
            )
        with CaptureQueriesContext(connection) as queries:
            shown = portal.get(listed).json()["results"]
        counts.append((len(shown), len(queries)))

    assert [shown for shown, _ in counts] == [1, 3]
    assert counts[0][1] == counts[1][1]


def inquiry(clinic: Clinic, **changes: Any) -> dict[str, Any]:
    asked = {
        "offering": clinic.offering.uid,
        "patient": clinic.pia.uid,
        "from": START.isoformat(),
        "until": (START + DAY).isoformat(),
        "limit": 2,
    }
    return {name: value for name, value in (asked | changes).items() if value is not None}


def test_slots_are_offered_in_the_order_of_time_and_can_be_booked(clinic: Clinic, portal: APIClient) -> None:
    body = portal.get(SLOTS, inquiry(clinic)).json()

    assert body == {
        "zone": "Europe/London",
        "slots": [
            {
                "offering": str(clinic.offering.uid),
                "zone": "Europe/London",
                "start": "2027-03-16T09:00:00Z",
                "planned_end": "2027-03-16T10:30:00Z",
                "state": "free",
                "reason": "",
            },
            {
                "offering": str(clinic.offering.uid),
                "zone": "Europe/London",
                "start": "2027-03-16T09:15:00Z",
                "planned_end": "2027-03-16T10:45:00Z",
                "state": "free",
                "reason": "",
            },
        ],
    }
    wish = {"offering": clinic.offering.uid, "patient": clinic.pia.uid, "start": body["slots"][1]["start"]}
    assert portal.post("/api/v1/appointments/", wish).status_code == 201


def test_slots_of_two_sites_at_a_time_of_day_come_together(clinic: Clinic, portal: APIClient) -> None:
    asked = inquiry(clinic, after="11:00", before="11:15", limit=10)
    asked |= {"also": [clinic.offering_new_york.uid], "weekdays": ["tue", "wed"]}

    slots = portal.get(SLOTS, asked).json()["slots"]

    assert [(slot["zone"], slot["start"]) for slot in slots] == [
        ("Europe/London", "2027-03-16T11:00:00Z"),
        ("America/New_York", "2027-03-16T15:00:00Z"),
    ]


def test_slots_of_a_practitioner_are_booked_with_that_practitioner(clinic: Clinic, portal: APIClient) -> None:
    doctor = clinic.resource("practitioner")

    found = portal.get(SLOTS, inquiry(clinic, practitioner=doctor.uid, limit=1)).json()["slots"]
    wish = {"offering": clinic.offering.uid, "patient": clinic.pia.uid, "start": found[0]["start"]}
    booked = portal.post("/api/v1/appointments/", {**wish, "practitioner": doctor.uid}).json()

    assert [each["resource"] for each in booked["allocations"] if each["leg"] == "operator"] == [
        str(doctor.uid)
    ]


def test_refusals_of_the_wish_are_problems(clinic: Clinic, portal: APIClient) -> None:
    surgeon = make_resource(clinic.london, kind=ResourceKind.PRACTITIONER, name="Dr. Else", skills=[])
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(most_per_day=1)
    book(clinic)
    wish = {
        "offering": clinic.offering.uid,
        "patient": make_patient(clinic.organization).uid,
        "start": (START + 4 * HOUR).isoformat(),
    }

    somebody_else = portal.get(SLOTS, inquiry(clinic, practitioner=surgeon.uid))
    one_too_many = portal.post("/api/v1/appointments/", wish)

    assert problem(somebody_else) == (422, "practitioner-does-not-fit")
    assert problem(one_too_many) == (409, "day-is-full")
    assert one_too_many.json()["most_per_day"] == 1


def test_staff_see_provisional_slots_with_the_reason_and_portals_see_none(
    clinic: Clinic, portal: APIClient, nora: APIClient
) -> None:
    make_medication(clinic.pia, "a medicine nobody knows")

    for_staff = nora.get(SLOTS, inquiry(clinic, limit=1)).json()["slots"]
    for_portal = portal.get(SLOTS, inquiry(clinic)).json()["slots"]

    assert [slot["state"] for slot in for_staff] == ["provisional"]
    assert for_staff[0]["reason"].endswith(".")
    assert for_portal == []


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"offering": None}, {("#/offering", "required")}),
        ({"offering": "x"}, {("#/offering", "invalid")}),
        ({"patient": "00000000-0000-4000-8000-000000000000"}, {("#/patient", "unknown-patient")}),
        ({"from": None}, {("#/from", "required")}),
        ({"from": "2027-03-16T09:00:00"}, {("#/from", "naive-datetime")}),
        ({"until": START.isoformat()}, {("#/until", "backwards")}),
        ({"limit": 0}, {("#/limit", "min-value")}),
        ({"limit": 201}, {("#/limit", "max-value")}),
        ({"anaesthesia": "whisky"}, {("#/anaesthesia", "invalid-choice")}),
    ],
)
def test_inquiry_with_a_wrong_field_points_to_it(
    clinic: Clinic, portal: APIClient, changes: dict[str, Any], expected: set[tuple[str, str]]
) -> None:
    response = portal.get(SLOTS, inquiry(clinic, **changes))

    assert problem(response) == (400, "check-the-fields")
    assert field_errors(response) == expected


def test_inquiry_that_no_resource_can_serve_names_the_leg(clinic: Clinic, portal: APIClient) -> None:
    clinic.resource("device").delete()

    response = portal.get(SLOTS, inquiry(clinic))

    assert problem(response) == (422, "no-such-resource")
    said = {key: response.json()[key] for key in ("leg", "location", "role", "skill", "needed", "found")}
    assert said == {
        "leg": "console",
        "location": "London",
        "role": "device",
        "skill": "cryo-console",
        "needed": 1,
        "found": 0,
    }
    assert response.json()["detail"].endswith("Choose another site, or set up what is missing.")


def test_explanation_names_what_is_in_the_way_and_the_next_slot(clinic: Clinic, portal: APIClient) -> None:
    book(clinic)
    other = make_patient(clinic.organization)

    body = portal.get(
        EXPLAIN, {"offering": clinic.offering.uid, "patient": other.uid, "start": START.isoformat()}
    ).json()

    assert body["start"] == "2027-03-16T09:00:00Z"
    assert (body["obstacles"][0]["rule"], body["obstacles"][0]["leg"]) == ("not-free", "operator")
    assert body["obstacles"][0]["resources"] == [str(clinic.resource("practitioner").uid)]
    assert body["next_slot"]["state"] == "free"


def test_explanation_of_a_free_start_has_no_obstacle(clinic: Clinic, portal: APIClient) -> None:
    body = portal.get(EXPLAIN, {"offering": clinic.offering.uid, "start": START.isoformat()}).json()

    assert body["obstacles"] == []


def test_explanation_of_a_start_too_soon_says_so(clinic: Clinic, nora: APIClient) -> None:
    asked = {"offering": clinic.offering.uid, "patient": clinic.pia.uid, "start": (NOW + DAY).isoformat()}

    body = nora.get(EXPLAIN, asked).json()

    assert [obstacle["rule"] for obstacle in body["obstacles"]] == ["too-soon"]
