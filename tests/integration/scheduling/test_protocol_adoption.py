"""A location takes up a protocol version; a booking takes the version in force on the location's date."""

import datetime as dt

import pytest
from builders import DAY, NOW, Clinic, book, make_procedure_type, make_protocol, make_user

from cryoclinic.accounts.codes import Role
from procedures.codes import ProtocolStatus
from procedures.models import Protocol
from scheduling.models import ProtocolAdoption
from scheduling.operations import NoActiveProtocol
from scheduling.operations.adoption import (
    AlreadyAdopted,
    MayNotAdopt,
    NotApproved,
    NotForThisOffering,
    adopt_protocol,
)
from scheduling.operations.terms import protocol_in_force

# NOW is 1 March 2027, 9:00 in London.
TOMORROW = dt.date(2027, 3, 2)


def version(clinic: Clinic, number: int = 2, **fields: object) -> Protocol:
    return make_protocol(
        clinic.organization,
        procedure_type=clinic.protocol.procedure_type,
        written_by=clinic.cleo,
        approved_by=clinic.dov,
        **{"version": number, **fields},
    )


def test_adoption_is_for_new_bookings_and_on_record(clinic: Clinic) -> None:
    before = book(clinic)
    newer = version(clinic)

    adopt_protocol(offering=clinic.offering, protocol=newer, by=clinic.dov, now=NOW)

    clinic.offering.refresh_from_db()
    clinic.offering_new_york.refresh_from_db()
    before.refresh_from_db()
    adoption = ProtocolAdoption.objects.get()
    after = book(clinic, start=before.start + DAY)
    assert (before.protocol, after.protocol) == (clinic.protocol, newer)
    assert clinic.offering_new_york.protocol == clinic.protocol
    assert (adoption.offering, adoption.previous, adoption.protocol) == (
        clinic.offering,
        clinic.protocol,
        newer,
    )
    assert (adoption.adopted_by, adoption.adopted_at) == (clinic.dov, NOW)


def test_version_of_tomorrow_leaves_the_one_before_in_force_by_each_locations_calendar(
    clinic: Clinic,
) -> None:
    newer = version(clinic, active_from=TOMORROW)
    for offering in (clinic.offering, clinic.offering_new_york):
        adopt_protocol(offering=offering, protocol=newer, by=clinic.dov, now=NOW)
        offering.refresh_from_db()
    first_hour_in_london = dt.datetime(2027, 3, 2, 0, 30, tzinfo=dt.UTC)

    london = [protocol_in_force(clinic.offering, now=now) for now in (NOW, first_hour_in_london)]
    new_york = [
        protocol_in_force(clinic.offering_new_york, now=now)
        for now in (first_hour_in_london, first_hour_in_london + dt.timedelta(hours=5))
    ]

    assert london == [clinic.protocol, newer]
    assert new_york == [clinic.protocol, newer]


def test_two_versions_may_wait_one_behind_the_other(clinic: Clinic) -> None:
    second = version(clinic, active_from=TOMORROW)
    third = version(clinic, 3, active_from=TOMORROW + DAY)
    for protocol in (second, third):
        adopt_protocol(offering=clinic.offering, protocol=protocol, by=clinic.dov, now=NOW)
    clinic.offering.refresh_from_db()

    taken = [protocol_in_force(clinic.offering, now=NOW + days * DAY) for days in range(3)]

    assert taken == [clinic.protocol, second, third]


def test_waiting_version_does_not_bring_back_a_retired_one(clinic: Clinic) -> None:
    newer = version(clinic, active_from=TOMORROW)
    adopt_protocol(offering=clinic.offering, protocol=newer, by=clinic.dov, now=NOW)
    Protocol.objects.filter(pk=clinic.protocol.pk).update(status=ProtocolStatus.RETIRED)
    clinic.offering.refresh_from_db()

    with pytest.raises(NoActiveProtocol):
        protocol_in_force(clinic.offering, now=NOW)


def test_first_version_of_all_has_nothing_before_it(clinic: Clinic) -> None:
    clinic.offering.protocol = None
    clinic.offering.save()
    later = version(clinic, active_from=TOMORROW)

    adoption = adopt_protocol(offering=clinic.offering, protocol=later, by=clinic.dov, now=NOW)

    clinic.offering.refresh_from_db()
    assert adoption.previous is None
    with pytest.raises(NoActiveProtocol):
        protocol_in_force(clinic.offering, now=NOW)


@pytest.mark.parametrize("role", [Role.NURSE, Role.SCHEDULER, Role.AUDITOR])
def test_adopting_is_for_clinicians_and_administrators(clinic: Clinic, role: Role) -> None:
    person = make_user(clinic.organization, role=role, username="somebody")

    with pytest.raises(MayNotAdopt):
        adopt_protocol(offering=clinic.offering, protocol=version(clinic), by=person, now=NOW)


def test_administrator_of_another_location_or_clinic_cannot_adopt(clinic: Clinic) -> None:
    newer = version(clinic)
    there = make_user(
        clinic.organization, role=Role.ADMINISTRATOR, username="there", location=clinic.new_york
    )
    elsewhere = make_user(clinic.elsewhere, role=Role.ADMINISTRATOR, username="elsewhere")

    for person in (there, elsewhere):
        with pytest.raises(MayNotAdopt):
            adopt_protocol(offering=clinic.offering, protocol=newer, by=person, now=NOW)

    assert adopt_protocol(offering=clinic.offering_new_york, protocol=newer, by=there, now=NOW).pk


def test_protocol_of_another_clinic_or_procedure_is_refused(clinic: Clinic) -> None:
    others = make_protocol(
        clinic.elsewhere,
        procedure_type=clinic.protocol.procedure_type,
        written_by=clinic.cleo,
        approved_by=clinic.dov,
    )
    bone = make_protocol(
        clinic.organization,
        procedure_type=make_procedure_type("bone_cryo"),
        written_by=clinic.cleo,
        approved_by=clinic.dov,
    )

    for protocol in (others, bone):
        with pytest.raises(NotForThisOffering):
            adopt_protocol(offering=clinic.offering, protocol=protocol, by=clinic.dov, now=NOW)


@pytest.mark.parametrize("status", [ProtocolStatus.DRAFT, ProtocolStatus.IN_REVIEW, ProtocolStatus.RETIRED])
def test_only_an_active_version_can_be_taken_up(clinic: Clinic, status: ProtocolStatus) -> None:
    with pytest.raises(NotApproved):
        adopt_protocol(
            offering=clinic.offering, protocol=version(clinic, status=status), by=clinic.dov, now=NOW
        )


def test_same_version_is_not_taken_up_twice(clinic: Clinic) -> None:
    with pytest.raises(AlreadyAdopted):
        adopt_protocol(offering=clinic.offering, protocol=clinic.protocol, by=clinic.dov, now=NOW)

    assert not ProtocolAdoption.objects.exists()
