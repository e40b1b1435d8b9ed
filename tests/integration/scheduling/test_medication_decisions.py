"""Who may sign what about a medicine, on which basis, and for how long it stands."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from builders import DAY, HOUR, LONDON, NOW, START, Clinic, book, make_medication, make_user

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Membership
from procedures.preparation import prepare
from scheduling import operations
from scheduling.codes import CancellationReason, DecisionKind
from scheduling.models import Appointment, Evidence, MedicationDecision, RelatedPerson
from scheduling.models.case import basis_of, case_of
from scheduling.operations import proposed_sentence, standing_decisions, undecided_drugs

WORDS = {"en": "Eliquis (apixaban). Take your last tablet on Saturday 13 March, in the evening."}


@pytest.fixture
def appointment(clinic: Clinic) -> Appointment:
    """Pia takes apixaban at 8:00 and 20:00, with good kidneys, and is booked for Tuesday 16 March at 9:00."""
    make_medication(clinic.pia, "apixaban", brand="Eliquis", form="5 mg tablet")
    Evidence.objects.create(
        patient=clinic.pia, item="creatinine_clearance", done_on=dt.date(2027, 2, 26), value=Decimal(80)
    )
    return book(clinic)


def fresh(appointment: Appointment) -> Appointment:
    return Appointment.objects.with_facts().get(pk=appointment.pk)


def planned_last_dose(appointment: Appointment) -> tuple[dt.date | None, dt.datetime | None]:
    [hold] = prepare(case_of(fresh(appointment))).holds
    return hold.candidates[0].last_dose_on, hold.candidates[0].last_dose_at


def sign(clinic: Clinic, appointment: Appointment, **changes: Any) -> MedicationDecision:
    last_dose_on, last_dose_at = planned_last_dose(appointment)
    request = {
        "appointment": appointment,
        "drug": "apixaban",
        "kind": DecisionKind.HOLD,
        "last_dose_on": last_dose_on,
        "last_dose_at": last_dose_at,
        "sentences": WORDS,
        "basis_sha256": basis_of(fresh(appointment)),
        "by": clinic.cleo,
        "now": NOW + HOUR,
        **changes,
    }
    return operations.sign_decision(**request)


def sign_plainly(clinic: Clinic, appointment: Appointment, **changes: Any) -> MedicationDecision:
    """Sign for the plan's own last dose, Sunday morning, four doses before the start."""
    request = {
        "appointment": appointment,
        "drug": "apixaban",
        "kind": DecisionKind.HOLD,
        "last_dose_on": dt.date(2027, 3, 14),
        "sentences": WORDS,
        "basis_sha256": basis_of(fresh(appointment)),
        "by": clinic.cleo,
        "now": NOW + HOUR,
        **changes,
    }
    return operations.sign_decision(**request)


def test_signed_decision_stands(clinic: Clinic, appointment: Appointment) -> None:
    assert undecided_drugs(fresh(appointment)) == ("apixaban",)

    decision = sign(clinic, appointment)

    assert (decision.drug, decision.kind, decision.sentences) == ("apixaban", "hold", WORDS)
    assert (decision.signed_by, decision.signed_at) == (clinic.cleo, NOW + HOUR)
    assert standing_decisions(fresh(appointment)) == (decision,)
    assert undecided_drugs(fresh(appointment)) == ()


def test_moved_booking_voids_the_signature(clinic: Clinic, appointment: Appointment) -> None:
    sign(clinic, appointment)

    operations.move_appointment(
        appointment=appointment, start=START + DAY, now=NOW + 2 * HOUR, by=clinic.staff
    )

    assert standing_decisions(fresh(appointment)) == ()
    assert undecided_drugs(fresh(appointment)) == ("apixaban",)


def test_moving_back_lets_the_signature_stand_again(clinic: Clinic, appointment: Appointment) -> None:
    decision = sign(clinic, appointment)
    for start in (START + DAY, START):
        operations.move_appointment(appointment=appointment, start=start, now=NOW + 2 * HOUR, by=clinic.staff)

    assert standing_decisions(fresh(appointment)) == (decision,)


def test_withdrawn_decision_no_longer_stands(clinic: Clinic, appointment: Appointment) -> None:
    decision = sign(clinic, appointment)

    withdrawn = operations.withdraw_decision(decision=decision, by=clinic.dov, now=NOW + 2 * HOUR)

    assert (withdrawn.withdrawn_by, withdrawn.withdrawn_at) == (clinic.dov, NOW + 2 * HOUR)
    assert undecided_drugs(fresh(appointment)) == ("apixaban",)
    with pytest.raises(operations.AlreadyWithdrawn):
        operations.withdraw_decision(decision=decision, by=clinic.dov, now=NOW + 2 * HOUR)


