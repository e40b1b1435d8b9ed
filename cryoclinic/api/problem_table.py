"""
Every refusal the API can give: which error, which status, which code, which title.

The one table (RFC 9457). Codes are stable: clients branch on them, and each has a page at `/problems/<code>`.
"""

from django.core.exceptions import PermissionDenied
from django.http import Http404
from rest_framework import exceptions

from cryoclinic.api import authentication, idempotency, permissions
from cryoclinic.api.domain_problems import DOMAIN_PROBLEMS
from cryoclinic.api.problem_type import ProblemType
from notifications.hooks.views import SignatureRefused

NOT_FOUND = ProblemType(404, "not-found", "There is nothing at this address.")
NOT_ALLOWED = ProblemType(403, "not-allowed", "You may not do this.")
UNEXPECTED = ProblemType(500, "unexpected", "Something went wrong on our side.")
MALFORMED = ProblemType(400, "malformed-request", "The request could not be read.")

HTTP_PROBLEMS: dict[type[Exception], ProblemType] = {
    Http404: NOT_FOUND,
    PermissionDenied: NOT_ALLOWED,
    exceptions.NotFound: NOT_FOUND,
    exceptions.PermissionDenied: NOT_ALLOWED,
    exceptions.ParseError: MALFORMED,
    exceptions.ValidationError: ProblemType(400, "check-the-fields", "Some fields need correction."),
    exceptions.AuthenticationFailed: ProblemType(401, "sign-in-refused", "The sign-in was refused."),
    exceptions.NotAuthenticated: ProblemType(401, "sign-in-needed", "This needs a sign-in."),
    exceptions.MethodNotAllowed: ProblemType(
        405, "method-not-allowed", "This address does not know that method."
    ),
    exceptions.NotAcceptable: ProblemType(406, "not-acceptable", "We answer in JSON only."),
    exceptions.UnsupportedMediaType: ProblemType(415, "unsupported-media-type", "We read JSON only."),
    exceptions.Throttled: ProblemType(429, "too-many-requests", "Too many requests."),
    authentication.TokenRefused: ProblemType(401, "token-refused", "The token was refused."),
    authentication.ClientWithoutOrganization: ProblemType(
        401, "client-without-organization", "The client belongs to no organization."
    ),
    authentication.NoMembership: ProblemType(403, "no-membership", "You are no member of the organization."),
    authentication.OrganizationNotChosen: ProblemType(
        400, "organization-not-chosen", "Say for which organization you ask."
    ),
    permissions.ScopeMissing: ProblemType(403, "scope-missing", "The token lacks a scope."),
    permissions.RoleMissing: ProblemType(403, "role-missing", "Your role does not allow this."),
    SignatureRefused: ProblemType(403, "signature-refused", "The signature was refused."),
    idempotency.KeyUnusable: ProblemType(
        400, "idempotency-key-unusable", "The idempotency key cannot be used."
    ),
    idempotency.KeyReused: ProblemType(
        422, "idempotency-key-reused", "The idempotency key belongs to another request."
    ),
    idempotency.StillRunning: ProblemType(
        409, "idempotency-key-in-use", "The first request with this key is still running."
    ),
}

PROBLEMS: dict[type[Exception], ProblemType] = {**HTTP_PROBLEMS, **DOMAIN_PROBLEMS}


def problem_of(error: Exception) -> ProblemType | None:
    """Return the row of an error, or of the nearest class it derives from; None when it was not anticipated."""
    return next((PROBLEMS[kind] for kind in type(error).__mro__ if kind in PROBLEMS), None)
