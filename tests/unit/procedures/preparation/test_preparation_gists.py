"""What is remembered of a plan from one start to another is what a plan for that start says."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from preparation_samples import NEW_YORK, med, sample_case
from test_preparation_properties import cases

from procedures.preparation import Case, Gists, prepare, rule_set
from procedures.preparation.gist import gist_of, runs_evenly

ONE_DAY = dt.timedelta(days=1)
SECOND = dt.timedelta(seconds=1)
thorough = settings(
    derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck), max_examples=400
)
quick = settings(thorough, max_examples=5)


def local_day(day: dt.date, zone: ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    begin, end = (
        dt.datetime.combine(each, dt.time(), tzinfo=zone).astimezone(dt.UTC) for each in (day, day + ONE_DAY)
    )
    return begin, end


def starts_of(
    day: dt.date, *, case: Case, moments: tuple[dt.datetime, ...], apart: dt.timedelta
) -> list[dt.datetime]:
    """Return starts all over a local day, and those at and just before each moment at which something may change."""
    begin, end = local_day(day, case.zone)
    regular = [begin + apart * number for number in range((end - begin) // apart + 1)]
    chosen = {*regular, *moments, *(moment - SECOND for moment in moments)}
    return sorted(each for each in chosen if each.astimezone(case.zone).date() == day)


def near_a_change(day: dt.date, *, zone: ZoneInfo) -> dt.date:
    """Return a day before the next clock change that is at most eight months away, or else the day itself."""
    later = (day + ONE_DAY * number for number in range(240))
    return next((each for each in later if not runs_evenly(each, each, zone=zone)), day)


@st.composite
def stretches(draw: st.DrawFn) -> tuple[Case, list[dt.date], dt.timedelta]:
    case = draw(cases())
    day = case.start.astimezone(case.zone).date()
    count = draw(st.sampled_from([2, 5, 15]))
    if draw(st.booleans()):
        day = near_a_change(day, zone=case.zone) - ONE_DAY * draw(st.integers(0, count))
    apart = dt.timedelta(minutes=draw(st.integers(20, 400)))
    return case, [day + ONE_DAY * number for number in range(count)], apart


def agree(case: Case, days: list[dt.date], apart: dt.timedelta) -> None:
    gists = Gists()
    for day in days:
        of_day = gists.on(case, day=day)
        for start in starts_of(day, case=case, moments=of_day.moments, apart=apart):
            kept, until = of_day.at(start)

            assert kept == gist_of(prepare(replace(case, start=start)), day=day)
            assert start < until <= local_day(day, case.zone)[1]


@pytest.mark.slow
@quick
@given(stretch=stretches())
def test_gist_is_that_of_the_plan_of_every_start(stretch):
    agree(*stretch)


@pytest.mark.full
@thorough
@given(stretch=stretches())
def test_gist_is_that_of_the_plan_of_every_start_for_many_patients(stretch):
    agree(*stretch)


def agree_on(drug: str, *weekdays: str) -> None:
    """Look at days before, on and long after a clock change, with a dose in the hour that is skipped."""
    case = sample_case(
        med(drug, "02:30 20:00", weekdays=weekdays),
        zone=NEW_YORK,
        start=dt.datetime(2027, 3, 13, 17, tzinfo=dt.UTC),
    )
    agree(case, [dt.date(2027, 3, day) for day in (13, 15, 30)], dt.timedelta(hours=19))


@pytest.mark.slow
@pytest.mark.parametrize("letter", sorted({drug[0] for drug in rule_set().drugs}))
def test_gist_of_each_medicine_is_right_before_and_after_the_clock_changes(letter):
    for drug in rule_set().drugs:
        if drug.startswith(letter):
            agree_on(drug)


@pytest.mark.full
@pytest.mark.parametrize("drug", sorted(rule_set().drugs))
def test_gist_of_each_medicine_is_right_where_it_is_taken_on_one_day_of_the_week(drug):
    agree_on(drug, "mon")


def judged(case: Case, days: int) -> int:
    """Return how many plans were worked out for six starts a day."""
    gists = Gists()
    known: set[int] = set()
    for number in range(days):
        start = case.start + ONE_DAY * number
        of_day = gists.on(case, day=start.date())
        known |= {id(of_day.at(start.astimezone(dt.UTC) + dt.timedelta(hours=hour))[0]) for hour in range(6)}
    return len(known)


def test_a_month_of_daily_medicines_is_worked_out_once():
    case = sample_case(med("apixaban", "08:00 20:00"), med("clopidogrel", "08:00"))

    assert judged(case, 1) == judged(case, 30) == 1


def test_days_of_the_week_are_worked_out_apart_where_a_medicine_has_its_own():
    case = sample_case(med("semaglutide", "08:00", weekdays=("mon",)))

    assert judged(case, 30) == 7


def test_another_patient_is_not_taken_for_the_one_before():
    gists = Gists()
    first = sample_case(med("clopidogrel", "08:00"))
    second = sample_case(med("apixaban", "08:00 20:00"))

    found = [
        gists.on(case, day=case.start.date()).at(case.start.astimezone(dt.UTC))[0]
        for case in (first, second, first)
    ]

    assert found == [gist_of(prepare(case), day=case.start.date()) for case in (first, second, first)]


def test_middle_of_a_day_may_ask_less_than_both_its_ends():
    # A dose at noon more is due once it is past, and a dose of the evening is held only for a start after it.
    case = sample_case(med("apixaban", "12:00"), med("glipizide", "18:00", weekdays=("wed",)))
    of_day = Gists().on(case, day=case.start.date())

    lead_times = [of_day.at(case.start.replace(hour=hour).astimezone(dt.UTC))[0] for hour in (9, 12, 17, 18)]

    assert [each.lead_time_days for each in lead_times] == [5, 4, 4, 7]
