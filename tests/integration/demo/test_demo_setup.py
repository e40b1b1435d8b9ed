"""The demo clinic: made once, the same every time, and nowhere but in a demo."""

import datetime as dt
from collections import Counter
from io import StringIO
from typing import Any

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from cryoclinic.accounts.models import User
from cryoclinic.demo.people import PATIENTS, personas
from cryoclinic.demo.setup import DemoAccess, NotADemo, WouldReallySend, set_up
from notifications.models import Communication, OutboxMessage, Timeline
from procedures.models import Protocol
from scheduling.models import Appointment, Patient, Resource

NOW = dt.datetime(2027, 3, 17, 13, 20, tzinfo=dt.UTC)


def row_counts() -> dict[str, int]:
    return {model._meta.label: model._base_manager.count() for model in apps.get_models()}


@pytest.mark.slow
@pytest.mark.full
@pytest.mark.django_db
@pytest.mark.usefixtures("demo")
def test_demo_clinic_is_believable_and_a_second_run_changes_nothing() -> None:
    first = set_up(now=NOW)
    rows = row_counts()
    second = set_up(now=NOW + dt.timedelta(hours=1))

    assert (first.is_new, second.is_new) == (True, False)
    assert row_counts() == rows
    assert second.client == first.client
    assert second.sign_ins == first.sign_ins
    assert Patient.objects.count() == PATIENTS
    assert Resource.objects.count() >= 12
    statuses = Counter(Appointment.objects.values_list("status", flat=True))
    assert set(statuses) == {"booked", "arrived", "fulfilled", "cancelled", "noshow"}
    approved = Protocol.objects.filter(status="active")
    assert approved.count() == 11
    assert all(protocol.written_by_id != protocol.approved_by_id for protocol in approved)
    assert Timeline.objects.to_plan(NOW).count() == 0

    _check_messages()
    _check_sign_ins(first)
    assert first.example is not None
    assert first.example.path.startswith("/p/")


def _check_messages() -> None:
    sent = set(OutboxMessage.objects.values_list("uid", flat=True))
    assert sent
    assert sent == set(Communication.objects.filter(status="completed").values_list("uid", flat=True))
    assert not OutboxMessage.objects.filter(sent_at__gt=NOW + dt.timedelta(minutes=5)).exists()


def _check_sign_ins(access: DemoAccess) -> None:
    assert [each.role for each in access.sign_ins] == ["Scheduler", "Nurse", "Clinician", "Administrator"]
    for each in access.sign_ins:
        assert User.objects.get(username=each.login).check_password(each.password)
    others = User.objects.exclude(username__in=[each.login for each in access.sign_ins])
    assert not any(user.has_usable_password() for user in others)


@pytest.mark.django_db
def test_demo_clinic_is_refused_outside_a_demo() -> None:
    before = row_counts()

    with pytest.raises(NotADemo):
        set_up(now=NOW)

    assert row_counts() == before


@pytest.mark.django_db
@pytest.mark.usefixtures("demo")
def test_demo_clinic_is_refused_where_a_channel_reaches_people(settings: Any) -> None:
    settings.CHANNELS = {**settings.CHANNELS, "sms": "notifications.channels.twilio_sms.TwilioSms"}

    with pytest.raises(WouldReallySend):
        set_up(now=NOW)


@pytest.mark.django_db
def test_demo_setup_command_says_in_one_sentence_that_this_is_no_demo() -> None:
    with pytest.raises(CommandError, match="CRYOCLINIC_DEMO=1"):
        call_command("demo_setup", stdout=StringIO())


def test_personas_are_the_same_for_the_same_seed_and_reachable_nowhere() -> None:
    people = personas(seed=20, today=NOW.date())

    assert people == personas(seed=20, today=NOW.date())
    assert len({person.phone for person in people}) == PATIENTS
    phones = [person.phone for person in people] + [each.phone for p in people for each in p.relatives]
    assert all(phone.startswith(("+442079460", "+121255501")) for phone in phones)
    assert all(person.email.endswith("@example.org") for person in people)
    assert {"apixaban", "warfarin", "clopidogrel", "metformin", "semaglutide", "turmeric capsules"} <= {
        dose.drug for person in people for dose in person.doses
    }
