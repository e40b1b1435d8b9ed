"""The suite runs on an embedded PostgreSQL and Redis of its own, below .data/test, and leaves none behind."""

import fcntl
import gc
import os
import signal
from pathlib import Path

import pytest
from django.conf import settings
from emptied_tables import empty_only_what_is_full
from pytest_django import DjangoDbBlocker
from template_database import copy_from_template

from cryoclinic import embedded

IN_USE = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """Hold the servers, in the one process that is not a worker of another."""
    empty_only_what_is_full()
    if hasattr(config, "workerinput") or not config.pluginmanager.hasplugin("django"):
        return
    # A plain end of the process, so that `pytest_unconfigure` still comes.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    data_dir = Path(settings.DATA_DIR)
    data_dir.mkdir(parents=True, exist_ok=True)
    config.stash[IN_USE] = os.open(data_dir / "suite.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(config.stash[IN_USE], fcntl.LOCK_SH)
    if config.option.collectonly:
        return
    if settings.EMBEDDED_DATA_DIR:
        embedded.start_postgres(data_dir)
    if settings.EMBEDDED_REDIS_DIR:
        embedded.start_redis(data_dir)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the servers, unless another run in this folder still uses them."""
    in_use = config.stash.get(IN_USE, None)
    if in_use is None:
        return
    try:
        fcntl.flock(in_use, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    else:
        embedded.stop_all(Path(settings.DATA_DIR))
    finally:
        os.close(in_use)


def pytest_collection_finish() -> None:
    """Spare the collector what was imported and collected: it stays to the end."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def django_db_modify_db_settings(
    django_db_modify_db_settings: None, django_db_blocker: DjangoDbBlocker
) -> None:
    """Copy each worker's database instead of migrating it, where the server is our own."""
    if settings.EMBEDDED_DATA_DIR:
        with django_db_blocker.unblock():
            copy_from_template()
