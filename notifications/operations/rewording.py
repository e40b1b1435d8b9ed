"""
What was told in words that a newer version of the protocol says otherwise.

A message is sent again only when a fact it asserts changes; different words for the same facts are settled by phone.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from notifications.operations.calls import open_call
from notifications.planning import Told
from procedures.models import Protocol
from procedures.models.reading import steps_of
from procedures.steps import NoticeText
from scheduling.codes import ChangeKind, TaskKind
from scheduling.models import Appointment, AppointmentChange, Task

# How soon somebody phones about words that were wrong [ops].
CALL_WITHIN = dt.timedelta(days=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Reworded:
    """A notice a person was told, or perhaps told, in other words than the version says now. `told_at` is aware."""

    recipient: str
    notice: str
    told_at: dt.datetime


def reworded(
    told: Iterable[Told], *, told_under: Protocol, now_under: Protocol, languages: Mapping[str, str]
) -> tuple[Reworded, ...]:
    """Return what of `told` the version `now_under` says otherwise, or no more. `languages` are by recipient."""
    before, after = _texts(told_under), _texts(now_under)
    return tuple(
        Reworded(recipient=each.recipient, notice=code, told_at=each.told_at)
        for each in told
        for code in dict.fromkeys(each.parts or (each.notice,))
        if (language := languages.get(each.recipient)) is not None
        and (code, language) in before
        and before[code, language] != after.get((code, language))
    )


def open_rewording_calls(
    *, appointment: Appointment, told: Iterable[Told], languages: Mapping[str, str], now: dt.datetime
) -> None:
    """
    Ask for one call to each person who was told something before the booking went on under another version.

    Idempotent: a call that a person has closed is not asked for again. No query for a booking never changed.
    """
    changes = list(_protocol_changes(appointment)) if appointment.revision > 1 else []
    if not changes:
        return
    people = dict.fromkeys(each.recipient for each in _told_otherwise(appointment, changes, told, languages))
    for recipient in people:
        matter = f"{recipient}:reworded:{appointment.protocol_id}"
        about = f"{appointment.uid}:{matter}"
        if Task.objects.filter(kind=TaskKind.PHONE_PATIENT, about=about).exists():
            continue
        open_call(
            appointment=appointment,
            matter=matter,
            reason="reworded",
            due_at=max(min(now + CALL_WITHIN, appointment.start), now),
            now=now,
        )


def _protocol_changes(appointment: Appointment) -> Iterable[AppointmentChange]:
    found = appointment.changes.filter(kind=ChangeKind.PROTOCOL).select_related("from_protocol")
    return found.order_by("revision")


def _told_otherwise(
    appointment: Appointment,
    changes: list[AppointmentChange],
    told: Iterable[Told],
    languages: Mapping[str, str],
) -> Iterator[Reworded]:
    for each in told:
        later = next((change for change in changes if change.changed_at >= each.told_at), None)
        if later is not None and later.from_protocol is not None:
            yield from reworded(
                [each], told_under=later.from_protocol, now_under=appointment.protocol, languages=languages
            )


def _texts(protocol: Protocol) -> dict[tuple[str, str], NoticeText]:
    return {
        (notice.code, text.language): text
        for step in steps_of(protocol)
        for notice in step.notices
        for text in notice.texts
    }
