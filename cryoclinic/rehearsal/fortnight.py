"""The plot: Margaret takes a blood thinner, is booked, moved when it matters, treated, and looked after."""

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from zoneinfo import ZoneInfo

from cryoclinic.demo.clinic import Clinic, furnish
from cryoclinic.demo.furniture import KIDNEY, LONDON
from cryoclinic.demo.pace import Pace
from cryoclinic.demo.people import APIXABAN, METFORMIN, Persona, Relative
from cryoclinic.demo.preparing import record_usual_evidence, sign_all, sign_restarts
from cryoclinic.demo.registry import register_one
from cryoclinic.rehearsal.ledger import write_ledger
from cryoclinic.rehearsal.mishaps import bounce, last_email, text_us
from cryoclinic.rehearsal.narrator import Narrator
from procedures.preparation import prepare
from procedures.wording import staff
from scheduling.codes import AnswerCode, TaskKind
from scheduling.models import Appointment, MedicationDecision, Patient, Task
from scheduling.models.case import case_of
from scheduling.operations import (
    Actor,
    book_appointment,
    complete_task,
    mark_arrived,
    move_appointment,
    record_answer,
    record_end,
    record_evidence,
)
from scheduling.operations.slots import find_slots

_HOUR, _DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
ZONE = ZoneInfo(LONDON.zone)


def margaret(day: dt.date) -> Persona:
    """Return the patient: 67 years old on the day of the story."""
    return Persona(
        number=1,
        given_name="Margaret",
        family_name="Ellis",
        sex="f",
        birth_date=dt.date(day.year - 68, 12, 14),
        language="en",
        abroad=False,
        phone="+442079460123",
        email="margaret.ellis@example.org",
        doses=(APIXABAN, METFORMIN),
        conditions=("atrial_fibrillation", "type_2_diabetes"),
        relatives=(Relative(given_name="Tom", relationship="carer", phone="+442079460124", is_escort=True),),
    )


def tell_fortnight(*, day: dt.date, write: Callable[[str], object]) -> None:
    """
    Live the story from the booking on `day` (the clinic's date) and write it line by line; the same for each day.

    Expects an empty database and leaves its rows there.
    """
    booked_at = dt.datetime.combine(day, dt.time(10, 5), tzinfo=ZONE)
    opened_at = booked_at - 30 * _DAY
    clinic = furnish(now=opened_at, sites=(LONDON,), only=(KIDNEY,))
    patient = register_one(margaret(day), organization=clinic.organization, now=opened_at)
    narrator = Narrator(zone=ZONE, write=write)
    Fortnight(clinic=clinic, patient=patient, narrator=narrator, booked_at=booked_at).tell()


