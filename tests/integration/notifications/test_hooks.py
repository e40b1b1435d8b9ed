"""What other machines post to us: the signature first, then stored once, then answered."""

import base64
import hashlib
import hmac
import json
import sys
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from builders import NOW, Clinic, book
from django.core.exceptions import SuspiciousOperation
from django.http import HttpRequest
from django.test import Client
from owed import ROUTINE, SAFETY, owe, planned, state
from pytest_django import Settings
from scripted_channel import PATH, Script, ScriptedChannel

from notifications import dispatch
from notifications.models import Communication, ContactPoint, InboundMessage, ProviderEvent
from notifications.operations.unsubscribing import unsubscribe_token
from notifications.tasks import apply_reports
from scheduling.models import PatientAnswer, Task

PUBLIC = "https://plan.northside.example"
TOKEN = "secret"
SECRET = "user:password"
FORM = "application/x-www-form-urlencoded"


@pytest.fixture(autouse=True)
def providers(settings: Settings) -> Iterator[None]:
    settings.CHANNELS = {"email": PATH, "sms": PATH}
    settings.PUBLIC_BASE_URL, settings.TWILIO_AUTH_TOKEN = PUBLIC, TOKEN
    settings.TWILIO_KEYWORDS_ARE_OURS = True
    ScriptedChannel.script = Script()
    yield
    ScriptedChannel.script = Script()


