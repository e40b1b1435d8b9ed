"""Nobody is written to about an offer; the plan begins with the booking."""

import pytest
from builders import NOW, Clinic
from waiting_people import make_open_offer

from notifications.models import CommunicationRequest
from notifications.operations import reconcile_timeline
from notifications.operations.inputs import state_of
from scheduling.operations.offers import accept_offer, decline_offer


def test_offer_is_planned_in_silence_until_it_is_booked(clinic: Clinic) -> None:
    offer = make_open_offer(clinic)
    reconcile_timeline(appointment_id=offer.appointment_id, now=NOW)
    proposed = state_of(offer.appointment)

    booked = accept_offer(offer=offer, now=NOW, by=clinic.staff)

    assert (proposed, state_of(booked)) == ("silent", "live")


@pytest.mark.parametrize("times", [1, 2])
def test_declined_offer_owes_nobody_anything(clinic: Clinic, times: int) -> None:
    offer = make_open_offer(clinic)

    decline_offer(offer=offer, now=NOW, by=clinic.staff)
    for _ in range(times):
        reconcile_timeline(appointment_id=offer.appointment_id, now=NOW)

    assert not CommunicationRequest.objects.filter(appointment=offer.appointment_id).exists()
