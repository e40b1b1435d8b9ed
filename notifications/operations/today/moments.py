"""The times that matter, in order; what to do now, what comes next, and the days they are on."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from notifications.operations.today.saying import Speaker
from notifications.operations.today.values import Clock, Day, Now
from notifications.operations.today.words import Stop
from notifications.planning import Booking
from procedures.steps import FactValue
from scheduling.codes import AppointmentStatus

# [ops] From here on food and drink are what the page opens with.
FOOD_FIRST_WITHIN = dt.timedelta(hours=48)
# In the order in which they come before a visit.
STOPS = (
    "liquid_diet_from",
    "solids_stop",
    "formula_stop",
    "breast_milk_stop",
    "clear_liquids_stop",
)
# Whose plan the reader reads: their own, their child's, or that of somebody they help.
Whose = Literal["own", "child", "other"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """
    A time that matters: `ahead` is the sentence before it, `line` what it is called on its day.

    `night` is the night an end of food or drink is in, and `since` what holds once it has passed.
    """

    at: dt.datetime
    ahead: str
    line: str
    night: str = ""
    since: str = ""
    is_food: bool = False
    is_medicine: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Situation:
    """What the present is judged by. `unanswered` and `calls_now` are the patient's; `whose` the plan is."""

    booking: Booking
    status: str
    place: str
    phone: str
    whose: Whose
    moments: tuple[Moment, ...]
    unanswered: bool
    medicine_on: dt.date | None
    calls_now: bool


