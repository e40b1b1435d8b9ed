"""Somebody who does whatever comes to mind to a diary, with others doing so at the same moment."""

import datetime as dt
import random
import time
from collections import Counter

from builders import DAY, HOUR, NOW, START, Clinic, book, make_patient
from django.db import connection, connections

from scheduling import operations
from scheduling.codes import CancellationReason, ClosureAnswer
from scheduling.models import Appointment, Backfill, OpeningException, Patient, WaitlistOffer
from scheduling.operations.backfill import BackfillHasEnded, advance_backfill, due_backfills, stop_backfill
from scheduling.operations.closing import lapse_offers
from scheduling.operations.closures import REFUSALS as CLOSURE_REFUSALS
from scheduling.operations.closures import Choice, apply_choices, close, closure_hits, reopen
from scheduling.operations.late import BeyondHours, NothingToDelay, ProposalChanged, delay_day, propose_delay
from scheduling.operations.merging import BookingsOverlap, WaitsTwice, differing_fields, merge_patients
from scheduling.operations.offers import OfferIsGone, accept_offer, decline_offer
from scheduling.operations.series import SeriesDoesNotFit, SeriesWish, book_series
from scheduling.operations.swaps import swap_leg
from scheduling.operations.terms import PatientMerged
from scheduling.operations.waitlist import AlreadyWaiting, SayWhichVisit, add_to_waitlist
from scheduling.sessions import Gaps

REFUSALS = (
    *CLOSURE_REFUSALS,
    AlreadyWaiting,
    BackfillHasEnded,
    BeyondHours,
    BookingsOverlap,
    NothingToDelay,
    OfferIsGone,
    PatientMerged,
    ProposalChanged,
    SayWhichVisit,
    SeriesDoesNotFit,
    WaitsTwice,
)
# What is done, and how often compared to the others.
ACTS = {
    "book": 4,
    "move": 4,
    "swap": 3,
    "cancel": 3,
    "close": 1,
    "expire": 1,
    "wait": 2,
    "ask": 2,
    "answer": 3,
    "stop": 1,
    "come_again": 1,
    "run_late": 2,
    "merge": 1,
}
LONGEST_ANSWER = 3 * HOUR


class NothingThere(Exception):
    """There is nothing of the kind to change."""


