"""A real worker and a real clock in processes of their own, on the test database and a broker of their own."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.db import connection
from switched_channel import FOLDER, LINGER, REACHED, SWITCH

from cryoclinic import embedded
from cryoclinic.embedded.places import place

PROJECT = Path(__file__).resolve().parents[2]
TESTS = PROJECT / "tests"
PATHS = (TESTS / "journeys", TESTS / "integration", TESTS / "integration" / "notifications")
CELERY = (sys.executable, "-m", "celery", "--quiet", "-A", "cryoclinic")
WORKER = (*CELERY, "worker", "--loglevel", "WARNING", "--concurrency", "2", "--without-gossip", "--without-mingle")  # fmt: skip
BEAT = (*CELERY, "beat", "--loglevel", "WARNING", "--schedule")


@dataclass(kw_only=True, slots=True)
class Crew:
    """Processes started by one test; whatever happens, none outlives it."""

    folder: Path
    call_seconds: float = 0
    running: list["subprocess.Popen[bytes]"] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to work on the test database."""
        sockets = place(Path(settings.DATA_DIR)).sockets
        name = connection.settings_dict["NAME"]
        return {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "cryoclinic.settings",
            "DJANGO_SECRET_KEY": "for-this-test-alone",
            "DATABASE_URL": f"postgres://cryoclinic@/{name}?host={sockets}",
            "REDIS_URL": embedded.redis_url(self.folder),
            "CRYOCLINIC_DATA_DIR": str(self.folder),
            "SMS_CHANNEL": "switched_channel.SwitchedChannel",
            "EMAIL_CHANNEL": "switched_channel.SwitchedChannel",
            "SWEEP_SECONDS": "0.5",
            "DELIVERY_LEASE_SECONDS": "2",
            "DELIVERY_THREADS": "1",
            FOLDER: str(self.folder),
            LINGER: str(self.call_seconds / 2),
            "PYTHONPATH": os.pathsep.join(str(path) for path in PATHS),
            "PYTHONWARNINGS": "ignore",
        }

    def start(self, *command: str) -> "subprocess.Popen[bytes]":
        """Start a process in a group of its own."""
        with (self.folder / "processes.log").open("ab") as log:
            started = subprocess.Popen(  # noqa: S603 - this interpreter
                command, cwd=PROJECT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.running.append(started)
        return started

    def worker(self) -> "subprocess.Popen[bytes]":
        """Start a worker."""
        return self.start(*WORKER)

    def beat(self) -> "subprocess.Popen[bytes]":
        """Start a clock."""
        return self.start(*BEAT, str(self.folder / f"beat-{len(self.running)}"))

    def run(self, *arguments: str) -> str:
        """Run a short program and return what it printed."""
        done = subprocess.run(  # noqa: S603 - this interpreter
            [sys.executable, *arguments], cwd=PROJECT, env=self.environment, check=True, timeout=60,
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        return done.stdout

    def kill(self, process: "subprocess.Popen[bytes]") -> None:
        """End a process and its children at once, without a word."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait(10)
        if process in self.running:
            self.running.remove(process)

    def switch(self, point: str) -> None:
        """Have the next call stop at a point; empty: none."""
        (self.folder / REACHED).unlink(missing_ok=True)
        (self.folder / SWITCH).write_text(point, encoding="utf-8")

    def reached(self) -> bool:
        """Whether a call stands at the switch."""
        return (self.folder / REACHED).exists()


@contextlib.contextmanager
def crew_in(folder: Path) -> Iterator[Crew]:
    """Lend a crew with a broker; end everything afterwards."""
    crew = Crew(folder=folder)
    embedded.start_redis(folder)
    try:
        yield crew
    finally:
        for process in list(crew.running):
            crew.kill(process)
        embedded.stop_all(folder)


def eventually(holds: Callable[[], bool], *, within: float) -> bool:
    """Wait until it holds; False if it does not within so many seconds."""
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(0.05)
    return False
