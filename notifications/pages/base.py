"""What all pages behind a link share: no copy kept, nothing loaded from elsewhere, a number to call when all fails."""

import logging
import traceback
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.views import View
from django.views.decorators.csrf import csrf_exempt

from cryoclinic.accounts.models import Organization
from notifications.dispatch.compose import LINK_DAYS_AFTER_VISIT
from notifications.models import AccessLink
from notifications.operations.access import LinkGone, LinkLocked, NotShared
from notifications.operations.today import Clinic, PageWords, clinic_of, counted, put
from notifications.pages import session
from notifications.pages.language import calls_of, words_of
from procedures.preparation import InvalidCase
from procedures.wording import Medium, in_language, phone, say

# Every way in which a page is refused, each with a page of its own.
REFUSALS = (session.NotOpen, LinkGone, NotShared, LinkLocked, InvalidCase)
log = logging.getLogger(__name__)

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Robots-Tag": "noindex, nofollow",
}


class _ForgeryCheck(CsrfViewMiddleware):
    """Django's check, which answers with the reason instead of a page of its own (and without logging the path)."""

    def _origin_verified(self, request: HttpRequest) -> bool:
        # Pages that send no referrer post with the origin "null". Browsers say beside it whether the form was
        # ours; one too old to say so still has to bring the form's key, like every other.
        if request.headers.get("Origin") == "null":
            return request.headers.get("Sec-Fetch-Site", "same-origin") == "same-origin"
        return bool(super()._origin_verified(request))  # type: ignore[misc]

    def _reject(self, request: HttpRequest, reason: str) -> Any:
        return reason


@method_decorator(csrf_exempt, name="dispatch")
class PatientPage(View):
    """
    A page for patients and those who help them.

    Forged forms are refused here rather than by the middleware, so that a refusal is a page with a number to call.
    """

    # Whose page it is, once that is known.
    link: AccessLink | None = None

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response = self._answered(request, *args, **kwargs)
        self.leave(request, response)
        # Django would log the address of a refusal, and an address here may be a key.
        setattr(response, "_has_been_logged", True)  # noqa: B010
        for name, value in HEADERS.items():
            response.headers[name] = value
        return response

    def leave(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """Change a response that is about to leave; `dispatch` itself carries the marks of this class."""

    def _answered(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            if _is_forged(request):
                return stale(request, status=403)
            return super().dispatch(request, *args, **kwargs)
        except REFUSALS as error:
            return self._refused(request, error)
        except Exception as error:  # noqa: BLE001 - whatever went wrong, a patient is left with a number to call
            # Messages of errors may carry what was written; their place cannot.
            place = traceback.extract_tb(error.__traceback__)[-1]
            log.error(  # noqa: TRY400 - for the same reason without the traceback
                "notifications.page.failed error=%s file=%s line=%s",
                type(error).__name__,
                place.filename,
                place.lineno,
            )
            return self._failed(request)

    def _refused(self, request: HttpRequest, error: Exception) -> HttpResponse:
        if isinstance(error, LinkLocked):
            words = words_of(request, error.link)
            opens_at = _opens_at(error.link, words)
            return message(
                request,
                "locked",
                status=429,
                link=error.link,
                title=words.refusal.locked,
                opens_at=opens_at,
            )
        if isinstance(error, InvalidCase):
            return message(request, "cannot_show", status=500, link=self.link)
        if isinstance(error, NotShared):
            response = message(request, "not_shared", status=403, link=error.link)
        elif isinstance(error, LinkGone):
            words = words_of(request)
            why = counted(words, words.refusal.gone_why, LINK_DAYS_AFTER_VISIT)
            response = message(request, "gone", status=410, why=why)
        else:
            response = message(request, "closed", status=403)
        session.close(response)
        return response

    def _failed(self, request: HttpRequest) -> HttpResponse:
        clinic = clinic_of(self.link.appointment) if self.link is not None else _only_clinic_if_reachable()
        words = words_of(request, self.link)
        return shown(request, "failed", words=words, clinic=clinic, status=500, title=words.refusal.failed)


def message(
    request: HttpRequest, name: str, *, status: int, link: AccessLink | None = None, **context: Any
) -> HttpResponse:
    """Return one of the plain pages; the clinic is the link's, or the only one there is."""
    clinic = clinic_of(link.appointment) if link is not None else only_clinic()
    return shown(request, name, words=words_of(request, link), clinic=clinic, status=status, **context)


def stale(request: HttpRequest, *, status: int, link: AccessLink | None = None) -> HttpResponse:
    """Return the page that says that nothing was saved."""
    title = words_of(request, link).refusal.stale_title
    return message(request, "stale", status=status, link=link, title=title)


def shown(
    request: HttpRequest,
    name: str,
    *,
    words: PageWords,
    clinic: Clinic | None,
    status: int = 200,
    title: str = "",
    **context: Any,
) -> HttpResponse:
    """Return a page in the language of `words`; `title` is the one it has when something is wrong."""
    every_page = {
        "words": words,
        "direction": in_language(words.language).FRAME.direction,
        "clinic": clinic,
        "calls": calls_of(clinic, words=words),
        "error_title": put(words, words.shell.error_title, title=title),
    }
    return render(request, f"notifications/page/{name}.html", {**every_page, **context}, status=status)


def only_clinic() -> Clinic | None:
    """
    Return the clinic if every link leads to the same one, so that the page says the same whatever the link is.

    Nobody where there are several organizations, or locations with numbers of their own: a wrong emergency number
    is worse than none.
    """
    organizations = list(Organization.objects.prefetch_related("locations")[:2])
    if len(organizations) != 1:
        return None
    [organization] = organizations
    helplines = {organization.helpline_at(place) for place in organization.locations.all() if place.active}
    if len(helplines) != 1:
        return None
    [helpline] = helplines
    return Clinic(
        name=organization.name,
        phone=helpline.phone,
        phone_said=phone(helpline.phone),
        phone_hours=helpline.phone_hours,
        emergency_number=helpline.emergency_number,
    )


def _only_clinic_if_reachable() -> Clinic | None:
    try:
        return only_clinic()
    except DatabaseError:
        # The database is what failed; the page says where else the number is.
        return None


def _is_forged(request: HttpRequest) -> bool:
    check = _ForgeryCheck(lambda _: HttpResponse())
    check.process_request(request)
    # The middleware would pass over a view that is exempt from it.
    return check.process_view(request, _checked, (), {}) is not None


def _checked(request: HttpRequest) -> HttpResponse:
    return HttpResponse()


def _opens_at(link: AccessLink, words: PageWords) -> str:
    zone = link.appointment.location.tz
    if link.locked_until is None:
        return ""
    at = link.locked_until.astimezone(zone)
    said = say(at, medium=Medium.FULL, zone=zone, today=at.date(), language=words.language)
    return put(words, words.refusal.locked_until, at=said)
