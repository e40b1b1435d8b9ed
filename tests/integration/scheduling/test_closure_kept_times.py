"""What is offered or kept in a time that is closed, closures over closures, and hours after opening again."""

import datetime as dt

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_patient, make_resource
from shut_places import shut
from waiting_people import advance, make_backfill, make_waiting, offer_of, steps_of

from scheduling.codes import AppointmentStatus, BackfillStatus, ClosureAnswer, ResourceKind, TaskStatus
from scheduling.models import Allocation, Backfill, ClosureChoice, OpeningException, Task, WaitlistOffer
from scheduling.operations import hold_slot
from scheduling.operations.business_hours import open_between
from scheduling.operations.closures import (
    Choice,
    apply_choices,
    ask_about_closures,
    closed_besides,
    closure_hits,
    kept_times,
    reopen,
)
from scheduling.operations.offers import OfferIsGone, accept_offer

PERIOD = (START - HOUR, START + 8 * HOUR)


@pytest.fixture
def offer(clinic: Clinic) -> WaitlistOffer:
    """The start that tests close, offered to somebody."""
    entry = make_waiting(clinic)
    advance(make_backfill(clinic))
    return offer_of(entry)


def consoles_kept() -> list[str]:
    found = Allocation.objects.filter(active=True, leg="console", hold__isnull=False)
    return list(found.values_list("resource__name", flat=True))


def test_offer_in_a_closed_time_is_withdrawn_at_once(clinic: Clinic, offer: WaitlistOffer) -> None:
    shut(clinic)

    backfill = Backfill.objects.get()
    offer.appointment.refresh_from_db()
    assert (backfill.status, offer.appointment.status) == (BackfillStatus.GONE, AppointmentStatus.CANCELLED)
    assert steps_of(backfill)[-2:] == ["withdrawn", "ended"]
    assert backfill.steps.last().reason == "What it needs is closed then"  # type: ignore[union-attr]
    assert consoles_kept() == []
    with pytest.raises(OfferIsGone):
        accept_offer(offer=offer, now=NOW, by=clinic.staff)


@pytest.mark.full
def test_somebody_who_was_called_about_it_is_called_again(clinic: Clinic, offer: WaitlistOffer) -> None:
    Task.objects.update(status=TaskStatus.IN_PROGRESS, owner=clinic.nora, taken_at=NOW)

    shut(clinic)

    assert [task.reason[:37] for task in Task.objects.still_open()] == [
        "The time that was offered by phone ha"
    ]


def test_offer_goes_on_with_another_console_that_is_open(clinic: Clinic, offer: WaitlistOffer) -> None:
    make_resource(clinic.london, kind=ResourceKind.DEVICE, name="Console 2", skills=["cryo-console"])

    shut(clinic)
    after_closing = consoles_kept()
    holds = Backfill.objects.get().hold_id
    ask_about_closures(now=NOW)
    booked = accept_offer(offer=offer, now=NOW, by=clinic.staff)

    assert after_closing == ["Console 2"]
    assert Backfill.objects.get().hold_id == holds
    assert booked.allocations.get(leg="console", active=True).resource.name == "Console 2"


@pytest.mark.full
def test_offer_made_in_the_very_moment_of_closing_is_found_by_the_clock(
    clinic: Clinic, offer: WaitlistOffer
) -> None:
    # Stored by somebody who does not know of offers, as an import of busy times does.
    OpeningException.objects.create(
        location=clinic.london, resource=clinic.resource("device"), period=PERIOD, reason="Busy"
    )

    ask_about_closures(now=NOW)

    assert Backfill.objects.get().status == BackfillStatus.GONE


@pytest.mark.full
def test_offers_outside_the_closed_time_go_on(clinic: Clinic, offer: WaitlistOffer) -> None:
    shut(clinic, begin=START + DAY, end=START + 2 * DAY)

    assert Backfill.objects.get().status == BackfillStatus.LOOKING


@pytest.mark.full
def test_what_is_kept_in_a_closed_time_is_listed(clinic: Clinic, offer: WaitlistOffer) -> None:
    hold_slot(offering=clinic.offering, start=START + 3 * HOUR, now=NOW, by=clinic.portal)
    asked = {"location": clinic.london, "period": PERIOD}

    by_device = kept_times(resource=clinic.resource("device"), now=NOW, **asked)
    by_site = kept_times(resource=None, now=NOW, **asked)
    later = kept_times(resource=None, now=NOW + DAY, **asked)

    assert [(each.hold.start, each.backfill) for each in by_device] == [
        (START, offer.backfill), (START + 3 * HOUR, None),
    ]  # fmt: skip
    assert (len(by_site), later) == (2, ())


# --- closures over closures --------------------------------------------------------------------------


@pytest.mark.full
def test_other_closures_of_the_same_time_are_told(clinic: Clinic) -> None:
    console = shut(clinic)
    site = shut(clinic, resource=None, begin=START, end=START + DAY)
    shut(clinic, resource=clinic.resource("room"))
    over = shut(clinic, begin=START + 2 * DAY, end=START + 3 * DAY)
    reopen(closure=over, now=NOW, by=clinic.staff)

    found = [
        list(closed_besides(location=clinic.london, resource=resource, period=period, but=but))
        for resource, period, but in (
            (console.resource, PERIOD, console),
            (None, PERIOD, site),
            (console.resource, (START + 2 * DAY, START + 3 * DAY), None),
        )
    ]

    assert found == [[site], [], []]


@pytest.mark.full
def test_leaving_a_visit_for_the_same_reason_twice_is_one_answer(clinic: Clinic) -> None:
    visit = book(clinic)
    closure = shut(clinic)
    choice = Choice(appointment=visit, revision=1, answer=ClosureAnswer.LEAVE, reason="Repaired by then")

    for _ in range(2):
        (outcome,) = apply_choices(closure=closure, choices=[choice], now=NOW, by=clinic.staff)
        assert outcome.refusal is None

    assert ClosureChoice.objects.count() == 1


def test_phone_hours_return_when_a_closure_is_opened_again(clinic: Clinic) -> None:
    closure = shut(clinic, resource=None)
    day = {"begin": START - HOUR, "end": START + 8 * HOUR}
    while_closed = open_between(clinic.london, **day)

    reopen(closure=closure, now=NOW, by=clinic.staff)

    assert while_closed == ()
    assert open_between(clinic.london, **day) == (
        tuple(each.astimezone(dt.UTC) for each in (day["begin"], day["end"])),
    )


@pytest.mark.full
def test_overnight_bay_is_hit_on_the_next_morning(clinic: Clinic) -> None:
    visit = book(clinic, patient=make_patient(clinic.organization))
    bay = visit.allocations.select_related("resource").get(leg="bay")
    Allocation.objects.filter(pk=bay.pk).update(period=(bay.period.lower, bay.period.lower + 20 * HOUR))

    closure = shut(clinic, resource=bay.resource, begin=START + 18 * HOUR, end=START + 19 * HOUR)

    assert [(hit.appointment, hit.legs) for hit in closure_hits(closure, now=NOW)] == [(visit, ("bay",))]
