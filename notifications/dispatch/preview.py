"""
What one patient would be told under another version of the protocol, beside what they are told under theirs.

Both versions are planned for the booking as it stands, put into words, and compared message by message. Reads only.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from copy import copy
from dataclasses import dataclass

from notifications.dispatch.compose import CANNOT_BE_SAID, rendering_of
from notifications.models import CommunicationRequest, ContactPoint, Recipient
from notifications.operations.inputs import Inputs, inputs_of, told_of
from notifications.operations.people import Person, addresses, people_told, planned_recipients
from notifications.operations.rewording import Reworded, reworded
from notifications.planning import PlannedMessage, TimelinePlan, Told, plan_timeline
from notifications.planning import Recipient as PlannedRecipient
from notifications.rendering import render
from procedures.models import Protocol
from procedures.steps import Trigger
from procedures.wording import Medium, StrayBrace, UnknownPlaceholder, UnknownSpec, fill
from scheduling.models import Appointment, RelatedPerson

# Stands where a personal link would.
LINK = "https://..."
CHANGES = frozenset({Trigger.CORRECTION, Trigger.AMENDMENT, Trigger.CANCELLATION})
CANNOT_FILL = (*CANNOT_BE_SAID, StrayBrace, UnknownPlaceholder, UnknownSpec)


@dataclass(frozen=True, kw_only=True, slots=True)
class Said:
    """One message in words: whom it goes to (planner key), when (UTC), over what; `held` is why it must wait."""

    recipient: str
    notice: str
    due_at: dt.datetime
    channel: str
    held: str
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SaidDifferently:
    """A message, or a text of the page, under both versions; None where one has none. `what` names notice or step."""

    recipient: str
    what: str
    before: Said | None
    after: Said | None

    @property
    def moves(self) -> bool:
        """Whether it goes at another time."""
        return self.before is not None and self.after is not None and self.before.due_at != self.after.due_at

    @property
    def texts(self) -> tuple[str, str]:
        """Both texts; empty for none."""
        return (self.before.text if self.before else "", self.after.text if self.after else "")


@dataclass(frozen=True, kw_only=True, slots=True)
class PageText:
    """What the page says of one step, under both versions; empty where it says nothing."""

    step: str
    before: str
    after: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Preview:
    """
    What would change for the people of one booking.

    `corrections` go out at once, because what was told would no longer hold. `reworded` was told in words that
    the new version does not use; nothing is sent about it and somebody phones.
    """

    appointment: Appointment
    messages: tuple[SaidDifferently, ...]
    page: tuple[PageText, ...]
    corrections: tuple[Said, ...]
    reworded: tuple[Reworded, ...]
    unchanged: int

    @property
    def is_empty(self) -> bool:
        """Whether nobody would notice anything."""
        return not (self.messages or self.page or self.corrections or self.reworded)


def preview_of(appointment: Appointment, *, protocol: Protocol, now: dt.datetime) -> Preview:
    """
    Return what would change for an appointment (read with its facts) under a version; `now` is aware.

    :raises InvalidCase: if what is recorded about the patient does not make a case
    """
    people = people_told(appointment)
    recipients = _recipients(appointment)
    languages = {key: person.language for key, (person, _) in people.items()}
    told = told_of(appointment)
    old = _Version(appointment, recipients, told=told)
    new = _Version(_under(appointment, protocol), recipients, told=told)
    before, after = old.messages(), new.messages()
    both = [
        SaidDifferently(recipient=key[0], what=key[1], before=before.get(key), after=after.get(key))
        for key in dict.fromkeys([*before, *after])
    ]
    differing = tuple(each for each in both if each.before != each.after)
    return Preview(
        appointment=appointment,
        messages=differing,
        page=tuple(_page(old.inputs, new.inputs, appointment, now)),
        corrections=tuple(new.corrections(now)),
        reworded=reworded(told, told_under=appointment.protocol, now_under=protocol, languages=languages),
        unchanged=len(both) - len(differing),
    )


def messages_of(appointment: Appointment) -> tuple[PlannedMessage, ...]:
    """
    Return what an appointment (read with its facts) owes its people, by time, as if nothing had been told yet.

    :raises InvalidCase: if what is recorded about the patient does not make a case
    """
    version = _Version(appointment, _recipients(appointment), told=())
    return tuple(sorted(version.planned(), key=lambda each: (each.due_at, each.recipient, each.notice)))


def corrections_of(appointment: Appointment, *, now: dt.datetime) -> tuple[PlannedMessage, ...]:
    """
    Return what would take back what the people of an appointment (read with its facts) were told; `now` is aware.

    :raises InvalidCase: if what is recorded about the patient does not make a case
    """
    version = _Version(appointment, _recipients(appointment), told=told_of(appointment))
    return tuple(version.planned_corrections(now))


class _Version:
    """A booking planned under one version."""

    def __init__(
        self, appointment: Appointment, recipients: tuple[PlannedRecipient, ...], *, told: Iterable[Told]
    ) -> None:
        self.appointment = appointment
        self.recipients = recipients
        self.told = tuple(told)
        self.inputs = inputs_of(appointment)

    def messages(self) -> dict[tuple[str, str], Said]:
        """Return every message owed, as if nothing had been told yet."""
        return {(each.recipient, each.notice): self._said(each) for each in self.planned()}

    def corrections(self, now: dt.datetime) -> Iterator[Said]:
        """Yield what would take back something that was told."""
        yield from (self._said(each) for each in self.planned_corrections(now))

    def planned(self) -> tuple[PlannedMessage, ...]:
        """Return every message owed before it is put into words, as if nothing had been told yet."""
        return self._plan(told=(), changed_at=None).messages

    def planned_corrections(self, now: dt.datetime) -> Iterator[PlannedMessage]:
        """Yield what would take back something that was told, before it is put into words."""
        plan = self._plan(told=self.told, changed_at=now)
        yield from (each for each in plan.messages if each.trigger in CHANGES)

    def _plan(self, *, told: tuple[Told, ...], changed_at: dt.datetime | None) -> TimelinePlan:
        return plan_timeline(
            booking=self.inputs.booking,
            steps=self.inputs.steps,
            facts=self.inputs.facts,
            recipients=self.recipients,
            active_conditions=self.inputs.unmet_condition,
            never_send=frozenset(self.inputs.plan.never_send),
            signed=self.inputs.signed,
            told=told,
            changed_at=changed_at,
        )

    def _said(self, message: PlannedMessage) -> Said:
        return Said(
            recipient=message.recipient,
            notice=message.notice,
            due_at=message.due_at,
            channel=message.channels[0],
            held=message.held,
            text=self._text(message),
        )

    def _text(self, message: PlannedMessage) -> str:
        """Return the message's words; empty where they cannot be found yet, for want of a signature or a text."""
        request = unsent_request(self.appointment, message)
        try:
            rendering = rendering_of(
                request=request, channel=message.channels[0], link=LINK, now=message.due_at
            )
            rendered = render(rendering)
        except CANNOT_BE_SAID:
            return ""
        return f"{rendered.subject}\n\n{rendered.text}".strip()