def signature(path: str, form: dict[str, str], *, key: str = TOKEN, base: str = PUBLIC) -> str:
    """Sign as Twilio's documentation says: HMAC-SHA1 over the address and the sorted fields."""
    signed = base + path + "".join(name + form[name] for name in sorted(form))
    return base64.b64encode(hmac.new(key.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def from_twilio(client: Client, path: str, form: dict[str, str], sign: str | None = None) -> Any:
    return client.post(
        path, urlencode(form), content_type=FORM, HTTP_X_TWILIO_SIGNATURE=sign or signature(path, form)
    )


def sent_text(clinic: Clinic, **changes: Any) -> Communication:
    visit = planned(book(clinic))
    owe(visit, {**SAFETY, "channels": ["sms"], **changes})
    dispatch.deliver_due(now=NOW)
    return Communication.objects.get()


def test_twilio_reports_what_became_of_an_attempt(northside: Clinic, client: Client) -> None:
    attempt = sent_text(northside)
    path = f"/hooks/twilio/status/{attempt.uid}"
    form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30005", "To": "+447700900123"}

    statuses = [from_twilio(client, path, form).status_code for _ in range(2)]
    apply_reports()

    attempt.refresh_from_db()
    assert (statuses, attempt.delivery, attempt.delivery_reason) == (
        [204, 204],
        "undelivered",
        "twilio-30005",
    )
    assert ContactPoint.objects.get(pk=attempt.contact_point_id).state == "invalid"
    assert state(attempt.request) == ("completed", "undelivered")


WRONG: dict[str, Callable[[str, dict[str, str]], str]] = {
    "none": lambda path, form: "-",
    "another key": lambda path, form: signature(path, form, key="guessed"),
    "another address": lambda path, form: signature(path, form, base="https://proxy.internal"),
    "other fields": lambda path, form: signature(path, {**form, "MessageStatus": "sent"}),
    "another attempt": lambda path, form: signature(f"/hooks/twilio/status/{uuid4()}", form),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_wrong_signature_is_a_problem_and_nothing_is_stored(db: None, client: Client, wrong: str) -> None:
    path = f"/hooks/twilio/status/{uuid4()}"
    form = {"MessageSid": "SM1", "MessageStatus": "delivered"}

    answer = from_twilio(client, path, form, WRONG[wrong](path, form))

    assert (answer.status_code, answer.headers["Content-Type"]) == (403, "application/problem+json")
    assert (answer.json()["code"], ProviderEvent.objects.count()) == ("signature-refused", 0)


def test_without_a_secret_no_signature_is_right(db: None, client: Client, settings: Settings) -> None:
    settings.TWILIO_AUTH_TOKEN = ""
    path, form = "/hooks/twilio/inbound", {"MessageSid": "SM1", "From": "+447700900123", "Body": "STOP"}

    answer = from_twilio(client, path, form, signature(path, form, key=""))

    assert (answer.status_code, InboundMessage.objects.count()) == (403, 0)


def test_text_message_is_applied_and_answered_as_twilio_reads_it(northside: Clinic, client: Client) -> None:
    attempt = sent_text(northside, answer="confirm")
    number = attempt.contact_point.value
    form = {"MessageSid": "SM1", "From": number, "To": "+442079460000", "Body": "1"}

    answered = from_twilio(client, "/hooks/twilio/inbound", form)
    stopped = from_twilio(client, "/hooks/twilio/inbound", {**form, "MessageSid": "SM2", "Body": "stop"})

    assert (answered.status_code, answered.headers["Content-Type"]) == (200, "text/xml")
    assert answered.content.decode().endswith("<Response />")
    assert "<Response><Message>Northside Clinic: we will send you no more texts." in stopped.content.decode()
    assert list(PatientAnswer.objects.values_list("answer", flat=True)) == ["accepted"]


@pytest.mark.full
def test_what_twilio_has_answered_itself_is_not_answered_again(northside: Clinic, client: Client) -> None:
    attempt = sent_text(northside)
    form = {
        "MessageSid": "SM1",
        "From": attempt.contact_point.value,
        "Body": "Stop",
        "OptOutType": "STOP",
    }

    answer = from_twilio(client, "/hooks/twilio/inbound", form)

    assert answer.content.decode().endswith("<Response />")
    assert ContactPoint.objects.get(pk=attempt.contact_point_id).state == "opted-out"


def test_message_without_a_name_or_a_number_is_malformed(db: None, client: Client) -> None:
    answer = from_twilio(client, "/hooks/twilio/inbound", {"Body": "1"})

    assert (answer.status_code, InboundMessage.objects.count()) == (400, 0)


# --- email providers, with a reader that stands in for Anymail's -------------------------------------


class Reader:
    """Reads what is posted as Anymail's readers do: a validator that raises, then normalized events."""

    def run_validators(self, request: HttpRequest) -> None:
        wanted = "Basic " + base64.b64encode(b"user:password").decode()
        if request.headers.get("Authorization") != wanted:
            raise SuspiciousOperation("Missing or invalid basic auth")

    def parse_events(self, request: HttpRequest) -> list[SimpleNamespace]:
        return [self.event(fields) for fields in json.loads(request.body)]

    def event(self, fields: dict[str, Any]) -> SimpleNamespace:
        known = dict.fromkeys(
            ("event_type", "event_id", "message_id", "metadata", "reject_reason", "recipient", "timestamp")
        )
        return SimpleNamespace(**{**known, **fields, "esp_event": fields})


class InboundReader(Reader):
    def event(self, fields: dict[str, Any]) -> SimpleNamespace:
        letter = SimpleNamespace(
            envelope_sender=fields["from"],
            from_email=None,
            envelope_recipient="clinic@northside.example",
            stripped_text=fields["text"],
            text=fields["text"],
            get=fields.get,
        )
        return SimpleNamespace(event_id=fields["id"], message=letter)


@pytest.fixture
def esp(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Postmark in use, and the library's module of that name in place of the real one."""
    settings.EMAIL_ESPS = ["postmark"]
    settings.ANYMAIL = {"WEBHOOK_SECRET": SECRET}
    module = ModuleType("anymail.webhooks.postmark")
    module.PostmarkTrackingWebhookView = Reader  # type: ignore[attr-defined]
    module.PostmarkInboundWebhookView = InboundReader  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "anymail", ModuleType("anymail"))
    monkeypatch.setitem(sys.modules, "anymail.webhooks", ModuleType("anymail.webhooks"))
    monkeypatch.setitem(sys.modules, "anymail.webhooks.postmark", module)


def from_esp(client: Client, path: str, events: Any, proof: str = SECRET) -> Any:
    authorization = "Basic " + base64.b64encode(proof.encode()).decode()
    return client.post(path, json.dumps(events), "application/json", HTTP_AUTHORIZATION=authorization)


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        ({"event_type": "delivered"}, ("delivered", "usable")),
        ({"event_type": "bounced", "reject_reason": "bounced"}, ("bounced", "bounced")),
        ({"event_type": "rejected", "reject_reason": "invalid"}, ("failed", "invalid")),
        ({"event_type": "complained", "reject_reason": "spam"}, ("complained", "opted-out")),
        ({"event_type": "opened"}, ("", "usable")),
    ],
)
@pytest.mark.full
def test_email_provider_reports_by_our_uid(
    northside: Clinic, client: Client, esp: None, event: dict[str, str], expected: tuple[str, str]
) -> None:
    owe(planned(book(northside)), {**ROUTINE, "channels": ["email"]})
    dispatch.deliver_due(now=NOW)
    attempt = Communication.objects.get()
    posted = {**event, "metadata": {"attempt": str(attempt.uid)}, "message_id": "m-1"}

    answers = [from_esp(client, "/hooks/email/postmark", [posted]).status_code for _ in range(2)]
    apply_reports()

    attempt.refresh_from_db()
    point = ContactPoint.objects.get(pk=attempt.contact_point_id)
    assert (answers, (attempt.delivery, point.state)) == ([204, 204], expected)
    assert ProviderEvent.objects.count() == 1


@pytest.mark.parametrize(
    ("posted", "status"),
    [
        (("/hooks/email/postmark", [], "user:guessed"), 403),
        (("/hooks/email/postmark/inbound", [], "user:guessed"), 403),
        (("/hooks/email/mailgun", [], SECRET), 404),
        (("/hooks/email/postmark", 7, SECRET), 400),
    ],
)
def test_email_provider_is_refused(
    db: None, client: Client, esp: None, posted: tuple[str, Any, str], status: int
) -> None:
    answer = from_esp(client, *posted)

    assert (answer.status_code, ProviderEvent.objects.count()) == (status, 0)


def test_email_provider_without_a_secret_is_refused(
    db: None, client: Client, esp: None, settings: Settings
) -> None:
    settings.ANYMAIL = {}

    assert from_esp(client, "/hooks/email/postmark", []).status_code == 403


@pytest.mark.full
def test_letter_is_read_by_a_person_and_a_machine_is_not_heard(
    northside: Clinic, client: Client, esp: None
) -> None:
    owe(planned(book(northside)), {**ROUTINE, "channels": ["email"]})
    dispatch.deliver_due(now=NOW)
    sender = Communication.objects.get().contact_point.value
    letters = [
        {"id": "1", "from": sender, "text": "When may I drive?"},
        {"id": "2", "from": sender, "text": "I am away.", "Auto-Submitted": "auto-replied"},
    ]

    answer = from_esp(client, "/hooks/email/postmark/inbound", letters)

    heard = list(InboundMessage.objects.values_list("provider_id", "system", "status"))
    assert (answer.status_code, heard) == (204, [("1", "email", "applied")])


# --- unsubscribe ---------------------------------------------------------------------------------------


@pytest.fixture
def mailbox(clinic: Clinic) -> ContactPoint:
    book(clinic)
    return ContactPoint.objects.create(
        organization=clinic.organization, system="email", value=clinic.pia.email
    )


def way_out(point: ContactPoint, language: str = "en") -> str:
    return f"/hooks/unsubscribe/{unsubscribe_token(point_id=point.pk, language=language)}"


def test_one_click_ends_routine_email_and_tells_staff(mailbox: ContactPoint, client: Client) -> None:
    one_click = {"List-Unsubscribe": "One-Click"}

    answers = [client.post(way_out(mailbox), one_click).status_code for _ in range(2)]

    mailbox.refresh_from_db()
    assert (answers, mailbox.state, mailbox.routine_refused_at is not None) == ([200, 200], "usable", True)
    assert [task.severity for task in Task.objects.all()] == ["routine"]


@pytest.mark.full
@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "No more routine email"),
        ("es", "No quiero más correos habituales"),
        ("fr", "Ne plus recevoir de messages courants"),
        ("pl", "Nie chcę zwykłych e-maili"),
    ],
)
def test_looking_at_the_way_out_changes_nothing(
    mailbox: ContactPoint, client: Client, language: str, words: str
) -> None:
    page = client.get(way_out(mailbox, language))

    mailbox.refresh_from_db()
    assert (page.status_code, words in page.content.decode(), mailbox.routine_refused_at) == (200, True, None)
    assert (f'lang="{language}"' in page.content.decode(), page.headers["Cache-Control"]) == (
        True,
        "no-store",
    )


def test_way_out_that_we_did_not_make_leads_nowhere(mailbox: ContactPoint, client: Client) -> None:
    path = way_out(mailbox)

    answers = [client.post(wrong).status_code for wrong in (f"{path}x", "/hooks/unsubscribe/1")]

    mailbox.refresh_from_db()
    assert (answers, mailbox.routine_refused_at) == ([404, 404], None)
