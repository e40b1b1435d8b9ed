"""Every constraint and every guarding trigger of the diary, violated once; the tables must name them all."""

import datetime as dt
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from builders import (
    DAY,
    HOUR,
    NOW,
    START,
    Clinic,
    book,
    make_medication,
    make_offering,
    make_patient,
    make_resource,
)
from care_violations import GUARDS_OF_CARE, VIOLATIONS_OF_CARE
from day_violations import GUARDS_OF_THE_DAY, VIOLATIONS_OF_THE_DAY
from django.apps import apps
from django.db import Error, IntegrityError, transaction
from medicine_violations import GUARDS_OF_MEDICINES, VIOLATIONS_OF_MEDICINES
from record_violations import GUARDS_OF_RECORDS, VIOLATIONS_OF_RECORDS
from waiting_violations import GUARDS_OF_WAITING, VIOLATIONS_OF_WAITING

from scheduling.codes import AppointmentStatus, ResourceKind, TaskStatus
from scheduling.models import (
    Allocation,
    Appointment,
    AppointmentChange,
    Evidence,
    Hold,
    MedicationDecision,
    OpeningException,
    Patient,
    PatientAnswer,
    PatientCondition,
    ProcedureOffering,
    ProtocolAdoption,
    RelatedPerson,
    Resource,
    ResourceHours,
    Task,
)
from scheduling.operations.seating import constraint_of
from scheduling.rules import NEXT_STATUSES


def make_decision(clinic: Clinic, **fields: Any) -> MedicationDecision:
    defaults = {
        "appointment": Appointment.objects.first() or book(clinic),
        "drug": "apixaban",
        "kind": "hold",
        "last_dose_on": dt.date(2027, 3, 13),
        "sentences": {"en": "Words."},
        "basis_sha256": "0" * 64,
        "signed_by": clinic.cleo,
        "signed_at": NOW,
    }
    return MedicationDecision.objects.create(**{**defaults, **fields})


def make_task(clinic: Clinic, **fields: Any) -> Task:
    defaults = {
        "organization": clinic.organization,
        "kind": "phone-patient",
        "about": "matter",
        "severity": "urgent",
        "reason": "Phone.",
        "due_at": NOW,
        "opened_at": NOW,
    }
    return Task.objects.create(**{**defaults, **fields})


def make_hold(clinic: Clinic) -> Hold:
    return Hold.objects.create(
        organization=clinic.organization, offering=clinic.offering, start=START, expires_at=NOW
    )


def make_related_person(clinic: Clinic, **fields: Any) -> RelatedPerson:
    defaults = {"patient": clinic.pia, "given_name": "Peter", "family_name": "Novak", "relationship": "carer"}
    return RelatedPerson.objects.create(**{**defaults, **fields})


def make_answer(clinic: Clinic, **fields: Any) -> PatientAnswer:
    defaults = {
        "appointment": Appointment.objects.first() or book(clinic),
        "question": "confirm",
        "answer": "accepted",
        "about_start": START,
        "answered_at": NOW,
    }
    return PatientAnswer.objects.create(**{**defaults, **fields})


def two_patients_of_one_identifier(clinic: Clinic) -> None:
    make_patient(clinic.organization, identifier=clinic.pia.identifier)


def two_places_at_once(clinic: Clinic) -> None:
    first = book(clinic)
    first.pk = first.uid = None
    Appointment.objects.create(
        **{
            field.name: getattr(first, field.name)
            for field in Appointment._meta.concrete_fields
            if field.name not in {"id", "uid"}
        }
    )


def one_room_twice(clinic: Clinic) -> None:
    taken = book(clinic).allocations.get(leg="room")
    Allocation.objects.create(
        resource=taken.resource, hold=make_hold(clinic), leg="room", period=(START, START + HOUR)
    )


def decision_twice(clinic: Clinic) -> None:
    make_decision(clinic)
    make_decision(clinic)


def task_twice(clinic: Clinic) -> None:
    make_task(clinic)
    make_task(clinic, status="in-progress", owner=clinic.nora)


