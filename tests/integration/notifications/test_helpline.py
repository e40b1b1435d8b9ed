"""Patients are told the numbers of the place they go to."""

import pytest
from builders import NOW, Clinic, book
from clinic_clock import london
from django.test import Client

from cryoclinic.accounts.models import Helpline, Location, Membership, Organization
from notifications import dispatch
from notifications.models import OutboxMessage
from notifications.operations import reconcile_timeline


@pytest.mark.parametrize(
    ("own", "expected"),
    [
        (
            {},
            Helpline(
                phone="+442079460000", phone_hours="Monday to Friday, 8:00 to 18:00", emergency_number="999"
            ),
        ),
        (
            {"emergency_number": "911"},
            Helpline(
                phone="+442079460000", phone_hours="Monday to Friday, 8:00 to 18:00", emergency_number="911"
            ),
        ),
        (
            {"phone": "+12125550100", "phone_hours": "Every day", "emergency_number": "911"},
            Helpline(phone="+12125550100", phone_hours="Every day", emergency_number="911"),
        ),
        ({"phone": "+12125550100"}, Helpline(phone="+12125550100", phone_hours="", emergency_number="999")),
    ],
)
def test_helpline_is_the_locations_where_it_has_one(
    northside: Clinic, own: dict[str, str], expected: Helpline
) -> None:
    location = Location(organization=northside.organization, **own)

    assert northside.organization.helpline_at(location) == expected


def test_messages_name_the_numbers_of_the_location(northside: Clinic) -> None:
    Location.objects.filter(pk=northside.london.pk).update(phone="+442079460111")
    appointment = book(northside)
    reconcile_timeline(appointment_id=appointment.pk, now=NOW)

    dispatch.deliver_due(now=london(1, 9))

    [message] = OutboxMessage.objects.all()
    assert "020 7946 0111" in message.text
    assert "020 7946 0000" not in message.text


@pytest.mark.parametrize(("number_in_new_york", "shown"), [("", True), ("911", False)])
def test_page_names_an_emergency_number_before_the_date_of_birth_only_if_there_is_one(
    northside: Clinic, client: Client, number_in_new_york: str, shown: bool
) -> None:
    Membership.objects.exclude(organization=northside.organization).delete()
    Organization.objects.exclude(pk=northside.organization.pk).delete()
    Location.objects.filter(pk=northside.new_york.pk).update(emergency_number=number_in_new_york)

    page = client.get("/p/a-link-of-somebody").content.decode()

    assert ("999" in page, "911" in page) == (shown, False)
