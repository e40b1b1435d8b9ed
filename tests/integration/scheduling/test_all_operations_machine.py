"""
Every operation of the diary in whatever order: afterwards it is sound, and nothing has changed without saying so.

What can be had is the business of `test_diary_state_machine`; here nothing is predicted but that a refusal changes
nothing, a change raises the revision that others rely on, and the diary is what the histories say.
"""

import datetime as dt
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from builders import DAY, HOUR, NOW, START, book, make_clinic, make_patient, make_protocol, make_resource
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sound_diary import check_diary
from waiting_people import make_policy

from cryoclinic.api.domain_problems import DOMAIN_PROBLEMS
from scheduling import operations
from scheduling.codes import (
    AHEAD,
    OCCUPYING,
    AnswerCode,
    CancellationReason,
    ClosureAnswer,
    ResourceKind,
    SeriesMode,
)
from scheduling.models import (
    Allocation,
    Appointment,
    Backfill,
    Evidence,
    Hold,
    MedicationStatement,
    OpeningException,
    ProcedureOffering,
    ReadinessRecord,
    WaitlistEntry,
    WaitlistOffer,
)
from scheduling.operations.backfill import advance_backfill, due_backfills, start_backfill, stop_backfill
from scheduling.operations.closing import lapse_offers
from scheduling.operations.closures import (
    Choice,
    apply_choices,
    ask_about_closures,
    close,
    closure_hits,
    reopen,
)
from scheduling.operations.follow_ups import book_follow_up
from scheduling.operations.late import delay_day, propose_delay
from scheduling.operations.merging import differing_fields, merge_patients
from scheduling.operations.offers import accept_offer, decline_offer
from scheduling.operations.progress import record_deposit, record_start
from scheduling.operations.readiness import due_to_judge, record_readiness
from scheduling.operations.series import SeriesWish, book_series
from scheduling.operations.swaps import swap_leg
from scheduling.operations.waitlist import add_to_waitlist, put_back, remove_from_waitlist
from scheduling.sessions import Gaps

pytestmark = pytest.mark.django_db

MINUTE = dt.timedelta(minutes=1)
IMAGING = {
    "code": "ct",
    "contact": "imaging",
    "day_from": 1,
    "day_until": 9,
    "text": "First imaging.",
    "source": "ops",
}
# Every refusal that the product has a sentence for; anything else is a fault.
REFUSALS = tuple(DOMAIN_PROBLEMS)
patients = st.integers(0, 2)
which = st.integers(0, 5)
# A weekday from Tuesday on, and how long after 7:15.
starts = st.tuples(st.integers(0, 2), st.sampled_from([0, 75, 105, 210, 300, 420]))
legs = st.sampled_from(["operator", "room", "console", "bay"])
reasons = st.sampled_from(
    [CancellationReason.PATIENT, CancellationReason.PROVIDER, CancellationReason.PATIENT_ADMITTED]
)

# How often each rule has done something in this process: a machine that is refused all the time proves nothing.
DONE: Counter[str] = Counter()

Picture = dict[int, tuple[dict[str, Any], frozenset[tuple[str, int]]]]


