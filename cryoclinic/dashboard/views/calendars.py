"""Calendars: the addresses under which others read ours, and the calendars of others that block a resource."""

from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from cryoclinic.accounts.codes import Role
from cryoclinic.dashboard import words
from cryoclinic.dashboard.access import Desk, staff_page
from scheduling.calendars import CalendarUnreadable
from scheduling.calendars.reading import MAX_BYTES
from scheduling.models import BusyCalendar, CalendarFeed, Resource
from scheduling.operations.busy import add_calendar, import_document, remove_calendar
from scheduling.operations.feeds import NoPractitioner, create_feed, revoke_feed

ARRANGES = frozenset({Role.SCHEDULER, Role.ADMINISTRATOR})
FAILURES = {
    "": "",
    "unreadable": "It is no calendar that we can read.",
    "private": "The address leads to a private network.",
    "scheme": "The address must begin with https://.",
    "unknown-host": "There is no such server.",
    "unreachable": "The server does not answer.",
    "too-slow": "The server takes too long.",
    "too-large": "The calendar is too large.",
    "redirects": "The address leads on too often.",
    "status": "The server refuses.",
}


class BusyForm(forms.Form):
    """An outside calendar: an address, or a file."""

    label = forms.CharField(max_length=80, error_messages={"required": "Say whose calendar it is."})
    url = forms.CharField(max_length=500, required=False)
    file = forms.FileField(required=False)

    def clean_url(self) -> str:
        """Return the address. :raises ValidationError: unless it begins with https://"""
        url = str(self.cleaned_data["url"]).strip()
        if url.startswith("webcal://"):
            url = "https://" + url.removeprefix("webcal://")
        if url and not url.startswith("https://"):
            raise forms.ValidationError("The address must begin with https://.")
        if url and not _is_complete(url):
            raise forms.ValidationError("This is not a whole address. Copy it again.")
        return url

    def clean(self) -> dict[str, Any]:
        """Return the fields. :raises ValidationError: unless there is exactly one of address and file"""
        found = super().clean() or {}
        file = found.get("file")
        if not self.errors and bool(found.get("url")) == bool(file):
            raise forms.ValidationError("Give an address or a file, not both.")
        if file is not None and file.size > MAX_BYTES:
            raise forms.ValidationError("The file is larger than 1 MB.")
        return found


def _is_complete(url: str) -> bool:
    try:
        return bool(urlsplit(url).hostname)
    except ValueError:
        return False


@require_safe
@staff_page
def calendars(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List the resources of a location with their feeds and the calendars that block them."""
    desk.require(ARRANGES)
    return _page(request, desk)


@require_POST
@staff_page
def feed(request: HttpRequest, desk: Desk, *, uid: UUID, act: str) -> HttpResponse:
    """Make, replace or end the feed of a resource, or of its practitioner at every location."""
    desk.require(ARRANGES)
    resource = _resource(desk, uid)
    everywhere = request.POST.get("whose") == "practitioner"
    if act == "revoke":
        found = _feeds(resource, everywhere=everywhere)
        for each in found:
            revoke_feed(feed=each, by=desk.user, now=desk.now)
        ended = f"The address of {resource.name} no longer works."
        messages.success(
            request, ended if found else f"{resource.name} has no such address. Nothing was changed."
        )
        return redirect("work:calendars")
    if act != "new":
        raise Http404
    try:
        made = create_feed(resource=resource, by=desk.user, now=desk.now, everywhere=everywhere)
    except NoPractitioner as refusal:
        messages.error(request, words.sentence_of(refusal))
        return redirect("work:calendars")
    # Shown in the answer itself: a redirect would have to carry it.
    address = request.build_absolute_uri(reverse("calendar-feed", args=[made.token]))
    return _page(request, desk, address=address, address_of=resource)


@require_POST
@staff_page
def busy(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Have an outside calendar block a resource."""
    desk.require(ARRANGES)
    resource = _resource(desk, uid)
    form = BusyForm(request.POST, request.FILES)
    if not form.is_valid():
        for problems in form.errors.values():
            messages.error(request, " ".join(str(problem) for problem in problems))
        return redirect("work:calendars")
    calendar = add_calendar(
        resource=resource,
        label=form.cleaned_data["label"],
        url=form.cleaned_data["url"],
        by=desk.user,
        now=desk.now,
    )
    file = form.cleaned_data["file"]
    if file is None:
        messages.success(request, "The calendar is read within a minute, and then every half hour.")
        return redirect("work:calendars")
    try:
        done = import_document(calendar=calendar, document=file.read(), now=desk.now)
    except CalendarUnreadable as refusal:
        remove_calendar(calendar=calendar, now=desk.now)
        messages.error(request, words.sentence_of(refusal))
    else:
        hit = f" {done.in_the_way} visits are in the way: see the tasks." if done.in_the_way else ""
        messages.success(request, f"{done.added} busy times of {resource.name} are blocked.{hit}")
    return redirect("work:calendars")


@require_POST
@staff_page
def remove(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Stop an outside calendar from blocking its resource."""
    desk.require(ARRANGES)
    calendar = BusyCalendar.objects.in_use().filter(uid=uid, resource__location=desk.location).first()
    if calendar is None:
        raise Http404
    remove_calendar(calendar=calendar, now=desk.now)
    messages.success(request, f"{calendar.label} no longer blocks anything ahead.")
    return redirect("work:calendars")


def _resource(desk: Desk, uid: UUID) -> Resource:
    found = (
        Resource.objects.at(desk.location).filter(uid=uid).select_related("location__organization", "user")
    )
    resource = found.first()
    if resource is None:
        raise Http404
    return resource


def _feeds(resource: Resource, *, everywhere: bool) -> list[CalendarFeed]:
    standing = CalendarFeed.objects.standing().filter(organization=resource.location.organization_id)
    if everywhere:
        return list(standing.filter(practitioner=resource.user_id)) if resource.user_id else []
    return list(standing.filter(resource=resource))


def _page(
    request: HttpRequest, desk: Desk, *, address: str = "", address_of: Resource | None = None
) -> HttpResponse:
    resources = list(Resource.objects.at(desk.location).select_related("user"))
    standing = CalendarFeed.objects.standing().filter(organization=desk.location.organization_id)
    own = {each.resource_id: each for each in standing if each.resource_id}
    personal = {each.practitioner_id: each for each in standing if each.practitioner_id}
    blocking: dict[int, list[tuple[BusyCalendar, str]]] = {}
    for calendar in BusyCalendar.objects.in_use().filter(resource__in=resources).order_by("id"):
        why = FAILURES.get(calendar.failure, calendar.failure)
        blocking.setdefault(calendar.resource_id, []).append((calendar, why))
    rows = [
        {
            "resource": each,
            "feed": own.get(each.pk),
            "personal": personal.get(each.user_id) if each.user_id else None,
            "busy": blocking.get(each.pk, []),
        }
        for each in resources
    ]
    context = {"desk": desk, "rows": rows, "address": address, "address_of": address_of}
    response = render(request, "cryoclinic/work/calendars.html", context)
    response["Cache-Control"] = "no-store"
    return response
