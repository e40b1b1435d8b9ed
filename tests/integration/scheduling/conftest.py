"""What the races of this folder say at the end of a run."""

import pytest


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded about how long their calls took: told, not judged, since machines differ."""
    for report in terminalreporter.getreports("passed"):
        for name, said in report.user_properties:
            if name == "calls":
                terminalreporter.write_line(f"{report.nodeid.rpartition('::')[2]}: {said}")
