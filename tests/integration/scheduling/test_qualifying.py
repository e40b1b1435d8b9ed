"""A hard gate is a gate: in booking, in the slots that are offered, and in the answer to why not."""

import datetime as dt
from dataclasses import asdict, replace

import pytest
from builders import DAY, NOW, START, Clinic, book, make_protocol

from procedures.care import Care, ChecklistItem, Gate, Interval, Occasion, Qualification, Treatment
from scheduling.codes import AuthorizationStatus
from scheduling.models import FreezeCycle, OtherTreatment, ProcedureOffering
from scheduling.operations import (
    AlreadyTicked,
    AuthorizationNeedsAnEnd,
    FreezeIsEmpty,
    NothingToRecord,
    NotOnTheChecklist,
    NotQualified,
    OverrideRefused,
    TooCloseToTreatment,
    TreatmentEndsBeforeItBegan,
    authorization_in_force,
    mark_arrived,
    record_authorization,
    record_evidence,
    record_freeze,
    record_treatment,
    tick_off,
)
from scheduling.operations.slots import ObstacleRule, SlotState, explain_slot, find_slots

pytestmark = pytest.mark.django_db

IMAGING_FIRST = Care(
    qualification=(
        Qualification(
            evidence="planning_imaging",
            gate=Gate.HARD,
            own_visit=True,
            text="Pictures come first.",
            source="S4",
        ),
    ),
    combined=(
        Interval(
            treatment=Treatment.CHEMOTHERAPY,
            days_after=14,
            days_before=7,
            text="Two weeks apart.",
            source="ops",
        ),
    ),
    checklist=(
        ChecklistItem(code="warming", occasion=Occasion.DURING, text="Warming blanket on.", source="S3"),
    ),
)


@pytest.fixture
def careful(clinic: Clinic) -> Clinic:
    """Return the clinic with a protocol that wants pictures first and chemotherapy at a distance."""
    protocol = make_protocol(
        clinic.organization,
        procedure_type=clinic.offering.procedure_type,
        written_by=clinic.nora,
        approved_by=clinic.cleo,
        version=2,
        care=asdict(IMAGING_FIRST),
    )
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(protocol=protocol)
    return replace(clinic, offering=ProcedureOffering.objects.get(pk=clinic.offering.pk))


def photographed(clinic: Clinic) -> None:
    record_evidence(
        patient=clinic.pia,
        item="planning_imaging",
        done_on=(NOW - 3 * DAY).date(),
        now=NOW,
        recorded_by=clinic.nora,
    )


def in_chemotherapy(clinic: Clinic, *, until: dt.date | None) -> None:
    record_treatment(
        patient=clinic.pia,
        treatment=Treatment.CHEMOTHERAPY,
        first_on=(START - 60 * DAY).date(),
        last_on=until,
        now=NOW,
    )


def test_booking_waits_for_what_must_come_first(careful: Clinic) -> None:
    with pytest.raises(NotQualified) as refusal:
        book(careful)

    assert (refusal.value.missing, refusal.value.own_visits) == (("planning_imaging",), ("planning_imaging",))


def test_booking_goes_on_once_it_is_there(careful: Clinic) -> None:
    photographed(careful)

    assert book(careful).override_reason == ""


def test_clinician_may_book_before_it_with_a_reason(careful: Clinic) -> None:
    by = replace(careful.staff, may_override=True)

    assert book(careful, by=by, override_reason="Pictures today").override_reason == "Pictures today"


def test_others_may_not(careful: Clinic) -> None:
    by = replace(careful.staff, may_override=False)

    with pytest.raises(OverrideRefused):
        book(careful, by=by, override_reason="Please")


def test_booking_keeps_its_distance_to_chemotherapy(careful: Clinic) -> None:
    photographed(careful)
    in_chemotherapy(careful, until=(START - 5 * DAY).date())

    with pytest.raises(TooCloseToTreatment) as refusal:
        book(careful)

    assert refusal.value.earliest_start_on == (START + 9 * DAY).date()


def test_treatment_entered_in_error_keeps_nothing_away(careful: Clinic) -> None:
    photographed(careful)
    in_chemotherapy(careful, until=None)
    OtherTreatment.objects.update(void=True)

    assert book(careful).start == START


def test_slots_are_not_offered_before_it(careful: Clinic) -> None:
    asked = {
        "offering": careful.offering,
        "patient": careful.pia,
        "first": START,
        "until": START + 2 * DAY,
        "now": NOW,
    }

    with pytest.raises(NotQualified) as refused:
        find_slots(**asked)
    assert refused.value.reasons == ("Pictures come first.",)
    with_all = find_slots(**asked, with_too_soon=True)
    assert {(slot.state, slot.reason) for slot in with_all} == {
        (SlotState.NOT_QUALIFIED, "This must come first: Pictures come first.")
    }


