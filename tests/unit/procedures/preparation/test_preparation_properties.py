"""What holds of every plan, whatever the patient takes and wherever the clinic is."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from procedures.preparation import (
    Case,
    EvidenceEntry,
    HoldStatus,
    Medication,
    PatientFacts,
    Policy,
    PreparationPlan,
    Previous,
    ToldStop,
    plan_as_json,
    prepare,
    rule_set,
)

pytestmark = pytest.mark.slow

RULES = rule_set()
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/London",
        "America/New_York",
        "Australia/Lord_Howe",
        "America/St_Johns",
        "America/Havana",
        "America/Nuuk",
        "Africa/Casablanca",
        "Africa/Cairo",
        "Asia/Beirut",
        "Asia/Kolkata",
        "Asia/Gaza",
    )
]
# From continued to open: adding a medicine may only move a drug to the right.
ORDER = [None, HoldStatus.PROPOSED, HoldStatus.NEEDS_CHOICE, HoldStatus.NEEDS_CLINICIAN]

minutes = st.integers(0, 2 * 366 * 24 * 60).map(lambda count: dt.timedelta(minutes=count))
starts = minutes.map(lambda since: dt.datetime(2027, 1, 1, tzinfo=dt.UTC) + since)
times = st.lists(st.times().map(lambda at: at.replace(second=0, microsecond=0)), max_size=4, unique=True)
weekdays = st.lists(
    st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), max_size=3, unique=True
)
medications = st.builds(
    Medication,
    drug=st.sampled_from([*sorted(RULES.drugs), "not a drug"]),
    dose_times=times.map(tuple),
    weekdays=st.one_of(st.just(()), weekdays.map(tuple)),
    regimen=st.sampled_from([None, "prophylactic", "therapeutic"]),
    route=st.sampled_from([None, "iv", "sc"]),
    phase=st.sampled_from([None, "escalation", "maintenance"]),
    high_dose=st.booleans(),
)
conditions = st.frozensets(
    st.sampled_from(
        sorted(
            {code for codes in RULES.condition_groups.values() for code in codes}
            | {
                "dialysis",
                "hit_history",
                "stent_beyond_window",
                "hfref",
                "gi_symptoms",
                "breast_fed",
                "formula_fed",
            }
        )
    ),
    max_size=3,
)
patients = st.builds(
    PatientFacts,
    age_years=st.sampled_from([0.5, 12, 17.9, 18, 40, 80]),
    sex=st.sampled_from(["f", "m", "other"]),
    language=st.just("en"),
    creatinine_clearance=st.one_of(st.none(), st.sampled_from([5, 15, 30, 49.9, 50, 90])),
    egfr=st.one_of(st.none(), st.sampled_from([10, 30, 90])),
    conditions=conditions,
    medications=st.lists(medications, max_size=5).map(tuple),
)
targets = st.sampled_from(sorted(RULES.procedures, key=str))
items = st.sampled_from(["cardiology_decision", "bridging_plan_signed", "anticoagulation_plan_signed", "inr"])


@st.composite
def cases(draw: st.DrawFn) -> Case:
    procedure, target = draw(targets)
    start, zone = draw(starts), draw(st.sampled_from(ZONES))
    day = start.astimezone(zone).date()
    ago = st.integers(-2, 20).map(lambda count: day - dt.timedelta(days=count))
    told = st.builds(ToldStop, drug=st.sampled_from(["clopidogrel", "apixaban"]), last_dose_on=ago)
    previous = st.builds(Previous, start=starts, changed_on=ago, told=st.lists(told, max_size=2).map(tuple))
    return Case(
        id="drawn",
        procedure=procedure,
        target=target,
        anaesthesia=draw(st.sampled_from(sorted(RULES.sedated))),
        contrast=draw(st.sampled_from(["none", "iodinated_iv", "iodinated_arterial"])),
        start=start,
        zone=zone,
        booked_on=draw(ago),
        patient=draw(patients),
        evidence=tuple(draw(st.lists(st.builds(EvidenceEntry, item=items, on=ago), max_size=3))),
        policy=draw(st.sampled_from([Policy(), Policy(paediatric_fasting="esaic")])),
        previous=draw(st.one_of(st.none(), previous)),
    )


small = settings(
    max_examples=50, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None
)


def with_medications(case: Case, listed: tuple[Medication, ...]) -> Case:
    return replace(case, patient=replace(case.patient, medications=listed))


def ranks(plan: PreparationPlan) -> dict[str, int]:
    held = {hold.drug: ORDER.index(hold.status) for hold in plan.holds}
    return dict.fromkeys(plan.continued, 0) | held


@small
@given(cases())
def test_every_medicine_appears_exactly_once_and_every_hold_is_signed(case: Case) -> None:
    plan = prepare(case)

    named = [*plan.continued, *(hold.drug for hold in plan.holds)]

    assert sorted(named) == sorted({medication.drug for medication in case.patient.medications})
    assert all(hold.needs_signature for hold in plan.holds)


@small
@given(cases())
def test_statuses_keep_their_shape(case: Case) -> None:
    shapes = {
        HoldStatus.PROPOSED: lambda hold: hold.settled is not None and hold.options == (),
        HoldStatus.NEEDS_CHOICE: lambda hold: hold.settled is None and len(hold.options) == 2,
        HoldStatus.NEEDS_CLINICIAN: lambda hold: hold.settled is None,
    }

    plan = prepare(case)

    assert all(shapes[hold.status](hold) for hold in plan.holds)
    assert all(
        len(set(codes)) == len(codes) for codes in (plan.clinician_actions, plan.never_send, plan.rule_ids)
    )
    assert set(plan.rule_ids) - RULES.sources.keys() == set()


@small
@given(cases())
def test_range_is_never_collapsed(case: Case) -> None:
    ranged = {row.id for rows in RULES.rows.values() for row in rows if len(row.numbers) > 1}

    holds = [hold for hold in prepare(case).holds if ranged.intersection(hold.rule_ids)]

    assert [hold for hold in holds if hold.status is HoldStatus.PROPOSED or len(hold.options) == 1] == []


@small
@given(cases())
def test_fasting_stops_are_elapsed_hours_in_any_zone(case: Case) -> None:
    fasting = prepare(case).fasting

    for stop in fasting.stops if fasting else ():
        elapsed = case.start - stop.astimezone(dt.UTC)
        assert elapsed / dt.timedelta(hours=1) in {1, 2, 3, 4, 6, 8, 24}
        assert stop.utcoffset() == stop.astimezone(dt.UTC).astimezone(case.zone).utcoffset()


@small
@given(cases())
def test_last_doses_leave_the_time_asked_for(case: Case) -> None:
    day = case.start.astimezone(case.zone).date()

    for option in (option for hold in prepare(case).holds for option in hold.candidates):
        if option.hold_days is not None and option.last_dose_on is not None:
            assert (day - option.last_dose_on).days > option.hold_days
        if option.last_dose_at is not None:
            assert option.last_dose_on == option.last_dose_at.date()
            assert case.start - option.last_dose_at >= dt.timedelta(hours=option.hold_hours or 0)


@small
@given(cases(), st.integers(-3, 40))
def test_hold_never_shortens_when_time_is_short(case: Case, days_left: int) -> None:
    relaxed = replace(case, booked_on=dt.date(2026, 1, 1), previous=None)
    day = case.start.astimezone(case.zone).date()

    wide, narrow = prepare(relaxed), prepare(replace(relaxed, booked_on=day - dt.timedelta(days=days_left)))

    assert [hold.candidates for hold in narrow.holds] == [hold.candidates for hold in wide.holds]
    assert narrow.lead_time_days == wide.lead_time_days
    assert narrow.late is (wide.lead_time_days is not None and days_left < wide.lead_time_days)
    assert all(ranks(narrow)[drug] >= rank for drug, rank in ranks(wide).items())


@small
@given(cases(), medications)
def test_another_medicine_never_removes_an_escalation(case: Case, another: Medication) -> None:
    before = with_medications(
        case, tuple(listed for listed in case.patient.medications if listed.drug != another.drug)
    )

    alone, together = (
        prepare(before),
        prepare(with_medications(before, (*before.patient.medications, another))),
    )

    assert all(ranks(together)[drug] >= rank for drug, rank in ranks(alone).items())
    assert alone.lead_time_days is not None or together.lead_time_days is None
    stops = {code for code in alone.never_send if code.startswith("medicine_stop:")}
    assert stops - set(together.never_send) == set()


@small
@given(cases(), st.randoms(use_true_random=False))
def test_plan_depends_on_the_case_alone_and_not_on_the_order_of_its_lists(case: Case, chance: object) -> None:
    listed, evidence = list(case.patient.medications), list(case.evidence)
    chance.shuffle(listed)  # type: ignore[attr-defined]
    chance.shuffle(evidence)  # type: ignore[attr-defined]
    shuffled = with_medications(replace(case, evidence=tuple(evidence)), tuple(listed))

    assert prepare(case) == prepare(case)
    assert unordered(prepare(shuffled)) == unordered(prepare(case))


def unordered(plan: PreparationPlan) -> dict[str, object]:
    told = plan_as_json(plan)
    holds = sorted(told["holds"], key=lambda hold: hold["drug"])
    return told | {"holds": [sorted_codes(hold) for hold in holds], "continued": sorted(told["continued"])}


def sorted_codes(hold: dict[str, object]) -> dict[str, object]:
    return hold | {"rule_ids": sorted(hold["rule_ids"])}  # type: ignore[call-overload]
