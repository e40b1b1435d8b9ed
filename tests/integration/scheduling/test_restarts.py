"""Held medicines after the procedure: asked about when it ends, decided by a clinician, chased until they are."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from builders import DAY, HOUR, LONDON, NOW, START, Clinic, book, make_medication, make_user

from cryoclinic.accounts.codes import Role
from notifications.operations.inputs import inputs_of
from scheduling import operations
from scheduling.codes import DecisionKind, RestartKind, TaskKind
from scheduling.models import Appointment, Evidence, MedicationDecision, RestartDecision, Task
from scheduling.models.case import basis_of
from scheduling.operations import (
    chase_restarts,
    proposed_restart,
    restart_questions,
    standing_restarts,
    undecided_restarts,
)

END = START + 2 * HOUR
RECORDED = END + HOUR / 2
EARLIEST = END + DAY
WORDS = {"en": "Eliquis (apixaban). Take it again, as before, from Wednesday 17 March."}


@pytest.fixture
def held(clinic: Clinic) -> Appointment:
    """Pia's apixaban is held by a signature for Tuesday 16 March, 9:00; she has arrived."""
    make_medication(clinic.pia, "apixaban", brand="Eliquis", form="5 mg tablet")
    Evidence.objects.create(
        patient=clinic.pia, item="creatinine_clearance", done_on=dt.date(2027, 2, 26), value=Decimal(80)
    )
    appointment = book(clinic)
    operations.sign_decision(
        appointment=appointment,
        drug="apixaban",
        kind=DecisionKind.HOLD,
        last_dose_on=dt.date(2027, 3, 14),
        sentences={"en": "Take your last tablet on Sunday."},
        basis_sha256=basis_of(fresh(appointment)),
        by=clinic.cleo,
        now=NOW,
    )
    operations.mark_arrived(appointment=appointment, now=START - HOUR, by=clinic.staff)
    return appointment


@pytest.fixture
def ended(clinic: Clinic, held: Appointment) -> Appointment:
    """The same after the end, at 11:00, recorded at 11:30."""
    end(clinic, held)
    return held


def end(clinic: Clinic, appointment: Appointment) -> None:
    operations.record_end(
        appointment=appointment, began_at=START, ended_at=END, now=RECORDED, by=clinic.staff
    )


def fresh(appointment: Appointment) -> Appointment:
    return Appointment.objects.with_facts().get(pk=appointment.pk)


def sign(clinic: Clinic, appointment: Appointment, **changes: Any) -> RestartDecision:
    [question] = restart_questions(fresh(appointment)) or [None]
    request = {
        "appointment": appointment,
        "drug": "apixaban",
        "kind": RestartKind.RESTART,
        "bleeding_stopped": True,
        "restart_at": EARLIEST,
        "sentences": WORDS,
        "basis_sha256": question.basis if question else "",
        "by": clinic.cleo,
        "now": END + HOUR,
        **changes,
    }
    return operations.sign_restart(**request)


def put_off(clinic: Clinic, appointment: Appointment, until: dt.datetime) -> RestartDecision:
    return sign(
        clinic, appointment, kind=RestartKind.ASK_AGAIN, restart_at=None, ask_again_at=until, sentences={}
    )


def tasks() -> list[tuple[str, dt.datetime]]:
    found = Task.objects.filter(kind=TaskKind.RESTART_MEDICINES).order_by("id")
    return [(task.status, task.due_at) for task in found]


def test_end_asks_when_the_held_medicine_starts_again(ended: Appointment) -> None:
    task = Task.objects.get(kind=TaskKind.RESTART_MEDICINES)

    assert (task.appointment, task.severity, task.due_at) == (ended, "urgent", EARLIEST)
    [question] = undecided_restarts(fresh(ended))
    assert (question.drug, question.earliest_at) == ("apixaban", EARLIEST)
    assert [(each.words, each.source) for each in question.proposals] == [
        ("24 hours after the end", "SIR2019")
    ]


def test_end_without_a_held_medicine_asks_nothing(clinic: Clinic, held: Appointment) -> None:
    [hold] = MedicationDecision.objects.all()
    operations.withdraw_decision(decision=hold, by=clinic.cleo, now=NOW + HOUR)

    end(clinic, held)

    assert tasks() == []
    assert restart_questions(fresh(held)) == ()


def test_hold_withdrawn_after_the_last_dose_is_asked_about(clinic: Clinic, held: Appointment) -> None:
    [hold] = MedicationDecision.objects.all()
    operations.withdraw_decision(decision=hold, by=clinic.cleo, now=START - DAY)

    end(clinic, held)

    assert tasks() == [("requested", EARLIEST)]


