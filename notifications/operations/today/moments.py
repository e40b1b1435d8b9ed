"""The times that matter, in order; what to do now, what comes next, and the days they are on."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby

from notifications.operations.today.saying import Speaker
from notifications.operations.today.values import Clock, Day, Now
from notifications.planning import Booking
from procedures.steps import FactValue
from scheduling.codes import AppointmentStatus

# [ops] From here on food and drink are what the page opens with.
FOOD_FIRST_WITHIN = dt.timedelta(hours=48)
# How each stop is said: name of the clock, until then, from then on. `{who}` is the reader or the person they help.
STOPS = {
    "liquid_diet_from": ("Food", "{who} may eat until {until}", "no food, clear drinks only"),
    "solids_stop": ("Food", "{who} may eat until {until}", "no more food"),
    "formula_stop": (
        "Formula or other milk",
        "Formula or other milk until {until}",
        "no more formula or milk",
    ),
    "breast_milk_stop": ("Breast milk", "Breast milk until {until}", "no more breast milk"),
    "clear_liquids_stop": ("Water", "{who} may drink water until {until}", "nothing more to drink"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """A time that matters: `ahead` is the sentence before it, `line` what it is called on its day."""

    at: dt.datetime
    ahead: str
    line: str
    is_food: bool = False
    is_medicine: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """What the present is judged by. `unanswered` and `calls_now` are the patient's; `who` is "You" or "They"."""

    booking: Booking
    status: str
    place: str
    phone: str
    who: str
    moments: tuple[Moment, ...]
    unanswered: bool
    medicine_on: dt.date | None
    calls_now: bool


def moments_of(
    *, booking: Booking, stops: Mapping[str, dt.datetime], place: str, who: str,
    medicine_on: dt.date | None, speaker: Speaker,
) -> tuple[Moment, ...]:  # fmt: skip
    """Return what is ahead or past, in the order of time. `stops` are the fasting times that may be told."""
    found = [_stop(name, at, who=who, speaker=speaker) for name, at in stops.items()]
    arrive = speaker.at(booking.arrive_at)
    found.append(
        Moment(
            at=booking.arrive_at,
            ahead=f"Come to {place} on {arrive}",
            line=f"{speaker.at(booking.arrive_at, 'time')}: come to {place}.",
        )
    )
    begins = speaker.at(booking.start, "time")
    found.append(
        Moment(
            at=booking.start,
            ahead=f"The treatment begins on {speaker.at(booking.start)}",
            line=f"{begins}: the treatment begins at about this time.",
        )
    )
    if medicine_on is not None:
        found.append(
            Moment(
                at=dt.datetime.combine(medicine_on, dt.time(), tzinfo=booking.zone),
                ahead=f"Your medicine plan has a step on {speaker.say(medicine_on)}",
                line="Your medicine plan begins. It is on this page.",
                is_medicine=True,
            )
        )
    return tuple(sorted(found, key=lambda moment: moment.at))


def stops_told(facts: Mapping[str, FactValue], *, named: Iterable[str]) -> dict[str, dt.datetime]:
    """Return the fasting times that some text of the protocol tells this patient; food once."""
    told = set(named)
    found = {
        name: value for name in STOPS if name in told and isinstance(value := facts.get(name), dt.datetime)
    }
    if "liquid_diet_from" in found:
        found.pop("solids_stop", None)
    return found


def clocks_of(stops: Mapping[str, dt.datetime], *, speaker: Speaker) -> tuple[Clock, ...]:
    """Return food and drink, each with its end and whether it is still allowed."""
    return tuple(
        Clock(
            name=STOPS[name][0],
            time=speaker.end_time(at),
            until=speaker.at(at, "until"),
            word="Allowed" if speaker.now < at else "Not any more",
            allowed=speaker.now < at,
        )
        for name, at in stops.items()
    )


def now_of(situation: Situation, *, speaker: Speaker) -> Now:
    """Return the one instruction that holds now; the first of the rules that fits."""
    rules = (_call_now, _under_way, _eating, _medicine_today, _answer)
    for rule in rules:
        found = rule(situation, speaker)
        if found is not None:
            return found
    first = _ahead(situation, speaker)[0]
    return Now(title=f"Nothing to do until {speaker.say(_day(first, speaker))}")


