"""Email through a real SMTP server on the loopback."""

import asyncio
import contextlib
import datetime as dt
import email
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email import policy
from email.message import EmailMessage
from uuid import UUID

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from pytest_django import Settings

from notifications.channels import (
    Doubtful,
    LookUp,
    OutgoingMessage,
    Presence,
    Receipt,
    TryLater,
    Undeliverable,
)
from notifications.channels.email import EmailChannel

NOW = dt.datetime(2027, 3, 8, 10, 42, tzinfo=dt.UTC)
UID = UUID("0f2b7c1e-3b1a-4b52-9a3e-6f6f2f0c9d11")
MESSAGE = OutgoingMessage(
    uid=UID,
    to="maria@patients.example",
    sender_name="Praxis Zürich, Nord",
    subject="Your visit on Tuesday 16 March",
    text="Please come at 9:00 in the morning.\n",
    html="<p>Please come at 9:00 in the morning.</p>",
    expires_at=NOW + dt.timedelta(hours=3),
)


@dataclass
class Server:
    """Answers as told, and keeps what it accepted."""

    port: int = 0
    to_sender: str = "250 OK"
    to_recipient: str = "250 OK"
    to_body: str = "250 OK"
    drop_at: str = ""
    silent_after_body: bool = False
    accepted: list[EmailMessage] = field(default_factory=list)
    given_up: threading.Event = field(default_factory=threading.Event)

    async def handle_MAIL(  # noqa: N802 - aiosmtpd's hook
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.to_sender

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.drop_at == "recipient":
            server.transport.abort()
        envelope.rcpt_tos.append(address)
        return self.to_recipient

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if self.drop_at == "body":
            server.transport.abort()
        while self.silent_after_body and not self.given_up.is_set():
            await asyncio.sleep(0.02)
        if self.to_body.startswith("250"):
            self.accepted.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return self.to_body


@pytest.fixture
def server(settings: Settings) -> Iterator[Server]:
    settings.DEFAULT_FROM_EMAIL = "clinic@northside.example"
    settings.CHANNEL_TIMEOUT_SECONDS = 5
    answers = Server()
    with answering(answers):
        yield answers
        answers.given_up.set()


@contextlib.contextmanager
def answering(server: Server) -> Iterator[None]:
    """Run a real SMTP server on a free port, in a thread of its own, and set `server.port`."""
    loop = asyncio.new_event_loop()
    listening = loop.run_until_complete(
        loop.create_server(lambda: SMTP(server, hostname="localhost", loop=loop), "127.0.0.1", 0)
    )
    server.port = listening.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(_ended(listening), loop).result(timeout=5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=5)
        loop.close()


async def _ended(listening: asyncio.Server) -> None:
    listening.close()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for conversation in others:
        conversation.cancel()
    await asyncio.gather(*others, return_exceptions=True)


def channel_to(port: int) -> EmailChannel:
    return EmailChannel(host="127.0.0.1", port=port)


def test_email_is_delivered_with_our_message_id(server: Server) -> None:
    receipt = channel_to(server.port).send(MESSAGE, now=NOW)

    assert receipt == Receipt(provider_ref=f"<{UID}@northside.example>", provider="smtp")
    [letter] = server.accepted
    assert {name: str(letter[name]) for name in letter} == {
        "Content-Type": letter["Content-Type"],
        "MIME-Version": "1.0",
        "Subject": "Your visit on Tuesday 16 March",
        "From": '"Praxis Zürich, Nord" <clinic@northside.example>',
        "To": "maria@patients.example",
        "Message-ID": f"<{UID}@northside.example>",
        "Date": "Mon, 08 Mar 2027 10:42:00 +0000",
        "Expires": "Mon, 08 Mar 2027 13:42:00 +0000",
        "Auto-Submitted": "auto-generated",
    }


def test_email_arrives_in_two_parts(server: Server) -> None:
    channel_to(server.port).send(MESSAGE, now=NOW)

    [letter] = server.accepted
    assert [(part.get_content_type(), part.get_content().strip()) for part in letter.iter_parts()] == [
        ("text/plain", "Please come at 9:00 in the morning."),
        ("text/html", "<p>Please come at 9:00 in the morning.</p>"),
    ]


def test_line_breaks_do_not_make_headers(server: Server) -> None:
    message = replace(MESSAGE, subject="Your visit\r\nBcc: eve@example.org", sender_name="North\nside")

    channel_to(server.port).send(message, now=NOW)

    [letter] = server.accepted
    assert (letter["Subject"], letter["From"], letter["Bcc"]) == (
        "Your visit Bcc: eve@example.org",
        "North side <clinic@northside.example>",
        None,
    )


@pytest.mark.parametrize(
    ("reply", "address_is_bad"),
    [
        ("550 5.1.1 No such user", True),
        ("550 5.2.1 Mailbox disabled", True),
        ("550 No such user", True),
        ("552 5.2.2 Mailbox full", False),
        ("550 5.7.1 Blocked", False),
        ("550 5.1.8 Bad sender", False),
        ("554 Refused", False),
    ],
)
def test_refused_recipient_is_undeliverable(server: Server, reply: str, address_is_bad: bool) -> None:
    server.to_recipient = reply

    with pytest.raises(Undeliverable) as refused:
        channel_to(server.port).send(MESSAGE, now=NOW)

    assert (refused.value.reason, refused.value.address_is_bad) == ("recipient-refused", address_is_bad)


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"to_sender": "550 Who are you"}, "sender-refused"),
        ({"to_body": "554 5.7.1 Spam"}, "content-refused"),
    ],
)
def test_refused_sender_or_content_is_undeliverable(
    server: Server, answers: dict[str, str], reason: str
) -> None:
    vars(server).update(answers)

    with pytest.raises(Undeliverable) as refused:
        channel_to(server.port).send(MESSAGE, now=NOW)

    assert (refused.value.reason, refused.value.address_is_bad) == (reason, False)


