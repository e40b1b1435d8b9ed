"""
A case: everything the preparation plan of one booking depends on, as values.

Pure: no framework, no database, no clock.
"""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo


class InvalidCase(ValueError):
    """This case does not fit the contract of plan_case."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Medication:
    """
    One entry of the medicine list.

    `drug` is the lower-case generic name. `dose_times` are wall-clock times in the clinic's zone; `weekdays` holds
    mon to sun and is empty for a drug taken daily. `regimen` is prophylactic or therapeutic, `route` iv or sc,
    `phase` escalation or maintenance; None is unknown.
    """

    drug: str
    dose_times: tuple[dt.time, ...] = ()
    weekdays: tuple[str, ...] = ()
    regimen: str | None = None
    route: str | None = None
    phase: str | None = None
    high_dose: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class EvidenceEntry:
    """A prerequisite done (`on`) or arranged (`planned_for`), never both; `value` in the item's own unit."""

    item: str
    on: dt.date | None = None
    planned_for: dt.date | None = None
    value: float | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class PatientFacts:
    """
    What is known about the patient on the day of the procedure.

    Clearance and eGFR are in mL/min; the caller passes None for a value older than 30 days [ops]. Time limits in a
    condition code are measured by the caller.
    """

    age_years: float
    sex: str
    language: str
    creatinine_clearance: float | None = None
    egfr: float | None = None
    conditions: frozenset[str] = frozenset()
    medications: tuple[Medication, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Policy:
    """The clinic's choices; `approved_languages` None means that it stated none."""

    paediatric_fasting: str = "asa"
    approved_languages: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class ToldStop:
    """A last dose the patient was told about for the earlier start."""

    drug: str
    last_dose_on: dt.date


@dataclass(frozen=True, kw_only=True, slots=True)
class Previous:
    """The booking before it was moved. `start` is aware; `changed_on` is a local date of the clinic."""

    start: dt.datetime
    changed_on: dt.date
    told: tuple[ToldStop, ...] = ()
    fasting_told: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """
    One booking as the preparation engine sees it.

    `start` (aware) is the planned start of sedation or anaesthesia, of the procedure when there is none; `booked_on`
    is a date in `zone`, the clinic's. `guidance` None means the procedure's own. `rule_set_sha256` names the rules it is
    planned under; empty means those this program carries.
    """

    id: str
    procedure: str
    anaesthesia: str
    start: dt.datetime
    zone: ZoneInfo
    booked_on: dt.date
    patient: PatientFacts
    evidence: tuple[EvidenceEntry, ...] = ()
    target: str | None = None
    guidance: str | None = None
    contrast: str = "none"
    policy: Policy = Policy()
    previous: Previous | None = None
    rule_set_sha256: str = ""

    def __post_init__(self) -> None:
        """Refuse instants without an offset. :raises InvalidCase: if `start` or `previous.start` is naive"""
        if self.start.utcoffset() is None:
            raise InvalidCase("The field start has no offset.")
        if self.previous is not None and self.previous.start.utcoffset() is None:
            raise InvalidCase("The field previous.start has no offset.")
