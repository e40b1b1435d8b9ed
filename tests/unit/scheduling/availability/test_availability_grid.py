import datetime as dt

import pytest

from scheduling.availability import (
    LegNeed,
    OffGrid,
    Window,
    between,
    bitmap,
    bitmap_of_ticks,
    bitmap_within,
    fits,
    free,
    leg_starts,
    set_steps,
    starts,
    starts_by_resource,
    window_between,
)

NINE = int(dt.datetime(2027, 3, 16, 9, tzinfo=dt.UTC).timestamp())
HOUR = Window(start=NINE, steps=12)


def at(minute: int) -> int:
    return NINE + minute * 60


def steps(bits: int) -> list[int]:
    return list(set_steps(bits))


@pytest.mark.parametrize(
    ("periods", "touched", "within"),
    [
        ([], [], []),
        ([(at(0), at(5))], [0], [0]),
        ([(at(0), at(60))], list(range(12)), list(range(12))),
        ([(at(7), at(18))], [1, 2, 3], [2]),
        ([(at(6), at(9))], [1], []),
        ([(at(10), at(10))], [], []),
        ([(at(10), at(5))], [], []),
        ([(at(-30), at(7))], [0, 1], [0]),
        ([(at(48), at(600))], [9, 10, 11], [10, 11]),
        ([(at(-30), at(0)), (at(60), at(90))], [], []),
        ([(at(-60), at(120))], list(range(12)), list(range(12))),
        ([(at(20), at(40)), (at(0), at(30)), (at(10), at(15))], list(range(8)), list(range(8))),
    ],
)
def test_bitmap_rounds_busy_time_outward_and_open_time_inward(periods, touched, within):
    assert steps(bitmap(periods, HOUR)) == touched
    assert steps(bitmap_within(periods, HOUR)) == within


@pytest.mark.parametrize("ticks", [1, 1_000_000])
@pytest.mark.parametrize(
    "periods",
    [
        [],
        [(at(0), at(5))],
        [(at(7), at(18)), (at(18), at(21))],
        [(at(-30), at(7)), (at(48), at(600))],
        [(at(-6000), at(6000))],
        [(at(59), at(61))],
        [(at(58), at(61)), (at(-1), at(1)), (at(31), at(32)), (at(33), at(34))],
    ],
)
def test_bitmap_of_ticks_is_the_bitmap(periods, ticks):
    begins, ends = ([each[side] * ticks for each in periods] for side in (0, 1))

    assert bitmap_of_ticks(begins, ends, HOUR, ticks=ticks) == bitmap(periods, HOUR)


def test_bitmap_of_ticks_counts_the_last_tick_of_a_step():
    begins, ends = [at(5) * 1_000_000 - 1], [at(10) * 1_000_000 + 1]

    assert steps(bitmap_of_ticks(begins, ends, HOUR, ticks=1_000_000)) == [0, 1, 2]


def test_bitmap_of_an_empty_window_is_empty():
    window = Window(start=NINE, steps=0)

    assert bitmap([(at(0), at(60))], window) == 0


def test_free_is_open_and_not_busy():
    found = free([(at(3), at(50))], [(at(14), at(20)), (at(41), at(42))], HOUR)

    assert steps(found) == [1, 4, 5, 6, 7, 9]


@pytest.mark.parametrize("duration", range(1, 14))
def test_fits_finds_runs_of_every_length(duration):
    bits = 0b110111011111

    found = steps(fits(bits, duration))

    mask = (1 << duration) - 1
    assert found == [step for step in range(12) if (bits >> step) & mask == mask]


def test_leg_starts_shifts_by_the_offset_both_ways():
    free_steps = {1: 0b000011110000}

    def found(offset: int) -> list[int]:
        need = LegNeed(key="room", pool=(1,), offset_minutes=offset, duration_minutes=10)
        return steps(leg_starts(need, starts_by_resource(need, free_steps, HOUR), HOUR))

    assert found(0) == [4, 5, 6]
    assert found(15) == [1, 2, 3]
    assert found(30) == [0]
    assert found(-25) == [9, 10, 11]
    assert found(-60) == []


