"""Print the JSON Schema of a catalogue file."""

from typing import Any

from django.core.management.base import BaseCommand

from procedures.catalogue import schema_text


class Command(BaseCommand):
    help = "Print the JSON Schema of a catalogue file, as it is published in procedures/catalogue."
    requires_system_checks = ()

    def handle(self, **_options: Any) -> None:
        self.stdout.write(schema_text(), ending="")
