"""What the OpenAPI document says about every endpoint alike: who may call it, how it refuses, how it repeats."""

import re
from typing import Any

from drf_spectacular.authentication import SessionScheme
from drf_spectacular.contrib.django_oauth_toolkit import DjangoOAuthToolkitScheme
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.views import SpectacularAPIView

from cryoclinic.api.authentication import ORGANIZATION_HEADER
from cryoclinic.api.idempotency import KEY_HEADER, LONGEST_KEY
from cryoclinic.api.permissions import scope_needed
from cryoclinic.api.problem_table import PROBLEMS
from cryoclinic.api.problems import CONTENT_TYPE

METHODS = ("get", "post", "patch", "put", "delete")
WITH_BODY = ("post", "patch", "put")
EVERY = {
    400: "The request could not be read, or some fields need correction.",
    401: "No sign-in, or one that was refused.",
    403: "The scope or the role is missing.",
    406: "We answer in JSON only.",
    500: "Something went wrong on our side.",
}
BODY = {
    409: "Something else has it: a slot, a state, an idempotency key.",
    415: "We read JSON only.",
    422: "Understood, and not possible as asked.",
}
# Reads that work something out, and can be refused for the reasons a booking is.
COMPUTED = re.compile(r"/slots/|/preparation-plan/|/swap/|/yaml/")
PRECONDITION = {412: "The appointment has changed; `ETag` has its revision.", 428: "`If-Match` is needed."}
PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457. Further members carry the facts of the refusal.",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string", "description": "Address of a page about this kind of problem."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What to do."},
        "instance": {"type": "string"},
        "code": {"type": "string", "description": "Stable; branch on this."},
        "next_start": {
            "type": ["string", "null"],
            "format": "date-time",
            "description": "Where another start would do: the next one that works, null where none is in reach.",
        },
        "allowed": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Where a state does not allow what was asked: the states it may change to.",
        },
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "detail", "code"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON pointer into what was sent."},
                    "detail": {"type": "string"},
                    "code": {"type": "string"},
                },
            },
        },
    },
}


class ClientTokenScheme(DjangoOAuthToolkitScheme):  # type: ignore[no-untyped-call]
    """A program's bearer token, with the scope the operation needs."""

    target_class = "cryoclinic.api.authentication.ClientToken"

    def get_security_requirement(self, auto_schema: AutoSchema) -> dict[str, list[Any]]:
        """Return the scope that the view declares for the method."""
        scopes: dict[str, str] = getattr(auto_schema.view, "scopes", {})
        return {self.name: [scope_needed(scopes, auto_schema.method)]}


class StaffSessionScheme(SessionScheme):  # type: ignore[no-untyped-call]
    """The session of a signed-in member of staff."""

    target_class = "cryoclinic.api.authentication.StaffSession"


class SchemaDocument(SpectacularAPIView):
    """The OpenAPI 3.1 document of this API."""


def with_conventions(result: dict[str, Any], **_ignored: Any) -> dict[str, Any]:
    """Add the problem documents, the idempotency key and the organization header to every operation."""
    codes = sorted({problem.code for problem in PROBLEMS.values()})
    components = result.setdefault("components", {}).setdefault("schemas", {})
    components["Problem"] = PROBLEM | {
        "properties": PROBLEM["properties"] | {"code": PROBLEM["properties"]["code"] | {"examples": codes}}
    }
    for path, operations in result["paths"].items():
        for method in METHODS:
            if method in operations:
                _describe(operations[method], path=path, method=method)
    return result


def _describe(operation: dict[str, Any], *, path: str, method: str) -> None:
    parameters = operation.setdefault("parameters", [])
    parameters.append(
        _header(ORGANIZATION_HEADER, "Slug of the organization, for staff who belong to several.")
    )
    refusals = dict(EVERY)
    if re.search(r"{\w+}", path) or method in WITH_BODY:
        refusals[404] = "Nothing of your organization has this address."
    if method in WITH_BODY:
        refusals |= BODY
    if COMPUTED.search(path):
        refusals |= {status: BODY[status] for status in (409, 422)}
    if method == "post":
        text = "A text of your choice, for example a UUID. A repetition with the same key is answered, not done again."
        parameters.append(
            _header(KEY_HEADER, text) | {"schema": {"type": "string", "maxLength": LONGEST_KEY}}
        )
    if any(parameter["name"] == "If-Match" for parameter in parameters):
        refusals |= PRECONDITION
    for status, description in refusals.items():
        content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        operation["responses"].setdefault(str(status), {"description": description, "content": content})


def _header(name: str, description: str) -> dict[str, Any]:
    return {"in": "header", "name": name, "schema": {"type": "string"}, "description": description}
