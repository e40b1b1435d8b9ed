"""The rules of the diary, on paper: transitions, legs, notice, preparation in days, last doses one may choose."""

import datetime as dt
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

import pytest

from procedures.preparation import Case, Hold, HoldOption, HoldStatus, Medication, PatientFacts, prepare
from scheduling.codes import OCCUPYING, AppointmentStatus
from scheduling.rules import (
    NEXT_STATUSES,
    HousePeriod,
    LegIsEmpty,
    LegPeriod,
    earliest_prepared_on,
    earliest_start,
    house_period,
    is_allowed,
    last_doses_allowed,
    latest_local_date,
    latest_start,
    legs_for,
)

LONDON = ZoneInfo("Europe/London")
START = dt.datetime(2027, 3, 16, 9, tzinfo=dt.UTC)
MINUTE = dt.timedelta(minutes=1)


@dataclass(frozen=True, kw_only=True, slots=True)
class Leg:
    key: str = "leg"
    role: str = "room"
    skill: str = ""
    count: int = 1
    anchor: str = "start"
    offset_minutes: int = 0
    duration_minutes: int | None = None
    tail_minutes: int = 0


def periods(*legs: Leg, observe_minutes: int = 120, **overrides: dict[str, object]) -> list[tuple[int, int]]:
    """Return begin and end of each leg of a 90-minute procedure, in minutes after the start."""
    found = legs_for(
        legs, overrides=overrides, start=START, planned_minutes=90, observe_minutes=observe_minutes
    )
    return [((leg.begin - START) // MINUTE, (leg.end - START) // MINUTE) for leg in found]


BAY = Leg(key="bay", role="bay", anchor="end", duration_minutes=60)


@pytest.mark.parametrize(
    ("leg", "expected"),
    [
        (Leg(), (0, 90)),
        (Leg(offset_minutes=-15, tail_minutes=20), (-15, 110)),
        (Leg(duration_minutes=30), (0, 30)),
        (Leg(offset_minutes=10, duration_minutes=30, tail_minutes=5), (10, 40)),
        (Leg(anchor="end", duration_minutes=30), (90, 120)),
        (Leg(anchor="end", offset_minutes=-10, duration_minutes=30), (80, 110)),
        (BAY, (90, 210)),
        (replace(BAY, tail_minutes=15), (90, 225)),
        (replace(BAY, anchor="start"), (0, 60)),
    ],
)
def test_leg_lies_where_its_anchor_says(leg: Leg, expected: tuple[int, int]) -> None:
    assert periods(leg) == [expected]


@pytest.mark.parametrize(
    ("override", "expected"),
    [
        ({"offset_minutes": -30}, [(-30, 90)]),
        ({"duration_minutes": 45}, [(0, 45)]),
        ({"tail_minutes": 10}, [(0, 100)]),
        ({"count": 0}, []),
    ],
)
def test_override_of_an_offering_wins(override: dict[str, object], expected: list[tuple[int, int]]) -> None:
    assert periods(Leg(), leg=override) == expected


def test_override_names_count_and_skill() -> None:
    [leg] = legs_for(
        [Leg()],
        overrides={"leg": {"count": 2, "skill": "ct"}},
        start=START.astimezone(LONDON),
        planned_minutes=90,
        observe_minutes=0,
    )

    assert leg == LegPeriod(key="leg", role="room", skill="ct", count=2, begin=START, end=START + 90 * MINUTE)
    assert leg.begin.tzinfo is dt.UTC


def test_override_of_the_duration_wins_over_observation() -> None:
    assert periods(BAY, bay={"duration_minutes": 30}) == [(90, 120)]


def test_override_may_take_the_duration_away() -> None:
    assert periods(Leg(duration_minutes=30), leg={"duration_minutes": None}) == [(0, 90)]


def test_no_bay_is_needed_without_observation() -> None:
    assert periods(Leg(), BAY, observe_minutes=0) == [(0, 90)]


def test_leg_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(LegIsEmpty):
        periods(Leg(tail_minutes=-90))


def test_house_period_runs_across_a_change_of_the_clock() -> None:
    start = dt.datetime(2027, 3, 28, 0, 30, tzinfo=LONDON)

    house = house_period(start=start, arrive_before_minutes=60, planned_minutes=90, observe_minutes=120)

    assert house == HousePeriod(
        arrive_at=dt.datetime(2027, 3, 27, 23, 30, tzinfo=dt.UTC),
        planned_end=dt.datetime(2027, 3, 28, 2, 0, tzinfo=dt.UTC),
        leave_at=dt.datetime(2027, 3, 28, 4, 0, tzinfo=dt.UTC),
    )


def test_notice_and_horizon_are_elapsed_time() -> None:
    now = dt.datetime(2027, 3, 27, 9, tzinfo=LONDON)

    assert earliest_start(now=now, notice_hours=24) == dt.datetime(2027, 3, 28, 10, tzinfo=LONDON)
    assert latest_start(now=now, horizon_days=1) == dt.datetime(2027, 3, 28, 10, tzinfo=LONDON)


def test_latest_local_date_is_that_of_the_far_east() -> None:
    assert latest_local_date(dt.datetime(2027, 3, 1, 9, 59, tzinfo=dt.UTC)) == dt.date(2027, 3, 1)
    assert latest_local_date(dt.datetime(2027, 3, 1, 10, tzinfo=dt.UTC)) == dt.date(2027, 3, 2)


def test_only_what_occupies_can_still_change_but_for_errors() -> None:
    ended = {status for status, following in NEXT_STATUSES.items() if not following}

    assert set(NEXT_STATUSES) == set(AppointmentStatus)
    assert ended | {AppointmentStatus.FULFILLED} | set(OCCUPYING) == set(AppointmentStatus)


# --- preparation ------------------------------------------------------------------------------------


def case_with(*medications: Medication, anaesthesia: str = "moderate_sedation") -> Case:
    return Case(
        id="case",
        procedure="renal_cryo",
        anaesthesia=anaesthesia,
        start=START,
        zone=LONDON,
        booked_on=dt.date(2027, 3, 1),
        patient=PatientFacts(age_years=65, sex="f", language="en", medications=tuple(medications)),
    )


ASPIRIN = Medication(drug="aspirin", dose_times=(dt.time(8),))
CLOPIDOGREL = Medication(drug="clopidogrel", dose_times=(dt.time(8),))


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        (case_with(anaesthesia="local"), dt.date(2027, 3, 2)),
        (case_with(), dt.date(2027, 3, 3)),
        (case_with(CLOPIDOGREL), dt.date(2027, 3, 9)),
        (case_with(Medication(drug="some herbal tea")), None),
    ],
)
def test_earliest_day_is_lead_time_buffer_and_signature(case: Case, expected: dt.date | None) -> None:
    earliest = earliest_prepared_on(
        plan=prepare(case), booked_on=dt.date(2027, 3, 1), delivery_buffer_days=1, signing_days=1
    )

    assert earliest == expected