class Everything(RuleBasedStateMachine):
    """A clinic with two teams, three patients and freed starts that are offered by themselves."""

    def __init__(self) -> None:
        super().__init__()
        self.before = transaction.savepoint()
        self.clinic = make_clinic()
        make_resource(self.clinic.london, kind=ResourceKind.ROOM, name="Room 2", skills=["ct"])
        make_resource(self.clinic.london, kind=ResourceKind.DEVICE, name="Console 2", skills=["cryo-console"])
        make_policy(self.clinic, offers_at_once=2, answer_minutes=60)
        protocol = make_protocol(
            self.clinic.organization,
            procedure_type=self.clinic.offering.procedure_type,
            written_by=self.clinic.cleo,
            approved_by=self.clinic.dov,
            version=2,
            care={"follow_ups": [IMAGING]},
        )
        ProcedureOffering.objects.filter(pk=self.clinic.offering.pk).update(protocol=protocol)
        self.patients = [self.clinic.pia, *(make_patient(self.clinic.organization) for _ in range(2))]
        self.now = NOW

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.before)

    def start_of(self, start: tuple[int, int]) -> dt.datetime:
        """Return a start that is ahead, as long as no more than a week passes between two calls."""
        days, minutes = start
        weeks = max(0, -((START - 2 * DAY - self.now) // (7 * DAY)))
        return START + weeks * 7 * DAY + days * DAY + (minutes - 105) * MINUTE

    def one_visit(self, number: int, *statuses: str) -> Appointment | None:
        found = Appointment.objects.filter(status__in=statuses or ("booked",)).order_by("pk")
        return found[number % len(found)] if found else None

    def picture(self) -> Picture:
        """Return every visit as it is, with who serves it."""
        serving: dict[int | None, set[tuple[str, int]]] = {}
        for owner, leg, resource in Allocation.objects.filter(active=True).values_list(
            "appointment_id", "leg", "resource_id"
        ):
            serving.setdefault(owner, set()).add((leg, resource))
        rows = Appointment.objects.values()
        return {row["id"]: (row, frozenset(serving.get(row["id"], ()))) for row in rows}

    def attempt(self, act: Callable[[], object]) -> bool:
        """Do it, or be refused with nothing changed; return whether it was done."""
        lapse_offers(now=self.now)
        before = self.picture(), set(Hold.objects.values_list("pk", "released_at"))
        try:
            act()
        except REFUSALS:
            assert (self.picture(), set(Hold.objects.values_list("pk", "released_at"))) == before
            return False
        check_said(before[0], self.picture())
        DONE[act.__qualname__.split(".")[1]] += 1
        return True

    # --- bookings ---------------------------------------------------------------------------------------

    @rule(patient=patients, start=starts)
    def book(self, patient: int, start: tuple[int, int]) -> None:
        self.attempt(
            lambda: book(
                self.clinic, patient=self.patients[patient], start=self.start_of(start), now=self.now
            )
        )

    @rule(start=starts, patient=patients, use=st.sampled_from(["book", "release", "leave"]))
    def hold(self, start: tuple[int, int], patient: int, use: str) -> None:
        wanted, person, kept = self.start_of(start), self.patients[patient], []
        self.attempt(
            lambda: kept.append(
                operations.hold_slot(
                    offering=self.clinic.offering, start=wanted, now=self.now, by=self.clinic.staff
                )
            )
        )
        for each in kept:
            if use == "release":
                self.attempt(lambda hold=each: operations.release_hold(hold=hold, now=self.now))
            if use == "book":
                self.attempt(
                    lambda hold=each: book(self.clinic, patient=person, start=wanted, now=self.now, hold=hold)
                )

    @rule(number=which, start=starts)
    def move(self, number: int, start: tuple[int, int]) -> None:
        if visit := self.one_visit(number):
            self.attempt(
                lambda: operations.move_appointment(
                    appointment=visit, start=self.start_of(start), now=self.now, by=self.clinic.staff
                )
            )

    @rule(number=which, leg=legs)
    def swap(self, number: int, leg: str) -> None:
        if visit := self.one_visit(number, "booked", "arrived"):
            self.attempt(lambda: swap_leg(appointment=visit, leg=leg, now=self.now, by=self.clinic.staff))

    @rule(number=which, reason=reasons)
    def cancel(self, number: int, reason: CancellationReason) -> None:
        if visit := self.one_visit(number, *OCCUPYING):
            self.attempt(
                lambda: operations.cancel_appointment(
                    appointment=visit, reason=reason, now=self.now, by=self.clinic.staff
                )
            )

    @rule(number=which, there=st.booleans())
    def deposit(self, number: int, *, there: bool) -> None:
        if visit := self.one_visit(number, *OCCUPYING):
            self.attempt(
                lambda: record_deposit(appointment=visit, is_there=there, now=self.now, by=self.clinic.staff)
            )

    @rule(patient=patients)
    def die(self, patient: int) -> None:
        person = self.patients[patient]
        self.attempt(
            lambda: operations.record_death(
                patient=person, on=self.now.date(), now=self.now, by=self.clinic.staff
            )
        )
        assert not Appointment.objects.ahead_of(person, self.now).exists()
        self.patients[patient] = make_patient(self.clinic.organization)

    # --- the day ----------------------------------------------------------------------------------------

    @rule(number=which, until=st.sampled_from(["arrive_at", "start", "planned_end"]))
    def wait_for_a_visit(self, number: int, until: str) -> None:
        if visit := self.one_visit(number, "booked", "arrived"):
            self.now = max(self.now, getattr(visit, until) + MINUTE)

    @rule(number=which, act=st.sampled_from(["arrive", "arrive", "begin", "end", "miss", "void"]))
    def go_on(self, number: int, act: str) -> None:
        if visit := self.one_visit(number, "arrived" if act in {"begin", "end"} else "booked"):
            self.attempt(lambda: self.steps()[act](visit))

    @rule(number=which)
    def live_through(self, number: int) -> None:
        """Have a visit come to its end, as most do."""
        if visit := self.one_visit(number):
            self.now = max(self.now, visit.planned_end)
            for act in ("arrive", "begin", "end"):
                self.attempt(lambda step=act: self.steps()[step](visit))

    def steps(self) -> dict[str, Callable[[Appointment], object]]:
        what = {"now": self.now, "by": self.clinic.staff}
        return {
            "arrive": lambda visit: operations.mark_arrived(appointment=visit, **what),
            "begin": lambda visit: record_start(appointment=visit, began_at=self.now - MINUTE, **what),
            "end": lambda visit: operations.record_end(
                appointment=visit, began_at=self.now - HOUR, ended_at=self.now, **what
            ),
            "miss": lambda visit: operations.mark_noshow(appointment=visit, **what),
            "void": lambda visit: operations.void(appointment=visit, reason="Wrong patient", **what),
        }

    @rule(number=which, minutes=st.sampled_from([15, 60, 150]))
    def run_late(self, number: int, minutes: int) -> None:
        if visit := self.one_visit(number, "booked", "arrived"):
            self.attempt(
                lambda: delay_day(
                    appointment=visit,
                    minutes=minutes,
                    seen=propose_delay(appointment=visit, minutes=minutes, now=self.now).digest,
                    now=self.now,
                    by=self.clinic.staff,
                )
            )

    # --- series and what follows ------------------------------------------------------------------------

    @rule(patient=patients, start=starts, mode=st.sampled_from(list(SeriesMode)))
    def series(self, patient: int, start: tuple[int, int], mode: SeriesMode) -> None:
        wish = SeriesWish(
            sessions=2, gaps=Gaps(least_days=1, most_days=2), first=self.start_of(start), mode=mode
        )
        self.attempt(
            lambda: book_series(
                offering=self.clinic.offering,
                patient=self.patients[patient],
                wish=wish,
                now=self.now,
                by=self.clinic.staff,
            )
        )

    @rule(number=which, start=starts)
    def follow_up(self, number: int, start: tuple[int, int]) -> None:
        if visit := self.one_visit(number, "fulfilled", "booked"):
            self.attempt(
                lambda: book_follow_up(
                    first=visit,
                    code="ct",
                    offering=self.clinic.offering,
                    start=self.start_of(start),
                    now=self.now,
                    by=self.clinic.staff,
                    override_reason="No other time",
                )
            )

    # --- those who wait ---------------------------------------------------------------------------------

    @rule(patient=patients)
    def wait(self, patient: int) -> None:
        self.attempt(
            lambda: add_to_waitlist(
                patient=self.patients[patient],
                procedure_type=self.clinic.offering.procedure_type,
                agreed=True,
                now=self.now,
                by=self.clinic.staff,
            )
        )

    @rule(number=which, act=st.sampled_from([remove_from_waitlist, put_back]))
    def change_the_list(self, number: int, act: Callable[..., object]) -> None:
        found = WaitlistEntry.objects.order_by("pk")
        if found:
            entry = found[number % len(found)]
            self.attempt(lambda: act(entry=entry, now=self.now, by=self.clinic.staff))

    @rule(start=starts)
    def offer(self, start: tuple[int, int]) -> None:
        self.attempt(
            lambda: start_backfill(
                offering=self.clinic.offering,
                start=self.start_of(start),
                now=self.now,
                by=self.clinic.staff,
                offers_at_once=2,
            )
        )

    @rule()
    def ask(self) -> None:
        for pk in due_backfills(now=self.now, limit=5):
            self.attempt(lambda backfill=pk: advance_backfill(backfill_id=backfill, now=self.now))

    @rule(patient=patients, number=which)
    def free_for_somebody(self, patient: int, number: int) -> None:
        """Cancel for a patient while another waits, and ask."""
        self.wait(patient)
        self.cancel(number, CancellationReason.PATIENT)
        self.ask()

    @rule(number=which, answer=st.sampled_from([accept_offer, accept_offer, decline_offer]))
    def answer(self, number: int, answer: Callable[..., object]) -> None:
        found = WaitlistOffer.objects.filter(appointment__status="proposed").order_by("pk")
        if found:
            offer = found[number % len(found)]
            self.attempt(lambda: answer(offer=offer, now=self.now, by=self.clinic.staff))

    @rule(number=which)
    def stop(self, number: int) -> None:
        found = Backfill.objects.order_by("pk")
        if found:
            backfill = found[number % len(found)]
            self.attempt(lambda: stop_backfill(backfill=backfill, now=self.now, by=self.clinic.staff))

    # --- closures ---------------------------------------------------------------------------------------

    @rule(start=starts, kind=st.sampled_from(["room", "device", None]))
    def close(self, start: tuple[int, int], kind: str | None) -> None:
        begin = self.start_of(start)
        self.attempt(
            lambda: close(
                location=self.clinic.london,
                resource=self.clinic.resource(kind) if kind else None,
                begin=begin,
                end=begin + 2 * HOUR,
                reason="Broken",
                now=self.now,
                by=self.clinic.staff,
            )
        )

    @rule(number=which, answer=st.sampled_from(list(ClosureAnswer)), start=starts)
    def settle(self, number: int, answer: ClosureAnswer, start: tuple[int, int]) -> None:
        if closure := self.one_closure(number):
            choices = [
                Choice(
                    appointment=hit.appointment,
                    revision=hit.appointment.revision,
                    answer=answer,
                    start=self.start_of(start),
                    reason="As agreed",
                )
                for hit in closure_hits(closure, now=self.now)
            ]
            self.attempt(
                lambda: apply_choices(closure=closure, choices=choices, now=self.now, by=self.clinic.staff)
            )

    @rule(number=which)
    def open_again(self, number: int) -> None:
        if closure := self.one_closure(number):
            self.attempt(lambda: reopen(closure=closure, now=self.now, by=self.clinic.staff))

    def one_closure(self, number: int) -> OpeningException | None:
        found = OpeningException.objects.closures().order_by("pk")
        return found[number % len(found)] if found else None

    # --- people and facts -------------------------------------------------------------------------------

    @rule(patient=patients)
    def merge(self, patient: int) -> None:
        kept, merged = self.patients[patient], self.patients[(patient + 1) % 3]
        chosen = dict.fromkeys(differing_fields(kept, merged), "kept")
        if self.attempt(
            lambda: merge_patients(kept=kept, merged=merged, chosen=chosen, by=self.clinic.nora, now=self.now)
        ):
            assert not Appointment.objects.filter(patient=merged).exists()
            self.patients[(patient + 1) % 3] = make_patient(self.clinic.organization)

    @rule(patient=patients, fact=st.sampled_from(["medicine", "evidence", "phone"]))
    def learn(self, patient: int, fact: str) -> None:
        person = self.patients[patient]
        before = self.plans_of(patient)
        if fact == "medicine":
            MedicationStatement.objects.create(patient=person, drug="apixaban", dose_times=["08:00"])
        elif fact == "evidence":
            Evidence.objects.create(patient=person, item="inr", done_on=self.now.date(), recorded_at=self.now)
        else:
            person.phone = f"+44794{self.now:%d%H%M}{len(before)}"
            person.save()
        if fact != "phone":
            assert all(plan > before[pk] for pk, plan in self.plans_of(patient).items())

    @rule(number=which, answer=st.sampled_from(list(AnswerCode)))
    def hear(self, number: int, answer: AnswerCode) -> None:
        if visit := self.one_visit(number):
            operations.record_answer(appointment=visit, question="coming", answer=answer, now=self.now)
            assert Appointment.objects.get(pk=visit.pk).plan_revision > visit.plan_revision

    def plans_of(self, patient: int) -> dict[int, int]:
        rows = Appointment.objects.filter(patient=self.patients[patient], status__in=OCCUPYING)
        return dict(rows.values_list("pk", "plan_revision"))

    # --- time -------------------------------------------------------------------------------------------

    @rule(minutes=st.sampled_from([1, 11, 61, 600]))
    def let_time_pass(self, minutes: int) -> None:
        self.now += minutes * MINUTE

    @rule()
    def sweep(self) -> None:
        operations.release_expired_holds(now=self.now)
        before = self.picture()
        operations.open_overdue_tasks(now=self.now)
        ask_about_closures(now=self.now)
        for pk in due_to_judge(now=self.now):
            record_readiness(appointment_id=pk, now=self.now)
        assert self.picture() == before
        ahead = Appointment.objects.filter(status__in=AHEAD, start__gt=self.now)
        judged = dict(ReadinessRecord.objects.values_list("appointment_id", "plan_revision"))
        assert [pk for pk, plan in ahead.values_list("pk", "plan_revision") if judged.get(pk) != plan] == []

    @invariant()
    def diary_is_sound(self) -> None:
        check_diary(self.now)


def check_said(before: Picture, after: Picture) -> None:
    """Find no visit that is another than before without its revisions saying so, and none gone."""
    assert set(before) <= set(after)
    for pk, (was, served) in before.items():
        row, serves = after[pk]
        seen = {name for name in row if row[name] != was[name]}
        if seen - {"revision", "plan_revision"}:
            assert row["plan_revision"] > was["plan_revision"]
        if seen - {"revision", "plan_revision", "patient_id"} or serves != served:
            assert row["revision"] > was["revision"]


def play(*, examples: int, steps: int) -> None:
    run_state_machine_as_test(
        Everything,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


@pytest.mark.slow
def test_diary_stays_sound_whatever_is_done() -> None:
    play(examples=2, steps=12)


@pytest.mark.full
def test_diary_stays_sound_whatever_is_done_for_long(record_property: Callable[[str, object], None]) -> None:
    DONE.clear()

    play(examples=20, steps=50)

    record_property("calls", dict(DONE.most_common()))
