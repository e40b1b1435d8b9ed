"""What free text may mean: tables of what people write, and of what must not be taken for something else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.medicines import (
    MatchKind,
    VocabularyIsWrong,
    match,
    normal,
    read,
    vocabulary,
    vocabulary_from,
)
from procedures.medicines.vocabulary import DATA
from procedures.preparation import rule_set

NONE = ("", "none", 0.0)


def found(text: str) -> list[tuple[str, str, float]]:
    return [(each.drug, each.kind.value, each.confidence) for each in match(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("apixaban", ("apixaban", "exact", 1.0)),
        ("  APIXABAN ", ("apixaban", "exact", 1.0)),
        ("apixaban 5 mg twice a day", ("apixaban", "exact", 1.0)),
        ("apixabán 2,5 mg comprimidos dos veces al día", ("apixaban", "exact", 1.0)),
        ("apiksaban 5 mg 2 razy dziennie", ("apixaban", "synonym", 0.98)),
        ("énoxaparine", ("enoxaparin", "synonym", 0.98)),
        ("kwas acetylosalicylowy 75 mg", ("aspirin", "synonym", 0.98)),
        ("ácido acetilsalicílico 100 mg", ("aspirin", "synonym", 0.98)),
        ("acetaminophen", ("paracetamol", "synonym", 0.98)),
        ("glyburide", ("glibenclamide", "synonym", 0.98)),
        ("Eliquis 5 mg tablet twice a day", ("apixaban", "brand", 0.95)),
        ("Eliquis (apixaban) 5 mg", ("apixaban", "brand", 0.95)),
        ("Kardégic 75", ("aspirin", "brand", 0.95)),
        ("Humalog Mix25", ("insulin mixed", "brand", 0.95)),
        ("Humalog", ("insulin lispro", "brand", 0.95)),
        ("Synjardy 12.5 mg/1000 mg", ("empagliflozin/metformin", "brand", 0.95)),
        ("empagliflozin/metformin", ("empagliflozin/metformin", "exact", 1.0)),
        ("metformin + empagliflozin", ("empagliflozin/metformin", "combination", 0.98)),
        ("metformin and sitagliptin", ("sitagliptin/metformin", "combination", 0.98)),
        ("metformina con empagliflozina", ("empagliflozin/metformin", "combination", 0.98)),
        ("metformin empagliflozin tablets", ("empagliflozin/metformin", "combination", 0.95)),
        ("dipyridamole/aspirin", ("aspirin/dipyridamole", "synonym", 0.98)),
        ("Lantus SoloStar 20 j.", ("insulin glargine", "brand", 0.76)),
        ("elikuis", ("apixaban", "spelling", 0.77)),
        ("warfrin", ("warfarin", "spelling", 0.84)),
        ("clopidogrell", ("clopidogrel", "spelling", 0.86)),
    ],
)
def test_text_is_matched(text: str, expected: tuple[str, str, float]) -> None:
    assert found(text) == [expected]


@pytest.mark.parametrize(
    "text",
    [
        "", "   ", "50", "?", "something herbal", "the blue one", "clonidine", "clonidine 100 micrograms", "Clonidin",
        "metoclopramide", "pravastatin", "Lasix", "Zantac", "prednisolone 5 mg", "St John's wort", "Xeljanz",
    ],
)  # fmt: skip
def test_what_the_rules_do_not_know_matches_nothing(text: str) -> None:
    assert found(text) == [NONE]


def test_a_tablet_that_is_not_listed_shows_its_parts_and_none_of_them_is_likely() -> None:
    assert found("valsartan/amlodipine") == [("amlodipine", "part", 0.3), ("valsartan", "part", 0.3)]
    assert found("Eliquis and aspirin") == [("apixaban", "part", 0.3), ("aspirin", "part", 0.3)]
    assert found("losartan hydrochlorothiazide") == [("losartan", "part", 0.3)]


def test_one_word_for_several_drugs_settles_on_none() -> None:
    assert {each.confidence for each in match("insulin 20 units")} == {0.5}
    assert {each.drug for each in match("Humulin")} == {"insulin nph", "insulin regular", "insulin mixed"}


@pytest.mark.parametrize(
    ("text", "rivals"), [("glimepizide", {"glimepiride", "glipizide"}), ("insulin aspar", {"insulin aspart"})]
)
def test_rivals_are_all_shown(text: str, rivals: set[str]) -> None:
    assert rivals <= {each.drug for each in match(text)}
    assert max(each.confidence for each in match(text)) <= 0.9


@pytest.mark.parametrize("name", sorted(vocabulary().others))
def test_no_other_medicine_is_taken_for_one_of_the_rules(name: str) -> None:
    assert found(name) == [NONE]


@pytest.mark.parametrize("drug", sorted(rule_set().drugs))
def test_every_name_of_a_drug_leads_to_it(drug: str) -> None:
    medicine = vocabulary().medicines[drug]
    names = [drug, *(n for names in (*medicine.names.values(), *medicine.brands.values()) for n in names)]

    assert {match(name)[0].drug for name in names} == {drug}


def test_only_the_drugs_own_name_is_certain() -> None:
    certain = {name for name in vocabulary().drugs_of if match(name)[0].confidence == 1.0}

    assert certain == {normal(drug) for drug in rule_set().drugs}


def test_a_brand_says_where_it_is_sold() -> None:
    assert [(each.name, each.regions) for each in match("plavix")] == [("Plavix", ("int",))]


@given(st.text(max_size=40))
def test_any_text_has_an_answer_and_always_the_same(text: str) -> None:
    first = match(text)

    assert first == match(text)
    assert all(
        (each.kind is MatchKind.NONE) == (each.drug == "") and 0 <= each.confidence <= 1 for each in first
    )


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Eliquis 5 mg twice a day", ("Eliquis", "5 mg", "", "twice a day")),
        ("Glucophage 500mg tablets", ("Glucophage", "500mg", "tablets", "")),
        ("Synjardy 12.5 mg/1000 mg", ("Synjardy", "12.5 mg/1000 mg", "", "")),
        ("enoxaparina 40 mg inyección cada día", ("enoxaparina", "40 mg", "inyección", "cada día")),
        ("Polocard 75 mg 1 tabletka rano", ("Polocard 1", "75 mg", "tabletka", "rano")),
        ("Humalog Mix 25", ("Humalog Mix 25", "", "", "")),
        ("aspirin", ("aspirin", "", "", "")),
    ],
)
def test_a_line_is_read_in_parts(text: str, parts: tuple[str, str, str, str]) -> None:
    written = read(text)

    assert (written.name, written.strength, written.form, written.frequency) == parts


def test_strength_and_form_are_what_stands_on_the_box() -> None:
    assert read("Eliquis 5 mg tablet twice a day").box == "5 mg tablet"


# --- the file ---------------------------------------------------------------------------------------


def test_every_drug_of_the_rules_has_names_and_no_unverified_code() -> None:
    medicines = vocabulary().medicines

    assert medicines.keys() == rule_set().drugs.keys()
    assert {each.source for each in medicines.values()} == {"c"}
    filled = [
        name
        for name, each in medicines.items()
        if each.codes.state == "unverified" and (each.codes.rxnorm or each.codes.atc or each.codes.snomed)
    ]
    assert filled == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("source: c", "source: z"),
        ("  apixaban:\n", "  apixabam:\n"),
        ("int: [Eliquis]", "int: [Xarelto]"),
        ("brands: {int: [Eliquis]}", "brands: {mars: [Eliquis]}"),
        ("  lmwh: [enoxaparin, dalteparin]", "  lmwh: [enoxaparin]"),
        ("  lmwh: [enoxaparin, dalteparin]", "  lmwh: [enoxaparin, tinzaparin]"),
        ("  lmwh: [enoxaparin, dalteparin]", "  clexane: [enoxaparin, dalteparin]"),
        ("others: [\n", "others: [\n  Plavix,"),
        ("others: [\n", "others: {\n"),
    ],
)
def test_a_wrong_file_is_refused(old: str, new: str) -> None:
    text = DATA.read_text(encoding="utf-8")
    assert old in text

    with pytest.raises(VocabularyIsWrong):
        vocabulary_from(text.replace(old, new), drugs=rule_set().drugs)


def test_a_drug_the_file_lacks_is_named() -> None:
    drug = replace(rule_set().drugs["apixaban"], name="newaban")

    with pytest.raises(VocabularyIsWrong, match="newaban"):
        vocabulary_from(DATA.read_text(encoding="utf-8"), drugs={**rule_set().drugs, "newaban": drug})
