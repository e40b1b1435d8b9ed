"""Kill, stop, flush and restart under load, in services of its own that are gone afterwards."""

import argparse
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from cryoclinic import embedded
from cryoclinic.chaos.storm import SHORT, rage
from cryoclinic.rehearsal.throwaway import is_inside, run_inside

KILLS = 200


class Command(BaseCommand):
    help = (
        "Print one JSON line of what 200 kills, stops, a flush and a restart did; exit 1 on a broken promise."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--kills", type=int, default=KILLS, help="how many; default: 200")
        parser.add_argument("--seed", type=int, default=1, help="another seed, another storm")

    def handle(self, *, kills: int, seed: int, **_options: Any) -> None:
        """
        Storm here if this is the throw-away folder, else in a process with services of its own.

        :raises CommandError: with status 1 if a promise was broken, 2 if there is nothing to do
        """
        if kills < 1:
            raise CommandError("Kills are counted from 1.", returncode=2)
        if is_inside():
            self.storm(kills=kills, seed=seed)
        else:
            self.storm_apart(kills=kills, seed=seed)

    def storm(self, *, kills: int, seed: int) -> None:
        """Storm in the services of this folder."""
        embedded.start_redis(Path(settings.DATA_DIR))
        call_command("migrate", interactive=False, verbosity=0)
        aftermath = rage(kills=kills, seed=seed, say=self._say)
        self.stdout.write(aftermath.as_json())
        if aftermath.broken:
            raise CommandError(f"Broken: {'; '.join(aftermath.broken)}.", returncode=1)

    def storm_apart(self, *, kills: int, seed: int) -> None:
        """Storm in a process with services of its own."""
        try:
            status = run_inside(["chaos", "--kills", str(kills), "--seed", str(seed)], **SHORT)
        except embedded.EmbeddedServiceUnavailable as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as interrupt:
            raise CommandError("Interrupted; everything was stopped.", returncode=130) from interrupt
        if status:
            raise SystemExit(status)

    def _say(self, line: str) -> None:
        self.stderr.write(line)
        self.stderr.flush()
