"""A first wording of what a clinician may sign about a medicine. English; the clinician changes it as needed."""

import datetime as dt
from zoneinfo import ZoneInfo

from procedures.preparation import Medication
from procedures.preparation.clock import start_at
from procedures.preparation.schedule import Schedule, schedule_of
from procedures.wording import Medium, en, say
from scheduling.codes import BY_PHONE, IN_ITS_OWN_WORDS, DecisionKind, RestartKind
from scheduling.models import Appointment, MedicationStatement

# Named one by one, more days than these are hard to follow.
DAYS_NAMED_AT_MOST = 6
FORMS = ("tablet", "capsule")
RESTART = "We will tell you after the treatment when to start again."
USUAL_AGAIN = "We will tell you after the treatment when to take your usual dose again."
# An example that comes out even says more than a share of a hundred.
EXAMPLE_OF, EVEN = 20, 5


def proposed_sentence(
    *,
    appointment: Appointment,
    drug: str,
    kind: DecisionKind,
    today: dt.date,
    last_dose_on: dt.date | None = None,
    last_dose_at: dt.datetime | None = None,
    dose_percent: int | None = None,
    dose_at: dt.datetime | None = None,
) -> str:
    """
    Return words to start from: the name on the box, the last dose, each day without, who says when to go on.

    `last_dose_on` and `today` are dates of the location, `last_dose_at` and `dose_at` are aware. To phone instead
    there are no words. Reads the patient's medicines and the location.
    """
    entries = [each for each in appointment.patient.medications.all() if each.active and each.drug == drug]
    name = _name(drug, entries)
    if kind == DecisionKind.CONTINUE:
        return f"{name}. Go on as now."
    zone = appointment.location.tz
    if kind == DecisionKind.REDUCE and dose_percent is not None:
        return f"{name}. {_part_of_dose(dose_percent, dose_at, zone=zone, today=today)} {USUAL_AGAIN}"
    if kind in BY_PHONE or last_dose_on is None:
        return ""
    start = start_at(instant=appointment.start, zone=zone)
    schedule = schedule_of([_as_medication(entry) for entry in entries]) if entries else None
    doses = schedule.on_day(day=last_dose_on, start=start) if schedule is not None else []
    last = last_dose_at or (doses[-1].instant if doses else None)
    day = say(last_dose_on, medium=Medium.FULL, zone=zone, today=today)
    sentences = [f"{name}.", f"Take your last {_form(entries)} on {day}{_part_of_day(last, zone)}."]
    if last is not None and any(dose.instant > last for dose in doses):
        sentences.append("Take no more that day.")
    sentences.append(_days_without(last_dose_on, start.day, schedule=schedule, zone=zone, today=today))
    return " ".join([*sentences, RESTART])


def proposed_restart(
    *,
    appointment: Appointment,
    drug: str,
    kind: RestartKind,
    today: dt.date,
    restart_at: dt.datetime | None = None,
    was_reduced: bool = False,
) -> str:
    """
    Return words to start from about taking a medicine again, or not; none where it cannot be said yet.

    `restart_at` is aware, `today` a date of the location.
    """
    name = _name(drug, [each for each in appointment.patient.medications.all() if each.drug == drug])
    if kind == RestartKind.STAY_OFF:
        return f"{name}. Do not take it again until a doctor tells you to."
    if kind == RestartKind.ASK_AGAIN or restart_at is None:
        return ""
    zone = appointment.location.tz
    moment = say(restart_at, medium=Medium.FULL, zone=zone, today=today)
    again = "Take your usual dose again" if was_reduced else "Take it again, as before,"
    return f"{name}. {again} from {moment}."


def _part_of_dose(percent: int, dose_at: dt.datetime | None, *, zone: ZoneInfo, today: dt.date) -> str:
    when = " before your treatment"
    if dose_at is not None:
        day = say(dose_at.astimezone(zone).date(), medium=Medium.FULL, zone=zone, today=today)
        when = f" on {day}{_part_of_day(dose_at, zone)}"
    example = f" For example, {EXAMPLE_OF * percent // 100} units in place of {EXAMPLE_OF}."
    return f"Take {percent}% of your usual dose{when}.{'' if percent % EVEN else example}"


def _name(drug: str, entries: list[MedicationStatement]) -> str:
    written = next((entry.as_written for entry in entries if entry.identity in IN_ITS_OWN_WORDS), "")
    if written:
        return written
    brand = next((entry.brand for entry in entries if entry.brand), "")
    return f"{brand} ({drug})" if brand else drug[:1].upper() + drug[1:]


def _form(entries: list[MedicationStatement]) -> str:
    said = " ".join(entry.form.lower() for entry in entries)
    return next((form for form in FORMS if form in said), "dose")


def _as_medication(entry: MedicationStatement) -> Medication:
    times = tuple(dt.time.fromisoformat(text) for text in sorted(entry.dose_times))
    return Medication(drug=entry.drug, dose_times=times, weekdays=tuple(entry.weekdays))


def _part_of_day(moment: dt.datetime | None, zone: ZoneInfo) -> str:
    if moment is None:
        return ""
    local = moment.astimezone(zone)
    if (local.hour, local.minute) == (12, 0) or local.hour == 0:
        return f", at {en.clock(local.time(), short=False)}"
    return ", " + next(words for first_hour, words in en.DAY_PARTS if local.hour >= first_hour)


def _days_without(
    last: dt.date, visit: dt.date, *, schedule: Schedule | None, zone: ZoneInfo, today: dt.date
) -> str:
    """Name each day without the medicine; of one taken on some weekdays only, that none follows."""
    days = [last + dt.timedelta(days=count) for count in range(1, (visit - last).days + 1)]
    daily = schedule is None or len(schedule.days) == len(en.WEEKDAYS)
    if not days or not daily:
        return "Take none after that until your treatment."
    if len(days) > DAYS_NAMED_AT_MOST:
        first, final = (say(day, medium=Medium.FULL, zone=zone, today=today) for day in (days[0], days[-1]))
        return f"Take none from {first} to {final}."
    *names, final = [en.weekday(day, short=False) for day in days]
    return f"Take none on {', '.join(names)} or {final}." if names else f"Take none on {final}."
