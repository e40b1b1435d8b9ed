"""Admin of procedure types and protocols. What patients are told changes only through the protocol's own way."""

from collections.abc import Callable

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone

from cryoclinic.accounts.admin.scoped import ScopedAdmin, ScopedFilter
from cryoclinic.accounts.models import User
from procedures.models import (
    ProcedureCode,
    ProcedureLeg,
    ProcedureType,
    Protocol,
    ProtocolDerivedFact,
    ProtocolNotice,
    ProtocolStep,
)
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


@admin.register(ProcedureType)
class ProcedureTypeAdmin(ScopedAdmin):
    organization_path = ""
    superusers_edit = True
    may_add = False
    list_display = ["name", "code", "family", "bleeding_class", "planned_minutes", "active"]
    list_filter = ["family", "bleeding_class", "active"]
    search_fields = ["name", "code"]
    ordering = ["name"]
    readonly_fields = ["code", "catalogue_sha256"]


@admin.register(ProcedureLeg)
class ProcedureLegAdmin(ScopedAdmin):
    organization_path = ""
    superusers_edit = True
    list_display = ["procedure_type", "key", "role", "skill", "count", "anchor", "source"]
    list_filter = ["role"]
    list_select_related = ["procedure_type"]
    search_fields = ["procedure_type__name", "key"]
    ordering = ["procedure_type__name", "id"]
    autocomplete_fields = ["procedure_type"]


@admin.register(ProcedureCode)
class ProcedureCodeAdmin(ScopedAdmin):
    organization_path = ""
    superusers_edit = True
    list_display = ["procedure_type", "system", "code", "display", "verification"]
    list_filter = ["system", "verification"]
    list_select_related = ["procedure_type"]
    search_fields = ["procedure_type__name", "code", "display"]
    ordering = ["procedure_type__name", "system", "code"]
    autocomplete_fields = ["procedure_type"]


@admin.register(Protocol)
class ProtocolAdmin(ScopedAdmin):
    """A version goes from draft to retired by actions; the rows themselves are for reading."""

    list_display = ["title", "version", "status", "organization", "active_from", "review_by"]
    list_filter = ["status", ("organization", ScopedFilter)]
    list_select_related = ["organization", "procedure_type"]
    search_fields = ["title", "procedure_type__name"]
    ordering = ["title", "-version"]
    actions = ["submit", "send_back", "approve", "retire"]

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
                said = " ".join((type(refusal).__doc__ or "").split())
                self.message_user(request, f"{protocol}: {said}", messages.ERROR)
            else:
                self.message_user(request, f"{protocol} was {done}.", messages.SUCCESS)


@admin.register(ProtocolStep)
class ProtocolStepAdmin(ScopedAdmin):
    organization_path = "protocol__organization"
    list_display = ["code", "protocol", "position", "section", "source"]
    list_filter = ["section", ("protocol", ScopedFilter)]
    list_select_related = ["protocol"]
    search_fields = ["code", "protocol__title"]
    ordering = ["protocol__title", "-protocol__version", "position"]


@admin.register(ProtocolNotice)
class ProtocolNoticeAdmin(ScopedAdmin):
    organization_path = "protocol__organization"
    list_display = ["code", "protocol", "step", "trigger", "purpose", "safety", "gate"]
    list_filter = ["purpose", "safety", "gate", "trigger"]
    list_select_related = ["protocol", "step"]
    search_fields = ["code", "protocol__title"]
    ordering = ["protocol__title", "-protocol__version", "id"]


@admin.register(ProtocolDerivedFact)
class ProtocolDerivedFactAdmin(ScopedAdmin):
    organization_path = "protocol__organization"
    list_display = ["name", "protocol", "anchor", "elapsed", "days", "local_time", "source"]
    list_filter = ["anchor"]
    list_select_related = ["protocol"]
    search_fields = ["name", "protocol__title"]
    ordering = ["protocol__title", "id"]
