"""A booking with nothing special about it, and short words for what a test changes."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from procedures.preparation import (
    Case,
    EvidenceEntry,
    Hold,
    HoldOption,
    Medication,
    PatientFacts,
    PreparationPlan,
    prepare,
)

LONDON = ZoneInfo("Europe/London")
NEW_YORK = ZoneInfo("America/New_York")

# Wednesday 20 January 2027, 10:00 in London; booked sixteen days before.
START = dt.datetime(2027, 1, 20, 10, tzinfo=LONDON)
D0 = START.date()
BOOKED_ON = dt.date(2027, 1, 4)

PATIENT_KEYS = frozenset(PatientFacts.__dataclass_fields__)


def med(drug: str, times: str = "", **changes: Any) -> Medication:
    """Return an entry of the list; `times` as "08:00 20:00"."""
    return Medication(drug=drug, dose_times=tuple(map(dt.time.fromisoformat, times.split())), **changes)


def done(item: str, days_before: int = 0, value: float | None = None) -> EvidenceEntry:
    return EvidenceEntry(item=item, on=D0 - dt.timedelta(days=days_before), value=value)


def planned(item: str, days_before: int = 0) -> EvidenceEntry:
    return EvidenceEntry(item=item, planned_for=D0 - dt.timedelta(days=days_before))


def sample_case(*medications: Medication, **changes: Any) -> Case:
    """Return a kidney treatment under sedation of a man of 60; keys of the patient may be given directly."""
    facts: dict[str, Any] = {
        "age_years": 60,
        "sex": "m",
        "language": "en",
        "creatinine_clearance": 80,
        "egfr": 80,
        "medications": medications,
    }
    values: dict[str, Any] = {
        "id": "sample",
        "procedure": "renal_cryo",
        "anaesthesia": "moderate_sedation",
        "start": START,
        "zone": LONDON,
        "booked_on": BOOKED_ON,
    }
    facts |= {key: value for key, value in changes.items() if key in PATIENT_KEYS}
    facts["conditions"] = frozenset(facts.get("conditions", ()))
    values |= {key: value for key, value in changes.items() if key not in PATIENT_KEYS}
    return Case(patient=PatientFacts(**facts), **values)


def planned_with(*medications: Medication, **changes: Any) -> PreparationPlan:
    return prepare(sample_case(*medications, **changes))


def hold_of(*medications: Medication, **changes: Any) -> Hold:
    """Return the hold of the first medication."""
    plan = planned_with(*medications, **changes)
    return next(hold for hold in plan.holds if hold.drug == medications[0].drug)


def stated(hold: Hold) -> tuple[str, list[str]]:
    """Return a hold as status and candidates: "4 doses, 2027-01-18T09:00", "75 %, ..."."""
    return hold.status.value, [candidate(option) for option in hold.candidates]


def candidate(option: HoldOption) -> str:
    """Return an option in words; a clock time is local, with its offset left out."""
    units = {
        "doses": option.hold_doses,
        "days": option.hold_days,
        "hours": option.hold_hours,
        "%": option.dose_percent,
    }
    (number,) = (f"{number} {unit}" for unit, number in units.items() if number is not None)
    moment = option.last_dose_at or option.dose_at
    when = f"{moment:%Y-%m-%dT%H:%M}" if moment else str(option.last_dose_on)
    return f"{number}, {when}"


def outcome(*medications: Medication, **changes: Any) -> str | tuple[str, list[str]]:
    """Return "continued" or the hold of the first medication, stated."""
    name = medications[0].drug
    plan = planned_with(*medications, **changes)
    holds = {hold.drug: stated(hold) for hold in plan.holds}
    assert [name in holds, name in plan.continued].count(True) == 1
    return holds.get(name, "continued")
