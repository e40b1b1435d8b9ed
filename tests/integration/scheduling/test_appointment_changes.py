"""What happens to an appointment after it is booked: moved, cancelled, arrived, missed, ended, void."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_medication, make_patient, make_protocol

from procedures.codes import ProtocolStatus
from procedures.models import Protocol
from scheduling import operations
from scheduling.codes import AppointmentStatus, CancellationReason, TaskKind, TaskSeverity
from scheduling.models import Allocation, Appointment, MedicationDecision, Resource, Task

LATER = START + DAY
AFTER = START + 6 * HOUR


def move(clinic: Clinic, appointment: Appointment, **changes: Any) -> Appointment:
    request = {"start": LATER, "now": NOW + HOUR, "by": clinic.staff, "expected_revision": 1, **changes}
    return operations.move_appointment(appointment=appointment, **request)


def cancel(clinic: Clinic, appointment: Appointment, **changes: Any) -> Appointment:
    request = {"reason": CancellationReason.PATIENT, "now": NOW + HOUR, "by": clinic.staff, **changes}
    return operations.cancel_appointment(appointment=appointment, **request)


def arrive(clinic: Clinic, appointment: Appointment, **changes: Any) -> Appointment:
    return operations.mark_arrived(
        appointment=appointment, **{"now": START - HOUR, "by": clinic.staff, **changes}
    )


def miss(clinic: Clinic, appointment: Appointment, **changes: Any) -> Appointment:
    return operations.mark_noshow(
        appointment=appointment, **{"now": START + HOUR, "by": clinic.staff, **changes}
    )


def end(clinic: Clinic, appointment: Appointment, **changes: Any) -> Appointment:
    request = {"began_at": START, "ended_at": START + HOUR, "now": AFTER, "by": clinic.staff, **changes}
    return operations.record_end(appointment=appointment, **request)


def void(clinic: Clinic, appointment: Appointment, **changes: Any) -> Appointment:
    request = {"reason": "Wrong patient", "now": NOW + HOUR, "by": clinic.staff, **changes}
    return operations.void(appointment=appointment, **request)


def hold_decision(clinic: Clinic, appointment: Appointment, last_dose_on: dt.date) -> MedicationDecision:
    return MedicationDecision.objects.create(
        appointment=appointment,
        drug="apixaban",
        kind="hold",
        last_dose_on=last_dose_on,
        sentences={"en": "Words."},
        basis_sha256="0" * 64,
        signed_by=clinic.cleo,
        signed_at=NOW,
    )


def busy(appointment: Appointment) -> list[str]:
    rows = Allocation.objects.filter(appointment=appointment, active=True)
    return list(rows.order_by("id").values_list("leg", flat=True))


# --- move -------------------------------------------------------------------------------------------


def test_move_takes_the_new_time_and_gives_back_the_old(clinic: Clinic) -> None:
    appointment = book(clinic)

    moved = move(clinic, appointment)

    assert moved.pk == appointment.pk
    assert (moved.start, moved.arrive_at, moved.planned_end) == (LATER, LATER - HOUR, LATER + 1.5 * HOUR)
    assert (moved.period.lower, moved.period.upper) == (LATER - HOUR, LATER + 3.5 * HOUR)
    assert (moved.booked_at, moved.known_at, moved.revision) == (NOW, NOW + HOUR, 2)
    periods = Allocation.objects.filter(appointment=moved, active=True).values_list("period", flat=True)
    assert {period.lower.date() for period in periods} == {LATER.date()}
    assert book(clinic, patient=make_patient(clinic.organization)).start == START


def test_move_records_from_where_to_where(clinic: Clinic) -> None:
    moved = move(clinic, book(clinic), reason="Asked by the patient")

    change = moved.changes.last()
    assert change is not None
    assert (change.kind, change.from_status, change.to_status) == ("moved", "booked", "booked")
    assert (change.from_start, change.to_start, change.reason) == (START, LATER, "Asked by the patient")
    assert (change.revision, change.changed_at, change.user) == (2, NOW + HOUR, clinic.nora)


def test_move_by_a_few_minutes_keeps_its_own_resources(clinic: Clinic) -> None:
    moved = move(clinic, book(clinic), start=START + HOUR / 4)

    assert busy(moved) == ["operator", "room", "console", "bay"]


def test_move_keeps_the_bay_the_patient_had(clinic: Clinic) -> None:
    first_bay = Resource.objects.filter(location=clinic.london, name="Bay 1")
    first_bay.update(active=False)
    appointment = book(clinic)
    first_bay.update(active=True)

    moved = move(clinic, appointment, start=START + HOUR)

    assert moved.allocations.get(leg="bay", active=True).resource.name == "Bay 2"


def test_refused_move_keeps_the_old_time(clinic: Clinic) -> None:
    book(clinic, patient=make_patient(clinic.organization), start=LATER)
    appointment = book(clinic)

    with pytest.raises(operations.SlotTaken):
        move(clinic, appointment)

    kept = Appointment.objects.get(pk=appointment.pk)
    assert (kept.start, kept.revision, kept.changes.count()) == (START, 1, 1)
    assert busy(kept) == ["operator", "room", "console", "bay"]


def test_move_keeps_the_protocol_it_was_booked_under(clinic: Clinic) -> None:
    appointment = book(clinic)
    Protocol.objects.update(status=ProtocolStatus.RETIRED)
    clinic.offering.protocol = make_protocol(
        clinic.organization,
        procedure_type=clinic.protocol.procedure_type,
        written_by=clinic.cleo,
        approved_by=clinic.dov,
        version=2,
    )
    clinic.offering.save()

    assert move(clinic, appointment).protocol == clinic.protocol


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"start": START}, operations.AlreadyThere),
        ({"expected_revision": 2}, operations.StaleRevision),
        ({"start": LATER.replace(tzinfo=None)}, operations.StartIsNaive),
        ({"start": NOW}, operations.StartInPast),
        ({"start": NOW + 200 * DAY}, operations.BeyondHorizon),
        ({"start": NOW + 20 * HOUR}, operations.TooShortNotice),
        ({"start": START + 11 * HOUR}, operations.OutsideHours),
    ],
)
def test_move_is_refused(clinic: Clinic, changes: dict[str, object], refusal: type[Exception]) -> None:
    appointment = book(clinic)

    with pytest.raises(refusal):
        move(clinic, appointment, **changes)

    assert Appointment.objects.get(pk=appointment.pk).revision == 1


def test_move_to_where_the_patient_is_elsewhere_is_refused(clinic: Clinic) -> None:
    book(clinic, offering=clinic.offering_new_york, start=LATER + 5 * HOUR)
    appointment = book(clinic)

    with pytest.raises(operations.PatientBusy):
        move(clinic, appointment, start=LATER + 2 * HOUR)


def test_move_that_cannot_be_prepared_needs_a_reason(clinic: Clinic) -> None:
    make_medication(clinic.pia, "clopidogrel", dose_times=["08:00"])
    appointment = book(clinic)
    start = START - 8 * DAY

    with pytest.raises(operations.CannotBePrepared) as refused:
        move(clinic, appointment, start=start, now=NOW + DAY)

    moved = move(clinic, appointment, start=start, now=NOW + DAY, override_reason="Agreed")
    assert refused.value.earliest_start_on == dt.date(2027, 3, 10)
    assert moved.override_reason == "Agreed"


def test_stale_revision_names_the_one_that_holds(clinic: Clinic) -> None:
    appointment = book(clinic)
    move(clinic, appointment)

    with pytest.raises(operations.StaleRevision) as refused:
        move(clinic, appointment, start=LATER + DAY)

    assert refused.value.current == 2


# --- status -----------------------------------------------------------------------------------------


def test_way_through_the_day(clinic: Clinic) -> None:
    appointment = book(clinic)

    arrive(clinic, appointment)
    ended = end(clinic, appointment)

    assert (ended.status, ended.began_at, ended.ended_at, ended.revision) == (
        "fulfilled", START, START + HOUR, 3,
    )  # fmt: skip
    assert [(change.kind, change.from_status, change.to_status) for change in ended.changes.all()] == [
        ("booked", "", "booked"),
        ("status", "booked", "arrived"),
        ("ended", "arrived", "fulfilled"),
    ]


def test_cancelling_frees_everything(clinic: Clinic) -> None:
    cancelled = cancel(clinic, book(clinic), note="Has a cold")

    assert (cancelled.status, cancelled.cancellation_reason, cancelled.revision) == ("cancelled", "pat", 2)
    assert [change.reason for change in cancelled.changes.all()] == ["", "Has a cold"]
    assert busy(cancelled) == []
    assert book(clinic).start == START


def test_leaving_early_frees_the_bay_and_keeps_what_is_over(clinic: Clinic) -> None:
    appointment = book(clinic)
    arrive(clinic, appointment)

    end(clinic, appointment, now=START + 2 * HOUR)

    assert busy(appointment) == ["operator", "room", "console"]


def test_missed_appointment_frees_what_is_left(clinic: Clinic) -> None:
    assert busy(miss(clinic, book(clinic))) == []


def test_void_frees_even_what_is_over(clinic: Clinic) -> None:
    appointment = book(clinic)

    voided = void(clinic, appointment, now=AFTER)

    assert (voided.status, busy(voided)) == ("entered-in-error", [])
    assert voided.changes.last().reason == "Wrong patient"


def test_void_after_the_end_asks_about_medicines_that_nobody_let_start_again(clinic: Clinic) -> None:
    appointment = book(clinic)
    hold_decision(clinic, appointment, START.date() - DAY)
    arrive(clinic, appointment)
    end(clinic, appointment)

    void(clinic, appointment, now=AFTER)

    found = Task.objects.order_by("id").values_list("kind", "status")
    assert list(found) == [("restart-medicines", "cancelled"), ("may-have-stopped", "requested")]


def test_void_after_the_end_without_held_medicines_asks_nobody(clinic: Clinic) -> None:
    appointment = book(clinic)
    arrive(clinic, appointment)
    end(clinic, appointment)

    void(clinic, appointment, now=AFTER)

    assert not Task.objects.exists()


STEPS: dict[str, Callable[..., Appointment]] = {
    "arrive": arrive,
    "miss": miss,
    "end": end,
    "cancel": cancel,
    "void": void,
    "move": move,
}


@pytest.mark.parametrize(
    ("way", "refused_step"),
    [
        ([], "end"),
        (["arrive"], "arrive"),
        (["arrive"], "miss"),
        (["arrive"], "move"),
        (["arrive", "end"], "cancel"),
        (["arrive", "end"], "move"),
        (["cancel"], "cancel"),
        (["cancel"], "void"),
        (["cancel"], "move"),
        (["miss"], "arrive"),
        (["void"], "void"),
    ],
)
def test_steps_out_of_order_are_refused(clinic: Clinic, way: list[str], refused_step: str) -> None:
    appointment = book(clinic)
    for step in way:
        STEPS[step](clinic, appointment)

    with pytest.raises(operations.TransitionRefused):
        STEPS[refused_step](clinic, appointment, expected_revision=len(way) + 1)


@pytest.mark.parametrize("step", ["arrive", "miss", "cancel", "void"])
def test_step_on_an_old_revision_is_refused(clinic: Clinic, step: str) -> None:
    with pytest.raises(operations.StaleRevision):
        STEPS[step](clinic, book(clinic), expected_revision=7)


def test_refused_transition_names_both_states(clinic: Clinic) -> None:
    with pytest.raises(operations.TransitionRefused) as refused:
        end(clinic, book(clinic))

    assert (refused.value.from_status, refused.value.to_status) == ("booked", AppointmentStatus.FULFILLED)


@pytest.mark.parametrize(
    "times",
    [
        {"began_at": START + HOUR},
        {"ended_at": AFTER + HOUR},
        {"began_at": START.replace(tzinfo=None)},
        {"ended_at": START.replace(tzinfo=None)},
    ],
)
def test_times_that_do_not_fit_are_refused(clinic: Clinic, times: dict[str, dt.datetime]) -> None:
    appointment = arrive(clinic, book(clinic))

    with pytest.raises(operations.TimesDoNotFit):
        end(clinic, appointment, **times)


def test_nobody_misses_what_has_not_begun(clinic: Clinic) -> None:
    appointment = book(clinic)

    with pytest.raises(operations.NotYetStarted):
        miss(clinic, appointment, now=START - HOUR)

    assert Appointment.objects.get(pk=appointment.pk).status == "booked"


# --- what must be done when it does not take place ------------------------------------------------


@pytest.mark.parametrize("step", [cancel, miss, void])
def test_begun_hold_opens_an_urgent_call(clinic: Clinic, step: Callable[..., Appointment]) -> None:
    appointment = book(clinic)
    hold_decision(clinic, appointment, START.date() - DAY)

    step(clinic, appointment, now=START + HOUR / 2)

    [task] = Task.objects.all()
    assert (task.kind, task.severity) == (TaskKind.MAY_HAVE_STOPPED, TaskSeverity.URGENT)
    assert (task.appointment, task.location) == (appointment, clinic.london)
    assert task.due_at == START + HOUR / 2


def test_hold_that_has_not_begun_opens_nothing(clinic: Clinic) -> None:
    appointment = book(clinic)
    hold_decision(clinic, appointment, START.date() - DAY)

    cancel(clinic, appointment, now=START - 2 * DAY)

    assert not Task.objects.exists()


def test_withdrawn_hold_opens_nothing(clinic: Clinic) -> None:
    appointment = book(clinic)
    decision = hold_decision(clinic, appointment, START.date() - DAY)
    operations.withdraw_decision(decision=decision, by=clinic.cleo, now=NOW)

    cancel(clinic, appointment, now=START - HOUR)

    assert not Task.objects.exists()


def test_hold_withdrawn_after_its_day_had_come_opens_a_call(clinic: Clinic) -> None:
    appointment = book(clinic)
    decision = hold_decision(clinic, appointment, START.date() - DAY)
    operations.withdraw_decision(decision=decision, by=clinic.cleo, now=START - HOUR)

    cancel(clinic, appointment, now=START - HOUR / 2)

    assert [task.kind for task in Task.objects.all()] == ["may-have-stopped"]


@pytest.mark.parametrize(("now", "kinds"), [(START - HOUR, ["may-have-stopped"]), (START - 3 * DAY, [])])
def test_move_after_a_hold_began_opens_an_urgent_call(
    clinic: Clinic, now: dt.datetime, kinds: list[str]
) -> None:
    appointment = book(clinic)
    hold_decision(clinic, appointment, START.date() - DAY)

    move(clinic, appointment, now=now, start=START + 7 * DAY)

    assert [(task.kind, task.due_at) for task in Task.objects.all()] == [(kind, now) for kind in kinds]


def test_reduction_that_has_begun_opens_a_call(clinic: Clinic) -> None:
    appointment = book(clinic)
    MedicationDecision.objects.create(
        appointment=appointment, drug="insulin glargine", kind="reduce", dose_percent=80, dose_at=START - DAY,
        sentences={"en": "Words."}, basis_sha256="0" * 64, signed_by=clinic.cleo, signed_at=NOW,
    )  # fmt: skip

    cancel(clinic, appointment, now=START - HOUR)

    assert [task.kind for task in Task.objects.all()] == ["may-have-stopped"]


def test_cancelling_closes_what_is_pointless_now(clinic: Clinic) -> None:
    appointment = book(clinic)
    operations.open_overdue_tasks(now=AFTER)

    cancel(clinic, appointment, now=AFTER)

    assert [task.status for task in Task.objects.all()] == ["cancelled"]


def test_death_cancels_everything_ahead_and_silences_calls(clinic: Clinic) -> None:
    appointment = book(clinic)
    hold_decision(clinic, appointment, dt.date(2027, 3, 1))
    past = book(clinic, start=NOW + 2 * DAY)
    arrive(clinic, past, now=NOW + 2 * DAY)
    calls = {
        kind: operations.open_task(
            organization=clinic.organization,
            kind=kind,
            about="matter",
            severity=TaskSeverity.URGENT,
            reason="Phone.",
            due_at=NOW,
            now=NOW,
            appointment=past,
        )
        for kind in (TaskKind.PHONE_PATIENT, TaskKind.RECORD_END)
    }

    cancelled = operations.record_death(
        patient=clinic.pia, on=dt.date(2027, 3, 4), now=NOW + 3 * DAY, by=clinic.staff
    )

    clinic.pia.refresh_from_db()
    assert clinic.pia.deceased_on == dt.date(2027, 3, 4)
    assert [(each.pk, each.cancellation_reason) for each in cancelled] == [(appointment.pk, "pat-cpp")]
    assert Appointment.objects.get(pk=past.pk).status == "arrived"
    assert {task.kind: task.status for task in Task.objects.all()} == {
        calls[TaskKind.PHONE_PATIENT].kind: "cancelled",
        calls[TaskKind.RECORD_END].kind: "requested",
    }


def test_death_on_a_day_that_has_not_come_is_refused(clinic: Clinic) -> None:
    with pytest.raises(operations.DeathInFuture):
        operations.record_death(patient=clinic.pia, on=dt.date(2027, 3, 3), now=NOW, by=clinic.staff)