class Fortnight:
    """One appointment, from its booking to its aftercare."""

    def __init__(
        self, *, clinic: Clinic, patient: Patient, narrator: Narrator, booked_at: dt.datetime
    ) -> None:
        """`booked_at` is aware."""
        self.clinic = clinic
        self.patient = patient
        self.narrator = narrator
        self.pace = Pace(now=booked_at)
        self.appointment = self._booked(booked_at)

    def tell(self) -> None:
        """Tell it all."""
        self._introduce()
        self._prepare()
        self._sign(self.pace.now + _DAY, chapter="A clinician signs")
        self._hear_back()
        self._move()
        self._lose_ways()
        self._come()
        self._recover()
        write_ledger(self.appointment, narrator=self.narrator)

    def _booked(self, now: dt.datetime) -> Appointment:
        offering = self.clinic.offerings[LONDON.name, KIDNEY]
        first = dt.datetime.combine(now.astimezone(ZONE).date() + 14 * _DAY, dt.time(9), tzinfo=ZONE)
        slot = find_slots(
            offering=offering, patient=self.patient, first=first, until=first + 14 * _DAY, limit=1, now=now
        )[0]
        return book_appointment(
            offering=offering, patient=self.patient, start=slot.start, now=now, by=self._by("sam")
        )

    def _introduce(self) -> None:
        say, when = self.narrator.say, self.narrator.when
        self.narrator.chapter("The booking")
        say(
            "Margaret Ellis, 67, has a small tumor in a kidney, takes Eliquis (apixaban) and metformin, and lives "
            "with her husband Tom, who may be told and will take her home."
        )
        say(
            f"Sam books her at {LONDON.name} for {when(self.appointment.start)}; she should arrive at "
            f"{when(self.appointment.arrive_at)}.",
            at=self.pace.now,
        )
        self._settle()

    def _prepare(self) -> None:
        self.narrator.chapter("What the preparation asks")
        plan = prepare(case_of(self._fresh()))
        if plan.fasting is not None and plan.fasting.solids_stop and plan.fasting.clear_liquids_stop:
            self.narrator.say(
                f"No food after {self.narrator.when(plan.fasting.solids_stop)}, no clear drinks after "
                f"{self.narrator.when(plan.fasting.clear_liquids_stop)}."
            )
        for hold in plan.holds:
            self.narrator.say(
                f"About {hold.drug} a clinician must decide; until then nobody is told anything about it."
            )
        nora = self.clinic.people["nora"]
        self.pace.reach(self.pace.now + 3 * _HOUR)
        record_usual_evidence(appointment=self.appointment, by=nora, now=self.pace.now)
        self._kidney_value()
        self.narrator.say("Nora puts the consent and the blood results on file.", at=self.pace.now)
        self._settle()

    def _kidney_value(self) -> None:
        today = self.pace.now.astimezone(ZONE).date()
        for item, value in (("egfr", Decimal(78)), ("creatinine_clearance", Decimal(82))):
            record_evidence(
                patient=self.patient, item=item, done_on=today, value=value, now=self.pace.now,
                recorded_by=self.clinic.people["nora"],
            )  # fmt: skip

    def _sign(self, moment: dt.datetime, *, chapter: str) -> None:
        self.narrator.chapter(chapter)
        self._reach(moment)
        sign_all(appointment=self.appointment, by=self.clinic.people["cleo"], now=self.pace.now)
        self.narrator.say("Dr Marchetti signs for this start:", at=self.pace.now)
        signed = MedicationDecision.objects.filter(appointment=self.appointment, signed_at=self.pace.now)
        self.narrator.listed(
            f"{each.get_kind_display()}: {each.sentences.get('en') or each.drug}" for each in signed
        )
        self._settle()

    def _hear_back(self) -> None:
        self.narrator.chapter("The days before")
        self._reach(self.pace.now + 9 * _HOUR)
        record_answer(
            appointment=self.appointment,
            question="visit-booked",
            answer=AnswerCode.ACCEPTED,
            now=self.pace.now,
        )
        self.narrator.say("Margaret opens her page and answers: she is coming.", at=self.pace.now)
        self._reach(self._local(self.appointment.start, days=-2, clock=dt.time(9, 40)))

    def _move(self) -> None:
        self.narrator.chapter("The visit moves")
        now = self.pace.now
        slot = find_slots(
            offering=self.appointment.offering,
            first=self.appointment.start + _DAY,
            until=self.appointment.start + 21 * _DAY,
            limit=1,
            now=now,
            moving=self._fresh(),
        )[0]
        self.narrator.say(
            f"The console is in repair. Sam moves the visit from {self.narrator.when(self.appointment.start)} to "
            f"{self.narrator.when(slot.start)}, the next start for which Margaret can be prepared again.",
            at=now,
        )
        self.appointment = move_appointment(
            appointment=self.appointment,
            start=slot.start,
            now=now,
            by=self._by("sam"),
            reason="Console in repair.",
        )
        self.narrator.say("No signature stands any more: it was for the old start.")
        self._settle()
        self._phone()
        self._sign(self.pace.now + 2 * _HOUR, chapter="A clinician signs again")

    def _lose_ways(self) -> None:
        self.narrator.chapter("Two ways end")
        self._reach(self.pace.now + _DAY)
        self._text("STOP", "Margaret has enough of text messages and answers one with STOP.")
        email = last_email(self.appointment)
        if email is not None:
            self._reach(self.pace.now + _HOUR)
            self.narrator.say(
                "The provider reports that her last email came back: nobody has that address.",
                at=self.pace.now,
            )
            bounce(email, now=self.pace.now)
            self._settle()
        self._reach(self.pace.now + _HOUR)
        calls = Task.objects.still_open().filter(appointment=self.appointment, kind=TaskKind.PHONE_PATIENT)
        for task in calls:
            complete_task(
                task=task, by=self.clinic.people["nora"], outcome="Told by phone.", now=self.pace.now
            )
        self.narrator.say("Nora phones and tells Margaret what she would have read.", at=self.pace.now)
        self._text("START", "Margaret would rather have the texts again, and sends START.")

    def _text(self, words: str, told: str) -> None:
        self.narrator.say(told, at=self.pace.now)
        answered = text_us(self.patient, words, now=self.pace.now)
        if answered:
            self.narrator.listed([f"We answer: {answered}"])
        self._settle()

    def _phone(self) -> None:
        """Nora phones about a medicine that may have been stopped already."""
        self._reach(self.pace.now + _HOUR / 2)
        calls = Task.objects.still_open().filter(appointment=self.appointment, kind=TaskKind.MAY_HAVE_STOPPED)
        for task in calls:
            complete_task(
                task=task, by=self.clinic.people["nora"], outcome="Spoke to the patient.", now=self.pace.now
            )
            self.narrator.say(
                "Nora phones Margaret about the medicine and closes the task.", at=self.pace.now
            )
        record_answer(
            appointment=self.appointment,
            question="visit-booked",
            answer=AnswerCode.ACCEPTED,
            now=self.pace.now,
        )
        self.narrator.say("Margaret says that she is coming at the new time, too.", at=self.pace.now)

    def _come(self) -> None:
        self.narrator.chapter("The days before the new date")
        self._reach(self._local(self.appointment.start, days=0, clock=dt.time(0, 1)))
        self.narrator.chapter("The day")
        self._reach(self.appointment.arrive_at - _HOUR / 10)
        mark_arrived(appointment=self.appointment, now=self.pace.now, by=self._by("nora"))
        self.narrator.say("Margaret is here, with Tom.", at=self.pace.now)
        self._settle()
        began_at = self.appointment.start + _HOUR / 12
        ended_at = began_at + 2 * _HOUR
        self._reach(ended_at + _HOUR / 6)
        record_end(
            appointment=self.appointment, began_at=began_at, ended_at=ended_at, now=self.pace.now,
            by=self._by("nora"),
        )  # fmt: skip
        self.narrator.say(
            f"Nora records the end: {staff.clock(ended_at.astimezone(ZONE))}. Aftercare counts from it.",
            at=self.pace.now,
        )
        self._settle()

    def _recover(self) -> None:
        self.narrator.chapter("Afterwards")
        self._reach(self.pace.now + 2 * _HOUR)
        decisions = sign_restarts(
            appointment=self.appointment, by=self.clinic.people["cleo"], now=self.pace.now
        )
        for decision in decisions:
            self.narrator.say(f"Dr Marchetti signs: {decision.sentences['en']}", at=self.pace.now)
        self._settle()
        self._reach(self._local(self.appointment.start, days=4, clock=dt.time(18)))

    def _reach(self, moment: dt.datetime) -> None:
        self.pace.reach(moment)
        self._settle()

    def _settle(self) -> None:
        self.pace.settle()
        self.narrator.tell_news(self.appointment)

    def _fresh(self) -> Appointment:
        return Appointment.objects.with_facts().get(pk=self.appointment.pk)

    def _local(self, start: dt.datetime, *, days: int, clock: dt.time) -> dt.datetime:
        day = start.astimezone(ZONE).date() + days * _DAY
        return dt.datetime.combine(day, clock, tzinfo=ZONE)

    def _by(self, login: str) -> Actor:
        return Actor(user=self.clinic.people[login])
