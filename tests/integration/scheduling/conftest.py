"""What the races of this folder share: a connection beside the test's own, and what they say at the end of a run."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import connections
from racers import Act


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded about how long their calls took: told, not judged, since machines differ."""
    for report in terminalreporter.getreports("passed"):
        for name, said in report.user_properties:
            if name == "calls" and report.when == "call":
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {said}")


@pytest.fixture
def beside() -> Iterator[Callable[[Act], Future[object]]]:
    """Run an act on a connection of its own."""
    with ThreadPoolExecutor(max_workers=1) as threads:

        def run(act: Act) -> object:
            try:
                return act()
            finally:
                connections.close_all()

        yield lambda act: threads.submit(run, act)
