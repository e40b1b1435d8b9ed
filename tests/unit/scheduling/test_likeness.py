"""Which records look like one person."""

import datetime as dt
from dataclasses import replace

import pytest

from scheduling.likeness import Identity, Likeness, likely_pairs, likeness, name_of, plain

ANA = Identity(
    key=1,
    given_name="Ana",
    family_name="Müller-Żak",
    birth_date=dt.date(1961, 3, 14),
    identifier="P-17",
    phone="+447946000001",
)
OTHER_NUMBER = replace(ANA, key=2, identifier="P-18", phone="")
CASES = {
    "the same name and birth date": (OTHER_NUMBER, {Likeness.NAME_AND_BIRTH}),
    "without accents and case": (
        replace(OTHER_NUMBER, given_name="ANA", family_name="Muller Zak"),
        {Likeness.NAME_AND_BIRTH},
    ),
    "names swapped": (
        replace(OTHER_NUMBER, given_name="Müller-Żak", family_name="Ana"),
        {Likeness.NAME_AND_BIRTH},
    ),
    "another birth date": (replace(OTHER_NUMBER, birth_date=dt.date(1961, 3, 15)), set()),
    "the number written otherwise": (
        replace(OTHER_NUMBER, given_name="Eva", identifier="p17"),
        {Likeness.NUMBER},
    ),
    "a family that shares a phone": (
        replace(ANA, key=2, identifier="P-18", given_name="Jan", birth_date=dt.date(1959, 1, 1)),
        set(),
    ),
    "the same phone and birth date": (
        replace(ANA, key=2, identifier="P-18", given_name="Anna"),
        {Likeness.PHONE},
    ),
    "the same phone and name": (
        replace(ANA, key=2, identifier="P-18", birth_date=dt.date(1961, 4, 13)),
        {Likeness.PHONE},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_records_are_alike(name: str) -> None:
    other, expected = CASES[name]

    assert likeness(ANA, other) == likeness(other, ANA) == expected
    assert likely_pairs([other, ANA]) == (((1, 2, frozenset(expected)),) if expected else ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Müller-Żak", "mullerzak"), ("O'Neill", "oneill"), ("Straße", "strasse"), ("Łódź", "lodz"), ("", "")],
)
def test_names_are_compared_without_what_people_leave_out(text: str, expected: str) -> None:
    assert plain(text) == expected


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Müller", "Mueller"),
        ("Øyvind", "Oyvind"),
        ("Øyvind", "OEYVIND"),
        ("Åse", "Aase"),
        ("Sørensen", "Sorensen"),
    ],
)
def test_ways_of_writing_a_name_are_alike(one: str, other: str) -> None:
    records = [replace(ANA, key=key, family_name=name) for key, name in ((1, one), (2, other))]

    assert name_of(records[0]) == name_of(records[1])
