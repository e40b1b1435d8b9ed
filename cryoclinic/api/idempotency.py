"""
`Idempotency-Key`: a POST that is repeated with the same key is answered, not done again.

The key is claimed by an INSERT before the request runs, in the database, where the promise outlives any process. What
the request changes and its answer are committed together: a crash leaves both or neither, so that a repetition never
finds the work done and the answer missing. The request keeps its row locked; a row that nobody has locked belongs to
one that died, and the next repetition takes it over at once. A middleware, because it must wrap the whole answer of every package's endpoints, refusals included.
"""

import datetime as dt
import hashlib
from collections.abc import Callable
from typing import Any

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from cryoclinic.accounts.caller import Caller
from cryoclinic.models import IdempotencyKey, IdempotencyKeyQuerySet

KEY_HEADER = "Idempotency-Key"
REPLAY_HEADER = "Idempotent-Replay"
KEPT_HEADERS = ("Content-Type", "ETag", "Location")
LONGEST_KEY = 200
# What these say depends on the moment, not on the request: a repetition deserves a new look.
NOT_KEPT = frozenset({401, 403, 429})
SERVER_ERROR = 500
FORGOTTEN_AT_ONCE = 20


class KeyUnusable(exceptions.APIException):
    """An idempotency key is 1 to 200 printable ASCII characters, for example a UUID. Nothing was done."""


class KeyReused(exceptions.APIException):
    """This key was used with another request. Use a new key for a new request. Nothing was done."""


class StillRunning(exceptions.APIException):
    """The first request with this key has not been answered yet. Repeat this one in a few seconds."""


class _NotKept(Exception):
    """The answer is none to keep, and what led to it is undone."""

    def __init__(self, response: HttpResponse) -> None:
        super().__init__(response.status_code)
        self.response = response


class IdempotentPosts:
    """Claims the key of a POST below /api/, then runs it, or answers as the first time."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: list[Any], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Return the answer of a POST that names a key; None when there is none, or nobody is signed in."""
        if (
            request.method != "POST"
            or KEY_HEADER not in request.headers
            or not request.path.startswith("/api/")
        ):
            return None
        caller = _caller(request)
        if caller is None:
            return None
        try:
            claim = claimed(caller=caller, request=request, now=timezone.now())
        except exceptions.APIException as error:
            return _refusal(error, request)
        if claim.status is not None:
            return replay(claim)
        try:
            return once(claim, lambda: view(request, *args, **kwargs))
        except StillRunning as error:
            return _refusal(error, request)


def claimed(*, caller: Caller, request: HttpRequest, now: dt.datetime) -> IdempotencyKey:
    """
    Claim the key of a request, or return the earlier row that has its answer.

    What has expired is forgotten on the way; a claim whose request died is taken over.

    :raises KeyUnusable: if it is empty, too long, or not printable
    :raises KeyReused: if it came with another request
    :raises StillRunning: if the first request has not answered yet
    """
    key = usable(request.headers[KEY_HEADER])
    fingerprint = sha256_of(request)
    forget_expired(now=now)
    owned = IdempotencyKey.objects.filter(
        organization=caller.organization, client=caller.client, user=caller.user
    )
    row, is_new = owned.get_or_create(
        key=key,
        defaults={
            "organization": caller.organization,
            "client": caller.client,
            "user": caller.user,
            "method": request.method or "",
            "path": request.path[:500],
            "request_sha256": fingerprint,
            "claimed_at": now,
            "created_at": now,
        },
    )
    if is_new:
        return row
    if row.request_sha256 != fingerprint:
        raise KeyReused
    if row.status is None:
        _take_over(row, now=now)
    return row


def usable(key: str) -> str:
    """
    Return the key when it can be one.

    :raises KeyUnusable: otherwise
    """
    if not 0 < len(key) <= LONGEST_KEY or not key.isascii() or not key.isprintable():
        raise KeyUnusable
    return key


