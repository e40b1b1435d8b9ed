"""`manage.py plan_case`: preparation plans for the cases on standard input."""

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from procedures.preparation import InvalidCase, parse_case, plan_as_json, prepare

REFUSED = 2


class Command(BaseCommand):
    """Plan cases; needs neither database nor network nor clock."""

    help = "Read a case or a list of cases as JSON on standard input; write the plan or the list of plans."
    requires_system_checks = ()
    requires_migrations_checks = False

    def handle(self, *args: Any, **options: Any) -> None:
        """
        Write one plan or refusal per case, in the order given.

        :raises CommandError: with status 2, if the input is not JSON or a case was refused
        """
        document = _document(sys.stdin.buffer.read())
        plans = [_plan(case) for case in document] if isinstance(document, list) else _plan(document)
        self.stdout.write(json.dumps(plans))
        refused = sum("error" in plan for plan in (plans if isinstance(plans, list) else [plans]))
        if refused:
            raise CommandError(f"{refused} of the cases were refused; see their errors.", returncode=REFUSED)


def _document(text: bytes) -> Any:
    try:
        return json.loads(text.decode(), parse_constant=_refuse_constant)
    # Beside malformed text: bytes that are not UTF-8, numbers and nesting beyond what can be read.
    except (ValueError, RecursionError):
        raise CommandError("The text on standard input is not JSON.", returncode=REFUSED) from None


def _refuse_constant(name: str) -> None:
    raise ValueError(name)


def _plan(case: object) -> dict[str, Any]:
    try:
        return plan_as_json(prepare(parse_case(case)))
    except InvalidCase as error:
        stated = case.get("id") if isinstance(case, dict) else None
        return {
            "id": stated if isinstance(stated, str) else None,
            "error": {"code": "invalid_input", "detail": str(error)},
        }
