"""Chosen bookings go on under a newer version: on the record, each as a whole or not at all."""

import datetime as dt

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_medication, make_patient, make_protocol
from staff_signing import sign_apixaban

from procedures.codes import ProtocolStatus
from procedures.models import Protocol
from scheduling.models import Appointment
from scheduling.operations import Actor, standing_decisions
from scheduling.operations.adoption import NotApproved, NotForThisOffering
from scheduling.operations.changes import StaleRevision
from scheduling.operations.roll_forward import (
    Chosen,
    NoLongerAhead,
    NotAnOlderVersion,
    NotInForceYet,
    OnlyClinicians,
    ReasonMissing,
    roll_forward,
)

WHY = "The old text named the wrong day."


@pytest.fixture
def newer(clinic: Clinic) -> Protocol:
    return version(clinic)


def version(clinic: Clinic, number: int = 2, **fields: object) -> Protocol:
    return make_protocol(
        clinic.organization,
        procedure_type=clinic.protocol.procedure_type,
        written_by=clinic.cleo,
        approved_by=clinic.dov,
        **{"version": number, **fields},
    )


def rolled(
    clinic: Clinic,
    appointment: Appointment,
    protocol: Protocol,
    *,
    by: Actor | None = None,
    now: dt.datetime = NOW,
    expected_revision: int | None = None,
) -> Exception | None:
    """Roll one booking forward as Dov, or whoever is named; return why not."""
    (outcome,) = roll_forward(
        chosen=[Chosen(appointment=appointment, expected_revision=expected_revision)],
        protocol=protocol,
        by=by or Actor(user=clinic.dov),
        reason=WHY,
        now=now,
    )
    return outcome.refusal


def test_booking_goes_on_under_the_newer_version_and_the_record_says_who_and_why(
    clinic: Clinic, newer: Protocol
) -> None:
    booked = book(clinic)

    refusal = rolled(clinic, booked, newer)

    after = Appointment.objects.get(pk=booked.pk)
    change = after.changes.get(kind="protocol")
    assert refusal is None
    assert (after.protocol, after.revision, after.start) == (newer, 2, booked.start)
    assert after.plan_revision > booked.plan_revision
    assert (change.user, change.reason, change.changed_at, change.revision) == (clinic.dov, WHY, NOW, 2)
    assert (change.from_protocol, change.to_protocol) == (clinic.protocol, newer)
    assert (change.from_status, change.to_status, change.from_start) == ("booked", "booked", None)


def test_signatures_lose_their_basis(clinic: Clinic, newer: Protocol) -> None:
    make_medication(clinic.pia, "apixaban")
    booked = book(clinic)
    sign_apixaban(clinic, booked)

    rolled(clinic, booked, newer)

    after = Appointment.objects.with_facts().get(pk=booked.pk)
    assert after.decisions.count() == 1
    assert standing_decisions(after) == ()


def test_bookings_are_changed_one_by_one_and_each_outcome_is_listed(clinic: Clinic, newer: Protocol) -> None:
    good = book(clinic)
    stale = book(clinic, patient=make_patient(clinic.organization), start=START + DAY)
    also_good = book(clinic, patient=make_patient(clinic.organization), start=START + 2 * DAY)

    outcomes = roll_forward(
        chosen=[
            Chosen(appointment=good, expected_revision=1),
            Chosen(appointment=stale, expected_revision=7),
            Chosen(appointment=also_good),
        ],
        protocol=newer,
        by=Actor(user=clinic.dov),
        reason=WHY,
        now=NOW,
    )

    assert [each.appointment for each in outcomes] == [good.uid, stale.uid, also_good.uid]
    assert [each.changed for each in outcomes] == [True, False, True]
    assert isinstance(outcomes[1].refusal, StaleRevision)
    assert [Appointment.objects.get(pk=each.pk).protocol for each in (good, stale, also_good)] == [
        newer,
        clinic.protocol,
        newer,
    ]


def test_second_time_finds_nothing_older(clinic: Clinic, newer: Protocol) -> None:
    booked = book(clinic)
    rolled(clinic, booked, newer)

    again = rolled(clinic, booked, newer)

    assert isinstance(again, NotAnOlderVersion)
    assert Appointment.objects.get(pk=booked.pk).revision == 2


def test_what_has_begun_keeps_its_version(clinic: Clinic, newer: Protocol) -> None:
    booked = book(clinic)

    refusal = rolled(clinic, booked, newer, now=START + HOUR)

    assert isinstance(refusal, NoLongerAhead)


def test_only_a_clinician_of_the_location_rolls_forward(clinic: Clinic, newer: Protocol) -> None:
    booked = book(clinic)

    refusals = [
        rolled(clinic, booked, newer, by=by)
        for by in (Actor(user=clinic.nora), Actor(user=clinic.omar), Actor(portal=True))
    ]

    assert [type(each) for each in refusals] == [OnlyClinicians] * 3


def test_version_of_another_clinic_is_refused(clinic: Clinic) -> None:
    others = make_protocol(
        clinic.elsewhere,
        procedure_type=clinic.protocol.procedure_type,
        written_by=clinic.cleo,
        approved_by=clinic.dov,
        version=2,
    )

    assert isinstance(rolled(clinic, book(clinic), others), NotForThisOffering)


def test_version_counts_from_its_date_at_the_location(clinic: Clinic) -> None:
    later = version(clinic, active_from=NOW.date() + DAY)

    assert isinstance(rolled(clinic, book(clinic), later), NotInForceYet)


def test_version_must_be_active_and_the_reason_said(clinic: Clinic, newer: Protocol) -> None:
    booked = book(clinic)
    retired = version(clinic, 3, status=ProtocolStatus.RETIRED)

    with pytest.raises(NotApproved):
        rolled(clinic, booked, retired)
    with pytest.raises(ReasonMissing):
        roll_forward(
            chosen=[Chosen(appointment=booked)],
            protocol=newer,
            by=Actor(user=clinic.dov),
            reason=" ",
            now=NOW,
        )


def test_bookings_behind_are_those_ahead_under_an_older_version(clinic: Clinic, newer: Protocol) -> None:
    later = book(clinic, patient=make_patient(clinic.organization), start=START + DAY)
    first = book(clinic)
    there = book(clinic, patient=make_patient(clinic.organization), offering=clinic.offering_new_york,
                 start=START + 5 * HOUR)  # fmt: skip

    behind = [list(Appointment.objects.behind(newer, now)) for now in (NOW, START + HOUR)]
    none = list(Appointment.objects.behind(clinic.protocol, NOW))

    assert behind == [[first, there, later], [there, later]]
    assert none == []
