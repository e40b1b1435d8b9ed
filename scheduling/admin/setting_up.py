"""What a location has and offers."""

from django.contrib import admin
from django.db.models import Model

from cryoclinic.accounts.admin.scoped import SET_UP, ScopedAdmin, ScopedFilter, ScopedInline
from scheduling.models import BackfillPolicy, OpeningException, ProcedureOffering, Resource, ResourceHours


class ResourceHoursInline(ScopedInline):
    model = ResourceHours
    organization_path = "resource__location__organization"
    editors = SET_UP


@admin.register(Resource)
class ResourceAdmin(ScopedAdmin):
    organization_path = "location__organization"
    editors = SET_UP
    list_display = ["name", "kind", "location", "skills", "active"]
    list_filter = ["kind", ("location", ScopedFilter), "active"]
    list_select_related = ["location"]
    search_fields = ["name", "location__name"]
    ordering = ["location__name", "kind", "name"]
    autocomplete_fields = ["location", "only_with", "user"]
    readonly_fields = ["uid"]
    inlines = [ResourceHoursInline]

    def label_of(self, row: Model) -> str:
        return f"{row.name} ({row.location})" if isinstance(row, Resource) else str(row)


@admin.register(ResourceHours)
class ResourceHoursAdmin(ScopedAdmin):
    organization_path = "resource__location__organization"
    editors = SET_UP
    may_delete = True
    list_display = ["resource", "weekday", "opens", "closes"]
    list_filter = ["weekday"]
    list_select_related = ["resource"]
    search_fields = ["resource__name"]
    ordering = ["resource__name", "id"]
    autocomplete_fields = ["resource"]


@admin.register(OpeningException)
class OpeningExceptionAdmin(ScopedAdmin):
    organization_path = "location__organization"
    editors = SET_UP
    may_delete = True
    list_display = ["reason", "location", "resource", "period", "is_open"]
    list_filter = [("location", ScopedFilter), "is_open"]
    list_select_related = ["location", "resource"]
    search_fields = ["reason", "location__name", "resource__name"]
    ordering = ["-period"]
    autocomplete_fields = ["location", "resource"]
    readonly_fields = ["uid", "closed_by", "closed_at", "reopened_by", "reopened_at"]


@admin.register(ProcedureOffering)
class ProcedureOfferingAdmin(ScopedAdmin):
    organization_path = "location__organization"
    editors = SET_UP
    list_display = ["procedure_type", "location", "protocol", "planned_minutes", "notice_hours", "active"]
    list_filter = [("location", ScopedFilter), "active"]
    list_select_related = ["procedure_type", "location", "protocol"]
    search_fields = ["procedure_type__name", "location__name"]
    ordering = ["location__name", "procedure_type__name"]
    autocomplete_fields = ["location", "procedure_type"]
    # A version is taken up on its own page, where who decided so goes on record.
    readonly_fields = ["uid", "protocol"]


@admin.register(BackfillPolicy)
class BackfillPolicyAdmin(ScopedAdmin):
    organization_path = "offering__location__organization"
    editors = SET_UP
    may_delete = True
    list_display = ["offering", "automatic", "offers_at_once", "answer_minutes"]
    list_filter = [("offering", ScopedFilter), "automatic"]
    list_select_related = ["offering__location", "offering__procedure_type"]
    search_fields = ["offering__procedure_type__name", "offering__location__name"]
    ordering = ["offering__location__name", "id"]
    autocomplete_fields = ["offering"]
