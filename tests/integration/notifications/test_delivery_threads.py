"""Several calls at once: everything goes once, never more than a batch is under way, and nothing waits for a slow call."""

import threading
import time
from collections.abc import Iterator

import pytest
from builders import NOW, Clinic
from owed import owe_many, state
from scripted_channel import PATH, Script, ScriptedChannel

from notifications import dispatch
from notifications.channels import Doubtful, OutgoingMessage, TryLater
from notifications.models import Communication

pytestmark = [pytest.mark.slow, pytest.mark.full]


@pytest.fixture(autouse=True)
def script(settings: object) -> Iterator[Script]:
    """Every channel follows this script, in two threads, with three messages to a batch."""
    settings.CHANNELS = {"email": PATH, "sms": PATH}  # type: ignore[attr-defined]
    settings.DELIVERY_THREADS = 2  # type: ignore[attr-defined]
    settings.DELIVERY_BATCH = 3  # type: ignore[attr-defined]
    ScriptedChannel.script = Script()
    yield ScriptedChannel.script
    ScriptedChannel.script = Script()


def test_everything_due_goes_once_over_several_portions(northside: Clinic, script: Script) -> None:
    requests = owe_many(northside, 8)

    delivered = dispatch.deliver_due(now=NOW)

    assert (delivered.completed, delivered.attempts) == (8, 8)
    assert len({message.to for _, message in script.handed_over}) == len(script.handed_over) == 8
    assert {state(request) for request in requests} == {("completed", "")}


def test_never_more_than_a_batch_is_without_a_record(northside: Clinic, script: Script) -> None:
    seen = []
    settle = threading.Lock()

    def count(_message: OutgoingMessage) -> None:
        with settle:
            seen.append(len(script.tried))
        time.sleep(0.02)

    script.during = count
    owe_many(northside, 6)
    sizes = []
    for _ in dispatch.deliver.overlapping(dispatch.deliver.Clock(began_at=NOW, began=time.monotonic()), 20.0):
        sizes.append(Communication.objects.in_flight().count())

    assert len(seen) == 6
    assert max(sizes) < 3


def test_outcomes_of_every_kind_are_recorded(northside: Clinic, script: Script) -> None:
    script.errors = [TryLater("provider-down"), Doubtful("no-answer"), None]
    owe_many(northside, 3)

    delivered = dispatch.deliver_due(now=NOW)

    assert (delivered.completed, delivered.not_done, delivered.unknown) == (1, 1, 1)


def test_what_has_ended_is_recorded_while_a_slow_call_lasts(northside: Clinic, script: Script) -> None:
    recorded_meanwhile = threading.Event()
    first_is_called = threading.Event()

    def wait(_message: OutgoingMessage) -> None:
        if not first_is_called.is_set():
            first_is_called.set()
            recorded_meanwhile.wait(timeout=10)

    script.during = wait
    owe_many(northside, 3)
    ends = []
    for outcomes in dispatch.deliver.overlapping(
        dispatch.deliver.Clock(began_at=NOW, began=time.monotonic()), 20.0
    ):
        ends.append(len(outcomes))
        recorded_meanwhile.set()

    assert sum(ends) == 3
    assert recorded_meanwhile.is_set()
    assert len(ends) > 1
