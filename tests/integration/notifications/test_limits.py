"""Not too many, not the same over and over, and nothing over a channel that the clinic has paused."""

import datetime as dt
from collections.abc import Iterator

import pytest
from builders import DAY, NOW, START, Clinic, book
from owed import ROUTINE, SAFETY, attempts, minutes, owe, planned, state, tasks
from scripted_channel import PATH, Script, ScriptedChannel

from notifications import dispatch
from notifications.channels import Undeliverable
from notifications.models import ChannelPause, CommunicationRequest, Recipient
from notifications.operations.pauses import (
    AlreadyPaused,
    ChannelUnknown,
    NotPaused,
    PauseNeedsAReason,
    pause_channel,
    reset_breaker,
    resume_channel,
)
from notifications.rules import BREAKER_PER_HOUR, BREAKER_SAME_NOTICE_PER_DAY
from scheduling.models import Appointment

pytestmark = pytest.mark.slow
EVERY_FACT = {
    **SAFETY["facts"],
    "start": START,
    "arrive_at": START,
    "place": "London",
    "address": "1 High Street",
    "liquid_diet_from": START - DAY,
}
WHERE = {**ROUTINE, "notice": "visit-where", "facts": EVERY_FACT}


@pytest.fixture(autouse=True)
def script(settings: object) -> Iterator[Script]:
    """Every channel follows this script; nothing else leaves."""
    settings.CHANNELS = {"email": PATH, "sms": PATH}  # type: ignore[attr-defined]
    ScriptedChannel.script = Script()
    yield ScriptedChannel.script
    ScriptedChannel.script = Script()


@pytest.fixture
def visit(northside: Clinic) -> Appointment:
    """Pia's visit, with nothing planned but what a test owes."""
    return planned(book(northside))


def told(visit: Appointment, kind: dict[str, object], count: int, *, at: dt.datetime = NOW) -> None:
    """Send so many messages of a kind, and see that they went."""
    owed = [owe(visit, kind, due_at=at, next_at=at) for _ in range(count)]
    dispatch.deliver_due(now=at)
    assert [state(each)[0] for each in owed] == ["completed"] * count


def next_try(request: CommunicationRequest) -> dt.datetime:
    return CommunicationRequest.objects.get(pk=request.pk).next_at.replace(microsecond=0)


def capped_at(clinic: Clinic, *, per_day: int, per_week: int) -> None:
    clinic.organization.routine_per_day, clinic.organization.routine_per_week = per_day, per_week
    clinic.organization.save()


# --- caps ------------------------------------------------------------------------------------------------


def test_routine_message_over_the_days_cap_waits_until_there_is_room(
    northside: Clinic, visit: Appointment
) -> None:
    capped_at(northside, per_day=2, per_week=5)
    told(visit, WHERE, 2)
    third = owe(visit, ROUTINE)

    dispatch.deliver_due(now=NOW)

    assert (state(third), next_try(third)) == (("active", ""), NOW + DAY)
    dispatch.deliver_due(now=NOW + DAY + minutes(1))
    assert state(third)[0] == "completed"


def test_safety_message_is_counted_and_never_capped(northside: Clinic, visit: Appointment) -> None:
    capped_at(northside, per_day=1, per_week=1)
    told(visit, SAFETY, 2)
    routine = owe(visit, ROUTINE)

    dispatch.deliver_due(now=NOW)

    assert (state(routine), next_try(routine)) == (("active", ""), NOW + 7 * DAY)


def test_message_that_has_lost_its_sense_by_then_is_closed_with_the_reason(
    northside: Clinic, visit: Appointment
) -> None:
    capped_at(northside, per_day=1, per_week=5)
    told(visit, WHERE, 1)
    late = owe(visit, ROUTINE, expires_at=NOW + DAY)

    dispatch.deliver_due(now=NOW)

    assert (state(late), attempts(late), tasks(late)) == (("revoked", "capped"), [], [])


def test_what_was_not_sent_counts_towards_no_cap(
    northside: Clinic, visit: Appointment, script: Script
) -> None:
    capped_at(northside, per_day=1, per_week=1)
    first = owe(visit, WHERE, channels=["email"])
    script.errors = [Undeliverable("refused", address_is_bad=False)]
    dispatch.deliver_due(now=NOW)
    assert state(first) == ("revoked", "gave-up")

    told(visit, ROUTINE, 1)