@pytest.mark.parametrize("stage", ["to_sender", "to_recipient", "to_body"])
def test_busy_server_is_tried_later(server: Server, stage: str) -> None:
    setattr(server, stage, "451 4.3.2 Not now")

    with pytest.raises(TryLater, match="provider-busy"):
        channel_to(server.port).send(MESSAGE, now=NOW)


def test_connection_lost_before_the_body_is_tried_later(server: Server) -> None:
    server.drop_at = "recipient"

    with pytest.raises(TryLater, match="provider-down"):
        channel_to(server.port).send(MESSAGE, now=NOW)


def test_connection_lost_after_the_body_is_doubtful(server: Server) -> None:
    server.drop_at = "body"

    with pytest.raises(Doubtful, match="no-answer"):
        channel_to(server.port).send(MESSAGE, now=NOW)


@pytest.mark.slow
def test_silence_after_the_body_is_doubtful(server: Server, settings: Settings) -> None:
    settings.CHANNEL_TIMEOUT_SECONDS = 0.3
    server.silent_after_body = True

    with pytest.raises(Doubtful, match="no-answer"):
        channel_to(server.port).send(MESSAGE, now=NOW)


def test_server_that_is_down_is_tried_later(server: Server) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))

        with pytest.raises(TryLater, match="provider-down"):
            channel_to(unused.getsockname()[1]).send(MESSAGE, now=NOW)


@pytest.mark.slow
def test_server_that_never_answers_is_tried_later(server: Server, settings: Settings) -> None:
    settings.CHANNEL_TIMEOUT_SECONDS = 0.3
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(TryLater, match="provider-down"):
        channel_to(mute.getsockname()[1]).send(MESSAGE, now=NOW)


@pytest.mark.slow
def test_slow_conversation_ends_as_a_whole_within_the_timeout(server: Server, settings: Settings) -> None:
    # Each single reply comes well within the timeout; all of them together do not.
    settings.CHANNEL_TIMEOUT_SECONDS = 0.5
    with slow_server(seconds_per_reply=0.2) as port, pytest.raises(TryLater, match="provider-down"):
        channel_to(port).send(MESSAGE, now=NOW)


def test_malformed_address_is_undeliverable(server: Server) -> None:
    with pytest.raises(Undeliverable) as refused:
        channel_to(server.port).send(replace(MESSAGE, to="maria at home"), now=NOW)

    assert (refused.value.reason, refused.value.address_is_bad) == ("address-malformed", True)


def test_expired_email_is_not_sent(server: Server) -> None:
    with pytest.raises(Undeliverable, match="expired"):
        channel_to(server.port).send(MESSAGE, now=MESSAGE.expires_at)

    assert server.accepted == []


def test_errors_name_nobody(server: Server) -> None:
    server.to_recipient = "550 5.1.1 <maria@patients.example> unknown"

    with pytest.raises(Undeliverable) as refused:
        channel_to(server.port).send(MESSAGE, now=NOW)

    assert (str(refused.value), refused.value.__context__) == ("recipient-refused", None)


def test_nobody_can_tell_what_became_of_an_email(server: Server) -> None:
    found = channel_to(server.port).look_up(UID, to=MESSAGE.to, since=NOW)

    assert found == LookUp(presence=Presence.CANNOT_TELL)


@contextlib.contextmanager
def slow_server(*, seconds_per_reply: float) -> Iterator[int]:
    """Say yes to every line, each time after a pause."""
    closing = threading.Event()

    def answer(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection, contextlib.suppress(OSError):
            connection.sendall(b"220 slow\r\n")
            while connection.recv(4096) and not closing.wait(seconds_per_reply):
                connection.sendall(b"250 yes\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=answer, args=(listener,))
        thread.start()
        yield listener.getsockname()[1]
        closing.set()
        thread.join(timeout=5)


def test_email_brings_its_calendar_and_its_way_out(server: Server) -> None:
    calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
    out = "https://plan.northside.example/hooks/unsubscribe/abc"

    channel_to(server.port).send(
        replace(MESSAGE, calendar=calendar, calendar_method="REQUEST", unsubscribe_url=out), now=NOW
    )

    [letter] = server.accepted
    [entry] = [part for part in letter.walk() if part.get_content_type() == "text/calendar"]
    assert (entry.get_param("method"), entry.get_content().split()) == ("REQUEST", calendar.split())
    assert [part.get_content_type() for part in letter.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
        "text/calendar",
    ]
    assert (letter["List-Unsubscribe"], letter["List-Unsubscribe-Post"]) == (
        f"<{out}>",
        "List-Unsubscribe=One-Click",
    )
