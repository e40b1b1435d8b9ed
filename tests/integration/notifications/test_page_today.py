"""What the page says: today's truth, for each reader, in each state."""

import datetime as dt
import itertools

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_medication
from clinic_clock import london
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.test.utils import CaptureQueriesContext
from page_people import WORDS, make_link, make_related, page_at, said, sign

from notifications.models import AccessLink
from notifications.operations import reconcile_timeline
from scheduling import operations
from scheduling.codes import CancellationReason, DecisionKind, TaskKind, TaskSeverity
from scheduling.models import Appointment, Patient

FOOD_END = "Tuesday 16 March, 3:00 in the morning (the night from Monday to Tuesday)"


def move(clinic: Clinic, appointment: Appointment, start: dt.datetime, now: dt.datetime = NOW) -> Appointment:
    return operations.move_appointment(
        appointment=appointment, start=start, now=now, by=clinic.staff, override_reason="Wish"
    )


def cancel(clinic: Clinic, appointment: Appointment, reason: CancellationReason) -> None:
    operations.cancel_appointment(appointment=appointment, reason=reason, now=NOW, by=clinic.staff)


@pytest.mark.parametrize(
    ("now", "title", "following"),
    [
        (london(1, 9), "Tell us if you are coming on Tuesday 16 March", f"You may eat until {FOOD_END}"),
        (
            london(14, 4),
            "You may eat until Tuesday 16 March, 3:00 in the morning",
            "You may drink water until Tuesday 16 March, 7:00 in the morning",
        ),
        (
            london(16, 3),
            "You may drink water until Tuesday 16 March, 7:00 in the morning",
            "Come to London on Tuesday 16 March, 8:00 in the morning",
        ),
        (
            london(16, 7),
            "No more food or drink now",
            "The treatment begins on Tuesday 16 March, 9:00 in the morning",
        ),
        (
            london(16, 8),
            "Come to London now",
            "The treatment begins on Tuesday 16 March, 9:00 in the morning",
        ),
        (london(16, 15), "Call us on 020 7946 0000 about this visit", ""),
    ],
)
def test_now_and_next_follow_the_clock(
    booked: Appointment, now: dt.datetime, title: str, following: str
) -> None:
    page = page_at(make_link(booked)[1], now)

    assert (page.now.title, page.next) == (title, following)


def test_food_and_water_say_whether_they_are_still_allowed(booked: Appointment) -> None:
    page = page_at(make_link(booked)[1], london(16, 4))

    assert [(c.name, c.time, c.word) for c in page.clocks] == [
        ("Food", "3:00 in the morning", "Not any more"),
        ("Water", "7:00 in the morning", "Allowed"),
    ]


def test_countdown_counts_elapsed_hours_over_a_clock_change(northside: Clinic) -> None:
    # The clocks go forward on Sunday 28 March 2027.
    appointment = book(northside, start=london(29, 9))

    page = page_at(make_link(appointment)[1], london(27, 20))

    assert page.now.countdown == "in 30 hours"
    assert page.clock_change


def test_patient_here_is_told_so(booked: Appointment, northside: Clinic) -> None:
    operations.mark_arrived(appointment=booked, now=london(16, 8), by=northside.staff)

    page = page_at(make_link(booked)[1], london(16, 8, 30))

    assert (page.now.title, page.question) == ("You are with us now", None)


def test_after_the_visit_aftercare_comes_first(booked: Appointment, northside: Clinic) -> None:
    operations.mark_arrived(appointment=booked, now=london(16, 8), by=northside.staff)
    operations.record_end(
        appointment=booked,
        began_at=london(16, 9),
        ended_at=london(16, 11),
        now=london(16, 12),
        by=northside.staff,
    )

    page = page_at(make_link(booked)[1], london(16, 14))

    assert page.kind == "over"
    assert page.now.title == "Rest, and take it slowly until Tuesday 23 March"
    assert page.aftercare
    assert page.clocks == ()


