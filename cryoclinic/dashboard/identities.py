"""Medicines written in people's own words, each with what it may be, for somebody who looks at the box."""

from dataclasses import dataclass

from procedures.medicines import Match, MatchKind, Written, match, read
from procedures.preparation import rule_set
from scheduling.codes import MedicineIdentity
from scheduling.models import MedicationStatement, Patient

# [ops] From here on a match is called likely, and from here on probable.
LIKELY, PROBABLE = 0.9, 0.7
KINDS = {
    MatchKind.EXACT: "the generic name itself",
    MatchKind.BRAND: "a brand name",
    MatchKind.SYNONYM: "another name of it",
    MatchKind.COMBINATION: "a tablet of these parts",
    MatchKind.SPELLING: "spelled nearly so",
    MatchKind.PART: "only one part of what is written",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Candidate:
    """A drug that a medicine may be. `words` say how sure that is; `is_part` that it is not all that is written."""

    drug: str
    drug_class: str
    words: str
    is_part: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """A medicine that nobody has confirmed, and what it may be."""

    medicine: MedicationStatement
    written: Written
    candidates: tuple[Candidate, ...]


def identities_of(patient: Patient) -> tuple[Identity, ...]:
    """Return the medicines on a patient's list that wait for somebody to say which they are, in order of writing."""
    waiting = [
        each
        for each in patient.medications.all()
        if each.active and each.identity == MedicineIdentity.UNCONFIRMED
    ]
    return tuple(_identity(each) for each in sorted(waiting, key=lambda each: each.pk))


def drug_names() -> tuple[str, ...]:
    """Return every generic name of the list, in order."""
    return tuple(sorted(rule_set().drugs))


def _identity(medicine: MedicationStatement) -> Identity:
    found = match(medicine.as_written)
    return Identity(
        medicine=medicine,
        written=read(medicine.as_written),
        candidates=tuple(_candidate(each) for each in found if each.kind is not MatchKind.NONE),
    )


def _candidate(found: Match) -> Candidate:
    return Candidate(
        drug=found.drug,
        drug_class=rule_set().drugs[found.drug].drug_class.replace("_", " "),
        words=f"{_sureness(found)}: {KINDS[found.kind]}{_name(found)}",
        is_part=found.kind is MatchKind.PART,
    )


def _sureness(found: Match) -> str:
    if found.kind is MatchKind.PART:
        return "Not it"
    if found.confidence >= LIKELY:
        return "Likely"
    return "Probably" if found.confidence >= PROBABLE else "Perhaps"


def _name(found: Match) -> str:
    return "" if found.name == found.drug else f", {found.name}"
