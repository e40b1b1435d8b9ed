"""
By when each thing must be there, from the fact it protects.

Pure. A deadline is the last open moment before the patient must know: the location's buffer of days before the
first thing they do.
"""

import datetime as dt
from collections.abc import Iterable

from procedures.preparation import Hold, HoldOption
from scheduling.readiness.hours import last_open_before, open_days_before
from scheduling.readiness.values import Situation

# A call to patients three working days ahead cut cancellations on the day by half (Haufler and Harrington, AORN J 2011).
ANSWER_OPEN_DAYS = 3


def first_step_at(situation: Situation) -> dt.datetime:
    """Return when the patient first does something for the day: stops eating or drinking, or sets out."""
    fasting = situation.plan.fasting if situation.plan is not None else None
    return min([situation.arrive_at, *(fasting.stops if fasting is not None else ())])


def general_deadline(situation: Situation) -> dt.datetime:
    """Return by when papers and results must be there: while the patient can still hear in time that they are not."""
    return _open(_days_earlier(first_step_at(situation), situation), situation)


def answer_deadline(situation: Situation) -> dt.datetime:
    """Return by when the patient should have answered: so that a place that gets free can still be used."""
    day = situation.start.astimezone(situation.zone).date()
    closes = open_days_before(
        day, count=ANSWER_OPEN_DAYS, periods=situation.open_periods, zone=situation.zone
    )
    return general_deadline(situation) if closes is None else min(closes, general_deadline(situation))


def signing_deadline(hold: Hold, situation: Situation) -> dt.datetime:
    """Return by when a clinician must have decided: the buffer of days before the day of the earliest last dose."""
    days = [option.last_dose_on for option in hold.candidates if option.last_dose_on is not None]
    if not days:
        return general_deadline(situation)
    begins = dt.datetime.combine(min(days), dt.time(), tzinfo=situation.zone)
    return min(_open(_days_earlier(begins, situation), situation), general_deadline(situation))


def last_chance_at(holds: Iterable[Hold], situation: Situation) -> dt.datetime | None:
    """
    Return when the first of these medicines can no longer be stopped in time; None if that cannot be known.

    A medicine is lost when the last of its proposed last doses has been taken.
    """
    lost = [
        max(_taken_at(option, situation) for option in hold.candidates)
        for hold in holds
        if hold.candidates and all(option.last_dose_on is not None for option in hold.candidates)
    ]
    return min(lost, default=None)


def _taken_at(option: HoldOption, situation: Situation) -> dt.datetime:
    """A last dose named by its day alone is over when the day is."""
    if option.last_dose_at is not None:
        return option.last_dose_at
    day = option.last_dose_on or situation.start.astimezone(situation.zone).date()
    return dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), tzinfo=situation.zone)


def _days_earlier(moment: dt.datetime, situation: Situation) -> dt.datetime:
    local = moment.astimezone(situation.zone)
    return local - dt.timedelta(days=situation.buffer_days)


def _open(moment: dt.datetime, situation: Situation) -> dt.datetime:
    return last_open_before(moment, periods=situation.open_periods)
