"""Slots over real rows: what is offered can be booked, and what can be booked is offered."""

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
    make_location,
    make_medication,
    make_offering,
    make_patient,
    make_resource,
)
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cryoclinic.accounts.models import LocationHours
from procedures.models import ProcedureLeg
from scheduling import operations
from scheduling.codes import CancellationReason, ResourceKind
from scheduling.models import (
    Allocation,
    Evidence,
    OpeningException,
    Patient,
    PatientCondition,
    ProcedureOffering,
    Resource,
    ResourceHours,
)
from scheduling.operations.slots import Obstacle, ObstacleRule, SlotState, explain_slot, find_slots

DAY_OF_START = START.replace(hour=0)


def on_day(clinic: Clinic, day: dt.datetime = DAY_OF_START, **changes) -> list[str]:
    """Return the slots of one day as times of the offering's clock."""
    request = {"offering": clinic.offering, "now": NOW, "first": day, "until": day + DAY, **changes}
    zone = request["offering"].location.tz
    return [f"{slot.start.astimezone(zone):%H:%M}" for slot in find_slots(**request)]


def quarters(first: str, last: str) -> list[str]:
    """Return every quarter of an hour from the first to the last, both included."""
    begin, end = (dt.datetime.combine(dt.date.min, dt.time.fromisoformat(each)) for each in (first, last))
    count = (end - begin) // dt.timedelta(minutes=15)
    return [f"{begin + number * dt.timedelta(minutes=15):%H:%M}" for number in range(count + 1)]


def close(
    clinic: Clinic, begin: dt.datetime, end: dt.datetime, *, is_open: bool = False, resource=None
) -> None:
    OpeningException.objects.create(
        location=clinic.london, resource=resource, period=(begin, end), is_open=is_open, reason="x"
    )


def at(hour: int, minute: int = 0) -> dt.datetime:
    return START.replace(hour=hour, minute=minute)


def test_slots_keep_every_leg_within_the_opening_hours(clinic: Clinic) -> None:
    # 7:00 to 20:00: the room is needed 15 minutes before, the bay until 3 hours 30 minutes after.
    assert on_day(clinic) == quarters("07:15", "16:30")


def test_slots_tell_start_end_and_who_would_serve(clinic: Clinic) -> None:
    [slot] = find_slots(offering=clinic.offering, first=START, until=START + DAY, limit=1, now=NOW)

    assert (slot.start, slot.planned_end) == (START, START + 90 * dt.timedelta(minutes=1))
    assert (slot.state, slot.reason) == (SlotState.FREE, "")
    assert slot.assignment == {
        "operator": (clinic.resource("practitioner").pk,),
        "room": (clinic.resource("room").pk,),
        "console": (clinic.resource("device").pk,),
        "bay": (clinic.resource("bay").pk,),
    }


def test_slots_leave_out_what_is_booked(clinic: Clinic) -> None:
    book(clinic)

    # Room 8:45 to 10:45 is taken: one before must be out of it by 8:45, one after may not set up before 10:45.
    assert on_day(clinic) == [*quarters("11:00", "16:30")]


def test_slots_for_the_same_patient_leave_out_the_time_in_the_house(clinic: Clinic) -> None:
    book(clinic, offering=clinic.offering)
    for kind, skill in (("practitioner", "radiology"), ("room", "ct"), ("device", "cryo-console")):
        make_resource(clinic.london, kind=ResourceKind(kind), name=f"Second {kind}", skills=[skill])

    # Another patient can use the second room; Pia is in the house from 8:00 to 12:30 and must come an hour before.
    assert on_day(clinic) == quarters("07:15", "16:30")
    assert on_day(clinic, patient=clinic.pia) == quarters("13:30", "16:30")


def test_slots_count_a_hold_until_it_lapses(clinic: Clinic) -> None:
    hold = operations.hold_slot(offering=clinic.offering, start=START, now=NOW, by=clinic.staff)

    assert on_day(clinic) == quarters("11:00", "16:30")
    assert on_day(clinic, hold=hold) == quarters("07:15", "16:30")
    assert on_day(clinic, now=hold.expires_at) == quarters("07:15", "16:30")


def test_slots_for_a_move_count_its_own_time_as_free(clinic: Clinic) -> None:
    appointment = book(clinic)

    assert on_day(clinic, moving=appointment) == quarters("07:15", "16:30")


def test_slots_respect_notice_and_horizon(clinic: Clinic) -> None:
    ProcedureOffering.objects.update(notice_hours=48, horizon_days=3)
    clinic.offering.refresh_from_db()

    found = find_slots(offering=clinic.offering, first=NOW - DAY, until=NOW + 30 * DAY, now=NOW)

    assert found[0].start == NOW + 48 * HOUR
    assert found[-1].start == NOW + 3 * DAY - dt.timedelta(minutes=15)


