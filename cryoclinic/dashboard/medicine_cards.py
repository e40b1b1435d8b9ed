"""One card per medicine: what is proposed, the days it means, the words the patient would read."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from cryoclinic.dashboard.readiness import Preparedness
from cryoclinic.dashboard.words import Tag
from procedures.preparation import Case, Hold, HoldOption, HoldStatus, rule_set
from procedures.preparation.clock import start_at
from procedures.preparation.schedule import schedule_of
from procedures.wording import staff
from scheduling.codes import DecisionKind
from scheduling.models import Appointment, MedicationDecision, MedicationStatement
from scheduling.operations import proposed_sentence
from scheduling.rules import last_doses_allowed

STATUSES = {
    HoldStatus.PROPOSED: "One rule, one number. The signature is all that is missing.",
    HoldStatus.NEEDS_CHOICE: "One rule with a range. You choose.",
    HoldStatus.NEEDS_CLINICIAN: "Whether or how to stop is not settled by a rule. You decide.",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class DoseBox:
    """One dose of the strip: its time ("20:00", empty if unknown) and what becomes of it."""

    time: str
    word: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StripDay:
    """One day of the strip."""

    on: dt.date
    doses: tuple[DoseBox, ...]
    is_visit: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Choice:
    """One thing a clinician may choose. `value` is how a form names it; `sentence` the English words to start from."""

    value: str
    words: str
    kind: DecisionKind
    last_dose_on: dt.date | None = None
    last_dose_at: dt.datetime | None = None
    strip: tuple[StripDay, ...] = ()
    sentence: str = ""
    preselected: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """One medicine of a visit. `typed_date` asks for a last dose by date, where the rules name none."""

    drug: str
    entry: MedicationStatement | None
    hold: Hold | None
    status: str
    decision: MedicationDecision | None
    void: tuple[MedicationDecision, ...]
    choices: tuple[Choice, ...]
    typed_date: bool
    sources: tuple[str, ...]

    @property
    def tag(self) -> Tag:
        """Whether it is signed."""
        if self.decision is not None:
            return Tag(family="ready", word="Signed")
        if self.void:
            return Tag(family="attention", word="Void, sign again")
        return (
            Tag(family="attention", word="Unsigned") if self.hold else Tag(family="neutral", word="Goes on")
        )


class ChoiceUnknown(LookupError):
    """Choose one of the options."""


def cards_of(prepared: Preparedness, *, today: dt.date) -> tuple[Card, ...]:
    """Return a card per medicine, those to decide first; `today` is a date of the location. None without a plan."""
    if prepared.plan is None or prepared.case is None:
        return ()
    holds = {hold.drug: hold for hold in prepared.plan.holds}
    drugs = [*holds, *(drug for drug in prepared.plan.continued if drug not in holds)]
    return tuple(_card(drug, holds.get(drug), prepared=prepared, today=today) for drug in drugs)


def choice_of(
    card: Card, *, value: str, typed: dt.date | None, prepared: Preparedness, today: dt.date
) -> Choice:
    """
    Return what a form chose; `typed` is the date where the card asks for one.

    :raises ChoiceUnknown: if it is none of the card's
    """
    if card.typed_date and value == "typed" and typed is not None and prepared.case is not None:
        return _hold_choice(
            prepared.appointment, prepared.case, drug=card.drug, on=typed, at=None, today=today, value="typed"
        )
    for choice in card.choices:
        if choice.value == value:
            return choice
    raise ChoiceUnknown


def languages_of(appointment: Appointment) -> tuple[str, ...]:
    """Return the languages in which somebody will read the sentence, the patient's first."""
    told = [each.language for each in appointment.patient.related_persons.all() if each.may_be_told]
    return tuple(dict.fromkeys([appointment.patient.language, *told]))


