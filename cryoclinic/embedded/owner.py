"""Which user the servers run as. PostgreSQL refuses root, so root lends it a user of its own."""

import os
import pwd
import shutil
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryoclinic.embedded.places import EmbeddedServiceUnavailable, Place, refusals_in_words

# The name the wheel's own starter uses: one account, not two, on a machine that has both.
ACCOUNT = "pgserver"
FALLBACK_ACCOUNT = "nobody"
TRAVERSE = stat.S_IXGRP | stat.S_IXOTH
READ = stat.S_IRGRP | stat.S_IROTH


@dataclass(frozen=True, kw_only=True, slots=True)
class Owner:
    """The user and group that own the database's folder and run its server."""

    uid: int
    gid: int

    @property
    def borrowed(self) -> bool:
        """Whether this process must change its user to act as the owner."""
        return self.uid != os.geteuid()

    def as_arguments(self) -> dict[str, Any]:
        """Return the arguments of `subprocess` that run a program as this user."""
        if not self.borrowed:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def owner_of(where: Place) -> Owner:
    """
    Return who runs the database of `where`: who owns its folder, else this user, else, for root, a user of its own.

    :raises EmbeddedServiceUnavailable: if the folder belongs to someone else
    """
    if where.cluster.exists():
        found = where.cluster.stat()
        if os.geteuid() not in (0, found.st_uid):
            raise EmbeddedServiceUnavailable(
                f"The database in {where.cluster} belongs to another user; set CRYOCLINIC_DATA_DIR to another folder."
            )
        return Owner(uid=found.st_uid, gid=found.st_gid)
    if os.geteuid() != 0:
        return Owner(uid=os.geteuid(), gid=os.getegid())
    account = _account()
    return Owner(uid=account.pw_uid, gid=account.pw_gid)


def _account() -> pwd.struct_passwd:
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:" + os.environ.get("PATH", ""))
    for name in (ACCOUNT, FALLBACK_ACCOUNT):
        if name == ACCOUNT and useradd and not _known(name):
            command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
            subprocess.run(command, check=False, capture_output=True)  # noqa: S603 - fixed words
        if _known(name):
            return pwd.getpwnam(name)
    raise EmbeddedServiceUnavailable(
        "PostgreSQL does not run as root and there is no other user; run this as an ordinary user."
    )


def _known(name: str) -> bool:
    return any(entry.pw_name == name for entry in pwd.getpwall())


def private_sockets(where: Place, *, owner: Owner) -> None:
    """
    Make the folder of the sockets, open to its owner alone: whoever reaches a socket is let in without a password.

    :raises EmbeddedServiceUnavailable: if it cannot be made, or someone else has made it
    """
    with refusals_in_words(where.sockets):
        where.sockets.mkdir(mode=0o700, exist_ok=True)
        found = where.sockets.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (0, os.geteuid(), owner.uid):
            raise EmbeddedServiceUnavailable(
                f"{where.sockets} belongs to another user; remove it and try again."
            )
        where.sockets.chmod(0o700)
        if owner.borrowed:
            os.chown(where.sockets, owner.uid, owner.gid)


def let_reach(folder: Path, *, owner: Owner) -> None:
    """
    Let a borrowed owner walk down to `folder`: the folders above become traversable, not readable.

    :raises EmbeddedServiceUnavailable: if one of them cannot be changed
    """
    if not owner.borrowed:
        return
    with refusals_in_words(folder):
        for above in folder.parents:
            _add_mode(above, wanted=stat.S_IXOTH)


def let_run(folder: Path, *, owner: Owner) -> None:
    """Let a borrowed owner run the programs below `folder`, which a strict umask may have kept from it."""
    if not owner.borrowed:
        return
    let_reach(folder, owner=owner)
    with refusals_in_words(folder):
        for path in (folder, *folder.rglob("*")):
            runs = path.is_dir() or path.stat().st_mode & stat.S_IXUSR
            _add_mode(path, wanted=READ | TRAVERSE if runs else READ)


def _add_mode(path: Path, *, wanted: int) -> None:
    mode = stat.S_IMODE(path.stat().st_mode)
    if mode & wanted != wanted:
        path.chmod(mode | wanted)