def test_cancelled_visit_says_only_that(booked: Appointment, northside: Clinic) -> None:
    make_medication(booked.patient, "apixaban", brand="Eliquis")
    sign(northside, booked)
    cancel(northside, booked, CancellationReason.PROVIDER)

    page = page_at(make_link(booked)[1], NOW)

    assert page.now.title == "Your visit on Tuesday 16 March will not go ahead"
    assert page.now.details == (
        "You do not need to fast.",
        "If you stopped or changed a medicine for this visit, call us now on 020 7946 0000.",
        "We are sorry for the change.",
    )
    assert (page.clocks, page.days, page.medicines.any, page.visit, page.history) == ((), (), False, (), ())


def test_call_is_promised_only_where_somebody_is_asked_to_call(
    booked: Appointment, northside: Clinic
) -> None:
    make_medication(booked.patient, "apixaban", brand="Eliquis")
    sign(northside, booked, last_dose_on=dt.date(2027, 3, 13))
    operations.cancel_appointment(
        appointment=booked, reason=CancellationReason.PROVIDER, now=london(14, 9), by=northside.staff
    )

    page = page_at(make_link(booked)[1], london(14, 10))

    assert page.now.details[1].endswith("We will also call you.")


@pytest.mark.parametrize("reason", [CancellationReason.PATIENT_DECEASED, CancellationReason.PATIENT_ADMITTED])
def test_where_nothing_may_be_said_a_person_says_it(
    booked: Appointment, northside: Clinic, reason: CancellationReason
) -> None:
    cancel(northside, booked, reason)

    page = page_at(make_link(booked)[1], NOW)

    assert (page.kind, page.now.title) == ("phone", "Call us on 020 7946 0000 about this visit")


def test_moved_visit_shows_todays_truth_to_an_old_link(booked: Appointment, northside: Clinic) -> None:
    _, link = make_link(booked)
    move(northside, booked, START + DAY)

    page = page_at(link, NOW)

    assert page.changes_now[0].title == "The visit has moved to Wednesday 17 March, 9:00 in the morning"
    assert page.old_time == "Tuesday 16 March, 9:00 in the morning"
    assert page.clocks[0].until.startswith("Wednesday 17 March, 3:00 in the morning")
    assert page.question is not None
    assert page.question.asked == "Are you coming on Wednesday 17 March, 9:00 in the morning?"
    assert "Tuesday 16 March" not in said(page).replace(page.old_time, "").replace(page.history[0], "")


def test_move_is_no_news_once_it_is_answered(booked: Appointment, northside: Clinic) -> None:
    _, link = make_link(booked)
    move(northside, booked, START + DAY)
    current = Appointment.objects.get(pk=booked.pk)
    operations.record_answer(appointment=current, question="confirm", answer="accepted", now=NOW)

    page = page_at(link, NOW)

    assert page.changes_now == ()
    assert page.history[0].startswith("Monday 1 March, 9:00 in the morning: the visit moved from ")


def test_what_was_told_and_no_longer_holds_comes_first(booked: Appointment, run: object) -> None:
    for day in (1, 13):
        run(london(day, 18), booked)  # type: ignore[operator]
    make_medication(booked.patient, "semaglutide", dose_times=[], weekdays=["mon"], phase="escalation")
    reconcile_timeline(appointment_id=booked.pk, now=london(13, 19))

    page = page_at(make_link(booked)[1], london(13, 19))

    assert [text.title for text in page.changes_now] == ["Some of the plan has changed"]


def test_signed_words_are_shown_letter_for_letter(booked: Appointment, northside: Clinic) -> None:
    make_medication(booked.patient, "apixaban", brand="Eliquis")
    sign(northside, booked)

    medicines = page_at(make_link(booked)[1], NOW).medicines

    assert [(m.words, m.language, m.signed) for m in medicines.signed] == [
        (WORDS, "en", "Checked for you by Cleo on Monday 1 March.")
    ]
    assert (medicines.waiting, medicines.void) == ("", "")