def test_slots_begin_after_now_even_without_notice(clinic: Clinic) -> None:
    ProcedureOffering.objects.update(notice_hours=0)
    clinic.offering.refresh_from_db()

    found = find_slots(offering=clinic.offering, first=NOW, until=NOW + DAY, now=NOW, limit=1)

    assert found[0].start == NOW + dt.timedelta(minutes=15)


def test_slots_keep_to_the_offerings_grid_on_the_local_clock(clinic: Clinic) -> None:
    ProcedureOffering.objects.update(align_minutes=120)
    clinic.offering.refresh_from_db()

    assert on_day(clinic) == ["08:00", "10:00", "12:00", "14:00", "16:00"]


def test_slots_know_closures_extra_hours_and_a_resources_own_hours(clinic: Clinic) -> None:
    close(clinic, at(12), at(13))
    close(clinic, at(20), at(22), is_open=True, resource=clinic.resource("bay"))
    ResourceHours.objects.create(
        resource=clinic.resource("practitioner"), weekday="tue", opens=dt.time(9), closes=dt.time(19)
    )

    # Nothing may touch 12:00 to 13:00, the radiologist works from 9:00, and only one bay is open in the evening:
    # the room closes at 20:00, so a start at 17:30 (radiologist until 19:00, room until 19:15) is the last.
    assert on_day(clinic) == quarters("13:15", "17:30")


def test_slots_skip_public_holidays_of_the_region(clinic: Clinic) -> None:
    good_friday = dt.datetime(2027, 3, 26, tzinfo=LONDON)
    before = on_day(clinic, good_friday)
    clinic.london.region = "GB-ENG"
    clinic.london.save()
    clinic.offering.location.refresh_from_db()

    assert before == quarters("07:15", "16:30")
    assert on_day(clinic, good_friday) == []
    assert on_day(clinic, good_friday - DAY) == quarters("07:15", "16:30")


def test_slots_refuse_an_unknown_region(clinic: Clinic) -> None:
    clinic.offering.location.region = "Atlantis"

    with pytest.raises(operations.RegionUnknown):
        on_day(clinic)


@pytest.mark.parametrize("date", ["2027-03-15", "2027-11-08", "2027-06-15"])
def test_slots_follow_the_wall_clock_of_the_location(clinic: Clinic, date: str) -> None:
    day = dt.datetime.fromisoformat(date).replace(tzinfo=NEW_YORK)

    found = on_day(clinic, day, offering=clinic.offering_new_york, now=day - 20 * DAY)

    assert found == quarters("07:15", "16:30")


def test_slots_of_the_night_span_midnight_and_the_change_of_clocks(clinic: Clinic) -> None:
    # Open round the clock; the bay is kept for 14 hours over the night in which an hour is skipped.
    LocationHours.objects.filter(location=clinic.london).delete()
    for weekday in ("sat", "sun"):
        LocationHours.objects.create(
            location=clinic.london, weekday=weekday, opens=dt.time(0), closes=dt.time(0)
        )
    ProcedureOffering.objects.update(observe_minutes=14 * 60, align_minutes=60)
    clinic.offering.refresh_from_db()
    saturday = dt.datetime(2027, 3, 27, tzinfo=LONDON)

    # Friday is closed, so nothing can be set up before Saturday 0:00. 1:00 on Sunday is skipped; what begins at
    # 8:00 leaves the bay at 23:30, and Monday is closed.
    assert on_day(clinic, saturday, now=NOW)[0] == "01:00"
    assert on_day(clinic, saturday + DAY) == [
        "00:00",
        "02:00",
        "03:00",
        "04:00",
        "05:00",
        "06:00",
        "07:00",
        "08:00",
    ]


def test_slots_use_a_device_only_in_its_rooms(clinic: Clinic) -> None:
    second_room = make_resource(clinic.london, kind=ResourceKind.ROOM, name="Room 2", skills=["ct"])
    clinic.resource("device").only_with.add(second_room)

    [slot] = find_slots(offering=clinic.offering, first=START, until=START + DAY, limit=1, now=NOW)
    assert slot.assignment["room"] == (second_room.pk,)

    close(clinic, at(7), at(14), resource=second_room)
    assert on_day(clinic) == quarters("14:15", "16:30")


def test_slots_need_a_partner_even_if_it_is_out_of_use(clinic: Clinic) -> None:
    retired = make_resource(
        clinic.london, kind=ResourceKind.ROOM, name="Old room", skills=["ct"], active=False
    )
    clinic.resource("device").only_with.add(retired)

    assert on_day(clinic) == []


