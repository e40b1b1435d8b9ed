"""Tell why a message went, waits, or never will."""

import json
from argparse import ArgumentParser
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core.management.base import BaseCommand, CommandError

from notifications.operations.explain import Line, NothingToExplain, Story, explain


class Command(BaseCommand):
    help = "Explain a message (uid of a communication request) or all messages of a visit (uid of an appointment)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the uid and the form of the answer."""
        parser.add_argument("uid", type=UUID)
        parser.add_argument("--json", action="store_true", help="As JSON, times in UTC.")

    def handle(self, *_args: Any, uid: UUID, **options: Any) -> None:
        """
        Print the story.

        :raises CommandError: if nothing has this uid
        """
        try:
            story = explain(uid=uid)
        except NothingToExplain as error:
            raise CommandError(f"Nothing has the uid {uid}.") from error
        if options["json"]:
            self.stdout.write(json.dumps(as_json(story), indent=2))
        else:
            self._print(story)

    def _print(self, story: Story, *, indent: str = "") -> None:
        self.stdout.write(f"{indent}{story.title} [{story.about}]")
        self.stdout.write(f"{indent}  {story.verdict}")
        for line in story.lines:
            self.stdout.write(f"{indent}  {_time(line, story):22}{line.sentence}")
        for each in story.requests:
            self.stdout.write("")
            self._print(each, indent=f"{indent}  ")


def as_json(story: Story) -> dict[str, Any]:
    """Return a story as JSON values."""
    return {
        "about": str(story.about),
        "kind": story.kind,
        "title": story.title,
        "verdict": story.verdict,
        "lines": [
            {"at": line.at.isoformat() if line.at else None, "code": line.code, "sentence": line.sentence}
            for line in story.lines
        ],
        "requests": [as_json(each) for each in story.requests],
    }


def _time(line: Line, story: Story) -> str:
    return f"{line.at.astimezone(ZoneInfo(story.zone)):%a %d %b %Y %H:%M}" if line.at else ""
