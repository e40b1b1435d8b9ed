"""What one patient is sent between booking and aftercare, by the clock: when, over which channel, about what."""

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from builders import NOW, START, Clinic, book, make_medication
from clinic_clock import confirmed, live, london, sent, states, texts, work

from procedures.preparation import prepare
from scheduling.codes import CancellationReason, DecisionKind, Relationship
from scheduling.models import Appointment, Evidence, MedicationDecision, Patient, RelatedPerson
from scheduling.models.case import basis_of, case_of
from scheduling.operations import cancel_appointment, move_appointment, sign_decision

pytestmark = pytest.mark.slow

WEEK_LATER = london(23, 9)
WHOLE_STORY = [
    "03-01 09:00 email patient visit-booked",
    "03-10 17:00 sms patient escort-wanted",
    "03-13 17:00 sms patient food-first",
    "03-14 17:00 email patient visit-where",
    "03-15 17:00 sms patient food-day-before",
    "03-16 14:30 sms patient get-help-signs",
    "03-16 16:30 email patient first-days-limits",
    "03-17 10:00 sms patient day-after",
    "03-23 10:00 sms patient week-after",
]


def change_patient(clinic: Clinic, **facts: Any) -> None:
    Patient.objects.filter(pk=clinic.pia.pk).update(**facts)
    clinic.pia.refresh_from_db()


def related(clinic: Clinic, relationship: Relationship, **fields: Any) -> RelatedPerson:
    facts = {"given_name": "Carl", "family_name": "Quade", "phone": "+447946099999", **fields}
    return RelatedPerson.objects.create(patient=clinic.pia, relationship=relationship, **facts)


def sign(clinic: Clinic, appointment: Appointment, *, at: dt.datetime) -> MedicationDecision:
    seen = Appointment.objects.with_facts().get(pk=appointment.pk)
    [hold] = prepare(case_of(seen)).holds
    return sign_decision(
        appointment=appointment,
        drug="apixaban",
        kind=DecisionKind.HOLD,
        last_dose_on=hold.candidates[0].last_dose_on,
        last_dose_at=hold.candidates[0].last_dose_at,
        sentences={"en": "Take your last tablet as we agreed."},
        basis_sha256=basis_of(seen),
        by=clinic.cleo,
        now=at,
    )


@pytest.fixture
def thinner(northside: Clinic) -> Clinic:
    """Pia takes apixaban, with good kidneys."""
    make_medication(northside.pia, "apixaban", brand="Eliquis", form="5 mg tablet")
    Evidence.objects.create(
        patient=northside.pia, item="creatinine_clearance", done_on=dt.date(2027, 2, 26), value=Decimal(80)
    )
    return northside


def test_fortnight_tells_everything_once_at_its_hour(northside: Clinic) -> None:
    appointment = confirmed(book(northside))

    live(NOW, london(25, 12))

    assert sent(appointment) == WHOLE_STORY
    assert work(appointment) == []


def test_move_in_the_middle_takes_back_what_was_told_and_starts_again(northside: Clinic) -> None:
    appointment = confirmed(book(northside))
    live(NOW, london(14, 20))
    move_appointment(appointment=appointment, start=WEEK_LATER, now=london(15, 10), by=northside.staff)
    confirmed(appointment, at=london(15, 11))

    live(london(15, 10), london(27, 12))

    assert sent(appointment) == [
        *WHOLE_STORY[:4],
        "03-15 10:00 sms patient visit-moved-patient+visit-booked",
        "03-17 17:00 sms patient escort-wanted",
        "03-20 17:00 sms patient food-first",
        "03-21 17:00 email patient visit-where",
        "03-22 17:00 sms patient food-day-before",
        "03-23 14:30 sms patient get-help-signs",
        "03-23 16:30 email patient first-days-limits",
        "03-24 10:00 sms patient day-after",
    ]
    assert work(appointment) == []


def test_cancelled_visit_is_taken_back_once_and_then_silent(northside: Clinic) -> None:
    appointment = confirmed(book(northside))
    live(NOW, london(14, 20))
    cancel_appointment(
        appointment=appointment, reason=CancellationReason.PATIENT, now=london(15, 10), by=northside.staff
    )

    live(london(15, 10), london(25, 12))

    assert sent(appointment) == [*WHOLE_STORY[:4], "03-15 10:00 sms patient visit-cancelled-patient"]


def test_visit_cancelled_before_anything_was_told_stays_silent(northside: Clinic) -> None:
    appointment = book(northside)
    cancel_appointment(
        appointment=appointment, reason=CancellationReason.PROVIDER, now=NOW, by=northside.staff
    )

    live(NOW, london(25, 12))

    assert sent(appointment) == []
    assert work(appointment) == []


def test_carer_is_told_what_carers_need_and_only_with_consent(northside: Clinic) -> None:
    related(northside, Relationship.CARER, consented_at=NOW)
    related(northside, Relationship.CARER, given_name="Nils", phone="+447946099998")
    appointment = confirmed(book(northside))

    live(NOW, london(25, 12))

    assert sent(appointment) == [
        WHOLE_STORY[0],
        "03-01 09:00 sms carer visit-booked-carer",
        *WHOLE_STORY[1:5],
        "03-15 17:00 sms carer food-carer",
        *WHOLE_STORY[5:],
    ]


