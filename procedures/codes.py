"""Stored codes of the procedures package; FHIR's where FHIR has them."""

from django.db.models import TextChoices


class Anaesthesia(TextChoices):
    """Kinds of anaesthesia; all but none and local count as sedated."""

    NONE = "none", "None"
    LOCAL = "local", "Local"
    MODERATE_SEDATION = "moderate_sedation", "Moderate sedation"
    DEEP_SEDATION = "deep_sedation", "Deep sedation"
    GENERAL = "general", "General"
    SPINAL = "spinal", "Spinal"


class Guidance(TextChoices):
    CT = "ct", "CT"
    XRAY = "xray", "X-ray"
    ULTRASOUND = "us", "Ultrasound"
    MRI = "mri", "MRI"
    SIGHT = "sight", "Direct sight"


class Contrast(TextChoices):
    NONE = "none", "None"
    IODINATED_IV = "iodinated_iv", "Iodinated, into a vein"
    IODINATED_ARTERIAL = "iodinated_arterial", "Iodinated, into an artery"


class BleedingClass(TextChoices):
    """SIR 2019's low and high; the others are ours, explained in the rule set."""

    MINIMAL = "minimal", "Minimal"
    LOW = "low", "Low"
    HIGH = "high", "High"
    UNINTERRUPTED_OAC = "uninterrupted_oac", "Anticoagulant not interrupted"
    NOT_RATED = "not_rated", "Not rated"


class LegRole(TextChoices):
    """What kind of resource a leg needs."""

    PRACTITIONER = "practitioner", "Practitioner"
    ROOM = "room", "Room"
    DEVICE = "device", "Device"
    BAY = "bay", "Recovery bay"
    EQUIPMENT = "equipment", "Equipment"


class LegAnchor(TextChoices):
    START = "start", "Start of the procedure"
    END = "end", "Planned end of the procedure"


class ProtocolStatus(TextChoices):
    """FHIR PublicationStatus, with review between draft and active."""

    DRAFT = "draft", "Draft"
    IN_REVIEW = "in-review", "In review"
    ACTIVE = "active", "Active"
    RETIRED = "retired", "Retired"


class Section(TextChoices):
    PREPARATION = "preparation", "Before"
    DAY = "day", "On the day"
    AFTERCARE = "aftercare", "After"
    RED_FLAGS = "red-flags", "When to get help"
    CHANGES = "changes", "Changes"


class Verification(TextChoices):
    """How far a code or number has been checked."""

    SEED = "seed", "In a seed document"
    SECONDARY = "secondary", "Seen in a secondary source"
    UNVERIFIED = "unverified", "Not checked"
    OPERATIONAL = "operational", "The clinic's own default"
