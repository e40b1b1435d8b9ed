"""Swaps, beginnings, deposits, running late and closures over HTTP: answers, refusals, and who may."""

from collections.abc import Callable

import pytest
from api_callers import field_errors, problem, session_of
from builders import HOUR, NOW, START, Clinic, book, make_patient, make_resource
from django.utils import timezone
from rest_framework.test import APIClient

from cryoclinic.accounts.codes import Role
from scheduling.codes import ResourceKind
from scheduling.models import Appointment, OpeningException, Resource
from scheduling.operations import mark_arrived

pytestmark = pytest.mark.usefixtures("clock")

Address = Callable[..., str]


@pytest.fixture
def spare(clinic: Clinic) -> Resource:
    return make_resource(clinic.london, kind=ResourceKind.DEVICE, name="Console 2", skills=["cryo-console"])


def of(appointment: Appointment, act: str) -> str:
    return f"/api/v1/appointments/{appointment.uid}/{act}/"


def if_match(revision: int = 1) -> dict[str, str]:
    return {"If-Match": f'"{revision}"'}


def period(**more: str) -> dict[str, str]:
    return {"from": "2027-03-16T00:00:00Z", "until": "2027-03-17T00:00:00Z", **more}


def closed(http: APIClient, clinic: Clinic, **more: str) -> str:
    device = str(clinic.resource("device").uid)
    body = period(resource=device, reason="Leaks gas", **more)
    answer = http.post("/api/v1/closures/", body, format="json")
    assert answer.status_code == 201
    return str(answer["Location"])


# --- swaps ------------------------------------------------------------------------------------------


def test_swap_lists_what_fits_and_takes_it(booked: Appointment, spare: Resource, portal: APIClient) -> None:
    listed = portal.get(of(booked, "swap"), {"leg": "console"}).json()
    body = {"leg": "console", "taking": str(spare.uid)}
    swapped = portal.post(of(booked, "swap"), body, format="json", headers=if_match())

    assert listed == [{"uid": str(spare.uid), "kind": "device", "name": "Console 2"}]
    assert (swapped.status_code, swapped["ETag"]) == (200, '"2"')
    serving = {each["leg"]: each["resource"] for each in swapped.json()["allocations"]}
    assert serving["console"] == str(spare.uid)


def test_refused_swap_names_the_leg_and_what_there_is(booked: Appointment, portal: APIClient) -> None:
    nothing = portal.post(of(booked, "swap"), {"leg": "console"}, format="json", headers=if_match())
    unknown = portal.post(of(booked, "swap"), {"leg": "laser"}, format="json", headers=if_match())
    unseen = portal.post(of(booked, "swap"), {"leg": "console"}, format="json")

    assert (problem(nothing), nothing.json()["leg"]) == ((422, "no-such-resource"), "console")
    assert problem(unknown) == (422, "leg-not-served")
    assert unknown.json()["legs"] == ["operator", "room", "console", "bay"]
    assert problem(unseen) == (428, "revision-needed")


def test_swap_takes_nothing_of_another_clinic(booked: Appointment, clinic: Clinic, portal: APIClient) -> None:
    body = {"leg": "console", "taking": "3f2b8c1e-5d5a-4f0e-9f53-1c1b7a0a6f10"}

    answer = portal.post(of(booked, "swap"), body, format="json", headers=if_match())

    assert field_errors(answer) == {("#/taking", "unknown-resource")}


# --- beginning, deposit, terms ----------------------------------------------------------------------


