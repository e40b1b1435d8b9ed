"""
The way out of routine email (RFC 8058): a mail program posts here on one click, a person presses a button first.

GET changes nothing, because mail scanners open every address they see.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from notifications.hooks.words import words_in
from notifications.operations.unsubscribing import TokenUnknown, read_token, refuse_routine

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


# The token is the proof; a mail program brings no cookie.
@method_decorator(csrf_exempt, name="dispatch")
class Unsubscribe(View):
    """Ends routine email to the one address that the token names."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = super().dispatch(request, *args, **kwargs)
        except TokenUnknown as error:
            raise Http404 from error
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    def get(self, request: HttpRequest, token: str) -> HttpResponse:
        """Ask."""
        _, language = read_token(token)
        return _page(request, language, done=False)

    def post(self, request: HttpRequest, token: str) -> HttpResponse:
        """Do it."""
        point_id, language = read_token(token)
        refuse_routine(point_id=point_id, now=timezone.now())
        return _page(request, language, done=True)


def _page(request: HttpRequest, language: str, *, done: bool) -> HttpResponse:
    return render(request, "notifications/unsubscribe.html", {"words": words_in(language), "done": done})
