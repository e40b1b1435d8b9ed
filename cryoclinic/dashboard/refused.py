"""Why the diary refuses something, for staff: what is in the way by its name, until when, and what would work."""

from cryoclinic.dashboard import words
from cryoclinic.dashboard.access import Desk
from scheduling.models import Resource
from scheduling.operations import (
    BeyondHorizon,
    CannotBePrepared,
    DayIsFull,
    LegIsEmpty,
    NoActiveProtocol,
    NoSuchResource,
    NotQualified,
    OfferingInactive,
    OtherOrganization,
    OutsideHours,
    OverrideRefused,
    PatientBusy,
    PatientDeceased,
    PlanUndecided,
    PractitionerDoesNotFit,
    RegionUnknown,
    SlotTaken,
    StartInPast,
    TargetNeeded,
    TooCloseToTreatment,
    TooShortNotice,
)
from scheduling.operations.terms import (
    AnaesthesiaNotOffered,
    ContrastUnknown,
    GuidanceNotOffered,
    PatientMerged,
)

# Whatever takes a time in the diary may be refused for any of these; each says what to do next.
BOOKING: tuple[type[Exception], ...] = (
    AnaesthesiaNotOffered, BeyondHorizon, CannotBePrepared, ContrastUnknown, DayIsFull, GuidanceNotOffered, LegIsEmpty,
    NoActiveProtocol, NoSuchResource, NotQualified, OfferingInactive, OtherOrganization, OutsideHours, OverrideRefused,
    PatientBusy, PatientDeceased, PatientMerged, PlanUndecided, PractitionerDoesNotFit, RegionUnknown, SlotTaken,
    StartInPast, TargetNeeded, TooCloseToTreatment, TooShortNotice,
)  # fmt: skip


def said(refusal: Exception, desk: Desk) -> tuple[str, str]:
    """Return the sentence of a refusal and what it knows beyond, on the desk's clock."""
    if isinstance(refusal, SlotTaken) and refusal.resources and refusal.until is not None:
        found = Resource.objects.filter(uid__in=refusal.resources).order_by("name")
        names = list(found.values_list("name", flat=True))
        verb = "is" if len(names) == 1 else "are"
        until = words.day_and_time(refusal.until, desk.zone)
        return f"{' and '.join(names)} {verb} in use until {until}.", ""
    if isinstance(refusal, NotQualified):
        return words.sentence_of(refusal), " ".join(refusal.reasons)
    return words.sentence_of(refusal), words.details_of(refusal, zone=desk.zone)
