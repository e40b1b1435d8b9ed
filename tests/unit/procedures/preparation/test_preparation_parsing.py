"""From JSON to a case: what is refused, in which words, and that the checks are the schema's."""

import copy
import json
import random
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from procedures.preparation import InvalidCase, parse_case, plan_as_json, prepare
from procedures.preparation.rule_set import DATA
from procedures.preparation.schema_check import compiled

CASES = [
    case["input"]
    for case in json.loads((Path(__file__).parent / "plan_cases.json").read_text(encoding="utf-8"))["cases"]
]
SCHEMA = json.loads((DATA / "plan-case.schema.json").read_text(encoding="utf-8"))
STRAY_VALUES = (
    None,
    True,
    0,
    -1,
    1.5,
    "",
    "x",
    "2027-01-08",
    "12:00",
    [],
    ["x"],
    [1, 1],
    {},
    {"item": "inr"},
    "deep",
)


def changed(**changes: Any) -> dict[str, Any]:
    """Return the first published case with some fields replaced; a field of the patient may be given directly."""
    case = copy.deepcopy(CASES[0])
    for key, value in changes.items():
        (case["patient"] if key in case["patient"] else case)[key] = value
    return case


def with_medication(**fields: Any) -> dict[str, Any]:
    return changed(medications=[{"drug": "aspirin"} | fields])


@pytest.mark.parametrize(
    ("case", "field"),
    [
        (None, "case"),
        ([], "case"),
        ({}, "id is required"),
        (changed(id=""), "id"),
        (changed(procedure="tonsil_cryo"), "procedure"),
        (changed(target="deep"), "case"),
        (changed(procedure="cryoneurolysis_cancer_pain"), "target is required"),
        (changed(procedure="cryoneurolysis_cancer_pain", target="lumbar"), "target"),
        (changed(procedure="cryoneurolysis_facet_lumbar", target="deep"), "target"),
        (changed(anaesthesia="hypnosis"), "anaesthesia"),
        (changed(start="2027-01-20T14:00:00"), "start"),
        (changed(start="2027-02-30T14:00:00Z"), "start"),
        (changed(start="2027-01-20T14:60:00Z"), "start"),
        (changed(start="2027-01-20T14:00:00+25:00"), "start"),
        (changed(start="2027-01-20T14:00:00+01:75"), "start"),
        (changed(start="0001-01-01T00:00:00+00:00"), "start"),
        (changed(timezone="Mars/Olympus"), "timezone"),
        (changed(timezone="../etc/passwd"), "timezone"),
        (changed(timezone="/etc/localtime"), "timezone"),
        (changed(timezone="localtime"), "timezone"),
        (changed(timezone="Europe"), "timezone"),
        (changed(timezone="right/UTC"), "timezone"),
        (changed(booked_on="2027-13-01"), "booked_on"),
        (changed(booked_on="2027-01-04\n"), "booked_on"),
        (changed(age_years=-1), "patient.age_years"),
        (changed(age_years=True), "patient.age_years"),
        (changed(age_years=float("inf")), "patient.age_years"),
        (changed(egfr=10**400), "patient.egfr"),
        (changed(sex="x"), "patient.sex"),
        (changed(language="e"), "patient.language"),
        (changed(conditions=["headache"]), "patient.conditions.0"),
        (changed(conditions=["pregnant", "pregnant"]), "patient.conditions"),
        (with_medication(drug="Aspirin"), "patient.medications.0.drug"),
        (with_medication(drug=""), "patient.medications.0.drug"),
        (with_medication(dose_times=["24:00"]), "patient.medications.0.dose_times.0"),
        (with_medication(dose_times=["8:00"]), "patient.medications.0.dose_times.0"),
        (with_medication(dose_times=["08:00\n"]), "patient.medications.dose_times"),
        (with_medication(dose_times=["08:00", "08:00"]), "patient.medications.0.dose_times"),
        (with_medication(weekdays=[]), "patient.medications.0.weekdays"),
        (with_medication(brand="x"), "patient.medications.0"),
        (with_medication(dose_mg=-1), "patient.medications.0.dose_mg"),
        (changed(evidence=[{"item": "inr"}]), "evidence.0"),
        (changed(evidence=[{"item": "inr", "on": "2027-01-08", "planned_for": "2027-01-08"}]), "evidence.0"),
        (changed(evidence=[{"item": "inr", "on": "2027-02-29"}]), "evidence.on"),
        (changed(previous={"start": "2027-01-13T14:00:00Z"}), "changed_on is required"),
        (changed(surprise=1), "case"),
    ],
)
def test_refusal_is_one_sentence_naming_the_field(case: Any, field: str) -> None:
    with pytest.raises(InvalidCase) as refused:
        parse_case(case)

    sentence = str(refused.value)

    assert field in sentence
    assert sentence.startswith("The ")
    assert sentence.endswith(".")
    assert "\n" not in sentence


