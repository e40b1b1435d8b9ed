"""Play a protocol version through for one case: who is told what, when, and why or why not."""

import datetime as dt
import json
import sys
from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from cryoclinic.accounts.models import Location
from notifications.operations.simulating import Example, simulate_protocol
from notifications.planning import SimulatedRow, facts_as_json
from procedures.models import Protocol
from procedures.preparation import Case, InvalidCase, parse_case

# [ops] The notice of an offering that says nothing else.
NOTICE_HOURS = 24


class Command(BaseCommand):
    help = "Read a case (plan_case contract) as JSON on standard input; list who would be told what under a version."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the version, the location and when the example is booked."""
        parser.add_argument("protocol", type=UUID, help="Uid of the protocol version, a draft too.")
        parser.add_argument("--booked", required=True, help="When it is booked, ISO 8601 with an offset.")
        parser.add_argument("--location", type=UUID, help="Uid; else the organization's first.")
        parser.add_argument("--notice-hours", type=int, default=NOTICE_HOURS)
        parser.add_argument("--language", default="en")
        parser.add_argument("--signed", action="store_true", help="As if every medicine had been decided.")
        parser.add_argument("--carer", action="store_true", help="With somebody who helps and has consented.")
        parser.add_argument("--answered", action="store_true", help="As if the patient answered at once.")
        parser.add_argument("--json", action="store_true")

    def handle(self, *_args: Any, protocol: UUID, **options: Any) -> None:
        """
        Print the list.

        :raises CommandError: if there is no such version or location, or the case or the time cannot be read
        """
        version = Protocol.objects.filter(uid=protocol).select_related("procedure_type").first()
        if version is None:
            raise CommandError(f"There is no protocol version {protocol}.")
        example = Example(
            case=_case(),
            booked_at=_moment(options["booked"]),
            minutes=version.procedure_type.planned_minutes,
            notice=dt.timedelta(hours=options["notice_hours"]),
            language=options["language"],
            signed=options["signed"],
            with_carer=options["carer"],
            answered=options["answered"],
        )
        location = _location(version, options["location"])
        rows = simulate_protocol(protocol=version, location=location, example=example)
        if options["json"]:
            self.stdout.write(json.dumps([as_json(row) for row in rows], indent=2))
            return
        for row in rows:
            when = f"{row.at:%a %d %b %Y %H:%M}" if row.at else ""
            self.stdout.write(
                f"{when:22}{row.recipient:10}{row.outcome:10}{row.notice:30}{row.reason}".rstrip()
            )


def as_json(row: SimulatedRow) -> dict[str, Any]:
    """Return a row as JSON values."""
    return {
        "recipient": row.recipient,
        "step": row.step,
        "notice": row.notice,
        "outcome": row.outcome,
        "at": row.at.isoformat() if row.at else None,
        "wanted_at": row.wanted_at.isoformat() if row.wanted_at else None,
        "reason": row.reason,
        "facts": facts_as_json(row.facts),
    }


def _case() -> Case:
    try:
        return parse_case(json.load(sys.stdin))
    except (InvalidCase, ValueError) as error:
        raise CommandError(f"The case on standard input cannot be read: {error}") from error


def _moment(text: str) -> dt.datetime:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError as error:
        raise CommandError("--booked needs a time such as 2027-03-01T10:00:00+00:00.") from error
    if moment.utcoffset() is None:
        raise CommandError("--booked needs an offset, for example +00:00.")
    return moment


def _location(version: Protocol, uid: UUID | None) -> Location:
    sites = Location.objects.filter(organization=version.organization_id, active=True).order_by("pk")
    found = (sites.filter(uid=uid) if uid else sites).select_related("organization").first()
    if found is None:
        raise CommandError("The protocol's organization has no such location.")
    return found
