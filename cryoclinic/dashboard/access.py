"""Who may open a work page, and at which desk they sit: the location whose day they look at."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Concatenate, ParamSpec
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.db import OperationalError
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Location, User
from cryoclinic.accounts.scope import Scope, scope_of
from procedures.wording import staff
from scheduling.models import Appointment, Task
from scheduling.models.appointment import AppointmentQuerySet
from scheduling.models.task import TaskQuerySet
from scheduling.operations import Actor

EVERYBODY = frozenset(Role)
AT_WORK = frozenset({Role.SCHEDULER, Role.NURSE, Role.CLINICIAN})
SEES_PROPOSALS = frozenset({Role.NURSE, Role.CLINICIAN})
SIGNS = frozenset({Role.CLINICIAN})
# Who may book against notice and preparation, with a reason [ops].
OVERRIDES = frozenset({Role.NURSE, Role.CLINICIAN})
CHOSEN = "work-location"

P = ParamSpec("P")


class PageRefused(Exception):
    """This page is for other roles than yours."""

    def __init__(self, *, roles: frozenset[Role], location: Location | None = None) -> None:
        super().__init__(sorted(roles))
        self.roles = roles
        self.location = location


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """A signed-in person at one location, at one moment (`now`, aware)."""

    scope: Scope
    locations: tuple[Location, ...]
    location: Location
    now: dt.datetime

    @property
    def user(self) -> User:
        """Who sits here."""
        return self.scope.user

    @property
    def zone(self) -> ZoneInfo:
        """The location's zone."""
        return self.location.tz

    @property
    def local_now(self) -> dt.datetime:
        """The moment on the location's clock."""
        return self.now.astimezone(self.zone)

    @property
    def roles(self) -> frozenset[str]:
        """What the person is here."""
        return self.scope.roles_at(self.location)

    @property
    def role_words(self) -> str:
        """The same for reading."""
        return self.scope.role_words(self.roles)

    @property
    def works(self) -> bool:
        """Whether the person may change the diary here."""
        return bool(self.roles & AT_WORK)

    @property
    def sees_proposals(self) -> bool:
        """Whether the person may see medicine proposals that nobody has signed."""
        return bool(self.roles & SEES_PROPOSALS)

    @property
    def signs(self) -> bool:
        """Whether the person may sign for a medicine here."""
        return bool(self.roles & SIGNS)

    @property
    def actor(self) -> Actor:
        """The person as operations know them."""
        return Actor(user=self.user, may_override=bool(self.roles & OVERRIDES))

    @property
    def overdue_count(self) -> int:
        """How many open tasks of this desk are past their deadline."""
        return self.tasks().overdue(self.now).count()

    def tasks(self) -> TaskQuerySet:
        """Return the tasks of this location, and those of its organization that name none."""
        here = Q(location=self.location) | Q(location=None)
        return Task.objects.filter(here, organization=self.location.organization_id)

    def appointments(self) -> AppointmentQuerySet:
        """Return every appointment the person may see, at any of their locations."""
        return Appointment.objects.filter(location__in=self.locations)

    def at(self, location: Location) -> "Desk":
        """Return the same person at another of their locations."""
        return Desk(scope=self.scope, locations=self.locations, location=location, now=self.now)

    def require(self, roles: frozenset[Role]) -> None:
        """
        Let through only who holds one of the roles here.

        :raises PageRefused: if the person holds none
        """
        if not self.roles & roles:
            raise PageRefused(roles=roles, location=self.location)


def staff_page(
    view: Callable[Concatenate[HttpRequest, Desk, P], HttpResponse],
) -> Callable[Concatenate[HttpRequest, P], HttpResponse]:
    """Let members of staff in, give the view their desk, and answer every refusal with a page."""

    @wraps(view)
    def page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        if not isinstance(request.user, User):
            return redirect_to_login(request.get_full_path(), reverse("work:sign-in"))
        desk = desk_of(request, user=request.user, now=timezone.now())
        if desk is None:
            return render(request, "cryoclinic/work/stranger.html", status=403)
        context: dict[str, object] = {"desk": desk}
        try:
            return view(request, desk, *args, **kwargs)
        except PageRefused as refusal:
            context |= {"refusal": refusal, "wanted": desk.scope.role_words(refusal.roles)}
            return render(request, "cryoclinic/work/refused.html", context, status=403)
        except Http404:
            return render(request, "cryoclinic/work/missing.html", context, status=404)
        except OperationalError:
            # The bar counts tasks, which would fail again, so this page has none.
            return render(
                request, "cryoclinic/work/unknown.html", {"now": staff.clock(desk.local_now)}, status=503
            )

    return page


def desk_of(request: HttpRequest, *, user: User, now: dt.datetime) -> Desk | None:
    """Return the desk of a person: the location asked for, else the one chosen last, else the first; None for none."""
    scope = scope_of(user)
    locations = _locations(scope)
    if not locations:
        return None
    by_uid = {str(location.uid): location for location in locations}
    asked = request.GET.get("at", "")
    if asked in by_uid and asked != request.session.get(CHOSEN):
        request.session[CHOSEN] = asked
    chosen = by_uid.get(str(request.session.get(CHOSEN, "")), locations[0])
    return Desk(scope=scope, locations=locations, location=chosen, now=now)


def appointment_at(desk: Desk, uid: UUID) -> tuple[Desk, Appointment]:
    """
    Return an appointment with everything its plan reads, and the desk at its location.

    :raises Http404: if the person may see none of that uid
    """
    found = desk.appointments().with_facts().filter(uid=uid).first()
    if found is None:
        raise Http404
    return desk.at(found.location), found


def _locations(scope: Scope) -> tuple[Location, ...]:
    named = {each.location_id for each in scope.memberships if each.location_id is not None}
    whole = {each.organization_id for each in scope.memberships if each.location_id is None}
    seen = Q(pk__in=named) | Q(organization__in=whole)
    rows = Location.objects.filter(seen, active=True).select_related("organization")
    return tuple(rows.order_by("organization__name", "name"))
