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
    """The location has nothing and nobody of the kind this needs."""

    def __init__(self, *, leg: str) -> None:
        super().__init__(leg)
        self.leg = leg


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
