import datetime as dt
from itertools import islice

import pytest

from scheduling.availability import (
    Candidate,
    LegNeed,
    Supply,
    Window,
    are_strangers,
    search,
    set_steps,
)

WINDOW = Window(start=int(dt.datetime(2027, 3, 16, 9, tzinfo=dt.UTC).timestamp()), steps=12)


def leg(key: str, *pool: int) -> LegNeed:
    return LegNeed(key=key, pool=pool, offset_minutes=0, duration_minutes=5)


def found(needs: tuple[LegNeed, ...], free: dict[int, int], **changes) -> list[Candidate]:
    request = {"among": WINDOW.whole, "allowed": lambda _: True, **changes}
    return list(search(needs=needs, supply=Supply(window=WINDOW, free_steps=free), **request))


def minutes(candidates: list[Candidate]) -> list[int]:
    return [candidate.start.minute for candidate in candidates]


def test_search_offers_only_what_is_asked_for_and_allowed():
    needs = (leg("room", 1),)

    candidates = found(
        needs, {1: WINDOW.whole}, among=0b111100, allowed=lambda start: start.minute not in {15, 20}
    )

    assert minutes(candidates) == [10, 25]


def test_search_asks_about_a_start_once_in_order_and_not_ahead():
    asked: list[int] = []

    def allowed(start: dt.datetime) -> bool:
        asked.append(start.minute)
        return True

    candidates = search(
        needs=(leg("room", 1),),
        supply=Supply(window=WINDOW, free_steps={1: 0b101010}),
        among=WINDOW.whole,
        allowed=allowed,
    )

    assert minutes(list(islice(candidates, 2))) == [5, 15]
    assert asked == [5, 15]


def test_search_confirms_where_legs_get_in_each_others_way():
    needs = (leg("lead", 1, 2), leg("second", 1))

    candidates = found(needs, {1: 0b111, 2: 0b010})

    assert minutes(candidates) == [5]
    assert candidates[0].assignment == {"lead": (2,), "second": (1,)}


def test_search_without_legs_offers_every_start():
    candidates = found((), {}, among=0b11)

    assert minutes(candidates) == [0, 5]
    assert candidates[0].assignment == {}


@pytest.mark.parametrize(
    ("pools", "barred", "expected"),
    [
        (((1, 2), (3,)), {}, True),
        (((1, 2), (2, 3)), {}, False),
        (((1, 2), (3,)), {3: frozenset({9})}, False),
        (((1, 2), (3,)), {8: frozenset({9})}, True),
        ((), {}, True),
    ],
)
def test_strangers_share_no_resource_and_are_tied_to_nothing(pools, barred, expected):
    needs = tuple(leg(f"leg{number}", *pool) for number, pool in enumerate(pools))

    assert are_strangers(needs, barred) is expected


@pytest.mark.parametrize("bits", [0, 1, 0b1010, 1 << 200, (1 << 64) - 1])
def test_set_steps_are_the_ones_that_are_set(bits):
    assert sum(1 << step for step in set_steps(bits)) == bits
    assert list(set_steps(bits)) == sorted(set_steps(bits))
