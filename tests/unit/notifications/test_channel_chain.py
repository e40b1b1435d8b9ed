"""Several providers behind one channel, and how a channel is added: one module and one setting."""

import datetime as dt
import time
from collections.abc import Iterator
from dataclasses import replace
from uuid import UUID

import pytest
from pytest_django import Settings

from notifications.channels import (
    Doubtful,
    LookUp,
    NotSent,
    OutgoingMessage,
    Presence,
    Receipt,
    TryLater,
    Undeliverable,
    channel,
    replies_reach_us,
)
from notifications.channels.chain import Chain

NOW = dt.datetime(2027, 3, 8, 10, 42, tzinfo=dt.UTC)
UID = UUID("0f2b7c1e-3b1a-4b52-9a3e-6f6f2f0c9d11")
MESSAGE = OutgoingMessage(
    uid=UID,
    to="+447700900123",
    sender_name="Northside Clinic",
    subject="",
    text="Please come.",
    html="",
    expires_at=NOW + dt.timedelta(hours=3),
)
LATER, NEVER = TryLater("provider-down"), Undeliverable("no-route", address_is_bad=False)
BAD, DOUBT = Undeliverable("opted-out", address_is_bad=True), Doubtful("no-answer")


class Link:
    """A provider that answers as told and counts how often it was asked."""

    def __init__(
        self, answer: NotSent | None, *, presence: Presence = Presence.ABSENT, replies: bool = True
    ) -> None:
        self.name, self.answer, self.presence, self.replies, self.asked = "sms", answer, presence, replies, 0

    def send(self, message: OutgoingMessage, *, now: dt.datetime) -> Receipt:
        self.asked += 1
        if self.answer:
            raise self.answer
        return Receipt(provider_ref=f"ref-{message.uid}")

    def look_up(self, message_uid: UUID, *, to: str, since: dt.datetime, text: str = "") -> LookUp:
        return LookUp(presence=self.presence, provider_ref=f"ref-{message_uid}")

    def takes_replies(self, to: str) -> bool:
        return self.replies


def outcome(links: list[Link], message: OutgoingMessage = MESSAGE) -> tuple[str, list[int]]:
    """What came of a message, and how often each provider was asked."""
    try:
        said = Chain(name="sms", links=tuple(links)).send(message, now=NOW).provider_ref
    except NotSent as error:
        said = f"{type(error).__name__} {error.reason}"
    return said, [link.asked for link in links]


@pytest.mark.parametrize(
    ("answers", "said", "asked"),
    [
        ([None, None], f"ref-{UID}", [1, 0]),
        ([LATER, None], f"ref-{UID}", [1, 1]),
        ([NEVER, None], f"ref-{UID}", [1, 1]),
        ([LATER, NEVER, None], f"ref-{UID}", [1, 1, 1]),
        ([LATER, NEVER], "TryLater provider-down", [1, 1]),
        ([NEVER, LATER], "TryLater provider-down", [1, 1]),
        ([NEVER, NEVER], "Undeliverable no-route", [1, 1]),
        # What is in doubt at one is never given to another, nor what a person or their number refuses.
        ([DOUBT, None], "Doubtful no-answer", [1, 0]),
        ([LATER, DOUBT, None], "Doubtful no-answer", [1, 1, 0]),
        ([BAD, None], "Undeliverable opted-out", [1, 0]),
    ],
)
def test_provider_that_certainly_did_not_take_it_hands_over(
    answers: list[NotSent | None], said: str, asked: list[int]
) -> None:
    assert outcome([Link(answer) for answer in answers]) == (said, asked)


def test_no_other_provider_is_called_after_half_the_lease() -> None:
    late = replace(MESSAGE, call_before=time.monotonic() - 1)

    assert outcome([Link(NEVER), Link(None)], late) == ("TryLater provider-down", [1, 0])


@pytest.mark.parametrize(
    ("presences", "presence"),
    [
        ([Presence.ABSENT, Presence.ABSENT], Presence.ABSENT),
        ([Presence.ABSENT, Presence.FOUND], Presence.FOUND),
        ([Presence.CANNOT_TELL, Presence.FOUND], Presence.FOUND),
        ([Presence.CANNOT_TELL, Presence.ABSENT], Presence.CANNOT_TELL),
    ],
)
def test_all_providers_are_asked_what_became_of_a_message(
    presences: list[Presence], presence: Presence
) -> None:
    chain = Chain(name="sms", links=tuple(Link(None, presence=each) for each in presences))

    assert chain.look_up(UID, to=MESSAGE.to, since=NOW).presence is presence


@pytest.mark.parametrize(("replies", "expected"), [([True, True], True), ([True, False], False)])
def test_replies_are_asked_for_only_if_they_reach_us_by_every_provider(
    replies: list[bool], expected: bool
) -> None:
    chain = Chain(name="sms", links=tuple(Link(None, replies=each) for each in replies))

    assert chain.takes_replies(MESSAGE.to) is expected


class PigeonChannel:
    """A whole new channel: this class and one setting are all it takes."""

    sent: list[str] = []

    def __init__(self, *, name: str, loft: str = "north") -> None:
        self.name, self.loft = name, loft

    def send(self, message: OutgoingMessage, *, now: dt.datetime) -> Receipt:
        PigeonChannel.sent.append(f"{self.loft}: {message.text}")
        return Receipt(provider_ref="ring-7", provider="pigeon")

    def look_up(self, message_uid: UUID, *, to: str, since: dt.datetime, text: str = "") -> LookUp:
        return LookUp(presence=Presence.CANNOT_TELL)


@pytest.fixture
def no_pigeons() -> Iterator[None]:
    PigeonChannel.sent.clear()
    yield
    PigeonChannel.sent.clear()


def test_channel_is_added_by_one_module_and_one_setting(settings: Settings, no_pigeons: None) -> None:
    settings.CHANNELS = {"pigeon": ("test_channel_chain.PigeonChannel", {"loft": "south"})}

    receipt = channel("pigeon").send(MESSAGE, now=NOW)

    assert (receipt.provider_ref, PigeonChannel.sent) == ("ring-7", ["south: Please come."])
    assert replies_reach_us("pigeon", to=MESSAGE.to) is False


def test_list_of_providers_is_a_chain_of_them(settings: Settings, no_pigeons: None) -> None:
    pigeon = ("test_channel_chain.PigeonChannel", {"loft": "south"})
    settings.CHANNELS = {"sms": [pigeon, "test_channel_chain.PigeonChannel"]}

    made = channel("sms")

    assert isinstance(made, Chain)
    assert (made.name, len(made.links), channel("sms") is made) == ("sms", 2, True)
