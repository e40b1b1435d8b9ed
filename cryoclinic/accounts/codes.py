"""Stored codes of the accounts package."""

from django.db.models import TextChoices


class Role(TextChoices):
    """What somebody does at an organization or one of its locations."""

    SCHEDULER = "scheduler", "Scheduler"
    NURSE = "nurse", "Nurse"
    CLINICIAN = "clinician", "Clinician"
    ADMINISTRATOR = "administrator", "Administrator"
    AUDITOR = "auditor", "Auditor"


class Weekday(TextChoices):
    """A day of the week as FHIR writes it (`daysOfWeek`)."""

    MON = "mon", "Monday"
    TUE = "tue", "Tuesday"
    WED = "wed", "Wednesday"
    THU = "thu", "Thursday"
    FRI = "fri", "Friday"
    SAT = "sat", "Saturday"
    SUN = "sun", "Sunday"


# Who may change the diary; an auditor reads only.
WRITING_ROLES = frozenset({Role.SCHEDULER, Role.NURSE, Role.CLINICIAN, Role.ADMINISTRATOR})
