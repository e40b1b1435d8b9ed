"""Over clinics drawn by chance, the search finds exactly the starts that the slow way finds, and so does the explanation."""

import datetime as dt
import random
from zoneinfo import ZoneInfo

import pytest
from builders import Clinic, make_medication, make_patient, make_resource
from slot_oracle import Oracle

from cryoclinic.accounts.codes import Weekday
from cryoclinic.accounts.models import Location, LocationHours
from scheduling import operations
from scheduling.codes import ResourceKind
from scheduling.models import Evidence, OpeningException, ProcedureOffering, Resource, ResourceHours
from scheduling.operations.slots import explain_slot, find_slots

DAY = dt.timedelta(days=1)
# A clock change at noon before which everything is drawn: in March and April one way, in October and November the other.
CHANGES = (
    ("Europe/London", "2027-03-28"),
    ("Europe/London", "2027-10-31"),
    ("America/New_York", "2027-03-14"),
    ("Australia/Lord_Howe", "2027-04-04"),
    ("Australia/Lord_Howe", "2027-10-03"),
    ("America/St_Johns", "2027-11-07"),
    ("Pacific/Chatham", "2027-04-04"),
    ("America/Havana", "2027-11-07"),
    ("Africa/Cairo", "2027-04-30"),
    ("Asia/Kathmandu", "2027-05-05"),
)
DRUGS = (
    ("apixaban", ["12:00"], []),
    ("clopidogrel", ["08:00"], []),
    ("glipizide", ["18:00"], ["wed", "sun"]),
    ("metformin", ["02:30", "20:00"], []),
    ("enoxaparin", ["09:00"], []),
    ("semaglutide", ["08:00"], ["mon"]),
    ("warfarin", ["18:00"], []),
    ("paracetamol", ["08:00"], []),
    ("no such drug", [], []),
)
HOURS = (("07:00", "20:00"), ("06:00", "22:00"), ("00:00", "00:00"), ("19:00", "07:30"), ("08:00", "12:00"))


def at(text: str) -> dt.time:
    return dt.time.fromisoformat(text)


def furnish(clinic: Clinic, draw: random.Random, *, zone: str, day: dt.date, now: dt.datetime) -> None:
    Location.objects.filter(pk=clinic.london.pk).update(zone=zone, signing_days=draw.choice([0, 1, 2]))
    LocationHours.objects.filter(location=clinic.london).delete()
    opens, closes = draw.choice(HOURS)
    LocationHours.objects.bulk_create(
        LocationHours(location=clinic.london, weekday=each, opens=at(opens), closes=at(closes))
        for each in Weekday.values
    )
    second = make_resource(clinic.london, kind=ResourceKind.ROOM, name="Room 2", skills=["ct"])
    console = make_resource(
        clinic.london, kind=ResourceKind.DEVICE, name="Console 2", skills=["cryo-console"]
    )
    console.only_with.set([draw.choice([second, clinic.resource("room")])])
    make_resource(clinic.london, kind=ResourceKind.PRACTITIONER, name="Dr. Two", skills=["radiology"])
    make_resource(clinic.london, kind=ResourceKind.PRACTITIONER, name="Nurse", skills=[])
    for resource in Resource.objects.filter(location=clinic.london):
        if draw.random() < 0.25:
            opens, closes = draw.choice(HOURS)
            ResourceHours.objects.bulk_create(
                ResourceHours(resource=resource, weekday=each, opens=at(opens), closes=at(closes))
                for each in draw.sample(Weekday.values, 6)
            )
        if resource.kind == ResourceKind.PRACTITIONER and draw.random() < 0.4:
            Resource.objects.filter(pk=resource.pk).update(most_per_day=draw.choice([1, 2]))
        if draw.random() < 0.35:
            except_hours(clinic, draw, resource=draw.choice([resource, None]), day=day, now=now)


def except_hours(
    clinic: Clinic, draw: random.Random, *, resource: Resource | None, day: dt.date, now: dt.datetime
) -> None:
    begin = dt.datetime.combine(day, dt.time(), tzinfo=dt.UTC) + dt.timedelta(
        minutes=5 * draw.randrange(-300, 500)
    )
    is_open = draw.random() < 0.4
    reopened = not is_open and draw.random() < 0.2
    OpeningException.objects.create(
        location=clinic.london,
        resource=resource,
        period=(begin, begin + dt.timedelta(minutes=5 * draw.randrange(6, 120))),
        is_open=is_open,
        reason="x",
        reopened_at=now if reopened else None,
        reopened_by=clinic.nora if reopened else None,
    )


