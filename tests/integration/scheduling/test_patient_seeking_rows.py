"""Patients are found by what people type, in the rows of a database."""

import datetime as dt

import pytest
from builders import Clinic, make_patient
from django.db import connection
from django.test.utils import CaptureQueriesContext

from scheduling.likeness import clues, spellings
from scheduling.models import Patient
from scheduling.models.finding import found_by

TODAY = dt.date(2027, 3, 1)
NAMES = (
    "Müller", "Zoë", "Łukasz", "Straße", "Øyvind", "Åse", "Đorđe", "Þóra", "Æsa", "O'Brien", "O\u2019Neil",
    "Jean-Luc", "Nguyễn", "İpek", "I\u015f\u0131k", "Čapek", "Живко", "Ωμέγα", "ŻÓŁĆ", "de la Cruz", "J. R.", "a\\b", "x'&|!:*",
)  # fmt: skip


def found(clinic: Clinic, typed: str) -> list[str]:
    rows = Patient.objects.of(clinic.organization).fitting(clues(typed, today=TODAY))
    return sorted(row.given_name for row in rows)


@pytest.fixture
def zoe(clinic: Clinic) -> Patient:
    return make_patient(
        clinic.organization,
        given_name="Zoë",
        family_name="Müller-Żak",
        identifier="R-2027/0012",
        birth_date=dt.date(1984, 12, 1),
        phone="+442079461234",
    )


def test_patient_is_found_by_what_is_typed(clinic: Clinic, zoe: Patient) -> None:
    make_patient(clinic.organization, given_name="Bo", family_name="Berg", phone="", identifier="X")
    typed = (
        "zoe",
        "ZOË",
        "Muller",
        "mueller",
        "Müller",
        "zak zoe",
        "Müller-Zak, Zoë",
        "1.12.1984",
        "zoe 1 Dec 1984",
        "020 7946 1234",
        "+44 (0)20 7946",
        "7946 1234",
        "461234",
        "R-2027/0012",
        "r2027",
        "0012",
        "2027",
    )

    others = {each: found(clinic, each) for each in typed if found(clinic, each) != ["Zoë"]}

    assert others == {}


def test_patient_is_not_found_by_anything_else(clinic: Clinic, zoe: Patient) -> None:
    typed = ("ller", "zoe novak", "2.12.1984", "7946 1235", "zoe' | '", "a\\", "!:*&")

    wrong = [each for each in typed if "Zoë" in found(clinic, each)]

    assert wrong == []


def test_names_are_spelled_alike_here_and_in_the_database(clinic: Clinic) -> None:
    rows = [
        Patient(
            organization=clinic.organization,
            given_name="",
            family_name=name,
            identifier=f"{number}",
            birth_date=TODAY,
            sex="f",
        )
        for number, name in enumerate(NAMES)
    ]
    Patient.objects.bulk_create(rows)

    stored = {row.family_name: row.words for row in Patient.objects.annotate(words=found_by())}

    missing = {
        name: spelled
        for name in NAMES
        for word in name.split()
        for spelled in spellings(word)
        if f"'{spelled.replace(chr(92), chr(92) * 2)}'" not in stored[name]
    }
    assert {name: way for name, way in missing.items() if name != "x'&|!:*"} == {}


def test_every_name_finds_itself(clinic: Clinic) -> None:
    for name in NAMES:
        make_patient(clinic.organization, given_name=name, family_name="")

    lost = [name for name in NAMES if name not in found(clinic, name)]

    assert lost == []


def test_corrected_name_is_found_at_once(clinic: Clinic, zoe: Patient) -> None:
    Patient.objects.filter(pk=zoe.pk).update(family_name="Żeromska")

    assert (found(clinic, "zeromska"), found(clinic, "muller")) == (["Zoë"], [])


def test_search_takes_one_query(clinic: Clinic, zoe: Patient) -> None:
    with CaptureQueriesContext(
        connection,
    ) as queries:
        found(clinic, "zoe muller 1.12.1984 7946")

    assert len(queries) == 1
