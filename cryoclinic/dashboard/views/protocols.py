"""Protocol versions: what they change, where they are taken up, and which bookings go on under them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cryoclinic.dashboard import words
from cryoclinic.dashboard.access import SIGNS, Desk, staff_page
from notifications.dispatch.preview import Preview, preview_of
from procedures.codes import ProtocolStatus
from procedures.comparison import Difference, difference
from procedures.models import Protocol
from procedures.models.protocol import ProtocolQuerySet
from procedures.models.reading import content_of
from procedures.operations.protocols import AUTHORS
from procedures.preparation import InvalidCase
from scheduling.models import Appointment, ProcedureOffering
from scheduling.models.appointment import AppointmentQuerySet
from scheduling.operations.adoption import (
    ADOPTERS,
    AlreadyAdopted,
    MayNotAdopt,
    NotApproved,
    NotForThisOffering,
    adopt_protocol,
)
from scheduling.operations.roll_forward import Chosen, ReasonMissing, RolledForward, roll_forward

NOT_ADOPTED = (AlreadyAdopted, MayNotAdopt, NotApproved, NotForThisOffering)
NOT_ROLLED = (NotApproved, ReasonMissing)
# Each line is planned twice and put into words [ops].
LINES = 30


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """A booking that could go on under a newer version; `preview` is None where no plan can be made."""

    appointment: Appointment
    preview: Preview | None


@require_safe
@staff_page
def versions(request: HttpRequest, desk: Desk) -> HttpResponse:
    """List the versions of the organization's protocols, by procedure, the newest first."""
    found = _versions(desk).order_by("procedure_type__name", "-version")
    return render(
        request,
        "cryoclinic/work/protocols.html",
        {"desk": desk, "versions": found, "may_write": bool(desk.roles & AUTHORS)},
    )


@require_safe
@staff_page
def version(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Show what a version changes against the one before it, and where it is taken up."""
    protocol = version_at(desk, uid)
    earlier = _before(protocol)
    context = {
        "desk": desk,
        "protocol": protocol,
        "number": str(protocol.version),
        "earlier": earlier,
        "difference": _difference(earlier, protocol),
        "offerings": _offerings(desk, protocol),
        "may_adopt": bool(desk.roles & ADOPTERS) and protocol.status == ProtocolStatus.ACTIVE,
        "behind": Appointment.objects.behind(protocol, desk.now).count(),
        "may_write": bool(desk.roles & AUTHORS),
        "is_author": protocol.written_by_id == desk.user.pk,
        "today": desk.local_now.date(),
    }
    return render(request, "cryoclinic/work/protocol.html", context)


@require_POST
@staff_page
def adopt(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Let new bookings of one offering take the version."""
    protocol = version_at(desk, uid)
    chosen = request.POST.get("offering", "")
    offering = next((each for each in _offerings(desk, protocol) if str(each.uid) == chosen), None)
    if offering is None:
        raise Http404
    try:
        adopt_protocol(offering=offering, protocol=protocol, by=desk.user, now=desk.now)
    except NOT_ADOPTED as refusal:
        messages.error(request, words.sentence_of(refusal))
    else:
        messages.success(
            request, f"New bookings at {offering.location.name} take version {protocol.version}."
        )
    return redirect("work:protocol", uid=uid)


@require_http_methods(["GET", "POST"])
@staff_page
def bookings(request: HttpRequest, desk: Desk, *, uid: UUID) -> HttpResponse:
    """Show what each booking under an older version would be told otherwise; change those that are chosen."""
    desk.require(SIGNS)
    protocol = version_at(desk, uid)
    behind = Appointment.objects.behind(protocol, desk.now).filter(location__in=desk.locations)
    context: dict[str, object] = {"desk": desk, "protocol": protocol, "waiting": behind.count()}
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        try:
            chosen = _chosen(behind, request.POST.getlist("booking"))
            results = roll_forward(
                chosen=chosen, protocol=protocol, by=desk.actor, reason=reason, now=desk.now
            )
        except NOT_ROLLED as refusal:
            context |= {"refusal": (words.sentence_of(refusal), ""), "reason": reason}
        else:
            _tell(request, results)
            return redirect("work:protocol-bookings", uid=uid)
    context["lines"] = [_line(each, protocol, desk) for each in behind.with_facts()[:LINES]]
    return render(request, "cryoclinic/work/protocol_bookings.html", context)


def _versions(desk: Desk) -> ProtocolQuerySet:
    organizations = {location.organization_id for location in desk.locations}
    return Protocol.objects.filter(organization__in=organizations).select_related(
        "procedure_type", "organization", "written_by", "approved_by"
    )


def version_at(desk: Desk, uid: UUID) -> Protocol:
    """
    Return a version the person may see.

    :raises Http404: if none of the person's organizations has it
    """
    found = _versions(desk).filter(uid=uid).first()
    if found is None:
        raise Http404
    return found


def _before(protocol: Protocol) -> Protocol | None:
    """Return the newest version before this one that was approved."""
    return (
        Protocol.objects.filter(
            organization=protocol.organization_id,
            procedure_type=protocol.procedure_type_id,
            version__lt=protocol.version,
            status__in=[ProtocolStatus.ACTIVE, ProtocolStatus.RETIRED],
        )
        .order_by("-version")
        .first()
    )


def _difference(earlier: Protocol | None, protocol: Protocol) -> Difference | None:
    """Return what changes; nothing for a first version, all of which is new."""
    return None if earlier is None else difference(content_of(earlier), content_of(protocol))


def _offerings(desk: Desk, protocol: Protocol) -> Sequence[ProcedureOffering]:
    return list(
        ProcedureOffering.objects.filter(
            location__in=desk.locations,
            location__organization=protocol.organization_id,
            procedure_type=protocol.procedure_type_id,
        )
        .select_related("location", "protocol")
        .order_by("location__name")
    )


def _line(appointment: Appointment, protocol: Protocol, desk: Desk) -> Line:
    try:
        return Line(appointment=appointment, preview=preview_of(appointment, protocol=protocol, now=desk.now))
    except InvalidCase:
        return Line(appointment=appointment, preview=None)


def _chosen(behind: AppointmentQuerySet, wanted: list[str]) -> tuple[Chosen, ...]:
    """Return the chosen bookings with the revision that was looked at: each comes as uid and revision."""
    seen = dict(entry.rpartition("@")[::2] for entry in wanted)
    return tuple(
        Chosen(appointment=each, expected_revision=int(seen[str(each.uid)]))
        for each in behind
        if str(each.uid) in seen and seen[str(each.uid)].isdecimal()
    )


def _tell(request: HttpRequest, results: Sequence[RolledForward]) -> None:
    changed = sum(result.changed for result in results)
    if not results:
        messages.error(request, "No booking was chosen. Nothing was changed.")
    if changed:
        messages.success(request, f"Bookings under the new version now: {changed}.")
    for refusal in dict.fromkeys(
        words.sentence_of(result.refusal) for result in results if result.refusal is not None
    ):
        messages.error(request, refusal)
