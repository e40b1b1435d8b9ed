"""Stored codes of the notifications package; FHIR R4's where FHIR has them."""

from django.db.models import IntegerChoices, TextChoices


class RequestStatus(TextChoices):
    """FHIR RequestStatus: what we owe."""

    ACTIVE = "active", "Planned"
    ON_HOLD = "on-hold", "Waiting"
    COMPLETED = "completed", "Sent"
    REVOKED = "revoked", "Not sent"


class RequestReason(TextChoices):
    """Why a request is not simply active: every zero has a reason."""

    NONE = "", "None"
    UNSIGNED = "unsigned", "Waits for a clinician's signature"
    NO_TEXT = "no-text", "No approved text in the language"
    UNRENDERABLE = "unrenderable", "The text could not be filled in"
    SUPERSEDED = "superseded", "The plan changed before it was sent"
    EXPIRED = "expired", "Its time passed"
    GAVE_UP = "gave-up", "The channels refused it"
    UNREACHABLE = "unreachable", "The address does not work"
    IN_DOUBT = "in-doubt", "Perhaps sent; the channel cannot tell"
    CAPPED = "capped", "The person had enough messages"
    BREAKER = "breaker", "Something repeats itself; a person must look"
    KILL_SWITCH = "kill-switch", "The clinic has paused its channel"
    REFUSED = "refused", "The person wants no routine messages there"
    REROUTED = "rerouted", "It did not arrive; it goes another way"
    UNDELIVERED = "undelivered", "It did not arrive"


class AttemptStatus(TextChoices):
    """FHIR EventStatus: one attempt."""

    PREPARATION = "preparation", "Being sent"
    COMPLETED = "completed", "Sent"
    NOT_DONE = "not-done", "Failed"
    UNKNOWN = "unknown", "Unknown"


class DeliveryStatus(TextChoices):
    """What the provider reports of an attempt after it was handed over."""

    NONE = "", "Nothing yet"
    QUEUED = "queued", "Waiting at the provider"
    SENT = "sent", "On its way"
    DELIVERED = "delivered", "Delivered"
    UNDELIVERED = "undelivered", "Not delivered"
    FAILED = "failed", "Failed"
    BOUNCED = "bounced", "Bounced"
    COMPLAINED = "complained", "Reported as unwanted"


# A report only ever moves an attempt up. What did not arrive outranks what did: the careful reading of two that differ.
DELIVERY_RANK = {
    DeliveryStatus.NONE: 0,
    DeliveryStatus.QUEUED: 1,
    DeliveryStatus.SENT: 2,
    DeliveryStatus.DELIVERED: 3,
    DeliveryStatus.UNDELIVERED: 4,
    DeliveryStatus.FAILED: 4,
    DeliveryStatus.BOUNCED: 4,
    DeliveryStatus.COMPLAINED: 5,
}
NOT_ARRIVED = (DeliveryStatus.UNDELIVERED, DeliveryStatus.FAILED, DeliveryStatus.BOUNCED)


class InboundStatus(TextChoices):
    """How far a message from a person has come."""

    RECEIVED = "received", "Received"
    APPLIED = "applied", "Applied"


class ContactSystem(TextChoices):
    """FHIR ContactPointSystem, as the channels name them."""

    SMS = "sms", "Text message"
    EMAIL = "email", "Email"


class ContactState(TextChoices):
    USABLE = "usable", "Works"
    OPTED_OUT = "opted-out", "Asked for no messages"
    BOUNCED = "bounced", "Bounced"
    INVALID = "invalid", "Does not exist"


class Rank(IntegerChoices):
    """What goes first when not everything can go at once."""

    CHANGE = 0, "Correction or cancellation"
    SAFETY = 1, "Safety"
    ROUTINE = 2, "Routine"
