"""
Live through the weeks before now: every booking, change and message, each at its own simulated moment.

Everything goes through the product's own operations and its own dispatch; no row is made up.
"""

import datetime as dt
import heapq
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count

from cryoclinic.demo.clinic import Clinic
from cryoclinic.demo.furniture import LONDON, NEW_YORK
from cryoclinic.demo.pace import Pace
from cryoclinic.demo.people import Persona
from cryoclinic.demo.preparing import (
    record_qualification,
    record_usual_evidence,
    sign_all,
    sign_restarts,
)
from cryoclinic.demo.visits import Fate, Visit, start_of_search
from scheduling.codes import AnswerCode, CancellationReason
from scheduling.models import Appointment, Patient, ProcedureOffering, Task
from scheduling.operations import (
    Actor,
    book_appointment,
    cancel_appointment,
    complete_task,
    mark_arrived,
    mark_noshow,
    move_appointment,
    record_answer,
    record_end,
)
from scheduling.operations.follow_up_tasks import ask_for_follow_ups
from scheduling.operations.slots import Slot, find_slots
from scheduling.operations.tasks import FOLLOW_UP

# How long the simulated worker waited after the first message that was due [ops].
GRAIN = dt.timedelta(minutes=45)
SEARCHED = dt.timedelta(days=6)
REASONS = (CancellationReason.PATIENT, CancellationReason.PROVIDER, CancellationReason.EQUIPMENT)
_MINUTE, _HOUR, _DAY = dt.timedelta(minutes=1), dt.timedelta(hours=1), dt.timedelta(days=1)


@dataclass(order=True, frozen=True, slots=True)
class _Event:
    at: dt.datetime
    order: int
    act: Callable[[dt.datetime], object]