def condition_twice(clinic: Clinic) -> None:
    for _ in range(2):
        PatientCondition.objects.create(patient=clinic.pia, code="hfref")


def hours_twice(clinic: Clinic) -> None:
    for closes in (10, 11):
        ResourceHours.objects.create(
            resource=clinic.resource("room"), weekday="mon", opens=dt.time(8), closes=dt.time(closes)
        )


def change_twice(clinic: Clinic) -> None:
    change = book(clinic).changes.get()
    change.pk = None
    change.save(force_insert=True)


def allocation(clinic: Clinic, **fields: Any) -> None:
    defaults = {"resource": clinic.resource("room"), "leg": "room", "period": (START, START + HOUR)}
    Allocation.objects.create(**{**defaults, **fields})


def change_appointment(clinic: Clinic, **fields: Any) -> None:
    Appointment.objects.filter(pk=book(clinic).pk).update(**fields)


def make_adoption(clinic: Clinic, **fields: Any) -> ProtocolAdoption:
    defaults = {
        "offering": clinic.offering,
        "protocol": clinic.protocol,
        "adopted_by": clinic.cleo,
        "adopted_at": NOW,
    }
    return ProtocolAdoption.objects.create(**{**defaults, **fields})


def change_offering(clinic: Clinic, **fields: Any) -> None:
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(**fields)


def of_unknown_kind(clinic: Clinic) -> None:
    make_resource(clinic.london, kind="van", name="Van")


VIOLATIONS: dict[str, Callable[[Clinic], object]] = {
    "scheduling_offered_once_per_location": lambda c: make_offering(c.london, protocol=c.protocol),
    "scheduling_offering_has_a_length": lambda c: change_offering(c, planned_minutes=0),
    "scheduling_offering_keeps_to_the_grid": lambda c: change_offering(c, align_minutes=7),
    "scheduling_offering_takes_at_least_one_a_day": lambda c: change_offering(c, most_per_day=0),
    "scheduling_patient_identifier_is_unique": two_patients_of_one_identifier,
    "scheduling_patient_sex_is_known": lambda c: make_patient(c.organization, sex="x"),
    "scheduling_relationship_is_known": lambda c: make_related_person(c, relationship="friend"),
    "scheduling_consent_ends_after_it_began": lambda c: make_related_person(c, revoked_at=NOW),
    "scheduling_condition_listed_once": condition_twice,
    "scheduling_medicine_has_a_name": lambda c: make_medication(c.pia, ""),
    "scheduling_regimen_is_known": lambda c: make_medication(c.pia, "heparin", regimen="some"),
    "scheduling_route_is_known": lambda c: make_medication(c.pia, "heparin", route="po"),
    "scheduling_phase_is_known": lambda c: make_medication(c.pia, "semaglutide", phase="late"),
    "scheduling_medicine_weekdays_are_known": lambda c: make_medication(
        c.pia, "semaglutide", weekdays=["mo"]
    ),
    "scheduling_patient_is_in_one_place": two_places_at_once,
    "scheduling_arrive_then_start_then_end": lambda c: change_appointment(c, arrive_at=START + HOUR),
    "scheduling_procedure_ended_after_it_began": lambda c: change_appointment(
        c, began_at=START, ended_at=START
    ),
    "scheduling_cancelled_with_a_reason": lambda c: change_appointment(c, status="cancelled"),
    "scheduling_status_is_known": lambda c: Appointment.objects.bulk_create(
        [unsaved(book(c), status="lost")]
    ),
    "scheduling_one_change_per_revision": change_twice,
    "scheduling_change_kind_is_known": lambda c: AppointmentChange.objects.create(
        appointment=book(c), kind="lost", to_status="booked", to_start=START, revision=9, changed_at=NOW
    ),
    "scheduling_protocol_change_names_both": lambda c: AppointmentChange.objects.create(
        appointment=book(c), kind="protocol", to_status="booked", to_start=START, revision=9, changed_at=NOW
    ),
    "scheduling_adoption_changes_the_version": lambda c: make_adoption(c, previous=c.protocol),
    "scheduling_evidence_is_done_or_planned": lambda c: Evidence.objects.create(patient=c.pia, item="inr"),
    "scheduling_one_standing_decision_per_medicine": decision_twice,
    "scheduling_hold_names_the_last_dose": lambda c: make_decision(c, last_dose_on=None),
    "scheduling_decision_kind_is_known": lambda c: make_decision(c, kind="ask", last_dose_on=None),
    "scheduling_withdrawn_by_somebody": lambda c: make_decision(c, withdrawn_at=NOW),
    "scheduling_answer_is_known": lambda c: make_answer(c, answer="maybe"),
    "scheduling_resource_named_once": lambda c: make_resource(
        c.london, kind=ResourceKind.ROOM, name="Room 1"
    ),
    "scheduling_resource_kind_is_known": of_unknown_kind,
    "scheduling_resource_serves_at_least_one_a_day": lambda c: make_resource(
        c.london, kind=ResourceKind.ROOM, name="Room 2", most_per_day=0
    ),
    "scheduling_resource_hours_listed_once": hours_twice,
    "scheduling_resource_hours_weekday_is_known": lambda c: ResourceHours.objects.create(
        resource=c.resource("room"), weekday="day", opens=dt.time(8), closes=dt.time(9)
    ),
    "scheduling_exception_has_a_beginning_and_an_end": lambda c: OpeningException.objects.create(
        location=c.london, period=(START, None), reason="For good"
    ),
    "scheduling_resource_is_in_one_place": one_room_twice,
    "scheduling_allocation_has_one_owner": allocation,
    "scheduling_allocation_has_a_beginning_and_an_end": lambda c: allocation(
        c, hold=make_hold(c), period=(None, START)
    ),
    "scheduling_one_open_task_per_matter": task_twice,
    "scheduling_task_closed_at_a_time": lambda c: make_task(c, status="completed"),
    "scheduling_task_taken_by_somebody": lambda c: make_task(c, status="in-progress"),
    "scheduling_task_nobody_has_was_not_taken": lambda c: make_task(c, taken_at=NOW),
    "scheduling_task_kind_is_known": lambda c: make_task(c, kind="tidy-up"),
    "scheduling_task_severity_is_known": lambda c: make_task(c, severity="mild"),
    **VIOLATIONS_OF_CARE,
    **VIOLATIONS_OF_THE_DAY,
    **VIOLATIONS_OF_MEDICINES,
    **VIOLATIONS_OF_RECORDS,
    **VIOLATIONS_OF_WAITING,
}