def _card(drug: str, hold: Hold | None, *, prepared: Preparedness, today: dt.date) -> Card:
    appointment = prepared.appointment
    entries = [each for each in appointment.patient.medications.all() if each.active and each.drug == drug]
    choices = tuple(_choices(drug, hold, prepared=prepared, today=today))
    ids = hold.rule_ids if hold else ()
    return Card(
        drug=drug,
        entry=entries[0] if entries else None,
        hold=hold,
        status=STATUSES[hold.status] if hold else "No rule stops it.",
        decision=next((each for each in prepared.standing if each.drug == drug), None),
        void=tuple(each for each in prepared.void if each.drug == drug),
        choices=choices,
        typed_date=not any(choice.kind == DecisionKind.HOLD for choice in choices),
        sources=tuple(f"{rule} [{rule_set().sources.get(rule, 'ops')}]" for rule in ids),
    )


def _choices(drug: str, hold: Hold | None, *, prepared: Preparedness, today: dt.date) -> Iterator[Choice]:
    appointment, case = prepared.appointment, prepared.case
    options: tuple[HoldOption, ...] = ()
    if hold is not None and case is not None:
        options = last_doses_allowed(hold, case=case)
    for option in options:
        if option.last_dose_on is not None and case is not None:
            yield _hold_choice(
                appointment,
                case,
                drug=drug,
                on=option.last_dose_on,
                at=option.last_dose_at,
                today=today,
                preselected=hold is not None and hold.status is HoldStatus.PROPOSED,
            )
    yield Choice(
        value="continue",
        words="Go on as now",
        kind=DecisionKind.CONTINUE,
        sentence=proposed_sentence(
            appointment=appointment, drug=drug, kind=DecisionKind.CONTINUE, today=today
        ),
    )
    yield Choice(value="phone", words="Do not send, phone instead", kind=DecisionKind.PHONE)


def _hold_choice(
    appointment: Appointment,
    case: Case,
    *,
    drug: str,
    on: dt.date,
    at: dt.datetime | None,
    today: dt.date,
    value: str = "",
    preselected: bool = False,
) -> Choice:
    local = at.astimezone(case.zone) if at is not None else None
    clock = f", {staff.clock(local)}" if local is not None else ""
    return Choice(
        value=value or f"hold {on.isoformat()} {at.astimezone(dt.UTC).isoformat() if at else ''}".strip(),
        words=f"Last dose {staff.day(on)}{clock}",
        kind=DecisionKind.HOLD,
        last_dose_on=on,
        last_dose_at=at,
        strip=_strip(case, drug=drug, on=on, at=at),
        sentence=proposed_sentence(
            appointment=appointment,
            drug=drug,
            kind=DecisionKind.HOLD,
            today=today,
            last_dose_on=on,
            last_dose_at=at,
        ),
        preselected=preselected,
    )


def _strip(case: Case, *, drug: str, on: dt.date, at: dt.datetime | None) -> tuple[StripDay, ...]:
    start = start_at(instant=case.start, zone=case.zone)
    schedule = schedule_of([each for each in case.patient.medications if each.drug == drug])
    days = []
    for count in range((start.day - on).days + 1):
        day = on + dt.timedelta(days=count)
        doses = [
            dose for dose in schedule.on_day(day=day, start=start) if dose.instant < start.instant or count
        ]
        last = at or (doses[-1].instant if doses and not count else None)
        boxes = tuple(
            DoseBox(time=f"{dose.at:%H:%M}", word=_word(dose.instant, last=last, is_last_day=not count))
            for dose in doses
        )
        unknown = (DoseBox(time="", word="last dose" if not count else "skipped"),)
        takes_it = day.weekday() in schedule.days
        days.append(StripDay(on=day, doses=boxes or (unknown if takes_it else ()), is_visit=day == start.day))
    return tuple(days)


def _word(instant: dt.datetime, *, last: dt.datetime | None, is_last_day: bool) -> str:
    if not is_last_day or last is None or instant > last:
        return "skipped"
    return "last dose" if instant == last else "taken"
