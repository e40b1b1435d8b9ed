"""`manage.py soak`: as many made-up histories as asked for, and the promises each must keep."""

import argparse
import json
import os
import time
from dataclasses import asdict
from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from cryoclinic import embedded
from cryoclinic.rehearsal.throwaway import is_inside, run_inside
from cryoclinic.soak.networks import lived_side_by_side
from cryoclinic.soak.promises import Broken
from cryoclinic.soak.running import run

A_MILLION = 1_000_000
SAID_EVERY_SECONDS = 10.0
MOST_SHOWN = 20


class Command(BaseCommand):
    """Needs neither database nor network."""

    help = "Play made-up histories of bookings; print JSON lines with counts as it goes; exit 1 on a broken promise."
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--histories", type=int, default=A_MILLION, help="how many; default: a million")
        parser.add_argument("--seed", type=int, default=1, help="another seed, other histories")
        parser.add_argument("--first", type=int, default=0, help="the number of the first one")
        parser.add_argument(
            "--messages", type=int, help="live a simulated year that sends about so many instead, as 120000"
        )
        parser.add_argument(
            "--processes",
            type=int,
            default=os.cpu_count() or 1,
            help="default: every core; a year has a network of clinics on each, so another number is another year",
        )

    def handle(self, *, messages: int | None, seed: int, **options: Any) -> None:
        """
        Play histories, or live a year.

        :raises CommandError: with status 1 if a promise was broken, 2 if there is nothing to do
        """
        if messages is None:
            self.play(
                seed=seed,
                histories=options["histories"],
                first=options["first"],
                processes=options["processes"],
            )
        elif messages < 1 or options["processes"] < 1:
            raise CommandError("Messages and processes are counted from 1.", returncode=2)
        elif is_inside():
            self.live(messages=messages, seed=seed, processes=options["processes"])
        else:
            self.live_apart(messages=messages, seed=seed, processes=options["processes"])

    def live(self, *, messages: int, seed: int, processes: int) -> None:
        """Live the year in databases of this folder, a network of clinics on each process."""
        call_command("migrate", interactive=False, verbosity=0)
        verdict = lived_side_by_side(messages=messages, seed=seed, networks=processes, say=self._say)
        self._say(verdict.as_json())
        if not verdict.holds:
            raise CommandError("Promises were broken.", returncode=1)

    def live_apart(self, *, messages: int, seed: int, processes: int) -> None:
        """Live the year in a process with a database of its own."""
        carrier = "cryoclinic.soak.carrier.Carrier"
        numbers = {"--messages": messages, "--seed": seed, "--processes": processes}
        arguments = ["soak", *(str(word) for pair in numbers.items() for word in pair)]
        try:
            status = run_inside(
                arguments,
                SMS_CHANNEL=carrier,
                EMAIL_CHANNEL=carrier,
                DELIVERY_THREADS="1",
                CRYOCLINIC_EMBEDDED_FSYNC="off",
                LOG_LEVEL="CRITICAL",
            )
        except embedded.EmbeddedServiceUnavailable as error:
            raise CommandError(str(error)) from error
        except KeyboardInterrupt as interrupt:
            raise CommandError("Interrupted; everything was stopped.", returncode=130) from interrupt
        if status:
            raise SystemExit(status)

    def play(self, *, histories: int, seed: int, first: int, processes: int) -> None:
        """
        Write a line every few seconds, one for each broken promise up to twenty, and a last one with the sums.

        :raises CommandError: with status 1 if a promise was broken, 2 if there is nothing to do
        """
        if histories < 1 or processes < 1:
            raise CommandError("Histories and processes are counted from 1.", returncode=2)
        began = said = time.monotonic()
        done = dict.fromkeys(("histories", "events", "moves", "medicines", "broken"), 0)
        for batch in run(seed=seed, first=first, histories=histories, processes=processes):
            for each in batch.broken[: max(0, MOST_SHOWN - done["broken"])]:
                self._write(_again(each, seed=seed))
            for key in done:
                done[key] += len(batch.broken) if key == "broken" else getattr(batch, key)
            if time.monotonic() - said > SAID_EVERY_SECONDS:
                said = time.monotonic()
                self._write({**done, "of": histories, "seconds": round(said - began, 1)})
        seconds = time.monotonic() - began
        rate = round(done["histories"] / seconds, 1)
        self._write({**done, "of": histories, "seed": seed, "seconds": round(seconds, 1), "per_second": rate})
        if done["broken"]:
            raise CommandError(f"{done['broken']} promises were broken.", returncode=1)

    def _say(self, line: str) -> None:
        self.stdout.write(line)
        self.stdout.flush()

    def _write(self, line: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(line))
        self.stdout.flush()


def _again(broken: Broken, *, seed: int) -> dict[str, Any]:
    """Return what was broken and how to see it again."""
    command = f"manage.py soak --seed {seed} --first {broken.number} --histories 1 --processes 1"
    return {**asdict(broken), "again": command}