def test_medicine_without_a_time_in_the_rules_is_asked_about_soon(clinic: Clinic) -> None:
    make_medication(clinic.pia, "empagliflozin", dose_times=["08:00"])
    appointment = book(clinic)
    operations.sign_decision(
        appointment=appointment,
        drug="empagliflozin",
        kind=DecisionKind.HOLD,
        last_dose_on=dt.date(2027, 3, 12),
        sentences={"en": "Words."},
        basis_sha256=basis_of(fresh(appointment)),
        by=clinic.cleo,
        now=NOW,
    )
    operations.mark_arrived(appointment=appointment, now=START - HOUR, by=clinic.staff)

    end(clinic, appointment)

    assert tasks() == [("requested", END + 2 * HOUR)]


def test_signature_settles_the_question_and_gives_the_fact(clinic: Clinic, ended: Appointment) -> None:
    assert "restart_plan" not in inputs_of(fresh(ended)).facts

    decision = sign(clinic, ended)

    assert standing_restarts(fresh(ended)) == (decision,)
    assert tasks() == [("cancelled", EARLIEST)]
    inputs = inputs_of(fresh(ended))
    assert (inputs.facts["restart_plan"], inputs.facts["restart_first_on"], inputs.signed) == (
        str(decision.uid),
        dt.date(2027, 3, 17),
        True,
    )


def test_signature_raises_the_plan_revision(clinic: Clinic, ended: Appointment) -> None:
    before = fresh(ended).plan_revision

    sign(clinic, ended)

    assert fresh(ended).plan_revision == before + 1


def test_withdrawn_restart_opens_the_question_again(clinic: Clinic, ended: Appointment) -> None:
    decision = sign(clinic, ended)

    operations.withdraw_restart(decision=decision, by=clinic.dov, now=END + 2 * HOUR)

    assert tasks() == [("cancelled", EARLIEST), ("requested", EARLIEST)]
    assert "restart_plan" not in inputs_of(fresh(ended)).facts
    with pytest.raises(operations.AlreadyWithdrawn):
        operations.withdraw_restart(decision=decision, by=clinic.dov, now=END + 2 * HOUR)


def test_changed_entry_voids_the_restart_and_it_can_be_signed_again(
    clinic: Clinic, ended: Appointment
) -> None:
    first = sign(clinic, ended)
    clinic.pia.medications.update(form="2.5 mg tablet")
    [question] = restart_questions(fresh(ended))
    assert (question.standing, question.void) == (None, first)

    again = sign(clinic, ended)

    assert standing_restarts(fresh(ended)) == (again,)
    first.refresh_from_db()
    assert first.withdrawn_by == clinic.cleo


