"""Short storms and a short simulated year, in services of their own."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.full]
PROJECT = Path(__file__).resolve().parents[2]


def last_line(*arguments: str) -> dict[str, object]:
    """Run a command of ours and return the last line it printed, which is JSON."""
    command = [sys.executable, "manage.py", *arguments]
    done = subprocess.run(command, cwd=PROJECT, check=False, capture_output=True, text=True, timeout=900)  # noqa: S603 - our own command
    assert done.stdout.strip(), done.stderr[-2000:]
    print(done.stdout.strip().splitlines()[-1])  # noqa: T201 - the figures are wanted
    found: dict[str, object] = json.loads(done.stdout.strip().splitlines()[-1])
    return {**found, "exit": done.returncode}


def test_twenty_kills_of_workers_and_clocks_break_nothing() -> None:
    line = last_line("chaos", "--kills", "20")

    assert (line["exit"], line["kills"]) == (0, 20)
    assert [line[name] for name in ("lost", "repeated", "unlisted", "receipts_lost")] == [0] * 4
    assert isinstance(line["sent"], int)
    assert isinstance(line["receipts"], int)
    assert line["sent"] > 20
    # Queued, sent, and how it ended; some come twice.
    assert line["receipts"] >= 3 * line["sent"]


def test_simulated_year_breaks_nothing() -> None:
    line = last_line("soak", "--messages", "400", "--processes", "2")

    broken = ("repeated", "outside_window", "unexplained", "after_cancellation", "untrue")
    assert [line[name] for name in ("exit", *broken)] == [0] * 6
    assert isinstance(line["messages"], int)
    assert line["messages"] > 300
    assert line["clock_changes"] == 8
