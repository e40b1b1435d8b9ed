"""
A migrated database that the workers' databases are copied from.

Migrating takes half a minute, copying a second. The template is made once for each set of migrations and stays in
the folder of the embedded server; every worker's own database is a copy that ends with it.
"""

import fcntl
import gc
import hashlib
import os
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection

PREFIX = "migrated_"


def copy_from_template() -> None:
    """Let the test database, once it is created, be a copy of the template; make the template if there is none."""
    name = PREFIX + _fingerprint()
    lock = os.open(Path(settings.DATA_DIR) / "template.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if name not in (found := _templates()):
            _make(name, instead_of=found)
    finally:
        os.close(lock)
    # A copy needs no migration, only what Django does after every one: permissions, content types.
    connection.settings_dict["TEST"].update(TEMPLATE=name, MIGRATE=False)


def _fingerprint() -> str:
    """Return what tells these migrations from others: the text of every one, ours and the libraries'."""
    text = hashlib.sha256()
    for config in sorted(apps.get_app_configs(), key=lambda config: config.label):
        for file in sorted(Path(config.path, "migrations").glob("*.py")):
            text.update(f"{config.label}/{file.name}".encode() + file.read_bytes())
    return text.hexdigest()[:16]


def _templates() -> list[str]:
    with connection._nodb_cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [PREFIX])
        return [name for (name,) in cursor.fetchall()]


def _make(name: str, *, instead_of: list[str]) -> None:
    """Migrate an empty database, and give it its name only when that is done."""
    asked = connection.settings_dict["NAME"], connection.settings_dict["TEST"]["NAME"]
    unfinished = f"{PREFIX}unfinished"
    connection.settings_dict["TEST"]["NAME"] = unfinished
    # The states of some hundred migrations are no garbage until the last one has run.
    gc.disable()
    try:
        connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    finally:
        gc.enable()
        connection.close()
        connection.settings_dict["NAME"], connection.settings_dict["TEST"]["NAME"] = asked
        settings.DATABASES["default"]["NAME"] = asked[0]
    with connection._nodb_cursor() as cursor:
        for old in instead_of:
            cursor.execute(f'DROP DATABASE IF EXISTS "{old}"')
        cursor.execute(f'ALTER DATABASE "{unfinished}" RENAME TO "{name}"')
