"""Read a protocol file as a draft."""

import argparse
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cryoclinic.accounts.models import Organization
from procedures.catalogue import CatalogueRefused
from procedures.exchange import PlanDefinitionRefused, ProtocolFile, read_plan_definition, read_protocol
from procedures.operations.catalogue import DraftInTheWay
from procedures.operations.drafts import ProcedureNotLoaded, import_protocol

REFUSED = 2


class Command(BaseCommand):
    help = "Read a protocol file (YAML, or a PlanDefinition that this program wrote: .json) as a new draft."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="PATH")
        parser.add_argument("--organization", metavar="SLUG", required=True, help="whose draft it becomes")

    def handle(self, *, file: Path, organization: str, **_options: Any) -> None:
        owner = Organization.objects.filter(slug=organization).first()
        if owner is None:
            raise CommandError(f"There is no organization {organization}.", returncode=REFUSED)
        try:
            draft = import_protocol(organization=owner, file=self.read(file), by=None, now=timezone.now())
        except (DraftInTheWay, ProcedureNotLoaded) as refusal:
            raise CommandError(str(type(refusal).__doc__), returncode=REFUSED) from refusal
        self.stdout.write(f"draft: {draft.uid} (version {draft.version})")

    def read(self, file: Path) -> ProtocolFile:
        """:raises CommandError: with file, line and reason of everything that is wrong"""
        try:
            text = file.read_text(encoding="utf-8")
            return (
                read_plan_definition(text) if file.suffix == ".json" else read_protocol(text, file=str(file))
            )
        except OSError as error:
            raise CommandError(f"{file}: cannot be read: {error.strerror}", returncode=REFUSED) from error
        except UnicodeDecodeError as error:
            raise CommandError(f"{file}:1: not a text in UTF-8", returncode=REFUSED) from error
        except CatalogueRefused as refused:
            raise CommandError(str(refused), returncode=REFUSED) from refused
        except PlanDefinitionRefused as refused:
            said = "\n".join(f"{file}: {reason}" for reason in refused.reasons)
            raise CommandError(said, returncode=REFUSED) from refused
