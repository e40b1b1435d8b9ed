"""What somebody wants to occupy, and why it cannot be had."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from cryoclinic.accounts.models import Location
from scheduling.models import Appointment, Hold, ProcedureOffering
from scheduling.operations.limits import Ignored
from scheduling.rules import LegPeriod


class NoSuchResource(Exception):
    """
    The location has too little of what this needs, whatever the time. Choose another site, or set up what is missing.

    `lacking` says of which `location` what is needed how often, and how much of it there is; None where a choice made
    beforehand left nothing.
    """

    def __init__(self, *, leg: str, lacking: "Lacking | None" = None) -> None:
        super().__init__(leg)
        self.leg = leg
        if lacking is not None:
            self.location, self.role, self.skill = lacking.location, lacking.role, lacking.skill
            self.needed, self.found = lacking.needed, lacking.found


@dataclass(frozen=True, kw_only=True, slots=True)
class Lacking:
    """How many of a role with a skill (empty: any) are needed at a location, and how many it has."""

    location: str
    role: str
    skill: str
    needed: int
    found: int


def lacking_for(leg: LegPeriod, *, location: Location, found: int) -> NoSuchResource:
    """Return the refusal of a leg of which a location has only `found`."""
    lacking = Lacking(location=location.name, role=leg.role, skill=leg.skill, needed=leg.count, found=found)
    return NoSuchResource(leg=leg.key, lacking=lacking)


class PractitionerDoesNotFit(Exception):
    """This person does not do this procedure here. Choose somebody else, or nobody in particular."""


class OutsideHours(Exception):
    """At this time what is needed is not open."""

    def __init__(self, *, leg: str, role: str, hours: tuple[tuple[dt.datetime, dt.datetime], ...]) -> None:
        super().__init__(leg)
        self.leg = leg
        self.role = role
        self.hours = hours


class SlotTaken(Exception):
    """Something this needs is in use at that time. Choose another time."""

    def __init__(
        self, *, leg: str, resources: tuple[UUID, ...] = (), until: dt.datetime | None = None
    ) -> None:
        super().__init__(leg)
        self.leg = leg
        self.resources = resources
        self.until = until


@dataclass(frozen=True, kw_only=True, slots=True)
class Need:
    """
    What somebody wants to occupy.

    `assignment` (leg key to resource ids) leaves no choice, and the first leg for one person that the practitioner can
    fill is theirs. What belongs to `hold` or `appointment` already is not in the way and is preferred. `offering`
    and `start` say what starts when, for days that may be full.
    """

    location: Location
    legs: tuple[LegPeriod, ...]
    now: dt.datetime
    assignment: Mapping[str, Sequence[int]] | None = None
    hold: Hold | None = None
    appointment: Appointment | None = None
    practitioner_id: int | None = None
    offering: ProcedureOffering | None = None
    start: dt.datetime | None = None

    @property
    def ignored(self) -> Ignored:
        """Return whose bookings do not count."""
        return Ignored(
            appointment_id=None if self.appointment is None else self.appointment.pk,
            hold_id=None if self.hold is None else self.hold.pk,
        )

    @property
    def leaves_choice(self) -> bool:
        """Return whether another resource could serve when one is lost to somebody faster."""
        named = self.assignment
        return named is None or any(len(named.get(leg.key, ())) > leg.count for leg in self.legs)

    @property
    def begin(self) -> dt.datetime:
        """Return when the first leg begins (UTC)."""
        return min(leg.begin for leg in self.legs)

    @property
    def end(self) -> dt.datetime:
        """Return when the last leg ends (UTC)."""
        return max(leg.end for leg in self.legs)
