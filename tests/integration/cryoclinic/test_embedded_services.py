"""The embedded servers: start, join, crash, stop, and what is said when they cannot run."""

import concurrent.futures
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cryoclinic import embedded
from cryoclinic.embedded.places import SOCKETS_ROOT, place

PROJECT = Path(__file__).resolve().parents[3]
AS_ROOT = os.geteuid() == 0
START_BOTH = """
import os, sys, pathlib
from cryoclinic import embedded
data_dir, user = pathlib.Path(sys.argv[1]), int(sys.argv[2])
if user != os.geteuid():
    # Only now: the interpreter may lie where that user cannot look.
    os.setgroups([]); os.setgid(user); os.setuid(user)
try:
    print(embedded.start_postgres(data_dir), embedded.start_redis(data_dir))
except embedded.EmbeddedServiceUnavailable as error:
    sys.exit(str(error))
"""

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    folder = tmp_path_factory.mktemp("embedded") / "data"
    yield folder
    embedded.stop_all(folder)


def starter(data_dir: Path, user: int | None = None) -> "subprocess.CompletedProcess[str]":
    """Start both servers from another process, maybe as another user."""
    return subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", START_BOTH, str(data_dir), str(os.geteuid() if user is None else user)],
        check=False, capture_output=True, text=True, cwd=PROJECT, timeout=60,
    )  # fmt: skip


def answer(data_dir: Path) -> int:
    """Ask the database something."""
    with psycopg.connect(embedded.database_url(data_dir)) as connection:
        row = connection.execute("SELECT 42").fetchone()
    assert row is not None
    return int(row[0])


def postgres_number(data_dir: Path) -> int:
    return int((place(data_dir).cluster / "postmaster.pid").read_text().splitlines()[0])


def test_four_processes_at_once_start_one_pair(data_dir: Path) -> None:
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        outputs = [done.stdout for done in pool.map(starter, [data_dir] * 4)]

    # One of them started each server, and the servers outlive all four.
    assert sorted(word for output in outputs for word in output.split()) == ["False"] * 6 + ["True"] * 2
    assert embedded.status(data_dir) == embedded.EmbeddedStatus(postgres=True, redis=True)
    assert answer(data_dir) == 42


def test_start_joins_what_runs_quickly(data_dir: Path) -> None:
    embedded.start_postgres(data_dir)
    embedded.start_redis(data_dir)

    begun = time.perf_counter()
    started = (embedded.start_postgres(data_dir), embedded.start_redis(data_dir))

    assert started == (False, False)
    assert time.perf_counter() - begun < 0.1


def test_servers_listen_on_sockets_alone(data_dir: Path) -> None:
    embedded.start_postgres(data_dir)

    with psycopg.connect(embedded.database_url(data_dir)) as connection:
        row = connection.execute(
            "SELECT current_setting('listen_addresses'), current_setting('max_connections'), current_setting('fsync')"
        ).fetchone()

    fsync = "off" if os.environ.get("CRYOCLINIC_EMBEDDED_FSYNC") == "off" else "on"
    assert row == ("", "300", fsync)
    assert place(data_dir).sockets.stat().st_mode & 0o077 == 0


def test_killed_database_starts_again_with_what_was_committed(data_dir: Path) -> None:
    embedded.start_postgres(data_dir)
    with psycopg.connect(embedded.database_url(data_dir)) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT 7 AS number")
    os.kill(postgres_number(data_dir), signal.SIGKILL)
    while embedded.status(data_dir).postgres:
        time.sleep(0.01)

    unasked = embedded.crashed(data_dir)
    started = embedded.start_postgres(data_dir)

    assert (unasked, started) == (True, True)
    with psycopg.connect(embedded.database_url(data_dir)) as connection:
        assert connection.execute("SELECT number FROM kept").fetchone() == (7,)


def test_killed_redis_starts_again(data_dir: Path) -> None:
    embedded.start_redis(data_dir)
    os.kill(int(place(data_dir).redis_pid_file.read_text()), signal.SIGKILL)
    while embedded.status(data_dir).redis:
        time.sleep(0.01)

    assert embedded.start_redis(data_dir)
    assert embedded.status(data_dir).redis


def test_files_left_by_the_dead_do_not_keep_a_start_from_working(data_dir: Path) -> None:
    # As after a restart of the machine: the numbers in the files are those of living strangers.
    embedded.stop_all(data_dir)
    where = place(data_dir)
    stranger = str(os.getpid())
    lines = [stranger, str(where.cluster), "0", "5432", str(where.sockets), "", "0 0", "ready   "]
    (where.cluster / "postmaster.pid").write_text("\n".join(lines) + "\n")
    where.redis_pid_file.write_text(stranger)
    where.sockets.mkdir(mode=0o700)
    (where.sockets / ".s.PGSQL.5432.lock").write_text("\n".join(lines) + "\n")

    started = (embedded.start_postgres(data_dir), embedded.start_redis(data_dir))

    assert started == (True, True)
    assert answer(data_dir) == 42


