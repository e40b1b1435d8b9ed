"""The outbox as the recipients would see it: conversations by address, newest first. Reads only."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Count, Max, Q

from notifications.codes import ContactSystem
from notifications.models import Communication, OutboxMessage
from scheduling.models import Patient, RelatedPerson

SNIPPET = 90


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversation:
    """Everything sent to one address over one channel."""

    address: str
    channel: str
    name: str
    role: str
    messages: int
    newest: "Letter"


@dataclass(frozen=True, kw_only=True, slots=True)
class Letter:
    """A message as shown; `sent_at` is in the zone of the clinic it is about."""

    uid: UUID
    sender: str
    subject: str
    text: str
    html: str
    sent_at: dt.datetime

    @property
    def day(self) -> str:
        """Return the day on the clinic's calendar, in full."""
        return f"{self.sent_at:%A} {self.sent_at.day} {self.sent_at:%B %Y}"

    @property
    def clock(self) -> str:
        """Return the time on the clinic's clock. A template would turn it into UTC."""
        return f"{self.sent_at:%H:%M}"

    @property
    def short(self) -> str:
        """Return day and time in short."""
        return f"{self.sent_at:%a} {self.sent_at.day} {self.sent_at:%b}, {self.clock}"

    @property
    def snippet(self) -> str:
        """Return the subject, or else how the text begins."""
        words = self.subject or self.text
        return words if len(words) <= SNIPPET else f"{words[:SNIPPET].rstrip()} ..."

    @property
    def html_for_frame(self) -> str:
        """Return the message such that its links open outside the frame it is shown in."""
        return f'<base target="_blank">{self.html}'


@dataclass(frozen=True, kw_only=True, slots=True)
class _Owner:
    name: str
    role: str


def addresses(*, channel: str, words: str) -> list[tuple[str, str]]:
    """Return (address, channel) of everybody written to, newest first; of one channel or of all (empty)."""
    found = OutboxMessage.objects.all()
    if channel:
        found = found.filter(channel=channel)
    if words:
        found = found.filter(to__in=_addresses_of(words))
    grouped = found.values_list("to", "channel").annotate(last=Max("sent_at"), first=Max("pk"))
    return [(to, name) for to, name, _, _ in grouped.order_by("-last", "-first")]


def conversations(pairs: Iterable[tuple[str, str]]) -> list[Conversation]:
    """Return the conversations with these addresses, in the order given; a fixed number of queries."""
    wanted = list(pairs)
    values = {to for to, _ in wanted}
    own = OutboxMessage.objects.filter(to__in=values)
    counts = {(to, name): n for to, name, n in own.values_list("to", "channel").annotate(n=Count("pk"))}
    newest = own.order_by("to", "channel", "-sent_at", "-pk").distinct("to", "channel")
    rows = {(row.to, row.channel): row for row in newest}
    letters = dict(zip(rows, as_letters(rows.values()), strict=True))
    owners = _owners(values)
    nobody = _Owner(name="", role="")
    return [
        Conversation(
            address=pair[0],
            channel=pair[1],
            name=owners.get(pair[0], nobody).name,
            role=owners.get(pair[0], nobody).role,
            messages=counts[pair],
            newest=letters[pair],
        )
        for pair in wanted
        if pair in rows
    ]


def as_letters(rows: Iterable[OutboxMessage]) -> list[Letter]:
    """Return messages as shown, each with the time on the clock of its clinic; one query."""
    kept = list(rows)
    zones = dict(
        Communication.objects.filter(uid__in=[row.uid for row in kept]).values_list(
            "uid", "request__appointment__location__zone"
        )
    )
    return [
        Letter(
            uid=row.uid,
            sender=row.sender_name,
            subject=row.subject,
            text=row.text,
            html=row.html,
            sent_at=row.sent_at.astimezone(ZoneInfo(zones.get(row.uid, "UTC"))),
        )
        for row in kept
    ]


def is_phone(channel: str) -> bool:
    """Return whether a channel's messages look like those on a phone."""
    return channel == ContactSystem.SMS


def _addresses_of(words: str) -> set[str]:
    """Return the addresses of everybody whose name or address contains the words."""
    found: set[str] = set(OutboxMessage.objects.filter(to__icontains=words).values_list("to", flat=True))
    for part in words.split():
        match = Q(given_name__icontains=part) | Q(family_name__icontains=part)
        patients = Patient.objects.filter(match).values_list("phone", "email")
        related = RelatedPerson.objects.filter(match).values_list("phone", "email")
        found |= {address for pair in (*patients, *related) for address in pair if address}
    return found


def _owners(values: Iterable[str]) -> dict[str, _Owner]:
    """Return whose each address is; of several the patient."""
    owners: dict[str, _Owner] = {}
    theirs = Q(phone__in=values) | Q(email__in=values)
    related = RelatedPerson.objects.filter(theirs).order_by("pk")
    patients = Patient.objects.filter(theirs).order_by("pk")
    for person in (*related, *patients):
        role = "Patient" if isinstance(person, Patient) else person.get_relationship_display()
        for address in (person.phone, person.email):
            if address:
                owners[address] = _Owner(name=f"{person.given_name} {person.family_name}", role=role)
    return owners
