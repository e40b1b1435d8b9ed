"""Organizations, their locations and opening hours."""

from django.contrib import admin

from cryoclinic.accounts.admin.scoped import SET_UP, ScopedAdmin, ScopedFilter, ScopedInline
from cryoclinic.accounts.models import Location, LocationHours, Organization


class LocationHoursInline(ScopedInline):
    model = LocationHours
    organization_path = "location__organization"
    editors = SET_UP


@admin.register(Organization)
class OrganizationAdmin(ScopedAdmin):
    organization_path = "pk"
    editors = SET_UP
    list_display = ["name", "phone", "phone_hours", "default_language", "messages_paused_at"]
    search_fields = ["name", "slug"]
    ordering = ["name"]
    readonly_fields = ["uid", "created_at"]

    def has_add_permission(self, request: object, obj: object = None) -> bool:
        """Only whoever runs the installation adds a clinic."""
        return bool(getattr(getattr(request, "user", None), "is_superuser", False))


@admin.register(Location)
class LocationAdmin(ScopedAdmin):
    location_path = "pk"
    editors = SET_UP
    list_display = ["name", "organization", "zone", "region", "active"]
    list_filter = [("organization", ScopedFilter), "active"]
    list_select_related = ["organization"]
    search_fields = ["name", "address"]
    ordering = ["organization__name", "name"]
    autocomplete_fields = ["organization"]
    readonly_fields = ["uid"]
    inlines = [LocationHoursInline]


@admin.register(LocationHours)
class LocationHoursAdmin(ScopedAdmin):
    organization_path = "location__organization"
    editors = SET_UP
    may_delete = True
    list_display = ["location", "weekday", "opens", "closes"]
    list_filter = [("location", ScopedFilter), "weekday"]
    list_select_related = ["location"]
    search_fields = ["location__name"]
    ordering = ["location__name", "id"]
    autocomplete_fields = ["location"]
