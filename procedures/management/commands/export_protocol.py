"""Write a protocol version to a file."""

import argparse
import json
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from procedures.exchange.entries import MomentBetweenMinutes
from procedures.exchange.yaml_file import CannotBeWritten
from procedures.models import Protocol
from procedures.operations.export import protocol_as_plan_definition, protocol_as_yaml

REFUSED = 2


class Command(BaseCommand):
    help = "Write a protocol version as YAML, or as a FHIR R4 PlanDefinition. Importing it gives the same content."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("uid", type=UUID, help="of the version")
        parser.add_argument("--as", dest="form", choices=["yaml", "fhir"], default="yaml")
        parser.add_argument("--output", type=Path, metavar="PATH", help="default: standard output")

    def handle(self, *, uid: UUID, form: str, output: Path | None, **_options: Any) -> None:
        protocol = Protocol.objects.select_related("organization", "procedure_type").filter(uid=uid).first()
        if protocol is None:
            raise CommandError("There is no protocol version with this uid.", returncode=REFUSED)
        text = self.written(protocol, form=form)
        if output is None:
            self.stdout.write(text, ending="")
            return
        try:
            output.write_text(text, encoding="utf-8")
        except OSError as error:
            raise CommandError(f"{output}: {error.strerror}", returncode=REFUSED) from error

    def written(self, protocol: Protocol, *, form: str) -> str:
        """:raises CommandError: if the version holds what the file could not say"""
        try:
            if form == "fhir":
                return json.dumps(protocol_as_plan_definition(protocol), indent=2, ensure_ascii=False) + "\n"
            return protocol_as_yaml(protocol)
        except (CannotBeWritten, MomentBetweenMinutes) as refusal:
            raise CommandError(str(type(refusal).__doc__), returncode=REFUSED) from refusal
