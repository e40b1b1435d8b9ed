"""
A year of a network of clinics: booked, moved, signed, cancelled, treated; planned and sent by the product itself.

Simulated time, a real database, a carrier that is sometimes in trouble. The same seed gives the same year.
"""

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from django.db import transaction

from cryoclinic.demo.clinic import Clinic, furnish
from cryoclinic.demo.furniture import BACK, KIDNEY, SKIN
from cryoclinic.demo.pace import Pace
from cryoclinic.demo.preparing import record_qualification, record_usual_evidence, sign_all
from cryoclinic.demo.registry import register_one
from cryoclinic.soak.network import KIDNEY_VALUES, persona, sites
from notifications.codes import ContactState
from notifications.models import Communication, ContactPoint
from notifications.operations import mark_contact_point
from scheduling.codes import AnswerCode, CancellationReason
from scheduling.models import Appointment, Patient, ProcedureOffering
from scheduling.operations import (
    Actor,
    SlotTaken,
    TransitionRefused,
    book_appointment,
    cancel_appointment,
    mark_arrived,
    move_appointment,
    record_answer,
    record_end,
    record_evidence,
)
from scheduling.operations.slots import find_slots

FIRST_DAY = dt.datetime(2027, 1, 1, tzinfo=dt.UTC)
DAYS = 365
_DAY, _HOUR = dt.timedelta(days=1), dt.timedelta(hours=1)
# What a booking with all that follows sends, roughly; the year is filled by it.
MESSAGES_PER_BOOKING = 8
_PROCEDURES = (KIDNEY, KIDNEY, SKIN, BACK)
# What happens to a booking, and the share of bookings to which it does.
_FATES: Mapping[str, float] = {
    "sign": 0.9,
    "answer": 0.5,
    "move": 0.2,
    "move_again": 0.06,
    "cancel": 0.12,
    "opt_out": 0.02,
    "bounce": 0.02,
}
Watch = Callable[[dt.datetime, "Year"], None]


@dataclass(order=True, slots=True)
class _Event:
    at: dt.datetime
    number: int
    what: str = field(compare=False)
    appointment: int = field(compare=False)


