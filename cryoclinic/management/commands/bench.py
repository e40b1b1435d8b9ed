"""Measure, each figure beside its floor, in a database of its own that is gone afterwards."""

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from cryoclinic import embedded
from cryoclinic.bench.drain import drain_here
from cryoclinic.bench.registry import BENCHES
from cryoclinic.rehearsal.throwaway import is_inside, run_inside


class Command(BaseCommand):
    help = (
        "Print figures as JSON lines: name, value, unit, baseline, ratio. The disk is waited for (fsync on)."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", choices=sorted(BENCHES), help="one figure; default: all")
        parser.add_argument("--drain", choices=("ours", "raw"), help=argparse.SUPPRESS)
        parser.add_argument("--from", dest="start_at", type=float, default=0.0, help=argparse.SUPPRESS)
        parser.add_argument("--numbers", nargs=2, type=int, default=(0, 0), help=argparse.SUPPRESS)

    def handle(
        self, *, name: str | None, drain: str | None, start_at: float, numbers: list[int], **_options: Any
    ) -> None:
        if drain:
            self.stdout.write(drain_here(kind=drain, start_at=start_at, numbers=(numbers[0], numbers[1])))
        elif is_inside():
            self.measure([name] if name else list(BENCHES))
        else:
            self.measure_apart(name)

    def measure(self, names: list[str]) -> None:
        """Take the figures here."""
        # A change rings for a worker; without a broker every one would wait for the refusal first.
        embedded.start_redis(Path(settings.DATA_DIR))
        call_command("migrate", interactive=False, verbosity=0)
        for name in names:
            self.stdout.write(BENCHES[name]().as_json())
            self.stdout.flush()

    def measure_apart(self, name: str | None) -> None:
        """Take the figures in a process with a database of its own."""
        try:
            status = run_inside(
                ["bench", *([name] if name else [])], CRYOCLINIC_EMBEDDED_FSYNC="on", LOG_LEVEL="ERROR"
            )
        except embedded.EmbeddedServiceUnavailable as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as interrupt:
            raise CommandError("Interrupted; everything was stopped.", returncode=130) from interrupt
        if status:
            raise SystemExit(status)
