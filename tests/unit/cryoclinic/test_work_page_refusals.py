"""Whatever an operation announces that it raises, the work page that calls it catches and says."""

import inspect
import re
from collections.abc import Callable

import pytest

from cryoclinic.dashboard import refused
from cryoclinic.dashboard.views import changes, following, waiting
from scheduling.operations import book_appointment, move_appointment
from scheduling.operations.closures import applying
from scheduling.operations.follow_ups import book_follow_up
from scheduling.operations.offers import accept_offer
from scheduling.operations.series import book_series

# Forms make every moment aware, and no work page books out of a hold.
ELSEWHERE = {"StartIsNaive", "HoldIsGone", "HoldDoesNotFit"}


def announced(operation: Callable[..., object]) -> set[str]:
    found = re.findall(r":raises ([\w, ]+):", inspect.getdoc(operation) or "")
    return {name.strip() for names in found for name in names.split(",")} - ELSEWHERE


@pytest.mark.parametrize(
    ("operation", "caught"),
    [
        (book_appointment, refused.BOOKING),
        (move_appointment, changes.MOVING),
        (move_appointment, applying.REFUSALS),
        (book_follow_up, following.FOLLOWING),
        (book_appointment, following.FOLLOWING),
        (book_series, following.REPEATING),
        (book_appointment, following.REPEATING),
        (accept_offer, waiting.ANSWERING),
        (book_appointment, waiting.ANSWERING),
    ],
)
def test_every_announced_refusal_is_caught(
    operation: Callable[..., object], caught: tuple[type[Exception], ...]
) -> None:
    assert announced(operation) - {each.__name__ for each in caught} == set()
