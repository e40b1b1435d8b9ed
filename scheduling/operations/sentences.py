"""A first wording of what a clinician may sign about a medicine, in the reader's language; changed as needed."""

import datetime as dt
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from procedures.preparation import Medication
from procedures.preparation.clock import start_at
from procedures.preparation.schedule import Schedule, schedule_of
from procedures.wording import Language, Medium, en, in_language, say
from procedures.wording.medicines import MedicineSentences, medicine_sentences
from scheduling.codes import BY_PHONE, IN_ITS_OWN_WORDS, DecisionKind, RestartKind
from scheduling.models import Appointment, MedicationStatement

# Named one by one, more days than these are hard to follow.
DAYS_NAMED_AT_MOST = 6
FORMS = ("tablet", "capsule")
# An example that comes out even says more than a share of a hundred.
EXAMPLE_OF, EVEN = 20, 5


@dataclass(frozen=True, kw_only=True, slots=True)
class _Speaker:
    """Says days and times of one place in one language, as of one date there."""

    code: str
    zone: ZoneInfo
    today: dt.date

    @property
    def sentences(self) -> MedicineSentences:
        return medicine_sentences(self.code)

    @property
    def words(self) -> Language:
        return in_language(self.code)

    def say(self, value: dt.date, spec: str = "") -> str:
        return say(value, medium=Medium.FULL, zone=self.zone, today=self.today, spec=spec, language=self.code)

    def part_of_day(self, moment: dt.datetime | None) -> str:
        """Return ", in the evening"; noon and the hour after 0:00, which have no part of their own, by the clock."""
        if moment is None:
            return ""
        local = moment.astimezone(self.zone)
        if (local.hour, local.minute) == (12, 0) or local.hour == 0:
            return self.sentences.at_time.format(time=self.words.clock(local.time(), short=False))
        parts = zip(en.DAY_PARTS, self.sentences.parts_of_day, strict=True)
        return next(words for (first_hour, _), words in parts if local.hour >= first_hour)


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
    language: str = "en",
) -> str:
    """
    Return words to start from: the name on the box, the last dose, each day without, who says when to go on.

    `last_dose_on` and `today` are dates of the location, `last_dose_at` and `dose_at` are aware. To phone instead
    there are no words. Reads the patient's medicines and the location.

    :raises NoWording: if we do not speak `language`
    """
    entries = [each for each in appointment.patient.medications.all() if each.active and each.drug == drug]
    name = _name(drug, entries)
    speaker = _Speaker(code=language, zone=appointment.location.tz, today=today)
    if kind == DecisionKind.CONTINUE:
        return f"{name}. {speaker.sentences.go_on}"
    if kind == DecisionKind.REDUCE and dose_percent is not None:
        return (
            f"{name}. {_part_of_dose(dose_percent, dose_at, speaker=speaker)} {speaker.sentences.usual_again}"
        )
    if kind in BY_PHONE or last_dose_on is None:
        return ""
    held = _held(entries, appointment=appointment, on=last_dose_on, at=last_dose_at, speaker=speaker)
    return f"{name}. {held}"


def proposed_restart(
    *,
    appointment: Appointment,
    drug: str,
    kind: RestartKind,
    today: dt.date,
    restart_at: dt.datetime | None = None,
    was_reduced: bool = False,
    language: str = "en",
) -> str:
    """
    Return words to start from about taking a medicine again, or not; none where it cannot be said yet.

    `restart_at` is aware, `today` a date of the location.

    :raises NoWording: if we do not speak `language`
    """
    name = _name(drug, [each for each in appointment.patient.medications.all() if each.drug == drug])
    speaker = _Speaker(code=language, zone=appointment.location.tz, today=today)
    if kind == RestartKind.STAY_OFF:
        return f"{name}. {speaker.sentences.stay_off}"
    if kind == RestartKind.ASK_AGAIN or restart_at is None:
        return ""
    again = speaker.sentences.again_usual if was_reduced else speaker.sentences.again
    return f"{name}. {again.format(moment=speaker.say(restart_at))}"


def _held(
    entries: list[MedicationStatement],
    *,
    appointment: Appointment,
    on: dt.date,
    at: dt.datetime | None,
    speaker: _Speaker,
) -> str:
    """Say the last dose, the days without, and who says when to start again."""
    start = start_at(instant=appointment.start, zone=speaker.zone)
    schedule = schedule_of([_as_medication(entry) for entry in entries]) if entries else None
    doses = schedule.on_day(day=on, start=start) if schedule is not None else []
    last = at or (doses[-1].instant if doses else None)
    words = speaker.sentences
    form, part = words.forms[_form(entries)], speaker.part_of_day(last)
    sentences = [words.last.format(form=form, day=speaker.say(on), part=part)]
    if last is not None and any(dose.instant > last for dose in doses):
        sentences.append(words.no_more_that_day)
    sentences.append(_days_without(on, start.day, schedule=schedule, speaker=speaker))
    return " ".join([*sentences, words.restart])


def _part_of_dose(percent: int, dose_at: dt.datetime | None, *, speaker: _Speaker) -> str:
    words, when = speaker.sentences, speaker.sentences.before_treatment
    if dose_at is not None:
        day = speaker.say(dose_at.astimezone(speaker.zone).date())
        when = words.on_day.format(day=day, part=speaker.part_of_day(dose_at))
    said = words.part_of_dose.format(percent=percent, when=when)
    if percent % EVEN:
        return said
    return f"{said} {words.example.format(less=EXAMPLE_OF * percent // 100, full=EXAMPLE_OF)}"


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


def _days_without(last: dt.date, visit: dt.date, *, schedule: Schedule | None, speaker: _Speaker) -> str:
    """Name each day without the medicine; of one taken on some weekdays only, that none follows."""
    words = speaker.sentences
    days = [last + dt.timedelta(days=count) for count in range(1, (visit - last).days + 1)]
    daily = schedule is None or len(schedule.days) == len(en.WEEKDAYS)
    if not days or not daily:
        return words.none_after
    if len(days) > DAYS_NAMED_AT_MOST:
        first, final = (speaker.say(day, "until") for day in (days[0], days[-1]))
        return words.none_between.format(first=first, final=final)
    *names, final = [words.weekdays[day.weekday()] for day in days]
    return words.none_on.format(days=f"{', '.join(names)}{words.last_joint}{final}" if names else final)
