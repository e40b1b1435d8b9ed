"""What somebody who looks for a patient types, read on paper."""

import datetime as dt

import pytest

from scheduling.likeness import Clue, clues, date_in, spellings

TODAY = dt.date(2027, 3, 1)
BORN = dt.date(1961, 3, 14)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("Novak", ["novak"]),
        ("Novak, Pia", ["novak", "pia"]),
        ("  pia   NOVAK ", ["novak", "pia"]),
        ("Zoë", ["zoe"]),
        ("Müller", ["mueller", "muller"]),
        ("Łukasz", ["lukasz"]),
        ("Straße", ["strasse"]),
        ("O'Brien", ["obrien"]),
        ("O\u2019Brien", ["obrien"]),
        ("Jean-Luc", ["jeanluc"]),
        ("P-1001", ["p1001"]),
        ("Живко", ["живко"]),
        ("--", []),
    ],
)
def test_words_are_read_without_case_and_marks(typed: str, words: list[str]) -> None:
    found = clues(typed, today=TODAY)

    assert sorted(word for clue in found for word in clue.beginnings) == words


@pytest.mark.parametrize(
    ("typed", "beginnings"),
    [
        ("020 7946 0000", ("02079460000", "+2079460000")),
        ("+44 20 7946 0000", ("442079460000", "+442079460000")),
        ("+44 (0)20 7946 0000", ("442079460000", "+442079460000")),
        ("0044 20 7946", ("0044207946", "+44207946")),
        ("(212) 555-0100", ("2125550100", "+2125550100")),
        ("01 23 45 67 89", ("0123456789", "+123456789")),
        ("2027-0012", ("20270012", "+20270012")),
        ("12", ("12",)),
    ],
)
def test_numbers_are_read_as_the_clinics_or_a_phone(typed: str, beginnings: tuple[str, ...]) -> None:
    assert clues(typed, today=TODAY) == (Clue(beginnings=beginnings),)


@pytest.mark.parametrize(
    ("typed", "month_first", "born_on"),
    [
        ("1961-03-14", False, BORN),
        ("14.3.1961", False, BORN),
        ("14/03/1961", False, BORN),
        ("14-3-61", False, BORN),
        ("14 3 1961", False, BORN),
        ("14. 3. 1961", False, BORN),
        ("14 March 1961", False, BORN),
        ("14th Mar. 1961", False, BORN),
        ("March 14, 1961", False, BORN),
        ("14-Mar-1961", False, BORN),
        ("14031961", False, BORN),
        ("19610314", False, BORN),
        ("3/14/1961", True, BORN),
        ("03141961", True, BORN),
        ("3/4/1961", True, dt.date(1961, 3, 4)),
        ("3/4/1961", False, dt.date(1961, 4, 3)),
        ("3/14/1961", False, BORN),
        ("1.1.27", False, dt.date(2027, 1, 1)),
        ("2.1.2027", False, dt.date(2027, 1, 2)),
        ("2.4.2027", False, None),
        ("30.2.1961", False, None),
        ("14 Foo 1961", False, None),
        ("1.1.1850", False, None),
        ("Novak 14.3.1961", False, None),
        ("", False, None),
    ],
)
def test_birth_date_is_read_as_the_place_writes_it(
    typed: str, month_first: bool, born_on: dt.date | None
) -> None:
    assert date_in(typed, today=TODAY, month_first=month_first) == born_on


def test_name_date_and_number_are_told_apart() -> None:
    found = clues("Novak 14/3/1961 7946 0000", today=TODAY)

    assert found == (
        Clue(born_on=BORN, beginnings=("1431961", "+1431961")),
        Clue(beginnings=("79460000", "+79460000")),
        Clue(beginnings=("novak",)),
    )


def test_nothing_is_no_clue() -> None:
    assert (clues(" , ", today=TODAY), spellings("-")) == ((), ())
