"""Booking: what it writes, whom it chooses, and every sentence with which it refuses."""

import datetime as dt

import pytest
from builders import (
    DAY,
    HOUR,
    LONDON,
    NEW_YORK,
    NOW,
    START,
    Clinic,
    book,
    make_medication,
    make_patient,
    make_resource,
)
from django.db import connection
from django.test.utils import CaptureQueriesContext

from procedures.codes import ProtocolStatus
from procedures.models import Protocol
from procedures.models.reading import care_of
from procedures.preparation import rule_set
from scheduling import operations
from scheduling.codes import ResourceKind
from scheduling.models import Allocation, Appointment, OpeningException, Resource, ResourceHours


def occupied(appointment: Appointment) -> list[tuple[str, str, dt.datetime, dt.datetime]]:
    rows = Allocation.objects.filter(appointment=appointment, active=True).order_by("id")
    return [
        (
            each.leg,
            each.resource.name,
            each.period.lower.astimezone(LONDON),
            each.period.upper.astimezone(LONDON),
        )
        for each in rows.select_related("resource")
    ]


def at(hour: int, minute: int = 0) -> dt.datetime:
    return START.replace(hour=hour, minute=minute)


def test_booking_takes_every_leg_for_its_own_time(clinic: Clinic) -> None:
    appointment = book(clinic)

    assert occupied(appointment) == [
        ("operator", "Radiologist", at(9), at(10, 30)),
        ("room", "Room 1", at(8, 45), at(10, 45)),
        ("console", "Console 1", at(9), at(10, 45)),
        ("bay", "Bay 1", at(10, 30), at(12, 30)),
    ]


def test_booking_stores_what_it_was_made_under(clinic: Clinic) -> None:
    appointment = Appointment.objects.get(pk=book(clinic).pk)

    assert appointment.status == "booked"
    assert appointment.organization == clinic.organization
    assert appointment.location == clinic.london
    assert appointment.protocol == clinic.protocol
    assert appointment.rule_set_sha256 == rule_set().sha256
    assert (appointment.anaesthesia, appointment.guidance) == ("moderate_sedation", "ct")
    assert (appointment.arrive_at, appointment.planned_end) == (at(8), at(10, 30))
    assert (appointment.period.lower, appointment.period.upper) == (at(8), at(12, 30))
    assert (appointment.booked_at, appointment.known_at) == (NOW, NOW)
    assert (appointment.revision, appointment.override_reason) == (1, "")


def test_booking_records_who_booked(clinic: Clinic) -> None:
    [change] = book(clinic).changes.all()

    assert (change.kind, change.from_status, change.to_status) == ("booked", "", "booked")
    assert (change.from_start, change.to_start) == (None, START)
    assert (change.user, change.client, change.revision, change.changed_at) == (clinic.nora, None, 1, NOW)


def test_booking_counts_in_the_zone_of_the_location(clinic: Clinic) -> None:
    start = dt.datetime(2027, 3, 16, 9, tzinfo=NEW_YORK)

    appointment = book(clinic, offering=clinic.offering_new_york, start=start)

    assert appointment.start == dt.datetime(2027, 3, 16, 13, tzinfo=dt.UTC)
    assert appointment.location == clinic.new_york


def test_booking_takes_another_resource_of_the_pool_when_the_first_is_busy(clinic: Clinic) -> None:
    book(clinic)
    for kind, name, skills in (
        (ResourceKind.PRACTITIONER, "Second radiologist", ["radiology"]),
        (ResourceKind.ROOM, "Room 2", ["ct", "mri"]),
        (ResourceKind.DEVICE, "Console 2", ["cryo-console"]),
    ):
        make_resource(clinic.london, kind=kind, name=name, skills=skills)

    second = book(clinic, patient=make_patient(clinic.organization))

    assert [name for _, name, _, _ in occupied(second)] == [
        "Second radiologist",
        "Room 2",
        "Console 2",
        "Bay 2",
    ]


def test_booking_keeps_a_console_to_its_room(clinic: Clinic) -> None:
    second_room = make_resource(clinic.london, kind=ResourceKind.ROOM, name="Room 2", skills=["ct"])
    clinic.resource("device").only_with.add(second_room)

    appointment = book(clinic)

    assert [name for _, name, _, _ in occupied(appointment)][1:3] == ["Room 2", "Console 1"]


def test_booking_takes_the_resources_that_are_named(clinic: Clinic) -> None:
    legs = {"operator": "practitioner", "room": "room", "console": "device"}
    named = {leg: [clinic.resource(kind).pk] for leg, kind in legs.items()}
    named["bay"] = [Resource.objects.get(location=clinic.london, name="Bay 2").pk]

    appointment = book(clinic, assignment=named)

    assert occupied(appointment)[-1][1] == "Bay 2"


def test_booking_takes_as_many_of_a_leg_as_the_offering_says(clinic: Clinic) -> None:
    clinic.offering.leg_overrides = {"bay": {"count": 2, "duration_minutes": 30}, "console": {"count": 0}}
    clinic.offering.save()

    appointment = book(clinic)

    assert occupied(appointment)[2:] == [
        ("bay", "Bay 1", at(10, 30), at(11)),
        ("bay", "Bay 2", at(10, 30), at(11)),
    ]


