"""
How a row's number becomes a last dose: days, doses, hours, doses or hours, doses of the day.

Pure: no framework, no database, no clock.
"""

import datetime as dt
from itertools import islice

from procedures.preparation.clock import Start
from procedures.preparation.plan import HoldOption
from procedures.preparation.rule_rows import HoldRow
from procedures.preparation.schedule import Dose, Schedule

NOON = dt.time(12)  # The morning of the procedure ends here [ops].


def days_option(*, days: int, schedule: Schedule, start: Start) -> HoldOption:
    """Return a hold of `days` whole days before D0 without a dose, and none on D0 before the start; 0 means D0 only."""
    return HoldOption(hold_days=days, last_dose_on=schedule.last_day(start.days_before(days + 1)))


def doses_option(*, doses: int, schedule: Schedule, start: Start) -> HoldOption:
    """Return a hold of the `doses` scheduled doses at or before the start that are nearest to it."""
    backwards = schedule.backwards(until=start.instant, start=start)
    last = next(islice(backwards, doses, None))
    return _doses_to(doses=doses, last=last, start=start)


def hours_option(*, hours: int, schedule: Schedule, start: Start) -> HoldOption:
    """Return a hold that leaves at least `hours` elapsed hours between the last scheduled dose and the start."""
    until = start.instant - dt.timedelta(hours=hours)
    last = start.local(next(schedule.backwards(until=until, start=start)).instant)
    return HoldOption(hold_hours=hours, last_dose_on=last.date(), last_dose_at=last)


def infusion_option(*, hours: int, start: Start) -> HoldOption:
    """Return an infusion that stops exactly `hours` elapsed hours before the start."""
    last = start.hours_before(hours)
    return HoldOption(hold_hours=hours, last_dose_on=last.date(), last_dose_at=last)


def doses_or_hours_option(*, doses: int, hours: int, schedule: Schedule, start: Start) -> HoldOption:
    """
    Return the fewest doses that also leave `hours` elapsed hours since the last one.

    At least `doses` of them for a drug given twice a day or more often, else at least one.
    """
    fewest = doses if schedule.doses_a_day > 1 else 1
    latest = start.instant - dt.timedelta(hours=hours)
    backwards = enumerate(schedule.backwards(until=start.instant, start=start))
    skipped, last = next((n, dose) for n, dose in backwards if n >= fewest and dose.instant <= latest)
    return _doses_to(doses=skipped, last=last, start=start)


def morning_doses(*, schedule: Schedule, start: Start) -> list[Dose]:
    """Return the doses scheduled on D0 before noon local time, or at or before the start, earliest first."""
    day = schedule.on_day(day=start.day, start=start)
    return [dose for dose in day if dose.at < NOON or dose.instant <= start.instant]


def morning_doses_option(*, schedule: Schedule, start: Start) -> HoldOption | None:
    """Return a hold of the doses that `morning_doses` names; None when there are none and nothing is withheld."""
    withheld = morning_doses(schedule=schedule, start=start)
    if not withheld:
        return None
    before = schedule.backwards(until=withheld[0].instant, start=start)
    last = next(dose for dose in before if dose.instant < withheld[0].instant)
    return _doses_to(doses=len(withheld), last=last, start=start)


def row_options(*, row: HoldRow, schedule: Schedule, start: Start) -> tuple[HoldOption, ...] | None:
    """
    Return the two ends of the row's range, one option where they are the same.

    None when the row needs dose times and there are none.
    """
    if row.needs_dose_times and not schedule.has_times:
        return None
    if row.kind == "doses_or_hours":
        return (
            doses_or_hours_option(doses=row.minimum, hours=row.hours_between, schedule=schedule, start=start),
        )
    return tuple(
        number_option(row=row, number=number, schedule=schedule, start=start) for number in row.numbers
    )


def number_option(*, row: HoldRow, number: int, schedule: Schedule, start: Start) -> HoldOption:
    """Return the hold of `number` in the unit of a row of days, doses or hours."""
    if row.kind == "days":
        return days_option(days=number, schedule=schedule, start=start)
    if row.kind == "doses":
        return doses_option(doses=number, schedule=schedule, start=start)
    if row.infusion:
        return infusion_option(hours=number, start=start)
    return hours_option(hours=number, schedule=schedule, start=start)


def _doses_to(*, doses: int, last: Dose, start: Start) -> HoldOption:
    last_dose_at = start.local(last.instant)
    return HoldOption(hold_doses=doses, last_dose_on=last_dose_at.date(), last_dose_at=last_dose_at)