class Restless:
    """One thread's work, for one patient, and sometimes for one whose visit it is not."""

    def __init__(self, clinic: Clinic, patient: Patient, *, seed: int) -> None:
        self.clinic = clinic
        self.patient = patient
        self.chance = random.Random(seed)  # noqa: S311 - a repeatable storm, no secret
        self.seen: Counter[str] = Counter()

    def run(self, until: float) -> Counter[str]:
        """Act until the moment (monotonic); return what was done and what refused, by name."""
        connection.ensure_connection()
        try:
            while time.monotonic() < until:
                self.try_one()
        finally:
            connections.close_all()
        return self.seen

    def try_one(self) -> None:
        (act,) = self.chance.choices(list(ACTS), weights=list(ACTS.values()))
        try:
            getattr(self, act)()
        except (*REFUSALS, NothingThere) as refusal:
            self.seen[type(refusal).__name__] += 1
        else:
            self.seen[act] += 1

    def any_start(self) -> dt.datetime:
        return START + self.chance.randrange(4) * DAY + self.chance.randrange(14) * HOUR / 2

    def any_visit(self) -> Appointment:
        """Return a visit, not always one's own, so that two change the same."""
        booked = Appointment.objects.filter(status="booked")
        own = booked.filter(patient=self.patient) if self.chance.random() < 0.7 else booked
        visit = own.order_by("?").first()
        if visit is None:
            raise NothingThere
        return visit

    def book(self) -> None:
        book(self.clinic, patient=self.patient, start=self.any_start())

    def move(self) -> None:
        operations.move_appointment(
            appointment=self.any_visit(), start=self.any_start(), now=NOW, by=self.clinic.staff
        )

    def swap(self) -> None:
        leg = self.chance.choice(("console", "room", "operator", "bay"))
        swap_leg(appointment=self.any_visit(), leg=leg, now=NOW, by=self.clinic.staff)

    def cancel(self) -> None:
        operations.cancel_appointment(
            appointment=self.any_visit(), reason=CancellationReason.PATIENT, now=NOW, by=self.clinic.staff
        )

    def close(self) -> None:
        """Close a room, have everybody in it go elsewhere, and open it again."""
        begin = self.any_start()
        closure = close(
            location=self.clinic.london,
            resource=self.clinic.resource("room"),
            begin=begin,
            end=begin + 2 * HOUR,
            reason="Broken",
            now=NOW,
            by=self.clinic.staff,
        )
        for outcome in apply_choices(
            closure=closure, choices=self.choices(closure), now=NOW, by=self.clinic.staff
        ):
            said = outcome.answer if outcome.refusal is None else type(outcome.refusal).__name__
            self.seen[f"close: {said}"] += 1
        reopen(closure=closure, now=NOW, by=self.clinic.staff)

    def choices(self, closure: OpeningException) -> list[Choice]:
        return [
            Choice(
                appointment=hit.appointment,
                revision=hit.appointment.revision,
                answer=self.chance.choice((ClosureAnswer.SWAP, ClosureAnswer.MOVE)),
                start=self.any_start(),
            )
            for hit in closure_hits(closure, now=NOW)
        ]

    def expire(self) -> None:
        operations.hold_slot(
            offering=self.clinic.offering, start=self.any_start(), now=NOW, by=self.clinic.staff, minutes=1
        )
        operations.release_expired_holds(now=NOW + LONGEST_ANSWER)
        lapse_offers(now=NOW + LONGEST_ANSWER)

    def wait(self) -> None:
        add_to_waitlist(
            patient=self.patient,
            procedure_type=self.clinic.offering.procedure_type,
            agreed=True,
            now=NOW,
            by=self.clinic.staff,
        )

    def ask(self) -> None:
        """Do what the sweep does: have freed starts offered."""
        due = due_backfills(now=NOW, limit=3)
        if not due:
            raise NothingThere
        for pk in due:
            advance_backfill(backfill_id=pk, now=NOW)

    def answer(self) -> None:
        offer = WaitlistOffer.objects.filter(appointment__status="proposed").order_by("?").first()
        if offer is None:
            raise NothingThere
        answer = accept_offer if self.chance.random() < 0.7 else decline_offer
        answer(offer=offer, now=NOW, by=self.clinic.staff)
        self.seen[answer.__name__] += 1

    def stop(self) -> None:
        backfill = Backfill.objects.looking().order_by("?").first()
        if backfill is None:
            raise NothingThere
        stop_backfill(backfill=backfill, now=NOW, by=self.clinic.staff)

    def come_again(self) -> None:
        wish = SeriesWish(sessions=2, gaps=Gaps(least_days=1, most_days=2), first=self.any_start())
        book_series(
            offering=self.clinic.offering, patient=self.patient, wish=wish, now=NOW, by=self.clinic.staff
        )

    def run_late(self) -> None:
        visit, minutes = self.any_visit(), self.chance.choice((15, 30, 60))
        seen = propose_delay(appointment=visit, minutes=minutes, now=NOW).digest
        delay_day(appointment=visit, minutes=minutes, seen=seen, now=NOW, by=self.clinic.staff)

    def merge(self) -> None:
        """Find that a newcomer with a visit is one's own patient."""
        newcomer = make_patient(self.clinic.organization)
        book(self.clinic, patient=newcomer, start=self.any_start())
        merge_patients(
            kept=self.patient,
            merged=newcomer,
            chosen=dict.fromkeys(differing_fields(self.patient, newcomer), "kept"),
            by=self.clinic.nora,
            now=NOW,
        )
