"""Admin of what is owed and what was told: a record to read, nothing to change."""

from typing import Any

from django.contrib import admin

from cryoclinic.accounts.admin.scoped import ScopedAdmin
from notifications.models import (
    AccessLink,
    Communication,
    CommunicationRequest,
    ContactPoint,
    OutboxMessage,
    Recipient,
    Timeline,
)


@admin.register(Timeline)
class TimelineAdmin(ScopedAdmin):
    organization_path = "appointment__organization"
    list_display = [
        "appointment",
        "planned_revision",
        "wanted_revision",
        "planned_at",
        "failure",
        "next_try_at",
    ]
    list_select_related = ["appointment"]
    search_fields = ["appointment__patient__family_name", "appointment__patient__identifier", "failure"]
    ordering = ["-id"]


@admin.register(CommunicationRequest)
class CommunicationRequestAdmin(ScopedAdmin):
    list_display = [
        "due_at",
        "role",
        "notice",
        "purpose",
        "safety",
        "status",
        "status_reason",
        "attempts_made",
    ]
    list_filter = ["status", "status_reason", "purpose", "safety", "due_at"]
    list_select_related = ["recipient__related_person"]
    search_fields = ["notice", "appointment__patient__family_name", "appointment__patient__identifier"]
    ordering = ["-due_at", "-id"]

    @admin.display(description="Recipient")
    def role(self, row: CommunicationRequest) -> str:
        related = row.recipient.related_person
        return related.get_relationship_display() if related is not None else "Patient"


@admin.register(Communication)
class CommunicationAdmin(ScopedAdmin):
    organization_path = "request__organization"
    list_display = ["attempted_at", "channel", "status", "status_reason", "resend", "settled_at"]
    list_filter = ["status", "channel", "resend", "attempted_at"]
    search_fields = ["uid", "provider_reference"]
    ordering = ["-attempted_at", "-id"]


@admin.register(ContactPoint)
class ContactPointAdmin(ScopedAdmin):
    list_display = ["value", "system", "state", "state_changed_at"]
    list_filter = ["system", "state"]
    search_fields = ["value"]
    ordering = ["value"]


@admin.register(Recipient)
class RecipientAdmin(ScopedAdmin):
    organization_path = "patient__organization"
    list_display = ["name", "patient", "related_person"]
    list_select_related = ["patient", "related_person"]
    search_fields = ["patient__family_name", "patient__identifier", "related_person__family_name"]
    ordering = ["patient__family_name", "id"]

    @admin.display(description="Name", ordering="patient__family_name")
    def name(self, row: Recipient) -> str:
        return f"{row.person.family_name}, {row.person.given_name}"


@admin.register(AccessLink)
class AccessLinkAdmin(ScopedAdmin):
    organization_path = "appointment__organization"
    list_display = ["created_at", "appointment", "expires_at", "revoked_at", "failed_tries", "locked_until"]
    list_select_related = ["appointment"]
    search_fields = ["appointment__patient__family_name", "appointment__patient__identifier"]
    ordering = ["-id"]
    exclude = ["token_sha256"]


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ScopedAdmin):
    """What a provider would have had. Rows name no organization, so only superusers see them."""

    organization_path = None
    list_display = ["sent_at", "channel", "to", "subject"]
    list_filter = ["channel", "sent_at"]
    search_fields = ["to", "subject"]
    ordering = ["-sent_at"]

    def has_view_permission(self, request: Any, obj: Any = None) -> bool:
        return bool(request.user.is_superuser)