def test_undecided_medicine_says_who_decides_and_by_when(booked: Appointment) -> None:
    make_medication(booked.patient, "apixaban", brand="Eliquis")
    operations.open_task(
        organization=booked.organization,
        appointment=booked,
        kind=TaskKind.SIGN_MEDICINES,
        about=f"{booked.uid}:medicines",
        severity=TaskSeverity.ATTENTION,
        reason="One medicine waits.",
        due_at=london(10, 17),
        now=NOW,
    )

    medicines = page_at(make_link(booked)[1], NOW).medicines
    overdue = page_at(make_link(booked)[1], london(11, 9)).medicines

    assert medicines.waiting == (
        "A doctor is still deciding about one of your medicines. We will tell you by Wednesday 10 March. "
        "Questions: call 020 7946 0000."
    )
    assert "You should have heard from us by now. Please call us." in overdue.waiting


@pytest.mark.parametrize("how", ["moved", "withdrawn", "medicine-added"])
def test_void_signature_asks_to_call_and_gives_no_advice(
    booked: Appointment, northside: Clinic, how: str
) -> None:
    make_medication(booked.patient, "apixaban", brand="Eliquis")
    decision = sign(northside, booked)
    if how == "moved":
        move(northside, booked, START + DAY)
    elif how == "withdrawn":
        operations.withdraw_decision(decision=decision, by=northside.cleo, now=NOW)
    else:
        make_medication(booked.patient, "clopidogrel")

    page = page_at(make_link(booked)[1], NOW)

    assert page.medicines.signed == ()
    assert page.medicines.void == (
        "The plan for one of your medicines no longer holds. Call us now on 020 7946 0000."
    )
    assert page.now.title == "Call us now on 020 7946 0000"
    assert WORDS not in said(page)


def test_medicine_told_by_phone_is_not_told_here(booked: Appointment, northside: Clinic) -> None:
    make_medication(booked.patient, "apixaban", brand="Eliquis")
    sign(northside, booked, kind=DecisionKind.PHONE, last_dose_on=None, sentences={})

    medicines = page_at(make_link(booked)[1], NOW).medicines

    assert (medicines.signed, medicines.waiting) == ((), "")
    assert "by phone" in medicines.by_phone


@pytest.mark.slow
@pytest.mark.parametrize(
    ("decision", "audience", "moved"),
    list(itertools.product(("signed", "withdrawn", "none"), ("patient", "carer"), (True, False))),
)
def test_medicine_is_shown_only_signed_standing_and_to_the_patient(
    booked: Appointment, northside: Clinic, decision: str, audience: str, moved: bool
) -> None:
    make_medication(booked.patient, "apixaban", brand="Eliquis")
    person = make_related(booked, relationship="carer") if audience == "carer" else None
    made = sign(northside, booked) if decision != "none" else None
    if made is not None and decision == "withdrawn":
        operations.withdraw_decision(decision=made, by=northside.cleo, now=NOW)
    if moved:
        move(northside, booked, START + DAY)

    text = said(page_at(make_link(booked, person=person)[1], NOW))

    shown = decision == "signed" and audience == "patient" and not moved
    assert [word in text for word in (WORDS, "apixaban", "Eliquis")] == [shown] * 3


def test_carer_sees_when_where_and_food_alone(booked: Appointment, northside: Clinic) -> None:
    make_medication(booked.patient, "apixaban", brand="Eliquis")
    sign(northside, booked)
    carer = make_related(booked, relationship="carer", is_escort=True)

    page = page_at(make_link(booked, person=carer)[1], london(15, 18))

    assert page.for_whom == "This is the plan of Pia Novak"
    assert page.now.title == "They may eat until Tuesday 16 March, 3:00 in the morning"
    assert [clock.name for clock in page.clocks] == ["Food", "Water"]
    assert page.visit[0] == ("Come at", "Tuesday 16 March, 8:00 in the morning")
    assert page.going_home == "You take them home."
    assert (page.question, page.medicines.any, page.food, page.more, page.help) == (None, False, (), (), ())
    assert (
        "medicine" not in said(page).replace("medicines=Medicines", "").replace("medicine_texts", "").lower()
    )


def test_carer_of_a_cancelled_visit_reads_nothing_of_medicines(
    booked: Appointment, northside: Clinic
) -> None:
    carer = make_related(booked, relationship="carer")
    cancel(northside, booked, CancellationReason.PROVIDER)

    page = page_at(make_link(booked, person=carer)[1], NOW)

    assert page.now.details == (
        "The person you help does not need to fast.",
        "We are sorry for the change.",
    )