def moments_of(
    *, booking: Booking, stops: Mapping[str, dt.datetime], place: str, whose: Whose,
    medicine_on: dt.date | None, speaker: Speaker,
) -> tuple[Moment, ...]:  # fmt: skip
    """Return what is ahead or past, in the order of time. `stops` are the fasting times that may be told."""
    words = speaker.words.now
    arrive, start = booking.arrive_at, booking.start
    found = [_stop(name, at, whose=whose, speaker=speaker) for name, at in stops.items()]
    found.append(
        Moment(
            at=arrive,
            ahead=speaker.put(words.come, place=place, at=speaker.at(arrive)),
            line=_line(words.come_at, speaker, place=place, time=speaker.at(arrive, "time")),
        )
    )
    found.append(
        Moment(
            at=start,
            ahead=speaker.put(words.begins, at=speaker.at(start)),
            line=_line(words.begins_at, speaker, time=speaker.at(start, "time")),
        )
    )
    if medicine_on is not None:
        found.append(
            Moment(
                at=dt.datetime.combine(medicine_on, dt.time(), tzinfo=booking.zone),
                ahead=speaker.put(words.medicine_step, day=speaker.say(medicine_on)),
                line=words.medicine_begins,
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
    words = speaker.words.now
    return tuple(
        Clock(
            name=_words_of(name, speaker).name,
            time=speaker.end_time(at),
            until=speaker.put(words.clock_end, until=speaker.at(at, "until")),
            word=words.allowed if speaker.now < at else words.not_any_more,
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
    day = speaker.say(_day(first, speaker), "until")
    return Now(title=speaker.put(speaker.words.now.nothing_until, day=day))


def next_of(situation: Situation, *, now: Now, speaker: Speaker) -> str:
    """Return the sentence for the first time ahead that the instruction does not already name."""
    said = (now.title, *now.details)
    ahead = next((moment for moment in _ahead(situation, speaker) if moment.ahead not in said), None)
    if ahead is None:
        return ""
    return f"{ahead.ahead} ({ahead.night})" if ahead.night else ahead.ahead


def days_of(situation: Situation, *, speaker: Speaker) -> tuple[Day, ...]:
    """Return the days on which something is, each with its lines in order."""
    ordered = sorted(situation.moments, key=lambda m: (_day(m, speaker), m.at))
    return tuple(
        Day(
            title=_day_title(day, speaker),
            is_today=day == speaker.today,
            lines=tuple(moment.line for moment in those),
        )
        for day, those in groupby(ordered, key=lambda moment: _day(moment, speaker))
    )


def _stop(name: str, at: dt.datetime, *, whose: Whose, speaker: Speaker) -> Moment:
    words, stop = speaker.words.now, _words_of(name, speaker)
    ahead = {"own": stop.ahead, "child": stop.ahead_for_child, "other": stop.ahead_for_them}[whose]
    time = speaker.end_time(at)
    return Moment(
        at=at,
        ahead=speaker.put(ahead, until=speaker.at(at, "end")),
        line=_line(words.from_then, speaker, time=time, after=stop.after),
        night=speaker.night(at),
        since=_line(words.since_then, speaker, time=time, after=stop.after),
        is_food=True,
    )


def _words_of(name: str, speaker: Speaker) -> Stop:
    stop: Stop = getattr(speaker.words.now.stops, name)
    return stop


def _line(template: str, speaker: Speaker, **facts: str) -> str:
    return speaker.heading(speaker.put(template, **facts))


def _day_title(day: dt.date, speaker: Speaker) -> str:
    name = speaker.say(day, "name")
    if day == speaker.today:
        return speaker.put(speaker.words.now.today, day=name)
    return speaker.heading(name)


def _day(moment: Moment, speaker: Speaker) -> dt.date:
    return speaker.end_day(moment.at) if moment.is_food else moment.at.astimezone(speaker.zone).date()


def _ahead(situation: Situation, speaker: Speaker) -> list[Moment]:
    return [moment for moment in situation.moments if moment.at > speaker.now]


def _call_now(situation: Situation, speaker: Speaker) -> Now | None:
    if not situation.calls_now:
        return None
    words = speaker.words.now
    return Now(
        title=speaker.put(words.call_now, phone=situation.phone), details=(words.medicines_void,), call=True
    )


def _under_way(situation: Situation, speaker: Speaker) -> Now | None:
    booking, now, words = situation.booking, speaker.now, speaker.words.now
    if situation.status == AppointmentStatus.ARRIVED:
        return Now(title=words.with_us if situation.whose == "own" else words.with_us_for_them)
    if now >= booking.planned_end:
        return Now(
            title=speaker.put(words.call_about, phone=situation.phone),
            details=(speaker.put(words.was_due, at=speaker.at(booking.start)),),
            call=True,
        )
    if now >= booking.arrive_at:
        due = speaker.at(booking.arrive_at, "time")
        return Now(
            title=speaker.put(words.come_now, place=situation.place),
            details=(speaker.put(words.late, time=due, phone=situation.phone),),
        )
    return None


def _eating(situation: Situation, speaker: Speaker) -> Now | None:
    words = speaker.words.now
    stops = [moment for moment in situation.moments if moment.is_food]
    if not stops or stops[0].at - speaker.now > FOOD_FIRST_WITHIN:
        return None
    past = [moment for moment in stops if moment.at <= speaker.now]
    if len(past) == len(stops):
        arrive = situation.booking.arrive_at
        return Now(
            title=words.no_food_or_drink if len(stops) > 1 else words.no_food,
            details=(speaker.put(words.come, place=situation.place, at=speaker.at(arrive)),),
            countdown=speaker.countdown(arrive),
        )
    ahead = stops[len(past)]
    # The night goes below: an instruction is easier to take in without its bracket.
    details = (speaker.put(words.that_is_night, night=ahead.night),) if ahead.night else ()
    if past:
        details = (*details, past[-1].since)
    return Now(title=ahead.ahead, details=details, countdown=speaker.countdown(ahead.at))


def _medicine_today(situation: Situation, speaker: Speaker) -> Now | None:
    if situation.medicine_on is None or speaker.today < situation.medicine_on:
        return None
    words = speaker.words.now
    return Now(title=words.follow_medicines, details=(words.follow_medicines_why,))


def _answer(situation: Situation, speaker: Speaker) -> Now | None:
    if not situation.unanswered:
        return None
    words, booking = speaker.words.now, situation.booking
    due = speaker.put(words.you_are_due, place=situation.place, at=speaker.at(booking.arrive_at))
    return Now(
        title=speaker.put(words.tell_us, day=speaker.say(booking.start, "day")),
        details=(due,),
    )
