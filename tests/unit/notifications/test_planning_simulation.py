"""The plan as a list: every zero has a reason, every shift is explained."""

import datetime as dt
from zoneinfo import ZoneInfo

from planning_samples import (
    BOOKED_STEP,
    BRING_STEP,
    CHANGES,
    FASTING_STEP,
    MEDICINE_STEP,
    at,
    before,
    booking,
    carer,
    notice,
    patient,
    plan,
    saying,
    step,
)

from notifications.planning import Booking, SimulatedRow, simulate
from procedures.steps import Step


def rows(visit: Booking, *steps: Step, **changes: object) -> list[tuple[str, str, str, str]]:
    """Return notice, outcome, local time and reason of each row."""
    return [
        (row.notice, row.outcome, f"{row.at:%d %H:%M}" if row.at else "", row.reason)
        for row in simulated(visit, *steps, **changes)
    ]


def simulated(visit: Booking, *steps: Step, **changes: object) -> tuple[SimulatedRow, ...]:
    people = changes.get("recipients", (patient(),))
    found = plan(visit, steps=steps, **changes)
    return simulate(found, booking=visit, steps=steps, recipients=people)  # type: ignore[arg-type]


def test_simulation_tells_an_ordinary_booking() -> None:
    evening = step("evening", notice("evening", before(1, dt.time(21))))

    found = rows(
        booking(),
        BOOKED_STEP,
        MEDICINE_STEP,
        FASTING_STEP,
        evening,
        signed=False,
        never_send=frozenset({"fasting"}),
    )

    assert found == [
        ("booked", "message", "01 10:00", ""),
        ("medicine", "held", "11 17:00", "unsigned"),
        ("evening", "message", "15 19:30", "quiet-hours"),
        ("fasting-1", "not-owed", "", "never-send:fasting"),
        ("fasting-3", "not-owed", "", "never-send:fasting"),
    ]


def test_simulation_lists_what_one_message_stands_for_and_who_is_phoned() -> None:
    found = rows(booking(known_at=at("2027-03-15 21:00")), CHANGES, BOOKED_STEP, BRING_STEP, FASTING_STEP)

    assert found == [
        ("fasting-1", "call", "16 03:00", "too-late-to-send"),
        ("fasting-3", "call", "16 03:00", "too-late-to-send"),
        ("together", "message", "16 08:00", "already-due"),
        ("booked", "part", "16 08:00", "part-of:together"),
        ("bring", "part", "16 08:00", "part-of:together"),
        ("fasting-1", "not-owed", "", "too-late"),
        ("fasting-3", "not-owed", "", "too-late"),
    ]


def test_simulation_names_what_a_correction_corrects() -> None:
    told = [saying("booked", {"start": "2027-03-16T07:45:00Z"})]

    by_day = rows(booking(start=at("2027-03-18 11:00"), known_at=at("2027-03-10 10:00")), CHANGES, told=told)
    by_night = rows(
        booking(start=at("2027-03-18 11:00"), known_at=at("2027-03-16 03:00")), CHANGES, told=told
    )

    assert by_day == [("moved", "message", "10 10:00", "corrects:r1")]
    assert by_night == [("moved", "message", "16 03:00", "time-critical")]


def test_simulation_of_a_single_notice_already_due_says_so() -> None:
    found = rows(booking(known_at=at("2027-03-15 10:00")), BRING_STEP)

    assert found == [("bring", "message", "15 10:00", "already-due")]


def test_simulated_row_is_complete_and_in_the_clinics_zone() -> None:
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    visit = booking(start=at("2027-04-06 09:00", lord_howe), zone=lord_howe, known_at=at("2027-04-01 09:00"))

    people = (patient(zone=lord_howe),)

    (row,) = simulated(
        visit, step("remind", notice("remind", before(1, dt.time(21)), facts=("start",))), recipients=people
    )

    assert row == SimulatedRow(
        recipient="patient:1",
        step="remind",
        notice="remind",
        outcome="message",
        at=at("2027-04-05 19:30", lord_howe),
        wanted_at=at("2027-04-05 21:00", lord_howe),
        reason="quiet-hours",
        facts={"start": visit.start},
    )
    assert (row.at.tzinfo if row.at else None) == lord_howe


def test_simulation_puts_people_in_the_order_given() -> None:
    people = (carer(), patient())

    found = simulated(booking(), BOOKED_STEP, recipients=people)

    assert [row.recipient for row in found] == ["related:7", "patient:1"]