# --- the breaker -----------------------------------------------------------------------------------------


def test_same_notice_over_and_over_stops_until_somebody_has_looked(visit: Appointment) -> None:
    told(visit, SAFETY, BREAKER_SAME_NOTICE_PER_DAY)
    again = owe(visit, SAFETY)

    dispatch.deliver_due(now=NOW)

    assert (state(again), attempts(again), tasks(again)) == (("on-hold", "breaker"), [], ["phone-patient"])
    assert reset_breaker(recipient=Recipient.objects.get(), now=NOW + minutes(1)) == 1
    dispatch.deliver_due(now=NOW + minutes(1))
    assert state(again)[0] == "completed"


def test_many_messages_in_an_hour_stop_whatever_they_say(northside: Clinic, visit: Appointment) -> None:
    capped_at(northside, per_day=50, per_week=50)
    for number in range(BREAKER_PER_HOUR):
        notice = ("food-first", "food-day-before", "clear-drinks-first")[number % 3]
        told(visit, {**SAFETY, "notice": notice, "facts": EVERY_FACT}, 1)
    ninth = owe(visit, ROUTINE)

    dispatch.deliver_due(now=NOW)

    assert state(ninth) == ("on-hold", "breaker")


# --- paused channels -------------------------------------------------------------------------------------


def test_other_channel_carries_what_a_paused_one_would(northside: Clinic, visit: Appointment) -> None:
    pause_channel(
        organization=northside.organization, channel="sms", reason="Wrong sender", by=northside.nora, now=NOW
    )
    owed = owe(visit)

    dispatch.deliver_due(now=NOW)

    assert attempts(owed) == [("email", "completed", "", False)]


def test_nothing_goes_over_a_paused_channel_until_it_is_let_go(northside: Clinic, visit: Appointment) -> None:
    clinic, nora = northside.organization, northside.nora
    pause_channel(organization=clinic, channel="sms", reason="Wrong sender", by=nora, now=NOW)
    owed = owe(visit, channels=["sms"])

    dispatch.deliver_due(now=NOW)

    assert (state(owed), attempts(owed), tasks(owed)) == (("on-hold", "kill-switch"), [], [])
    assert resume_channel(organization=clinic, channel="sms", by=nora, now=NOW + minutes(5)) == 1
    dispatch.deliver_due(now=NOW + minutes(5))
    assert state(owed)[0] == "completed"


def test_what_expires_in_a_pause_is_phoned(northside: Clinic, visit: Appointment) -> None:
    pause_channel(
        organization=northside.organization, channel="sms", reason="Wrong sender", by=northside.nora, now=NOW
    )
    owed = owe(visit, channels=["sms"], expires_at=NOW + minutes(30))
    dispatch.deliver_due(now=NOW)

    dispatch.expire_overdue(now=NOW + minutes(31))

    assert (state(owed), tasks(owed)) == (("revoked", "expired"), ["phone-patient"])


def test_pause_of_one_clinic_is_not_anothers(northside: Clinic, visit: Appointment) -> None:
    pause_channel(organization=northside.elsewhere, channel="sms", reason="Test", by=northside.omar, now=NOW)
    owed = owe(visit, channels=["sms"])

    dispatch.deliver_due(now=NOW)

    assert state(owed)[0] == "completed"


def test_pause_refuses_what_makes_no_sense(northside: Clinic) -> None:
    clinic, nora = northside.organization, northside.nora
    with pytest.raises(ChannelUnknown):
        pause_channel(organization=clinic, channel="pigeon", reason="Rain", by=nora, now=NOW)
    with pytest.raises(PauseNeedsAReason):
        pause_channel(organization=clinic, channel="sms", reason=" ", by=nora, now=NOW)
    with pytest.raises(NotPaused):
        resume_channel(organization=clinic, channel="sms", by=nora, now=NOW)
    pause_channel(organization=clinic, channel="sms", reason="Wrong sender", by=nora, now=NOW)
    with pytest.raises(AlreadyPaused):
        pause_channel(organization=clinic, channel="sms", reason="Again", by=nora, now=NOW)
    assert ChannelPause.objects.standing().count() == 1