def hold_of(case: Case) -> Hold:
    [hold] = prepare(case).holds
    return hold


def test_one_number_leaves_no_choice() -> None:
    case = case_with(CLOPIDOGREL)

    allowed = last_doses_allowed(hold_of(case), case=case)

    assert [option.last_dose_on for option in allowed] == [dt.date(2027, 3, 10)]


def test_a_range_allows_every_whole_number_between() -> None:
    case = case_with(ASPIRIN)

    allowed = last_doses_allowed(hold_of(case), case=case)

    assert [option.hold_days for option in allowed] == [3, 4, 5]


def test_a_range_of_days_keeps_to_the_weekdays_of_the_drug() -> None:
    weekly = Medication(drug="aspirin", dose_times=(dt.time(8),), weekdays=("mon", "thu"))
    case = case_with(weekly)

    allowed = last_doses_allowed(hold_of(case), case=case)

    assert {option.last_dose_on for option in allowed} == {dt.date(2027, 3, 11), dt.date(2027, 3, 8)}


def choice(*options: HoldOption, drug: str) -> Hold:
    return Hold(drug=drug, status=HoldStatus.NEEDS_CHOICE, options=options)


def day(number: int, hour: int) -> dt.datetime:
    return dt.datetime(2027, 3, number, hour, tzinfo=LONDON)