def test_beginning_and_end_are_recorded(
    clinic: Clinic, booked: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    mark_arrived(appointment=booked, now=START - HOUR, by=clinic.staff)
    monkeypatch.setattr(timezone, "now", lambda: START + 2 * HOUR)
    fresh = {"began_at": "2027-03-16T09:05:00Z"}

    http = session_of(clinic.nora)
    begun = http.post(of(booked, "start"), fresh, format="json")
    again = http.post(of(booked, "start"), fresh, format="json")
    ended = http.post(of(booked, "complete"), {"ended_at": "2027-03-16T10:30:00Z"}, format="json")

    assert (begun.json()["status"], begun.json()["began_at"]) == ("arrived", "2027-03-16T09:05:00Z")
    assert (problem(again), again.json()["began_at"]) == ((409, "already-begun"), "2027-03-16T09:05:00Z")
    assert (ended.json()["status"], ended.json()["began_at"]) == ("fulfilled", "2027-03-16T09:05:00Z")


def test_deposit_is_asked_for_and_recorded(clinic: Clinic, booked: Appointment, portal: APIClient) -> None:
    clinic.london.deposit_required = True
    clinic.london.save()

    before = portal.get(f"/api/v1/appointments/{booked.uid}/").json()
    after = portal.post(of(booked, "deposit"), {"is_there": True}, format="json").json()

    assert (before["deposit_required"], before["deposit_recorded_at"]) == (True, None)
    assert (after["deposit_required"], after["deposit_recorded_at"]) == (True, "2027-03-01T09:00:00Z")


def test_offering_says_its_terms(clinic: Clinic, portal: APIClient) -> None:
    clinic.offering.patient_moves = 1
    clinic.offering.save()

    offered = portal.get("/api/v1/offerings/").json()["results"][0]

    assert offered["policy"] == {
        "cancel_hours": 24, "move_hours": 24, "moves": 1, "deposit_required": False,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("act", "body"), [("cancel", {"reason": "pat"}), ("move", {"start": "2027-03-17T09:00:00Z"})]
)
def test_after_the_cut_off_a_portal_is_told_whom_to_call(
    clinic: Clinic, booked: Appointment, portal: APIClient, act: str, body: dict[str, str]
) -> None:
    clinic.organization.patient_cancel_hours = clinic.organization.patient_move_hours = 24 * 30
    clinic.organization.save()

    answer = portal.post(of(booked, act), body, format="json", headers=if_match())

    assert problem(answer) == (422, f"too-late-to-{act}")
    assert answer.json()["phone"] == "+442079460000"
    assert answer.json()["latest_at"] == "2027-02-14T09:00:00Z"


# --- running late -----------------------------------------------------------------------------------


def test_delay_is_shown_and_done_as_it_was_seen(clinic: Clinic, booked: Appointment, nora: APIClient) -> None:
    behind = book(clinic, patient=make_patient(clinic.organization), start=START + 2 * HOUR)
    asked = {"appointment": str(booked.uid), "minutes": 30}

    shown = nora.get("/api/v1/delays/", asked).json()
    done = nora.post("/api/v1/delays/", {**asked, "seen": shown["digest"]}, format="json")
    again = nora.post("/api/v1/delays/", {**asked, "seen": shown["digest"]}, format="json")

    assert [(each["appointment"], each["start"]) for each in shown["visits"]] == [
        (str(booked.uid), "2027-03-16T09:30:00Z"),
        (str(behind.uid), "2027-03-16T11:30:00Z"),
    ]
    assert {each["food"] for each in shown["visits"][0]["food_stops"]} >= {"solids_stop"}
    assert done.status_code == 200
    assert problem(again) == (409, "proposal-changed")
    assert Appointment.objects.get(pk=behind.pk).start == START + 2.5 * HOUR


def test_delay_of_a_resource_is_of_what_it_does_next(
    clinic: Clinic, booked: Appointment, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = str(clinic.resource("room").uid)
    monkeypatch.setattr(timezone, "now", lambda: START - HOUR)
    nora = session_of(clinic.nora)

    shown = nora.get("/api/v1/delays/", {"resource": room, "minutes": 30})
    nothing = nora.get(
        "/api/v1/delays/", {"resource": str(clinic.resource("room", clinic.new_york).uid), "minutes": 30}
    )

    assert shown.json()["appointment"] == str(booked.uid)
    assert problem(nothing) == (409, "nothing-to-delay")


def test_delay_beyond_closing_time_names_the_visits(clinic: Clinic, nora: APIClient) -> None:
    last = book(clinic, start=START + 7 * HOUR)
    asked = {"appointment": str(last.uid), "minutes": 60}
    shown = nora.get("/api/v1/delays/", asked).json()

    answer = nora.post("/api/v1/delays/", {**asked, "seen": shown["digest"]}, format="json")

    assert shown["visits"][0]["beyond"][0]["closes_at"] == "2027-03-16T20:00:00Z"
    assert (problem(answer), answer.json()["appointments"]) == ((422, "beyond-hours"), [str(last.uid)])


def test_delay_is_of_one_thing(booked: Appointment, nora: APIClient) -> None:
    answer = nora.get("/api/v1/delays/", {"minutes": 30})

    assert field_errors(answer) == {("#/appointment", "one-of-two")}


def test_programs_neither_delay_nor_close(clinic: Clinic, booked: Appointment, portal: APIClient) -> None:
    body = {"appointment": str(booked.uid), "minutes": 30, "seen": "x"}
    closure = period(location=str(clinic.london.uid), reason="Fire drill")

    delayed = portal.post("/api/v1/delays/", body, format="json")
    shut = portal.post("/api/v1/closures/", closure, format="json")

    assert [problem(answer) for answer in (delayed, shut)] == [(403, "person-needed")] * 2
    assert not OpeningException.objects.exists()


# --- closures ---------------------------------------------------------------------------------------


def test_preview_lists_hits_and_closes_nothing(clinic: Clinic, booked: Appointment, nora: APIClient) -> None:
    device = str(clinic.resource("device").uid)

    shown = nora.get("/api/v1/closures/preview/", period(resource=device)).json()

    assert [(each["appointment"], each["legs"], each["left"]) for each in shown] == [
        (str(booked.uid), ["console"], "")
    ]
    assert not OpeningException.objects.exists()


def test_closure_shows_what_could_be_done_and_does_what_is_chosen(
    clinic: Clinic, booked: Appointment, spare: Resource, nora: APIClient
) -> None:
    at = closed(nora, clinic)
    shown = nora.get(at).json()
    choices = [{"appointment": str(booked.uid), "revision": 1, "answer": "swap"}]

    done = nora.post(f"{at}choices/", choices, format="json").json()
    again = nora.post(f"{at}choices/", choices, format="json").json()

    (hit,) = shown["hits"]
    assert (hit["remedies"]["can_swap"], len(hit["remedies"]["slots"])) == (True, 4)
    assert hit["remedies"]["swaps"] == [
        {"leg": "console", "resources": [{"uid": str(spare.uid), "kind": "device", "name": "Console 2"}]}
    ]
    assert [(each["done"], each["rule"]) for each in (*done, *again)] == [(True, ""), (False, "NotHit")]
    assert nora.get(at).json()["hits"] == []


def test_left_visits_stay_listed_with_the_reason(
    clinic: Clinic, booked: Appointment, nora: APIClient
) -> None:
    at = closed(nora, clinic)
    left = {"appointment": str(booked.uid), "revision": 1, "answer": "leave", "reason": "Back by then"}

    nora.post(f"{at}choices/", [left], format="json")

    (hit,) = nora.get(at).json()["hits"]
    assert (hit["left"], hit["remedies"]) == ("Back by then", None)


def test_closure_blocks_and_reopening_lets_in(clinic: Clinic, nora: APIClient, portal: APIClient) -> None:
    wish = {
        "offering": str(clinic.offering.uid),
        "patient": str(clinic.pia.uid),
        "start": "2027-03-16T09:00:00Z",
    }
    at = closed(nora, clinic)

    refused = portal.post("/api/v1/appointments/", wish, format="json")
    opened = nora.post(f"{at}reopen/", format="json")
    again = nora.post(f"{at}reopen/", format="json")
    booked = portal.post("/api/v1/appointments/", wish, format="json")

    assert (problem(refused), refused.json()["leg"]) == ((422, "outside-hours"), "console")
    assert opened.json()["reopened_at"] == "2027-03-01T09:00:00Z"
    assert problem(again) == (409, "already-reopened")
    assert booked.status_code == 201


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"from": "2027-03-17T00:00:00Z", "until": "2027-03-16T00:00:00Z"}, (422, "ends-before-it-begins")),
        ({"from": "2027-02-01T00:00:00Z", "until": "2027-02-02T00:00:00Z"}, (422, "closure-is-over")),
        ({"from": "2027-03-16T00:00:00"}, (400, "check-the-fields")),
    ],
)
def test_closure_must_make_sense(
    clinic: Clinic, nora: APIClient, body: dict[str, str], expected: tuple[int, str]
) -> None:
    place = {"location": str(clinic.london.uid), "reason": "Service"}

    assert problem(nora.post("/api/v1/closures/", {**period(), **place, **body}, format="json")) == expected


