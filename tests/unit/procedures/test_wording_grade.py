"""How hard a text is to read."""

import pytest

from procedures.wording import grade
from procedures.wording.grade import _syllables


@pytest.mark.parametrize(
    ("word", "syllables"),
    [
        ("the", 1),
        ("water", 2),
        ("about", 2),
        ("table", 2),
        ("people", 2),
        ("please", 1),
        ("moved", 1),
        ("treated", 2),
        ("times", 1),
        ("clinic", 2),
        ("medicine", 3),
        ("procedure", 3),
        ("afternoon", 3),
        ("anesthesia", 4),
    ],
)
def test_syllables_are_counted(word: str, syllables: int) -> None:
    assert _syllables(word) == syllables


def test_grade_follows_the_formula() -> None:
    # 8 words in 2 sentences, 9 syllables: 0.39 * 4 + 11.8 * 9 / 8 - 15.59
    assert grade("Please drink water. It helps you feel well.") == pytest.approx(-0.755)


def test_grade_of_a_patient_text_is_low_and_of_a_clinical_one_high() -> None:
    plain = "No food after 3:00 in the morning. Water is fine until 7:00. Please do drink. It helps you feel well."
    clinical = (
        "Ensure a responsible adult accompanies the individual immediately following discharge procedures."
    )

    assert (grade(plain) < 3, grade(clinical) > 12) == (True, True)


def test_grade_leaves_web_addresses_out() -> None:
    assert grade("Read your plan. https://go.northside.example/k7m2") == grade("Read your plan.")


def test_grade_of_no_words_is_zero() -> None:
    assert grade("...") == 0.0
