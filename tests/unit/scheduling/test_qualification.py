"""What must come first, and what must keep its distance: the protocol's own numbers, or a clinician."""

import datetime as dt

import pytest

from procedures.care import Care, Gate, Interval, Qualification, Treatment
from scheduling.qualification import Spell, clashes, open_gates, unsettled

DAY = dt.date(2027, 3, 16)


def days(count: int) -> dt.date:
    return DAY + dt.timedelta(days=count)


def step(evidence: str, gate: Gate) -> Qualification:
    return Qualification(evidence=evidence, gate=gate, text="Comes first.", source="S4")


def keeping(after: int | None, before: int | None) -> Care:
    chemotherapy = Interval(
        treatment=Treatment.CHEMOTHERAPY, days_after=after, days_before=before, text="Apart.", source="ops"
    )
    return Care(combined=(chemotherapy,))


def chemotherapy(first: int, last: int | None) -> Spell:
    return Spell(
        treatment=Treatment.CHEMOTHERAPY, first_on=days(first), last_on=None if last is None else days(last)
    )


@pytest.mark.parametrize(
    ("missing", "open_steps"),
    [
        (set(), ()),
        ({"diagnostic_block_positive"}, ("diagnostic_block_positive",)),
        ({"planning_imaging"}, ()),
        (
            {"diagnostic_block_positive", "clinical_interview"},
            ("clinical_interview", "diagnostic_block_positive"),
        ),
    ],
    ids=["all there", "the block", "only asked for", "in their order"],
)
def test_open_gates_are_the_hard_steps_that_are_missing(
    missing: set[str], open_steps: tuple[str, ...]
) -> None:
    care = Care(
        qualification=(
            step("clinical_interview", Gate.HARD),
            step("planning_imaging", Gate.SOFT),
            step("diagnostic_block_positive", Gate.HARD),
        )
    )

    assert tuple(each.evidence for each in open_gates(care, missing=missing)) == open_steps


@pytest.mark.parametrize(
    ("spell", "earliest"),
    [
        (chemotherapy(-30, -14), None),
        (chemotherapy(-30, -13), days(1)),
        (chemotherapy(-30, 0), days(14)),
        (chemotherapy(-30, None), "unknown"),
        (chemotherapy(7, 20), None),
        (chemotherapy(6, 20), days(34)),
    ],
    ids=[
        "far enough",
        "a day short",
        "on its last day",
        "no end known",
        "far enough ahead",
        "too near ahead",
    ],
)
def test_clash_names_the_first_day_that_would_do(spell: Spell, earliest: dt.date | str | None) -> None:
    found = clashes(keeping(14, 7), spells=[spell], day=DAY)

    expected = [] if earliest is None else [None if earliest == "unknown" else earliest]
    assert [clash.earliest_on for clash in found] == expected


def test_other_kinds_of_treatment_do_not_clash() -> None:
    operation = Spell(treatment=Treatment.SURGERY, first_on=DAY, last_on=DAY)

    assert clashes(keeping(14, 7), spells=[operation], day=DAY) == ()


@pytest.mark.parametrize(
    ("spell", "asks"),
    [(chemotherapy(-30, -1), False), (chemotherapy(-30, 0), True), (chemotherapy(3, None), True)],
    ids=["over", "still going on", "ahead"],
)
def test_interval_without_a_number_refuses_nothing_and_asks_a_clinician(spell: Spell, *, asks: bool) -> None:
    care = keeping(None, None)

    assert clashes(care, spells=[spell], day=DAY) == ()
    assert unsettled(care, spells=[spell], today=DAY) == (care.combined if asks else ())
