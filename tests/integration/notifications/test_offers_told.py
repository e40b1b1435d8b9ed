"""Whoever waits is told of a free time by message too, and takes it or leaves it on the page behind the link."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_medication
from page_people import browser, make_link, make_related, reader, words_of
from waiting_people import advance, make_backfill, make_open_offer, make_waiting, offer_of

from notifications.models import AccessLink, CommunicationRequest, Timeline
from notifications.operations import reconcile_timeline
from notifications.operations.explain import explain_appointment
from notifications.operations.inputs import state_of
from notifications.operations.offered import answer_offer
from notifications.operations.page_answers import NotYoursToAnswer
from scheduling.codes import AppointmentStatus, TaskStatus
from scheduling.models import Appointment, Patient, Task, WaitlistOffer
from scheduling.operations.closing import about_offer, lapse_offers
from scheduling.operations.offers import OfferIsGone, accept_offer, decline_offer, withdraw_offers

END = NOW + 2 * HOUR
Run = Callable[..., list[str]]


def owed_about(offer: WaitlistOffer) -> list[tuple[str, str, str]]:
    requests = CommunicationRequest.objects.filter(appointment=offer.appointment_id).order_by("id")
    return [(each.notice, each.status, each.status_reason) for each in requests]


def status_of(offer: WaitlistOffer) -> str:
    return Appointment.objects.get(pk=offer.appointment_id).status


def calls_about(offer: WaitlistOffer) -> list[str]:
    return [task.status for task in Task.objects.filter(about=about_offer(offer))]


def not_owed(offer: WaitlistOffer) -> Any:
    return Timeline.objects.get(appointment=offer.appointment_id).not_owed


def plan(offer: WaitlistOffer, now: dt.datetime = NOW) -> None:
    reconcile_timeline(appointment_id=offer.appointment_id, now=now)


def press(offer: WaitlistOffer, answer: str) -> Any:
    client = browser(make_link(offer.appointment)[0])
    client.post("/p/plan/offer/", {"answer": answer})
    return client


@pytest.fixture
def offer(clinic: Clinic) -> WaitlistOffer:
    """A Wednesday, offered on Monday 1 March from 9:00 to 11:00 to somebody who waits."""
    return make_open_offer(clinic)


def test_offer_is_told_with_its_link_and_still_phoned(offer: WaitlistOffer, run: Run) -> None:
    [text] = run(NOW, offer.appointment)

    assert text.startswith(
        "Ana, Northside Clinic. A time is free: Wed 17 March, 9am. Would you like it? "
        "Tell us on your page by Mon 1 March, 11am. The first to take it has it. Your plan: "
    )
    assert "kidney" not in text.lower()
    assert AccessLink.objects.filter(appointment=offer.appointment_id).count() == 1
    assert calls_about(offer) == [TaskStatus.REQUESTED]


def test_offer_is_told_once_however_often_it_is_planned(offer: WaitlistOffer, run: Run) -> None:
    texts = [
        text for minutes in range(3) for text in run(NOW + dt.timedelta(minutes=minutes), offer.appointment)
    ]

    assert len(texts) == 1
    assert owed_about(offer) == [("waitlist-offer", "completed", "")]


@pytest.mark.full
def test_offer_is_routine_and_goes_before_its_last_minutes(offer: WaitlistOffer) -> None:
    plan(offer)

    request = CommunicationRequest.objects.get(appointment=offer.appointment_id)
    assert (request.safety, request.time_critical, request.answer) == ("routine", False, "none")
    assert (request.due_at, request.expires_at) == (NOW, END - dt.timedelta(minutes=5))


@pytest.mark.parametrize(
    "end",
    [
        lambda offer, clinic: accept_offer(offer=offer, now=NOW, by=clinic.staff),
        lambda offer, clinic: decline_offer(offer=offer, now=NOW, by=clinic.staff),
        lambda offer, clinic: withdraw_offers(offer.backfill, now=NOW, by=clinic.staff),
        lambda offer, clinic: lapse_offers(now=END),
    ],
    ids=["accepted", "declined", "withdrawn", "lapsed"],
)
def test_ended_offer_is_not_sent_any_more(clinic: Clinic, offer: WaitlistOffer, run: Run, end: Any) -> None:
    plan(offer)

    end(offer, clinic)

    assert run(NOW, offer.appointment) == []
    assert owed_about(offer) == [("waitlist-offer", "revoked", "superseded")]


@pytest.mark.parametrize("end", [decline_offer, accept_offer])
def test_offer_that_was_told_is_never_corrected(
    clinic: Clinic, offer: WaitlistOffer, run: Run, end: Any
) -> None:
    run(NOW, offer.appointment)

    end(offer=offer, now=NOW + HOUR, by=clinic.staff)

    assert run(NOW + HOUR, offer.appointment) == []
    assert owed_about(offer) == [("waitlist-offer", "completed", "")]


def test_without_an_address_the_call_stands_alone(clinic: Clinic, run: Run) -> None:
    offer = make_open_offer(clinic)
    Patient.objects.filter(pk=offer.appointment.patient_id).update(phone="", email="")

    assert run(NOW, offer.appointment) == []

    assert [entry["reason"] for entry in not_owed(offer)] == ["no-channel"]
    assert calls_about(offer) == [TaskStatus.REQUESTED]
    assert Task.objects.count() == 1


def test_offer_that_a_clinician_must_decide_about_is_phoned_only(offer: WaitlistOffer, run: Run) -> None:
    make_medication(offer.appointment.patient, "unlisted")

    assert run(NOW, offer.appointment) == []
    assert [entry["reason"] for entry in not_owed(offer)] == ["undecided"]


def test_offer_explains_itself(offer: WaitlistOffer) -> None:
    plan(offer)

    [request] = explain_appointment(Appointment.objects.with_facts().get(pk=offer.appointment_id)).requests

    assert request.title == "Waitlist offer, to the patient"
    assert request.lines[0].sentence.startswith("A time became free, and it was offered to the patient")


def test_page_shows_the_offer_and_how_to_answer(offer: WaitlistOffer) -> None:
    words = words_of(browser(make_link(offer.appointment)[0]).get("/p/plan/"))

    assert "A time is free: Wednesday 17 March, 9:00 in the morning" in words
    assert "You can take it until Monday 1 March, 11:00 in the morning." in words
    assert "I take this time I do not want it" in words
    assert "kidney" not in words.lower()


def test_accepting_on_the_page_books_it(offer: WaitlistOffer) -> None:
    words = words_of(press(offer, "accepted").get("/p/plan/"))

    assert status_of(offer) == AppointmentStatus.BOOKED
    assert calls_about(offer) == [TaskStatus.CANCELLED]
    assert "Wednesday 17 March" in words
    assert "A time is free" not in words


def test_declining_on_the_page_lets_it_go(offer: WaitlistOffer) -> None:
    words = words_of(press(offer, "declined").get("/p/plan/"))

    assert status_of(offer) == AppointmentStatus.CANCELLED
    assert "You do not want this time You stay on our waiting list." in words


@pytest.mark.full
def test_pressing_twice_is_pressing_once(offer: WaitlistOffer) -> None:
    client = press(offer, "accepted")

    again = client.post("/p/plan/offer/", {"answer": "accepted"})

    assert (again.status_code, again["Location"]) == (303, "/p/plan/")
    assert status_of(offer) == AppointmentStatus.BOOKED


def test_first_to_accept_has_it_and_the_other_is_told_kindly(clinic: Clinic) -> None:
    first, second = make_waiting(clinic), make_waiting(clinic)
    advance(make_backfill(clinic, start=NOW + 16 * DAY, offers_at_once=2))

    press(offer_of(first), "accepted")
    words = words_of(press(offer_of(second), "accepted").get("/p/plan/"))

    assert [status_of(offer_of(each)) for each in (first, second)] == ["booked", "cancelled"]
    assert (
        "This time is not free any more Somebody else has taken it, or the time to answer is over." in words
    )


@pytest.mark.full
def test_lapsed_offer_is_over_kindly(offer: WaitlistOffer) -> None:
    lapse_offers(now=END)

    client = press(offer, "accepted")

    assert "This time is not free any more" in words_of(client.get("/p/plan/"))
    assert status_of(offer) == AppointmentStatus.CANCELLED


def test_what_cannot_be_booked_alone_is_looked_at_by_phone(offer: WaitlistOffer) -> None:
    make_medication(offer.appointment.patient, "unlisted")
    client = browser(make_link(offer.appointment)[0])

    response = client.post("/p/plan/offer/", {"answer": "accepted"})

    assert "Call us about this time on 020 7946 0000 We cannot book it for you here." in words_of(response)
    assert (status_of(offer), calls_about(offer)) == ("proposed", [TaskStatus.REQUESTED])


def test_nothing_but_the_two_answers_is_taken(offer: WaitlistOffer) -> None:
    client = browser(make_link(offer.appointment)[0])

    responses = [client.post("/p/plan/offer/", {"answer": "maybe"}), client.get("/p/plan/offer/")]

    assert [response.status_code for response in responses] == [422, 303]
    assert status_of(offer) == AppointmentStatus.PROPOSED


def test_carer_neither_sees_nor_answers_an_offer(offer: WaitlistOffer) -> None:
    carer = make_related(offer.appointment, relationship="carer")
    token, link = make_link(offer.appointment, person=carer)

    with pytest.raises(NotYoursToAnswer):
        answer_offer(reader=reader(link), takes_it=True, now=NOW)

    assert "A time is free" not in words_of(browser(token).get("/p/plan/"))
    assert status_of(offer) == AppointmentStatus.PROPOSED


@pytest.mark.full
def test_visit_that_was_never_an_offer_cannot_be_taken(booked: Appointment) -> None:
    _, link = make_link(booked)

    with pytest.raises(OfferIsGone):
        answer_offer(reader=reader(link), takes_it=True, now=NOW)


def test_plan_begins_with_the_booking(clinic: Clinic, offer: WaitlistOffer) -> None:
    proposed = state_of(offer.appointment)

    booked = accept_offer(offer=offer, now=NOW, by=clinic.staff)

    assert (proposed, state_of(booked)) == ("silent", "live")


# --- who has a visit -----------------------------------------------------------------------------------


@pytest.fixture
def earlier(clinic: Clinic) -> WaitlistOffer:
    """Wednesday 17 March, offered to Pia, who has a visit on Wednesday 31 March and wants an earlier one."""
    visit = book(clinic, start=START + 15 * DAY)
    entry = make_waiting(clinic, patient=clinic.pia, instead_of=visit)
    advance(make_backfill(clinic, start=START + DAY))
    return offer_of(entry)


def test_earlier_time_is_told_with_the_visit_that_moves(earlier: WaitlistOffer, run: Run) -> None:
    [text] = run(NOW, earlier.appointment)

    assert text.startswith(
        "Pia, Northside Clinic. An earlier time is free: Wed 17 March, 9am. Take it on your page by Mon 1 March, 11am "
        "and your visit of Wed 31 March moves. The first to take it has it. Your plan: "
    )


def test_page_of_an_earlier_time_says_what_moves_and_then_that_it_has(earlier: WaitlistOffer) -> None:
    client = browser(make_link(earlier.appointment)[0])
    before = words_of(client.get("/p/plan/"))

    client.post("/p/plan/offer/", {"answer": "accepted"})

    assert "An earlier time is free: Wednesday 17 March, 9:00 in the morning" in before
    assert (
        "If you take it, your visit of Wednesday 31 March, 9:00 in the morning moves to this time." in before
    )
    assert "Your visit has moved to Wednesday 17 March, 9:00 in the morning" in words_of(
        client.get("/p/plan/")
    )
    visits = Appointment.objects.filter(patient=earlier.appointment.patient, status="booked")
    assert [each.start for each in visits] == [START + DAY]


def test_what_was_told_of_the_later_visit_is_corrected(
    northside: Clinic, booked: Appointment, run: Run
) -> None:
    entry = make_waiting(northside, patient=northside.pia, instead_of=booked)
    advance(make_backfill(northside, start=START - 4 * DAY))
    before = run(NOW, booked)

    accept_offer(offer=offer_of(entry), now=NOW + HOUR, by=northside.staff)
    after = run(NOW + HOUR, booked, offer_of(entry).appointment)

    assert ["16 March" in text for text in before] == [True]
    assert [("Fri 12 March" in text, "no longer hold" in text) for text in after] == [(True, True)]


@pytest.mark.full
def test_declined_earlier_time_leaves_the_visit(earlier: WaitlistOffer) -> None:
    words = words_of(press(earlier, "declined").get("/p/plan/"))

    assert "Your visit of Wednesday 31 March, 9:00 in the morning stays as it is." in words


def test_visit_booked_elsewhere_is_why_the_offer_is_over(clinic: Clinic, offer: WaitlistOffer) -> None:
    client = browser(make_link(offer.appointment)[0])

    book(clinic, patient=offer.appointment.patient, start=START + 2 * DAY)

    words = words_of(client.get("/p/plan/"))
    assert "This time is not kept for you any more You have a visit with us: Thursday 18 March" in words
    assert "Somebody else has taken it" not in words
