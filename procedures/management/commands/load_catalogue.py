"""Load catalogue files."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cryoclinic.accounts.models import Organization
from procedures.catalogue import CatalogueRefused, builtin_files
from procedures.operations.catalogue import DraftInTheWay, load_catalogue

REFUSED = 2


class Command(BaseCommand):
    help = "Load procedure types, and their protocols as drafts of an organization. All files or none."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--organization", metavar="SLUG", help="whose drafts; without it only types are loaded"
        )
        parser.add_argument(
            "files", nargs="*", type=Path, metavar="PATH", help="default: the built-in catalogue"
        )

    def handle(self, *, organization: str | None, files: list[Path], **_options: Any) -> None:
        try:
            load = load_catalogue(
                organization=self.organization(organization),
                files=files or builtin_files(),
                loaded_by=None,
                now=timezone.now(),
            )
        except CatalogueRefused as refused:
            raise CommandError(str(refused), returncode=REFUSED) from refused
        except DraftInTheWay as error:
            raise CommandError(str(DraftInTheWay.__doc__), returncode=REFUSED) from error
        for outcome in ("created", "updated", "unchanged"):
            self.stdout.write(f"{outcome}: {len(getattr(load, outcome))}")

    def organization(self, slug: str | None) -> Organization | None:
        """:raises CommandError: if there is no such organization"""
        if slug is None:
            return None
        found = Organization.objects.filter(slug=slug).first()
        if found is None:
            raise CommandError(f"There is no organization {slug}.", returncode=REFUSED)
        return found
