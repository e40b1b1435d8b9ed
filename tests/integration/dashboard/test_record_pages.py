"""The work pages about records: one patient, two that may be one, and calendars."""

import re

import pytest
from builders import DAY, NOW, START, Clinic, book, make_patient
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cryoclinic.accounts.codes import Role
from cryoclinic.accounts.models import Membership
from scheduling.models import (
    BusyCalendar,
    CalendarFeed,
    ConsentRecord,
    OpeningException,
    Patient,
    RelatedPerson,
)
from scheduling.operations.feeds import feed_of

pytestmark = pytest.mark.django_db


def at_desk(user: object) -> Client:
    browser = Client()
    browser.force_login(user)
    return browser


@pytest.fixture
def twin(clinic: Clinic) -> Patient:
    return make_patient(clinic.organization, given_name="Pia", phone="", email="")


def test_likely_duplicates_are_listed_for_the_clinic_alone(clinic: Clinic, twin: Patient) -> None:
    page = at_desk(clinic.nora).get("/staff/patients/duplicates/").content.decode()

    assert f"/staff/patients/{clinic.pia.uid}/merge/{twin.uid}/" in page
    assert "The same: name and birth date." in page


def test_merge_page_shows_both_and_says_that_it_cannot_be_undone(clinic: Clinic, twin: Patient) -> None:
    address = f"/staff/patients/{clinic.pia.uid}/merge/{twin.uid}/"
    nora = at_desk(clinic.nora)

    page = nora.get(address).content.decode()
    unsure = nora.post(address)
    sure = nora.post(address, {"sure": "yes"})

    twin.refresh_from_db()
    assert "This cannot be undone." in page
    assert (unsure.status_code, sure.status_code) == (200, 302)
    assert twin.merged_into == clinic.pia
    assert b"This record was merged into another." in nora.get(f"/staff/patients/{twin.uid}/").content


def test_merge_says_what_went_over_and_is_not_done_twice(clinic: Clinic, twin: Patient) -> None:
    book(clinic, patient=twin)
    nora = at_desk(clinic.nora)
    address = f"/staff/patients/{clinic.pia.uid}/merge/{twin.uid}/"

    done = nora.post(address, {"sure": "yes"}, follow=True).content.decode()
    again = nora.get(address, follow=True).content.decode()

    assert "Went over: visits (1)." in done
    assert f"{twin.identifier} was merged before." in again


def test_records_that_changed_since_are_looked_at_again(clinic: Clinic, twin: Patient) -> None:
    nora = at_desk(clinic.nora)
    address = f"/staff/patients/{clinic.pia.uid}/merge/{twin.uid}/"
    seen = re.findall(r'name="seen" value="(\w+)"', nora.get(address).content.decode())[0]
    Patient.objects.filter(pk=twin.pk).update(email="other@example.org")

    answered = nora.post(address, {"sure": "yes", "seen": seen})

    assert (answered.status_code, b"One of the records has changed" in answered.content) == (409, True)


def test_undecided_fields_are_refused_on_the_page(clinic: Clinic) -> None:
    other = make_patient(clinic.organization, given_name="Pía")

    page = at_desk(clinic.nora).post(
        f"/staff/patients/{clinic.pia.uid}/merge/{other.uid}/", {"sure": "yes", "phone": "kept"}
    )

    other.refresh_from_db()
    assert (page.status_code, other.merged_into) == (409, None)
    assert b"The records differ." in page.content
    assert b'<a href="#given_name">Given name</a>' in page.content


def test_consent_is_withdrawn_and_given_on_the_patients_page(clinic: Clinic) -> None:
    person = RelatedPerson.objects.create(
        patient=clinic.pia,
        relationship="carer",
        given_name="Jan",
        family_name="Novak",
        consented_at=NOW - 365 * DAY,
    )
    nora = at_desk(clinic.nora)

    nora.post(f"/staff/related-persons/{person.uid}/consent/", {"given": "no"})
    page = nora.get(f"/staff/patients/{clinic.pia.uid}/").content.decode()

    assert list(ConsentRecord.objects.values_list("given", "recorded_by")) == [(False, clinic.nora.pk)]
    assert "Is told nothing." in page


def test_omar_of_another_clinic_finds_none_of_it(clinic: Clinic, twin: Patient) -> None:
    person = RelatedPerson.objects.create(patient=clinic.pia, relationship="carer")
    omar = at_desk(clinic.omar)

    answers = [
        omar.get(f"/staff/patients/{clinic.pia.uid}/").status_code,
        omar.get(f"/staff/patients/{clinic.pia.uid}/merge/{twin.uid}/").status_code,
        omar.post(f"/staff/related-persons/{person.uid}/consent/", {"given": "yes"}).status_code,
    ]

    assert set(answers) <= {403, 404}


@pytest.fixture
def scheduler(clinic: Clinic) -> Client:
    Membership.objects.create(user=clinic.nora, organization=clinic.organization, role=Role.SCHEDULER)
    return at_desk(clinic.nora)


def test_address_is_shown_once_and_ended(clinic: Clinic, scheduler: Client) -> None:
    room = clinic.resource("room")

    made = scheduler.post(f"/staff/calendars/{room.uid}/feed/new/?at={clinic.london.uid}")
    token = re.findall(r"/calendars/([\w-]+)\.ics", made.content.decode())[0]
    later = scheduler.get("/staff/calendars/").content.decode()
    found = feed_of(token)
    scheduler.post(f"/staff/calendars/{room.uid}/feed/revoke/")

    assert found == CalendarFeed.objects.get()
    assert token not in later
    assert feed_of(token) is None


def test_file_of_busy_times_blocks_a_resource_until_it_is_removed(clinic: Clinic, scheduler: Client) -> None:
    room = clinic.resource("room")
    text = (
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\nBEGIN:VEVENT\r\nUID:a\r\n"
        "DTSTART:20270318T090000Z\r\nDTEND:20270318T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
    scheduler.get(f"/staff/?at={clinic.london.uid}")

    scheduler.post(
        f"/staff/calendars/{room.uid}/busy/",
        {"label": "Own", "file": SimpleUploadedFile("busy.ics", text.encode())},
    )
    blocked = OpeningException.objects.filter(resource=room).count()
    calendar = BusyCalendar.objects.get()
    scheduler.post(f"/staff/calendars/busy/{calendar.uid}/remove/")

    assert (blocked, OpeningException.objects.filter(resource=room).count()) == (1, 0)


@pytest.mark.parametrize(
    ("url", "kept"), [("http://example.org/a.ics", 0), ("webcal://example.org/a.ics", 1), ("", 0)]
)
def test_only_an_https_address_is_taken(clinic: Clinic, scheduler: Client, url: str, kept: int) -> None:
    room = clinic.resource("room")
    scheduler.get(f"/staff/?at={clinic.london.uid}")

    scheduler.post(f"/staff/calendars/{room.uid}/busy/", {"label": "Own", "url": url})

    assert BusyCalendar.objects.count() == kept


def test_calendars_are_for_those_who_arrange(clinic: Clinic) -> None:
    assert at_desk(clinic.nora).get("/staff/calendars/").status_code == 403


def test_today_says_what_comes_next_for_each_visit(clinic: Clinic) -> None:
    appointment = book(clinic)

    page = at_desk(clinic.nora).get(f"/staff/appointments/{appointment.uid}/").content.decode()

    assert "Next: Missing:" in page
    assert START > NOW