def test_slots_name_the_leg_that_nobody_could_ever_fill(clinic: Clinic) -> None:
    ProcedureLeg.objects.filter(key="console").update(skill="no-such-console")

    with pytest.raises(operations.NoSuchResource) as refused:
        on_day(clinic)

    assert vars(refused.value) == {
        "leg": "console",
        "location": "London",
        "role": "device",
        "skill": "no-such-console",
        "needed": 1,
        "found": 0,
    }


def test_slots_name_no_way_in_which_it_is_never_done_even_for_nobody_in_particular(clinic: Clinic) -> None:
    with pytest.raises(operations.terms.GuidanceNotOffered):
        on_day(clinic, guidance="mri")


def test_slots_of_one_location_do_not_see_the_other(clinic: Clinic) -> None:
    book(clinic)

    found = on_day(clinic, DAY_OF_START.replace(tzinfo=NEW_YORK), offering=clinic.offering_new_york)

    assert found == quarters("07:15", "16:30")


def test_slots_begin_where_the_patient_can_be_prepared(clinic: Clinic) -> None:
    # A day of fasting and escort, a day for the message: whoever asks on 1 March can be ready on the 3rd.
    make_patient(clinic.organization)
    asked = {
        "offering": clinic.offering,
        "patient": clinic.pia,
        "first": NOW,
        "until": NOW + 9 * DAY,
        "now": NOW,
    }

    found = find_slots(**asked)
    all_of_them = find_slots(**asked, with_too_soon=True)

    assert found[0].start == dt.datetime(2027, 3, 3, 7, 15, tzinfo=LONDON)
    assert {slot.state for slot in found} == {SlotState.FREE}
    soon = [slot for slot in all_of_them if slot.state == SlotState.TOO_SOON]
    assert {slot.start.date() for slot in soon} == {dt.date(2027, 3, 2)}
    assert {slot.reason for slot in soon} == {"The preparation takes until Wed 3 Mar 2027."}
    assert [slot for slot in all_of_them if slot not in soon] == found


def test_slots_wait_for_the_longest_hold_and_its_signature(clinic: Clinic) -> None:
    make_medication(clinic.pia, "clopidogrel", dose_times=["08:00"])

    [slot] = find_slots(
        offering=clinic.offering, patient=clinic.pia, first=NOW, until=NOW + 60 * DAY, limit=1, now=NOW
    )

    with pytest.raises(operations.CannotBePrepared) as refused:
        book(clinic, start=slot.start - DAY)
    assert refused.value.earliest_start_on == slot.start.date()
    assert book(clinic, start=slot.start).start == slot.start


def test_slots_of_an_undecided_plan_are_provisional_for_staff_and_hidden_from_portals(clinic: Clinic) -> None:
    make_medication(clinic.pia, "birch tonic")

    for_staff = find_slots(
        offering=clinic.offering, patient=clinic.pia, first=START, until=START + HOUR, now=NOW, limit=1
    )
    for_portal = find_slots(
        offering=clinic.offering,
        patient=clinic.pia,
        first=START,
        until=START + 30 * DAY,
        now=NOW,
        audience="portal",
    )

    assert [(slot.state, slot.reason) for slot in for_staff] == [
        (SlotState.PROVISIONAL, "A clinician must first decide about birch tonic.")
    ]
    assert for_portal == []


def test_slots_judge_each_day_by_what_holds_then(clinic: Clinic) -> None:
    # Dialysis leaves apixaban without a rule; it is known to end on 31 March.
    make_medication(clinic.pia, "apixaban")
    PatientCondition.objects.create(patient=clinic.pia, code="dialysis", holds_until=dt.date(2027, 3, 31))

    found = find_slots(offering=clinic.offering, patient=clinic.pia, first=NOW, until=NOW + 40 * DAY, now=NOW)

    by_state = {state: {slot.start.date() for slot in found if slot.state == state} for state in SlotState}
    assert max(by_state[SlotState.PROVISIONAL]) == dt.date(2027, 3, 31)
    assert min(by_state[SlotState.FREE]) == dt.date(2027, 4, 1)


def test_slots_do_not_mind_what_they_do_not_need(clinic: Clinic) -> None:
    make_resource(clinic.london, kind=ResourceKind.EQUIPMENT, name="Blankets")
    make_resource(clinic.london, kind=ResourceKind.ROOM, name="Ward")

    [slot] = find_slots(offering=clinic.offering, first=START, until=START + DAY, limit=1, now=NOW)

    assert slot.assignment["room"] == (clinic.resource("room").pk,)


