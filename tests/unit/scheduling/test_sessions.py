"""Which dates make a series, and which gaps are broken."""

import datetime as dt
from itertools import combinations, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procedures.care import Contact, FollowUp, Repeat
from scheduling.sessions import (
    Gaps,
    broken_gaps,
    chain,
    earliest_repeat_on,
    first_of_half_days,
    keeps_distance,
    near_repeat,
    window_of,
)

FIRST = dt.date(2027, 3, 1)


def dates(*numbers: int) -> list[dt.date]:
    return [FIRST + dt.timedelta(days=number) for number in numbers]


@pytest.mark.parametrize(
    ("days", "count", "gaps", "found"),
    [
        ((0, 7, 14), 3, Gaps(least_days=7), (0, 1, 2)),
        ((0, 0, 6, 7, 7, 13, 14), 3, Gaps(least_days=7), (0, 3, 6)),
        # The earliest first session has no second in time: the series begins later.
        ((0, 5, 12), 2, Gaps(least_days=7, most_days=8), (1, 2)),
        # The nearest second session leads nowhere: a later one does.
        ((0, 7, 8, 16), 3, Gaps(least_days=7, most_days=8), (0, 2, 3)),
        ((0, 7), 3, Gaps(least_days=7), (0, 1)),
        ((), 2, Gaps(least_days=7), ()),
    ],
)
def test_chain_is_the_earliest_of_the_longest(
    days: tuple[int, ...], count: int, gaps: Gaps, found: tuple[int, ...]
) -> None:
    assert chain(dates(*days), count=count, gaps=gaps) == found


def test_chain_goes_on_from_a_session_before() -> None:
    found = chain(
        dates(3, 7, 20), count=2, gaps=Gaps(least_days=7, most_days=10), after=FIRST - dt.timedelta(days=2)
    )

    assert found == (1,)


@given(
    numbers=st.lists(st.integers(0, 30), max_size=9).map(sorted),
    count=st.integers(1, 4),
    least=st.integers(1, 9),
    more=st.none() | st.integers(0, 6),
)
def test_chain_agrees_with_trying_everything(
    numbers: list[int], count: int, least: int, more: int | None
) -> None:
    gaps = Gaps(least_days=least, most_days=None if more is None else least + more)

    found = chain(dates(*numbers), count=count, gaps=gaps)

    def keeps(places: tuple[int, ...]) -> bool:
        apart = [numbers[b] - numbers[a] for a, b in pairwise(places)]
        return all(least <= days and (more is None or days <= least + more) for days in apart)

    possible = [
        places
        for length in range(1, count + 1)
        for places in combinations(range(len(numbers)), length)
        if keeps(places)
    ]
    longest = max((len(places) for places in possible), default=0)
    best = [[numbers[place] for place in places] for places in possible if len(places) == longest]
    assert [numbers[place] for place in found] == min(best, default=[])


@pytest.mark.parametrize(
    ("days", "sentences"),
    [
        ([(1, 0), (2, 7), (3, 14)], []),
        ([(1, 0), (2, 5)], ["Session 2 is 5 days after session 1; at least 7 are needed."]),
        ([(1, 0), (2, 11)], ["Session 2 is 11 days after session 1; at most 10 are allowed."]),
        # The second was cancelled.
        ([(1, 0), (3, 14)], []),
    ],
)
def test_broken_gaps(days: list[tuple[int, int]], sentences: list[str]) -> None:
    booked = [(position, dates(number)[0]) for position, number in days]

    found = broken_gaps(booked, gaps=Gaps(least_days=7, most_days=10))

    assert [gap.sentence for gap in found] == sentences


@pytest.mark.parametrize(
    ("days_least", "last_on", "earliest"),
    [(90, FIRST, FIRST + dt.timedelta(days=90)), (None, FIRST, None), (90, None, None)],
)
def test_repetition_waits_for_the_protocols_days(
    days_least: int | None, last_on: dt.date | None, earliest: dt.date | None
) -> None:
    repeat = Repeat(possible=True, days_least=days_least, text="", source="ops")

    assert earliest_repeat_on(repeat, last_on=last_on) == earliest


@pytest.mark.parametrize(
    ("least", "day", "others", "sentence"),
    [
        (14, 30, [1, 10, 15], ""),
        (14, 30, [1, 17, 80], "This is 13 days from another visit of its kind; the protocol repeats it after at least 14."),
        (14, 30, [1, 40], "This is 10 days from another visit of its kind; the protocol repeats it after at least 14."),
        (14, 30, [30], "This is on the same day as another visit of its kind; the protocol repeats it after at least 14."),
        (14, 30, [], ""),
        (None, 30, [29], "This is 1 day from another visit of its kind; the protocol leaves it to a clinician whether and when it is repeated."),
        (None, 30, [], ""),
    ],
)  # fmt: skip
def test_repetition_too_near_is_said_before_and_after(
    least: int | None, day: int, others: list[int], sentence: str
) -> None:
    repeat = Repeat(possible=True, days_least=least, text="Again", source="ops")

    near = near_repeat(repeat, day=dates(day)[0], others=dates(*others))

    assert (near.sentence if near is not None else "") == sentence


@pytest.mark.parametrize(
    ("least", "day", "others", "kept"),
    [
        (14, 30, [], True),
        (14, 30, [16, 44], True),
        (14, 30, [17], False),
        (14, 30, [43], False),
        (14, 30, [30], False),
        (None, 30, [30], True),
    ],
)
def test_distance_is_kept_before_and_after(
    least: int | None, day: int, others: list[int], kept: bool
) -> None:
    repeat = Repeat(possible=True, days_least=least, text="Again", source="ops")

    assert keeps_distance(repeat, day=dates(day)[0], others=dates(*others)) is kept
    assert keeps_distance(None, day=dates(day)[0], others=dates(*others))


def test_what_is_never_repeated_is_said_at_any_distance() -> None:
    repeat = Repeat(possible=False, days_least=14, text="Once.", source="ops")

    near = near_repeat(repeat, day=dates(300)[0], others=dates(1))

    assert (near and near.sentence) == (
        "This is 299 days from another visit of its kind; the protocol does not repeat this procedure."
    )


@pytest.mark.parametrize(
    ("starts", "most", "expected"),
    [
        ([], 4, []),
        (["2027-03-27T09:00", "2027-03-27T09:05", "2027-03-27T13:00", "2027-03-29T11:00"], 4, [0, 2, 3]),
        (["2027-03-27T09:00", "2027-03-27T13:00", "2027-03-29T11:00"], 2, [0, 1]),
        # 11:30 UTC is before noon in London's winter and after it in summer.
        (["2027-03-27T09:00", "2027-03-27T11:30", "2027-03-29T09:00", "2027-03-29T11:30"], 9, [0, 2, 3]),
    ],
    ids=["none", "first of each half day", "at most", "over a change of the clock"],
)
def test_choice_for_a_reader_is_the_first_of_each_half_day(
    starts: list[str], most: int, expected: list[int]
) -> None:
    moments = [dt.datetime.fromisoformat(f"{each}+00:00") for each in starts]

    found = first_of_half_days(moments, zone=ZoneInfo("Europe/London"), most=most)

    assert list(found) == [moments[place] for place in expected]


def test_follow_up_counts_from_the_day_of_the_end() -> None:
    wanted = FollowUp(code="ct", contact=Contact.IMAGING, day_from=1, day_until=2, text="", source="ops")

    window = window_of(wanted, ended_on=FIRST)

    assert [window.first_on, window.last_on] == dates(1, 2)
