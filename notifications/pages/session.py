"""
An open page: a signed cookie that names the link it was opened with, and runs out when nobody reads.

Apart from staff sessions, and sent to the page's own addresses only.
"""

import datetime as dt
import secrets
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "plan"
PATH = "/p/"
SALT = "notifications.pages"
# [ops] An unread page closes after this long.
IDLE = dt.timedelta(minutes=30)


class NotOpen(Exception):
    """This page was closed to keep your details private. Open the link in our message again."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenPage:
    """Which link was opened; `nonce` is new with every opening."""

    link_id: int
    token_sha256: str
    nonce: str


def opened(*, link_id: int, token_sha256: str) -> OpenPage:
    """Return a session of its own for a link just opened."""
    return OpenPage(link_id=link_id, token_sha256=token_sha256, nonce=secrets.token_urlsafe(12))


def read(request: HttpRequest) -> OpenPage | None:
    """Return the open page, None if there is none, it ran out or was tampered with."""
    value = request.get_signed_cookie(COOKIE, default=None, salt=SALT, max_age=IDLE)
    if not isinstance(value, str):
        return None
    link_id, token_sha256, nonce = value.split(".")
    return OpenPage(link_id=int(link_id), token_sha256=token_sha256, nonce=nonce)


def keep(response: HttpResponse, page: OpenPage) -> None:
    """Let the page stay open from now on for as long as an unread page does."""
    response.set_signed_cookie(
        COOKIE,
        f"{page.link_id}.{page.token_sha256}.{page.nonce}",
        salt=SALT,
        max_age=IDLE,
        path=PATH,
        secure=bool(settings.SESSION_COOKIE_SECURE),
        httponly=True,
        samesite="Lax",
    )


def close(response: HttpResponse) -> None:
    """Close the page in this browser."""
    response.delete_cookie(COOKIE, path=PATH, samesite="Lax")