def test_booking_takes_a_constant_number_of_queries(clinic: Clinic) -> None:
    for number in range(3):
        make_resource(clinic.london, kind=ResourceKind.BAY, name=f"Bay {number + 3}")
    make_medication(clinic.pia, "paracetamol")
    # Read once for a process.
    care_of(Protocol.objects.get(pk=clinic.offering.protocol_id))

    with CaptureQueriesContext(connection) as first:
        book(clinic)
    with CaptureQueriesContext(connection) as second:
        book(clinic, patient=make_patient(clinic.organization), start=START + DAY)

    assert len(first) == len(second) - 1
    assert len(first) == 14


def test_other_visits_of_a_patient_are_asked_for_at_once(clinic: Clinic) -> None:
    care_of(Protocol.objects.get(pk=clinic.offering.protocol_id))
    book(clinic)
    captured = []

    for weeks in (1, 2, 3):
        with CaptureQueriesContext(connection) as queries:
            book(clinic, start=START + 7 * weeks * DAY)
        captured.append(len(queries))

    assert len(set(captured)) == 1


def test_booking_may_be_repeated_after_a_refusal(clinic: Clinic) -> None:
    with pytest.raises(operations.StartInPast):
        book(clinic, start=NOW - HOUR)

    assert not Allocation.objects.exists()
    assert book(clinic).status == "booked"


