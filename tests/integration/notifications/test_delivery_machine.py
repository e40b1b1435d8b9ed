"""
Whatever happens in whatever order, the promises hold.

Bookings are moved, cancelled, signed, answered; people opt out; channels refuse; senders die; the clock jumps.
"""

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any, ClassVar

import pytest
from builders import DAY, NOW, START, Clinic, book, make_medication
from clinic_clock import tick
from django.db import transaction
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from scripted_channel import PATH, Script, ScriptedChannel

from notifications import dispatch
from notifications.channels import Doubtful, OutgoingMessage, Presence, TryLater, Undeliverable, channel
from notifications.codes import AttemptStatus, ContactState
from notifications.dispatch.record import LEASE_HALF_GONE, Outcome, record
from notifications.models import Communication, CommunicationRequest, ContactPoint, Timeline
from notifications.operations import mark_contact_point, reconcile_timeline
from notifications.operations.inputs import inputs_of
from notifications.planning import facts_as_json
from procedures.preparation import prepare
from scheduling.codes import AnswerCode, CancellationReason, DecisionKind, Relationship
from scheduling.models import Appointment, Evidence, MedicationDecision, RelatedPerson, Task
from scheduling.models.case import basis_of, case_of
from scheduling.operations import (
    cancel_appointment,
    move_appointment,
    record_answer,
    sign_decision,
    withdraw_decision,
)

pytestmark = pytest.mark.slow
OPEN = {"active", "on-hold"}
CHANGE = {"correction", "amendment", "cancellation"}
ERRORS = st.sampled_from(["taken", "busy", "no-answer", "content", "address"])


def error_named(name: str) -> Exception | None:
    return {
        "taken": None,
        "busy": TryLater("busy"),
        "no-answer": Doubtful("no-answer"),
        "content": Undeliverable("content", address_is_bad=False),
        "address": Undeliverable("no-such-address", address_is_bad=True),
    }[name]


