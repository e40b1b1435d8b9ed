"""The demo's outbox: what recipients would see, in pages, without a way for a message to do anything."""

import datetime as dt

import pytest
from builders import Clinic, make_patient
from django.test import Client

from notifications.models import OutboxMessage

SENT_AT = dt.datetime(2027, 3, 12, 17, tzinfo=dt.UTC)
PHONE = "+442079460123"
EMAIL = "ana@example.org"


def keep(
    *, channel: str = "sms", to: str = PHONE, text: str = "Come on Tuesday.", **fields: object
) -> OutboxMessage:
    values: dict[str, object] = {
        "sender_name": "Northside Clinic",
        "expires_at": SENT_AT + dt.timedelta(days=1),
        "sent_at": SENT_AT,
        **fields,
    }
    return OutboxMessage.objects.create(channel=channel, to=to, text=text, **values)


@pytest.mark.django_db
def test_outbox_is_not_there_outside_a_demo(client: Client) -> None:
    assert client.get("/demo/outbox/").status_code == 404


@pytest.mark.django_db
@pytest.mark.usefixtures("demo_urls")
def test_outbox_says_when_nothing_was_sent(client: Client) -> None:
    page = client.get("/demo/outbox/")

    assert page.status_code == 200
    assert "Nothing has been sent yet" in page.content.decode()


@pytest.mark.usefixtures("demo_urls")
def test_outbox_groups_by_address_newest_first_with_the_persons_name(client: Client, clinic: Clinic) -> None:
    make_patient(clinic.organization, given_name="Ana", family_name="Novak", phone=PHONE, email=EMAIL)
    keep(text="The older one.")
    keep(text="The newer one.", sent_at=SENT_AT + dt.timedelta(hours=1))
    keep(
        channel="email",
        to=EMAIL,
        subject="Your visit",
        html="<p>Hello</p>",
        sent_at=SENT_AT + dt.timedelta(hours=2),
    )

    found = client.get("/demo/outbox/").context["conversations"]

    assert [(each.name, each.channel, each.messages, each.newest.snippet) for each in found] == [
        ("Ana Novak", "email", 1, "Your visit"),
        ("Ana Novak", "sms", 2, "The newer one."),
    ]


@pytest.mark.usefixtures("demo_urls")
@pytest.mark.parametrize(
    ("query", "addresses"),
    [
        ("?q=novak", [EMAIL, PHONE]),
        ("?q=0999", ["+442079460999"]),
        ("?channel=email", [EMAIL]),
        ("?channel=pigeon", [EMAIL, "+442079460999", PHONE]),
        ("?q=nobody", []),
    ],
)
def test_outbox_finds_by_person_and_channel(
    client: Client, clinic: Clinic, query: str, addresses: list[str]
) -> None:
    make_patient(clinic.organization, family_name="Novak", phone=PHONE, email=EMAIL)
    keep()
    keep(to="+442079460999", sent_at=SENT_AT + dt.timedelta(hours=1))
    keep(channel="email", to=EMAIL, subject="Your visit", sent_at=SENT_AT + dt.timedelta(hours=2))

    found = client.get(f"/demo/outbox/{query}").context["conversations"]

    assert [each.address for each in found] == addresses


@pytest.mark.django_db
@pytest.mark.usefixtures("demo_urls")
def test_outbox_comes_in_pages(client: Client) -> None:
    for number in range(15):
        keep(to=f"+4420794601{number:02}", sent_at=SENT_AT + dt.timedelta(minutes=number))

    first, second = client.get("/demo/outbox/"), client.get("/demo/outbox/?page=2")

    assert [len(page.context["conversations"]) for page in (first, second)] == [12, 3]
    assert (first.context["older"], first.context["newer"]) == ("/demo/outbox/?page=2", "")
    assert (second.context["older"], second.context["newer"]) == ("", "/demo/outbox/?page=1")


@pytest.mark.django_db
@pytest.mark.usefixtures("demo_urls")
def test_phone_shows_what_was_sent_as_text_and_never_as_markup(client: Client) -> None:
    keep(text="<script>alert(1)</script> See http://127.0.0.1/p/abc")

    page = client.get(f"/demo/outbox/sms/{PHONE}/").content.decode()

    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert 'href="http://127.0.0.1/p/abc"' in page


@pytest.mark.django_db
@pytest.mark.usefixtures("demo_urls")
def test_mail_shows_the_email_in_a_frame_that_runs_nothing(client: Client) -> None:
    keep(channel="email", to=EMAIL, subject="A & B", html='<p title="x">Hello</p><script>alert(1)</script>')

    page = client.get(f"/demo/outbox/email/{EMAIL}/").content.decode()

    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page
    assert "&lt;p title=&quot;x&quot;&gt;Hello&lt;/p&gt;" in page
    assert "<script>" not in page
    assert "A &amp; B" in page


@pytest.mark.django_db
@pytest.mark.usefixtures("demo_urls")
def test_mail_opens_the_one_that_is_asked_for(client: Client) -> None:
    older = keep(channel="email", to=EMAIL, subject="The older one")
    newer = keep(channel="email", to=EMAIL, subject="The newer one", sent_at=SENT_AT + dt.timedelta(hours=1))
    address = f"/demo/outbox/email/{EMAIL}/"

    assert client.get(address).context["opened"].uid == newer.uid
    assert client.get(f"{address}?mail={older.uid}").context["opened"].uid == older.uid


@pytest.mark.django_db
@pytest.mark.usefixtures("demo_urls")
def test_nobody_is_shown_who_was_not_written_to(client: Client) -> None:
    assert client.get(f"/demo/outbox/sms/{PHONE}/").status_code == 404


@pytest.mark.django_db
@pytest.mark.usefixtures("demo_urls")
def test_outbox_refreshes_by_itself_only_when_asked(client: Client) -> None:
    plain, refreshing = client.get("/demo/outbox/"), client.get("/demo/outbox/?refresh=1")

    assert 'http-equiv="refresh"' not in plain.content.decode()
    assert 'http-equiv="refresh" content="10"' in refreshing.content.decode()
    assert refreshing.context["toggled"] == "/demo/outbox/"
