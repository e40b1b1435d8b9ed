"""Every act on a visit over HTTP, from every state; what is kept while somebody decides; what happened."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from api_callers import client_of, field_errors, problem, session_of
from builders import DAY, HOUR, NOW, START, Clinic, book, make_patient
from django.utils import timezone
from rest_framework.test import APIClient

from scheduling.codes import AppointmentStatus, CancellationReason
from scheduling.models import Appointment, Task
from scheduling.operations import cancel_appointment, mark_arrived, mark_noshow, record_end, void
from scheduling.rules import NEXT_STATUSES

pytestmark = pytest.mark.usefixtures("clock")

S = AppointmentStatus
LATE = START + 2 * HOUR
WISH = {"start": (START + DAY).isoformat()}
TIMES = {"began_at": START.isoformat(), "ended_at": (START + HOUR).isoformat()}
# Each act with its body, and the status it leads to.
ACTS: dict[str, tuple[dict[str, Any], AppointmentStatus]] = {
    "arrive": ({}, S.ARRIVED),
    "noshow": ({}, S.NOSHOW),
    "complete": (TIMES, S.FULFILLED),
    "cancel": ({"reason": "prov"}, S.CANCELLED),
    "void": ({"reason": "Booked twice"}, S.ENTERED_IN_ERROR),
}
# What keeps the status, with the statuses in which it is allowed and how it is refused in the others.
KEEPING: dict[str, tuple[dict[str, Any], set[AppointmentStatus], str]] = {
    "move": ({"start": (START + DAY).isoformat()}, {S.BOOKED}, "transition-refused"),
    "start": ({"began_at": START.isoformat()}, {S.ARRIVED}, "nothing-to-record"),
    "deposit": ({"is_there": True}, {S.PROPOSED, S.BOOKED, S.ARRIVED}, "transition-refused"),
}


def brought_to(clinic: Clinic, appointment: Appointment, status: AppointmentStatus) -> Appointment:
    """Bring a booked visit to a status, by the operations that lead there."""
    act: dict[AppointmentStatus, Callable[[], object]] = {
        S.ARRIVED: lambda: mark_arrived(appointment=appointment, now=START, by=clinic.staff),
        S.FULFILLED: lambda: (
            mark_arrived(appointment=appointment, now=START, by=clinic.staff),
            record_end(
                appointment=appointment, began_at=START, ended_at=START + HOUR, now=LATE, by=clinic.staff
            ),
        ),
        S.NOSHOW: lambda: mark_noshow(appointment=appointment, now=appointment.start + HOUR, by=clinic.staff),
        S.CANCELLED: lambda: cancel_appointment(
            appointment=appointment, reason=CancellationReason.PROVIDER, now=NOW, by=clinic.staff
        ),
        S.ENTERED_IN_ERROR: lambda: void(appointment=appointment, reason="Twice", now=NOW, by=clinic.staff),
    }
    act.get(status, lambda: None)()
    appointment.refresh_from_db()
    return appointment


def act_on(http: APIClient, appointment: Appointment, act: str, body: dict[str, Any]) -> Any:
    path = f"/api/v1/appointments/{appointment.uid}/{act}/"
    return http.post(path, body, headers={"If-Match": f'"{appointment.revision}"'})


@pytest.fixture
def late(clinic: Clinic, booked: Appointment, monkeypatch: pytest.MonkeyPatch) -> APIClient:
    """Return Nora's client, two hours after the start."""
    monkeypatch.setattr(timezone, "now", lambda: LATE)
    return session_of(clinic.nora)


@pytest.mark.slow
@pytest.mark.parametrize("status", [each for each in S if each is not S.PROPOSED])
def test_every_act_follows_the_table_of_transitions(
    clinic: Clinic, booked: Appointment, monkeypatch: pytest.MonkeyPatch, status: AppointmentStatus
) -> None:
    visits = [book(clinic, start=START + n * 7 * DAY) for n in range(1, len(ACTS))]
    monkeypatch.setattr(timezone, "now", lambda: START + 60 * DAY)
    nora = session_of(clinic.nora)
    found, expected = {}, {}

    for visit, (act, (body, to)) in zip([booked, *visits], ACTS.items(), strict=True):
        answer = act_on(nora, brought_to(clinic, visit, status), act, body)
        if to in NEXT_STATUSES[status]:
            found[act], expected[act] = (answer.status_code, answer.json()["status"]), (200, to.value)
        else:
            document = answer.json()
            allowed = sorted(each.value for each in NEXT_STATUSES[status])
            found[act] = (problem(answer), document["from_status"], document["allowed"])
            expected[act] = ((409, "transition-refused"), status.value, allowed)

    assert found == expected


