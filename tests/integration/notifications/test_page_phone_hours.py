"""What the page promises about the phone and about who reads a problem: no more than the clinic's hours make true."""

import datetime as dt

import pytest
from builders import Clinic
from clinic_clock import london
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from page_people import make_link, page_at, reader

from cryoclinic.accounts.models import Location, Organization
from notifications.operations.today import clinic_of, phone_now, reading_said, speaker_of
from scheduling.models import Appointment, OpeningException, Patient

AS_WRITTEN = (
    "Somebody at the clinic reads this in our hours (Every day) and calls you. It is not read at other times."
)
HERE = (
    "Somebody at the clinic reads this and calls you. We are here today until 6:00 in the evening. "
    "If nobody calls you within 1 hour, call us."
)


def promise(appointment: Appointment, now: dt.datetime) -> str:
    found = reader(make_link(appointment)[1], now=now)
    return reading_said(
        phone_now(found.appointment, now=now),
        clinic=clinic_of(found.appointment),
        speaker=speaker_of(found, facts={}, now=now),
    )


@pytest.mark.parametrize(
    ("now", "said", "promised"),
    [
        (london(1, 9), "We answer the phone today until 6:00 in the evening.", HERE),
        (
            london(1, 7),
            "We answer the phone again on Monday 1 March, 8:00 in the morning.",
            ("Nobody reads this now. We are back on Monday 1 March, 8:00 in the morning. "
            "Somebody at the clinic then reads it and calls you."),
        ),
        (
            london(6, 12),
            "We answer the phone again on Monday 8 March, 8:00 in the morning.",
            ("Nobody reads this now. We are back on Monday 8 March, 8:00 in the morning. "
            "Somebody at the clinic then reads it and calls you."),
        ),
        # Too late on the day for an hour to pass before the phone goes quiet.
        (
            dt.datetime(2027, 3, 1, 17, 30, tzinfo=dt.UTC),
            "We answer the phone today until 6:00 in the evening.",
            ("Somebody at the clinic reads this in our hours (Monday to Friday, 8:00 to 18:00) and calls you. "
            "It is not read at other times."),
        ),
    ],
)  # fmt: skip
def test_page_says_when_somebody_answers_and_reads(
    booked: Appointment, now: dt.datetime, said: str, promised: str
) -> None:
    page = page_at(make_link(booked)[1], now)

    assert (page.phone_now, promise(booked, now)) == (said, promised)


def test_closed_location_promises_nobody_today(booked: Appointment, northside: Clinic) -> None:
    OpeningException.objects.create(
        location=northside.london, period=DateTimeTZRange(london(1, 0), london(2, 0)), reason="Training"
    )

    page = page_at(make_link(booked)[1], london(1, 9))

    assert page.phone_now == "We answer the phone again on Tuesday 2 March, 8:00 in the morning."


def test_public_holiday_promises_nobody(booked: Appointment) -> None:
    Location.objects.filter(pk=booked.location_id).update(region="GB-ENG")
    boxing_day_observed = dt.datetime(2026, 12, 28, 10, tzinfo=dt.UTC)
    appointment = Appointment.objects.get(pk=booked.pk)

    found = phone_now(appointment, now=boxing_day_observed)

    assert found is not None
    assert (found.until, found.again) == (None, dt.datetime(2026, 12, 29, 8, tzinfo=dt.UTC))


@pytest.mark.parametrize(("field", "value"), [("region", "XX"), ("phone_hours", "Every day")])
def test_hours_nobody_can_count_promise_no_time(booked: Appointment, field: str, value: str) -> None:
    if field == "region":
        Location.objects.filter(pk=booked.location_id).update(region=value)
    else:
        Organization.objects.filter(pk=booked.organization_id).update(phone_hours=value)
    appointment = Appointment.objects.get(pk=booked.pk)

    assert phone_now(appointment, now=london(1, 9)) is None
    assert field == "region" or promise(booked, london(1, 9)) == AS_WRITTEN


def test_clinic_without_hours_still_says_who_reads(booked: Appointment) -> None:
    Organization.objects.filter(pk=booked.organization_id).update(phone_hours="")

    assert promise(booked, london(1, 9)) == (
        "Somebody at the clinic reads this and calls you. It is not read at night."
    )


def test_promise_is_made_in_the_readers_language(booked: Appointment) -> None:
    Patient.objects.filter(pk=booked.patient_id).update(language="pl")

    assert promise(booked, london(1, 9)) == (
        "Ktoś z kliniki przeczyta to i zadzwoni do Ciebie. Dzisiaj jesteśmy do 18:00. "
        "Jeśli przez 1 godzinę nikt nie zadzwoni, zadzwoń do nas."
    )
