"""The processes of the Procfile, started on their own and ended for certain."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

from django.conf import settings

LEAVE_SECONDS = 10.0


class ProcessEnded(Exception):
    """A process that should be running has ended; its last words are above."""


def free_port() -> int:
    """Return a port of this machine that nobody uses now."""
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        port: int = door.getsockname()[1]
        return port


def procfile() -> dict[str, str]:
    """Return the Procfile's command lines by their names."""
    lines = (Path(settings.BASE_DIR) / "Procfile").read_text(encoding="utf-8").splitlines()
    pairs = (line.partition(":") for line in lines if line.strip() and not line.startswith("#"))
    return {name.strip(): command.strip() for name, _, command in pairs}


@contextlib.contextmanager
def running(
    commands: Mapping[str, str], *, env: Mapping[str, str]
) -> Iterator[dict[str, subprocess.Popen[bytes]]]:
    """
    Run shell command lines side by side; whatever happens, all of them and their children have ended afterwards.

    What they print goes to our standard error, so that standard output stays ours.
    """
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for name, command in commands.items():
            started[name] = subprocess.Popen(  # noqa: S603 - the lines of our own Procfile
                ["/bin/bash", "-c", command],
                env=dict(env),
                cwd=settings.BASE_DIR,
                stdin=subprocess.DEVNULL,
                stdout=sys.stderr.fileno(),
                start_new_session=True,
            )
        yield started
    finally:
        for process in started.values():
            _signal(process, signal.SIGTERM)
        for process in started.values():
            _wait_or_kill(process)


def check_all_run(started: Mapping[str, subprocess.Popen[bytes]]) -> None:
    """
    Make sure that nothing has ended by itself.

    :raises ProcessEnded: naming the first that has
    """
    for name, process in started.items():
        if process.poll() is not None:
            raise ProcessEnded(name)


def _wait_or_kill(process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + LEAVE_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)
    # The group outlives its leader if a child hangs.
    _signal(process, signal.SIGKILL)
    process.wait()


def _signal(process: subprocess.Popen[bytes], sign: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, sign)