def test_a_range_of_doses_counts_doses() -> None:
    twice_daily = Medication(drug="enoxaparin", dose_times=(dt.time(8), dt.time(20)))
    ends = (
        HoldOption(hold_doses=1, last_dose_on=dt.date(2027, 3, 15), last_dose_at=day(15, 20)),
        HoldOption(hold_doses=3, last_dose_on=dt.date(2027, 3, 14), last_dose_at=day(14, 20)),
    )

    allowed = last_doses_allowed(choice(*ends, drug="enoxaparin"), case=case_with(twice_daily))

    assert [option.last_dose_at for option in allowed] == [day(15, 20), day(15, 8), day(14, 20)]


def test_a_range_of_hours_counts_back_to_doses() -> None:
    twice_daily = Medication(drug="enoxaparin", dose_times=(dt.time(8), dt.time(20)))
    ends = tuple(
        HoldOption(hold_hours=hours, last_dose_on=at.date(), last_dose_at=at)
        for hours, at in ((12, day(15, 20)), (14, day(15, 8)))
    )

    allowed = last_doses_allowed(choice(*ends, drug="enoxaparin"), case=case_with(twice_daily))

    assert [option.last_dose_at for option in allowed] == [day(15, 20), day(15, 20), day(15, 8)]


def test_a_range_of_hours_of_an_infusion_counts_hours() -> None:
    infusion = Medication(drug="heparin", route="iv")
    ends = tuple(
        HoldOption(hold_hours=hours, last_dose_on=at.date(), last_dose_at=at)
        for hours, at in ((4, day(16, 5)), (6, day(16, 3)))
    )

    allowed = last_doses_allowed(choice(*ends, drug="heparin"), case=case_with(infusion))

    assert [option.last_dose_at for option in allowed] == [day(16, 5), day(16, 4), day(16, 3)]


def test_candidates_that_are_open_are_not_a_range() -> None:
    candidates = tuple(
        HoldOption(hold_days=days, last_dose_on=dt.date(2027, 3, 15 - days)) for days in (2, 5)
    )
    hold = Hold(drug="rivaroxaban", status=HoldStatus.NEEDS_CLINICIAN, options=candidates)

    assert last_doses_allowed(hold, case=case_with()) == candidates


def test_candidates_without_a_last_dose_allow_anything() -> None:
    insulin = choice(HoldOption(dose_percent=75), HoldOption(dose_percent=80), drug="insulin glargine")

    assert last_doses_allowed(insulin, case=case_with()) == ()


@pytest.mark.parametrize(
    ("last_dose_on", "last_dose_at", "expected"),
    [
        (dt.date(2027, 3, 14), None, True),
        (dt.date(2027, 3, 14), day(14, 8), True),
        (dt.date(2027, 3, 14), day(14, 20), False),
        (dt.date(2027, 3, 13), day(13, 20), True),
        (dt.date(2027, 3, 12), None, False),
    ],
)
def test_last_dose_is_one_of_the_options(
    last_dose_on: dt.date, last_dose_at: dt.datetime | None, expected: bool
) -> None:
    options = (
        HoldOption(hold_doses=4, last_dose_on=dt.date(2027, 3, 14), last_dose_at=day(14, 8)),
        HoldOption(hold_days=2, last_dose_on=dt.date(2027, 3, 13)),
    )

    assert is_allowed(options, last_dose_on=last_dose_on, last_dose_at=last_dose_at) == expected
