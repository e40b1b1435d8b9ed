"""How long a provider that is down is left alone."""

import datetime as dt

import pytest

from notifications.rules import FIRST_REST, LONGEST_REST, provider_rest


def test_rest_doubles_up_to_the_longest() -> None:
    assert [provider_rest(number) for number in (1, 2, 3, 4, 5, 50)] == [
        FIRST_REST,
        2 * FIRST_REST,
        4 * FIRST_REST,
        8 * FIRST_REST,
        LONGEST_REST,
        LONGEST_REST,
    ]
    assert dt.timedelta(minutes=15) == LONGEST_REST


def test_rests_count_from_one() -> None:
    with pytest.raises(ValueError, match="count from 1"):
        provider_rest(0)
