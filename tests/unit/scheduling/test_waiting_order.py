"""Who is offered a freed start: the order, and everything that speaks against somebody."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scheduling.waiting import Visit, Waiting, Wishes, call_from, rank

LONDON = ZoneInfo("Europe/London")
NOW = dt.datetime(2027, 3, 1, 9, tzinfo=dt.UTC)
START = dt.datetime(2027, 3, 16, 9, tzinfo=LONDON)  # a Tuesday
DAY = dt.timedelta(days=1)


def waiting(entry_id: int = 1, **fields: Any) -> Waiting:
    defaults = {
        "priority": "routine",
        "days_waited": 10,
        "wishes": Wishes(),
        "notice_hours": 24,
        "agreed": True,
        "reachable": True,
        "call_at": NOW,
    }
    return Waiting(entry_id=entry_id, **{**defaults, **fields})


def order(*those: Waiting) -> list[int]:
    return [each.entry_id for each in rank(those, start=START, now=NOW).ranked]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"priority": "urgent", "days_waited": 0}, {"priority": "soon", "days_waited": 99}),
        ({"priority": "soon", "settled": False}, {"priority": "routine"}),
        ({"settled": False}, {"instead_of": Visit(start=START + 7 * DAY), "days_waited": 99}),
        ({"settled": True, "days_waited": 0}, {"settled": False, "days_waited": 99}),
        ({"days_waited": 11}, {"wishes": Wishes(weekdays=frozenset({"tue"}))}),
        ({"wishes": Wishes(weekdays=frozenset({"tue"}))}, {}),
        ({}, {}),
    ],
    ids=[
        "priority",
        "priority before settled",
        "who has no visit",
        "settled",
        "days",
        "narrow wishes",
        "put down first",
    ],
)
def test_order(before: dict[str, Any], after: dict[str, Any]) -> None:
    assert order(waiting(1, **before), waiting(2, **after)) == [1, 2]
    assert order(waiting(2, **after), waiting(1, **before)) == [1, 2]


@pytest.mark.parametrize(
    ("fields", "rule"),
    [
        ({"deceased": True}, "deceased"),
        ({"asked_before": True}, "asked-before"),
        ({"agreed": False}, "not-agreed"),
        ({"reachable": False}, "unreachable"),
        ({"wishes": Wishes(weekdays=frozenset({"mon"}))}, "other-times"),
        ({"notice_hours": 24 * 16}, "short-notice"),
        ({"has_a_visit": True}, "has-a-visit"),
        ({"instead_of": Visit(start=START)}, "not-earlier"),
        ({"instead_of": Visit(start=START + DAY, obstacle="It is too late")}, "may-not-move"),
        ({"busy": True}, "busy"),
        ({"asked_elsewhere": True}, "asked-elsewhere"),
        ({"obstacle": "The preparation takes until Wed 17 Mar 2027."}, "cannot-be-prepared"),
        ({"call_at": NOW + dt.timedelta(hours=1)}, "not-now"),
        ({"agreed": False, "call_at": NOW + dt.timedelta(hours=1)}, "not-agreed"),
    ],
)
def test_exclusion_names_the_rule(fields: dict[str, Any], rule: str) -> None:
    found = rank([waiting(**fields)], start=START, now=NOW)

    assert (found.ranked, [each.rule.value for each in found.excluded]) == ((), [rule])


@pytest.mark.parametrize(
    ("wishes", "suits"),
    [
        (Wishes(), True),
        (Wishes(first_on=dt.date(2027, 3, 16), last_on=dt.date(2027, 3, 16)), True),
        (Wishes(first_on=dt.date(2027, 3, 17)), False),
        (Wishes(last_on=dt.date(2027, 3, 15)), False),
        (Wishes(from_time=dt.time(9)), True),
        (Wishes(from_time=dt.time(9, 1)), False),
        (Wishes(until_time=dt.time(9)), False),
        (Wishes(until_time=dt.time(9, 1)), True),
    ],
)
def test_wishes_suit(wishes: Wishes, suits: bool) -> None:
    assert wishes.suit(START) is suits


def test_only_the_hour_of_calling_is_worth_waiting_for() -> None:
    later = NOW + dt.timedelta(hours=3)

    found = rank([waiting(1, busy=True), waiting(2, call_at=later)], start=START, now=NOW)

    assert found.next_call_at == later


def test_reasons_say_why_at_this_place() -> None:
    (found,) = rank([waiting(priority="urgent", days_waited=1)], start=START, now=NOW).ranked

    assert found.reasons == ("Urgent", "The preparation fits", "Waits 1 day")


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2027-03-01T08:00", "2027-03-01T08:00"),
        ("2027-03-01T20:59", "2027-03-01T20:59"),
        ("2027-03-01T21:00", "2027-03-02T08:00"),
        ("2027-03-02T07:59", "2027-03-02T08:00"),
        # The clocks go forward on the 28th: 8:00 comes an hour of elapsed time earlier.
        ("2027-03-27T22:00", "2027-03-28T08:00"),
    ],
)
def test_nobody_is_called_in_quiet_hours(now: str, expected: str) -> None:
    local, wanted = (dt.datetime.fromisoformat(text).replace(tzinfo=LONDON) for text in (now, expected))

    found = call_from(local, zone=LONDON, quiet_from=dt.time(21), quiet_until=dt.time(8))

    assert (found, found.utcoffset()) == (wanted, dt.timedelta(0))


def test_quiet_hours_within_a_day_end_that_day() -> None:
    noon = dt.datetime(2027, 3, 1, 12, tzinfo=LONDON)

    found = call_from(noon, zone=LONDON, quiet_from=dt.time(12), quiet_until=dt.time(14))

    assert found == noon.replace(hour=14)


@pytest.mark.parametrize(
    ("wishes", "elsewhere", "ends"),
    [
        (Wishes(), False, True),
        (Wishes(), True, False),
        (Wishes(weekdays=frozenset({"tue"}), from_time=dt.time(9)), False, True),
        (Wishes(until_time=dt.time(9)), False, False),
        (Wishes(last_on=START.date()), False, True),
        (Wishes(last_on=START.date() - DAY), False, False),
        # On the first day wished for an earlier hour could still fit; before it nothing can.
        (Wishes(first_on=START.date(), until_time=dt.time(9)), False, False),
        (Wishes(first_on=START.date() + DAY), False, True),
        (Wishes(first_on=START.date() + DAY), True, True),
    ],
)
def test_visit_ends_the_waiting_if_it_fits_or_nothing_earlier_could(
    wishes: Wishes, elsewhere: bool, ends: bool
) -> None:
    assert wishes.ended_by(START, is_elsewhere=elsewhere) == ends


def test_who_has_a_visit_is_said_to_move_it() -> None:
    [ranked] = rank([waiting(instead_of=Visit(start=START + DAY))], start=START, now=NOW).ranked

    assert ranked.reasons == (
        "Routine",
        "The preparation fits",
        "Waits 10 days",
        "Has a later visit, which moves",
    )