def next_of(situation: Situation, *, now: Now, speaker: Speaker) -> str:
    """Return the sentence for the first time ahead that the instruction does not already name."""
    said = (now.title, *now.details)
    return next((m.ahead for m in _ahead(situation, speaker) if m.ahead.partition(" (")[0] not in said), "")


def days_of(situation: Situation, *, speaker: Speaker) -> tuple[Day, ...]:
    """Return the days on which something is, each with its lines in order."""
    ordered = sorted(situation.moments, key=lambda m: (_day(m, speaker), m.at))
    return tuple(
        Day(
            title=speaker.say(day),
            is_today=day == speaker.today,
            lines=tuple(moment.line for moment in those),
        )
        for day, those in groupby(ordered, key=lambda moment: _day(moment, speaker))
    )


def _stop(name: str, at: dt.datetime, *, who: str, speaker: Speaker) -> Moment:
    _, ahead, after = STOPS[name]
    return Moment(
        at=at,
        ahead=ahead.format(who=who, until=speaker.at(at, "until")),
        line=f"From {speaker.end_time(at)}: {after}.",
        is_food=True,
    )


def _day(moment: Moment, speaker: Speaker) -> dt.date:
    return speaker.end_day(moment.at) if moment.is_food else moment.at.astimezone(speaker.zone).date()


def _ahead(situation: Situation, speaker: Speaker) -> list[Moment]:
    return [moment for moment in situation.moments if moment.at > speaker.now]


def _call_now(situation: Situation, speaker: Speaker) -> Now | None:
    if not situation.calls_now:
        return None
    return Now(
        title=f"Call us now on {situation.phone}",
        details=("The plan for your medicines no longer holds.",),
        call=True,
    )


def _under_way(situation: Situation, speaker: Speaker) -> Now | None:
    booking, now = situation.booking, speaker.now
    if situation.status == AppointmentStatus.ARRIVED:
        return Now(title="You are with us now" if situation.who == "You" else "They are with us now")
    if now >= booking.planned_end:
        return Now(
            title=f"Call us on {situation.phone} about this visit",
            details=(f"It was due on {speaker.at(booking.start)}.",),
            call=True,
        )
    if now >= booking.arrive_at:
        return Now(
            title=f"Come to {situation.place} now",
            details=(
                f"It was due at {speaker.at(booking.arrive_at, 'time')}. Are you late? Call us on {situation.phone}.",
            ),
        )
    return None


def _eating(situation: Situation, speaker: Speaker) -> Now | None:
    stops = [moment for moment in situation.moments if moment.is_food]
    if not stops or stops[0].at - speaker.now > FOOD_FIRST_WITHIN:
        return None
    past = [moment for moment in stops if moment.at <= speaker.now]
    if len(past) == len(stops):
        arrive = situation.booking.arrive_at
        return Now(
            title="No more food or drink now" if len(stops) > 1 else "No more food now",
            details=(f"Come to {situation.place} on {speaker.at(arrive)}",),
            countdown=speaker.countdown(arrive),
        )
    ahead = stops[len(past)]
    # The night goes below: an instruction is easier to take in without its bracket.
    title, _, night = ahead.ahead.partition(" (")
    details: tuple[str, ...] = (f"That is {night.removesuffix(')')}.",) if night else ()
    if past:
        details = (*details, past[-1].line.replace("From ", "Since ", 1))
    return Now(title=title, details=details, countdown=speaker.countdown(ahead.at))


def _medicine_today(situation: Situation, speaker: Speaker) -> Now | None:
    if situation.medicine_on is None or speaker.today < situation.medicine_on:
        return None
    return Now(
        title="Follow your medicine plan today", details=("It is on this page, as a doctor signed it.",)
    )


def _answer(situation: Situation, speaker: Speaker) -> Now | None:
    if not situation.unanswered:
        return None
    return Now(
        title=f"Tell us if you are coming on {speaker.say(situation.booking.start, 'day')}",
        details=(f"You are due at {situation.place} on {speaker.at(situation.booking.arrive_at)}.",),
    )