# --- refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"start": dt.datetime(2027, 3, 16, 9)}, operations.StartIsNaive),  # noqa: DTZ001
        ({"start": NOW}, operations.StartInPast),
        ({"start": NOW + 23 * HOUR}, operations.TooShortNotice),
        ({"start": NOW + 180 * DAY}, operations.BeyondHorizon),
        ({"anaesthesia": "spinal"}, operations.AnaesthesiaNotOffered),
        ({"guidance": "mri"}, operations.GuidanceNotOffered),
        ({"contrast": "barium"}, operations.ContrastUnknown),
        ({"target": "left"}, operations.TargetNeeded),
        ({"start": START.replace(hour=19)}, operations.OutsideHours),
        ({"start": START - 3 * DAY}, operations.OutsideHours),
        ({"assignment": {}}, operations.NoSuchResource),
        ({"assignment": {"nurse": [1]}}, operations.NoSuchResource),
    ],
)
def test_booking_is_refused(clinic: Clinic, changes: dict[str, object], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        book(clinic, **changes)

    assert not Appointment.objects.exists()


def test_too_short_notice_names_the_first_start_that_would_do(clinic: Clinic) -> None:
    with pytest.raises(operations.TooShortNotice) as refused:
        book(clinic, start=NOW + HOUR)

    assert refused.value.earliest_start == NOW + 24 * HOUR


def test_beyond_horizon_names_the_end_of_the_horizon(clinic: Clinic) -> None:
    with pytest.raises(operations.BeyondHorizon) as refused:
        book(clinic, start=NOW + 200 * DAY)

    assert refused.value.latest_start == NOW + 180 * DAY


def test_outside_hours_names_leg_role_and_the_hours_of_the_day(clinic: Clinic) -> None:
    with pytest.raises(operations.OutsideHours) as refused:
        book(clinic, start=at(18, 45))

    assert (refused.value.leg, refused.value.role) == ("operator", "practitioner")
    assert refused.value.hours == ((at(7), at(20)),)


def test_a_closure_shuts_the_location(clinic: Clinic) -> None:
    OpeningException.objects.create(location=clinic.london, period=(at(12), at(13)), reason="Fire drill")

    with pytest.raises(operations.OutsideHours) as refused:
        book(clinic)

    assert refused.value.leg == "bay"
    assert refused.value.hours == ((at(7), at(12)), (at(13), at(20)))


def test_a_resource_keeps_its_own_hours(clinic: Clinic) -> None:
    ResourceHours.objects.create(
        resource=clinic.resource("practitioner"), weekday="tue", opens=dt.time(13), closes=dt.time(18)
    )

    with pytest.raises(operations.OutsideHours) as refused:
        book(clinic)

    assert refused.value.hours == ((at(13), at(18)),)
    assert book(clinic, start=at(13)).status == "booked"


def test_a_public_holiday_shuts_the_location(clinic: Clinic) -> None:
    clinic.london.region = "GB-ENG"
    clinic.london.save()

    with pytest.raises(operations.OutsideHours):
        book(clinic, start=dt.datetime(2027, 3, 29, 9, tzinfo=LONDON))


def test_a_region_without_a_calendar_is_refused(clinic: Clinic) -> None:
    clinic.london.region = "XX"
    clinic.london.save()

    with pytest.raises(operations.RegionUnknown):
        book(clinic)


def test_slot_taken_names_leg_resources_and_when_one_is_free(clinic: Clinic) -> None:
    book(clinic)

    with pytest.raises(operations.SlotTaken) as refused:
        book(clinic, patient=make_patient(clinic.organization), start=at(10))

    assert refused.value.leg == "operator"
    assert refused.value.resources == (clinic.resource("practitioner").uid,)
    assert refused.value.until == at(10, 30)


def test_slot_taken_when_what_is_free_cannot_go_together(clinic: Clinic) -> None:
    second_room = make_resource(clinic.london, kind=ResourceKind.ROOM, name="Room 2", skills=["mri"])
    console = clinic.resource("device")
    console.only_with.add(second_room)

    with pytest.raises(operations.SlotTaken) as refused:
        book(clinic)

    assert (refused.value.leg, refused.value.resources) == ("console", (console.uid,))


def test_patient_cannot_be_in_two_places(clinic: Clinic) -> None:
    book(clinic)

    with pytest.raises(operations.PatientBusy):
        book(clinic, offering=clinic.offering_new_york, start=at(12))

    assert Appointment.objects.count() == 1
    assert Allocation.objects.filter(resource__location=clinic.new_york).count() == 0


def test_no_such_resource_names_the_leg(clinic: Clinic) -> None:
    Resource.objects.filter(location=clinic.london, kind="device").update(active=False)

    with pytest.raises(operations.NoSuchResource) as refused:
        book(clinic)

    assert refused.value.leg == "console"


def test_inactive_offering_is_refused(clinic: Clinic) -> None:
    clinic.offering.active = False
    clinic.offering.save()

    with pytest.raises(operations.OfferingInactive):
        book(clinic)


@pytest.mark.parametrize("case", ["none", "retired", "not yet"])
def test_booking_needs_a_protocol_in_force(clinic: Clinic, case: str) -> None:
    if case == "retired":
        Protocol.objects.update(status=ProtocolStatus.RETIRED)
    else:
        later = Protocol.objects.create(
            organization=clinic.organization,
            procedure_type=clinic.protocol.procedure_type,
            version=2,
            title="Next",
            status=ProtocolStatus.ACTIVE,
            approved_by=clinic.dov,
            approved_at=NOW,
            active_from=dt.date(2027, 3, 2),
        )
        clinic.offering.protocol = later if case == "not yet" else None
        clinic.offering.save()

    with pytest.raises(operations.NoActiveProtocol):
        book(clinic)


def test_patient_of_another_organization_is_refused(clinic: Clinic) -> None:
    with pytest.raises(operations.OtherOrganization):
        book(clinic, patient=make_patient(clinic.elsewhere))


def test_patient_who_died_is_refused(clinic: Clinic) -> None:
    clinic.pia.deceased_on = dt.date(2027, 2, 28)
    clinic.pia.save()

    with pytest.raises(operations.PatientDeceased):
        book(clinic)


def test_procedure_with_targets_needs_one(clinic: Clinic) -> None:
    procedure_type = clinic.offering.procedure_type
    procedure_type.code = "cryoneurolysis_cancer_pain"
    procedure_type.targets = ["superficial", "deep"]
    procedure_type.save()

    with pytest.raises(operations.TargetNeeded) as refused:
        book(clinic)

    assert refused.value.targets == ("superficial", "deep")
    assert book(clinic, target="deep").target == "deep"


# --- preparation ------------------------------------------------------------------------------------


def test_cannot_be_prepared_names_the_first_day_that_would_do(clinic: Clinic) -> None:
    make_medication(clinic.pia, "clopidogrel", dose_times=["08:00"])
    start = dt.datetime(2027, 3, 5, 9, tzinfo=LONDON)

    with pytest.raises(operations.CannotBePrepared) as refused:
        book(clinic, start=start)

    # Last dose 6 days before, a day to tell, a day to sign.
    assert refused.value.earliest_start_on == dt.date(2027, 3, 9)
    assert book(clinic, start=dt.datetime(2027, 3, 9, 9, tzinfo=LONDON)).override_reason == ""


def test_override_books_with_its_reason(clinic: Clinic) -> None:
    make_medication(clinic.pia, "clopidogrel", dose_times=["08:00"])
    start = dt.datetime(2027, 3, 5, 9, tzinfo=LONDON)

    appointment = book(clinic, start=start, override_reason="Bleeding tumor, agreed with cardiology")

    assert appointment.override_reason == "Bleeding tumor, agreed with cardiology"
    assert [change.reason for change in appointment.changes.all()] == [appointment.override_reason]


def test_override_shortens_the_notice(clinic: Clinic) -> None:
    appointment = book(clinic, start=NOW + 5 * HOUR, override_reason="Place became free")

    assert appointment.override_reason == "Place became free"


def test_override_that_is_not_needed_is_not_stored(clinic: Clinic) -> None:
    assert book(clinic, override_reason="Just in case").override_reason == ""


def test_override_by_somebody_who_may_not_is_refused(clinic: Clinic) -> None:
    with pytest.raises(operations.OverrideRefused):
        book(clinic, by=clinic.portal, start=NOW + 5 * HOUR, override_reason="I want to")


def test_undecided_plan_lets_staff_book_and_a_portal_not(clinic: Clinic) -> None:
    make_medication(clinic.pia, "some herbal tea")

    with pytest.raises(operations.PlanUndecided):
        book(clinic, by=clinic.portal)

    assert book(clinic).status == "booked"
