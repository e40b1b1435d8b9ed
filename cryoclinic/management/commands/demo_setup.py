"""Make the demo clinic and say how to look around."""

import argparse
import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from cryoclinic import embedded
from cryoclinic.demo.setup import DemoAccess, NotADemo, WouldReallySend, check_is_demo, set_up


class Command(BaseCommand):
    help = "Make the demo clinic, once, and print its addresses and sign-ins. Only with CRYOCLINIC_DEMO=1."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON line for programs")

    def handle(self, *, json: bool, **_options: Any) -> None:
        try:
            check_is_demo()
            if settings.EMBEDDED_REDIS_DIR:
                embedded.start_redis(Path(settings.EMBEDDED_REDIS_DIR))
            call_command("migrate", interactive=False, verbosity=0)
            access = set_up(now=timezone.now())
        except (NotADemo, WouldReallySend) as refusal:
            raise CommandError(str(type(refusal).__doc__)) from refusal
        except embedded.EmbeddedServiceUnavailable as error:
            raise CommandError(str(error)) from error
        self.stdout.write(_as_json(access) if json else _as_text(access, site=settings.PUBLIC_BASE_URL))


def _as_json(access: DemoAccess) -> str:
    return json.dumps(
        {
            "client_id": access.client.client_id,
            "client_secret": access.client.client_secret,
            "offering": str(access.offering.uid),
        }
    )


def _as_text(access: DemoAccess, *, site: str) -> str:
    lines = [
        "",
        "Northside Clinic, a demonstration. Every person in it is made up, and nothing leaves this machine."
        if access.is_new
        else "Northside Clinic is as you left it. Every person in it is made up, and nothing leaves this machine.",
        "",
        f"  Staff          {site}/staff/",
        f"  Messages sent  {site}/demo/outbox/",
        f"  API            {site}/api/v1/docs/",
    ]
    if access.example:
        born = access.example.birth_date
        lines.append(
            f"  Patient page   {site}{access.example.path}  ({access.example.given_name}, born {born:%d-%b-%Y})"
        )
    lines += ["", "  Sign in as"]
    lines += [f"    {each.role:<14} {each.login:<6} {each.password}" for each in access.sign_ins]
    lines += ["", "  Ask the API for the next free times", f"    {_curl(access, site=site)}", ""]
    return "\n".join(lines)


def _curl(access: DemoAccess, *, site: str) -> str:
    """Return one line that fetches a token and uses it."""
    token = (
        f"$(curl -s -u {access.client.client_id}:{access.client.client_secret} -d grant_type=client_credentials "
        f'{site}/oauth/token/ | sed \'s/.*access_token": *"\\([^"]*\\).*/\\1/\')'
    )
    now = timezone.now()
    until = now.replace(year=now.year + 1, day=min(now.day, 28))
    query = f"offering={access.offering.uid}&from={now:%Y-%m-%dT%H:%MZ}&until={until:%Y-%m-%dT%H:%MZ}&limit=5"
    return f"curl -s -H \"Authorization: Bearer {token}\" '{site}/api/v1/slots/?{query}'"
