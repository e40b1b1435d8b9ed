"""Workers, clocks and the provider as processes of their own, to be killed, stopped and started again."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings

_CELERY = (sys.executable, "-m", "celery", "--quiet", "-A", "cryoclinic")
_WORKER = (
    *_CELERY,
    "worker",
    "--loglevel",
    "ERROR",
    "--without-gossip",
    "--without-mingle",
    "--concurrency",
    "1",
)
_BEAT = (*_CELERY, "beat", "--loglevel", "ERROR", "--schedule")
LISTEN_SECONDS = 20.0
Process = subprocess.Popen[bytes]


@dataclass(kw_only=True, slots=True)
class Crew:
    """Everything that runs beside us; `everybody_gone` ends all of it, whatever happened to it before."""

    folder: Path
    env: Mapping[str, str]
    workers: list[Process] = field(default_factory=list)
    beats: list[Process] = field(default_factory=list)
    provider: Process | None = None
    _clocks: int = 0

    def start_worker(self) -> None:
        """Start one worker: a parent and the child that works."""
        self.workers.append(self._started(*_WORKER))

    def start_beat(self) -> None:
        """Start one clock."""
        self._clocks += 1
        self.beats.append(self._started(*_BEAT, str(self.folder / f"beat-{self._clocks}")))

    def start_provider(self, *, port: int, ledger: Path, seed: int) -> None:
        """Start the provider and wait until it listens."""
        command = (sys.executable, "-m", "cryoclinic.chaos.provider", "--port", str(port))
        self.provider = self._started(*command, "--ledger", str(ledger), "--seed", str(seed))
        deadline = time.monotonic() + LISTEN_SECONDS
        while not ledger.exists() and time.monotonic() < deadline:
            time.sleep(0.1)

    def children(self) -> list[int]:
        """Return the process numbers of those that work, one a worker; none where the system does not tell."""
        found: list[int] = []
        for worker in self.workers:
            listed = Path(f"/proc/{worker.pid}/task/{worker.pid}/children")
            with contextlib.suppress(OSError):
                found += [int(number) for number in listed.read_text(encoding="ascii").split()]
        return found

    def kill(self, process: Process) -> None:
        """End a worker or a clock with its children, without a word, and start another in its place."""
        signal_group(process, signal.SIGKILL)
        process.wait()
        if process in self.workers:
            self.workers.remove(process)
            self.start_worker()
        else:
            self.beats.remove(process)
            self.start_beat()

    def make_whole(self) -> None:
        """Start again whatever ended by itself, and let go on whatever was stopped."""
        for process in (*self.workers, *self.beats):
            signal_group(process, signal.SIGCONT)
            if process.poll() is not None:
                self.kill(process)

    def everybody_gone(self) -> None:
        """End everything."""
        for process in (*self.workers, *self.beats, *([self.provider] if self.provider else [])):
            signal_group(process, signal.SIGKILL)
            process.wait()

    def _started(self, *command: str) -> Process:
        with (self.folder / "crew.log").open("ab") as log:
            return subprocess.Popen(  # noqa: S603 - this interpreter
                command,
                cwd=settings.BASE_DIR,
                env=dict(self.env),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )


def signal_group(process: Process, sign: signal.Signals) -> None:
    """Signal a process and its children; one that is gone is left alone."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, sign)
