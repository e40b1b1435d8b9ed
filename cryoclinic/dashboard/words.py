"""Codes, refusals and times as staff read them. No queries here."""

import datetime as dt
import inspect
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from zoneinfo import ZoneInfo

from django.utils.translation import get_language_info

from procedures.preparation import rule_set
from procedures.wording import staff
from scheduling.readiness import item_words

NOT_OWED = {
    "cancelled": "The visit is cancelled.",
    "silent": "Nothing is sent about this visit any more.",
    "over": "The visit is over.",
    "not-for": "It is not meant for this person",
    "never-send": "It must not be sent here",
    "condition-not-met": "It does not apply here",
    "missing-fact": "A fact it needs is missing",
    "said-by": "Another message has said it",
    "no-channel": "There is no address to send it to.",
    "too-late": "It would come too late.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Tag:
    """A status: one of five families (its icon and color) and the word that says it."""

    family: str
    word: str


def day_and_time(moment: dt.datetime, zone: ZoneInfo) -> str:
    """Return "Tue 16 Mar 2027, 09:00" on the zone's clock."""
    local = moment.astimezone(zone)
    return f"{staff.day(local.date())}, {staff.clock(local)}"


def until(moment: dt.datetime, now: dt.datetime) -> str:
    """Return how far away an instant is: "in 18 min", "overdue by 2 h 5 min"."""
    distance = abs(moment - now)
    words = f"{distance.days} days" if distance >= dt.timedelta(days=2) else staff.length(distance)
    return f"overdue by {words}" if moment <= now else f"in {words}"


def item(code: str) -> str:
    """Return a prerequisite as words: "planning imaging", "INR"."""
    return item_words(code)


def language(code: str) -> str:
    """Return a language in English: "Polish"; the code itself where its name is not known."""
    try:
        return str(get_language_info(code)["name"])
    except KeyError:
        return code


def few(names: tuple[str, ...], *, shown: int = 4) -> str:
    """Return the first names of a list, and how many more there are."""
    more = len(names) - shown
    return ", ".join(names) if more <= 0 else f"{', '.join(names[:shown])} and {more} more"


def clinician_action(code: str) -> str:
    """Return what a clinician must settle, with what it is about."""
    meanings = rule_set().action_meanings
    head, _, detail = code.partition(":")
    meaning = meanings.get(code) or next(
        (said for name, said in meanings.items() if name.partition(":")[0] == head), head.replace("_", " ")
    )
    words = f"{meaning} ({detail.replace('_', ' ')})" if detail else meaning
    return words[:1].upper() + words[1:]


def not_owed(reason: str) -> str:
    """Return why the plan says nothing, from a code with its detail behind a colon."""
    code, _, detail = reason.partition(":")
    words = NOT_OWED.get(code, f"{code.replace('-', ' ').capitalize()}.")
    if words.endswith("."):
        return words
    if code == "said-by":
        return f"{words}."
    if code == "never-send":
        return f"{words}: {_never_send(detail)}."
    return f"{words}: {detail.replace('_', ' ').replace('-', ' ')}."


def sentence_of(error: Exception) -> str:
    """Return the sentence of a refusal: the first paragraph of its class's docstring."""
    return " ".join((inspect.getdoc(type(error)) or "").split("\n\n")[0].split())


def details_of(error: Exception, *, zone: ZoneInfo) -> str:
    """Return what a refusal knows beyond its sentence: the leg, until when, from when; empty for nothing."""
    facts = {name: getattr(error, name, None) for name in _DETAILS}
    said = [
        _DETAILS[name].format(_said(value, zone)) for name, value in facts.items() if value not in (None, ())
    ]
    return " ".join(said)


_DETAILS = {
    "leg": "It is about: {}.",
    "until": "In use until {}.",
    "hours": "Open that day: {}.",
    "earliest_start": "The first start that leaves enough time: {}.",
    "next_start": "The next start that is free: {}.",
    "earliest_start_on": "The first day by which the patient can be prepared: {}.",
    "latest_start": "The last start that is offered is before {}.",
    "allowed": "Allowed: {}.",
    "percents": "Proposed, in per cent: {}.",
    "earliest_restart": "The rules propose not before {}.",
    "language": "Language: {}.",
    "began_at": "Recorded: {}.",
    "moves": "Moves allowed: {}.",
}


def _said(value: object, zone: ZoneInfo) -> str:
    if isinstance(value, dt.datetime):
        return day_and_time(value, zone)
    if isinstance(value, dt.date):
        return staff.day(value)
    if isinstance(value, tuple):
        joint = " to " if value and isinstance(value[0], dt.datetime) else ", "
        return joint.join(_said(each, zone) for each in value)
    return str(value).replace("_", " ")


@cache
def _meanings() -> dict[str, str]:
    text = resources.files("procedures.preparation").joinpath("data/vocabulary.json").read_text("utf-8")
    found: dict[str, str] = json.loads(text)["never_send"]
    return found


def _never_send(code: str) -> str:
    return _meanings().get(code) or code.replace("_", " ").replace(":", " ")