def test_second_decision_waits_for_the_first_to_be_withdrawn(
    clinic: Clinic, appointment: Appointment
) -> None:
    decision = sign(clinic, appointment)

    with pytest.raises(operations.AlreadyDecided):
        sign(clinic, appointment, kind=DecisionKind.CONTINUE, last_dose_on=None, last_dose_at=None)

    operations.withdraw_decision(decision=decision, by=clinic.cleo, now=NOW + HOUR)
    again = sign(clinic, appointment, kind=DecisionKind.CONTINUE, last_dose_on=None, last_dose_at=None)
    assert standing_decisions(fresh(appointment)) == (again,)


@pytest.mark.parametrize("who", ["nora", "omar"])
def test_only_clinicians_sign_and_withdraw(clinic: Clinic, appointment: Appointment, who: str) -> None:
    decision = sign(clinic, appointment)
    somebody = getattr(clinic, who)

    with pytest.raises(operations.NotAClinician):
        sign(clinic, appointment, by=somebody)
    with pytest.raises(operations.NotAClinician):
        operations.withdraw_decision(decision=decision, by=somebody, now=NOW)


def test_clinician_of_another_location_or_of_the_past_may_not_sign(
    clinic: Clinic, appointment: Appointment
) -> None:
    there = make_user(clinic.organization, role=Role.CLINICIAN, username="eve", location=clinic.new_york)
    here = make_user(clinic.organization, role=Role.CLINICIAN, username="fay", location=clinic.london)
    Membership.objects.filter(user=clinic.cleo).update(active=False)

    for somebody in (there, clinic.cleo):
        with pytest.raises(operations.NotAClinician):
            sign(clinic, appointment, by=somebody)
    assert sign(clinic, appointment, by=here).signed_by == here


