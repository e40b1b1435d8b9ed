"""How the API refuses and pages, whatever is asked for."""

import datetime as dt
import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator

import pytest
from api_callers import field_errors, problem
from builders import Clinic
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory, override_settings
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from cryoclinic.api.domain_problems import DOMAIN_PROBLEMS
from cryoclinic.api.problem_table import PROBLEMS
from cryoclinic.api.problems import bad_request, permission_denied
from scheduling.models import Patient

PATIENTS = "/api/v1/patients/"
PIA = {
    "identifier": "N-1",
    "given_name": "Pia",
    "family_name": "Lind",
    "birth_date": "1961-03-14",
    "sex": "f",
    "phone": "+44 20 7946 0000",
}


def errors_of(package_name: str) -> Iterator[type[Exception]]:
    package = importlib.import_module(package_name)
    names = [package_name, *(m.name for m in pkgutil.walk_packages(package.__path__, f"{package_name}."))]
    for name in names:
        for _, kind in inspect.getmembers(importlib.import_module(name), inspect.isclass):
            is_ours = kind.__module__.startswith(package_name) and not kind.__name__.startswith("_")
            if issubclass(kind, Exception) and is_ours:
                yield kind


@pytest.mark.parametrize(
    "package", ["procedures.operations", "scheduling.operations", "notifications.operations"]
)
def test_problem_table_has_every_error_of_the_operations(package: str) -> None:
    missing = {kind.__qualname__ for kind in errors_of(package) if kind not in DOMAIN_PROBLEMS}

    assert missing == set()


def test_problem_codes_are_one_for_each_kind() -> None:
    by_code: dict[str, set[tuple[int, str]]] = {}
    for row in PROBLEMS.values():
        by_code.setdefault(row.code, set()).add((row.status, row.title))

    assert {code for code, rows in by_code.items() if len(rows) > 1} == set()


@pytest.mark.parametrize(
    ("request_line", "body", "content_type", "expected"),
    [
        ("GET /api/v1/nothing-here/", "", "application/json", (404, "not-found")),
        (
            f"GET {PATIENTS}00000000-0000-4000-8000-000000000000/",
            "",
            "application/json",
            (404, "not-found"),
        ),
        (f"DELETE {PATIENTS}", "", "application/json", (405, "method-not-allowed")),
        (f"PUT {PATIENTS}", "{}", "application/json", (405, "method-not-allowed")),
        (
            f"POST {PATIENTS}",
            "name=Pia",
            "application/x-www-form-urlencoded",
            (415, "unsupported-media-type"),
        ),
        (f"POST {PATIENTS}", "{", "application/json", (400, "malformed-request")),
        (f"POST {PATIENTS}", "[]", "application/json", (400, "check-the-fields")),
        (f"POST {PATIENTS}", "\xff", "application/json", (400, "malformed-request")),
        (f"GET {PATIENTS}?cursor=nonsense", "", "application/json", (400, "check-the-fields")),
        (f"GET {PATIENTS}?cursor=cD1ub25zZW5zZQ==", "", "application/json", (400, "check-the-fields")),
        (f"POST {PATIENTS}", '{"identifier": "\\ud800"}', "application/json", (400, "check-the-fields")),
    ],
)
def test_request_that_does_not_fit_is_a_problem(
    portal: APIClient, request_line: str, body: str, content_type: str, expected: tuple[int, str]
) -> None:
    method, address = request_line.split(" ")

    response = portal.generic(method, address, body.encode("latin-1"), content_type=content_type)

    assert problem(response) == expected


def test_accept_of_another_format_is_a_problem(portal: APIClient) -> None:
    assert problem(portal.get(PATIENTS, headers={"Accept": "text/html"})) == (406, "not-acceptable")


def test_address_outside_the_api_is_a_page(db: None) -> None:
    assert Client().get("/nothing-here/")["Content-Type"].startswith("text/html")


def test_field_errors_point_to_the_field(portal: APIClient) -> None:
    response = portal.post(PATIENTS, PIA | {"phone": "12", "zone": "Mars/Olympus", "birth_date": "yesterday"})

    assert field_errors(response) == {
        ("#/phone", "phone"),
        ("#/zone", "unknown-zone"),
        ("#/birth_date", "invalid"),
    }


class Failing(APIView):
    scopes = {"GET": "scheduling.read"}

    def get(self, request: Request) -> Response:
        raise RuntimeError("a secret of the server")


class Never(BaseThrottle):
    def allow_request(self, request: Request, view: APIView) -> bool:
        return False

    def wait(self) -> float:
        return 12.0


class Throttling(APIView):
    scopes = {"GET": "scheduling.read"}
    throttle_classes = [Never]


urlpatterns = [path("api/v1/failing/", Failing.as_view()), path("api/v1/throttling/", Throttling.as_view())]
handler500 = "cryoclinic.api.problems.server_error"


@override_settings(ROOT_URLCONF=__name__)
def test_unexpected_error_says_nothing_of_the_server(portal: APIClient) -> None:
    portal.raise_request_exception = False

    response = portal.get("/api/v1/failing/")

    assert problem(response) == (500, "unexpected")
    assert b"secret" not in response.content


@override_settings(ROOT_URLCONF=__name__)
def test_throttled_request_says_when_to_come_back(portal: APIClient) -> None:
    response = portal.get("/api/v1/throttling/")

    assert problem(response) == (429, "too-many-requests")
    assert response["Retry-After"] == "12"


@pytest.mark.parametrize(
    ("view", "expected"),
    [(bad_request, (400, "malformed-request")), (permission_denied, (403, "not-allowed"))],
)
def test_refusals_of_django_itself_are_problems_below_api(
    view: Callable[[HttpRequest, Exception], HttpResponse], expected: tuple[int, str]
) -> None:
    response = view(RequestFactory().get("/api/v1/patients/"), ValueError("cause"))

    assert problem(response) == expected


def test_unknown_address_is_a_problem_whatever_is_sent(db: None) -> None:
    client = Client(enforce_csrf_checks=True)

    response = client.post("/api/v1/nothing-here/", data="{}", content_type="application/json")

    assert problem(response) == (404, "not-found")


def test_problem_pages_list_every_code(db: None) -> None:
    page = Client().get("/problems/").content.decode()

    assert {row.code for row in PROBLEMS.values() if f'id="{row.code}"' not in page} == set()
    assert Client().get("/problems/slot-taken").status_code == 200
    assert Client().get("/problems/no-such-problem").status_code == 404


def test_pages_follow_the_cursor_to_the_end(clinic: Clinic, portal: APIClient) -> None:
    for number in range(4):
        portal.post(PATIENTS, PIA | {"identifier": f"N-{number}", "confirm_not_duplicate": True})

    seen, address = [], f"{PATIENTS}?page_size=2"
    while address:
        page = portal.get(address).json()
        seen.append([patient["identifier"] for patient in page["results"]])
        address = page["next"]

    assert seen == [["N-3", "N-2"], ["N-1", "N-0"], [clinic.pia.identifier]]


def test_page_size_has_a_limit(portal: APIClient, clinic: Clinic) -> None:
    Patient.objects.bulk_create(
        Patient(
            organization=clinic.organization,
            identifier=str(number),
            given_name="A",
            family_name="B",
            birth_date=dt.date(1961, 3, 14),
            sex="f",
        )
        for number in range(201)
    )

    assert len(portal.get(f"{PATIENTS}?page_size=100000").json()["results"]) == 200
