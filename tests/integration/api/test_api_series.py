"""The rest of a series, and a day that runs late around a visit that keeps its time, over HTTP."""

from typing import Any

import pytest
from api_callers import make_member, problem, session_of
from builders import DAY, HOUR, NOW, START, Clinic, book, make_patient
from rest_framework.test import APIClient

from cryoclinic.accounts.codes import Role
from scheduling.models import Appointment, Series
from scheduling.operations.series import SeriesWish, book_series
from scheduling.sessions import Gaps

pytestmark = pytest.mark.usefixtures("clock")


@pytest.fixture
def nurse(clinic: Clinic) -> APIClient:
    """A nurse of the clinic, signed in."""
    return session_of(make_member(clinic.organization, role=Role.NURSE))


@pytest.fixture
def series(clinic: Clinic) -> Series:
    """Three sessions a week apart."""
    wish = SeriesWish(sessions=3, gaps=Gaps(least_days=7, most_days=10), first=START)
    return book_series(offering=clinic.offering, patient=clinic.pia, wish=wish, now=NOW, by=clinic.staff)


def session(series: Series, position: int) -> Appointment:
    return Appointment.objects.get(series_session__series=series, series_session__position=position)


def cancel(http: APIClient, series: Series, *sessions: tuple[Appointment, int], **changes: Any) -> Any:
    chosen = [{"appointment": str(each.uid), "revision": revision} for each, revision in sessions]
    body = {"sessions": chosen, "reason": "pat", **changes}
    return http.post(f"/api/v1/series/{series.uid}/cancel/", body, format="json")


def test_sessions_are_cancelled_each_by_itself_and_the_missing_ones_booked(
    clinic: Clinic, portal: APIClient, series: Series
) -> None:
    other = book(clinic, start=START + 63 * DAY)

    outcomes = cancel(portal, series, (session(series, 2), 1), (session(series, 3), 9), (other, 1)).json()
    shown = portal.get(f"/api/v1/series/{series.uid}/").json()
    booked = portal.post(f"/api/v1/series/{series.uid}/missing/")
    again = portal.post(f"/api/v1/series/{series.uid}/missing/")

    assert [(each["done"], each["rule"]) for each in outcomes] == [
        (True, ""), (False, "StaleRevision"), (False, "NotOfThisSeries"),
    ]  # fmt: skip
    assert shown["sessions_missing"] == 1
    assert [each["status"] for each in booked.json()["sessions"]] == [
        "booked",
        "cancelled",
        "booked",
        "booked",
    ]
    assert (booked.json()["sessions_missing"], problem(again)) == (0, (409, "nothing-missing"))


@pytest.mark.full
@pytest.mark.parametrize(
    "changes", [{"sessions": []}, {"reason": "bored"}, {"sessions": [{"appointment": "x", "revision": 1}]}]
)
def test_what_cannot_be_read_is_refused(portal: APIClient, series: Series, changes: dict[str, Any]) -> None:
    answer = cancel(portal, series, (session(series, 2), 1), **changes)

    assert answer.status_code == 400
    assert session(series, 2).status == "booked"


@pytest.mark.full
def test_delay_leaves_a_visit_that_keeps_its_time(
    clinic: Clinic, nurse: APIClient, booked: Appointment
) -> None:
    behind = book(clinic, patient=make_patient(clinic.organization), start=START + 2 * HOUR)
    asked = {"appointment": str(booked.uid), "minutes": 30, "keeping": [str(behind.uid)]}

    shown = nurse.get("/api/v1/delays/", asked).json()
    done = nurse.post("/api/v1/delays/", {**asked, "seen": shown["digest"]}, format="json")

    assert [each["appointment"] for each in shown["visits"]] == [str(booked.uid)]
    assert (done.status_code, Appointment.objects.get(pk=behind.pk).start) == (200, START + 2 * HOUR)
