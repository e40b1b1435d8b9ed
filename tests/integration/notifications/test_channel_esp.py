"""Email through Anymail: what its backend is given, and what its answers mean."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
import requests
from django.core.exceptions import ImproperlyConfigured
from django.core.mail.backends.base import BaseEmailBackend
from urllib3.exceptions import NewConnectionError

from notifications.channels import (
    Doubtful,
    NotSent,
    OutgoingMessage,
    Presence,
    Receipt,
    TryLater,
    Undeliverable,
)
from notifications.channels.esp import EspEmail

NOW = dt.datetime(2027, 3, 8, 10, 42, tzinfo=dt.UTC)
UID = UUID("0f2b7c1e-3b1a-4b52-9a3e-6f6f2f0c9d11")
MESSAGE = OutgoingMessage(
    uid=UID,
    to="maria@patients.example",
    sender_name="Northside Clinic",
    subject="Your visit on Tuesday 16 March",
    text="Please come.",
    html="<p>Please come.</p>",
    expires_at=NOW + dt.timedelta(hours=3),
    calendar="BEGIN:VCALENDAR",
    calendar_method="REQUEST",
    unsubscribe_url="https://plan.northside.example/hooks/unsubscribe/abc",
)


class EspBackend(BaseEmailBackend):
    """Answers as Anymail's backends do: a status on the message, or an error of the HTTP library."""

    letters: list[Any] = []
    answer: Exception | SimpleNamespace = SimpleNamespace(status={"queued"}, message_id="m-1")

    def send_messages(self, email_messages: Any) -> int:
        [letter] = email_messages
        EspBackend.letters.append(letter)
        if isinstance(EspBackend.answer, Exception):
            raise EspBackend.answer
        letter.anymail_status = EspBackend.answer
        return 1


@pytest.fixture
def email() -> Iterator[EspEmail]:
    EspBackend.letters.clear()
    before = EspBackend.answer
    yield EspEmail(esp="postmark", backend="test_channel_esp.EspBackend")
    EspBackend.answer = before


def answered(status: int) -> requests.HTTPError:
    response = requests.Response()
    response.status_code = status
    return requests.HTTPError("maria@patients.example was refused", response=response)


def said(word: str) -> SimpleNamespace:
    return SimpleNamespace(status={word}, message_id="m-1")


def refused_before_sending() -> requests.ConnectionError:
    return requests.ConnectionError(NewConnectionError(None, "refused"))  # type: ignore[arg-type]


def test_letter_carries_our_uid_and_nothing_else_about_the_person(email: EspEmail) -> None:
    receipt = email.send(MESSAGE, now=NOW)

    [letter] = EspBackend.letters
    assert receipt == Receipt(provider_ref="m-1", provider="postmark")
    assert (letter.metadata, letter.track_opens, letter.track_clicks) == ({"attempt": str(UID)}, False, False)
    assert letter.extra_headers["List-Unsubscribe"] == f"<{MESSAGE.unsubscribe_url}>"
    assert letter.attachments == [("visit.ics", "BEGIN:VCALENDAR", "text/calendar")]


@pytest.mark.parametrize(
    ("answer", "kind", "reason"),
    [
        (said("invalid"), Undeliverable, "address-malformed"),
        (said("rejected"), Undeliverable, "recipient-refused"),
        (said("failed"), Undeliverable, "content-refused"),
        (answered(429), TryLater, "provider-busy"),
        (answered(401), TryLater, "account-refused"),
        (answered(422), Undeliverable, "refused-422"),
        (answered(500), TryLater, "provider-down"),
        (answered(504), Doubtful, "no-answer"),
        (requests.ConnectTimeout(), TryLater, "provider-down"),
        (refused_before_sending(), TryLater, "provider-down"),
        (requests.ReadTimeout(), Doubtful, "no-answer"),
        (ImproperlyConfigured("no key"), TryLater, "account-refused"),
        (ValueError("maria@patients.example"), Undeliverable, "content-refused"),
    ],
)
def test_answer_means(email: EspEmail, answer: Any, kind: type[NotSent], reason: str) -> None:
    EspBackend.answer = answer

    with pytest.raises(kind) as refusal:
        email.send(MESSAGE, now=NOW)

    # Neither the words nor the error behind them: both carry the address into logs.
    assert (refusal.value.reason, refusal.value.__cause__, refusal.value.__context__) == (reason, None, None)


def test_expired_message_is_given_to_nobody(email: EspEmail) -> None:
    with pytest.raises(Undeliverable, match="expired"):
        email.send(replace(MESSAGE, expires_at=NOW), now=NOW)

    assert EspBackend.letters == []


def test_provider_cannot_be_asked_later(email: EspEmail) -> None:
    assert email.look_up(UID, to=MESSAGE.to, since=NOW).presence is Presence.CANNOT_TELL


@pytest.mark.full
def test_real_backends_are_called_as_we_expect(settings: Any) -> None:
    """With the library itself: every provider we name has a backend that can be made from its settings."""
    pytest.importorskip("anymail")
    settings.ANYMAIL = {"POSTMARK_SERVER_TOKEN": "token", "POSTMARK_API_URL": "http://127.0.0.1:9/"}

    with pytest.raises(TryLater, match="provider-down"):
        EspEmail(esp="postmark").send(MESSAGE, now=NOW)
