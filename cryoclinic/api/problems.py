"""Every refusal as a problem document (RFC 9457): what was wrong, what to do, and a code that stays."""

import datetime as dt
import inspect
import uuid
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views import defaults
from rest_framework import exceptions

from cryoclinic.api.problem_table import (
    MALFORMED,
    NOT_ALLOWED,
    NOT_FOUND,
    UNEXPECTED,
    problem_of,
)
from cryoclinic.api.problem_type import ProblemType
from scheduling.operations.changes import StaleRevision

CONTENT_TYPE = "application/problem+json"
TYPE_PREFIX = "/problems/"
# Attributes of an error that are HTTP's or the framework's, not facts for the client.
NOT_EXTENSIONS = frozenset({"detail", "wait", "auth_header", "available_renderers", "status_code"})
DETAILS = {
    "not-found": "Nothing of your organization has this address. Check the path (it ends with a slash) and the uid.",
    "not-allowed": "Ask an administrator of your organization for the right to do this.",
    "check-the-fields": "Correct what is listed under errors and send the request again. Nothing was saved.",
    "unexpected": "Try again in a minute. If it stays, tell the clinic the time of this answer. Nothing was half-saved.",
    "case-does-not-make-sense": (
        "Something recorded about this patient cannot be read, for example a dose time. Ask the clinic to correct it."
    ),
    "sign-in-needed": "Send a bearer token in the header Authorization; /oauth/token/ gives one.",
}
ADVICE = {
    "malformed-request": "Send one JSON object in UTF-8.",
    "unsupported-media-type": "Send JSON with the header Content-Type: application/json.",
    "not-acceptable": "Accept application/json.",
    "method-not-allowed": "The header Allow lists the methods of this address.",
    "too-many-requests": "Wait as long as the header Retry-After says.",
}


class _Encoder(DjangoJSONEncoder):
    def default(self, o: Any) -> Any:
        return sorted(o) if isinstance(o, set | frozenset) else super().default(o)


def as_problem(error: Exception, context: Mapping[str, Any]) -> HttpResponse | None:
    """Return the problem document of an anticipated error; None for any other, which becomes a logged 500."""
    problem = problem_of(error)
    if problem is None:
        return None
    response = problem_response(
        problem,
        instance=context["request"].path,
        detail=detail_of(error, problem),
        extensions=extensions_of(error),
    )
    for name, value in _headers(error).items():
        response[name] = value
    return response


def problem_response(
    problem: ProblemType, *, instance: str, detail: str, extensions: Mapping[str, Any] | None = None
) -> HttpResponse:
    """Return one problem as an HTTP response. `instance` is the path of the request, without its query."""
    document = {
        "type": f"{TYPE_PREFIX}{problem.code}",
        "title": problem.title,
        "status": problem.status,
        "detail": detail,
        "instance": instance,
        "code": problem.code,
    }
    document |= {name: value for name, value in (extensions or {}).items() if name not in document}
    return JsonResponse(document, status=problem.status, content_type=CONTENT_TYPE, encoder=_Encoder)


def detail_of(error: Exception, problem: ProblemType) -> str:
    """Return what to do about an error: the fixed sentence of its code, or the error class's docstring."""
    if problem.code in DETAILS:
        return DETAILS[problem.code]
    if isinstance(error, exceptions.APIException) and type(error).__module__ == exceptions.__name__:
        return " ".join(filter(None, [_sentence(str(error.detail)), ADVICE.get(problem.code)]))
    return sentence_of(type(error))


def sentence_of(kind: type[Exception]) -> str:
    """Return the first paragraph of an error class's docstring, on one line."""
    return " ".join((inspect.getdoc(kind) or "").split("\n\n")[0].split())


def extensions_of(error: Exception) -> dict[str, Any]:
    """Return the facts an error carries: its public attributes of plain types, and the list of field errors."""
    if isinstance(error, exceptions.ValidationError):
        return {"errors": list(field_errors(error.get_full_details(), "#"))}
    return {
        name: value
        for name, value in vars(error).items()
        if not name.startswith("_") and name not in NOT_EXTENSIONS and _is_plain(value)
    }


def field_errors(details: Any, pointer: str) -> Iterator[dict[str, str]]:
    """Yield each field error with a JSON pointer into what was sent (`#/start`, `#/medicines/0/drug`)."""
    if isinstance(details, Mapping) and set(details) == {"message", "code"}:
        code = str(details["code"]).replace("_", "-")
        yield {"pointer": pointer, "detail": str(details["message"]), "code": code}
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            below = pointer if name == "non_field_errors" else f"{pointer}/{name}"
            yield from field_errors(inner, below)
    else:
        for place, inner in enumerate(details):
            is_leaf = isinstance(inner, Mapping) and set(inner) == {"message", "code"}
            yield from field_errors(inner, pointer if is_leaf else f"{pointer}/{place}")


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer a request that Django itself refused: too large, or a host it does not serve."""
    return _either(request, MALFORMED, defaults.bad_request(request, exception))


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answer 403: as a problem below /api/, as a page elsewhere."""
    return _either(request, NOT_ALLOWED, defaults.permission_denied(request, exception))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Answer 404: as a problem below /api/, as a page elsewhere."""
    return _either(request, NOT_FOUND, defaults.page_not_found(request, exception or Http404()))


def server_error(request: HttpRequest) -> HttpResponse:
    """Answer 500 without a word of what went wrong; the log has the cause."""
    return _either(request, UNEXPECTED, defaults.server_error(request))


def _either(request: HttpRequest, problem: ProblemType, page: HttpResponse) -> HttpResponse:
    if not request.path.startswith("/api/"):
        return page
    detail = DETAILS.get(problem.code) or ADVICE[problem.code]
    return problem_response(problem, instance=request.path, detail=detail)


def _headers(error: Exception) -> dict[str, str]:
    headers: dict[str, object] = {"WWW-Authenticate": getattr(error, "auth_header", None)}
    if isinstance(error, StaleRevision):
        headers["ETag"] = f'"{error.current}"'
    if isinstance(error, exceptions.Throttled):
        headers["Retry-After"] = getattr(error, "wait", None)
    return {name: str(value) for name, value in headers.items() if value}


def _sentence(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _is_plain(value: object) -> bool:
    if isinstance(value, list | tuple | set | frozenset):
        return all(_is_plain(entry) for entry in value)
    if isinstance(value, dict):
        return all(isinstance(key, str) and _is_plain(entry) for key, entry in value.items())
    return value is None or isinstance(value, str | int | float | dt.date | dt.time | uuid.UUID | Enum)