def test_child_is_never_written_to_but_the_guardian_is(northside: Clinic) -> None:
    change_patient(northside, birth_date=dt.date(2017, 5, 1))
    related(northside, Relationship.GUARDIAN, given_name="Gus", consented_at=NOW)
    appointment = book(northside, override_reason="Prepared with the parents by phone.")

    live(NOW, london(25, 12))

    assert sent(appointment) == [
        "03-01 09:00 sms guardian visit-child-booked",
        "03-10 17:00 sms guardian child-stays-with-wanted",
        "03-13 17:00 sms guardian child-food-first",
        "03-14 17:00 sms guardian visit-child-where",
        "03-15 17:00 sms guardian child-food-day-before",
        "03-16 12:30 sms guardian child-get-help-signs",
        "03-17 10:00 sms guardian child-day-after",
    ]


def test_person_without_any_address_is_phoned_about_safety(northside: Clinic) -> None:
    change_patient(northside, phone="", email="")
    appointment = book(northside)

    live(NOW, london(25, 12))

    assert sent(appointment) == []
    assert work(appointment) == [("phone-patient", "no-channel")]


def test_language_without_text_is_held_and_asks_for_an_interpreter(northside: Clinic) -> None:
    change_patient(northside, language="de")
    appointment = book(northside)

    live(NOW, NOW)

    held = ["visit-booked", "escort-wanted", "food-first", "visit-where", "food-day-before", "get-help-signs",
            "first-days-limits", "day-after", "week-after", "follow-up-due"]  # fmt: skip
    assert sent(appointment) == []
    assert states(appointment) == [(notice, "on-hold", "no-text") for notice in held]
    assert work(appointment) == [("interpreter", "no-language")]


@pytest.mark.parametrize(("email", "channel"), [("pia@example.org", "email"), ("", "sms")])
def test_late_booking_says_all_that_matters_in_one_message(
    northside: Clinic, email: str, channel: str
) -> None:
    change_patient(northside, email=email)
    appointment = book(northside, now=london(15, 12), override_reason="Somebody else cancelled.")

    live(london(15, 12), london(15, 18))

    assert sent(appointment) == [
        f"03-15 12:00 {channel} patient visit-soon-patient+food-first+escort-wanted+visit-where+visit-booked",
        "03-15 17:00 sms patient food-day-before",
    ]
    # Whatever has no room is said nevertheless: the food, the way home, the place.
    essential = ("You may eat until" if email else "No food after", "An adult must take you", "be at London")
    assert [words for words in essential if words not in texts()[0]] == []


def test_booking_too_late_for_a_message_is_phoned(northside: Clinic) -> None:
    appointment = book(northside, now=START - dt.timedelta(hours=5), override_reason="An emergency.")

    live(START - dt.timedelta(hours=5), START)

    assert ("phone-patient", "food-day-before") in work(appointment)
    assert [row for row in sent(appointment) if "food" in row] == []


def test_unsigned_medicine_plan_waits_for_a_signature(thinner: Clinic) -> None:
    appointment = book(thinner)

    live(NOW, london(2, 20))

    assert sent(appointment) == WHOLE_STORY[:1]
    assert states(appointment, ["medicines-signed"]) == [("medicines-signed", "on-hold", "unsigned")]
    assert work(appointment) == [("sign-medicines", "medicines")]


def test_signed_medicine_plan_is_told_and_the_question_closed(thinner: Clinic) -> None:
    appointment = confirmed(book(thinner))
    live(NOW, london(2, 20))
    sign(thinner, appointment, at=london(3, 9))

    live(london(3, 9), london(5, 20))

    assert sent(appointment) == [WHOLE_STORY[0], "03-03 09:00 sms patient medicines-signed"]
    assert work(appointment) == []


def test_move_after_signing_holds_again_takes_back_and_asks_about_the_medicine(thinner: Clinic) -> None:
    appointment = confirmed(book(thinner))
    live(NOW, NOW)
    sign(thinner, appointment, at=london(2, 9))
    live(london(2, 9), london(5, 20))
    move_appointment(appointment=appointment, start=WEEK_LATER, now=london(8, 10), by=thinner.staff)

    live(london(8, 10), london(9, 20))

    assert sent(appointment) == [
        WHOLE_STORY[0],
        "03-02 09:00 sms patient medicines-signed",
        "03-08 10:00 sms patient visit-moved-patient+visit-booked",
    ]
    assert states(appointment, ["medicines-signed"])[-1] == ("medicines-signed", "on-hold", "unsigned")
    assert work(appointment) == [
        ("may-have-stopped", str(appointment.uid)),
        ("sign-medicines", "medicines"),
    ]


def test_plan_signed_anew_after_a_move_is_told_again(thinner: Clinic) -> None:
    appointment = confirmed(book(thinner))
    live(NOW, NOW)
    sign(thinner, appointment, at=london(2, 9))
    live(london(2, 9), london(5, 20))
    move_appointment(appointment=appointment, start=WEEK_LATER, now=london(8, 10), by=thinner.staff)
    confirmed(appointment, at=london(8, 11))
    live(london(8, 10), london(9, 20))
    sign(thinner, appointment, at=london(10, 9))

    live(london(10, 9), london(11, 20))

    assert sent(appointment)[3:] == ["03-10 09:00 sms patient medicines-signed"]
    assert work(appointment) == [("may-have-stopped", str(appointment.uid))]
