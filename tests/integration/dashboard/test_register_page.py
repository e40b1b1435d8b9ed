"""The staff page that registers a patient, and warns of records that may be of the same person."""

from typing import Any

import pytest
from builders import NOW, Clinic, make_patient
from django.test import Client
from django.utils import timezone

from notifications.models import ContactPoint
from scheduling.models import ConsentRecord, Patient, RelatedPerson

ADDRESS = "/staff/patients/new/"


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock at `NOW`."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


def text_of(response: Any) -> str:
    return " ".join(response.content.decode().split())


def typed(**changes: str) -> dict[str, str]:
    return {
        "given_name": "Zoë",
        "family_name": "Müller",
        "birth_date": "1.12.1984",
        "sex": "f",
        "identifier": "R-7",
        "language": "en",
        "phone": "020 7946 0123",
        "may_text": "on",
        **changes,
    }


CHILD = {
    "birth_date": "1.12.2020",
    "relationship": "guardian",
    "kin_given_name": "Ida",
    "kin_family_name": "Müller",
    "kin_phone": "+44 20 7946 0124",
    "kin_agreed": "on",
}


def test_patient_is_registered_and_booking_goes_on(clinic: Clinic, nurse: Client) -> None:
    answered = nurse.post(ADDRESS, typed())

    made = Patient.objects.get(identifier="R-7")
    assert answered.headers["Location"] == f"/staff/patients/{made.uid}/book/"
    assert (made.family_name, str(made.birth_date), made.phone) == ("Müller", "1984-12-01", "+442079460123")
    assert not made.first_name_in_messages
    assert not ContactPoint.objects.exists()


@pytest.mark.full
def test_patient_without_a_number_gets_one(clinic: Clinic, nurse: Client) -> None:
    answered = nurse.post(ADDRESS, typed(identifier=""), follow=True)

    made = Patient.objects.get(family_name="Müller")
    assert made.identifier.startswith("N-")
    assert f"number {made.identifier}." in text_of(answered)


def test_address_without_agreement_is_left_alone(clinic: Clinic, nurse: Client) -> None:
    nurse.post(ADDRESS, typed(may_text="", email="zoe@example.org", may_email="on"))

    assert list(ContactPoint.objects.values_list("system", "value", "state")) == [
        ("sms", "+442079460123", "opted-out")
    ]


@pytest.mark.full
def test_address_that_others_use_stays_as_it_is(clinic: Clinic, nurse: Client) -> None:
    known = ContactPoint.objects.create(organization=clinic.organization, system="sms", value="+442079460123")

    nurse.post(ADDRESS, typed(may_text=""))

    known.refresh_from_db()
    assert known.state == "usable"


def test_child_comes_with_somebody_who_is_told(clinic: Clinic, nurse: Client) -> None:
    alone = nurse.post(ADDRESS, typed(birth_date="1.12.2020"))
    nurse.post(ADDRESS, typed(**CHILD))

    guardian = RelatedPerson.objects.get()
    assert (alone.status_code, "A child is told through a parent or guardian." in text_of(alone)) == (
        422,
        True,
    )
    assert (guardian.phone, guardian.may_be_told) == ("+442079460124", True)
    assert ConsentRecord.objects.get().recorded_by is not None


def test_likely_double_is_shown_and_nothing_written(clinic: Clinic, nurse: Client) -> None:
    answered = nurse.post(
        ADDRESS,
        typed(given_name="Novák", family_name="PIA", birth_date="14 March 1961", phone="", may_text=""),
    )

    page = text_of(answered)
    assert (answered.status_code, Patient.objects.count()) == (409, 1)
    assert "Nobody was registered yet: 1 record may be of the same person" in page
    assert "The same: name and birth date." in page
    assert f'href="/staff/patients/{clinic.pia.uid}/book/"' in page
    assert 'value="Novák"' in page


def test_somebody_else_is_registered_beside_the_double(clinic: Clinic, nurse: Client) -> None:
    double = typed(given_name="Pia", family_name="Novak", birth_date="14.3.1961", somebody_else="yes")

    answered = nurse.post(ADDRESS, double)

    assert (answered.status_code, Patient.objects.count()) == (302, 2)


@pytest.mark.full
def test_double_elsewhere_is_none(clinic: Clinic, stranger: Client) -> None:
    stranger.post(ADDRESS, typed(given_name="Pia", family_name="Novak", birth_date="14.3.1961"))

    assert Patient.objects.of(clinic.elsewhere).count() == 1


def test_what_was_searched_for_is_not_typed_again(clinic: Clinic, nurse: Client) -> None:
    page = text_of(nurse.post(ADDRESS, {"wanted": "Zoë van der Berg 1.12.84"}))

    values = [f'value="{value}"' in page for value in ("Zoë", "van der Berg", "1 Dec 1984")]
    assert (values, Patient.objects.count()) == ([True, True, True], 1)


@pytest.mark.full
@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"given_name": " "}, "Write the given name."),
        ({"birth_date": "31.2.1984"}, "This is no birth date. For example 14.3.1961 or 14 Mar 1961."),
        ({"birth_date": "1.12.2030"}, "This is no birth date."),
        ({"sex": ""}, "Choose one."),
        ({"phone": "12"}, "This is no phone number."),
        ({"phone": "+999 123"}, "This is no phone number."),
        ({"phone": ""}, "Write where the messages go"),
        ({"email": "zoe"}, "This is no email address."),
        ({"kin_given_name": "Ida"}, "Say who this person is to the patient."),
        ({"relationship": "carer"}, "Write their name."),
    ],
)
def test_wrong_entries_are_refused_in_words(
    clinic: Clinic, nurse: Client, changes: dict[str, str], said: str
) -> None:
    answered = nurse.post(ADDRESS, typed(**changes))

    page = text_of(answered)
    assert (answered.status_code, said in page, 'value="Müller"' in page) == (422, True, True)
    assert Patient.objects.count() == 1


@pytest.mark.full
def test_number_of_another_patient_is_refused_at_its_field(clinic: Clinic, nurse: Client) -> None:
    make_patient(clinic.organization, identifier="R-7")

    answered = nurse.post(ADDRESS, typed())

    assert (
        answered.status_code,
        "Another patient of this clinic has this identifier." in text_of(answered),
    ) == (
        422,
        True,
    )


def test_registering_is_for_those_at_work(clinic: Clinic, auditor: Client) -> None:
    answered = [auditor.get(ADDRESS), auditor.post(ADDRESS, typed())]

    assert [each.status_code for each in answered] == [403, 403]
    assert Patient.objects.count() == 1
