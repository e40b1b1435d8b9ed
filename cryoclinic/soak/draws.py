"""
What a history draws: zones, starts, people and what they take. The same chance gives the same draw.

Pure: no framework, no database, no clock. Nothing here is a clinical statement.
"""

import datetime as dt
import random
import zoneinfo
from dataclasses import dataclass
from functools import cache, lru_cache

from procedures.preparation import Case, EvidenceEntry, Medication, PatientFacts, Policy, rule_set
from procedures.preparation.parsing import NOT_PLACES
from procedures.preparation.schedule import WEEKDAYS

FIRST_DAY, LAST_DAY = dt.date(2026, 1, 1), dt.date(2033, 1, 1)
ONE_DAY = dt.timedelta(days=1)
LEAP_DAYS = (dt.date(2028, 2, 28), dt.date(2028, 2, 29), dt.date(2028, 3, 1), dt.date(2032, 2, 29))
YEAR_ENDS = tuple(dt.date(year, *day) for year in range(2026, 2033) for day in ((12, 31), (1, 1), (12, 30)))
DOSE_TIMES = tuple(dt.time(hour, minute) for hour in range(24) for minute in (0, 30))
AGES = (0.2, 0.9, 5.0, 12.0, 17.9, 18.0, 33.0, 55.0, 71.0, 95.0)
CLEARANCES = (None, 5.0, 14.9, 15.0, 29.9, 30.0, 49.9, 50.0, 79.9, 80.0, 120.0)
EVIDENCE = ("cardiology_decision", "bridging_plan_signed", "anticoagulation_plan_signed", "inr", "consent")


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """What there is to draw from, in a fixed order."""

    zones: tuple[str, ...]
    procedures: tuple[tuple[str, str | None], ...]
    anaesthesia: tuple[str, ...]
    drugs: tuple[str, ...]
    conditions: tuple[str, ...]


@cache
def vocabulary() -> Vocabulary:
    """Return everything that can be drawn: every zone with a place, every procedure, drug and condition."""
    rules = rule_set()
    groups = {code for codes in rules.condition_groups.values() for code in codes}
    alone = {"dialysis", "hit_history", "stent_beyond_window", "hfref", "gi_symptoms", "pregnant"}
    fed = {"breast_fed", "formula_fed", "chronic_liver_disease"}
    return Vocabulary(
        zones=tuple(
            sorted(name for name in zoneinfo.available_timezones() if not name.startswith(NOT_PLACES))
        ),
        procedures=tuple(sorted(rules.procedures, key=str)),
        anaesthesia=tuple(sorted(rules.sedated)),
        drugs=(*sorted(rules.drugs), "a drug nobody lists"),
        conditions=tuple(sorted(groups | alone | fed)),
    )


def zone(chance: random.Random) -> zoneinfo.ZoneInfo:
    """Return any zone of the world, every other time one where clocks change."""
    return zoneinfo.ZoneInfo(chance.choice(chance.choice((vocabulary().zones, changing_zones()))))


def start(chance: random.Random, *, zone: zoneinfo.ZoneInfo) -> dt.datetime:
    """Return a start (UTC): any time of an ordinary day, a clock change, a leap day or a year's end in the zone."""
    days = chance.choice((changes_of(zone.key), LEAP_DAYS, YEAR_ENDS, ()))
    ordinary = FIRST_DAY + ONE_DAY * chance.randrange((LAST_DAY - FIRST_DAY).days)
    day = chance.choice(days) + ONE_DAY * chance.choice((-1, 0, 0, 0, 1)) if days else ordinary
    at = dt.time(chance.randrange(24), chance.randrange(0, 60, 5), fold=chance.randrange(2))
    return dt.datetime.combine(day, at, tzinfo=zone).astimezone(dt.UTC)


@cache
def changing_zones() -> tuple[str, ...]:
    """Return the zones in which clocks still change."""
    return tuple(name for name in vocabulary().zones if changes_of(name))


@lru_cache(maxsize=1024)
def changes_of(name: str) -> tuple[dt.date, ...]:
    """Return the days on which clocks change in a zone."""
    place = zoneinfo.ZoneInfo(name)
    weeks = range(0, (LAST_DAY - FIRST_DAY).days, 7)
    offsets = [_offset(FIRST_DAY + ONE_DAY * days, place) for days in weeks]
    changing = [
        days for days, before, after in zip(weeks, offsets, offsets[1:], strict=False) if before != after
    ]
    return tuple(
        day
        for days in changing
        for day in (FIRST_DAY + ONE_DAY * (days + number) for number in range(7))
        if _offset(day, place) != _offset(day + ONE_DAY, place)
    )


def _offset(day: dt.date, place: zoneinfo.ZoneInfo) -> dt.timedelta | None:
    return dt.datetime.combine(day, dt.time(), tzinfo=place).utcoffset()


def medication(chance: random.Random) -> Medication:
    """Return one entry of a medicine list, often with something missing."""
    times = chance.sample(DOSE_TIMES, chance.choice((0, 1, 1, 2, 2, 3)))
    days = chance.sample(WEEKDAYS, chance.choice((0, 0, 0, 0, 1, 2)))
    return Medication(
        drug=chance.choice(vocabulary().drugs),
        dose_times=tuple(sorted(times)),
        weekdays=tuple(days),
        regimen=chance.choice((None, "prophylactic", "therapeutic")),
        route=chance.choice((None, "iv", "sc")),
        phase=chance.choice((None, "escalation", "maintenance")),
        high_dose=chance.random() < 0.1,  # noqa: PLR2004 - few
    )


def patient(chance: random.Random) -> PatientFacts:
    """Return a patient with up to eight medicines and three conditions."""
    conditions = chance.sample(vocabulary().conditions, chance.choice((0, 0, 0, 1, 2, 3)))
    return PatientFacts(
        age_years=chance.choice(AGES),
        sex=chance.choice(("f", "m", "other")),
        language="en",
        creatinine_clearance=chance.choice(CLEARANCES),
        egfr=chance.choice(CLEARANCES),
        conditions=frozenset(conditions),
        medications=tuple(medication(chance) for _ in range(chance.randrange(9))),
    )


def case(chance: random.Random, *, name: str) -> Case:
    """Return a booking of anybody for anything, made up to six weeks before its start, or the day after it."""
    place = zone(chance)
    begins = start(chance, zone=place)
    procedure, target = chance.choice(vocabulary().procedures)
    booked_on = begins.astimezone(place).date() - ONE_DAY * chance.randrange(-1, 43)
    return Case(
        id=name,
        procedure=procedure,
        target=target,
        anaesthesia=chance.choice(vocabulary().anaesthesia),
        contrast=chance.choice(("none", "iodinated_iv", "iodinated_arterial")),
        start=begins,
        zone=place,
        booked_on=booked_on,
        patient=patient(chance),
        evidence=tuple(
            EvidenceEntry(item=item, on=booked_on)
            for item in chance.sample(EVIDENCE, chance.choice((0, 0, 1, 2)))
        ),
        policy=Policy(paediatric_fasting=chance.choice(("asa", "esaic"))),
    )
