"""What somebody needs who phones instead of a message: whom, on which number, and what to say."""

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass

from notifications.dispatch.spoken import STAFF_LANGUAGE, Spoken, spoken_corrections, spoken_of
from notifications.operations.calls import ABOUT_THE_PERSON
from notifications.operations.people import Person, people_told
from notifications.planning import UNANSWERED
from procedures.preparation import InvalidCase
from scheduling.codes import Relationship, TaskKind
from scheduling.models import Appointment, RelatedPerson, Task

_ABOUT_A_NOTICE = re.compile(r"(?P<person>(patient|related):\d+):(?P<notice>[a-z0-9-]+)")


@dataclass(frozen=True, kw_only=True, slots=True)
class CallScript:
    """
    One call: the person, what they are to the patient, and what to say to them.

    `person` is None where nobody may be told. `waiting` counts what must not be said yet. `cannot_plan` says that
    something recorded about the patient must be corrected first.
    """

    person: Person | None
    role: str
    says: tuple[Spoken, ...]
    waiting: int
    asks_whether_coming: bool
    about_medicines: bool
    cannot_plan: bool

    @property
    def interpreter(self) -> bool:
        """Whether those who phone may not share a language with the person."""
        return self.person is not None and self.person.language.partition("-")[0] != STAFF_LANGUAGE

    @property
    def only_in_english(self) -> bool:
        """Whether the protocol has nothing of it in the person's language."""
        return self.interpreter and not any(each.words for each in self.says)


def script_of(task: Task, *, appointment: Appointment, now: dt.datetime) -> CallScript:
    """Return the script for a task about an appointment (read with its facts); `now` is aware."""
    people = people_told(appointment)
    key, notice = _addressed(task, appointment)
    key = key if key in people else next(iter(people), "")
    person = people[key][0] if key else None
    said, cannot_plan = _said(task, appointment, key=key, notice=notice, now=now)
    return CallScript(
        person=person,
        role=role_of(person),
        says=tuple(each for each in said if not each.waiting),
        waiting=sum(each.waiting for each in said),
        asks_whether_coming=task.about == f"{appointment.uid}:{UNANSWERED}",
        about_medicines=task.kind == TaskKind.MAY_HAVE_STOPPED
        or task.about == f"{appointment.uid}:medicines",
        cannot_plan=cannot_plan,
    )


def role_of(person: Person | None) -> str:
    """Return what a person is to the patient: "the patient", "carer"; empty for nobody."""
    if isinstance(person, RelatedPerson):
        return Relationship(person.relationship).label.lower()
    return "the patient" if person is not None else ""


def _addressed(task: Task, appointment: Appointment) -> tuple[str, str]:
    """Return the person (planner key) and the notice that a call is about; both empty where it is about neither."""
    found = _ABOUT_A_NOTICE.fullmatch(task.about.removeprefix(f"{appointment.uid}:"))
    return (found["person"], found["notice"]) if found else ("", "")


def _said(
    task: Task, appointment: Appointment, *, key: str, notice: str, now: dt.datetime
) -> tuple[tuple[Spoken, ...], bool]:
    """Return what to say to a person, and whether it could not be worked out."""
    try:
        if task.kind == TaskKind.MAY_HAVE_STOPPED:
            return _to(key, spoken_corrections(appointment, now=now)), False
        owed = _to(key, spoken_of(appointment)) if notice else ()
    except InvalidCase:
        return (), True
    if notice in ABOUT_THE_PERSON:
        # It stands for every message that cannot reach them.
        return tuple(each for each in owed if each.expires_at > now), False
    return tuple(each for each in owed if each.notice == notice), False


def _to(key: str, spoken: Iterable[Spoken]) -> tuple[Spoken, ...]:
    return tuple(each for each in spoken if each.recipient == key)
