"""Where the embedded services live: folders, sockets and the addresses that follow from them. Starts nothing."""

import contextlib
import errno
import hashlib
import os
import secrets
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# The same for every shell of the machine, which tempfile.gettempdir() is not: TMPDIR may differ, addresses may not.
SOCKETS_ROOT = Path("/tmp")  # noqa: S108 - the folder below it is made private and its owner is checked
DATABASE = "cryoclinic"
WRITE_REFUSED = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


class EmbeddedServiceUnavailable(Exception):
    """The embedded database or broker cannot run here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """The paths of one pair of embedded services."""

    data_dir: Path
    sockets: Path

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own folder; complete as soon as it exists."""
        return self.data_dir / "postgres"

    @property
    def postgres_socket(self) -> Path:
        return self.sockets / ".s.PGSQL.5432"

    @property
    def redis_socket(self) -> Path:
        return self.sockets / "redis.sock"

    @property
    def redis_pid_file(self) -> Path:
        return self.data_dir / "redis.pid"

    @property
    def redis_log(self) -> Path:
        return self.data_dir / "redis.log"


def place(data_dir: Path) -> Place:
    """
    Return the paths that belong to `data_dir`.

    Sockets get a short folder of their own, because a socket's path may not exceed about a hundred characters
    and the project may lie anywhere.
    """
    resolved = data_dir.resolve()
    digest = hashlib.sha256(os.fsencode(resolved)).hexdigest()[:16]
    return Place(data_dir=resolved, sockets=SOCKETS_ROOT / f"cryoclinic-{digest}")


def database_url(data_dir: Path) -> str:
    """Return the address of the embedded PostgreSQL of `data_dir`; the same on every call."""
    return f"postgres://{DATABASE}@/{DATABASE}?host={place(data_dir).sockets}"


def redis_url(data_dir: Path) -> str:
    """Return the address of the embedded Redis of `data_dir`, in the form Celery takes; the same on every call."""
    return f"redis+socket://{place(data_dir).redis_socket}"


def local_secret(data_dir: Path) -> str:
    """
    Return a random secret kept in `data_dir` (mode 0600), made on the first call.

    A folder that cannot be written gets a secret for this process alone: nothing can be stored there that would
    have to survive it.
    """
    kept = data_dir / "secret"
    fresh = secrets.token_urlsafe(48)
    try:
        if not kept.exists():
            data_dir.mkdir(parents=True, exist_ok=True)
            _keep_first(fresh, kept=kept)
        return kept.read_text(encoding="utf-8")
    except OSError:
        return fresh


def _keep_first(text: str, *, kept: Path) -> None:
    # A link appears whole or not at all: no reader meets a file half written, and the first writer wins.
    descriptor, name = tempfile.mkstemp(dir=kept.parent, prefix="secret.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        with contextlib.suppress(FileExistsError):
            Path(kept).hardlink_to(name)
    finally:
        Path(name).unlink()


@contextlib.contextmanager
def refusals_in_words(folder: Path) -> Iterator[None]:
    """
    Turn what the operating system refuses about `folder` into one sentence.

    :raises EmbeddedServiceUnavailable: instead of an `OSError`
    """
    try:
        yield
    except OSError as error:
        if error.errno in WRITE_REFUSED:
            sentence = f"The folder {error.filename or folder} cannot be written by this user."
        elif error.errno == errno.ENOSPC:
            sentence = f"The disk that holds {folder} is full."
        else:
            sentence = f"The folder {folder} cannot be used: {error.strerror or error}."
        raise EmbeddedServiceUnavailable(f"{sentence} Set CRYOCLINIC_DATA_DIR to another folder.") from error
