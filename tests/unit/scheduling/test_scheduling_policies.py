"""The terms of changing a visit: who says them, and until when patients may."""

import datetime as dt
from dataclasses import dataclass

import pytest

from scheduling.policies import Policy, policy_from

# Clocks in London go forward in the night before this start.
START = dt.datetime(2027, 3, 28, 9, tzinfo=dt.timezone(dt.timedelta(hours=1)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Level:
    patient_cancel_hours: int | None = None
    patient_move_hours: int | None = None
    patient_moves: int | None = None
    deposit_required: bool | None = None


CLINIC = Level(patient_cancel_hours=24, patient_move_hours=48, patient_moves=3, deposit_required=False)


@pytest.mark.parametrize(
    ("levels", "expected"),
    [
        ((Level(), Level(), CLINIC), (24, 48, 3, False)),
        ((Level(), Level(patient_moves=1), CLINIC), (24, 48, 1, False)),
        ((Level(patient_moves=5), Level(patient_moves=1), CLINIC), (24, 48, 5, False)),
        ((Level(patient_cancel_hours=0), Level(patient_cancel_hours=72), CLINIC), (0, 48, 3, False)),
        ((Level(deposit_required=True), Level(deposit_required=False), CLINIC), (24, 48, 3, True)),
        ((Level(deposit_required=False), Level(deposit_required=True), CLINIC), (24, 48, 3, False)),
    ],
    ids=[
        "the clinic's",
        "the location's",
        "the offering's",
        "none at all",
        "deposit here",
        "no deposit here",
    ],
)
def test_the_most_particular_word_counts(
    levels: tuple[Level, ...], expected: tuple[int, int, int, bool]
) -> None:
    policy = policy_from(*levels)

    assert (policy.cancel_hours, policy.move_hours, policy.moves, policy.deposit_required) == expected


def test_somebody_must_say_every_term() -> None:
    with pytest.raises(ValueError, match="no level"):
        policy_from(Level(), Level())


def test_cut_offs_count_elapsed_hours() -> None:
    policy = Policy(cancel_hours=24, move_hours=48, moves=3, deposit_required=False)

    assert policy.latest_cancel(START) == dt.datetime(2027, 3, 27, 8, tzinfo=dt.UTC)
    assert policy.latest_move(START) == dt.datetime(2027, 3, 26, 8, tzinfo=dt.UTC)