class Diary:
    """The events of some weeks in the order of time; what has not happened by `now` does not happen."""

    def __init__(self, *, clinic: Clinic, seed: int, opened_at: dt.datetime, now: dt.datetime) -> None:
        """`opened_at` and `now` are aware."""
        self.clinic = clinic
        self.now = now
        self.rng = random.Random(seed)  # noqa: S311 - nothing secret is drawn
        self.pace = Pace(now=opened_at, grain=GRAIN)
        self._events: list[_Event] = []
        self._order = count()

    def live(self, visits: Sequence[tuple[Visit, Patient]]) -> None:
        """Book the visits and let everything happen that has happened by now."""
        for visit, patient in visits:
            self._plan_booking(visit, patient)
        while self._events:
            event = heapq.heappop(self._events)
            self.pace.reach(event.at)
            event.act(event.at)
            self.pace.plan()
        self.pace.reach(self.now)
        self.pace.settle()
        self._follow_up()

    def _follow_up(self) -> None:
        """Make the calls after procedures that were due by now; later ones are for whoever opens the demonstration."""
        ask_for_follow_ups(now=self.now)
        asked = Task.objects.still_open().filter(about__startswith=FOLLOW_UP, due_at__lte=self.now)
        for task in asked:
            complete_task(
                task=task, by=self.clinic.people["nora"], outcome="Reached, and it is settled", now=self.now
            )

    def _at(self, moment: dt.datetime, act: Callable[[dt.datetime], object]) -> None:
        if self.pace.now <= moment < self.now:
            heapq.heappush(self._events, _Event(moment, next(self._order), act))

    def _plan_booking(self, visit: Visit, patient: Patient) -> None:
        offering = self._offering(visit.persona, visit.procedure)
        zone = offering.location.tz
        day = start_of_search(visit, today=self.now.astimezone(zone).date())
        clock = dt.time(self.rng.randint(9, 16), self.rng.choice((0, 10, 25, 40)))
        booked_at = dt.datetime.combine(day - visit.lead * _DAY, clock, tzinfo=zone)
        first = dt.datetime.combine(day, dt.time(), tzinfo=zone)
        self._at(booked_at, lambda now: self._book(visit, patient, offering, first=first, now=now))

    def _offering(self, persona: Persona, procedure: str) -> ProcedureOffering:
        return self.clinic.offerings[(NEW_YORK if persona.abroad else LONDON).name, procedure]

    def _book(
        self,
        visit: Visit,
        patient: Patient,
        offering: ProcedureOffering,
        *,
        first: dt.datetime,
        now: dt.datetime,
    ) -> None:
        target = next(iter(offering.procedure_type.targets), "")
        record_qualification(patient=patient, offering=offering, by=self.clinic.people["nora"], now=now)
        slot = self._slot(offering, patient, first=first, now=now, target=target)
        if slot is None:
            return
        appointment = book_appointment(
            offering=offering, patient=patient, start=slot.start, now=now, by=self._by("sam"), target=target
        )
        self._expect(visit, appointment, booked_at=now)

    def _expect(self, visit: Visit, appointment: Appointment, *, booked_at: dt.datetime) -> None:
        """Plan what follows a booking, according to its fate."""
        start, cleo, nora = appointment.start, self.clinic.people["cleo"], self.clinic.people["nora"]
        self._at(
            booked_at + 3 * _HOUR,
            lambda now: record_usual_evidence(appointment=appointment, by=nora, now=now),
        )
        if visit.fate is not Fate.UNSIGNED:
            self._at(booked_at + 5 * _HOUR, lambda now: sign_all(appointment=appointment, by=cleo, now=now))
        if self.rng.random() < 0.7:  # noqa: PLR2004 - most people answer
            self._at(booked_at + 7 * _HOUR, lambda now: self._answer(appointment, now=now))
        if visit.fate is Fate.CANCELLED:
            self._at(start - 3 * _DAY, lambda now: self._cancel(appointment, now=now))
        elif visit.fate is Fate.MOVED:
            self._at(start - 5 * _DAY, lambda now: self._move(visit, appointment, now=now))
        else:
            self._expect_day(visit, appointment)

    def _expect_day(self, visit: Visit, appointment: Appointment) -> None:
        start, length = appointment.start, appointment.planned_end - appointment.start
        if visit.fate is Fate.MISSED:
            self._at(start + 45 * _MINUTE, lambda now: self._miss(appointment, now=now))
            return
        early = self.rng.randint(-5, 15) * _MINUTE
        self._at(appointment.arrive_at - early, lambda now: self._arrive(appointment, now=now))
        if visit.fate is not Fate.UNRECORDED:
            began_at = start + self.rng.randint(0, 8) * _MINUTE
            ended_at = began_at + length * self.rng.uniform(0.8, 1.05)
            self._at(
                ended_at + 12 * _MINUTE,
                lambda now: self._end(appointment, began_at=began_at, ended_at=ended_at, now=now),
            )
            self._at(ended_at + 3 * _HOUR, lambda now: self._start_again(appointment, now=now))

    def _answer(self, appointment: Appointment, *, now: dt.datetime) -> None:
        answer = AnswerCode.TENTATIVE if self.rng.random() < 0.1 else AnswerCode.ACCEPTED  # noqa: PLR2004
        record_answer(appointment=appointment, question="visit-booked", answer=answer, now=now)

    def _cancel(self, appointment: Appointment, *, now: dt.datetime) -> None:
        reason = self.rng.choice(REASONS)
        cancel_appointment(appointment=appointment, reason=reason, now=now, by=self._by("sam"))

    def _move(self, visit: Visit, appointment: Appointment, *, now: dt.datetime) -> None:
        offering = self._offering(visit.persona, visit.procedure)
        first = appointment.start + _DAY
        slot = self._slot(offering, None, first=first, now=now, moving=appointment)
        if slot is None:
            self._expect_day(visit, appointment)
            return
        moved = move_appointment(
            appointment=appointment,
            start=slot.start,
            now=now,
            by=self._by("sam"),
            reason="Console in repair.",
        )
        cleo = self.clinic.people["cleo"]
        self._at(now + 4 * _HOUR, lambda now: sign_all(appointment=moved, by=cleo, now=now))
        self._expect_day(visit, moved)

    def _arrive(self, appointment: Appointment, *, now: dt.datetime) -> None:
        mark_arrived(appointment=appointment, now=now, by=self._by("nora"))

    def _miss(self, appointment: Appointment, *, now: dt.datetime) -> None:
        mark_noshow(appointment=appointment, now=now, by=self._by("nora"))

    def _end(
        self, appointment: Appointment, *, began_at: dt.datetime, ended_at: dt.datetime, now: dt.datetime
    ) -> None:
        record_end(
            appointment=appointment, began_at=began_at, ended_at=ended_at, now=now, by=self._by("nora")
        )

    def _start_again(self, appointment: Appointment, *, now: dt.datetime) -> None:
        sign_restarts(appointment=appointment, by=self.clinic.people["cleo"], now=now)

    def _by(self, login: str) -> Actor:
        return Actor(user=self.clinic.people[login])

    def _slot(
        self,
        offering: ProcedureOffering,
        patient: Patient | None,
        *,
        first: dt.datetime,
        now: dt.datetime,
        target: str = "",
        moving: Appointment | None = None,
    ) -> Slot | None:
        """Return a start on the first day that has one, early or late in that day."""
        found = find_slots(
            offering=offering,
            patient=patient,
            first=first,
            until=first + SEARCHED,
            limit=24,
            now=now,
            target=target,
            moving=moving,
        )
        same_day = [slot for slot in found if slot.start - found[0].start < 10 * _HOUR]
        return self.rng.choice(same_day) if same_day else None
