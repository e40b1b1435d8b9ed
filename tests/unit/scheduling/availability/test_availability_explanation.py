import datetime as dt

from scheduling.availability import (
    LegNeed,
    Refusal,
    RefusalRule,
    Supply,
    Window,
    barred_pairs,
    explain,
)

WINDOW = Window(start=int(dt.datetime(2027, 3, 16, 9, tzinfo=dt.UTC).timestamp()), steps=24)
ALL = WINDOW.whole
MORNING = (1 << 12) - 1
AFTERNOON = ALL & ~MORNING


def leg(key: str, *pool: int, count: int = 1, offset: int = 0, duration: int = 15) -> LegNeed:
    return LegNeed(key=key, pool=pool, count=count, offset_minutes=offset, duration_minutes=duration)


def supply(free: dict[int, int], *, opened: dict[int, int] | None = None, barred=None) -> Supply:
    return Supply(window=WINDOW, free_steps=free, open_steps=opened or free, barred=barred or {})


def clock(hour: int, minute: int) -> dt.datetime:
    return dt.datetime(2027, 3, 16, hour, minute, tzinfo=dt.UTC)


def test_explain_says_nothing_of_a_time_that_can_be_had():
    assert explain((leg("room", 1), leg("nurse", 2)), 3, supply({1: ALL, 2: ALL})) == ()


def test_explain_names_the_leg_that_is_busy_and_until_when():
    needs = (leg("room", 1, 2), leg("nurse", 3))

    found = explain(needs, 3, supply({1: AFTERNOON, 2: 0, 3: ALL}, opened={1: ALL, 2: AFTERNOON, 3: ALL}))

    assert found == (Refusal(leg="room", rule=RefusalRule.NOT_FREE, resource_ids=(1,), until=clock(10, 0)),)


def test_explain_names_the_leg_that_is_closed():
    found = explain((leg("room", 1, 2, offset=-10),), 4, supply({1: AFTERNOON, 2: AFTERNOON}))

    assert found == (
        Refusal(leg="room", rule=RefusalRule.NOT_OPEN, resource_ids=(1, 2), until=clock(10, 10)),
    )


def test_explain_names_every_leg_that_fails_by_itself():
    needs = (leg("room", 1), leg("nurse", 2), leg("bay", 3, 4, count=2))

    found = explain(needs, 0, supply({1: 0, 2: ALL, 3: ALL, 4: AFTERNOON}, opened={1: ALL}))

    assert found == (
        Refusal(leg="room", rule=RefusalRule.NOT_FREE, resource_ids=(1,), until=None),
        Refusal(leg="bay", rule=RefusalRule.TOO_FEW, resource_ids=(3,), until=clock(10, 0)),
    )


def test_explain_names_a_pool_that_is_too_small_at_any_time():
    needs = (leg("console", count=1), leg("nurse", 2, count=2))

    assert explain(needs, 0, supply({2: ALL})) == (
        Refusal(leg="console", rule=RefusalRule.NO_SUCH_RESOURCE, resource_ids=(), until=None),
        Refusal(leg="nurse", rule=RefusalRule.NO_SUCH_RESOURCE, resource_ids=(2,), until=None),
    )


def test_explain_names_the_leg_that_finds_its_nurse_taken_by_another_leg():
    needs = (leg("lead", 1), leg("room", 9), leg("second", 1, 2))

    found = explain(needs, 0, supply({1: ALL, 2: AFTERNOON, 9: ALL}))

    assert found == (Refusal(leg="second", rule=RefusalRule.TOO_FEW, resource_ids=(1,), until=clock(10, 0)),)


def test_explain_names_the_leg_that_does_not_fit_the_others():
    needs = (leg("room", 11, 12), leg("console", 21))
    barred = barred_pairs(only_with={21: (12,)}, kinds={11: "room", 12: "room", 21: "device"})

    found = explain(needs, 0, supply({11: ALL, 12: AFTERNOON, 21: ALL}, barred=barred))

    assert found == (
        Refusal(leg="console", rule=RefusalRule.COMPATIBILITY, resource_ids=(21,), until=clock(10, 0)),
    )


def test_explain_refuses_starts_outside_the_window():
    needs = (leg("room", 1, offset=-10),)

    assert explain(needs, 1, supply({1: ALL})) == (
        Refusal(leg="room", rule=RefusalRule.NOT_OPEN, resource_ids=(1,), until=clock(9, 10)),
    )
    assert explain(needs, -3, supply({1: ALL}))[0].until == clock(9, 10)
    assert explain(needs, 24, supply({1: ALL}))[0].until is None