def unsaved(appointment: Appointment, **changes: Any) -> Appointment:
    """Return a copy a week later that is not stored."""
    fields = {
        field.name: getattr(appointment, field.name)
        for field in Appointment._meta.concrete_fields
        if field.name not in {"id", "uid"}
    }
    return Appointment(**{**fields, **changes})


@pytest.mark.parametrize("name", VIOLATIONS)
def test_constraint_holds(clinic: Clinic, name: str) -> None:
    with pytest.raises(IntegrityError) as refused, transaction.atomic():
        VIOLATIONS[name](clinic)

    assert constraint_of(refused.value) == name


def test_every_constraint_is_violated_here() -> None:
    declared = {
        constraint.name
        for model in apps.get_app_config("scheduling").get_models()
        if not model._meta.proxy
        for constraint in model._meta.constraints
    }

    assert set(VIOLATIONS) == declared


# --- triggers ---------------------------------------------------------------------------------------


def fall_back(clinic: Clinic) -> None:
    appointment = book(clinic)
    Patient.objects.filter(pk=clinic.pia.pk).update(language="es")
    Appointment.objects.filter(pk=appointment.pk).update(plan_revision=1)


def revive_allocation(clinic: Clinic) -> None:
    room = book(clinic).allocations.get(leg="room")
    Allocation.objects.filter(pk=room.pk).update(active=False)
    Allocation.objects.filter(pk=room.pk).update(active=True)


def change_signed_words(clinic: Clinic) -> None:
    MedicationDecision.objects.filter(pk=make_decision(clinic).pk).update(sentences={"en": "Others."})