def test_childs_guardian_reads_the_childs_plan(booked: Appointment) -> None:
    guardian = make_related(booked, relationship="guardian")
    Patient.objects.filter(pk=booked.patient_id).update(birth_date=dt.date(2020, 3, 14))

    page = page_at(make_link(booked, person=guardian)[1], NOW)

    assert page.for_whom == "For the parent or carer of Pia"
    assert [text.title for text in page.visit_texts] == [
        "Come with your child to London on Tuesday 16 March, 8:00 in the morning"
    ]
    assert [clock.name for clock in page.clocks] == ["Food", "Water"]
    assert page.question is not None


def test_reader_by_another_clock_sees_whose_time_it_is(booked: Appointment) -> None:
    Patient.objects.filter(pk=booked.patient_id).update(zone="America/New_York")

    page = page_at(make_link(booked)[1], NOW)

    assert page.visit[0] == ("Come at", "Tuesday 16 March, 8:00 in the morning in London")
    assert page.zone_note == "All times here are times in London."


def test_language_without_text_is_english_and_a_call(booked: Appointment) -> None:
    Patient.objects.filter(pk=booked.patient_id).update(language="de")

    page = page_at(make_link(booked)[1], NOW)

    assert page.no_text_in_language
    assert (page.words.language, page.food[0].language) == ("en", "en")


def test_signed_words_are_in_the_readers_language(booked: Appointment, northside: Clinic) -> None:
    make_medication(booked.patient, "apixaban", brand="Eliquis")
    Patient.objects.filter(pk=booked.patient_id).update(language="pl")
    sign(northside, booked, sentences={"pl": "Eliquis. Ostatnia tabletka w sobote.", "en": WORDS})

    [medicine] = page_at(make_link(booked)[1], NOW).medicines.signed

    assert (medicine.words, medicine.language) == ("Eliquis. Ostatnia tabletka w sobote.", "pl")


def test_escort_is_named_or_asked_for(booked: Appointment) -> None:
    _, link = make_link(booked)

    asked = page_at(link, NOW).going_home
    make_related(booked, relationship="carer", is_escort=True, consented_at=NOW)
    named = page_at(link, NOW).going_home

    assert asked == "We do not have a name yet. Tell us who takes you home: call 020 7946 0000."
    assert named == "We have a name: Peter takes you home."


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_no_page_says_midnight(northside: Clinic, hour: int) -> None:
    start = london(16, 7) + dt.timedelta(hours=hour)
    appointment = book(northside)
    Appointment.objects.filter(pk=appointment.pk).update(
        start=start,
        arrive_at=start - HOUR,
        planned_end=start + 2 * HOUR,
        period=DateTimeTZRange(start - HOUR, start + 4 * HOUR),
    )

    page = page_at(make_link(appointment)[1], start - DAY)

    ends = [end for clock in page.clocks for end in (clock.time, clock.until)]
    assert [word for word in ("midnight", "12 am", "12:00am", " 0:00") if word in said(page).lower()] == []
    assert [end for end in ends if "12:00 at night" in end] == []


def test_page_costs_the_same_however_much_there_is(booked: Appointment, northside: Clinic) -> None:
    _, link = make_link(booked)
    make_medication(booked.patient, "apixaban")
    sign(northside, booked)
    page_at(link, NOW)
    with CaptureQueriesContext(
        connection,
    ) as one:
        page_at(link, NOW)
    for number in range(1, 4):
        make_medication(booked.patient, ("clopidogrel", "metformin", "aspirin")[number - 1])
        make_related(booked, relationship="carer", given_name=f"Carer {number}")
        move(northside, booked, START + number * DAY)

    with CaptureQueriesContext(connection) as many:
        page_at(link, NOW)

    assert len(many) == len(one)
    assert len(one) <= 16


def test_reading_the_page_changes_nothing(booked: Appointment) -> None:
    _, link = make_link(booked)
    with CaptureQueriesContext(connection) as captured:
        page_at(link, NOW)

    assert [q["sql"][:40] for q in captured if not q["sql"].startswith("SELECT")] == []
    assert AccessLink.objects.get(pk=link.pk).failed_tries == 0
