"""A provider's rate, shared by all workers, and the rest of one that is down."""

from collections.abc import Iterator

import pytest
import redis
from builders import NOW, Clinic
from django.conf import settings as configured
from django.db import IntegrityError
from owed import attempts, minutes, owe_many, state
from scripted_channel import PATH, Script, ScriptedChannel

from cryoclinic.embedded.places import place
from notifications import dispatch
from notifications.channels import Doubtful, TryLater, Undeliverable
from notifications.dispatch import allowance
from notifications.dispatch.allowance import RATE_LIMITED, take_turn
from notifications.dispatch.circuit import TRIAL
from notifications.models import CommunicationRequest, ProviderState
from notifications.rules import FIRST_REST

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def script(settings: object) -> Iterator[Script]:
    """Every channel follows this script; nothing else leaves."""
    settings.CHANNELS = {"email": PATH, "sms": PATH}  # type: ignore[attr-defined]
    settings.PROVIDER_FAILURES_TO_REST = 3  # type: ignore[attr-defined]
    ScriptedChannel.script = Script()
    yield ScriptedChannel.script
    ScriptedChannel.script = Script()


@pytest.fixture
def bucket(settings: object, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A rate of one text message a second, with an empty count."""
    settings.CHANNEL_RATES = {"sms": 1.0}  # type: ignore[attr-defined]
    store = redis.Redis(unix_socket_path=str(place(configured.DATA_DIR).redis_socket))
    store.delete("cryoclinic:allowance:sms")
    monkeypatch.setattr(allowance._Shared, "silent_until", 0.0)
    monkeypatch.setattr(allowance._Shared, "buckets", allowance.LocalBuckets())
    yield "sms"
    store.delete("cryoclinic:allowance:sms")


# --- the rate ------------------------------------------------------------------------------------------------


def test_channel_without_a_rate_is_never_waited_for(bucket: str) -> None:
    assert [take_turn("email").seconds for _ in range(50)] == [0.0] * 50


def test_turns_are_handed_out_one_after_another_by_all_workers(bucket: str) -> None:
    turns = [take_turn(bucket, longest=2.0) for _ in range(4)]

    assert [turn.granted for turn in turns] == [True, True, True, False]
    assert [round(turn.seconds) for turn in turns] == [0, 1, 2, 3]


def test_without_redis_a_process_keeps_to_its_share(bucket: str, settings: object) -> None:
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"  # type: ignore[attr-defined]
    settings.CHANNEL_RATE_SHARE_ALONE = 0.5  # type: ignore[attr-defined]

    turns = [take_turn(bucket, longest=2.5) for _ in range(3)]

    assert [turn.granted for turn in turns] == [True, True, False]
    assert [round(turn.seconds) for turn in turns] == [0, 2, 4]


def test_message_that_finds_no_turn_goes_back_uncounted(
    northside: Clinic, bucket: str, settings: object, script: Script
) -> None:
    settings.CHANNEL_RATES = {"sms": 0.01}  # type: ignore[attr-defined]
    first, second = owe_many(northside, 2, channels=["sms"])

    dispatch.deliver_due(now=NOW)

    assert len(script.handed_over) == 1
    kept = next(each for each in (first, second) if state(each)[0] == "active")
    assert attempts(kept) == [("sms", "not-done", RATE_LIMITED, False)]
    kept.refresh_from_db()
    assert (kept.attempts_made, kept.next_at > NOW) == (0, True)
    assert not ProviderState.objects.filter(failures__gt=0).exists()


# --- the rest ------------------------------------------------------------------------------------------------


def down(script: Script, number: int) -> None:
    script.errors = [TryLater("provider-down") for _ in range(number)]


def later(request: CommunicationRequest, **fields: object) -> CommunicationRequest:
    """Let a message be due only in half a minute."""
    CommunicationRequest.objects.filter(pk=request.pk).update(next_at=NOW + minutes(0.5), **fields)
    return request


def rest_of(channel: str) -> ProviderState:
    return ProviderState.objects.get(channel=channel)


def test_provider_that_fails_in_a_row_rests_for_everybody(northside: Clinic, script: Script) -> None:
    down(script, 3)
    *owed, fresh = owe_many(northside, 4, channels=["sms"])
    later(fresh)
    dispatch.deliver_due(now=NOW)

    dispatch.deliver_due(now=NOW + minutes(0.5))

    assert rest_of("sms").pauses == 1
    assert (len(script.tried), attempts(fresh)) == (3, [])
    fresh.refresh_from_db()
    assert abs(fresh.next_at - (NOW + FIRST_REST)) < minutes(0.1)
    assert {state(each)[0] for each in owed} == {"active"}


def test_other_channel_carries_what_it_can_meanwhile(northside: Clinic, script: Script) -> None:
    down(script, 3)
    *_, both = owe_many(northside, 4, channels=["sms"])
    later(both, channels=["sms", "email"])
    dispatch.deliver_due(now=NOW)

    dispatch.deliver_due(now=NOW + minutes(0.5))

    assert attempts(both) == [("email", "completed", "", False)]


def test_one_message_tries_a_rested_provider_safety_first(northside: Clinic, script: Script) -> None:
    down(script, 3)
    first, second, third, routine, safety = owe_many(northside, 5, channels=["sms"])
    later(safety)
    later(routine, safety="routine", rank=2)
    dispatch.deliver_due(now=NOW)
    tried = [first.pk, second.pk, third.pk]
    CommunicationRequest.objects.filter(pk__in=tried).update(
        status="revoked", status_reason="gave-up", closed_at=NOW
    )
    down(script, 1)

    dispatch.deliver_due(now=NOW + minutes(2), seconds=0.001)

    assert (len(attempts(safety)), len(attempts(routine))) == (1, 0)
    assert rest_of("sms").pauses == 2
    dispatch.deliver_due(now=NOW + minutes(8))
    dispatch.deliver_due(now=NOW + minutes(9) + TRIAL)
    assert (state(safety)[0], state(routine)[0]) == ("completed", "completed")
    assert (rest_of("sms").failures, rest_of("sms").paused_until) == (0, None)


@pytest.mark.parametrize(
    "errors",
    [
        [TryLater("busy"), None, TryLater("busy"), TryLater("busy")],
        [
            TryLater("busy"),
            TryLater("busy"),
            Undeliverable("refused", address_is_bad=False),
            TryLater("busy"),
        ],
    ],
)
def test_any_answer_ends_the_row(northside: Clinic, script: Script, errors: list[Exception | None]) -> None:
    script.errors = errors
    owe_many(northside, 4, channels=["sms"])

    dispatch.deliver_due(now=NOW)

    assert rest_of("sms").paused_until is None


@pytest.mark.parametrize("fields", [{"paused_until": NOW}, {"pauses": 1}, {"failures": 3}])
@pytest.mark.django_db
def test_provider_rests_for_failures_alone(fields: dict[str, object]) -> None:
    with pytest.raises(IntegrityError, match="notifications_provider_pauses_for_failures"):
        ProviderState.objects.create(channel="sms", **fields)


def test_no_answer_at_all_counts_as_a_failure(northside: Clinic, script: Script) -> None:
    script.errors = [Doubtful("timeout") for _ in range(3)]
    owe_many(northside, 3, channels=["sms"])

    dispatch.deliver_due(now=NOW)

    assert rest_of("sms").pauses == 1
