"""The embedded services as commands meet them: from the shell, and from a first connection."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from cryoclinic import embedded
from cryoclinic.embedded.places import place

PROJECT = Path(__file__).resolve().parents[3]
BOTH = embedded.EmbeddedStatus(postgres=True, redis=True)
NEITHER = embedded.EmbeddedStatus(postgres=False, redis=False)

pytestmark = pytest.mark.slow


@pytest.fixture
def data_dir(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path / "data"
    embedded.stop_all(tmp_path / "data")


def begin(*words: str, data_dir: Path) -> "subprocess.Popen[str]":
    """Begin a command of manage.py on a folder of its own."""
    return subprocess.Popen(  # noqa: S603 - this interpreter
        [sys.executable, "manage.py", *words],
        cwd=PROJECT, env=os.environ | {"CRYOCLINIC_DATA_DIR": str(data_dir)},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip


def until(answer: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not answer():
        assert time.monotonic() < deadline, "it did not come about within 30 seconds"
        time.sleep(0.05)


def test_foreground_brings_back_a_crashed_database_and_ends_with_both_ended(data_dir: Path) -> None:
    foreground = begin("services", data_dir=data_dir)
    try:
        until(lambda: embedded.status(data_dir) == BOTH)
        postmaster = place(data_dir).cluster / "postmaster.pid"
        killed = int(postmaster.read_text().splitlines()[0])
        os.kill(killed, signal.SIGKILL)
        until(
            lambda: embedded.status(data_dir) == BOTH and not postmaster.read_text().startswith(f"{killed}\n")
        )
    finally:
        foreground.terminate()
    output, errors = foreground.communicate(timeout=30)

    assert (foreground.returncode, errors) == (0, "")
    assert output.splitlines() == [
        "PostgreSQL: started", "Redis: started",
        "PostgreSQL: started", "Redis: running",
        "PostgreSQL: stopped", "Redis: stopped",
    ]  # fmt: skip
    assert embedded.status(data_dir) == NEITHER


def test_first_connection_starts_the_database_and_stop_ends_it(data_dir: Path) -> None:
    connecting = begin("migrate", "--plan", data_dir=data_dir)
    connected = connecting.communicate(timeout=60)[1], embedded.status(data_dir)
    stopping = begin("services", "--stop", data_dir=data_dir)
    stopped = stopping.communicate(timeout=30)[0].splitlines()

    assert connected == ("", embedded.EmbeddedStatus(postgres=True, redis=False))
    assert stopped == ["PostgreSQL: stopped", "Redis: was not running"]


def test_command_that_never_connects_starts_nothing(data_dir: Path) -> None:
    status = begin("services", "--status", data_dir=data_dir)
    output = status.communicate(timeout=30)[0].splitlines()

    assert (status.returncode, output) == (1, ["PostgreSQL: not running", "Redis: not running"])
    assert not place(data_dir).cluster.exists()


def test_folder_that_cannot_be_used_ends_a_command_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    connecting = begin("migrate", "--plan", data_dir=tmp_path / "file" / "data")
    output, errors = connecting.communicate(timeout=60)

    assert (connecting.returncode, output) == (1, "")
    assert errors == (
        f"The folder {tmp_path}/file/data cannot be used: Not a directory. "
        "Set CRYOCLINIC_DATA_DIR to another folder.\n"
    )
