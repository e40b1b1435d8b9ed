"""Run, stop or show the embedded services."""

import argparse
import contextlib
import signal
import threading
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import Error, connection

from cryoclinic import embedded

CHECK_SECONDS = 1.0
LEAVE_SECONDS = 3.0  # below the five that honcho gives a process
OTHER_SESSIONS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


class Command(BaseCommand):
    help = "Run the embedded PostgreSQL and Redis in the foreground; when it ends, both end."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--stop", action="store_true", help="end both, whoever started them")
        what.add_argument(
            "--status", action="store_true", help="say what runs; exit status 1 unless all does"
        )

    def handle(self, *, stop: bool, status: bool, **_options: Any) -> None:
        try:
            if stop:
                self.stop()
            elif status:
                self.show()
            else:
                self.run_until_told()
        except embedded.EmbeddedServiceUnavailable as error:
            raise CommandError(str(error)) from error

    def stop(self) -> None:
        """End both and say which of them ran."""
        ended = embedded.stop_all(settings.DATA_DIR)
        self.stdout.write(f"PostgreSQL: {'stopped' if ended.postgres else 'was not running'}")
        self.stdout.write(f"Redis: {'stopped' if ended.redis else 'was not running'}")

    def show(self) -> None:
        """Say what answers; an address of one's own counts as running."""
        found = embedded.status(settings.DATA_DIR)
        postgres = "DATABASE_URL is set" if not settings.EMBEDDED_DATA_DIR else _word(running=found.postgres)
        redis = "REDIS_URL is set" if not settings.EMBEDDED_REDIS_DIR else _word(running=found.redis)
        self.stdout.write(f"PostgreSQL: {postgres}")
        self.stdout.write(f"Redis: {redis}")
        if _word(running=False) in (postgres, redis):
            raise SystemExit(1)

    def run_until_told(self) -> None:
        """Start both, bring back what crashes, and end both on SIGTERM or Ctrl-C."""
        told = threading.Event()
        for sign in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(sign, lambda *_: told.set())
        self.start()
        while not told.wait(CHECK_SECONDS):
            if not self.all_answer():
                if not embedded.crashed(settings.DATA_DIR):
                    self.stdout.write("The embedded services were stopped from elsewhere.")
                    return
                self.start()
        self.let_sessions_leave()
        self.stop()

    def start(self) -> None:
        """Start or join what no address was given for, one line each."""
        for name, data_dir, start in (
            ("PostgreSQL", settings.EMBEDDED_DATA_DIR, embedded.start_postgres),
            ("Redis", settings.EMBEDDED_REDIS_DIR, embedded.start_redis),
        ):
            if data_dir is None:
                self.stdout.write(f"{name}: not embedded, its address is set")
            else:
                self.stdout.write(f"{name}: {'started' if start(Path(data_dir)) else 'running'}")
        self.stdout.flush()

    def all_answer(self) -> bool:
        """Return whether everything embedded answers."""
        found = embedded.status(settings.DATA_DIR)
        postgres = found.postgres or not settings.EMBEDDED_DATA_DIR
        return postgres and (found.redis or not settings.EMBEDDED_REDIS_DIR)

    def let_sessions_leave(self) -> None:
        """Wait a moment: the other processes of the Procfile end now too, and want to write down what they did."""
        if not settings.EMBEDDED_DATA_DIR:
            return
        deadline = time.monotonic() + LEAVE_SECONDS
        # A database that is gone has no sessions left.
        with contextlib.suppress(Error), connection.cursor() as cursor:
            while time.monotonic() < deadline:
                cursor.execute(OTHER_SESSIONS)
                if cursor.fetchone() == (0,):
                    return
                time.sleep(0.1)


def _word(*, running: bool) -> str:
    return "running" if running else "not running"
