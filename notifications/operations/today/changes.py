"""What no longer holds of that which was told, and what happened to the visit, dated."""

import datetime as dt
from collections.abc import Iterable

from notifications.operations.inputs import Inputs, told_of
from notifications.operations.today.saying import Speaker
from notifications.operations.today.steps import Place, place_of, text_of
from notifications.operations.today.values import Clinic, Text
from notifications.planning import facts_as_json
from notifications.planning.beliefs import beliefs_by_recipient
from notifications.planning.facts import without_medicines
from procedures.steps import Audience, Step, Trigger
from scheduling.codes import AppointmentStatus, ChangeKind
from scheduling.models import Appointment, AppointmentChange


def told_wrong(appointment: Appointment, *, inputs: Inputs, key: str) -> frozenset[str]:
    """Return the facts of which this reader was told, or perhaps told, something that no longer holds."""
    notices = {notice.code: notice for step in inputs.steps for notice in step.notices}
    beliefs = beliefs_by_recipient(told_of(appointment), notices=notices).get(key)
    if beliefs is None:
        return frozenset()
    facts = inputs.facts if inputs.signed else without_medicines(inputs.facts)
    return frozenset(beliefs.told_wrong(facts_as_json(facts)))


def last_move(changes: Iterable[AppointmentChange]) -> AppointmentChange | None:
    """Return the newest move."""
    return next((change for change in reversed(list(changes)) if change.kind == ChangeKind.MOVED), None)


def trigger_of(*, wrong: frozenset[str], moved: bool) -> Trigger | None:
    """Return which kind of change the reader must be told of now."""
    if moved or "start" in wrong:
        return Trigger.CORRECTION
    return Trigger.AMENDMENT if wrong else None


def change_texts(
    trigger: Trigger | None,
    *,
    steps: Iterable[Step],
    audience: Audience,
    start: dt.datetime,
    speaker: Speaker,
    clinic: Clinic,
    language: str,
) -> tuple[Text, ...]:
    """Return what the protocol says of such a change, or our own words: carers read ours, without medicines."""
    if trigger is None:
        return ()
    if audience is Audience.PATIENT:
        written = [step for step in steps if _says(step, trigger) and step.texts]
        if written:
            return tuple(
                text_of(step, speaker=speaker, clinic=clinic, language=language) for step in written[:1]
            )
    words = speaker.words.changes
    moved = trigger is Trigger.CORRECTION
    return (
        Text(
            title=speaker.put(words.moved_now, at=speaker.at(start)) if moved else words.plan_changed,
            paragraphs=(words.no_longer_holds,),
            language=speaker.words.language,
        ),
    )


def history_of(changes: Iterable[AppointmentChange], *, speaker: Speaker) -> tuple[str, ...]:
    """Return what happened to the visit, newest first, each with its date."""
    said = ((change, _said(change, speaker)) for change in reversed(list(changes)))
    return tuple(
        speaker.put(
            speaker.words.changes.line, at=speaker.heading(speaker.say(change.changed_at)), said=words
        )
        for change, words in said
        if words
    )


def _says(step: Step, trigger: Trigger) -> bool:
    return place_of(step) is Place.CHANGES and any(
        notice.trigger is trigger and Audience.PATIENT in notice.audiences for notice in step.notices
    )


def _said(change: AppointmentChange, speaker: Speaker) -> str:
    words = speaker.words.changes
    if change.kind == ChangeKind.BOOKED:
        return speaker.put(words.booked, at=speaker.at(change.to_start))
    if change.kind == ChangeKind.MOVED and change.from_start is not None:
        return speaker.put(words.moved, old=speaker.at(change.from_start), new=speaker.at(change.to_start))
    return words.cancelled if change.to_status == AppointmentStatus.CANCELLED else ""
