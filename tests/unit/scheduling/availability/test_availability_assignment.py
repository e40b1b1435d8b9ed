import pytest

from scheduling.availability import LegNeed, assign, barred_pairs, fitting

ALWAYS = (1 << 48) - 1
ROOMS = dict.fromkeys((11, 12, 13), "room")
KINDS = ROOMS | dict.fromkeys((21, 22, 23), "device") | dict.fromkeys((1, 2, 3), "practitioner")


def leg(key: str, *pool: int, count: int = 1, offset: int = 0, duration: int = 30) -> LegNeed:
    return LegNeed(key=key, pool=pool, count=count, offset_minutes=offset, duration_minutes=duration)


def always(*resources: int) -> dict[int, int]:
    return dict.fromkeys(resources, ALWAYS)


def test_assign_takes_the_favorites():
    needs = (leg("room", 12, 11), leg("nurse", 3, 1, 2, count=2))

    assert assign(needs, 0, always(1, 2, 3, 11, 12)) == {"room": (12,), "nurse": (3, 1)}


def test_assign_takes_the_next_when_the_favorite_is_busy():
    busy_late = {1: 0b011111, 2: ALWAYS}

    assert assign((leg("room", 1, 2),), 0, busy_late) == {"room": (2,)}


def test_assign_gives_one_nurse_to_one_leg_only():
    needs = (leg("lead", 1), leg("second", 1, 2))

    assert assign(needs, 0, always(1, 2)) == {"lead": (1,), "second": (2,)}
    assert assign(needs, 0, always(1)) is None


def test_assign_gives_way_where_the_favorite_is_needed_elsewhere():
    needs = (leg("nurse", 1, 2), leg("sonographer", 1))

    assert assign(needs, 0, always(1, 2)) == {"nurse": (2,), "sonographer": (1,)}


def test_assign_gives_way_along_a_chain():
    needs = (leg("a", 1, 2), leg("b", 2, 3), leg("c", 3, 4), leg("d", 1), leg("e", 2))

    assert assign(needs, 0, always(1, 2, 3, 4)) is None
    assert assign(needs[:4], 0, always(1, 2, 3, 4)) == {"a": (2,), "b": (3,), "c": (4,), "d": (1,)}


def test_assign_lets_legs_that_only_touch_share_a_nurse():
    needs = (leg("prepare", 1, offset=-30), leg("assist", 1), leg("recover", 1, offset=30))

    assert assign(needs, 6, always(1)) == {"prepare": (1,), "assist": (1,), "recover": (1,)}


def test_assign_refuses_legs_that_share_five_minutes_of_one_nurse():
    needs = (leg("prepare", 1, offset=-25), leg("assist", 1))

    assert assign(needs, 6, always(1)) is None


def test_assign_needs_different_resources_for_a_count():
    assert assign((leg("nurse", 1, 2, 3, count=3),), 0, always(1, 2, 3)) == {"nurse": (1, 2, 3)}
    assert assign((leg("nurse", 1, 2, 3, count=3),), 0, always(1, 3)) is None


def test_assign_keeps_a_device_to_its_rooms():
    needs = (leg("room", 11, 12, 13), leg("console", 21))
    barred = barred_pairs(only_with={21: (13,)}, kinds=KINDS)

    assert assign(needs, 0, always(11, 12, 13, 21), barred) == {"room": (13,), "console": (21,)}
    assert assign(needs, 0, always(11, 12, 21), barred) is None


def test_assign_keeps_a_device_to_its_rooms_whichever_leg_comes_first():
    needs = (leg("console", 21, 22), leg("room", 11))
    barred = barred_pairs(only_with={21: (12,)}, kinds=KINDS)

    assert assign(needs, 0, always(11, 21, 22), barred) == {"console": (22,), "room": (11,)}


def test_assign_bars_only_what_is_there_at_the_same_time():
    needs = (leg("ward", 11, offset=-30), leg("room", 12), leg("console", 21))
    barred = barred_pairs(only_with={21: (12,)}, kinds=KINDS)

    assert assign(needs, 6, always(11, 12, 21), barred) == {"ward": (11,), "room": (12,), "console": (21,)}


def test_assign_combines_a_count_with_barred_pairs():
    # Two consoles that both fit the room: 21 and 23 do, 22 does not.
    needs = (leg("room", 11), leg("console", 21, 22, 23, count=2))
    barred = barred_pairs(only_with={22: (12,)}, kinds=KINDS)

    assert assign(needs, 0, always(11, 21, 22, 23), barred) == {"room": (11,), "console": (21, 23)}


def test_barred_pairs_speak_in_both_directions_and_of_the_partners_kind_alone():
    found = barred_pairs(only_with={21: (11,), 22: (11, 12, 13), 23: (), 1: (12, 21)}, kinds=KINDS)

    assert found == {
        1: frozenset({11, 13, 22, 23}),
        11: frozenset({1}),
        12: frozenset({21}),
        13: frozenset({21, 1}),
        21: frozenset({12, 13}),
        22: frozenset({1}),
        23: frozenset({1}),
    }


def test_assign_finds_at_once_that_ten_legs_cannot_share_nine_nurses():
    # Trying every order would take 10! steps.
    needs = tuple(leg(f"leg{number}", *range(9)) for number in range(10))

    assert assign(needs, 0, always(*range(9))) is None


def test_assign_before_the_window_finds_nobody():
    assert assign((leg("room", 1, offset=-30),), 5, always(1)) is None


@pytest.mark.parametrize(("start", "expected"), [(0, (1, 3)), (1, (3,)), (42, (3,)), (43, ())])
def test_fitting_names_who_is_free_in_the_pools_order(start, expected):
    assert tuple(fitting(leg("room", 1, 2, 3), start, {1: 0b111111, 2: 0b11111, 3: ALWAYS})) == expected