@dataclass(kw_only=True, slots=True)
class Year:
    """The course of one year: what is ahead, and what has been done how often."""

    chance: random.Random
    clinic: Clinic
    pace: Pace
    done: Counter[str] = field(default_factory=Counter)
    _ahead: list[_Event] = field(default_factory=list)
    _numbers: int = 0

    def live(self, *, messages: int, watch: Watch) -> None:
        """Live until the year is over and `watch` has looked on at every month's end."""
        bookings = max(1, messages // MESSAGES_PER_BOOKING)
        moments = sorted(self.chance.uniform(0, DAYS) for _ in range(bookings))
        next_look = FIRST_DAY + 30 * _DAY
        for moment in moments:
            at = FIRST_DAY + moment * _DAY
            while at >= next_look:
                self._until(next_look)
                watch(next_look, self)
                next_look += 30 * _DAY
            self._until(at)
            self._book()
        end = FIRST_DAY + (DAYS + 90) * _DAY
        self._until(end)
        self.pace.settle()
        watch(end, self)

    def _until(self, moment: dt.datetime) -> None:
        while self._ahead and self._ahead[0].at <= moment:
            event = self._ahead.pop(0)
            self.pace.reach(event.at)
            self._happen(event)
        self.pace.reach(moment)

    def _happen(self, event: _Event) -> None:
        appointment = Appointment.objects.with_facts().get(pk=event.appointment)
        try:
            getattr(self, f"_{event.what}")(appointment)
        except (SlotTaken, TransitionRefused):
            self.done["refused"] += 1
            return
        self.done[event.what] += 1
        self.pace.settle()

    def _plan_event(self, what: str, appointment: Appointment, at: dt.datetime) -> None:
        self._numbers += 1
        self._ahead.append(_Event(at=at, number=self._numbers, what=what, appointment=appointment.pk))
        self._ahead.sort()

    # --- what happens ----------------------------------------------------------------------------------

    def _book(self) -> None:
        now, chance = self.pace.now, self.chance
        self._numbers += 1
        site = chance.choice([site.name for site in sites()])
        offering = self.clinic.offerings[site, chance.choice(_PROCEDURES)]
        who = persona(self._numbers, chance=chance, today=now.date())
        with transaction.atomic():
            patient = register_one(who, organization=self.clinic.organization, now=now)
            record_qualification(patient=patient, offering=offering, by=self.clinic.people["nora"], now=now)
        start = self._free(offering, after=now + chance.uniform(1.5, 40) * _DAY)
        if start is None:
            self.done["full"] += 1
            return
        appointment = book_appointment(
            offering=offering,
            patient=patient,
            start=start,
            now=now,
            by=self._staff,
            override_reason="Agreed.",
        )
        self.done["book"] += 1
        self.pace.settle()
        for what, at in self._fates(appointment):
            self._plan_event(what, appointment, at)

    def _fates(self, appointment: Appointment) -> Iterator[tuple[str, dt.datetime]]:
        now, start = self.pace.now, appointment.start
        for what, share in _FATES.items():
            if self.chance.random() < share:
                yield what, now + (start - now) * self.chance.uniform(0.01, 0.97)
        yield "arrive", start
        yield "end", start + 3 * _HOUR

    def _sign(self, appointment: Appointment) -> None:
        nora, now = self.clinic.people["nora"], self.pace.now
        today = now.astimezone(appointment.location.tz).date()
        record_usual_evidence(appointment=appointment, by=nora, now=now)
        for item, value in KIDNEY_VALUES.items():
            record_evidence(
                patient=appointment.patient, item=item, done_on=today, value=value, now=now, recorded_by=nora
            )
        sign_all(appointment=appointment, by=self.clinic.people["cleo"], now=now)

    def _answer(self, appointment: Appointment) -> None:
        record_answer(
            appointment=appointment, question="confirm", answer=AnswerCode.ACCEPTED, now=self.pace.now
        )

    def _move(self, appointment: Appointment) -> None:
        start = self._free(appointment.offering, after=self.pace.now + self.chance.uniform(1, 30) * _DAY)
        if start is None or start == appointment.start:
            return
        moved = move_appointment(
            appointment=appointment, start=start, now=self.pace.now, by=self._staff, override_reason="Agreed."
        )
        self._plan_event("arrive", moved, start)
        self._plan_event("end", moved, start + 3 * _HOUR)

    _move_again = _move

    def _cancel(self, appointment: Appointment) -> None:
        reason = self.chance.choice((CancellationReason.PATIENT, CancellationReason.PATIENT_ADMITTED))
        cancel_appointment(appointment=appointment, reason=reason, now=self.pace.now, by=self._staff)

    def _opt_out(self, appointment: Appointment) -> None:
        self._lose_address(appointment.patient, appointment.patient.phone, ContactState.OPTED_OUT)

    def _bounce(self, appointment: Appointment) -> None:
        self._lose_address(appointment.patient, appointment.patient.email, ContactState.BOUNCED)

    def _lose_address(self, patient: Patient, value: str, state: ContactState) -> None:
        for point in ContactPoint.objects.filter(organization=patient.organization, value=value):
            mark_contact_point(point=point, state=state, now=self.pace.now)

    def _arrive(self, appointment: Appointment) -> None:
        if appointment.start <= self.pace.now:
            mark_arrived(appointment=appointment, now=self.pace.now, by=self._staff)

    def _end(self, appointment: Appointment) -> None:
        if appointment.start < self.pace.now - 2 * _HOUR:
            record_end(
                appointment=appointment,
                began_at=appointment.start,
                ended_at=self.pace.now,
                now=self.pace.now,
                by=self._staff,
            )

    @property
    def _staff(self) -> Actor:
        return Actor(user=self.clinic.people["sam"], may_override=True)

    def _free(self, offering: ProcedureOffering, *, after: dt.datetime) -> dt.datetime | None:
        found = find_slots(
            offering=offering, first=after, until=after + 20 * _DAY, limit=1, now=self.pace.now
        )
        return found[0].start if found else None


def year_of(*, seed: int, grain: dt.timedelta) -> Year:
    """Open the clinics two months before the first day; `grain` is how long after a message is due the worker looks."""
    opened_at = FIRST_DAY - 60 * _DAY
    with transaction.atomic():
        clinic = furnish(now=opened_at, sites=sites())
    return Year(
        chance=random.Random(seed),  # noqa: S311 - the same year in every run
        clinic=clinic,
        pace=Pace(now=FIRST_DAY, grain=grain),
    )


def messages_sent() -> int:
    """Return how many messages have left."""
    return Communication.objects.filter(status="completed").count()
