"""How an email is put together."""

import datetime as dt
from dataclasses import replace
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest

from notifications.rendering import Letterhead, Rendering, SubjectMissing, render
from procedures.wording import UnknownPlaceholder

LONDON = ZoneInfo("Europe/London")
MARIA = Rendering(
    channel="email",
    language="en",
    zone=LONDON,
    today=dt.date(2027, 3, 8),
    facts={
        "solids_stop": dt.datetime(2027, 3, 16, 3, tzinfo=LONDON),
        "arrive_at": dt.datetime(2027, 3, 16, 9, tzinfo=LONDON),
        "escort": "<b>Peter</b> & Ana",
    },
    subject="Your visit on {arrive_at}",
    parts=(
        "You may eat until {solids_stop:until}.\n\nPlease do drink water. It helps\nyou feel well.",
        "{escort} takes you home.",
    ),
    sender=Letterhead(
        clinic_name="Northside Clinic",
        phone="+442079460000",
        phone_hours="Monday to Friday, 8:00 in the morning to 6:00 in the evening",
        address="1 North Road\nLondon N1 1AA",
    ),
    first_name="Maria",
    link="https://go.northside.example/k7m2?a=1&b=2",
)


class Words(HTMLParser):
    """Collects what a reader of the body sees."""

    def __init__(self) -> None:
        super().__init__()
        self.in_body = False
        self.seen: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.in_body = self.in_body or tag == "body"

    def handle_data(self, data: str) -> None:
        if self.in_body:
            self.seen.extend(data.split())


def words_of(html: str) -> list[str]:
    parser = Words()
    parser.feed(html)
    return parser.seen


def test_email_text_is_complete() -> None:
    rendered = render(MARIA)

    assert (rendered.subject, rendered.parts_said, rendered.text) == (
        "Your visit on Tuesday 16 March, 9:00 in the morning",
        2,
        """\
Northside Clinic

Hello Maria,

Your visit on Tuesday 16 March, 9:00 in the morning

You may eat until Tuesday 16 March, 3:00 in the morning (the night from Monday to Tuesday).

Please do drink water. It helps you feel well.

<b>Peter</b> & Ana takes you home.

Open your plan
https://go.northside.example/k7m2?a=1&b=2

Questions? Call 020 7946 0000 (Monday to Friday, 8:00 in the morning to 6:00 in the evening)

Northside Clinic
1 North Road
London N1 1AA
""",
    )


@pytest.mark.parametrize(
    "message",
    [
        MARIA,
        replace(MARIA, first_name=""),
        replace(MARIA, link=""),
        replace(MARIA, sender=replace(MARIA.sender, phone="999", phone_hours="", address="")),
    ],
    ids=["complete", "no name", "no link", "no hours"],
)
def test_both_parts_of_an_email_say_the_same_words(message: Rendering) -> None:
    rendered = render(message)

    assert words_of(rendered.html) == rendered.text.split()


def test_email_without_a_name_begins_with_the_clinic_and_the_news() -> None:
    rendered = render(replace(MARIA, first_name=""))

    assert rendered.text.split("\n\n")[:2] == [
        "Northside Clinic",
        "Your visit on Tuesday 16 March, 9:00 in the morning",
    ]


def test_html_escapes_every_value() -> None:
    evil = '"><script>x</script>'
    sender = Letterhead(clinic_name=evil, phone=evil, phone_hours=evil, address=evil)
    message = replace(MARIA, first_name=evil, sender=sender, link=evil, facts={**MARIA.facts, "escort": evil})

    html = render(message).html

    assert ("<script" in html, html.count("&lt;script&gt;")) == (False, 10)


def test_html_links_the_plan_and_the_phone_and_loads_nothing() -> None:
    html = render(MARIA).html

    assert (
        'href="https://go.northside.example/k7m2?a=1&amp;b=2"' in html,
        'href="tel:+442079460000"' in html,
        [word for word in ("<img", "src=", "<link", "<style", "url(") if word in html],
    ) == (True, True, [])


def test_email_without_a_subject_is_an_error() -> None:
    with pytest.raises(SubjectMissing):
        render(replace(MARIA, subject=" "))


def test_missing_fact_in_a_subject_is_an_error() -> None:
    with pytest.raises(UnknownPlaceholder, match="start"):
        render(replace(MARIA, subject="Your visit on {start}"))
