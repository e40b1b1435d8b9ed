"""Facts are stored and read back exactly; derived facts count from the booking."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planning_samples import at, booking, hours_from

from notifications.planning import InstantIsNaive, derive, facts_as_json, facts_from_json
from procedures.steps import Anchor, DerivedFact, FactValue, Moment


@pytest.mark.parametrize(
    ("value", "stored"),
    [
        (at("2027-03-16 09:00"), "2027-03-16T09:00:00Z"),
        (at("2027-07-16 09:00"), "2027-07-16T08:00:00Z"),
        (at("2027-07-16 09:00", ZoneInfo("Australia/Lord_Howe")), "2027-07-15T22:30:00Z"),
        (dt.datetime(2027, 1, 1, 0, 0, 0, 5, tzinfo=dt.UTC), "2027-01-01T00:00:00.000005Z"),
        (dt.date(2027, 3, 16), "2027-03-16"),
        ("North Wing", "text:North Wing"),
        ("", "text:"),
        ("2027-03-16", "text:2027-03-16"),
        ("text:text:withdrawn", "text:text:text:withdrawn"),
    ],
)
def test_facts_are_read_back_as_they_were(value: FactValue, stored: str) -> None:
    as_json = facts_as_json({"fact": value})

    assert (as_json, facts_from_json(as_json)) == ({"fact": stored}, {"fact": value})


def test_facts_withdrawn_are_not_read_back() -> None:
    assert facts_from_json({"place": "text:North Wing", "solids_stop": "withdrawn"}) == {
        "place": "North Wing"
    }


def test_facts_refuse_an_instant_without_a_zone() -> None:
    with pytest.raises(InstantIsNaive):
        facts_as_json({"start": dt.datetime(2027, 3, 16, 9)})  # noqa: DTZ001 - the mistake it is about


def test_booking_refuses_an_instant_without_a_zone() -> None:
    with pytest.raises(InstantIsNaive):
        booking(known_at=dt.datetime(2027, 3, 1, 9))  # noqa: DTZ001 - the mistake it is about


@settings(derandomize=True, max_examples=50, deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=5),
        st.text(max_size=20)
        | st.dates()
        | st.datetimes(
            min_value=dt.datetime(1971, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
            max_value=dt.datetime(2100, 1, 1),  # noqa: DTZ001
            timezones=st.sampled_from([dt.UTC, ZoneInfo("America/St_Johns")]),
        ).map(lambda value: value.astimezone(dt.UTC)),
        max_size=4,
    )
)
def test_facts_of_any_kind_are_read_back_as_they_were(facts: dict[str, FactValue]) -> None:
    assert facts_from_json(facts_as_json(facts)) == facts


@pytest.mark.parametrize(
    ("moment", "as_date", "ended_at", "expected"),
    [
        (hours_from(Anchor.END, 24), False, None, at("2027-03-17 11:00")),
        (hours_from(Anchor.END, 24), False, at("2027-03-16 10:20"), at("2027-03-17 10:20")),
        (hours_from(Anchor.END, 24), True, None, dt.date(2027, 3, 17)),
        (hours_from(Anchor.END, 13), True, None, dt.date(2027, 3, 17)),
        (hours_from(Anchor.ARRIVE, -1), False, None, at("2027-03-16 07:00")),
        (
            Moment(anchor=Anchor.START, days=14, local_time=dt.time(12)),
            False,
            None,
            at("2027-03-30 12:00"),
        ),
    ],
)
def test_derived_fact_counts_from_its_anchor_in_the_clinics_zone(
    moment: Moment, as_date: bool, ended_at: dt.datetime | None, expected: FactValue
) -> None:
    fact = DerivedFact(name="driving_from", moment=moment, as_date=as_date, source="[ops]")

    assert derive([fact], booking(ended_at=ended_at)) == {"driving_from": expected}
