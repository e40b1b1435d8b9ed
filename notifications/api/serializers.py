"""What was owed and what was told, as it leaves. Never an address, never a message's words."""

from typing import Any

from rest_framework import serializers

from notifications.models import Communication, CommunicationRequest

PATIENT = "patient"


class AttemptOutput(serializers.ModelSerializer[Communication]):
    """One attempt to send a message."""

    class Meta:
        model = Communication
        fields = ["uid", "channel", "status", "status_reason", "resend", "attempted_at", "settled_at"]


class RequestOutput(serializers.ModelSerializer[CommunicationRequest]):
    """One message owed to one person, and what became of it."""

    recipient = serializers.SerializerMethodField(help_text="patient, guardian or carer; never an address.")
    attempts = AttemptOutput(many=True)

    class Meta:
        model = CommunicationRequest
        fields = [
            "uid",
            "notice",
            "trigger",
            "parts",
            "recipient",
            "language",
            "channels",
            "purpose",
            "safety",
            "answer",
            "due_at",
            "expires_at",
            "status",
            "status_reason",
            "closed_at",
            "attempts",
        ]

    def get_recipient(self, request: CommunicationRequest) -> str:
        """Return what the person is to the patient."""
        related = request.recipient.related_person
        return related.relationship if related is not None else PATIENT


class NotOwedOutput(serializers.Serializer[dict[str, Any]]):
    """What the plan decided not to say, to whom, and why."""

    recipient = serializers.CharField(help_text="patient, guardian or carer; never an address.")
    notice = serializers.CharField()
    reason = serializers.CharField()


class TimelineOutput(serializers.Serializer[Any]):
    """
    Everything owed about one appointment, told or not.

    `is_current` is false while a change has not been planned yet: until then nothing of this is sent.
    """

    appointment = serializers.UUIDField(source="appointment.uid")
    is_current = serializers.BooleanField()
    planned_at = serializers.DateTimeField(allow_null=True)
    failure = serializers.CharField(help_text="Why the plan could not be made; empty when it was.")
    messages = RequestOutput(many=True)
    not_owed = NotOwedOutput(many=True)