def reopen_task(clinic: Clinic) -> None:
    task = make_task(clinic, status="completed", closed_at=NOW)
    Task.objects.filter(pk=task.pk).update(status="requested", closed_at=None)


GUARDS: dict[str, Callable[[Clinic], object]] = {
    "appointment_moves_forward": lambda c: change_appointment(c, status="fulfilled"),
    "appointment_changed": fall_back,
    "booking_keeps_its_protocol": lambda c: change_appointment(c, rule_set_sha256="0" * 64),
    "adoption_is_kept": lambda c: make_adoption(c).delete(),
    "appointment_is_kept": lambda c: Appointment.objects.filter(pk=unrecorded(book(c)).pk).delete(),
    "history_is_kept": lambda c: book(c).changes.update(reason="Something else"),
    "decision_is_kept": lambda c: make_decision(c).delete(),
    "signed_words_stand": change_signed_words,
    "answer_is_kept": lambda c: PatientAnswer.objects.filter(pk=make_answer(c).pk).update(answer="declined"),
    "freed_allocation_stays_free": revive_allocation,
    "task_moves_forward": reopen_task,
    "task_is_kept": lambda c: make_task(c).delete(),
    **GUARDS_OF_CARE,
    **GUARDS_OF_THE_DAY,
    **GUARDS_OF_MEDICINES,
    **GUARDS_OF_RECORDS,
    **GUARDS_OF_WAITING,
}


def unrecorded(appointment: Appointment) -> Appointment:
    """Return a second appointment without a history, which alone would keep it."""
    later = {"start": START + DAY, "arrive_at": START + DAY, "planned_end": START + DAY + HOUR}
    copy = unsaved(appointment, **later, period=(START + DAY, START + DAY + HOUR))
    copy.save()
    return copy


@pytest.mark.parametrize("name", GUARDS)
def test_guard_refuses(clinic: Clinic, name: str) -> None:
    with pytest.raises(Error), transaction.atomic():
        GUARDS[name](clinic)


def test_every_guard_is_tried_here() -> None:
    declared = {
        trigger.name
        for model in apps.get_app_config("scheduling").get_models()
        for trigger in getattr(model._meta, "triggers", [])
        # These only count, or ask for another look; tests of their own see what they do.
        if "plan_revision = plan_revision + 1" not in (trigger.func or "")
        and trigger.name not in {"call_judges_again", "change_knows_who_waits"}
    }

    assert set(GUARDS) == declared


def reached(clinic: Clinic, status: AppointmentStatus) -> Appointment:
    """Return an appointment in a status, stored as such."""
    reason = "pat" if status == AppointmentStatus.CANCELLED else ""
    copy = unsaved(book(clinic), status=status, cancellation_reason=reason)
    copy.start = copy.arrive_at = START + DAY
    copy.planned_end = START + DAY + HOUR
    copy.period = (START + DAY, START + DAY + HOUR)
    copy.save()
    return copy


@pytest.mark.parametrize("before", AppointmentStatus)
def test_transition_table_is_the_databases(clinic: Clinic, before: AppointmentStatus) -> None:
    appointment = Appointment.objects.filter(pk=reached(clinic, before).pk)

    allowed = set()
    for after in AppointmentStatus:
        reason = "pat" if after == AppointmentStatus.CANCELLED else ""
        with suppress(Error), transaction.atomic():
            appointment.update(status=after, cancellation_reason=reason)
            allowed.add(after)
            transaction.set_rollback(True)

    assert allowed == {before, *NEXT_STATUSES[before]}


@pytest.mark.parametrize("status", [TaskStatus.COMPLETED, TaskStatus.CANCELLED])
def test_closed_task_lets_another_be_opened(clinic: Clinic, status: TaskStatus) -> None:
    make_task(clinic, status=status, closed_at=NOW)

    assert make_task(clinic).status == "requested"


def test_resources_that_only_touch_are_both_kept(clinic: Clinic) -> None:
    allocation(clinic, hold=make_hold(clinic))

    allocation(clinic, hold=make_hold(clinic), period=(START + HOUR, START + 2 * HOUR))

    assert Resource.objects.get(kind="room", location=clinic.london).allocations.count() == 2
