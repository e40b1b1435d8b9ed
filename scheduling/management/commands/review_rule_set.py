"""Ask clinicians about what stands on earlier rules."""

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from scheduling.operations.rule_review import review_rule_set


class Command(BaseCommand):
    help = (
        "Open a task for every active protocol and every affected booking that stands on other medicine and fasting "
        "rules than this program's. Changes nothing else; run it after an upgrade, the clock runs it every hour."
    )

    def handle(self, **_options: Any) -> None:
        opened = review_rule_set(now=timezone.now())
        self.stdout.write(f"protocols: {opened.protocols}")
        self.stdout.write(f"bookings: {opened.bookings}")
