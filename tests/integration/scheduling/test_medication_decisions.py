"""Who may sign what about a medicine, on which basis, and for how long it stands."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from builders import DAY, HOUR, LONDON, NOW, START, Clinic, book, make_medication, make_user

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Membership
from notifications.operations.inputs import inputs_of
from procedures.preparation import prepare
from scheduling import operations
from scheduling.codes import CancellationReason, DecisionKind
from scheduling.models import Appointment, Evidence, MedicationDecision, RelatedPerson, Task
from scheduling.models.case import basis_of, case_of
from scheduling.operations import proposed_sentence, review_overlaps, standing_decisions, undecided_drugs

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


# --- reduced, refused, decided otherwise ---------------------------------------------------------------


@pytest.fixture
def insulin(clinic: Clinic) -> Appointment:
    """Pia takes Lantus at 22:00; the rules propose 75 to 80 per cent of the dose of the evening before."""
    make_medication(clinic.pia, "insulin glargine", brand="Lantus", dose_times=["22:00"])
    return book(clinic)


def reduce(clinic: Clinic, appointment: Appointment, **changes: Any) -> MedicationDecision:
    request = {
        "drug": "insulin glargine",
        "kind": DecisionKind.REDUCE,
        "last_dose_on": None,
        "last_dose_at": None,
        "dose_percent": 80,
        **changes,
    }
    return sign(clinic, appointment, **request)


@pytest.mark.parametrize("percent", [75, 78, 80])
def test_share_of_the_usual_dose_is_signed(clinic: Clinic, insulin: Appointment, percent: int) -> None:
    dose_at = dt.datetime(2027, 3, 15, 22, tzinfo=LONDON)

    decision = reduce(clinic, insulin, dose_percent=percent, dose_at=dose_at)

    assert (decision.kind, decision.dose_percent, decision.dose_at) == ("reduce", percent, dose_at)
    assert undecided_drugs(fresh(insulin)) == ()


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"dose_percent": None}, operations.ShareNeeded),
        ({"dose_percent": 0}, operations.ShareNeeded),
        ({"dose_percent": 100}, operations.ShareNeeded),
        ({"dose_percent": 50}, operations.ShareOutsideTheRange),
        ({"last_dose_on": dt.date(2027, 3, 14)}, operations.LastDoseNotAsked),
        ({"kind": DecisionKind.CONTINUE}, operations.ShareNotAsked),
        (
            {"kind": DecisionKind.HOLD, "dose_percent": None, "last_dose_on": dt.date(2027, 3, 14)},
            operations.ReasonMissing,
        ),
        ({"kind": DecisionKind.REFUSE, "dose_percent": None}, operations.ReasonMissing),
        ({"kind": DecisionKind.REFUSE, "dose_percent": None, "reason": "  "}, operations.ReasonMissing),
        ({"sentences": {}}, operations.SentenceMissing),
    ],
)
def test_reduction_is_refused(
    clinic: Clinic, insulin: Appointment, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        reduce(clinic, insulin, **changes)

    assert not MedicationDecision.objects.exists()


def test_own_numbers_are_signed_with_a_reason(clinic: Clinic, insulin: Appointment) -> None:
    share = reduce(clinic, insulin, dose_percent=50, reason="Low sugar at night.")

    assert (share.dose_percent, share.reason) == (50, "Low sugar at night.")


def test_own_last_dose_is_signed_with_a_reason(clinic: Clinic, appointment: Appointment) -> None:
    day = sign_plainly(clinic, appointment, last_dose_on=dt.date(2027, 3, 10), reason="Weak kidneys.")

    assert (day.last_dose_on, day.reason) == (dt.date(2027, 3, 10), "Weak kidneys.")


def test_own_number_still_comes_before_the_start(clinic: Clinic, appointment: Appointment) -> None:
    with pytest.raises(operations.LastDoseAfterStart):
        sign_plainly(clinic, appointment, last_dose_on=START.date(), reason="A reason.")


def test_refusal_with_a_reason_says_nothing_and_asks_for_a_call(
    clinic: Clinic, appointment: Appointment
) -> None:
    decision = sign(
        clinic,
        appointment,
        kind=DecisionKind.REFUSE,
        last_dose_on=None,
        last_dose_at=None,
        sentences={},
        reason="Valve: never without.",
    )

    inputs = inputs_of(fresh(appointment))
    assert (decision.reason, inputs.undecided, inputs.phone_instead) == ("Valve: never without.", (), True)


def test_words_to_reduce(insulin: Appointment) -> None:
    said = words(
        insulin,
        drug="insulin glargine",
        kind=DecisionKind.REDUCE,
        last_dose_on=None,
        dose_percent=80,
        dose_at=dt.datetime(2027, 3, 15, 22, tzinfo=LONDON),
    )

    assert said == (
        "Lantus (insulin glargine). Take 80% of your usual dose on Monday 15 March, at night. "
        "For example, 16 units in place of 20. "
        "We will tell you after the treatment when to take your usual dose again."
    )


def test_words_to_reduce_by_a_share_that_does_not_come_out_even(insulin: Appointment) -> None:
    said = words(
        insulin, drug="insulin glargine", kind=DecisionKind.REDUCE, last_dose_on=None, dose_percent=78
    )

    assert said.startswith("Lantus (insulin glargine). Take 78% of your usual dose before your treatment. We")


# --- two visits ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("days", "reviews"), [(2, 1), (3, 1), (7, 0)])
def test_two_visits_whose_holds_overlap_go_to_a_clinician(
    clinic: Clinic, appointment: Appointment, days: int, reviews: int
) -> None:
    other = book(clinic, start=START + days * DAY)

    found = Task.objects.filter(kind="clinician-review")
    assert [(task.appointment, task.severity) for task in found] == [(appointment, "attention")] * reviews
    assert review_overlaps(fresh(other), now=NOW + HOUR) == reviews
    assert found.count() == reviews


def test_visits_without_a_common_medicine_overlap_in_nothing(clinic: Clinic) -> None:
    book(clinic)

    book(clinic, start=START + 2 * DAY)

    assert not Task.objects.exists()


def test_moving_next_to_another_visit_is_seen(clinic: Clinic, appointment: Appointment) -> None:
    other = book(clinic, start=START + 13 * DAY)

    operations.move_appointment(appointment=other, start=START + 2 * DAY, now=NOW + HOUR, by=clinic.staff)

    assert [task.appointment for task in Task.objects.all()] == [appointment]


def test_a_hold_signed_longer_than_proposed_is_seen(clinic: Clinic, appointment: Appointment) -> None:
    other = book(clinic, start=START + 9 * DAY)
    assert not Task.objects.exists()

    sign_plainly(clinic, other, last_dose_on=START.date(), reason="Kidneys.")

    assert [task.kind for task in Task.objects.all()] == ["clinician-review"]


def test_list_that_makes_no_plan_overlaps_in_nothing(clinic: Clinic, appointment: Appointment) -> None:
    other = book(clinic, start=START + 13 * DAY)
    clinic.pia.medications.update(dose_times=["25:99"])

    assert review_overlaps(other, now=NOW + HOUR) == 0


# --- free text --------------------------------------------------------------------------------------


def test_confirming_a_medicine_voids_what_was_signed_about_it(clinic: Clinic) -> None:
    medicine = operations.register_medicine(patient=clinic.pia, text="Eliquis 5 mg")
    appointment = book(clinic)
    sign_plainly(clinic, appointment, drug='"Eliquis 5 mg"', kind=DecisionKind.PHONE, last_dose_on=None)

    operations.confirm_medicine(medicine=medicine, drug="apixaban", by=clinic.nora, now=NOW)

    assert standing_decisions(fresh(appointment)) == ()
    assert undecided_drugs(fresh(appointment)) == ("apixaban",)


def test_words_about_an_unconfirmed_medicine_are_the_patients_own(clinic: Clinic) -> None:
    operations.register_medicine(patient=clinic.pia, text="Mum's herbal drops")
    appointment = book(clinic)

    said = words(appointment, drug='"Mum\'s herbal drops"', kind=DecisionKind.CONTINUE, last_dose_on=None)

    assert said == "Mum's herbal drops. Go on as now."


@pytest.mark.parametrize("text", ["", "  ", "5 mg", "twice a day"])
def test_medicine_without_a_name_is_refused(clinic: Clinic, text: str) -> None:
    with pytest.raises(operations.NothingWritten):
        operations.register_medicine(patient=clinic.pia, text=text)


def test_quotes_within_the_words_are_taken_out(clinic: Clinic) -> None:
    medicine = operations.register_medicine(patient=clinic.pia, text='the "blue" one')

    assert (medicine.drug, medicine.match_kind) == ("\"the 'blue' one\"", "none")


def test_ended_medicine_is_read_no_more(clinic: Clinic, appointment: Appointment) -> None:
    [medicine] = clinic.pia.medications.all()

    with pytest.raises(operations.MayNotConfirm):
        operations.end_medicine(medicine=medicine, by=clinic.omar)
    operations.end_medicine(medicine=medicine, by=clinic.nora)

    assert undecided_drugs(fresh(appointment)) == ()