def test_closure_needs_a_place(nora: APIClient) -> None:
    answer = nora.post("/api/v1/closures/", period(reason="Service"), format="json")

    assert field_errors(answer) == {("#/location", "place-missing")}


def test_auditor_looks_and_closes_nothing(clinic: Clinic, staff: Callable[[Role], APIClient]) -> None:
    auditor = staff(Role.AUDITOR)

    shown = auditor.get("/api/v1/closures/")
    refused = auditor.post("/api/v1/closures/", period(reason="Service"), format="json")

    assert shown.json()["results"] == []
    assert problem(refused) == (403, "role-missing")


def test_other_clinics_closures_are_not_found(
    clinic: Clinic, booked: Appointment, nora: APIClient, omar: APIClient
) -> None:
    at = closed(nora, clinic)
    resource = str(clinic.resource("device").uid)

    answers = [
        omar.get(at),
        omar.post(f"{at}reopen/", format="json"),
        omar.post(f"{at}choices/", [], format="json"),
    ]
    preview = omar.get("/api/v1/closures/preview/", period(resource=resource))
    delay = omar.get("/api/v1/delays/", {"appointment": str(booked.uid), "minutes": 30})

    assert [problem(answer) for answer in answers] == [(404, "not-found")] * 3
    assert field_errors(preview) == {("#/resource", "unknown-resource")}
    assert field_errors(delay) == {("#/appointment", "unknown-appointment")}
    assert omar.get("/api/v1/closures/").json()["results"] == []
    assert OpeningException.objects.get().reopened_at is None
    assert OpeningException.objects.get().closed_at == NOW
