"""Every address of the API, taken from the URL configuration, so that a new one cannot be forgotten."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from api_callers import client_of, problem
from builders import DAY, NOW, START, Clinic
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient
from test_api_timeline import owe
from waiting_people import make_backfill, make_open_offer, make_series, make_waiting

from cryoclinic.api.permissions import InOrganizationWithScope
from notifications.operations.pauses import pause_channel
from scheduling.models import (
    Appointment,
    MedicationStatement,
    OpeningException,
    Patient,
    RelatedPerson,
)
from scheduling.operations import hold_slot, register_medicine
from scheduling.operations.feeds import create_feed

pytestmark = pytest.mark.usefixtures("clock")

# The same for every organization.
SHARED = {"procedure-types/", "procedure-types/<slug:code>/"}
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


def routes() -> Iterator[tuple[str, Any]]:
    """Yield every route below /api/v1/ that is a view of ours, with its class."""
    resolver = next(p for p in get_resolver().url_patterns if str(p.pattern) == "api/v1/")
    assert isinstance(resolver, URLResolver)
    for pattern in resolver.url_patterns:
        inner = pattern.url_patterns if isinstance(pattern, URLResolver) else [pattern]
        for each in inner:
            assert isinstance(each, URLPattern)
            view = getattr(each.callback, "cls", None)
            if view is not None and InOrganizationWithScope in view.permission_classes:
                yield str(each.pattern), view


ROUTES = list(routes())
OF_ONE = [
    (route, method)
    for route, view in ROUTES
    if "<" in route and route not in SHARED
    for method in view.scopes
]
ALL = [(route, method) for route, view in ROUTES for method in view.scopes]
LISTS = [
    route for route, view in ROUTES if "<" not in route and hasattr(view, "list") and route not in SHARED
]


def test_routes_are_those_we_know() -> None:
    assert {route for route, _ in ROUTES} == {
        "procedure-types/",
        "procedure-types/<slug:code>/",
        "offerings/",
        "offerings/<uuid:uid>/adopt/",
        "protocols/",
        "protocols/<uuid:uid>/",
        "protocols/import/",
        "protocols/<uuid:uid>/status/",
        "protocols/<uuid:uid>/draft/",
        "protocols/<uuid:uid>/difference/",
        "protocols/<uuid:uid>/yaml/",
        "protocols/<uuid:uid>/plan-definition/",
        "protocols/<uuid:uid>/roll-forward/",
        "slots/",
        "slots/explain/",
        "patients/",
        "patients/search/",
        "patients/<uuid:uid>/medicines/",
        "patients/<uuid:uid>/merge/",
        "calendar-feeds/",
        "calendar-feeds/<uuid:uid>/revoke/",
        "medicines/match/",
        "medicines/<uuid:uid>/confirm/",
        "patients/<uuid:uid>/related-persons/",
        "related-persons/<uuid:uid>/consent/",
        "patients/<uuid:uid>/treatments/",
        "patients/<uuid:uid>/authorizations/",
        "appointments/<uuid:uid>/freezes/",
        "appointments/<uuid:uid>/checklist/",
        "patients/<uuid:uid>/",
        "appointments/",
        "appointments/<uuid:uid>/",
        "appointments/<uuid:uid>/move/",
        "appointments/<uuid:uid>/cancel/",
        "appointments/<uuid:uid>/arrive/",
        "appointments/<uuid:uid>/complete/",
        "appointments/<uuid:uid>/swap/",
        "appointments/<uuid:uid>/start/",
        "appointments/<uuid:uid>/deposit/",
        "appointments/<uuid:uid>/noshow/",
        "appointments/<uuid:uid>/void/",
        "appointments/<uuid:uid>/history/",
        "patients/<uuid:uid>/death/",
        "holds/",
        "holds/<uuid:uid>/",
        "holds/<uuid:uid>/release/",
        "delays/",
        "closures/",
        "closures/preview/",
        "closures/<uuid:uid>/",
        "closures/<uuid:uid>/choices/",
        "closures/<uuid:uid>/reopen/",
        "appointments/<uuid:uid>/preparation-plan/",
        "appointments/<uuid:uid>/timeline/",
        "appointments/<uuid:uid>/protocol-preview/",
        "appointments/<uuid:uid>/answers/",
        "communication-requests/<uuid:uid>/explanation/",
        "channel-pauses/",
        "channel-pauses/<uuid:uid>/resume/",
        "appointments/<uuid:uid>/follow-ups/",
        "series/",
        "series/<uuid:uid>/",
        "series/<uuid:uid>/missing/",
        "series/<uuid:uid>/cancel/",
        "waitlist/",
        "waitlist/<uuid:uid>/",
        "waitlist/<uuid:uid>/remove/",
        "waitlist/<uuid:uid>/put-back/",
        "backfills/",
        "backfills/<uuid:uid>/",
        "backfills/<uuid:uid>/stop/",
        "offers/<uuid:uid>/accept/",
        "offers/<uuid:uid>/decline/",
    }


@pytest.mark.parametrize(("route", "view"), ROUTES)
def test_view_declares_a_scope_for_each_method_it_has(route: str, view: Any) -> None:
    served = {method for method in METHODS if hasattr(view, method.lower())}

    assert set(view.scopes) == served


OF_WAITING: dict[str, Callable[[Clinic], Any]] = {
    "waitlist": make_waiting,
    "backfills": make_backfill,
    "offers": make_open_offer,
    "series": make_series,
    "holds": lambda clinic: hold_slot(
        offering=clinic.offering, start=START + DAY, now=NOW, by=clinic.staff, patient=clinic.pia
    ),
    "calendar-feeds": lambda clinic: (
        create_feed(resource=clinic.resource("device"), by=clinic.nora, now=NOW).feed
    ),
}


def shut(clinic: Clinic) -> OpeningException:
    return OpeningException.objects.create(
        location=clinic.london, period=(START + DAY, START + 2 * DAY), reason="Service"
    )


OF_PIA: dict[str, Callable[[Patient], MedicationStatement | RelatedPerson]] = {
    "medicines": lambda pia: register_medicine(patient=pia, text="Eliquis"),
    "related-persons": lambda pia: RelatedPerson.objects.create(patient=pia, relationship="carer"),
}


def filled(route: str, *, clinic: Clinic, booked: Appointment) -> str:
    uid = clinic.pia.uid if route.startswith("patients/") else booked.uid
    if "<" in route and route.split("/", maxsplit=1)[0] in OF_PIA:
        uid = OF_PIA[route.split("/", maxsplit=1)[0]](clinic.pia).uid
    if route.startswith("channel-pauses/<"):
        uid = pause_channel(
            organization=clinic.organization, channel="sms", reason="Test", by=clinic.nora, now=NOW
        ).uid
    if route.startswith("protocols/<"):
        uid = clinic.protocol.uid
    if route.startswith("offerings/<"):
        uid = clinic.offering.uid
    if route.startswith("communication-requests/<"):
        uid = owe(booked, "visit-booked").uid
    if route.startswith("closures/<"):
        uid = shut(clinic).uid
    if route.split("/", maxsplit=1)[0] in OF_WAITING and "<" in route:
        uid = OF_WAITING[route.split("/", maxsplit=1)[0]](clinic).uid
    return "/api/v1/" + re.sub(r"<slug:code>", "renal_cryo", re.sub(r"<uuid:uid>", str(uid), route))


# What makes each of them succeed for the clinic itself, or be refused for another reason than whose it is.
BODIES: dict[str, dict[str, str]] = {
    "appointments/<uuid:uid>/move/": {"start": "2027-03-17T09:00:00Z"},
    "appointments/<uuid:uid>/cancel/": {"reason": "pat"},
    "appointments/<uuid:uid>/void/": {"reason": "Booked twice"},
    "patients/<uuid:uid>/death/": {"on": "2027-02-28"},
    "appointments/<uuid:uid>/answers/": {"answer": "accepted"},
    "appointments/<uuid:uid>/complete/": {
        "began_at": "2027-03-16T09:00:00Z",
        "ended_at": "2027-03-16T10:00:00Z",
    },
}


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is written meanwhile, so that one test can knock at every door."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def knocked(http: APIClient, route: str, method: str, *, clinic: Clinic, booked: Appointment) -> Any:
    return http.generic(
        method,
        filled(route, clinic=clinic, booked=booked),
        json.dumps(BODIES.get(route, {})),
        content_type="application/json",
        headers={"If-Match": '"1"'},
    )


def test_omar_of_another_organization_finds_nothing(
    clinic: Clinic, booked: Appointment, omar: APIClient
) -> None:
    answers = {}
    for route, method in OF_ONE:
        with undone():
            response = knocked(omar, route, method, clinic=clinic, booked=booked)
            booked.refresh_from_db()
            answers[method, route] = (*problem(response), booked.revision)

    assert answers == {(method, route): (404, "not-found", 1) for route, method in OF_ONE}


# A program speaks for a clinic and for nobody in person.
IN_PERSON = {
    "protocols/<uuid:uid>/status/",
    "protocols/<uuid:uid>/draft/",
    "offerings/<uuid:uid>/adopt/",
    "medicines/<uuid:uid>/confirm/",
    "channel-pauses/<uuid:uid>/resume/",
    "closures/<uuid:uid>/choices/",
    "closures/<uuid:uid>/reopen/",
    "calendar-feeds/<uuid:uid>/revoke/",
    "appointments/<uuid:uid>/void/",
}


def test_clinic_itself_finds_it(clinic: Clinic, booked: Appointment, portal: APIClient) -> None:
    statuses = {}
    for route, method in OF_ONE:
        if route not in IN_PERSON:
            with undone():
                response = knocked(portal, route, method, clinic=clinic, booked=booked)
                statuses[method, route] = response.status_code

    refused = {key: status for key, status in statuses.items() if status in {401, 403, 404, 405, 500}}
    assert refused == {}


@pytest.mark.parametrize("route", LISTS)
def test_omar_of_another_organization_sees_empty_lists(
    clinic: Clinic, booked: Appointment, omar: APIClient, portal: APIClient, route: str
) -> None:
    OF_WAITING.get(route.strip("/"), lambda _: None)(clinic)

    shut(clinic)

    shown = [http.get(f"/api/v1/{route}").json()["results"] for http in (omar, portal)]

    assert (len(shown[0]), len(shown[1]) > 0) == (0, True)


@pytest.mark.parametrize("route", ["slots/", "slots/explain/"])
def test_omar_of_another_organization_cannot_search_with_its_rows(
    clinic: Clinic, omar: APIClient, route: str
) -> None:
    query = f"offering={clinic.offering.uid}&from=2027-03-16T00:00:00Z&until=2027-03-17T00:00:00Z&start=2027-03-16T09:00:00Z"

    response = omar.get(f"/api/v1/{route}?{query}")

    assert problem(response) == (400, "check-the-fields")
    assert response.json()["errors"][0]["code"] == "unknown-offering"


def test_nobody_gets_nothing(clinic: Clinic, booked: Appointment) -> None:
    answers = {}
    for route, method in ALL:
        with undone():
            response = APIClient().generic(method, filled(route, clinic=clinic, booked=booked))
            answers[method, route] = problem(response)

    assert answers == {(method, route): (401, "sign-in-needed") for route, method in ALL}


def test_token_without_any_scope_gets_nothing(clinic: Clinic, booked: Appointment) -> None:
    powerless = client_of(clinic.organization, scopes=[])
    answers = {}
    for route, method in ALL:
        with undone():
            response = powerless.generic(method, filled(route, clinic=clinic, booked=booked))
            answers[method, route] = problem(response)

    assert answers == {(method, route): (403, "scope-missing") for route, method in ALL}


def test_options_list_the_methods(clinic: Clinic, booked: Appointment, portal: APIClient) -> None:
    answers = {}
    for route, _ in ROUTES:
        with undone():
            response = portal.options(filled(route, clinic=clinic, booked=booked))
            answers[route] = (response.status_code, "OPTIONS" in response["Allow"])

    assert answers == {route: (200, True) for route, _ in ROUTES}


@pytest.mark.slow
def test_schema_is_valid_and_complete(tmp_path: Any) -> None:
    target = tmp_path / "schema.yaml"

    call_command("spectacular", validate=True, fail_on_warn=True, file=str(target))

    document = target.read_text()
    assert document.startswith("openapi: 3.1")
    assert "application/problem+json" in document


def test_schema_and_its_page_are_served_to_anybody(db: None) -> None:
    page = Client().get("/api/v1/docs/")

    assert Client().get("/api/v1/schema/").status_code == 200
    assert page.status_code == 200
    assert b"cdn" not in page.content
