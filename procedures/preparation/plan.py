"""
A preparation plan: what `prepare` returns. Every instant is aware, in the clinic's zone.

Pure: no framework, no database, no clock.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class HoldStatus(StrEnum):
    """
    How far a hold is settled; all three wait for a signature.

    `proposed`: one row, one number. `needs_choice`: one row with a range, a clinician picks. `needs_clinician`:
    whether or how to stop is open.
    """

    PROPOSED = "proposed"
    NEEDS_CHOICE = "needs_choice"
    NEEDS_CLINICIAN = "needs_clinician"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fasting:
    """
    When eating and drinking end.

    `individual_plan` means that an anaesthetist sets the times and all others are None.
    """

    individual_plan: bool = False
    solids_stop: dt.datetime | None = None
    fatty_meal_stop: dt.datetime | None = None
    clear_liquids_stop: dt.datetime | None = None
    breast_milk_stop: dt.datetime | None = None
    formula_stop: dt.datetime | None = None
    rule_ids: tuple[str, ...] = ()

    @property
    def stops(self) -> tuple[dt.datetime, ...]:
        """Return the times that are set, in the order of the fields."""
        every = (
            self.solids_stop,
            self.fatty_meal_stop,
            self.clear_liquids_stop,
            self.breast_milk_stop,
            self.formula_stop,
        )
        return tuple(stop for stop in every if stop is not None)


@dataclass(frozen=True, kw_only=True, slots=True)
class HoldOption:
    """
    One way to hold or reduce a drug: a number in the unit of its row, and what follows from it.

    Day counts give `last_dose_on` only; doses and hours give both. `last_dose_on` is the local date of `last_dose_at`.
    A share of the usual dose (insulin) gives `dose_percent` and the dose it is about.
    """

    hold_doses: int | None = None
    hold_days: int | None = None
    hold_hours: int | None = None
    last_dose_on: dt.date | None = None
    last_dose_at: dt.datetime | None = None
    dose_percent: int | None = None
    dose_at: dt.datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Hold:
    """
    One medicine that is not simply continued. Never shown to a patient without a clinician's signature.

    `settled` is the one number of a proposed hold and None otherwise; `options` are the candidates of one that is not.
    `feasible` is False when a last dose lies before the booking; else None.
    """

    drug: str
    status: HoldStatus
    settled: HoldOption | None = None
    options: tuple[HoldOption, ...] = ()
    needs_signature: bool = True
    supersedes_last_dose_on: dt.date | None = None
    feasible: bool | None = None
    rule_ids: tuple[str, ...] = ()

    @property
    def candidates(self) -> tuple[HoldOption, ...]:
        """Return the settled number, or else every option."""
        return (self.settled,) if self.settled is not None else self.options


class Gist(Protocol):
    """What of a plan says whether its start can be had."""

    @property
    def lead_time_days(self) -> int | None: ...
    @property
    def prerequisites_missing(self) -> tuple[str, ...]: ...
    @property
    def undecided(self) -> tuple[str, ...]: ...
    @property
    def needs_signature(self) -> bool: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Outline:
    """
    What of a plan decides whether a start can be had.

    `lead_time_days` is None when it cannot be known yet; no delivery buffer is included. Codes are sorted and without
    repeats.
    """

    holds: tuple[Hold, ...]
    lead_time_days: int | None
    prerequisites_missing: tuple[str, ...]

    @property
    def undecided(self) -> tuple[str, ...]:
        """Return the drugs about which a clinician must decide before any number is known, sorted."""
        return tuple(
            sorted(
                hold.drug
                for hold in self.holds
                if hold.status is HoldStatus.NEEDS_CLINICIAN and not hold.options
            )
        )

    @property
    def needs_signature(self) -> bool:
        """Return whether anything in the plan waits for a clinician's signature."""
        return any(hold.needs_signature for hold in self.holds)


@dataclass(frozen=True, kw_only=True, slots=True)
class PreparationPlan(Outline):
    """
    What must be prepared for one booking, what is missing, and what must not be sent.

    Code lists are sorted and without repeats. `rule_ids` name every row the plan stands on, in the rule set of the
    version and hash given.
    """

    id: str
    fasting: Fasting | None
    continued: tuple[str, ...]
    late: bool
    earliest_start_on: dt.date | None
    escort_needed: bool
    transport: str | None
    clinician_actions: tuple[str, ...]
    never_send: tuple[str, ...]
    revoke_previous: bool
    notes: tuple[str, ...]
    rule_ids: tuple[str, ...]
    rule_set_version: str
    rule_set_sha256: str