def test_removed_socket_is_made_again(data_dir: Path) -> None:
    embedded.start_postgres(data_dir)
    embedded.start_redis(data_dir)
    shutil.rmtree(place(data_dir).sockets)

    started = (embedded.start_postgres(data_dir), embedded.start_redis(data_dir))

    assert started == (True, True)
    assert answer(data_dir) == 42


def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "postgres.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")

    try:
        assert embedded.start_postgres(tmp_path)
        assert answer(tmp_path) == 42
    finally:
        embedded.stop_all(tmp_path)


def test_stop_ends_both_and_leaves_no_socket(data_dir: Path) -> None:
    embedded.start_postgres(data_dir)
    embedded.start_redis(data_dir)
    number = postgres_number(data_dir)

    ended = embedded.stop_all(data_dir)
    again = embedded.stop_all(data_dir)

    assert ended == embedded.EmbeddedStatus(postgres=True, redis=True)
    assert again == embedded.status(data_dir) == embedded.EmbeddedStatus(postgres=False, redis=False)
    assert not embedded.crashed(data_dir)
    assert not place(data_dir).sockets.exists()
    assert not Path(f"/proc/{number}/fd/0").exists()


def test_stop_where_nothing_ever_ran_does_nothing(tmp_path: Path) -> None:
    ended = embedded.stop_all(tmp_path / "nothing")

    assert ended == embedded.EmbeddedStatus(postgres=False, redis=False)
    assert list(tmp_path.iterdir()) == []


def test_folder_that_cannot_be_made_is_said_in_a_sentence(tmp_path: Path) -> None:
    # A file in its place refuses root too.
    (tmp_path / "file").write_text("")

    with pytest.raises(embedded.EmbeddedServiceUnavailable) as refusal:
        embedded.start_postgres(tmp_path / "file" / "data")

    assert str(refusal.value) == (
        f"The folder {tmp_path}/file/data cannot be used: Not a directory. "
        "Set CRYOCLINIC_DATA_DIR to another folder."
    )


def test_data_of_another_version_is_said_in_a_sentence(data_dir: Path) -> None:
    embedded.stop_all(data_dir)
    version = place(data_dir).cluster / "PG_VERSION"
    version.write_text("12\n")

    try:
        with pytest.raises(embedded.EmbeddedServiceUnavailable, match="was made by PostgreSQL 12, not 18;"):
            embedded.start_postgres(data_dir)
    finally:
        version.write_text("18\n")


def test_no_redis_anywhere_is_said_in_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)

    with pytest.raises(
        embedded.EmbeddedServiceUnavailable, match=r"^There is no Redis here: install redis-server"
    ):
        embedded.start_redis(tmp_path / "data")


def test_ordinary_user_runs_both_and_root_runs_them_as_that_user(data_dir: Path, tmp_path: Path) -> None:
    if not AS_ROOT:
        pytest.skip("only root can become another user; every other test here runs as an ordinary one")
    nobody = pwd.getpwnam("nobody")
    folder = _open_to(nobody, tmp_path)
    # Root's own start opens the way to the programs, wherever the project lies.
    embedded.start_postgres(data_dir)

    try:
        done = starter(folder, user=nobody.pw_uid)
        joined = embedded.start_postgres(folder)
        stopped = embedded.stop_all(folder)
        restarted = embedded.start_postgres(folder)

        assert (done.stdout.strip(), done.stderr) == ("True True", "")
        assert (joined, stopped.postgres, restarted) == (False, True, True)
        assert place(folder).cluster.stat().st_uid == nobody.pw_uid
        assert answer(folder) == 42
    finally:
        embedded.stop_all(folder)
        shutil.rmtree(folder)


def test_folder_of_another_user_is_said_in_a_sentence(tmp_path: Path) -> None:
    if not AS_ROOT:
        pytest.skip("only root can become another user")
    nobody = pwd.getpwnam("nobody")
    folder = _open_to(nobody, tmp_path)
    folder.chmod(0o755)
    os.chown(folder, 0, 0)

    try:
        done = starter(folder, user=nobody.pw_uid)
    finally:
        shutil.rmtree(folder)

    assert done.stdout == ""
    assert done.stderr.strip() == (
        f"The folder {folder}/turn.lock cannot be written by this user. Set CRYOCLINIC_DATA_DIR to another folder."
    )


def _open_to(user: pwd.struct_passwd, tmp_path: Path) -> Path:
    """Return a folder of `user`'s own, which pytest's are not: they are closed to others."""
    folder = SOCKETS_ROOT / f"{tmp_path.name}-{os.getpid()}"
    folder.mkdir()
    os.chown(folder, user.pw_uid, user.pw_gid)
    return folder
