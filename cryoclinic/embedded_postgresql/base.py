"""Django's PostgreSQL backend, which starts or joins the embedded server before a process's first connection."""

import functools
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.backends.postgresql import base

from cryoclinic.embedded import start_postgres


@functools.cache
def started_once(data_dir: Path) -> None:
    """
    Make sure the server answers, the first time this process asks.

    Not again: a process that outlives the server by a moment must not bring it back.
    """
    start_postgres(data_dir)


class DatabaseWrapper(base.DatabaseWrapper):
    """A command that never connects starts nothing."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """
        Connect, with the server up.

        :raises EmbeddedServiceUnavailable: if it cannot run here, with the reason
        """
        started_once(settings.EMBEDDED_DATA_DIR)
        return super().get_new_connection(conn_params)