def unsent_request(
    appointment: Appointment, message: PlannedMessage, *, language: str = ""
) -> CommunicationRequest:
    """Return a message as the request it would be, unsaved; in a language, or else the person's."""
    return CommunicationRequest(
        appointment=appointment,
        recipient=_recipient(appointment, message.recipient),
        notice=message.notice,
        parts=list(message.parts),
        facts=dict(message.facts),
        language=language or message.language,
    )


def _under(appointment: Appointment, protocol: Protocol) -> Appointment:
    """Return the booking as it would be; nothing is stored."""
    other = copy(appointment)
    other.protocol = protocol
    other.rule_set_sha256 = protocol.rule_set_sha256
    return other


def _recipients(appointment: Appointment) -> tuple[PlannedRecipient, ...]:
    people = people_told(appointment)
    pairs = {pair for person, _ in people.values() for pair in addresses(person).items()}
    stored = ContactPoint.objects.filter(
        organization_id=appointment.organization_id, value__in={value for _, value in pairs}
    )
    points = {(system, value): ContactPoint(system=system, value=value) for system, value in pairs}
    points |= {(point.system, point.value): point for point in stored}
    return planned_recipients(appointment, people, points)


def _recipient(appointment: Appointment, key: str) -> Recipient:
    person = people_told(appointment)[key][0]
    related = person if isinstance(person, RelatedPerson) else None
    return Recipient(patient=appointment.patient, related_person=related)


def _page(old: Inputs, new: Inputs, appointment: Appointment, now: dt.datetime) -> Iterator[PageText]:
    """Yield the texts of the patient's page that differ, in the patient's language."""
    before, after = (_page_texts(inputs, appointment, now) for inputs in (old, new))
    for code in dict.fromkeys([*before, *after]):
        if before.get(code) != after.get(code):
            yield PageText(step=code, before=before.get(code, ""), after=after.get(code, ""))


def _page_texts(inputs: Inputs, appointment: Appointment, now: dt.datetime) -> dict[str, str]:
    language = _reader(appointment).language
    return {
        step.code: _filled(f"{text.title}\n\n{text.body}", inputs, appointment, language=language, now=now)
        for step in inputs.steps
        if step.subject not in inputs.plan.never_send and inputs.unmet_condition(step) is None
        for text in step.texts
        if text.language == language
    }


def _reader(appointment: Appointment) -> Person:
    """Return whose page it is: the patient, or for a child the first who is told."""
    people = [person for person, _ in people_told(appointment).values()]
    return people[0] if people else appointment.patient


def _filled(
    template: str, inputs: Inputs, appointment: Appointment, *, language: str, now: dt.datetime
) -> str:
    """Return a text with its facts; as the protocol has it where one is not there yet."""
    zone = appointment.location.tz
    helpline = appointment.organization.helpline_at(appointment.location)
    facts = {
        "clinic": appointment.organization.name,
        "phone": helpline.phone,
        "phone_hours": helpline.phone_hours,
        "emergency_number": helpline.emergency_number,
        "first_name": _reader(appointment).given_name,
        **inputs.facts,
    }
    try:
        return fill(
            template,
            facts=facts,
            medium=Medium.FULL,
            zone=zone,
            language=language,
            today=now.astimezone(zone).date(),
        )
    except CANNOT_FILL:
        return template