class Fortnight(RuleBasedStateMachine):
    """One patient's visit, from booking on; every run is rolled back."""

    clinic: ClassVar[Clinic]

    def __init__(self) -> None:
        """Begin in a savepoint."""
        super().__init__()
        self.block = transaction.atomic()
        self.block.__enter__()
        self.script = ScriptedChannel.script = Script(presence=None, during=self.check_message)
        self.now = NOW
        self.live = True
        self.planned = False

    def teardown(self) -> None:
        """Undo everything."""
        transaction.set_rollback(True)
        self.block.__exit__(None, None, None)

    # --- what happens ----------------------------------------------------------------------------------

    @initialize(carer=st.booleans(), medicine=st.booleans(), email=st.booleans(), told_at_once=st.booleans())
    def booked(self, *, carer: bool, medicine: bool, email: bool, told_at_once: bool) -> None:
        patient = self.clinic.pia
        patient.refresh_from_db()
        if not email:
            patient.email = ""
            patient.save()
        if carer:
            RelatedPerson.objects.create(
                patient=patient, relationship=Relationship.CARER, given_name="C", family_name="D",
                phone="+447946099999", consented_at=NOW,
            )  # fmt: skip
        if medicine:
            make_medication(patient, "apixaban", brand="Eliquis", form="5 mg tablet")
            done_on = dt.date(2027, 2, 26)
            Evidence.objects.create(
                patient=patient, item="creatinine_clearance", done_on=done_on, value=Decimal(80)
            )
        self.appointment = book(self.clinic)
        if told_at_once:
            self.tick()

    @rule(hours=st.sampled_from([0.02, 3, 24, 70]))
    def clock_jumps(self, hours: float) -> None:
        self.now += dt.timedelta(hours=hours)

    @rule()
    def tick(self) -> None:
        tick(self.now)
        self.planned = True

    @rule(names=st.lists(ERRORS, max_size=3))
    def next_messages_meet_trouble(self, names: list[str]) -> None:
        self.next_message_goes(names)

    def next_message_goes(self, names: list[str]) -> None:
        """Go on to the moment at which something is due, and send it; maybe the channel fails."""
        self.go_on()
        self.script.errors = [error_named(name) for name in names]
        self.tick()
        self.script.errors = []

    @rule(number=st.integers(1, 4))
    def some_messages_go(self, number: int) -> None:
        for _ in range(number):
            self.next_message_goes([])

    @rule(called=st.booleans())
    def sender_dies(self, called: bool) -> None:
        """Between the attempt and its record, before the call or after it."""
        for attempt in self.claimed():
            if called:
                channel(attempt.channel).send(attempt.message, now=self.now)

    @rule()
    def sender_wakes_too_late(self) -> None:
        """After half its lease it calls nobody and says so."""
        woken = [
            Outcome(
                attempt_id=attempt.pk,
                request_id=attempt.request_id,
                status=AttemptStatus.NOT_DONE,
                reason=LEASE_HALF_GONE,
            )
            for attempt in self.claimed()
        ]
        record(woken, now=self.now)

    @rule(calls=st.integers(1, 3), recorded=st.sampled_from(["no", "rolled-back", "twice"]))
    def sender_dies_around_its_record(self, calls: int, recorded: str) -> None:
        """After some of its calls: nothing is recorded, or the record is lost with its commit, or comes twice."""
        called = self.claimed()[:calls]
        for attempt in called:
            channel(attempt.channel).send(attempt.message, now=self.now)
        outcomes = [
            Outcome(attempt_id=each.pk, request_id=each.request_id, status=AttemptStatus.COMPLETED)
            for each in called
        ]
        if recorded == "rolled-back":
            with self.before_its_commit():
                record(outcomes, now=self.now)
        elif recorded == "twice":
            record(outcomes, now=self.now)
            record(outcomes, now=self.now)

    @rule(who=st.sampled_from(["planner", "sender", "settler", "expirer"]))
    def somebody_dies_before_the_commit(self, who: str) -> None:
        """What was begun is as if it had never been."""
        with self.before_its_commit():
            if who == "planner":
                reconcile_timeline(appointment_id=self.appointment.pk, now=self.now)
            elif who == "sender":
                dispatch.claim(now=self.now, batch=5)
            elif who == "settler":
                dispatch.settle_lapsed(now=self.now)
            else:
                dispatch.expire_overdue(now=self.now)

    @contextmanager
    def before_its_commit(self) -> Iterator[None]:
        """Undo what happens inside."""
        with transaction.atomic():
            yield
            transaction.set_rollback(True)

    def claimed(self) -> list[dispatch.Attempt]:
        for appointment_id in Timeline.objects.to_plan(self.now).values_list("appointment_id", flat=True):
            reconcile_timeline(appointment_id=appointment_id, now=self.now)
        self.planned = True
        self.go_on()
        return dispatch.claim(now=self.now, batch=5)

    def go_on(self) -> None:
        ahead = CommunicationRequest.objects.filter(status="active", next_at__gt=self.now).order_by("next_at")
        due = CommunicationRequest.objects.deliverable(self.now)
        if not due.exists() and (following := ahead.first()):
            self.now = following.next_at

    @rule(presence=st.sampled_from([None, Presence.CANNOT_TELL]))
    def provider_knows(self, presence: Presence | None) -> None:
        self.script.presence = presence

    @precondition(lambda self: self.live and self.now < START - DAY)
    @rule(weeks=st.sampled_from([0, 1, 2]))
    def move(self, weeks: int) -> None:
        start = START + weeks * 7 * DAY
        if start != Appointment.objects.get(pk=self.appointment.pk).start:
            move_appointment(
                appointment=self.appointment, start=start, now=self.now, by=self.clinic.staff,
                override_reason="Agreed by phone.",
            )  # fmt: skip
            self.planned = False

    @precondition(lambda self: self.live and NOW < self.now < START)
    @rule(reason=st.sampled_from([CancellationReason.PATIENT, CancellationReason.PATIENT_ADMITTED]))
    def cancel(self, reason: CancellationReason) -> None:
        cancel_appointment(appointment=self.appointment, reason=reason, now=self.now, by=self.clinic.staff)
        self.live, self.planned = False, False

    @precondition(lambda self: self.live)
    @rule()
    def sign(self) -> None:
        seen = self.fresh()
        basis = basis_of(seen)
        standing = {d.drug for d in seen.decisions.all() if not d.withdrawn_at and d.basis_sha256 == basis}
        for hold in [hold for hold in prepare(case_of(seen)).holds if hold.drug not in standing]:
            last = hold.candidates[0]
            sign_decision(
                appointment=seen, drug=hold.drug, kind=DecisionKind.HOLD, last_dose_on=last.last_dose_on,
                last_dose_at=last.last_dose_at, sentences={"en": "Stop then."}, basis_sha256=basis,
                by=self.clinic.cleo, now=self.now,
            )  # fmt: skip
            self.planned = False

    @rule()
    def withdraw(self) -> None:
        decisions = MedicationDecision.objects.filter(appointment=self.appointment, withdrawn_at=None)
        for decision in decisions:
            withdraw_decision(decision=decision, by=self.clinic.cleo, now=self.now)
            self.planned = False

    @precondition(lambda self: self.live)
    @rule()
    def answer(self) -> None:
        record_answer(
            appointment=self.appointment, question="visit", answer=AnswerCode.ACCEPTED, now=self.now
        )

    @precondition(lambda self: self.now > NOW + DAY)
    @rule(system=st.sampled_from(["sms", "email"]))
    def opt_out(self, system: str) -> None:
        for point in ContactPoint.objects.filter(system=system):
            if mark_contact_point(point=point, state=ContactState.OPTED_OUT, now=self.now):
                self.planned = False

    @precondition(lambda self: self.now > NOW + DAY)
    @rule(state=st.sampled_from([ContactState.BOUNCED, ContactState.INVALID, ContactState.USABLE]))
    def address_changes(self, state: ContactState) -> None:
        """It bounces, turns out not to exist, or works again."""
        for point in ContactPoint.objects.filter(system="email"):
            if mark_contact_point(point=point, state=state, now=self.now):
                self.planned = False

    # --- what must hold --------------------------------------------------------------------------------

    def fresh(self) -> Appointment:
        return Appointment.objects.with_facts().get(pk=self.appointment.pk)

    def check_message(self, message: OutgoingMessage) -> None:
        """At the moment of a call: in its window, not after the visit is off, no medicine without a signature."""
        attempt = Communication.objects.select_related("request").get(uid=message.uid)
        request, appointment = attempt.request, self.fresh()
        assert request.due_at <= attempt.attempted_at < request.expires_at
        assert appointment.status == "booked" or request.trigger == "cancellation"
        if "medicine_plan" in request.facts and request.trigger not in CHANGE:
            inputs = inputs_of(appointment)
            assert inputs.signed
            assert request.facts["medicine_plan"] == facts_as_json(inputs.facts)["medicine_plan"]

    @invariant()
    def nothing_is_said_twice_but_for_listed_resends(self) -> None:
        attempts = {a.uid: a for a in Communication.objects.select_related("request")}
        copies: Counter[Any] = Counter()
        allowed: Counter[Any] = Counter()
        for attempt in attempts.values():
            request = attempt.request
            allowed[request.recipient_id, request.notice, request.facts_sha256] += attempt.resend
        for _, message in self.script.handed_over:
            request = attempts[message.uid].request
            copies[request.recipient_id, request.notice, request.facts_sha256] += 1
        assert [key for key, number in copies.items() if number > 1 + allowed[key]] == []

    @invariant()
    def every_zero_has_a_reason(self) -> None:
        for request in CommunicationRequest.objects.exclude(status__in=OPEN).prefetch_related("attempts"):
            sent = any(attempt.status == "completed" for attempt in request.attempts.all())
            assert sent or request.status_reason

    @invariant()
    def what_was_told_last_is_true_or_being_taken_back(self) -> None:
        if not self.planned or Timeline.objects.to_plan(self.now + DAY).exists():
            return
        appointment = self.fresh()
        if appointment.cancellation_reason == CancellationReason.PATIENT_ADMITTED:
            return
        now_true = facts_as_json({"start": appointment.start})["start"] if self.live else None
        for recipient, value in self.told_last().items():
            if value != now_true:
                taking_back = CommunicationRequest.objects.filter(
                    recipient=recipient, trigger__in=CHANGE, status__in=OPEN
                )
                called = Task.objects.filter(appointment=appointment)
                assert taking_back.exists() or called.exists()

    def told_last(self) -> dict[int, str | None]:
        """The start each recipient was told last; None after a cancellation."""
        told: dict[int, str | None] = {}
        left = Communication.objects.filter(status="completed").select_related("request")
        for attempt in left.order_by("attempted_at", "id"):
            request = attempt.request
            if request.trigger == "cancellation":
                told[request.recipient_id] = None
            elif "start" in request.facts:
                told[request.recipient_id] = request.facts["start"]
        return told

    @invariant()
    def nothing_stays_open_beyond_its_time(self) -> None:
        if self.planned and not Timeline.objects.to_plan(self.now + DAY).exists():
            late = CommunicationRequest.objects.filter(status__in=OPEN, expires_at__lte=self.last_tick())
            under_way = Communication.objects.in_flight().values("request")
            assert list(late.exclude(pk__in=under_way).exclude(status_reason="in-doubt")) == []

    def last_tick(self) -> dt.datetime:
        planned_at = Timeline.objects.get(appointment=self.appointment).planned_at
        assert planned_at is not None
        return planned_at


def run_machine(clinic: Clinic, django_settings: Any, *, examples: int, steps: int) -> None:
    django_settings.CHANNELS = {"email": PATH, "sms": PATH}
    Fortnight.clinic = clinic
    run_state_machine_as_test(
        Fortnight,
        settings=hypothesis_settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,
            database=None,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
        ),
    )


def test_promises_hold_whatever_happens(northside: Clinic, settings: Any) -> None:
    run_machine(northside, settings, examples=6, steps=20)


@pytest.mark.full
def test_promises_hold_whatever_happens_for_long(northside: Clinic, settings: Any) -> None:
    run_machine(northside, settings, examples=12, steps=40)
