"""One card per medicine: what is proposed, the days it means, the words the patient would read."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, replace

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
    dose_percent: int | None = None
    dose_at: dt.datetime | None = None
    needs_reason: bool = False
    strip: tuple[StripDay, ...] = ()
    sentence: str = ""
    preselected: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Typed:
    """What a clinician typed in place of a proposal: a last dose by date, a share of the usual dose."""

    last_dose_on: dt.date | None = None
    dose_percent: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Card:
    """
    One medicine of a visit.

    A last dose of one's own can always be typed; `typed_share` asks for a share of the dose as well. Either needs a
    reason where the rules propose something.
    """

    drug: str
    entry: MedicationStatement | None
    hold: Hold | None
    status: str
    decision: MedicationDecision | None
    void: tuple[MedicationDecision, ...]
    choices: tuple[Choice, ...]
    typed_share: bool
    sources: tuple[str, ...]

    @property
    def names_last_doses(self) -> bool:
        """Whether the rules propose a last dose."""
        return any(choice.kind == DecisionKind.HOLD for choice in self.choices)

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


def choice_of(card: Card, *, value: str, typed: Typed, prepared: Preparedness, today: dt.date) -> Choice:
    """
    Return what a form chose; `typed` is what it carried for choices of one's own.

    :raises ChoiceUnknown: if it is none of the card's
    """
    if value == "typed" and typed.last_dose_on is not None and prepared.case is not None:
        option = HoldOption(last_dose_on=typed.last_dose_on)
        return _hold_choice(
            prepared, prepared.case, drug=card.drug, option=option, today=today, value="typed"
        )
    if value == "share" and card.typed_share and typed.dose_percent is not None:
        return _share_choice(
            prepared, drug=card.drug, percent=typed.dose_percent, options=(), today=today, value="share"
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
        typed_share=any(choice.kind == DecisionKind.REDUCE for choice in choices),
        sources=tuple(f"{rule} [{rule_set().sources.get(rule, 'ops')}]" for rule in ids),
    )


def _choices(drug: str, hold: Hold | None, *, prepared: Preparedness, today: dt.date) -> Iterator[Choice]:
    case = prepared.case
    if hold is not None and case is not None:
        for option in last_doses_allowed(hold, case=case):
            if option.last_dose_on is not None:
                preselected = hold.status is HoldStatus.PROPOSED
                choice = _hold_choice(prepared, case, drug=drug, option=option, today=today)
                yield replace(choice, preselected=preselected)
        for percent in sorted({each.dose_percent for each in hold.candidates if each.dose_percent}):
            options = tuple(each for each in hold.candidates if each.dose_percent == percent)
            yield _share_choice(prepared, drug=drug, percent=percent, options=options, today=today)
    yield Choice(
        value="continue",
        words="Go on as now",
        kind=DecisionKind.CONTINUE,
        sentence=proposed_sentence(
            appointment=prepared.appointment, drug=drug, kind=DecisionKind.CONTINUE, today=today
        ),
    )
    yield Choice(value="phone", words="Do not send, phone instead", kind=DecisionKind.PHONE)
    if hold is not None and hold.candidates:
        yield Choice(
            value="refuse",
            words="Refuse the proposal, phone the patient (say why)",
            kind=DecisionKind.REFUSE,
            needs_reason=True,
        )


def _hold_choice(
    prepared: Preparedness, case: Case, *, drug: str, option: HoldOption, today: dt.date, value: str = ""
) -> Choice:
    on, at = option.last_dose_on or today, option.last_dose_at
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
            appointment=prepared.appointment,
            drug=drug,
            kind=DecisionKind.HOLD,
            today=today,
            last_dose_on=on,
            last_dose_at=at,
        ),
    )


def _share_choice(
    prepared: Preparedness,
    *,
    drug: str,
    percent: int,
    options: tuple[HoldOption, ...],
    today: dt.date,
    value: str = "",
) -> Choice:
    """Return a share of the usual dose; of several doses to reduce it names none, the words then say which."""
    zone = prepared.appointment.location.tz
    moments = [each.dose_at.astimezone(zone) for each in options if each.dose_at is not None]
    which = " and ".join(f"{staff.day(at.date())}, {staff.clock(at)}" for at in moments)
    dose_at = moments[0] if len(moments) == 1 else None
    return Choice(
        value=value or f"reduce {percent}",
        words=f"Take {percent}% of the usual dose{f': {which}' if which else ''}",
        kind=DecisionKind.REDUCE,
        dose_percent=percent,
        dose_at=dose_at,
        sentence=proposed_sentence(
            appointment=prepared.appointment,
            drug=drug,
            kind=DecisionKind.REDUCE,
            today=today,
            dose_percent=percent,
            dose_at=dose_at,
        ),
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
