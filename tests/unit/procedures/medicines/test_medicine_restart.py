"""When the rules would let a held medicine start again, after an end in winter, in summer and over a change of clocks."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from procedures.medicines import earliest_restart_at, restarts_of

LONDON = ZoneInfo("Europe/London")
END = dt.datetime(2027, 3, 16, 11, tzinfo=LONDON)


@pytest.mark.parametrize(
    ("rule_id", "words", "hours"),
    [
        ("bleeding/high/apixaban/crcl>=50", "24 hours after the end", (24, 24)),
        ("bleeding/high/enoxaparin/therapeutic", "12 hours after the end", (12, 12)),
        ("bleeding/high/heparin/sc", "6 to 8 hours after the end", (6, 8)),
        (
            "bleeding/high/clopidogrel",
            "6 to 24 hours after the end (6 h at 75 mg; 24 h if a 300-600 mg loading dose)",
            (6, 24),
        ),
        ("other/sedated/empagliflozin", "when eating normally", None),
        ("other/general_anaesthesia/ramipril", "when blood pressure and circulation are stable", None),
    ],
)
def test_rule_proposes_a_restart(rule_id: str, words: str, hours: tuple[int, int] | None) -> None:
    [restart] = restarts_of([rule_id], ended_at=END, zone=LONDON)

    window = (restart.earliest_at, restart.latest_at)
    expected = (None, None) if hours is None else tuple(END + dt.timedelta(hours=each) for each in hours)
    assert (restart.words, window) == (words, expected)


@pytest.mark.parametrize(
    ("ended_at", "expected"),
    [
        (END, dt.datetime(2027, 3, 17, 8, tzinfo=LONDON)),
        (dt.datetime(2027, 3, 27, 23, 30, tzinfo=LONDON), dt.datetime(2027, 3, 28, 8, tzinfo=LONDON)),
        (dt.datetime(2026, 12, 31, 15, tzinfo=LONDON), dt.datetime(2027, 1, 1, 8, tzinfo=LONDON)),
    ],
)
def test_the_day_after_is_the_clinics_next_date(ended_at: dt.datetime, expected: dt.datetime) -> None:
    restarts = restarts_of(["bleeding/high/warfarin"], ended_at=ended_at, zone=LONDON)

    assert earliest_restart_at(restarts) == expected


def test_hours_are_elapsed_hours_over_a_change_of_clocks() -> None:
    ended_at = dt.datetime(2027, 3, 27, 12, tzinfo=LONDON)

    restarts = restarts_of(["bleeding/high/apixaban/crcl>=50"], ended_at=ended_at, zone=LONDON)

    assert earliest_restart_at(restarts) == dt.datetime(2027, 3, 28, 13, tzinfo=LONDON)


def test_a_tablet_waits_for_the_part_that_waits_longest() -> None:
    rules = [
        "bleeding/high/enoxaparin/therapeutic",
        "bleeding/high/apixaban/crcl>=50",
        "bleeding/high/cilostazol",
    ]

    assert earliest_restart_at(restarts_of(rules, ended_at=END, zone=LONDON)) == END + dt.timedelta(hours=24)


def test_rules_that_hold_nothing_propose_nothing() -> None:
    assert restarts_of(["bleeding/low/apixaban", "safety/no_rule"], ended_at=END, zone=LONDON) == ()
    assert earliest_restart_at(()) is None
