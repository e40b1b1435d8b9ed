"""SMS through Twilio's SDK, against a small stand-in for Twilio on the loopback."""

import datetime as dt
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID

import pytest
from pytest_django import Settings

from notifications.channels import (
    Doubtful,
    LookUp,
    OutgoingMessage,
    Presence,
    Receipt,
    TryLater,
    Undeliverable,
    without_links,
)
from notifications.channels.twilio_sms import TwilioSms

NOW = dt.datetime(2027, 3, 8, 10, 42, tzinfo=dt.UTC)
UID = UUID("0f2b7c1e-3b1a-4b52-9a3e-6f6f2f0c9d11")
TEXT = "Maria, Northside Clinic. Come at 8am. Your plan: https://go.northside.example/k7m2"
MESSAGE = OutgoingMessage(
    uid=UID,
    to="+447700900123",
    sender_name="Northside Clinic",
    subject="",
    text=TEXT,
    html="",
    expires_at=NOW + dt.timedelta(hours=3),
)
ACCOUNT = "AC" + "0" * 32


@dataclass
class Provider:
    """Answers every request as told, and keeps what it was asked."""

    status: int = 201
    answer: str = json.dumps({"sid": "SM1"})
    headers: dict[str, str] = field(default_factory=dict)
    hangs_up: bool = False
    silent: bool = False
    asked: list[tuple[str, str, dict[str, str]]] = field(default_factory=list)
    given_up: threading.Event = field(default_factory=threading.Event)

    def refuse(self, status: int, code: int) -> None:
        self.status = status
        self.answer = json.dumps({"status": status, "code": code, "message": "+447700900123 is refused"})

    def list_messages(self, *messages: dict[str, Any]) -> None:
        self.status = 200
        self.answer = json.dumps({"messages": messages, "page": 0, "page_size": 50, "next_page_uri": None})