def test_changed_basis_is_refused(clinic: Clinic, appointment: Appointment) -> None:
    seen = basis_of(fresh(appointment))
    make_medication(clinic.pia, "aspirin", dose_times=["08:00"])

    with pytest.raises(operations.BasisChanged):
        sign_plainly(clinic, appointment, basis_sha256=seen)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"drug": "warfarin"}, operations.NotOnTheList),
        ({"last_dose_on": None}, operations.LastDoseNeeded),
        ({"last_dose_at": START}, operations.LastDoseNeeded),
        ({"last_dose_at": dt.datetime(2027, 3, 13, 20)}, operations.LastDoseNeeded),  # noqa: DTZ001
        ({"kind": DecisionKind.CONTINUE}, operations.LastDoseNotAsked),
        ({"last_dose_on": START.date()}, operations.LastDoseAfterStart),
        ({"last_dose_on": START.date(), "last_dose_at": START + HOUR}, operations.LastDoseAfterStart),
        ({"last_dose_on": dt.date(2027, 3, 15)}, operations.OutsideTheRange),
        ({"sentences": {}}, operations.SentenceMissing),
        ({"sentences": {"en": "  "}}, operations.SentenceMissing),
        ({"sentences": {"es": "Palabras."}}, operations.SentenceMissing),
    ],
)
def test_signature_is_refused(
    clinic: Clinic, appointment: Appointment, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        sign_plainly(clinic, appointment, **changes)

    assert not MedicationDecision.objects.exists()


def test_last_dose_outside_names_what_is_allowed(clinic: Clinic, appointment: Appointment) -> None:
    with pytest.raises(operations.OutsideTheRange) as refused:
        sign_plainly(clinic, appointment, last_dose_on=dt.date(2027, 3, 15))

    assert refused.value.allowed == (planned_last_dose(appointment)[0],)


def test_any_day_between_the_ends_of_a_range_can_be_signed(clinic: Clinic) -> None:
    make_medication(clinic.pia, "aspirin", dose_times=["08:00"])
    appointment = book(clinic)
    [hold] = prepare(case_of(fresh(appointment))).holds
    dates = sorted(option.last_dose_on for option in hold.candidates if option.last_dose_on is not None)
    between = dates[0] + DAY

    assert hold.status == "needs_choice"
    with pytest.raises(operations.OutsideTheRange) as refused:
        sign(clinic, appointment, drug="aspirin", last_dose_on=dates[0] - DAY, last_dose_at=None)
    assert refused.value.allowed == tuple(dates[0] + n * DAY for n in range((dates[-1] - dates[0]).days + 1))
    assert (
        sign(clinic, appointment, drug="aspirin", last_dose_on=between, last_dose_at=None).drug == "aspirin"
    )


def test_medicine_without_a_proposal_takes_any_last_dose_before_the_start(clinic: Clinic) -> None:
    make_medication(clinic.pia, "some herbal tea")
    appointment = book(clinic)

    decision = operations.sign_decision(
        appointment=appointment,
        drug="some herbal tea",
        kind=DecisionKind.HOLD,
        last_dose_on=dt.date(2027, 3, 15),
        sentences={"en": "Drink none after Monday."},
        basis_sha256=basis_of(fresh(appointment)),
        by=clinic.cleo,
        now=NOW,
    )

    assert decision.last_dose_on == dt.date(2027, 3, 15)


def test_phone_instead_needs_no_words(clinic: Clinic, appointment: Appointment) -> None:
    decision = sign(
        clinic, appointment, kind=DecisionKind.PHONE, last_dose_on=None, last_dose_at=None, sentences={}
    )

    assert undecided_drugs(fresh(appointment)) == ()
    assert decision.sentences == {}


def test_everybody_who_is_told_reads_the_words(clinic: Clinic, appointment: Appointment) -> None:
    for language, consented_at in (("pl", NOW), ("fr", None)):
        RelatedPerson.objects.create(
            patient=clinic.pia,
            given_name="Peter",
            family_name="Novak",
            relationship="carer",
            language=language,
            consented_at=consented_at,
        )

    with pytest.raises(operations.SentenceMissing) as refused:
        sign(clinic, appointment)

    assert refused.value.language == "pl"
    assert sign(clinic, appointment, sentences={**WORDS, "pl": "Po polsku."}).sentences["pl"] == "Po polsku."


def test_nothing_is_signed_for_an_appointment_that_is_over(clinic: Clinic, appointment: Appointment) -> None:
    operations.cancel_appointment(
        appointment=appointment, reason=CancellationReason.PATIENT, now=NOW, by=clinic.staff
    )

    with pytest.raises(operations.AppointmentIsOver):
        sign(clinic, appointment)


# --- words to start from ----------------------------------------------------------------------------


def words(appointment: Appointment, **changes: Any) -> str:
    request = {
        "appointment": fresh(appointment),
        "drug": "apixaban",
        "kind": DecisionKind.HOLD,
        "last_dose_on": dt.date(2027, 3, 13),
        "today": dt.date(2027, 3, 3),
        **changes,
    }
    return proposed_sentence(**request)


def test_words_name_last_dose_and_each_day_without(appointment: Appointment) -> None:
    assert words(appointment) == (
        "Eliquis (apixaban). Take your last tablet on Saturday 13 March, in the evening. "
        "Take none on Sunday, Monday or Tuesday. "
        "We will tell you after the treatment when to start again."
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (
            {"last_dose_at": dt.datetime(2027, 3, 13, 8, tzinfo=LONDON)},
            (
                "Eliquis (apixaban). Take your last tablet on Saturday 13 March, in the morning. Take no more that "
                "day. Take none on Sunday, Monday or Tuesday."
            ),
        ),
        (
            {"last_dose_on": dt.date(2027, 3, 15)},
            "Eliquis (apixaban). Take your last tablet on Monday 15 March, in the evening. Take none on Tuesday.",
        ),
        (
            {"last_dose_on": dt.date(2027, 3, 7)},
            (
                "Eliquis (apixaban). Take your last tablet on Sunday 7 March, in the evening. "
                "Take none from Monday 8 March to Tuesday 16 March."
            ),
        ),
        (
            {
                "last_dose_on": dt.date(2027, 3, 16),
                "last_dose_at": dt.datetime(2027, 3, 16, 8, tzinfo=LONDON),
            },
            (
                "Eliquis (apixaban). Take your last tablet on Tuesday 16 March, in the morning. Take no more that day. "
                "Take none after that until your treatment."
            ),
        ),
        (
            {
                "last_dose_on": dt.date(2027, 3, 15),
                "last_dose_at": dt.datetime(2027, 3, 15, 12, tzinfo=LONDON),
            },
            (
                "Eliquis (apixaban). Take your last tablet on Monday 15 March, at 12 noon. Take no more that day. "
                "Take none on Tuesday."
            ),
        ),
    ],
)
def test_words_fit_the_last_dose(appointment: Appointment, changes: dict[str, Any], expected: str) -> None:
    assert (
        words(appointment, **changes)
        == f"{expected} We will tell you after the treatment when to start again."
    )


def test_words_without_a_box_name_the_medicine(clinic: Clinic) -> None:
    make_medication(clinic.pia, "semaglutide", dose_times=[], weekdays=["sat"], form="pen")
    appointment = book(clinic)

    assert words(appointment, drug="semaglutide", last_dose_on=dt.date(2027, 3, 6)) == (
        "Semaglutide. Take your last dose on Saturday 6 March. Take none after that until your treatment. "
        "We will tell you after the treatment when to start again."
    )


def test_words_to_go_on(appointment: Appointment) -> None:
    said = words(appointment, kind=DecisionKind.CONTINUE, last_dose_on=None)

    assert said == "Eliquis (apixaban). Go on as now."


def test_no_words_to_phone_instead(appointment: Appointment) -> None:
    assert words(appointment, kind=DecisionKind.PHONE, last_dose_on=None) == ""
