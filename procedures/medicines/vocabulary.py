"""
The drug vocabulary: every drug of the preparation rules with the names under which people know it.

Group and class are the rules' own; `data/drugs.yaml` adds brands by region, names by language and code slots. Read
once, and refused as a whole when it is wrong. Pure: no framework, no database, no clock.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from procedures.catalogue.yaml_lines import UnreadableYaml, load
from procedures.medicines.writing import normal
from procedures.preparation import rule_set
from procedures.preparation.rule_rows import Drug

DATA = Path(__file__).parent / "data" / "drugs.yaml"

Region = Literal["int", "eu", "us", "uk", "es", "pl", "fr"]
Language = Literal["en", "es", "pl", "fr"]


class VocabularyIsWrong(ValueError):
    """The drug vocabulary does not fit the preparation rules, or one name means two things."""


class Codes(BaseModel):
    """A drug in the registers of others; empty where nobody has verified a code."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    rxnorm: str
    atc: str
    snomed: str
    state: Literal["unverified", "verified"]


class _Entry(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    brands: dict[Region, list[str]] = {}
    names: dict[Language, list[str]] = {}
    codes: Codes


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    source: Literal["c", "b"]
    drugs: dict[str, _Entry]
    ambiguous: dict[str, list[str]]
    others: list[str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Medicine:
    """
    A drug of the rules as people know it.

    `brands` stand under their regions, `names` under the language. `source` marks where the names come from: c is
    general knowledge that nobody checked, b a secondary source.
    """

    drug: Drug
    brands: Mapping[str, tuple[str, ...]]
    names: Mapping[str, tuple[str, ...]]
    codes: Codes
    source: str

    @property
    def regions_of(self) -> Mapping[str, tuple[str, ...]]:
        """Return the regions under each brand."""
        found: dict[str, tuple[str, ...]] = {}
        for region, brands in self.brands.items():
            for brand in brands:
                found[brand] = (*found.get(brand, ()), region)
        return found


@dataclass(frozen=True, kw_only=True, slots=True)
class Vocabulary:
    """
    All names, ready to look up. Keys of `drugs_of`, `ambiguous` and `others` are normal forms (`writing.normal`).

    `drugs_of` leads from a listed name to its drug; `ambiguous` from one word to the several drugs it may mean;
    `others` are medicines the rules do not know.
    """

    medicines: Mapping[str, Medicine]
    drugs_of: Mapping[str, str]
    ambiguous: Mapping[str, tuple[str, ...]]
    others: frozenset[str]

    def tablet_of(self, parts: frozenset[str]) -> str | None:
        """Return the combination tablet of exactly these parts, if the rules know one."""
        found = (
            name
            for name, medicine in self.medicines.items()
            if parts_of(medicine.drug) == parts and len(parts) > 1
        )
        return next(found, None)


@cache
def vocabulary() -> Vocabulary:
    """
    Return the vocabulary this version of the program carries; read from disk once.

    :raises VocabularyIsWrong: as `vocabulary_from` does
    """
    return vocabulary_from(DATA.read_text(encoding="utf-8"), drugs=rule_set().drugs)


def vocabulary_from(text: str, *, drugs: Mapping[str, Drug]) -> Vocabulary:
    """
    Return the vocabulary that a file states about `drugs`.

    :raises VocabularyIsWrong: if it is not such a file, lacks a drug or has another one, or a name means two drugs
    """
    try:
        file = _File.model_validate(load(text).value)
    except (UnreadableYaml, ValidationError) as error:
        raise VocabularyIsWrong(str(error)) from error
    if file.drugs.keys() != drugs.keys():
        raise VocabularyIsWrong(f"not the rules' drugs: {sorted(file.drugs.keys() ^ drugs.keys())}")
    medicines = {name: _medicine(drugs[name], entry, file.source) for name, entry in file.drugs.items()}
    drugs_of = _drugs_of(medicines)
    others = frozenset(normal(name) for name in file.others)
    _check_words(file, drugs_of=drugs_of, others=others)
    return Vocabulary(
        medicines=medicines,
        drugs_of=drugs_of,
        ambiguous={normal(word): tuple(names) for word, names in file.ambiguous.items()},
        others=others,
    )


def parts_of(drug: Drug) -> frozenset[str]:
    """Return the substances of a tablet as its name states them; the drug itself when it is but one."""
    return frozenset(drug.components or drug.name.split("/"))


def names_of(medicine: Medicine) -> Iterator[str]:
    """Yield every name of a medicine: its own, those of its languages, its brands."""
    yield medicine.drug.name
    for names in (*medicine.names.values(), *medicine.brands.values()):
        yield from names


def _medicine(drug: Drug, entry: _Entry, source: str) -> Medicine:
    return Medicine(
        drug=drug,
        brands={region: tuple(brands) for region, brands in entry.brands.items()},
        names={language: tuple(names) for language, names in entry.names.items()},
        codes=entry.codes,
        source=source,
    )


def _drugs_of(medicines: Mapping[str, Medicine]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name, medicine in medicines.items():
        for listed in names_of(medicine):
            if found.setdefault(normal(listed), name) != name:
                raise VocabularyIsWrong(f"{listed} is a name of {found[normal(listed)]} and of {name}")
    return found


def _check_words(file: _File, *, drugs_of: Mapping[str, str], others: frozenset[str]) -> None:
    both = others & drugs_of.keys()
    if both:
        raise VocabularyIsWrong(f"both a drug of the rules and none of them: {sorted(both)}")
    for word, names in file.ambiguous.items():
        if len(names) < 2 or not file.drugs.keys() >= set(names) or normal(word) in drugs_of:  # noqa: PLR2004 # one is not several
            raise VocabularyIsWrong(f"not a word for several drugs: {word}")
