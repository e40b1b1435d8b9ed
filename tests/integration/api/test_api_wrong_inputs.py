"""Wrong inputs at every door, made from the OpenAPI document: nothing fails, and every refusal is as documented."""

import json
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from api_callers import session_of
from builders import Clinic
from drf_spectacular.generators import SchemaGenerator
from rest_framework.test import APIClient
from test_api_access import ALL, BODIES, filled, undone

from scheduling.models import Appointment

pytestmark = [pytest.mark.full, pytest.mark.usefixtures("clock")]

WRONG: tuple[Any, ...] = (
    None, "", "x", "\x00", "x" * 10_000, "٣", "2027-03-16T09:00:00", "2027-03-16T09:00:00Z", "9999-12-31T23:59:59Z",
    "00000000-0000-4000-8000-000000000000", 0, -1, 1.5, 10**30, True, [], ["x"], {}, {"x": 1}, [None],
)  # fmt: skip
UNREADABLE = (
    b"",
    b"{",
    b"[]",
    b"null",
    b"1",
    b'"x"',
    b"\xff\xfe",
    b'{"a": NaN}',
    b"[" * 3_000,  # Deeper than a program can follow.
    b'{"a": 1e999}',
)
HEADERS: tuple[dict[str, str], ...] = (
    {"If-Match": "*"},
    {"If-Match": '"99999999999999999999"'},
    {"If-Match": 'W/"1"'},
    {"Idempotency-Key": ""},
    {"Accept": "text/html"},
    {"X-Organization": "elsewhere"},
    {"X-Organization": "\u00e9"},
)


def document() -> dict[str, Any]:
    found: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
    return found


DOCUMENT = document()


def operation_of(route: str, method: str) -> dict[str, Any]:
    """Return what the document says of a method at a route."""
    path = "/api/v1/" + route.replace("<uuid:uid>", "{uid}").replace("<slug:code>", "{code}")
    found: dict[str, Any] = DOCUMENT["paths"][path][method.lower()]
    return found


def fields_of(operation: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the body that an operation takes."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
    schema = content.get("schema", {})
    name = schema.get("$ref", schema.get("items", {}).get("$ref", "")).rpartition("/")[2]
    found: dict[str, Any] = DOCUMENT["components"]["schemas"].get(name, {}).get("properties", {})
    return found


def bodies_of(route: str, operation: dict[str, Any]) -> Iterator[bytes]:
    """Yield wrong bodies: what cannot be read, and each field with each wrong value in its turn."""
    yield from UNREADABLE
    fields = fields_of(operation)
    turn = count()
    for name in fields:
        for _ in range(6):
            wrong = WRONG[next(turn) % len(WRONG)]
            yield json.dumps({**BODIES.get(route, {}), name: wrong}).encode()
    for wrong in WRONG:
        yield json.dumps(dict.fromkeys(fields, wrong)).encode()


def queries_of(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield wrong queries."""
    names = [each["name"] for each in operation.get("parameters", []) if each["in"] == "query"]
    turn = count()
    for name in [*names, "cursor", "page_size"]:
        for _ in range(4):
            yield {name: str(WRONG[next(turn) % len(WRONG)])[:2_000]}
    for wrong in WRONG:
        yield dict.fromkeys(names, str(wrong)[:2_000])


def asked(http: APIClient, method: str, path: str, operation: dict[str, Any], route: str) -> Iterator[Any]:
    """Yield the answer to each wrong request, each undone."""
    wrong: list[dict[str, Any]] = [{"headers": each} for each in HEADERS]
    if method == "GET":
        wrong += [{"query_params": each} for each in queries_of(operation)]
    else:
        wrong += [{"data": each, "headers": {"If-Match": '"1"'}} for each in bodies_of(route, operation)]
        wrong += [{"data": b"a=b", "content_type": "application/x-www-form-urlencoded"}]
    for each in wrong:
        with undone():
            yield each, http.generic(method, path, **{"content_type": "application/json", **each})


@pytest.mark.parametrize(("route", "method"), ALL)
def test_no_wrong_input_fails_and_every_refusal_is_documented(
    clinic: Clinic, booked: Appointment, route: str, method: str
) -> None:
    path = filled(route, clinic=clinic, booked=booked)
    operation = operation_of(route, method)
    nora = session_of(clinic.nora)
    nora.raise_request_exception = False

    odd = [
        (response.status_code, str(request)[:200])
        for request, response in asked(nora, method, path, operation, route)
        if response.status_code >= 500
        or str(response.status_code) not in operation["responses"]
        or (response.status_code >= 400 and response["Content-Type"] != "application/problem+json")
    ]

    assert odd == []
