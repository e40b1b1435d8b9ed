"""A patient opens the link in a browser: script off, a small phone, the keyboard alone."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from builders import book, make_medication
from page_people import BORN, WRONG, clinic_with_texts, make_link, sign
from playwright.sync_api import Browser, Page, expect

from scheduling.models import Appointment, Patient, PatientAnswer

pytestmark = [pytest.mark.full, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 360, "height": 740}


@pytest.fixture
def booked(transactional_db: None) -> Appointment:
    clinic = clinic_with_texts()
    appointment = book(clinic)
    make_medication(appointment.patient, "apixaban", brand="Eliquis")
    sign(clinic, appointment)
    return appointment


@pytest.fixture
def phone(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False, locale="en-GB")
    yield context.new_page()
    context.close()


def type_date(page: Page, born: dict[str, str]) -> None:
    for name, value in born.items():
        page.locator(f"#id_{name}").fill(value)


def width_of(page: Page) -> int:
    """Return how wide the page is, read from a picture of all of it: there is no script to ask."""
    png = page.screenshot(full_page=True)
    return int.from_bytes(png[16:20], "big")


def test_patient_opens_reads_and_confirms_without_script(
    booked: Appointment, live_server: Any, phone: Page
) -> None:
    token, _ = make_link(booked)

    phone.goto(f"{live_server.url}/p/{token}")
    type_date(phone, WRONG)
    phone.get_by_role("button", name="Open my plan").click()
    expect(phone.get_by_text("You have 4 tries left.")).to_be_visible()
    type_date(phone, BORN)
    phone.get_by_role("button", name="Open my plan").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text(
        "Tell us if you are coming on Tuesday 16 March"
    )
    phone.get_by_role("button", name="I am coming").click()

    expect(phone.get_by_role("heading", name="We have your answer: you are coming")).to_be_visible()
    assert phone.url == f"{live_server.url}/p/plan/"
    assert phone.title() == "Your plan"
    assert [answer.answer for answer in PatientAnswer.objects.all()] == ["accepted"]


def test_page_fits_a_phone_and_a_fourth_of_it(booked: Appointment, live_server: Any, phone: Page) -> None:
    token, _ = make_link(booked)
    phone.goto(f"{live_server.url}/p/{token}")
    type_date(phone, BORN)
    phone.get_by_role("button", name="Open my plan").click()

    widths = {}
    for width in (360, 320):
        phone.set_viewport_size({"width": width, "height": 740})
        widths[width] = width_of(phone)

    assert widths == {360: 360, 320: 320}


def test_reader_chooses_a_language_and_then_reads_their_own(
    booked: Appointment, live_server: Any, phone: Page
) -> None:
    Patient.objects.filter(pk=booked.patient_id).update(language="pl")
    token, _ = make_link(booked)
    phone.set_viewport_size({"width": 320, "height": 740})

    phone.goto(f"{live_server.url}/p/{token}")
    phone.get_by_role("link", name="Français").click()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Ouvrez votre plan")
    type_date(phone, BORN)
    phone.get_by_role("button", name="Ouvrir mon plan").click()

    expect(phone.get_by_role("heading", level=1)).to_have_text(
        "Daj nam znać, czy przyjdziesz we wtorek 16 marca"
    )
    assert width_of(phone) == 320


def test_page_can_be_used_with_the_keyboard_alone(
    booked: Appointment, live_server: Any, browser: Browser
) -> None:
    # Script is on here, for asking what has the focus; the page itself still has none.
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    token, _ = make_link(booked)
    page.goto(f"{live_server.url}/p/{token}")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to what to do now"
    for value in ("", *BORN.values()):
        page.keyboard.press("Tab") if value else page.keyboard.press("Enter")
        page.keyboard.type(value)
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/plan/")
    reached = []
    for _ in range(4):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.textContent.trim()"))
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="We have your answer: you are coming")).to_be_visible()
    assert reached == ["Skip to what to do now", "I am coming", "I cannot come", "Please call me"]
    assert [text for text in refused if not re.search("favicon|422", text)] == []
    context.close()


def test_what_is_pressed_is_big_enough(booked: Appointment, live_server: Any, browser: Browser) -> None:
    context = browser.new_context(viewport=PHONE)
    page = context.new_page()
    token, _ = make_link(booked)
    page.goto(f"{live_server.url}/p/{token}")
    targets = page.locator("button, input:not([type=hidden])").all()
    boxes = [target.bounding_box() for target in targets]
    type_date(page, BORN)
    page.get_by_role("button", name="Open my plan").click()
    boxes += [
        target.bounding_box() for target in page.locator("button, summary, .phone a, .emergency-call a").all()
    ]

    assert [box for box in boxes if box is None or box["height"] < 48] == []
    context.close()