def test_leg_starts_never_reach_beyond_the_window():
    need = LegNeed(key="room", pool=(1,), offset_minutes=10, duration_minutes=15)

    assert steps(starts((need,), {1: HOUR.whole}, HOUR)) == list(range(8))


def test_leg_starts_count_the_pool():
    free_steps = {1: 0b0111, 2: 0b0110, 3: 0b1100}

    def found(count: int) -> list[int]:
        need = LegNeed(key="nurse", pool=(1, 2, 3), count=count, offset_minutes=0, duration_minutes=5)
        return steps(leg_starts(need, starts_by_resource(need, free_steps, HOUR), HOUR))

    assert found(1) == [0, 1, 2, 3]
    assert found(2) == [1, 2]
    assert found(3) == [2]
    assert found(4) == []


def test_leg_starts_of_an_empty_or_unknown_pool_is_empty():
    assert starts((LegNeed(key="a", pool=(), offset_minutes=0, duration_minutes=5),), {1: 7}, HOUR) == 0
    assert starts((LegNeed(key="a", pool=(9,), offset_minutes=0, duration_minutes=5),), {1: 7}, HOUR) == 0


def test_starts_need_every_leg():
    needs = (
        LegNeed(key="room", pool=(1,), offset_minutes=-5, duration_minutes=15),
        LegNeed(key="bay", pool=(2,), offset_minutes=10, duration_minutes=10),
    )

    found = starts(needs, {1: 0b000001111110, 2: 0b111110000000}, HOUR)

    assert steps(found) == [5]


def test_starts_without_legs_are_all_steps():
    assert starts((), {}, HOUR) == HOUR.whole


@pytest.mark.parametrize(
    ("first", "until", "expected"),
    [
        (0, 60, list(range(12))),
        (-100, 500, list(range(12))),
        (7, 16, [2, 3]),
        (10, 20, [2, 3]),
        (20, 10, []),
        (60, 90, []),
        (-90, 0, []),
    ],
)
def test_between_is_half_open(first, until, expected):
    moment = HOUR.moment_of(0)

    found = between(
        HOUR, first=moment + dt.timedelta(minutes=first), until=moment + dt.timedelta(minutes=until)
    )

    assert steps(found) == expected


def test_window_between_covers_the_period():
    assert window_between(at(3), at(11)) == Window(start=at(0), steps=3)
    assert window_between(at(5), at(10)) == Window(start=at(5), steps=1)
    assert window_between(at(5), at(5)) == Window(start=at(5), steps=0)
    assert window_between(at(5), at(-50)) == Window(start=at(5), steps=0)


def test_window_tells_step_and_moment():
    moment = dt.datetime(2027, 3, 16, 9, 25, tzinfo=dt.UTC)

    assert HOUR.step_of(moment) == 5
    assert HOUR.step_of(moment - dt.timedelta(hours=1)) == -7
    assert HOUR.moment_of(5) == moment
    assert HOUR.end == at(60)


def test_window_refuses_times_off_the_grid():
    with pytest.raises(OffGrid):
        Window(start=NINE + 60, steps=1)
    with pytest.raises(OffGrid):
        HOUR.step_of(dt.datetime(2027, 3, 16, 9, 7, tzinfo=dt.UTC))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"offset_minutes": 7}, OffGrid),
        ({"duration_minutes": 12}, OffGrid),
        ({"duration_minutes": 0}, ValueError),
        ({"duration_minutes": -5}, ValueError),
        ({"count": 0}, ValueError),
        ({"pool": (1, 1)}, ValueError),
    ],
)
def test_leg_need_refuses_what_cannot_be_planned(changes, error):
    values = {"key": "room", "pool": (1,), "offset_minutes": 0, "duration_minutes": 30} | changes

    with pytest.raises(error):
        LegNeed(**values)
