"""Told time leaves nothing behind that a worker's ticks would have seen to."""

import datetime as dt
from collections.abc import Iterator

import pytest
from builders import DAY, NOW, Clinic, book
from owed import SAFETY, minutes, owe, planned, state
from scripted_channel import PATH, Script, ScriptedChannel

from cryoclinic.demo.pace import Pace
from notifications.channels import Doubtful, Presence
from notifications.codes import RequestReason, RequestStatus
from scheduling.models import Appointment

pytestmark = pytest.mark.slow


@pytest.fixture
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


def test_told_time_closes_what_nobody_released_before_its_window_ended(visit: Appointment) -> None:
    held = owe(visit, SAFETY, expires_at=NOW + DAY)
    held.status, held.status_reason = RequestStatus.ON_HOLD, RequestReason.UNSIGNED
    held.save()

    Pace(now=NOW).reach(NOW + 3 * DAY)

    held.refresh_from_db()
    assert state(held) == ("revoked", "expired")
    assert held.closed_at == NOW + DAY


def test_told_time_looks_after_a_doubt_before_it_goes_on(visit: Appointment, script: Script) -> None:
    script.errors = [Doubtful("no-answer")]
    script.presence = Presence.FOUND
    message = owe(visit, SAFETY, next_at=NOW + minutes(5), expires_at=NOW + DAY)

    Pace(now=NOW, grain=dt.timedelta(0)).reach(NOW + minutes(6))

    assert state(message) == ("completed", "")
