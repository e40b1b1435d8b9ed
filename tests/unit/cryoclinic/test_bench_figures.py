"""Figures: their names, and how they are taken."""

import json

import pytest

from cryoclinic.bench.figures import compared, percentile, rounded
from cryoclinic.bench.registry import BENCHES

# The names are an interface: whoever compares two runs looks for them.
NAMES = {
    "prepare_ms",
    "slots_first20_ms",
    "slots_range31_ms",
    "slots_range31_medicines_ms",
    "explain_ms",
    "slots_http_ms",
    "booking_rate",
    "booking_p99_ms",
    "booking_p99_paced_ms",
    "booking_contended_p99_ms",
    "booking_16_clients",
    "slots_growth",
    "slots_wide",
    "slots_range31_wide",
    "explain_wide",
    "plan_ms",
    "replan_ms",
    "dispatch_rate",
    "dispatch_rate_50ms",
    "dispatch_beside_eta",
    "worker_memory_mb",
    "dispatch_beside_open_transaction",
    "sweep_p95_ms",
    "lateness_p99_s",
}


def test_benches_have_the_names_that_stay() -> None:
    assert set(BENCHES) == NAMES


def test_figure_is_one_line_with_five_keys() -> None:
    figure = compared(name="plan_ms", unit="ms", ours=9.0, floor=3.0, beside="raw")

    assert json.loads(figure.as_json()) == {
        "name": "plan_ms",
        "value": 9.0,
        "unit": "ms",
        "baseline": "raw: 3.0 ms",
        "ratio": 3.0,
    }


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [([3, 1, 2], 0.5, 2), ([1, 2, 3, 4], 0.99, 4), ([7], 0.0, 7), (list(range(100)), 0.95, 95)],
)
def test_percentile_is_a_value_that_was_measured(values: list[float], share: float, expected: float) -> None:
    assert percentile(values, share) == expected


@pytest.mark.parametrize(("value", "expected"), [(1234.5, 1230.0), (0.012345, 0.0123), (0.0, 0.0)])
def test_figures_have_three_digits(value: float, expected: float) -> None:
    assert rounded(value) == expected
