"""How the page says a time: the clinic's clock, with its city where the reader lives by another."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from notifications.operations.today.values import Clinic
from procedures.steps import FactValue
from procedures.wording import Medium, fill, phone, say
from procedures.wording.calendar import last_minute_before
from scheduling.models import Appointment

# The page's own sentences are in this language; signed words and a protocol's texts may be in others.
PAGE_LANGUAGE = "en"
IN_MINUTES_BELOW = dt.timedelta(hours=1)
IN_DAYS_FROM = dt.timedelta(hours=48)


@dataclass(frozen=True, kw_only=True, slots=True)
class Speaker:
    """Says values at one moment: `now` is aware, `zone` the clinic's, `reader_zone` where the reader lives."""

    now: dt.datetime
    zone: ZoneInfo
    reader_zone: ZoneInfo
    facts: Mapping[str, FactValue]

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
            value, medium=Medium.FULL, zone=self.zone, today=self.today, spec=spec, language=PAGE_LANGUAGE
        )

    def at(self, instant: dt.datetime, spec: str = "") -> str:
        """Return an instant in words, with the clinic's city if the reader lives by another clock."""
        said = self.say(instant, spec)
        return f"{said} in {self.city}" if self.is_abroad and spec not in {"day", "date"} else said

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
            return f"in {left // unit} days"
        unit = dt.timedelta(minutes=1) if left < IN_MINUTES_BELOW else dt.timedelta(hours=1)
        return f"in {self.say(left // unit * unit)}"

    def fill(self, template: str, *, language: str) -> str:
        """
        Return a protocol's text with its facts.

        :raises UnknownPlaceholder: if it asks for a fact this patient does not have
        """
        return fill(
            template,
            facts=self.facts,
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
