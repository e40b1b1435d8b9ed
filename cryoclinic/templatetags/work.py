"""How work pages show statuses, persons and times."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django import template

from cryoclinic.accounts.codes import Weekday
from cryoclinic.accounts.models import User
from cryoclinic.dashboard import words
from cryoclinic.dashboard.inbox import CALLS
from cryoclinic.dashboard.words import Tag
from procedures.wording import phone, staff
from scheduling.codes import TaskKind, TaskSeverity
from scheduling.models import Patient, Task
from scheduling.operations.closures.unsettled import PREFIX
from scheduling.operations.tasks import FOLLOW_UP

register = template.Library()

SEVERITIES = {
    TaskSeverity.URGENT: Tag(family="urgent", word="Call now"),
    TaskSeverity.ATTENTION: Tag(family="attention", word="Needs attention"),
    TaskSeverity.ROUTINE: Tag(family="neutral", word="Routine"),
}

DO_NOW = Tag(family="urgent", word="Do now")


@register.inclusion_tag("cryoclinic/work/parts/tag.html")
def status(tag: Tag) -> dict[str, Tag]:
    """Show a status: icon and word."""
    return {"tag": tag}


@register.inclusion_tag("cryoclinic/work/parts/banner.html")
def banner(patient: Patient, desk: Any) -> dict[str, Any]:
    """Show whom a page is about: name, born (age), number, labels beside values."""
    return {"patient": patient, "age": patient.age_on(desk.local_now.date())}


@register.filter
def severity(task: Task) -> Tag:
    """Return how urgent a task is; only what is done by phone is called a call."""
    if task.severity == TaskSeverity.URGENT and task.kind not in CALLS:
        return DO_NOW
    return SEVERITIES[TaskSeverity(task.severity)]


@register.filter
def closure(task: Task) -> str:
    """Return the uid of the closure that a task is about; nothing for any other."""
    return task.about.removeprefix(PREFIX) if task.kind == TaskKind.CLOSURE_HITS else ""


@register.filter
def follow_up(task: Task) -> str:
    """Return the code of the follow-up that a task is about; nothing for any other."""
    return task.about.rpartition(":")[2] if task.about.startswith(FOLLOW_UP) else ""


@register.filter
def clock(moment: dt.datetime, desk: Any) -> str:
    """Return "09:00" on the desk's clock."""
    return staff.clock(moment.astimezone(desk.zone))


@register.filter
def moment(value: dt.datetime, desk: Any) -> str:
    """Return "Tue 16 Mar 2027, 09:00" on the desk's clock."""
    return words.day_and_time(value, desk.zone)


@register.filter
def on(value: dt.date) -> str:
    """Return "Tue 16 Mar 2027"."""
    return staff.day(value)


@register.filter
def born(value: dt.date) -> str:
    """Return "14 Mar 1961"."""
    return staff.date(value)


@register.filter
def away(moment: dt.datetime, desk: Any) -> str:
    """Return how far away an instant is."""
    return words.until(moment, desk.now)


@register.filter
def age(patient: Patient, desk: Any) -> int:
    """Return the patient's age on the desk's date."""
    return patient.age_on(desk.local_now.date())


@register.filter
def person(user: User | None) -> str:
    """Return a member of staff's name."""
    return (user.get_full_name() or user.username) if user is not None else "Nobody"


@register.filter
def grouped(number: str) -> str:
    """Return a phone number in groups."""
    return phone(number)


@register.filter
def tongue(code: str) -> str:
    """Return a language in English: "Polish"; the code itself where its name is not known."""
    return words.language(code)


@register.filter
def weekdays(codes: Sequence[str]) -> str:
    """Return "on Mondays and Wednesdays"."""
    *first, last = [f"{Weekday(code).label}s" for code in codes]
    return f"on {', '.join(first)} and {last}" if first else f"on {last}"


@register.filter
def source(mark: str) -> str:
    """Return where a rule comes from, in words."""
    return "the clinic's own default" if mark in {"ops", "[ops]"} else mark


@register.filter
def item_words(code: str) -> str:
    """Return a prerequisite in words."""
    return words.item(code)


@register.filter
def readable(code: str) -> str:
    """Return a code as words: "food day before"."""
    return code.replace("-", " ").replace("_", " ")
