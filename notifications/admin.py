"""Admin of what is owed and what was told: a record to read, nothing to change."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils import timezone

from cryoclinic.accounts.admin.scoped import SET_UP, ScopedAdmin, member_in
from notifications.models import (
    AccessLink,
    ChannelPause,
    Communication,
    CommunicationRequest,
    ContactPoint,
    InboundMessage,
    OutboxMessage,
    ProviderEvent,
    Recipient,
    Timeline,
)
from notifications.operations import pauses


@admin.register(Timeline)
class TimelineAdmin(ScopedAdmin):
    organization_path = "appointment__organization"
    location_path = "appointment__location"
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
    location_path = "appointment__location"
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
    location_path = "request__appointment__location"
    list_display = ["attempted_at", "channel", "status", "status_reason", "resend", "settled_at"]
    list_filter = ["status", "channel", "resend", "attempted_at"]
    search_fields = ["uid", "provider_reference"]
    ordering = ["-attempted_at", "-id"]


@admin.register(InboundMessage)
class InboundMessageAdmin(ScopedAdmin):
    """What people wrote back. Tasks say that something is here; the words stand here alone."""

    location_path = "appointment__location"
    list_display = ["received_at", "recipient_name", "appointment", "system", "understood_as", "text"]
    list_filter = ["system", "understood_as", "received_at"]
    list_select_related = ["appointment", "recipient__patient", "recipient__related_person"]
    search_fields = ["address", "appointment__patient__family_name", "appointment__patient__identifier"]
    ordering = ["-received_at", "-id"]

    @admin.display(description="Person")
    def recipient_name(self, row: InboundMessage) -> str:
        """Return who wrote, where that is certain; else the address."""
        if row.recipient is None:
            return row.address
        return f"{row.recipient.person.family_name}, {row.recipient.person.given_name}"


@admin.register(ProviderEvent)
class ProviderEventAdmin(ScopedAdmin):
    """What providers reported of attempts."""

    organization_path = "attempt__request__organization"
    location_path = "attempt__request__appointment__location"
    list_display = ["received_at", "provider", "delivery", "reason", "applied_at", "attempt"]
    list_filter = ["provider", "delivery", "received_at"]
    list_select_related = ["attempt"]
    search_fields = ["attempt_uid", "provider_reference"]
    ordering = ["-received_at", "-id"]


@admin.register(ContactPoint)
class ContactPointAdmin(ScopedAdmin):
    list_display = ["value", "system", "state", "state_changed_at"]
    list_filter = ["system", "state"]
    search_fields = ["value"]
    ordering = ["value"]


class ChannelPauseForm(ModelForm):  # type: ignore[type-arg] # not a generic class when it runs
    """A pause that is not there yet."""

    class Meta:
        model = ChannelPause
        fields = ["organization", "channel", "reason"]

    def clean(self) -> dict[str, Any]:
        """
        Return what was entered.

        :raises ValidationError: if the channel is paused already
        """
        entered = super().clean() or self.cleaned_data
        standing = ChannelPause.objects.standing().filter(
            organization=entered.get("organization"), channel=entered.get("channel", "")
        )
        if standing.exists():
            raise ValidationError("This channel is paused already. Use the list to let it go.")
        return entered


@admin.register(ChannelPause)
class ChannelPauseAdmin(ScopedAdmin):
    """The kill switch of a channel: add a row to pull it, use the action to let it go."""

    form = ChannelPauseForm
    editors = SET_UP
    list_display = ["channel", "organization", "reason", "paused_by", "paused_at", "resumed_by", "resumed_at"]
    list_filter = ["channel"]
    list_select_related = ["organization", "paused_by", "resumed_by"]
    search_fields = ["reason"]
    actions = ["resume"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nobody rewrites what happened; the list with its action is open to whoever may pull the switch."""
        return obj is None and super().has_change_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: ChannelPause, form: Any, change: bool) -> None:
        """Pull the switch through the operation, so that the rules are its own."""
        made = pauses.pause_channel(
            organization=obj.organization, channel=obj.channel, reason=obj.reason, by=member_in(request),
            now=timezone.now(),
        )  # fmt: skip
        obj.pk = made.pk

    @admin.action(description="Send over the channel again")
    def resume(self, request: HttpRequest, rows: QuerySet[ChannelPause]) -> None:
        """End the chosen pauses."""
        for pause in rows.filter(resumed_at=None).select_related("organization"):
            going = pauses.resume_channel(
                organization=pause.organization,
                channel=pause.channel,
                by=member_in(request),
                now=timezone.now(),
            )
            self.message_user(
                request,
                f"{pause.organization} sends over {pause.channel} again. Messages that waited: {going}.",
                messages.SUCCESS,
            )


@admin.register(Recipient)
class RecipientAdmin(ScopedAdmin):
    organization_path = "patient__organization"
    list_display = ["name", "patient", "related_person", "breaker_reset_at"]
    editors = SET_UP
    may_add = False
    actions = ["reset_breaker"]
    list_select_related = ["patient", "related_person"]
    search_fields = ["patient__family_name", "patient__identifier", "related_person__family_name"]
    ordering = ["patient__family_name", "id"]

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Rows are not edited; the list with its action is open to whoever sets the clinic up."""
        return obj is None and super().has_change_permission(request, obj)

    @admin.action(description="Let messages go again after a repetition")
    def reset_breaker(self, request: HttpRequest, rows: QuerySet[Recipient]) -> None:
        """Let go what the breaker holds for the chosen people."""
        going = sum(pauses.reset_breaker(recipient=row, now=timezone.now()) for row in rows)
        self.message_user(request, f"Messages that may go again: {going}.", messages.SUCCESS)

    @admin.display(description="Name", ordering="patient__family_name")
    def name(self, row: Recipient) -> str:
        return f"{row.person.family_name}, {row.person.given_name}"


@admin.register(AccessLink)
class AccessLinkAdmin(ScopedAdmin):
    organization_path = "appointment__organization"
    location_path = "appointment__location"
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