def test_slots_refuse_naive_times_and_other_peoples_patients(clinic: Clinic) -> None:
    with pytest.raises(operations.StartIsNaive):
        find_slots(offering=clinic.offering, first=NOW.replace(tzinfo=None), until=NOW + DAY, now=NOW)
    with pytest.raises(operations.StartIsNaive):
        explain_slot(offering=clinic.offering, start=START.replace(tzinfo=None), now=NOW)
    with pytest.raises(operations.OtherOrganization):
        on_day(clinic, patient=make_patient(clinic.elsewhere))
    clinic.offering.active = False
    with pytest.raises(operations.OfferingInactive):
        on_day(clinic)


def test_slots_of_an_empty_period_are_none(clinic: Clinic) -> None:
    assert find_slots(offering=clinic.offering, first=START, until=START, now=NOW) == []
    assert find_slots(offering=clinic.offering, first=START, until=START - DAY, now=NOW) == []


def test_slots_are_found_however_far_ahead(clinic: Clinic) -> None:
    close(clinic, NOW, NOW + 100 * DAY)

    found = find_slots(offering=clinic.offering, first=NOW, until=NOW + 200 * DAY, now=NOW, limit=2)

    assert [slot.start.astimezone(LONDON) for slot in found] == [
        dt.datetime(2027, 6, 9, 10, 15, tzinfo=LONDON),
        dt.datetime(2027, 6, 9, 10, 30, tzinfo=LONDON),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("drug", "dose_times"),
    [("clopidogrel", ["08:00"]), ("apixaban", ["08:30", "20:30"]), ("enoxaparin", ["09:00"]), ("", [])],
)
def test_slots_offered_are_exactly_the_starts_that_can_be_booked(
    clinic: Clinic, drug: str, dose_times: list[str]
) -> None:
    if drug:
        make_medication(clinic.pia, drug, dose_times=dose_times, regimen="therapeutic")
    Evidence.objects.create(patient=clinic.pia, item="creatinine_clearance", done_on=NOW.date(), value=80)
    make_resource(clinic.london, kind=ResourceKind.ROOM, name="Room 2", skills=["ct"])
    ProcedureOffering.objects.update(align_minutes=30)
    clinic.offering.refresh_from_db()
    asked = {"offering": clinic.offering, "patient": clinic.pia, "now": NOW}
    [earliest] = find_slots(**asked, first=NOW, until=NOW + 90 * DAY, limit=1)
    first = earliest.start.astimezone(LONDON).replace(hour=0, minute=0) - DAY
    other = make_patient(clinic.organization)
    for start in (first + 8 * HOUR + DAY, first + 13 * HOUR + DAY):
        book(clinic, patient=other, start=start)
    close(clinic, first + 39 * HOUR, first + 39.5 * HOUR, resource=clinic.resource("room"))
    starts = [first + 6 * HOUR + number * dt.timedelta(minutes=30) for number in range(2 * 48)]

    offered = find_slots(**asked, first=starts[0], until=starts[-1] + HOUR / 2)

    assert [slot.start for slot in offered] == [start for start in starts if can_be_booked(clinic, start)]
    assert 0 < len(offered) < len(starts)


def can_be_booked(clinic: Clinic, start: dt.datetime) -> bool:
    try:
        appointment = book(clinic, start=start)
    except (
        operations.SlotTaken,
        operations.OutsideHours,
        operations.CannotBePrepared,
        operations.TooShortNotice,
    ):
        return False
    operations.cancel_appointment(
        appointment=appointment, reason=CancellationReason.OTHER, now=NOW, by=clinic.staff
    )
    return True


@pytest.mark.slow
def test_slots_take_the_same_number_of_queries_however_much_there_is(clinic: Clinic) -> None:
    def queries(act, **asked) -> int:
        offering = ProcedureOffering.objects.with_terms().get(pk=clinic.offering.pk)
        patient = Patient.objects.get(pk=clinic.pia.pk)
        with CaptureQueriesContext(connection) as captured:
            act(offering=offering, patient=patient, now=NOW, **asked)
        return len(captured)

    def counted() -> tuple[int, int]:
        found = queries(find_slots, first=START, until=START + DAY)
        return found, queries(explain_slot, start=START - 2 * HOUR)

    Resource.objects.filter(kind=ResourceKind.ROOM).update(most_per_day=4)
    before = counted()
    for kind, skills in (
        ("practitioner", ["radiology"]),
        ("room", ["ct"]),
        ("device", ["cryo-console"]),
        ("bay", []),
    ):
        for number in range(9):
            make_resource(
                clinic.london, kind=kind, name=f"{kind} {number + 3}", skills=skills, most_per_day=4
            )
    for number in range(10):
        make_medication(clinic.pia, f"paracetamol {number}")
        close(clinic, START + number * DAY, START + number * DAY + HOUR)
        book(clinic, patient=make_patient(clinic.organization), start=START + 13 * DAY)

    assert counted() == before == (5, 5)


