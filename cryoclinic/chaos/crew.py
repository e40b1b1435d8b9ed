"""Workers, clocks, the web and the provider as processes of their own, to be killed, stopped and started again."""

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
_WEB = (
    *(sys.executable, "-m", "gunicorn", "cryoclinic.wsgi", "--log-level", "error"),
    *("--workers", "1", "--threads", "4", "--bind"),
)
LISTEN_SECONDS = 20.0
Process = subprocess.Popen[bytes]


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    """Where on this machine the provider and the web listen."""

    provider: int
    web: int

    @property
    def web_address(self) -> str:
        """The public address of the web."""
        return f"http://127.0.0.1:{self.web}"


@dataclass(kw_only=True, slots=True)
class Crew:
    """Everything that runs beside us; `everybody_gone` ends all of it, whatever happened to it before."""

    folder: Path
    env: Mapping[str, str]
    ports: "Ports"
    workers: list[Process] = field(default_factory=list)
    beats: list[Process] = field(default_factory=list)
    webs: list[Process] = field(default_factory=list)
    provider: Process | None = None
    _clocks: int = 0

    def start_worker(self) -> None:
        """Start one worker: a parent and the child that works."""
        self.workers.append(self._started(*_WORKER))

    def start_beat(self) -> None:
        """Start one clock."""
        self._clocks += 1
        self.beats.append(self._started(*_BEAT, str(self.folder / f"beat-{self._clocks}")))

    def start_web(self) -> None:
        """Start the web, which takes what the provider reports."""
        self.webs.append(self._started(*_WEB, f"127.0.0.1:{self.ports.web}"))

    def start_provider(self, *, ledger: Path, receipts: Path, seed: int) -> None:
        """Start the provider and wait until it listens."""
        command = (sys.executable, "-m", "cryoclinic.chaos.provider", "--port", str(self.ports.provider))
        files = ("--ledger", str(ledger), "--receipts", str(receipts))
        self.provider = self._started(*command, *files, "--web", self.ports.web_address, "--seed", str(seed))
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
        """End a worker, a clock or the web with its children, without a word, and start another in its place."""
        signal_group(process, signal.SIGKILL)
        process.wait()
        for crew, start in (
            (self.workers, self.start_worker),
            (self.beats, self.start_beat),
            (self.webs, self.start_web),
        ):
            if process in crew:
                crew.remove(process)
                start()

    def make_whole(self) -> None:
        """Start again whatever ended by itself, and let go on whatever was stopped."""
        for process in (*self.workers, *self.beats, *self.webs):
            signal_group(process, signal.SIGCONT)
            if process.poll() is not None:
                self.kill(process)

    def everybody_gone(self) -> None:
        """End everything."""
        provider = [self.provider] if self.provider else []
        for process in (*self.workers, *self.beats, *self.webs, *provider):
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