def offer(clinic: Clinic, draw: random.Random) -> ProcedureOffering:
    ProcedureOffering.objects.filter(pk=clinic.offering.pk).update(
        align_minutes=draw.choice([15, 20, 30]),
        observe_minutes=draw.choice([60, 120, 9 * 60]),
        most_per_day=draw.choice([None, None, 2]),
        leg_overrides=draw.choice([{}, {"bay": {"count": 2}}, {"operator": {"count": 2}}]),
    )
    return ProcedureOffering.objects.with_terms().get(pk=clinic.offering.pk)


def fill(
    clinic: Clinic, draw: random.Random, *, offering: ProcedureOffering, first: dt.datetime, now: dt.datetime
) -> None:
    """Book for others and for Pia, and hold: some of it for so short that it has lapsed by `now`."""
    before = now - dt.timedelta(hours=1)
    for number in range(draw.randrange(2, 7)):
        slots = find_slots(offering=offering, first=first, until=first + 4 * DAY, now=before)
        if not slots:
            return
        start = draw.choice(slots).start
        if number % 3 == 2:
            operations.hold_slot(
                offering=offering, start=start, now=before, by=clinic.staff, minutes=draw.choice([10, 60])
            )
        else:
            who = clinic.pia if number == 0 else make_patient(clinic.organization)
            operations.book_appointment(
                offering=offering, patient=who, start=start, now=before, by=clinic.staff, override_reason="x"
            )


def drawn_wish(clinic: Clinic, draw: random.Random) -> dict:
    wish = {}
    if draw.random() < 0.3:
        people = Resource.objects.filter(location=clinic.london, skills__contains=["radiology"])
        wish["practitioner"] = draw.choice(list(people))
    if draw.random() < 0.4:
        wish["after"], wish["before"] = draw.choice(
            [(at("08:00"), at("12:00")), (at("12:00"), None), (at("21:00"), at("04:00")), (None, at("13:00"))]
        )
    if draw.random() < 0.3:
        wish["weekdays"] = draw.sample(Weekday.values, 4)
    return wish


def check(clinic: Clinic, number: int) -> None:
    draw = random.Random(number)  # noqa: S311 - a drawn clinic, not a secret
    zone, date = CHANGES[number % len(CHANGES)]
    day = dt.date.fromisoformat(date)
    first = dt.datetime.combine(day - DAY, dt.time(), tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    now = first - draw.choice([1, 3, 5, 7]) * DAY + dt.timedelta(hours=11)
    furnish(clinic, draw, zone=zone, day=day, now=now)
    offering = offer(clinic, draw)
    fill(clinic, draw, offering=offering, first=first, now=now)
    Evidence.objects.create(patient=clinic.pia, item="creatinine_clearance", done_on=day - 30 * DAY, value=80)
    for drug, times, weekdays in draw.sample(DRUGS, draw.choice([0, 1, 2, 2])):
        make_medication(
            clinic.pia, drug, dose_times=times, weekdays=weekdays, regimen="therapeutic", route="sc"
        )
    asked = {"offering": offering, "patient": draw.choice([clinic.pia, clinic.pia, None]), "now": now}
    wish = drawn_wish(clinic, draw) if "operator" not in offering.leg_overrides else {}
    portal = draw.random() < 0.3

    found = find_slots(
        **asked, first=first, until=first + 3 * DAY, audience="portal" if portal else "staff", **wish
    )

    shown = frozenset({"free"} if portal else {"free", "provisional"})
    oracle = Oracle(**asked, wish=wish, shown=shown)
    expected = list(oracle.starts(first, first + 3 * DAY))
    assert [slot.start for slot in found] == expected
    for start in [first + draw.randrange(0, 3 * 288) * dt.timedelta(minutes=5) for _ in range(6)]:
        if oracle._is_on_the_line(start):
            explained = explain_slot(**asked, start=start, audience="portal" if portal else "staff", **wish)
            assert (explained.obstacles == ()) == (start in expected)
            following = explained.next_slot
            later = [each for each in expected if each > start]
            assert not later or (following is not None and following.start == later[0])


@pytest.mark.slow
@pytest.mark.parametrize("number", [0, 3, 4])
def test_search_and_explanation_agree_with_the_slow_way(clinic: Clinic, number: int) -> None:
    check(clinic, number)


@pytest.mark.full
@pytest.mark.parametrize("number", range(100, 200))
def test_search_and_explanation_agree_with_the_slow_way_in_many_clinics(clinic: Clinic, number: int) -> None:
    check(clinic, number)