def test_slots_leave_no_trace(clinic: Clinic) -> None:
    find_slots(offering=clinic.offering, patient=clinic.pia, first=START, until=START + DAY, now=NOW)

    assert not Allocation.objects.exists()


def test_explanation_of_a_free_start_names_nothing(clinic: Clinic) -> None:
    found = explain_slot(offering=clinic.offering, patient=clinic.pia, start=START, now=NOW)

    assert found.obstacles == ()
    assert found.next_slot is not None
    assert found.next_slot.start == START + dt.timedelta(minutes=15)


def test_explanation_names_legs_resources_and_the_patient(clinic: Clinic) -> None:
    book(clinic)

    found = explain_slot(offering=clinic.offering, patient=clinic.pia, start=at(10), now=NOW)

    assert found.obstacles == (
        Obstacle(
            rule=ObstacleRule.NOT_FREE,
            leg="operator",
            resource_ids=(clinic.resource("practitioner").pk,),
            until=at(10, 30),
        ),
        Obstacle(
            rule=ObstacleRule.NOT_FREE,
            leg="room",
            resource_ids=(clinic.resource("room").pk,),
            until=at(11),
        ),
        Obstacle(
            rule=ObstacleRule.NOT_FREE,
            leg="console",
            resource_ids=(clinic.resource("device").pk,),
            until=at(10, 45),
        ),
        Obstacle(rule=ObstacleRule.NOT_FREE, leg="patient", until=at(13, 30)),
    )
    assert found.next_slot is not None
    assert found.next_slot.start == at(13, 30)


def test_explanation_names_what_is_closed(clinic: Clinic) -> None:
    found = explain_slot(offering=clinic.offering, start=at(17), now=NOW)

    bays = Resource.objects.filter(location=clinic.london, kind="bay").order_by("id")
    assert found.obstacles == (
        Obstacle(
            rule=ObstacleRule.NOT_OPEN,
            leg="bay",
            resource_ids=tuple(bays.values_list("id", flat=True)),
            until=at(5, 30) + DAY,
        ),
    )


def test_explanation_names_preparation_notice_horizon_and_grid(clinic: Clinic) -> None:
    def rules(start: dt.datetime, **changes) -> list[ObstacleRule]:
        request = {"offering": clinic.offering, "patient": clinic.pia, "start": start, "now": NOW, **changes}
        return [obstacle.rule for obstacle in explain_slot(**request).obstacles]

    assert rules(NOW + HOUR) == [ObstacleRule.TOO_SHORT_NOTICE, ObstacleRule.TOO_SOON]
    assert rules(NOW + 25 * HOUR) == [ObstacleRule.TOO_SOON]
    assert rules(START + 364 * DAY) == [ObstacleRule.BEYOND_HORIZON]
    assert rules(START + dt.timedelta(minutes=7)) == [ObstacleRule.OFF_GRID]
    assert rules(START + dt.timedelta(minutes=5)) == []

    make_medication(clinic.pia, "birch tonic")
    undecided = Patient.objects.get(pk=clinic.pia.pk)
    assert rules(START, patient=undecided) == []
    assert rules(START, patient=undecided, audience="portal") == [ObstacleRule.UNDECIDED]


def test_explanation_says_when_preparation_would_be_possible(clinic: Clinic) -> None:
    found = explain_slot(offering=clinic.offering, patient=clinic.pia, start=NOW + 25 * HOUR, now=NOW)

    assert found.obstacles == (
        Obstacle(
            rule=ObstacleRule.TOO_SOON,
            until=dt.datetime(2027, 3, 3, tzinfo=LONDON),
            detail="The preparation takes until Wed 3 Mar 2027.",
        ),
    )


def test_explanation_has_no_next_slot_where_there_is_none(clinic: Clinic) -> None:
    close(clinic, NOW, NOW + 400 * DAY)

    assert explain_slot(offering=clinic.offering, start=START, now=NOW).next_slot is None


def test_slots_of_an_empty_location_name_the_first_leg(clinic: Clinic) -> None:
    empty = make_location(clinic.organization, name="Empty", zone=LONDON, furnished=False)

    with pytest.raises(operations.NoSuchResource) as refused:
        on_day(clinic, offering=make_offering(empty, protocol=clinic.protocol))

    assert refused.value.leg == "operator"
