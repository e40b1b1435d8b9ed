"""Tell what happens: chapters, sentences, and every message as it was sent."""

import datetime as dt
import textwrap
from collections.abc import Callable, Iterable
from zoneinfo import ZoneInfo

from notifications.codes import AttemptStatus, ContactSystem
from notifications.models import Communication
from procedures.wording import staff
from scheduling.models import Appointment, Task

WIDTH = 96
_CHANNELS = {ContactSystem.SMS: "Text", ContactSystem.EMAIL: "Email"}


class Narrator:
    """Writes the story line by line, with times on the clinic's clock."""

    def __init__(self, *, zone: ZoneInfo, write: Callable[[str], object]) -> None:
        self.zone = zone
        self._write = write
        self._told: set[int] = set()
        self._opened: set[int] = set()

    def chapter(self, title: str) -> None:
        """Begin a chapter."""
        self._write("")
        self._write(title)
        self._write("=" * len(title))

    def say(self, text: str, *, at: dt.datetime | None = None) -> None:
        """Say what somebody does, at a moment (aware)."""
        stamp = f"{self.when(at)}  " if at else ""
        for line in textwrap.wrap(stamp + text, WIDTH):
            self._write(line)

    def listed(self, entries: Iterable[str]) -> None:
        """Write a list; long entries are indented below their first line."""
        for entry in entries:
            for line in textwrap.wrap(entry, WIDTH, initial_indent="  - ", subsequent_indent="    "):
                self._write(line)

    def when(self, moment: dt.datetime) -> str:
        """Return "Tue 16 Mar 2027 09:00" on the clinic's clock."""
        local = moment.astimezone(self.zone)
        return f"{staff.day(local.date())} {staff.clock(local)}"

    def tell_news(self, appointment: Appointment) -> None:
        """Quote every message and name every task that is new since the last time."""
        sent = Communication.objects.filter(request__appointment=appointment).exclude(pk__in=self._told)
        for attempt in sent.select_related("request", "recipient").order_by("attempted_at", "pk"):
            self._told.add(attempt.pk)
            self._quote(attempt)
        tasks = Task.objects.filter(appointment=appointment).exclude(pk__in=self._opened)
        for task in tasks.order_by("opened_at", "pk"):
            self._opened.add(task.pk)
            self._write("")
            self.say(
                f"Work for staff: {task.get_kind_display()}, by {self.when(task.due_at)}. {task.reason}",
                at=task.opened_at,
            )

    def _quote(self, attempt: Communication) -> None:
        reader = attempt.recipient.person.given_name
        role = attempt.recipient.related_person
        whom = f"{reader} ({role.get_relationship_display().lower()})" if role else reader
        outcome = (
            "" if attempt.status == AttemptStatus.COMPLETED else f", {attempt.get_status_display().lower()}"
        )
        self._write("")
        self.say(f"{_CHANNELS[ContactSystem(attempt.channel)]} to {whom}{outcome}:", at=attempt.attempted_at)
        if attempt.subject:
            self._write(f"  | Subject: {attempt.subject}")
            self._write("  |")
        for paragraph in attempt.text.strip().splitlines():
            for line in textwrap.wrap(paragraph, WIDTH - 4) or [""]:
                self._write(f"  | {line}".rstrip())
