"""How the page says a time: the clinic's clock, with its city where the reader lives by another."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from notifications.operations.today.values import Clinic
from notifications.operations.today.words import PageWords, counted, put
from procedures.steps import FactValue
from procedures.wording import Forms, Medium, fill, night, phone, say
from procedures.wording.calendar import last_minute_before
from scheduling.models import Appointment

IN_MINUTES_BELOW = dt.timedelta(hours=1)
IN_DAYS_FROM = dt.timedelta(hours=48)


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaker:
    """
    Says values at one moment in the reader's language.

    `now` is aware, `zone` the clinic's, `reader_zone` where the reader lives. `words` are the page's own
    sentences; signed words and a protocol's texts may be in other languages. `procedure_in` names the treatment
    in one of them.
    """

    words: PageWords
    now: dt.datetime
    zone: ZoneInfo
    reader_zone: ZoneInfo
    facts: Mapping[str, FactValue]
    procedure_in: Callable[[str], str] | None = None

    @property
    def today(self) -> dt.date:
        """The date at the clinic."""
        return self.now.astimezone(self.zone).date()

    @property
    def city(self) -> str:
        """The clinic's city as its zone names it."""
        return self.zone.key.rpartition("/")[2].replace("_", " ")

    @property
    def is_abroad(self) -> bool:
        """Whether the reader's clock shows another time than the clinic's."""
        return self.now.astimezone(self.zone).utcoffset() != self.now.astimezone(self.reader_zone).utcoffset()

    def say(self, value: FactValue | dt.timedelta, spec: str = "") -> str:
        """Return a value in words, without a place."""
        return say(
            value,
            medium=Medium.FULL,
            zone=self.zone,
            today=self.today,
            spec=spec,
            language=self.words.language,
        )

    def at(self, instant: dt.datetime, spec: str = "") -> str:
        """Return an instant in words, with the clinic's city if the reader lives by another clock."""
        said = self.say(instant, spec)
        if not self.is_abroad or spec in {"day", "date", "name"}:
            return said
        return self.put(self.words.now.in_city, said=said, city=self.city)

    def night(self, instant: dt.datetime) -> str:
        """Return which night an end is in; nothing for an end by day."""
        return night(instant, zone=self.zone, language=self.words.language)

    def put(self, template: str, **facts: str) -> str:
        """Return one of the page's sentences with what belongs in it, as its language sets it."""
        return put(self.words, template, **facts)

    def counted(self, forms: Forms, count: int) -> str:
        """Return the form beside a number, the number in it."""
        return counted(self.words, forms, count)

    def heading(self, text: str) -> str:
        """Return a text with a capital first letter: names of days have none in most languages."""
        return text[:1].upper() + text[1:]

    def end_time(self, instant: dt.datetime) -> str:
        """Return the clock time of an end, never 0:00."""
        return self.at(last_minute_before(instant, zone=self.zone), "time")

    def end_day(self, instant: dt.datetime) -> dt.date:
        """Return the clinic's date on which an end is said."""
        return last_minute_before(instant, zone=self.zone).date()

    def countdown(self, instant: dt.datetime) -> str:
        """Return "in 6 hours", counted in elapsed time; nothing once it has passed."""
        left = instant.astimezone(dt.UTC) - self.now.astimezone(dt.UTC)
        if left < dt.timedelta(minutes=1):
            return ""
        if left >= IN_DAYS_FROM:
            unit = dt.timedelta(days=1)
        else:
            unit = dt.timedelta(minutes=1) if left < IN_MINUTES_BELOW else dt.timedelta(hours=1)
        return self.put(self.words.now.in_time, length=self.say(left // unit * unit))

    def fill(self, template: str, *, language: str) -> str:
        """
        Return a protocol's text with its facts.

        :raises UnknownPlaceholder: if it asks for a fact this patient does not have
        """
        facts = dict(self.facts)
        if self.procedure_in is not None and "procedure" in facts:
            facts["procedure"] = self.procedure_in(language)
        return fill(
            template,
            facts=facts,
            medium=Medium.FULL,
            zone=self.zone,
            language=language,
            today=self.today,
        )


def clinic_of(appointment: Appointment) -> Clinic:
    """Return whom to call about an appointment."""
    helpline = appointment.organization.helpline_at(appointment.location)
    return Clinic(
        name=appointment.organization.name,
        phone=helpline.phone,
        phone_said=phone(helpline.phone),
        phone_hours=helpline.phone_hours,
        emergency_number=helpline.emergency_number,
    )


def texts_known(clinic: Clinic) -> dict[str, FactValue]:
    """Return the facts every text may name."""
    return {
        "clinic": clinic.name,
        "phone": clinic.phone,
        "phone_hours": clinic.phone_hours,
        "emergency_number": clinic.emergency_number,
    }