@pytest.mark.full
@pytest.mark.parametrize("status", [each for each in S if each is not S.PROPOSED])
@pytest.mark.parametrize("act", KEEPING)
def test_what_keeps_the_status_is_refused_where_it_means_nothing(
    clinic: Clinic,
    booked: Appointment,
    monkeypatch: pytest.MonkeyPatch,
    act: str,
    status: AppointmentStatus,
) -> None:
    body, among, code = KEEPING[act]
    brought_to(clinic, booked, status)
    monkeypatch.setattr(timezone, "now", lambda: LATE if act == "start" else NOW)

    answer = act_on(session_of(clinic.nora), booked, act, body)

    booked.refresh_from_db()
    assert (200 if answer.status_code == 200 else problem(answer)) == (
        200 if status in among else (409, code)
    )
    assert booked.status == status


def test_offer_can_only_be_answered_or_withdrawn(
    clinic: Clinic, booked: Appointment, late: APIClient
) -> None:
    offers = []
    for count, act in enumerate(ACTS):
        patient = make_patient(clinic.organization)
        offer = Appointment.objects.get(pk=booked.pk)
        offer.pk, offer._state.adding, offer.status = None, True, S.PROPOSED
        offer.uid, offer.patient = patient.uid, patient
        offer.save()
        offers.append((act, offer, count))

    answers = {act: act_on(late, offer, act, ACTS[act][0]).status_code for act, offer, _ in offers}

    assert answers == {"arrive": 409, "noshow": 409, "complete": 409, "cancel": 200, "void": 409}


def test_revision_that_is_named_must_hold(booked: Appointment, late: APIClient) -> None:
    acts = ("arrive", "noshow", "void", "start", "complete", "deposit")
    bodies = {act: {**ACTS, **KEEPING}[act][0] for act in acts}

    def refused(revision: str) -> set[tuple[int, str]]:
        paths = {f"/api/v1/appointments/{booked.uid}/{act}/": body for act, body in bodies.items()}
        return {
            problem(late.post(path, body, headers={"If-Match": revision})) for path, body in paths.items()
        }

    assert refused('"7"') == {(412, "stale-revision")}
    assert refused("seven") == {(412, "revision-unreadable")}
    booked.refresh_from_db()
    assert (booked.status, booked.revision) == ("booked", 1)


def test_nobody_is_missed_before_the_start(booked: Appointment, nora: APIClient) -> None:
    answer = act_on(nora, booked, "noshow", {})

    assert (problem(answer), answer.json()["start"]) == ((409, "not-yet-started"), "2027-03-16T09:00:00Z")


def test_end_of_a_visit_nobody_came_to_is_refused_for_that(booked: Appointment, late: APIClient) -> None:
    answer = act_on(late, booked, "complete", {"ended_at": START.isoformat()})

    assert (problem(answer), answer.json()["from_status"]) == ((409, "transition-refused"), "booked")


def test_program_cannot_void(booked: Appointment, portal: APIClient) -> None:
    answer = act_on(portal, booked, "void", {"reason": "Twice"})

    assert problem(answer) == (403, "person-needed")
    assert Appointment.objects.get().status == "booked"


def test_history_tells_who_did_what_when_and_why(
    clinic: Clinic, booked: Appointment, nora: APIClient, portal: APIClient
) -> None:
    act_on(portal, booked, "move", {**WISH, "reason": "Asked for it"})
    booked.refresh_from_db()
    act_on(nora, booked, "cancel", {"reason": "prov", "note": "Console away"})
    path = f"/api/v1/appointments/{booked.uid}/history/"

    for_staff, for_programs = (http.get(path).json() for http in (nora, portal))

    assert [(each["revision"], each["kind"], each["to_status"], each["reason"]) for each in for_staff] == [
        (1, "booked", "booked", ""),
        (2, "moved", "booked", "Asked for it"),
        (3, "status", "cancelled", "Console away"),
    ]
    assert [(each["user"], each["by_program"]) for each in for_staff[1:]] == [
        (None, True),
        (str(clinic.nora.uid), False),
    ]
    assert for_staff[1]["from_start"] == "2027-03-16T09:00:00Z"
    assert {each["reason"] for each in for_programs} == {""}


def test_death_ends_what_lies_ahead_and_is_corrected_by_a_second_word(
    clinic: Clinic, booked: Appointment, portal: APIClient
) -> None:
    path = f"/api/v1/patients/{clinic.pia.uid}/death/"

    first = portal.post(path, {"on": "2027-02-28"})
    again = portal.post(path, {"on": "2027-02-27"})
    ahead = portal.post(path, {"on": "2027-03-05"})

    booked.refresh_from_db()
    assert first.json() == {
        "patient": str(clinic.pia.uid),
        "deceased_on": "2027-02-28",
        "cancelled": [str(booked.uid)],
    }
    assert again.json()["cancelled"] == []
    assert problem(ahead) == (422, "death-in-future")
    assert (booked.status, booked.cancellation_reason) == ("cancelled", "pat-cpp")
    clinic.pia.refresh_from_db()
    assert clinic.pia.deceased_on == dt.date(2027, 2, 27)
    assert not Task.objects.still_open().exists()


# --- holds ------------------------------------------------------------------------------------------


def hold(http: APIClient, clinic: Clinic, **more: Any) -> Any:
    return http.post("/api/v1/holds/", {"offering": clinic.offering.uid, "start": START.isoformat(), **more})


