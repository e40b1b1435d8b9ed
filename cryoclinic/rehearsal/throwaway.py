"""Services and folders that are gone afterwards: for commands that must not touch the demo or a real database."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

from django.conf import settings

from cryoclinic import embedded

# Set for a process that runs inside a throw-away folder already.
INSIDE = "CRYOCLINIC_THROWAWAY"


@contextlib.contextmanager
def throwaway_folder() -> Iterator[Path]:
    """
    Yield a new data folder; afterwards its services are stopped and it is removed, whatever happened.

    SIGTERM counts as Ctrl-C meanwhile.
    """
    before = signal.signal(signal.SIGTERM, _as_interrupt)
    folder = Path(tempfile.mkdtemp(prefix="cryoclinic-"))
    try:
        yield folder
    finally:
        signal.signal(signal.SIGTERM, before)
        embedded.stop_all(folder)
        shutil.rmtree(folder, ignore_errors=True)


def environment(folder: Path, **more: str) -> dict[str, str]:
    """Return this process's environment, with embedded services in `folder` and nothing that reaches anybody."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TWILIO_")}
    # Empty rather than absent: a .env file fills in what is absent.
    own = {
        "CRYOCLINIC_DATA_DIR": str(folder),
        "DATABASE_URL": "",
        "REDIS_URL": "",
        "SMS_CHANNEL": "notifications.channels.outbox.OutboxChannel",
        "EMAIL_CHANNEL": "notifications.channels.outbox.OutboxChannel",
        "DJANGO_DEBUG": "0",
        INSIDE: "1",
    }
    return {**kept, **own, **more}


def is_inside() -> bool:
    """Whether this process runs inside a throw-away folder."""
    return os.environ.get(INSIDE) == "1"


def run_inside(arguments: Sequence[str], **more: str) -> int:
    """Run `manage.py` with these arguments in a new throw-away folder; return its exit status."""
    with throwaway_folder() as folder:
        return run_to_end([*manage_py(), *arguments], env=environment(folder, **more))


def manage_py() -> tuple[str, ...]:
    """Return the words that begin every command of ours."""
    return sys.executable, str(Path(settings.BASE_DIR) / "manage.py")


def run_to_end(command: Sequence[str], *, env: Mapping[str, str]) -> int:
    """Run a command of ours and return its exit status; if we are interrupted it is ended first."""
    process = subprocess.Popen(command, env=dict(env), cwd=settings.BASE_DIR)  # noqa: S603 - our own command
    try:
        return process.wait()
    except BaseException:
        process.terminate()
        process.wait(timeout=30)
        raise


def _as_interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