def test_refusal_never_repeats_a_value() -> None:
    with pytest.raises(InvalidCase) as refused:
        parse_case(changed(language=17, sex="Jan Kowalski"))

    assert "Kowalski" not in str(refused.value)


def test_case_keeps_every_field_of_the_contract() -> None:
    case = parse_case(
        changed(
            guidance="us",
            contrast="iodinated_iv",
            policy={"paediatric_fasting": "esaic", "approved_languages": ["en"]},
            previous={"start": "2027-01-13T14:00:00Z", "changed_on": "2027-01-05"},
        )
    )

    assert (case.guidance, case.contrast, case.policy.paediatric_fasting) == ("us", "iodinated_iv", "esaic")
    assert case.policy.approved_languages == {"en"}
    assert case.previous is not None
    assert (case.previous.told, case.previous.fasting_told) == ((), False)


@pytest.mark.slow
def test_compiled_checks_agree_with_a_general_validator() -> None:
    general = Draft202012Validator({"$ref": "#/$defs/input", "$defs": SCHEMA["$defs"]})
    check = compiled(SCHEMA["$defs"]["input"], definitions=SCHEMA["$defs"])
    chance = random.Random(20270120)  # noqa: S311 - reproducible damage, not a secret

    damaged = [damage(chance.choice(CASES), chance=chance) for _ in range(400)]
    verdicts = [(general.is_valid(case), check(case) is None) for case in damaged]

    assert [case for case, (wanted, got) in zip(damaged, verdicts, strict=True) if wanted is not got] == []
    assert {wanted for wanted, _ in verdicts} == {True, False}


def damage(case: dict[str, Any], *, chance: random.Random) -> dict[str, Any]:
    """Return the case with one value anywhere in it replaced, removed or added."""
    case = copy.deepcopy(case)
    place: Any = case
    while True:
        step = chance.choice(list(place) if isinstance(place, dict) else range(len(place)))
        inner = place[step]
        if not isinstance(inner, dict | list) or not inner or chance.random() < 0.2:
            break
        place = inner
    kind = chance.choice(["replace", "replace", "remove", "add"])
    if kind == "replace":
        place[step] = chance.choice(STRAY_VALUES)
    elif kind == "remove":
        del place[step]
    elif isinstance(place, dict):
        place[chance.choice(["target", "guidance", "value", "weekdays", "surprise"])] = chance.choice(
            STRAY_VALUES
        )
    else:
        place.append(place[step])
    return case


@pytest.mark.parametrize("value", [None, 1, "x", []])
def test_rules_about_keys_pass_what_has_none(value: Any) -> None:
    check = compiled({"required": ["a"], "properties": {"a": {"type": "string"}}}, definitions={})

    assert check(value) is None
    assert check({}) is not None


@pytest.mark.parametrize("keyword", ["format", "maximum"])
def test_keyword_that_is_not_known_stops_the_compilation(keyword: str) -> None:
    with pytest.raises(KeyError):
        compiled({"type": "string", keyword: 1}, definitions={})


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_plan_fits_the_published_schema(case: dict[str, Any]) -> None:
    plans = Draft202012Validator({"$ref": "#/$defs/output", "$defs": SCHEMA["$defs"]})

    plan = plan_as_json(prepare(parse_case(case)))

    assert [error.message for error in plans.iter_errors(plan)] == []
