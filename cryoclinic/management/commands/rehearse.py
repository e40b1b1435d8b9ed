"""Tell one patient's fortnight, with the real plan, the real words and the real dispatch at simulated times."""

import argparse
import datetime as dt
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cryoclinic import embedded
from cryoclinic.rehearsal.fortnight import ZONE, tell_fortnight
from cryoclinic.rehearsal.throwaway import is_inside, run_inside


class Command(BaseCommand):
    help = "One patient's fortnight as a story, in a database of its own that is gone afterwards."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--date", type=dt.date.fromisoformat, help="the day of the booking, as 2027-03-01; default: today"
        )

    def handle(self, *, date: dt.date | None, **_options: Any) -> None:
        day = date or timezone.now().astimezone(ZONE).date()
        if is_inside():
            call_command("migrate", interactive=False, verbosity=0)
            tell_fortnight(day=day, write=self.stdout.write)
            return
        try:
            status = run_inside(
                ["rehearse", "--date", day.isoformat()], CRYOCLINIC_EMBEDDED_FSYNC="off", LOG_LEVEL="ERROR"
            )
        except embedded.EmbeddedServiceUnavailable as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as interrupt:
            raise CommandError("Interrupted; everything was stopped.", returncode=130) from interrupt
        if status:
            raise SystemExit(status)
