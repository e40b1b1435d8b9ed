"""Running late, on paper: who waits, how long, and who does not."""

import datetime as dt

import pytest

from scheduling.delays import Use, Waiting, delays, in_steps

NINE = dt.datetime(2027, 3, 16, 9, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


def use(thing: str, begin: int, end: int) -> Use:
    """Return a use in minutes after nine."""
    return Use(thing=thing, begin=NINE + begin * MINUTE, end=NINE + end * MINUTE)


def visit(key: int, begin: int, end: int, *things: str, late_by: int = 0) -> Waiting:
    uses = tuple(use(thing, begin, end) for thing in things or ("room",))
    return Waiting(key=key, start=NINE + begin * MINUTE, uses=uses, late_by=late_by * MINUTE)


ROUND_THE_BAY = Waiting(key=2, start=NINE + 60 * MINUTE, uses=(use("room 2", 60, 120), use("bay", 120, 180)))


@pytest.mark.parametrize(
    ("waiting", "fixed", "expected"),
    [
        ([visit(1, 0, 60)], [], {}),
        ([visit(1, 0, 60, late_by=30)], [], {1: 30}),
        ([visit(1, 0, 60, late_by=30), visit(2, 60, 120)], [], {1: 30, 2: 30}),
        ([visit(1, 0, 60, late_by=30), visit(2, 70, 120)], [], {1: 30, 2: 20}),
        ([visit(1, 0, 60, late_by=30), visit(2, 90, 120)], [], {1: 30}),
        ([visit(1, 0, 60, late_by=30), visit(2, 70, 120), visit(3, 130, 180)], [], {1: 30, 2: 20, 3: 10}),
        ([visit(1, 0, 60, late_by=30), visit(2, 60, 120, "room 2")], [], {1: 30}),
        (
            [visit(1, 0, 60, "room", "nurse", late_by=30), visit(2, 60, 120, "room 2", "nurse")],
            [],
            {1: 30, 2: 30},
        ),
        ([visit(2, 60, 120), visit(1, 0, 60, late_by=30)], [], {1: 30, 2: 30}),
        ([visit(1, 0, 60)], [use("room", -60, 20)], {1: 20}),
        ([visit(1, 0, 60)], [use("room", -60, 18)], {1: 20}),
        ([visit(1, 0, 60, late_by=30)], [use("room", 80, 100)], {1: 100}),
        ([visit(1, 0, 60, "room", "bay", late_by=30), ROUND_THE_BAY], [], {1: 30}),
        ([visit(1, 0, 100, "bay", late_by=30), ROUND_THE_BAY], [], {1: 30, 2: 10}),
    ],
    ids=[
        "on time",
        "late, nobody follows",
        "the next one waits as long",
        "a gap shortens the delay",
        "a gap ends the delay",
        "each gap shortens it",
        "another room does not wait",
        "another room waits for the same nurse",
        "the order given does not matter",
        "something that cannot move is waited for",
        "in whole steps",
        "behind what is booked later and cannot move",
        "a bay needed later is free in time",
        "a bay needed later is not",
    ],
)
def test_delays_are_the_least_that_do(
    waiting: list[Waiting], fixed: list[Use], expected: dict[int, int]
) -> None:
    found = delays(waiting, fixed=fixed)

    assert {key: late_by // MINUTE for key, late_by in found.items()} == expected


@pytest.mark.parametrize(("minutes", "expected"), [(0, 0), (1, 5), (5, 5), (6, 10)])
def test_steps_round_up(minutes: int, expected: int) -> None:
    assert in_steps(minutes * MINUTE) == expected * MINUTE