def test_staying_off_needs_a_reason_and_settles(clinic: Clinic, ended: Appointment) -> None:
    with pytest.raises(operations.ReasonMissing):
        sign(clinic, ended, kind=RestartKind.STAY_OFF, restart_at=None)

    decision = sign(
        clinic, ended, kind=RestartKind.STAY_OFF, restart_at=None, bleeding_stopped=False, reason="Bleeds."
    )

    assert standing_restarts(fresh(ended)) == (decision,)
    assert "restart_first_on" not in inputs_of(fresh(ended)).facts


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"drug": "aspirin"}, operations.NotHeld),
        ({"basis_sha256": "0" * 64}, operations.BasisChanged),
        ({"bleeding_stopped": False}, operations.BleedingNotStopped),
        ({"restart_at": None}, operations.RestartTimeNeeded),
        ({"restart_at": END}, operations.RestartTimeNeeded),
        ({"restart_at": dt.datetime(2027, 3, 18, 8)}, operations.RestartTimeNeeded),  # noqa: DTZ001
        ({"restart_at": EARLIEST - HOUR}, operations.RestartTooSoon),
        ({"sentences": {}}, operations.SentenceMissing),
        ({"kind": RestartKind.ASK_AGAIN, "restart_at": None}, operations.AskAgainNeeded),
        ({"kind": RestartKind.ASK_AGAIN, "restart_at": None, "ask_again_at": END}, operations.AskAgainNeeded),
    ],
)
def test_restart_is_refused(
    clinic: Clinic, ended: Appointment, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        sign(clinic, ended, **changes)

    assert not RestartDecision.objects.exists()


def test_sooner_than_the_rules_takes_a_reason(clinic: Clinic, ended: Appointment) -> None:
    decision = sign(clinic, ended, restart_at=EARLIEST - HOUR, reason="Mechanical valve.")

    assert decision.reason == "Mechanical valve."


def test_only_clinicians_sign_and_only_after_the_end(clinic: Clinic, held: Appointment) -> None:
    with pytest.raises(operations.NotOverYet):
        sign(clinic, held)
    end(clinic, held)
    with pytest.raises(operations.NotAClinician):
        sign(clinic, held, by=clinic.nora)
    there = make_user(clinic.organization, role=Role.CLINICIAN, username="eve", location=clinic.new_york)
    with pytest.raises(operations.NotAClinician):
        sign(clinic, held, by=there)


def test_second_restart_waits_for_the_first_to_be_withdrawn(clinic: Clinic, ended: Appointment) -> None:
    sign(clinic, ended)

    with pytest.raises(operations.AlreadyDecided):
        sign(clinic, ended)


def test_list_that_makes_no_plan_leaves_the_question_without_a_proposal(ended: Appointment) -> None:
    ended.patient.medications.update(dose_times=["25:99"])

    [question] = restart_questions(fresh(ended))

    assert (question.drug, question.proposals, question.earliest_at) == ("apixaban", (), None)


def test_settling_again_changes_nothing(ended: Appointment) -> None:
    task = operations.settle_restart_task(ended, now=RECORDED + HOUR)

    assert [task] == list(Task.objects.filter(kind=TaskKind.RESTART_MEDICINES))


# --- chased -------------------------------------------------------------------------------------------


def test_nobody_asks_again_within_a_day(ended: Appointment) -> None:
    assert chase_restarts(now=RECORDED + DAY - HOUR / 60) == 0


@pytest.mark.parametrize("closed", [True, False])
def test_after_a_day_it_is_asked_again_and_again(clinic: Clinic, ended: Appointment, closed: bool) -> None:
    [first] = Task.objects.filter(kind=TaskKind.RESTART_MEDICINES)
    operations.claim_task(task=first, by=clinic.nora, now=NOW)
    if closed:
        operations.complete_task(task=first, by=clinic.nora, outcome="Left a message", now=RECORDED + HOUR)
    after = RECORDED + DAY

    assert [chase_restarts(now=after), chase_restarts(now=after + HOUR), chase_restarts(now=after + DAY)] == [
        1,
        0,
        1,
    ]

    assert [status for status, _ in tasks()] == [
        "completed" if closed else "cancelled",
        "cancelled",
        "requested",
    ]
    assert Task.objects.order_by("-id")[0].due_at == after + DAY


def test_decided_restart_is_not_chased(clinic: Clinic, ended: Appointment) -> None:
    sign(clinic, ended)

    assert chase_restarts(now=RECORDED + 3 * DAY) == 0


def test_what_is_put_off_is_asked_about_when_its_time_has_come(clinic: Clinic, ended: Appointment) -> None:
    until = END + 4 * DAY

    put_off(clinic, ended, until)

    assert tasks() == [("cancelled", EARLIEST), ("requested", until)]
    assert chase_restarts(now=END + 2 * DAY) == 0
    assert chase_restarts(now=until + HOUR) == 1
    assert "restart_plan" not in inputs_of(fresh(ended)).facts


def test_death_ends_the_chase(clinic: Clinic, ended: Appointment) -> None:
    operations.record_death(patient=clinic.pia, on=END.date(), now=END + DAY, by=clinic.staff)

    assert chase_restarts(now=RECORDED + 3 * DAY) == 0
    assert [status for status, _ in tasks()] == ["cancelled"]


def test_reduced_medicine_is_asked_about_too(clinic: Clinic) -> None:
    make_medication(clinic.pia, "insulin glargine", brand="Lantus", dose_times=["22:00"])
    appointment = book(clinic)
    operations.sign_decision(
        appointment=appointment,
        drug="insulin glargine",
        kind=DecisionKind.REDUCE,
        dose_percent=80,
        sentences={"en": "Words."},
        basis_sha256=basis_of(fresh(appointment)),
        by=clinic.cleo,
        now=NOW,
    )
    operations.mark_arrived(appointment=appointment, now=START - HOUR, by=clinic.staff)

    end(clinic, appointment)

    [question] = restart_questions(fresh(appointment))
    assert [each.words for each in question.proposals] == ["when eating normally"]


# --- words --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "reduced", "words"),
    [
        (
            RestartKind.RESTART,
            False,
            "Eliquis (apixaban). Take it again, as before, from Wednesday 17 March, 11:00 in the morning.",
        ),
        (
            RestartKind.RESTART,
            True,
            "Eliquis (apixaban). Take your usual dose again from Wednesday 17 March, 11:00 in the morning.",
        ),
        (
            RestartKind.STAY_OFF,
            False,
            "Eliquis (apixaban). Do not take it again until a doctor tells you to.",
        ),
        (RestartKind.ASK_AGAIN, False, ""),
    ],
)
def test_words_to_start_from(held: Appointment, kind: RestartKind, reduced: bool, words: str) -> None:
    said = proposed_restart(
        appointment=fresh(held),
        drug="apixaban",
        kind=kind,
        today=dt.date(2027, 3, 16),
        restart_at=EARLIEST.astimezone(LONDON),
        was_reduced=reduced,
    )

    assert said == words
