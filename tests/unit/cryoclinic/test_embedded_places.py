"""Addresses, the local secret and the words for a server that will not start."""

from pathlib import Path

import environ
import pytest

from cryoclinic import embedded
from cryoclinic.embedded.places import place
from cryoclinic.embedded.programs import meaning

LONG = Path("/home/somebody") / "a-very-long-folder-name" / ("x" * 200) / ".data"


@pytest.mark.parametrize("data_dir", [Path("/srv/.data"), LONG])
def test_addresses_stay_short_wherever_the_project_lies(data_dir: Path) -> None:
    where = place(data_dir)

    assert [len(str(path)) < 60 for path in (where.postgres_socket, where.redis_socket)] == [True, True]


def test_addresses_are_the_same_on_every_call_and_start_nothing(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"

    addresses = {(embedded.database_url(data_dir), embedded.redis_url(data_dir)) for _ in range(2)}

    assert addresses == {(embedded.database_url(data_dir), embedded.redis_url(data_dir))}
    assert not data_dir.exists()


def test_different_folders_have_different_addresses() -> None:
    one, another = Path("/srv/one/.data"), Path("/srv/another/.data")

    assert embedded.database_url(one) != embedded.database_url(another)
    assert embedded.redis_url(one) != embedded.redis_url(another)


def test_database_address_is_one_that_the_settings_can_read() -> None:
    read = environ.Env.db_url_config(embedded.database_url(LONG))

    assert (read["NAME"], read["USER"], read["OPTIONS"]) == (
        "cryoclinic", "cryoclinic", {"host": str(place(LONG).sockets)},
    )  # fmt: skip


def test_local_secret_is_kept_for_its_owner_alone(tmp_path: Path) -> None:
    secret = embedded.local_secret(tmp_path / "data")

    assert embedded.local_secret(tmp_path / "data") == secret
    assert len(secret) >= 50
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["secret"]
    assert (tmp_path / "data" / "secret").stat().st_mode & 0o777 == 0o600


def test_local_secret_of_a_folder_that_cannot_be_written_is_fresh(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    secrets = {embedded.local_secret(tmp_path / "file") for _ in range(2)}

    assert len(secrets) == 2


@pytest.mark.parametrize(
    ("words", "cause"),
    [
        ('FATAL:  could not write lock file "postmaster.pid": No space left on device', "the disk is full"),
        ("initdb: error: could not access directory: Permission denied\n",
         "a folder or file may not be read or written by the user who runs it"),
        ("LOG:  starting\nPANIC:  could not locate a valid checkpoint record at 0/1",
         "its data is damaged; remove the folder to begin anew"),
        ("first line\n  something unheard of  \n\n", "something unheard of"),
        ("", "it said nothing"),
    ],
)  # fmt: skip
def test_meaning_of_a_server_s_last_words(words: str, cause: str) -> None:
    assert meaning(words) == cause