class Answers(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.reply(urlsplit(self.path).query)

    def do_POST(self) -> None:
        self.reply(self.rfile.read(int(self.headers["Content-Length"])).decode())

    def reply(self, form: str) -> None:
        provider: Provider = self.server.provider  # type: ignore[attr-defined]
        provider.asked.append((self.command, urlsplit(self.path).path, dict(parse_qsl(form))))
        if provider.silent:
            provider.given_up.wait(5)
        if provider.silent or provider.hangs_up:
            self.close_connection = True
            return
        body = provider.answer.encode()
        self.send_response(provider.status)
        for name, value in {**provider.headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


@pytest.fixture
def provider(settings: Settings) -> Iterator[Provider]:
    answers = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    server.daemon_threads = True
    server.provider = answers  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.TWILIO_ACCOUNT_SID = ACCOUNT
    settings.TWILIO_AUTH_TOKEN = "secret"
    settings.TWILIO_FROM = "+442079460000"
    settings.TWILIO_BASE_URL = f"http://127.0.0.1:{server.server_port}"
    settings.PUBLIC_BASE_URL = "https://plan.northside.example"
    settings.CHANNEL_TIMEOUT_SECONDS = 5
    yield answers
    answers.given_up.set()
    server.shutdown()
    server.server_close()
    thread.join(timeout=5)


@pytest.fixture
def sms(provider: Provider) -> Iterator[TwilioSms]:
    channel = TwilioSms()
    yield channel
    channel.close()


def listed(*, sid: str, made_at: dt.datetime, body: str) -> dict[str, Any]:
    return {"sid": sid, "body": body, "date_created": format_datetime(made_at)}


def test_sms_is_handed_over_with_its_expiry_and_a_callback(provider: Provider, sms: TwilioSms) -> None:
    receipt = sms.send(MESSAGE, now=NOW)

    assert (receipt, provider.asked) == (
        Receipt(provider_ref="SM1", provider="twilio"),
        [
            (
                "POST",
                f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json",
                {
                    "To": "+447700900123",
                    "From": "+442079460000",
                    "Body": TEXT,
                    "ValidityPeriod": "10800",
                    "StatusCallback": f"https://plan.northside.example/hooks/twilio/status/{UID}",
                },
            )
        ],
    )


def test_sms_goes_through_a_messaging_service_without_a_public_address(
    provider: Provider, settings: Settings
) -> None:
    settings.TWILIO_FROM = "MG" + "1" * 32
    settings.PUBLIC_BASE_URL = "http://127.0.0.1:8000"
    channel = TwilioSms()

    channel.send(MESSAGE, now=NOW)
    channel.close()

    [(_, _, form)] = provider.asked
    assert form == {
        "To": "+447700900123",
        "MessagingServiceSid": "MG" + "1" * 32,
        "Body": TEXT,
        "ValidityPeriod": "10800",
    }


@pytest.mark.parametrize(
    ("left", "validity"),
    [
        (dt.timedelta(milliseconds=200), "1"),
        (dt.timedelta(seconds=90.7), "90"),
        (dt.timedelta(hours=10), "36000"),
        (dt.timedelta(days=3), "36000"),
    ],
)
def test_validity_stays_within_what_twilio_takes(
    provider: Provider, sms: TwilioSms, left: dt.timedelta, validity: str
) -> None:
    sms.send(replace(MESSAGE, expires_at=NOW + left), now=NOW)

    assert [form["ValidityPeriod"] for _, _, form in provider.asked] == [validity]


def test_expired_sms_is_not_sent(provider: Provider, sms: TwilioSms) -> None:
    with pytest.raises(Undeliverable, match="expired"):
        sms.send(MESSAGE, now=MESSAGE.expires_at)

    assert provider.asked == []


@pytest.mark.parametrize(
    ("status", "code", "verdict"),
    [
        (400, 21610, ("opted-out", True)),
        (400, 21211, ("number-invalid", True)),
        (400, 21614, ("not-a-mobile-number", True)),
        (400, 21612, ("no-route", False)),
        (403, 21408, ("region-not-allowed", False)),
        (400, 21602, ("refused-21602", False)),
    ],
)
def test_refusal_is_undeliverable(
    provider: Provider, sms: TwilioSms, status: int, code: int, verdict: tuple[str, bool]
) -> None:
    provider.refuse(status, code)

    with pytest.raises(Undeliverable) as refused:
        sms.send(MESSAGE, now=NOW)

    assert (refused.value.reason, refused.value.address_is_bad) == verdict


def test_refusal_in_the_form_of_a_problem_document_is_read_too(provider: Provider, sms: TwilioSms) -> None:
    provider.status = 400
    provider.answer = json.dumps({"type": "about:blank", "title": "Refused", "status": 400, "code": 21610})

    with pytest.raises(Undeliverable, match="opted-out"):
        sms.send(MESSAGE, now=NOW)


@pytest.mark.parametrize(
    ("status", "code", "reason"),
    [
        (429, 20429, "provider-busy"),
        (400, 21611, "provider-busy"),
        (500, 20500, "provider-down"),
        (503, 20503, "provider-down"),
        (401, 20003, "account-refused"),
        (404, 20404, "account-refused"),
    ],
)
def test_busy_or_broken_provider_is_tried_later(
    provider: Provider, sms: TwilioSms, status: int, code: int, reason: str
) -> None:
    provider.refuse(status, code)

    with pytest.raises(TryLater) as refused:
        sms.send(MESSAGE, now=NOW)

    assert (refused.value.reason, refused.value.after) == (reason, None)


def test_wait_that_the_provider_asks_for_is_passed_on(provider: Provider, sms: TwilioSms) -> None:
    provider.refuse(429, 20429)
    provider.headers = {"Retry-After": "7"}

    with pytest.raises(TryLater) as refused:
        sms.send(MESSAGE, now=NOW)

    assert refused.value.after == dt.timedelta(seconds=7)


def test_provider_that_is_down_is_tried_later(provider: Provider, settings: Settings) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        settings.TWILIO_BASE_URL = f"http://127.0.0.1:{unused.getsockname()[1]}"

        with pytest.raises(TryLater, match="provider-down"):
            TwilioSms().send(MESSAGE, now=NOW)


@pytest.mark.slow
def test_silence_is_doubtful_and_asked_only_once(provider: Provider, settings: Settings) -> None:
    settings.CHANNEL_TIMEOUT_SECONDS = 0.3
    provider.silent = True
    channel = TwilioSms()

    with pytest.raises(Doubtful, match="no-answer"):
        channel.send(MESSAGE, now=NOW)

    channel.close()
    assert len(provider.asked) == 1


def test_connection_lost_after_the_request_is_doubtful(provider: Provider, sms: TwilioSms) -> None:
    provider.hangs_up = True

    with pytest.raises(Doubtful, match="no-answer"):
        sms.send(MESSAGE, now=NOW)

    assert len(provider.asked) == 1


@pytest.mark.parametrize(("status", "answer"), [(504, "{}"), (201, "<html>"), (201, "[]"), (201, "{}")])
def test_answer_that_says_nothing_is_doubtful(
    provider: Provider, sms: TwilioSms, status: int, answer: str
) -> None:
    provider.status, provider.answer = status, answer

    with pytest.raises(Doubtful):
        sms.send(MESSAGE, now=NOW)


def test_errors_and_logs_name_nobody(
    provider: Provider, sms: TwilioSms, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    provider.refuse(400, 21211)

    with pytest.raises(Undeliverable) as refused:
        sms.send(MESSAGE, now=NOW)

    told = f"{refused.value!r} {caplog.text}"
    assert ("7700900123" in told, refused.value.__suppress_context__) == (False, True)


def test_message_with_the_very_text_is_found(provider: Provider, sms: TwilioSms) -> None:
    provider.list_messages(
        listed(
            sid="SM2", made_at=NOW + dt.timedelta(seconds=2), body="Peter, Northside Clinic. Come at 9am."
        ),
        listed(sid="SM1", made_at=NOW + dt.timedelta(seconds=1), body=TEXT),
        listed(sid="SM0", made_at=NOW - dt.timedelta(days=1), body=TEXT),
    )

    answer = sms.look_up(UID, to=MESSAGE.to, since=NOW, text=TEXT)

    assert (answer, provider.asked) == (
        LookUp(presence=Presence.FOUND, provider_ref="SM1"),
        [("GET", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json", {"To": "+447700900123", "PageSize": "50"})],
    )


def test_message_is_found_by_its_text_as_it_is_kept_without_links(provider: Provider, sms: TwilioSms) -> None:
    provider.list_messages(listed(sid="SM1", made_at=NOW, body=TEXT))

    answer = sms.look_up(UID, to=MESSAGE.to, since=NOW, text=without_links(TEXT))

    assert answer == LookUp(presence=Presence.FOUND, provider_ref="SM1")


def test_number_without_a_message_since_then_has_none_of_ours(provider: Provider, sms: TwilioSms) -> None:
    provider.list_messages(listed(sid="SM0", made_at=NOW - dt.timedelta(minutes=5), body=TEXT))

    answer = sms.look_up(UID, to=MESSAGE.to, since=NOW, text=TEXT)

    assert answer == LookUp(presence=Presence.ABSENT)


@pytest.mark.parametrize(
    ("bodies", "text"),
    [
        (["Another text."], TEXT),
        ([TEXT, TEXT], TEXT),
        ([TEXT], ""),
        ([None], TEXT),
    ],
    ids=["another text", "twice", "text not known", "body redacted"],
)
def test_unclear_match_cannot_be_told(
    provider: Provider, sms: TwilioSms, bodies: list[Any], text: str
) -> None:
    provider.list_messages(
        *(listed(sid=f"SM{index}", made_at=NOW, body=body) for index, body in enumerate(bodies))
    )

    answer = sms.look_up(UID, to=MESSAGE.to, since=NOW, text=text)

    assert answer == LookUp(presence=Presence.CANNOT_TELL)


@pytest.mark.parametrize(
    "trouble", [{"status": 500}, {"status": 429}, {"answer": "<html>"}, {"hangs_up": True}]
)
def test_provider_in_trouble_cannot_tell(provider: Provider, sms: TwilioSms, trouble: dict[str, Any]) -> None:
    vars(provider).update({"status": 200, **trouble})

    answer = sms.look_up(UID, to=MESSAGE.to, since=NOW, text=TEXT)

    assert answer == LookUp(presence=Presence.CANNOT_TELL)


@pytest.mark.parametrize(
    ("to", "sender"),
    [
        ("+447700900123", {"From": "+442079460000"}),
        ("+12025550123", {"MessagingServiceSid": "MG1"}),
        ("+12425550123", {"From": "+12420000000"}),
        ("+48600123456", {"From": "+442079460000"}),
    ],
)
def test_sms_comes_from_the_sender_of_its_country(
    provider: Provider, sms: TwilioSms, settings: Settings, to: str, sender: dict[str, str]
) -> None:
    settings.TWILIO_SENDERS = {"1": "MG1", "1242": "+12420000000"}

    sms.send(replace(MESSAGE, to=to), now=NOW)

    [(_, _, form)] = provider.asked
    assert {name: form[name] for name in ("From", "MessagingServiceSid") if name in form} == sender


def test_replies_reach_us_from_the_senders_that_pass_them_on(sms: TwilioSms, settings: Settings) -> None:
    settings.TWILIO_SENDERS = {"1": "MG1"}
    settings.TWILIO_REPLY_SENDERS = ["MG1"]

    assert [sms.takes_replies(to) for to in ("+12025550123", "+447700900123")] == [True, False]
