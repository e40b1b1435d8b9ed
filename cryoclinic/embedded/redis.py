"""The embedded Redis: the broker alone, so it stores nothing; the database is the truth."""

import contextlib
import os
import signal
import time
from pathlib import Path

from cryoclinic.embedded import locks, programs
from cryoclinic.embedded.owner import Owner, owner_of, private_sockets
from cryoclinic.embedded.places import EmbeddedServiceUnavailable, Place, place, refusals_in_words

SERVER = "redis"
START_SECONDS = 20.0
STOP_SECONDS = 10.0


def start_redis(data_dir: Path) -> bool:
    """
    Make sure the Redis of `data_dir` answers; return whether this call started it.

    Cheap when it runs. Any number of processes may call at once: one starts, the others join. It listens on its Unix
    socket alone, keeps nothing on disk, and outlives the caller.

    :raises EmbeddedServiceUnavailable: if it cannot run here, with the reason
    """
    where = place(data_dir)
    if answers(where):
        return False
    with locks.turn(where):
        if answers(where):
            return False
        # Alive but not answering: its socket was removed, or it hangs. It holds nothing worth waiting for.
        stop(where)
        _launch(where, program=programs.redis_program())
        return True


def answers(where: Place) -> bool:
    """Return whether the server answers a ping."""
    return _asked(where, words=b"PING\r\n").startswith(b"+PONG")


def stop(where: Place) -> bool:
    """
    End the server; return whether there was one. Call it inside `locks.turn`.

    :raises EmbeddedServiceUnavailable: if it does not end
    """
    if locks.gone(where, server=SERVER, within=0):
        return False
    _asked(where, words=b"SHUTDOWN NOSAVE\r\n")
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if locks.gone(where, server=SERVER, within=1.0):
            break
        number = _number(where)
        if number:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, sign)
    if not locks.gone(where, server=SERVER, within=STOP_SECONDS):
        raise EmbeddedServiceUnavailable(f"The Redis of {where.data_dir} does not end; end it by hand.")
    with refusals_in_words(where.data_dir):
        for left in (where.redis_socket, where.redis_pid_file):
            left.unlink(missing_ok=True)
    return True


def _launch(where: Place, *, program: Path) -> None:
    private_sockets(where, owner=owner_of(where))
    with refusals_in_words(where.data_dir):
        where.redis_log.unlink(missing_ok=True)
    command: list[str | Path] = [
        program, "--port", "0", "--unixsocket", where.redis_socket, "--unixsocketperm", "700",
        "--save", "", "--appendonly", "no", "--dir", where.data_dir,
        "--daemonize", "yes", "--pidfile", where.redis_pid_file, "--logfile", where.redis_log,
    ]  # fmt: skip
    me = Owner(uid=os.geteuid(), gid=os.getegid())
    with locks.life(where, server=SERVER) as lock:
        if lock is None:
            raise EmbeddedServiceUnavailable(f"The Redis of {where.data_dir} does not end; end it by hand.")
        done = programs.run(command, owner=me, cwd=where.data_dir, within=START_SECONDS, keep=lock)
    deadline = time.monotonic() + START_SECONDS
    while done.returncode == 0 and time.monotonic() < deadline:
        if answers(where):
            return
        time.sleep(locks.PAUSE_SECONDS)
    cause = programs.meaning(programs.tail(where.redis_log) or done.stderr or done.stdout)
    raise EmbeddedServiceUnavailable(f"The Redis of {where.data_dir} did not start: {cause}.")


def _asked(where: Place, *, words: bytes) -> bytes:
    connection = programs.connected(where.redis_socket)
    if connection is None:
        return b""
    with connection, contextlib.suppress(OSError):
        connection.sendall(words)
        return connection.recv(64)
    return b""


def _number(where: Place) -> int | None:
    try:
        text = where.redis_pid_file.read_text(encoding="utf-8").strip()
    except OSError:
        return None
    return int(text) if text.isdigit() else None
