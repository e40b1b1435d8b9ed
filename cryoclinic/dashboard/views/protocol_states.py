"""A protocol's way from draft to retired, and new drafts: one operation each, its refusal in words."""

from collections.abc import Callable, Iterable
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from cryoclinic.dashboard import words
from cryoclinic.dashboard.access import Desk, staff_page
from cryoclinic.dashboard.protocol_forms import ApproveForm, FileForm
from cryoclinic.dashboard.views.protocols import version_at
from procedures.catalogue import CatalogueRefused
from procedures.exchange import PlanDefinitionRefused, ProtocolFile, read_plan_definition, read_protocol
from procedures.models import Protocol
from procedures.operations.catalogue import DraftInTheWay
from procedures.operations.drafts import ProcedureNotLoaded, draft_again, import_protocol
from procedures.operations.protocols import (
    ApproverIsAuthor,
    NotAllowedHere,
    ProtocolHasProblems,
    TransitionRefused,
    approve_protocol,
    retire_protocol,
    return_protocol,
    submit_protocol,
)

REFUSALS = (ApproverIsAuthor, DraftInTheWay, NotAllowedHere, ProtocolHasProblems, TransitionRefused)
# A page with all of a long file's findings would be read by nobody; the first ones are put right first.
SHOWN = 10


class DateMissing(ValueError):
    """Write from which day on the version is in force, a date such as 2027-03-16. Nothing was changed."""


@require_POST
@staff_page
def change(request: HttpRequest, desk: Desk, *, uid: UUID, act: str) -> HttpResponse:
    """Take a version one step on, or begin a new draft from it; go to the version's page."""
    protocol = version_at(desk, uid)
    if act not in ACTS:
        raise Http404
    try:
        shown, said = ACTS[act](request, desk, protocol)
    except (*REFUSALS, DateMissing) as refusal:
        messages.error(request, words.sentence_of(refusal))
        _list(request, _findings(refusal))
        return redirect("work:protocol", uid=uid)
    messages.success(request, said)
    return redirect("work:protocol", uid=shown.uid)


@require_POST
@staff_page
def upload(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Read a file as a new draft of the organization; a file that is wrong is refused with line and reason."""
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        _list(request, (str(error) for errors in form.errors.values() for error in errors))
        return redirect("work:protocols")
    name, text = form.cleaned_data["file"]
    try:
        draft = import_protocol(
            organization=desk.location.organization, file=_read(name, text), by=desk.user, now=desk.now
        )
    except CatalogueRefused as refused:
        _list(request, [str(finding) for finding in refused.findings])
    except PlanDefinitionRefused as refused:
        _list(request, refused.reasons)
    except (*REFUSALS, ProcedureNotLoaded) as refusal:
        messages.error(request, words.sentence_of(refusal))
    else:
        messages.success(request, f"Read as a draft: {draft}.")
        return redirect("work:protocol", uid=draft.uid)
    return redirect("work:protocols")


def _submit(request: HttpRequest, desk: Desk, protocol: Protocol) -> tuple[Protocol, str]:
    submit_protocol(protocol=protocol, by=desk.user, now=desk.now)
    return protocol, f"Submitted: {protocol}. Somebody else must approve it."


def _send_back(request: HttpRequest, desk: Desk, protocol: Protocol) -> tuple[Protocol, str]:
    return_protocol(protocol=protocol, by=desk.user)
    return protocol, f"Sent back to its author: {protocol}."


def _approve(request: HttpRequest, desk: Desk, protocol: Protocol) -> tuple[Protocol, str]:
    form = ApproveForm(request.POST)
    if not form.is_valid():
        raise DateMissing
    approve_protocol(
        protocol=protocol, by=desk.user, active_from=form.cleaned_data["active_from"], now=desk.now
    )
    return protocol, f"Approved: {protocol}. It can be taken up now, and never changes again."


def _retire(request: HttpRequest, desk: Desk, protocol: Protocol) -> tuple[Protocol, str]:
    retire_protocol(protocol=protocol, by=desk.user)
    return protocol, f"Retired: {protocol}. Bookings made under it keep it."


def _draft(request: HttpRequest, desk: Desk, protocol: Protocol) -> tuple[Protocol, str]:
    draft = draft_again(protocol=protocol, by=desk.user, now=desk.now)
    return draft, f"A draft with the same content: {draft}. Its texts are changed among the records."


ACTS: dict[str, Callable[[HttpRequest, Desk, Protocol], tuple[Protocol, str]]] = {
    "submit": _submit,
    "send-back": _send_back,
    "approve": _approve,
    "retire": _retire,
    "draft": _draft,
}


def _read(name: str, text: str) -> ProtocolFile:
    return read_plan_definition(text) if name.endswith(".json") else read_protocol(text, file=name)


def _findings(refusal: Exception) -> list[str]:
    found = refusal.findings if isinstance(refusal, ProtocolHasProblems) else ()
    return [f"{each.where}: {each.sentence} {each.remedy}" for each in found]


def _list(request: HttpRequest, sentences: Iterable[str]) -> None:
    found = list(sentences)
    for sentence in found[:SHOWN]:
        messages.error(request, sentence)
    if len(found) > SHOWN:
        messages.error(request, f"And {len(found) - SHOWN} more.")