def booking(clinic: Clinic, **more: Any) -> dict[str, Any]:
    return {"offering": clinic.offering.uid, "patient": clinic.pia.uid, "start": START.isoformat(), **more}


def test_hold_keeps_a_start_until_it_is_booked(clinic: Clinic, portal: APIClient) -> None:
    held = hold(portal, clinic, patient=clinic.pia.uid)
    other = portal.post(
        "/api/v1/appointments/", booking(clinic, patient=make_patient(clinic.organization).uid)
    )
    mine = portal.post("/api/v1/appointments/", booking(clinic, hold=held.json()["uid"]))
    read = portal.get(held["Location"]).json()

    assert (held.status_code, held.json()["expires_at"]) == (201, "2027-03-01T09:10:00Z")
    assert problem(other) == (409, "slot-taken")
    assert mine.status_code == 201
    assert read["released_at"] == "2027-03-01T09:00:00Z"


def test_hold_ends_when_it_is_given_back_and_by_itself(
    clinic: Clinic, portal: APIClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = hold(portal, clinic, minutes=5)
    taken = hold(portal, clinic)
    given_back, twice = (portal.post(f"{held['Location']}release/") for _ in range(2))
    second = hold(portal, clinic, minutes=5)
    monkeypatch.setattr(timezone, "now", lambda: NOW + HOUR / 12)
    third = hold(client_of(clinic.organization), clinic)
    used = portal.post("/api/v1/appointments/", booking(clinic, hold=held.json()["uid"]))

    assert problem(taken) == (409, "slot-taken")
    assert given_back.json()["released_at"] == "2027-03-01T09:00:00Z"
    assert problem(twice) == problem(used) == (409, "hold-is-gone")
    assert (second.status_code, third.status_code) == (201, 201)


def test_hold_with_a_wrong_field_points_to_it(clinic: Clinic, portal: APIClient) -> None:
    wrong: list[tuple[dict[str, Any], tuple[str, str]]] = [
        ({"minutes": 0}, ("#/minutes", "min-value")),
        ({"minutes": 61}, ("#/minutes", "max-value")),
        ({"minutes": "soon"}, ("#/minutes", "invalid")),
        ({"offering": "00000000-0000-4000-8000-000000000000"}, ("#/offering", "unknown-offering")),
        ({"start": "2027-03-16T09:00:00"}, ("#/start", "naive-datetime")),
    ]

    pointed = [field_errors(hold(portal, clinic, **changes)) for changes, _ in wrong]

    assert pointed == [{error} for _, error in wrong]


def test_hold_for_something_else_is_refused(clinic: Clinic, portal: APIClient, omar: APIClient) -> None:
    held = hold(portal, clinic).json()["uid"]

    later = portal.post("/api/v1/appointments/", booking(clinic, hold=held, start=(START + DAY).isoformat()))
    theirs = omar.post(f"/api/v1/holds/{held}/release/")

    assert problem(later) == (422, "hold-does-not-fit")
    assert problem(theirs) == (404, "not-found")


# --- the next start that works ----------------------------------------------------------------------

TAKEN = START.isoformat()
REFUSED = {
    "taken": (TAKEN, (409, "slot-taken"), "2027-03-16T11:00:00Z"),
    "at night": (START.replace(hour=3).isoformat(), (422, "outside-hours"), "2027-03-16T11:00:00Z"),
    "in the past": ((NOW - HOUR).isoformat(), (422, "start-in-past"), "2027-03-03T07:15:00Z"),
    "too soon": ((NOW + HOUR).isoformat(), (422, "too-short-notice"), "2027-03-03T07:15:00Z"),
}


@pytest.mark.parametrize(
    "name", ["taken", *(pytest.param(name, marks=pytest.mark.full) for name in REFUSED if name != "taken")]
)
def test_refused_start_names_the_next_that_works(
    clinic: Clinic, booked: Appointment, portal: APIClient, name: str
) -> None:
    start, refusal, next_start = REFUSED[name]
    other = make_patient(clinic.organization)
    moving = book(clinic, patient=make_patient(clinic.organization), start=START + 7 * DAY)

    answers = [
        portal.post("/api/v1/appointments/", booking(clinic, patient=other.uid, start=start)),
        hold(portal, clinic, patient=other.uid, start=start),
        act_on(portal, moving, "move", {"start": start}),
    ]
    works = portal.post("/api/v1/appointments/", booking(clinic, patient=other.uid, start=next_start))

    assert [problem(answer) for answer in answers] == [refusal] * 3
    assert [answer.json()["next_start"] for answer in answers] == [next_start] * 3
    assert works.status_code == 201


def test_busy_patient_is_told_when_the_patient_is_free(
    clinic: Clinic, booked: Appointment, portal: APIClient
) -> None:
    start = START.replace(hour=12, minute=15).isoformat()

    answer = portal.post(
        "/api/v1/appointments/", booking(clinic, offering=clinic.offering_new_york.uid, start=start)
    )

    assert problem(answer) == (409, "patient-busy")
    assert answer.json()["next_start"] == "2027-03-16T13:30:00Z"