def test_explanation_says_what_must_come_first(careful: Clinic) -> None:
    found = explain_slot(offering=careful.offering, patient=careful.pia, start=START, now=NOW)

    assert [(each.rule, each.detail) for each in found.obstacles] == [
        (ObstacleRule.NOT_QUALIFIED, "This must come first: Pictures come first.")
    ]
    assert found.next_slot is None


def test_slots_begin_when_chemotherapy_is_far_enough(careful: Clinic) -> None:
    photographed(careful)
    in_chemotherapy(careful, until=(START - 13 * DAY).date())

    found = find_slots(
        offering=careful.offering, patient=careful.pia, first=START, until=START + 4 * DAY, limit=1, now=NOW
    )

    assert found[0].start.date() == (START + DAY).date()


def test_payers_word_counts_until_its_last_day(clinic: Clinic) -> None:
    kidney = clinic.offering.procedure_type
    until = (START + DAY).date()
    record_authorization(
        patient=clinic.pia,
        procedure_type=kidney,
        status=AuthorizationStatus.APPROVED,
        valid_until=until,
        now=NOW,
    )

    def counts(day: dt.date) -> bool:
        return authorization_in_force(clinic.pia, procedure_type=kidney, day=day) is not None

    assert [counts(until), counts(until + DAY)] == [True, False]


def test_payers_last_word_counts(clinic: Clinic) -> None:
    kidney = clinic.offering.procedure_type
    for status in (AuthorizationStatus.APPROVED, AuthorizationStatus.REFUSED):
        record_authorization(
            patient=clinic.pia, procedure_type=kidney, status=status, valid_until=START.date(), now=NOW
        )

    assert authorization_in_force(clinic.pia, procedure_type=kidney, day=START.date()) is None


def test_agreement_without_an_end_is_refused(clinic: Clinic) -> None:
    with pytest.raises(AuthorizationNeedsAnEnd):
        record_authorization(
            patient=clinic.pia,
            procedure_type=clinic.offering.procedure_type,
            status=AuthorizationStatus.APPROVED,
            now=NOW,
        )


def test_treatment_cannot_end_before_it_began(clinic: Clinic) -> None:
    with pytest.raises(TreatmentEndsBeforeItBegan):
        record_treatment(
            patient=clinic.pia,
            treatment=Treatment.SURGERY,
            first_on=START.date(),
            last_on=(START - DAY).date(),
            now=NOW,
        )


def test_freezes_go_on_record_in_their_order(clinic: Clinic) -> None:
    appointment = book(clinic)
    mark_arrived(appointment=appointment, now=START, by=clinic.staff)
    for seconds, thaw in ((600, 480), (600, None)):
        record_freeze(
            appointment=appointment, freeze_seconds=seconds, thaw_seconds=thaw, probes=2, now=START,
            recorded_by=clinic.cleo,
        )  # fmt: skip

    rows = FreezeCycle.objects.values_list("position", "freeze_seconds", "thaw_seconds", "probes")
    assert list(rows) == [(1, 600, 480, 2), (2, 600, None, 2)]


def test_nothing_is_recorded_before_the_patient_is_there(clinic: Clinic) -> None:
    with pytest.raises(NothingToRecord):
        record_freeze(
            appointment=book(clinic), freeze_seconds=600, thaw_seconds=None, probes=1, now=START,
            recorded_by=clinic.cleo,
        )  # fmt: skip


def test_freeze_of_no_length_is_refused(clinic: Clinic) -> None:
    with pytest.raises(FreezeIsEmpty):
        record_freeze(
            appointment=book(clinic), freeze_seconds=0, thaw_seconds=None, probes=1, now=START,
            recorded_by=clinic.cleo,
        )  # fmt: skip


def test_checklist_is_ticked_once_and_only_for_what_it_has(careful: Clinic) -> None:
    photographed(careful)
    appointment = book(careful)
    tick_off(appointment=appointment, code="warming", now=START, ticked_by=careful.nora)

    with pytest.raises(AlreadyTicked):
        tick_off(appointment=appointment, code="warming", now=START, ticked_by=careful.cleo)
    with pytest.raises(NotOnTheChecklist):
        tick_off(appointment=appointment, code="music", now=START, ticked_by=careful.cleo)
