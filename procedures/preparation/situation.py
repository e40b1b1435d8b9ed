"""
A case seen through the rule set: what class, whether sedated, which drugs once merged, which conditions.

Pure: no framework, no database, no clock.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from procedures.preparation.case import Case, Medication
from procedures.preparation.clock import Start, start_at
from procedures.preparation.rule_rows import Drug, HoldRow
from procedures.preparation.rule_set import RuleSet
from procedures.preparation.schedule import Schedule, schedule_of

ADULT_AT_YEARS = 18  # [ops]; exactly 18 is an adult.


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedDrug:
    """
    One drug of the medicine list, its entries merged.

    `name` is as listed; `drug` is the vocabulary's, None for a name it does not have. For a part of a combination
    tablet `name` stays the tablet's, so that codes and texts name what is on the box. `route` and `regimen` are None
    where unknown, and where entries disagree.
    """

    name: str
    drug: Drug | None
    schedule: Schedule
    route: str | None
    regimen: str | None
    weekdays_given: bool
    maintenance: bool
    high_dose: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """Everything derived from a case before any drug is judged."""

    case: Case
    rules: RuleSet
    start: Start
    drugs: tuple[ListedDrug, ...]
    sedated: bool
    child: bool
    bleeding_class: str
    prerequisite_set: str
    ionising: bool
    transport_without_escort: str | None

    @property
    def escort_needed(self) -> bool:
        """Return whether the patient may not leave alone: after sedation, and any child."""
        return self.sedated or self.child

    @property
    def clearance(self) -> float | None:
        """Return the creatinine clearance in mL/min, None when unknown."""
        return self.case.patient.creatinine_clearance

    def has(self, condition: str) -> bool:
        """Return whether the patient has the condition of that code."""
        return condition in self.case.patient.conditions

    def has_any(self, group: str) -> bool:
        """Return whether the patient has any condition of that group of the vocabulary."""
        return not self.rules.condition_groups[group].isdisjoint(self.case.patient.conditions)

    def lists(self, name: str) -> bool:
        """Return whether a drug is listed under exactly that name."""
        return any(listed.name == name for listed in self.drugs)

    def listed_in(self, group: str) -> list[ListedDrug]:
        """Return the listed drugs of a vocabulary group."""
        return [listed for listed in self.drugs if listed.drug is not None and listed.drug.group == group]

    def rows(self, *, risk: str, drug: Drug) -> tuple[HoldRow, ...]:
        """Return the rows of a drug at a risk."""
        return self.rules.rows_for(risk=risk, drug=drug.name)


def situation_of(case: Case, *, rules: RuleSet) -> Situation:
    """
    Return the situation of a case.

    :raises InvalidCase: if procedure and target name nothing in the vocabulary
    """
    procedure = rules.procedure(procedure=case.procedure, target=case.target)
    ionising = procedure.ionising_by_default if case.guidance is None else rules.ionising[case.guidance]
    return Situation(
        case=case,
        rules=rules,
        start=start_at(instant=case.start, zone=case.zone),
        drugs=_merged(case.patient.medications, rules=rules),
        sedated=rules.sedated[case.anaesthesia],
        child=case.patient.age_years < ADULT_AT_YEARS,
        bleeding_class=procedure.bleeding_class or "not_rated",
        prerequisite_set=procedure.prerequisite_set or "",
        ionising=ionising,
        transport_without_escort=procedure.transport_without_escort,
    )


def parts_of(listed: ListedDrug, *, rules: RuleSet) -> tuple[ListedDrug, ...]:
    """Return the parts of a combination tablet, each taken when the tablet is; none for any other drug."""
    components = listed.drug.components if listed.drug is not None else ()
    return tuple(replace(listed, drug=rules.drugs[component]) for component in components)


def substances_of(listed: ListedDrug, *, rules: RuleSet) -> tuple[Drug, ...]:
    """Return the drugs in what is listed: the parts of a tablet, else the drug itself; none for an unlisted name."""
    if listed.drug is None:
        return ()
    return tuple(rules.drugs[component] for component in listed.drug.components) or (listed.drug,)


def _merged(medications: tuple[Medication, ...], *, rules: RuleSet) -> tuple[ListedDrug, ...]:
    """Return one drug per name, in the order of first mention; names are never trimmed or guessed at."""
    entries: dict[str, list[Medication]] = {}
    for medication in medications:
        entries.setdefault(medication.drug, []).append(medication)
    return tuple(_one_drug(name, rules.drugs.get(name), tuple(found)) for name, found in entries.items())


# A search asks about the same list for every day.
@lru_cache(maxsize=512)
def _one_drug(name: str, drug: Drug | None, entries: tuple[Medication, ...]) -> ListedDrug:
    return ListedDrug(
        name=name,
        drug=drug,
        schedule=schedule_of(list(entries)),
        route=_agreed(entry.route for entry in entries),
        regimen=_agreed(entry.regimen for entry in entries),
        weekdays_given=any(entry.weekdays for entry in entries),
        maintenance=all(entry.phase == "maintenance" for entry in entries),
        high_dose=any(entry.high_dose for entry in entries),
    )


def _agreed(values: Iterable[str | None]) -> str | None:
    """Return the one value stated; None when there is none, or more than one."""
    stated = {value for value in values if value is not None}
    return stated.pop() if len(stated) == 1 else None
