"""`ETag`, `If-Match`, `If-None-Match`: nobody changes an appointment they have not seen as it is."""

import re
from http import HTTPStatus

from django.http import HttpResponseBase
from django.utils.cache import get_conditional_response
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response

from scheduling.models import Appointment

_TAG = re.compile(r'\s*"(\d{1,9})"\s*')


class RevisionNeeded(exceptions.APIException):
    """Say which revision you saw: read the appointment and send its ETag in the header If-Match."""

    status_code = 428


class RevisionUnreadable(exceptions.APIException):
    """The header If-Match does not hold one revision. Send the ETag of the appointment as you read it."""

    status_code = 412


def etag_of(appointment: Appointment) -> str:
    """Return the entity tag of an appointment: its revision."""
    return f'"{appointment.revision}"'


def expected_revision(request: Request) -> int:
    """
    Return the revision that the caller has seen.

    :raises RevisionNeeded: if the header If-Match is missing
    :raises RevisionUnreadable: if it does not hold exactly one revision
    """
    revision = revision_seen(request)
    if revision is None:
        raise RevisionNeeded
    return revision


def revision_seen(request: Request) -> int | None:
    """
    Return the revision that the caller says to have seen; None when nothing is said, for what the day brings anyhow.

    :raises RevisionUnreadable: if the header If-Match does not hold exactly one revision
    """
    text = request.headers.get("If-Match")
    if text is None:
        return None
    tag = _TAG.fullmatch(text)
    if tag is None:
        raise RevisionUnreadable
    return int(tag.group(1))


def tagged(response: Response, appointment: Appointment) -> Response:
    """Return the response with the appointment's entity tag."""
    response["ETag"] = etag_of(appointment)
    return response


def unless_seen(request: Request, response: Response, appointment: Appointment) -> HttpResponseBase:
    """Return the tagged response, or 304 when the caller has this revision already."""
    tagged(response, appointment)
    asked = get_conditional_response(request._request, etag=etag_of(appointment), response=response)  # noqa: SLF001
    # Whoever only reads has nothing to lose: If-Match is for changes.
    return asked if asked is not None and asked.status_code == HTTPStatus.NOT_MODIFIED else response
