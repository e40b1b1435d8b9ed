"""
From JSON to a case: checked against the published schema, then for what a schema cannot say.

Pure: no framework, no database, no clock.
"""

import datetime as dt
import json
import math
from collections.abc import Mapping
from functools import cache
from typing import Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from procedures.preparation.case import (
    Case,
    EvidenceEntry,
    InvalidCase,
    Medication,
    PatientFacts,
    Policy,
    Previous,
    ToldStop,
)
from procedures.preparation.rule_set import DATA
from procedures.preparation.schema_check import Breach, Check, compiled

Moment = TypeVar("Moment", bound=dt.date)

# Years in which every sum of the engine stays a date, and zones know offsets of whole minutes.
YEARS = range(1980, 3000)

# Names the zone data holds that mean "whatever this machine is set to", or count leap seconds.
NOT_PLACES = ("localtime", "posixrules", "Factory", "posix/", "right/")


def parse_case(mapping: Any) -> Case:
    """
    Return the case that a JSON object states.

    :raises InvalidCase: if it breaks the schema, or names a date, instant or zone that does not exist
    """
    breach = _schema()(mapping)
    if breach is not None:
        raise InvalidCase(_sentence(breach))
    return Case(
        id=mapping["id"],
        procedure=mapping["procedure"],
        target=mapping.get("target"),
        anaesthesia=mapping["anaesthesia"],
        guidance=mapping.get("guidance"),
        contrast=mapping.get("contrast", "none"),
        start=_instant(mapping["start"], field="start"),
        zone=_zone(mapping["timezone"]),
        booked_on=_day(mapping["booked_on"], field="booked_on"),
        patient=_patient(mapping["patient"]),
        evidence=tuple(_entry(entry) for entry in mapping["evidence"]),
        policy=_policy(mapping.get("policy", {})),
        previous=_previous(mapping["previous"]) if "previous" in mapping else None,
    )


@cache
def _schema() -> Check:
    schema = json.loads((DATA / "plan-case.schema.json").read_text(encoding="utf-8"))
    return compiled(schema["$defs"]["input"], definitions=schema["$defs"])


def _sentence(breach: Breach) -> str:
    """Name the field and the rule it breaks, never the value: a value may be about a person."""
    path = ".".join(str(step) for step in breach.path)
    return f"The {f'field {path}' if path else 'case'} does not fit the schema: {breach.rule}."


def _instant(text: str, *, field: str) -> dt.datetime:
    try:
        instant = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidCase(f"The field {field} is a moment that does not exist.") from error
    # Python reads an offset of 01:75 as 02:15; a slip of the pen must not move a patient's start.
    if not text.endswith(("Z", instant.isoformat()[-3:])):
        raise InvalidCase(f"The field {field} is a moment that does not exist.")
    return _planned_for(instant, field=field)


def _day(text: str, *, field: str) -> dt.date:
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as error:
        raise InvalidCase(f"The field {field} is a date that does not exist.") from error
    return _planned_for(day, field=field)


def _planned_for(moment: Moment, *, field: str) -> Moment:
    if moment.year not in YEARS:
        raise InvalidCase(f"The field {field} is in a year that is not planned for.")
    return moment


def _zone(name: str) -> ZoneInfo:
    if name.startswith(NOT_PLACES):
        raise InvalidCase("The field timezone names no place.")
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidCase("The field timezone names no place.") from error


def _number(value: float | None, *, field: str) -> float | None:
    """JSON has no bounds: a number too large to compute with is refused here."""
    try:
        if value is None or math.isfinite(value):
            return value
    except OverflowError:
        pass
    raise InvalidCase(f"The field {field} is too large.")


def _patient(record: Mapping[str, Any]) -> PatientFacts:
    return PatientFacts(
        age_years=_number(record["age_years"], field="patient.age_years") or 0,
        sex=record["sex"],
        language=record["language"],
        creatinine_clearance=_number(record["creatinine_clearance"], field="patient.creatinine_clearance"),
        egfr=_number(record["egfr"], field="patient.egfr"),
        conditions=frozenset(record["conditions"]),
        medications=tuple(_medication(entry) for entry in record["medications"]),
    )


def _medication(record: Mapping[str, Any]) -> Medication:
    return Medication(
        drug=record["drug"],
        dose_times=tuple(_clock_time(text) for text in record.get("dose_times", ())),
        weekdays=tuple(record.get("weekdays", ())),
        regimen=record.get("regimen"),
        route=record.get("route"),
        phase=record.get("phase"),
        high_dose=record.get("high_dose", False),
    )


def _clock_time(text: str) -> dt.time:
    try:
        return dt.time.fromisoformat(text)
    except ValueError as error:
        raise InvalidCase(
            "The field patient.medications.dose_times is a time that does not exist."
        ) from error


def _entry(record: Mapping[str, Any]) -> EvidenceEntry:
    return EvidenceEntry(
        item=record["item"],
        on=_optional_day(record.get("on"), field="evidence.on"),
        planned_for=_optional_day(record.get("planned_for"), field="evidence.planned_for"),
        value=_number(record.get("value"), field="evidence.value"),
    )


def _optional_day(text: str | None, *, field: str) -> dt.date | None:
    return None if text is None else _day(text, field=field)


def _policy(record: Mapping[str, Any]) -> Policy:
    languages = record.get("approved_languages")
    return Policy(
        paediatric_fasting=record.get("paediatric_fasting", "asa"),
        approved_languages=None if languages is None else frozenset(languages),
    )


def _previous(record: Mapping[str, Any]) -> Previous:
    return Previous(
        start=_instant(record["start"], field="previous.start"),
        changed_on=_day(record["changed_on"], field="previous.changed_on"),
        told=tuple(
            ToldStop(
                drug=told["drug"], last_dose_on=_day(told["last_dose_on"], field="previous.told.last_dose_on")
            )
            for told in record.get("told", ())
        ),
        fasting_told=record.get("fasting_told", False),
    )
