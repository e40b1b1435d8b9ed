"""Texts as patients would read them: a core with made-up facts, in the frame the renderer gives it."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from procedures.catalogue import ProtocolContent
from procedures.lint.kind import Kind, Letterhead
from procedures.lint.trials import Trial
from procedures.steps import Anchor, FactValue
from procedures.wording import (
    Medium,
    NoWording,
    StrayBrace,
    UnknownPlaceholder,
    UnknownSpec,
    fill,
    in_language,
    phone,
)

# How long before the start a text is read in these samples.
READ_BEFORE = dt.timedelta(days=3)
MEDICINE_STEP_BEFORE = dt.timedelta(days=4)
ESCORT = "Alexandra"


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """
    Renders texts at several starts.

    `samples` are facts by name, one mapping a start, beside the date on which the text is read there.
    """

    letterhead: Letterhead
    names: Mapping[str, str]
    samples: tuple[tuple[dt.date, Mapping[str, FactValue]], ...]

    def said(self, template: str, *, medium: Medium, language: str) -> tuple[str, ...]:
        """Return the text at each start; nothing where it cannot be said, which other checks report."""
        procedure = self.names.get(language, self.names.get("en", ""))
        try:
            return tuple(
                fill(
                    template,
                    facts={**facts, "procedure": procedure},
                    medium=medium,
                    zone=self.letterhead.zone,
                    language=language,
                    today=today,
                )
                for today, facts in self.samples
            )
        except (NoWording, StrayBrace, UnknownPlaceholder, UnknownSpec):
            return ()

    def sms(self, core: str, *, language: str) -> tuple[str, ...]:
        """Return the whole SMS at each start, as the renderer frames it."""
        cores = self.said(core, medium=Medium.SMS, language=language)
        if not cores:
            return ()
        frame, sender = in_language(language).FRAME, self.letterhead
        who = f"{sender.first_name}, {sender.clinic_name}."
        plan = frame.plan.replace("{link}", sender.link)
        questions = frame.questions.replace("{phone}", phone(sender.phone))
        return tuple(" ".join((who, *text.split(), plan, questions)) for text in cores)


def reader_of(
    content: ProtocolContent, *, kind: Kind, tried: Iterable[Trial], letterhead: Letterhead
) -> Reader:
    """Return a reader with the facts that the trials have between them, start by start."""
    merged: dict[dt.datetime, dict[str, FactValue]] = {}
    for trial in tried:
        facts = merged.setdefault(trial.case.start, {})
        facts.update(trial.with_derived(content.derived_facts))
        facts["ended_at"] = trial.anchors[Anchor.END]
    said_always: dict[str, FactValue] = {
        "place": letterhead.place,
        "address": letterhead.address,
        "escort_name": ESCORT,
        "first_name": letterhead.first_name,
        "clinic": letterhead.clinic_name,
        "phone": letterhead.phone,
        "phone_hours": letterhead.phone_hours,
        "emergency_number": letterhead.emergency_number,
        "link": letterhead.link,
    }
    samples = []
    for start, facts in merged.items():
        local = start.astimezone(letterhead.zone).date()
        first_step = {"medicine_first_step_on": local - MEDICINE_STEP_BEFORE}
        samples.append((local - READ_BEFORE, {**said_always, **first_step, **facts}))
    return Reader(letterhead=letterhead, names=dict(kind.patient_names), samples=tuple(samples))
