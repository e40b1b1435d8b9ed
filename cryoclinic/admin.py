"""Admin of what the roof stores. Stored answers are personal, so they are left out."""

from django.contrib import admin

from cryoclinic.accounts.admin.scoped import ScopedAdmin
from cryoclinic.models import IdempotencyKey


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ScopedAdmin):
    list_display = ["created_at", "organization", "method", "status"]
    list_filter = ["method", "status"]
    list_select_related = ["organization"]
    search_fields = ["key"]
    ordering = ["-created_at"]
    exclude = ["body", "headers", "path"]