def sha256_of(request: HttpRequest) -> str:
    """Return the hash of what makes a request this request: method, address, precondition and body."""
    said = [request.method or "", request.get_full_path(), request.headers.get("If-Match", "")]
    return hashlib.sha256("\n".join(said).encode() + b"\n" + request.body).hexdigest()


def once(claim: IdempotencyKey, run: Callable[[], HttpResponse]) -> HttpResponse:
    """
    Run a request and keep its answer, all or nothing; give the key free again when nothing is to be kept.

    :raises StillRunning: if another request took the key over meanwhile; nothing this one did may stand
    """
    try:
        with transaction.atomic():
            _keep_hold(claim)
            return answered(claim, run)
    except _NotKept as unkept:
        forget(claim)
        return unkept.response
    except BaseException:
        forget(claim)
        raise


def answered(claim: IdempotencyKey, run: Callable[[], HttpResponse]) -> HttpResponse:
    """
    Run a request and keep its answer for repetitions, both in the caller's transaction.

    :raises StillRunning: if another request took the key over meanwhile; nothing this one did may stand
    """
    response = run()
    if isinstance(response, Response):
        response.render()
    if response.status_code >= SERVER_ERROR or response.status_code in NOT_KEPT:
        raise _NotKept(response)
    mine = IdempotencyKey.objects.filter(pk=claim.pk, claimed_at=claim.claimed_at, status=None).update(
        status=response.status_code,
        headers={name: response[name] for name in KEPT_HEADERS if name in response},
        body=response.content.decode(),
    )
    if not mine:
        raise StillRunning
    return response


def forget(claim: IdempotencyKey) -> None:
    """Give the key free again, unless another request has taken it over."""
    IdempotencyKey.objects.filter(pk=claim.pk, claimed_at=claim.claimed_at, status=None).delete()


def forget_expired(*, now: dt.datetime) -> None:
    """Delete some of the keys that need not be remembered at `now` (aware), so that as many go as come."""
    expired = IdempotencyKey.objects.expired(now).order_by("created_at").select_for_update(skip_locked=True)
    IdempotencyKey.objects.filter(pk__in=expired.values("pk")[:FORGOTTEN_AT_ONCE]).delete()


def replay(row: IdempotencyKey) -> HttpResponse:
    """Return the answer of the first time, marked as such."""
    response = HttpResponse(row.body, status=row.status, headers=row.headers)
    response[REPLAY_HEADER] = "true"
    return response


def _keep_hold(claim: IdempotencyKey) -> None:
    """Lock the row for as long as the request runs. :raises StillRunning: if another was faster"""
    mine = IdempotencyKey.objects.filter(claimed_at=claim.claimed_at, status=None)
    if _locked(mine, claim) is None:
        raise StillRunning


def _take_over(row: IdempotencyKey, *, now: dt.datetime) -> None:
    """
    Claim the key of a request that died; of one that has just answered, take the answer.

    :raises StillRunning: if the request is running
    """
    with transaction.atomic():
        if not row.has_taken_hold(now) or _locked(IdempotencyKey.objects.all(), row) is None:
            raise StillRunning
        row.refresh_from_db()
        if row.status is None:
            row.claimed_at = now
            row.save(update_fields=["claimed_at"])


def _locked(rows: IdempotencyKeyQuerySet, row: IdempotencyKey) -> IdempotencyKey | None:
    """Lock a row, if it is among these and nobody else has it."""
    return rows.filter(pk=row.pk).select_for_update(skip_locked=True, no_key=True).first()


def _caller(request: HttpRequest) -> Caller | None:
    """Return who asks; None when the endpoint itself will refuse the sign-in."""
    authenticators = [kind() for kind in APIView.authentication_classes]
    try:
        caller = Request(request, authenticators=authenticators).auth
    except exceptions.APIException:
        return None
    return caller if isinstance(caller, Caller) else None


def _refusal(error: exceptions.APIException, request: HttpRequest) -> HttpResponse:
    response: HttpResponse = APIView().get_exception_handler()(error, {"request": request})
    return response
