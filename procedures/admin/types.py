"""Admin of procedure types."""

from django.contrib import admin

from cryoclinic.accounts.admin.scoped import ScopedAdmin
from procedures.models import ProcedureCode, ProcedureLeg, ProcedureType


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
