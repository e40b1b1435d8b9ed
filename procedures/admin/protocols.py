"""Admin of protocols: a version goes from draft to retired by actions, and its page shows what the linter finds."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from cryoclinic.accounts.admin.scoped import ScopedAdmin, ScopedFilter, ScopedInline
from cryoclinic.accounts.models import User
from procedures.admin.findings import ShowsFindings
from procedures.models import Protocol, ProtocolDerivedFact, ProtocolStep
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

REFUSALS = (ApproverIsAuthor, NotAllowedHere, ProtocolHasProblems, TransitionRefused)


class StepInline(ScopedInline):
    """The steps of a version, each a link to its texts."""

    model = ProtocolStep
    organization_path = "protocol__organization"
    fields = ["position", "code", "section", "conditions", "source"]
    readonly_fields = fields
    show_change_link = True
    may_add = False


@admin.register(Protocol)
class ProtocolAdmin(ShowsFindings, ScopedAdmin):
    """A version goes from draft to retired by actions; the rows themselves are for reading."""

    list_display = ["title", "version", "status", "organization", "active_from", "review_by"]
    list_filter = ["status", ("organization", ScopedFilter)]
    list_select_related = ["organization", "procedure_type"]
    search_fields = ["title", "procedure_type__name"]
    ordering = ["title", "-version"]
    actions = ["submit", "send_back", "approve", "retire"]
    inlines = [StepInline]

    def protocol_of(self, row: Any) -> Protocol:
        found: Protocol = row
        return found

    @admin.action(description="Submit for approval")
    def submit(self, request: HttpRequest, protocols: QuerySet[Protocol]) -> None:
        now = timezone.now()
        self._each(
            request, protocols, "submitted", lambda each, by: submit_protocol(protocol=each, by=by, now=now)
        )

    @admin.action(description="Send back to the author")
    def send_back(self, request: HttpRequest, protocols: QuerySet[Protocol]) -> None:
        self._each(request, protocols, "sent back", lambda each, by: return_protocol(protocol=each, by=by))

    @admin.action(description="Approve, active from today")
    def approve(self, request: HttpRequest, protocols: QuerySet[Protocol]) -> None:
        now = timezone.now()
        # A version belongs to no location, so its date is the server's; an offering adopts it by its own clock.
        today = timezone.localdate(now)
        self._each(
            request,
            protocols,
            "approved",
            lambda each, by: approve_protocol(protocol=each, by=by, active_from=today, now=now),
        )

    @admin.action(description="Retire")
    def retire(self, request: HttpRequest, protocols: QuerySet[Protocol]) -> None:
        self._each(request, protocols, "retired", lambda each, by: retire_protocol(protocol=each, by=by))

    def _each(
        self,
        request: HttpRequest,
        protocols: QuerySet[Protocol],
        done: str,
        change: Callable[[Protocol, User], None],
    ) -> None:
        if not isinstance(request.user, User):
            return
        for protocol in protocols:
            try:
                change(protocol, request.user)
            except REFUSALS as refusal:
                self.message_user(request, f"{protocol}: {_said(refusal)}", messages.ERROR)
            else:
                self.message_user(request, f"{protocol} was {done}.", messages.SUCCESS)


def _said(refusal: Exception) -> str:
    """Return the sentence of a refusal, and where there are findings each with its place and remedy."""
    sentence = " ".join((type(refusal).__doc__ or "").split())
    findings = refusal.findings if isinstance(refusal, ProtocolHasProblems) else ()
    return " ".join([sentence, *(f"{each.where}: {each.sentence} {each.remedy}" for each in findings)])


@admin.register(ProtocolDerivedFact)
class ProtocolDerivedFactAdmin(ScopedAdmin):
    organization_path = "protocol__organization"
    list_display = ["name", "protocol", "anchor", "elapsed", "days", "local_time", "source"]
    list_filter = ["anchor"]
    list_select_related = ["protocol"]
    search_fields = ["name", "protocol__title"]
    ordering = ["protocol__title", "id"]
