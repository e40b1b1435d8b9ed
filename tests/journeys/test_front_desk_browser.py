"""Somebody phones: found or registered, a time held, what they will be told read out, booked; by keyboard and without script."""

import re

import builders
import pytest
from clinic_today import clinic_today
from playwright.sync_api import Browser, Page

from cryoclinic.accounts.codes import Role
from scheduling.models import Appointment, Hold, Patient

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]

PASSWORD = "a long pass phrase"
NARROW = 320


@pytest.fixture
def clinic() -> builders.Clinic:
    """A clinic with Sam, who arranges, and Pia, who phones."""
    made = clinic_today()
    sam = builders.make_user(made.organization, role=Role.SCHEDULER, username="sam")
    sam.username = "sam"
    sam.set_password(PASSWORD)
    sam.save()
    return made


def sign_in(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("User name").fill("sam")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def choose_time(page: Page) -> None:
    offered = page.get_by_label("Procedure and location")
    offered.select_option(offered.locator("option", has_text="London").get_attribute("value"))
    page.get_by_role("button", name="Show free times").click()
    page.locator("ul.strip input[type=radio]").first.check()
    page.get_by_role("button", name=re.compile("^Hold this time")).click()


def is_cut(page: Page) -> bool:
    width: int = page.evaluate("document.documentElement.scrollWidth")
    return width > NARROW


def test_somebody_new_is_registered_and_booked_without_script(
    browser: Browser, live_server: object, clinic: builders.Clinic
) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    sign_in(page, f"{live_server.url}/staff/patients/?at={clinic.london.uid}")

    page.get_by_label("Name, birth date, phone or number").fill("Zoë Müller 1.12.1984")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Register a new patient").click()
    page.get_by_label("Female").check()
    page.get_by_role("button", name="Register and book").click()
    choose_time(page)
    told = page.get_by_text(re.compile("Held for you until")).inner_text()
    page.get_by_role("button", name=re.compile("^Book the visit of Zoë Müller")).click()

    visit = Appointment.objects.get()
    assert re.fullmatch(r"Held for you until \d\d:\d\d", told)
    assert str(visit.patient.birth_date) == "1984-12-01"
    assert page.url.endswith(f"/staff/appointments/{visit.uid}/")


def test_somebody_known_is_not_registered_twice(
    browser: Browser, live_server: object, clinic: builders.Clinic
) -> None:
    page = browser.new_page(viewport={"width": NARROW, "height": 800}, color_scheme="dark")
    sign_in(page, f"{live_server.url}/staff/patients/?at={clinic.london.uid}")

    page.get_by_label("Name, birth date, phone or number").fill("Pía Novák 14/3/1961")
    page.keyboard.press("Enter")
    page.get_by_role("button", name=re.compile("register a new patient")).click()
    page.get_by_label("Female").check()
    page.get_by_label("Given name", exact=True).press("Enter")
    warned = page.get_by_role("alert")
    focused = warned.evaluate("node => node === document.activeElement")
    page.get_by_label("Given name", exact=True).press("Enter")
    cut = [is_cut(page)]
    page.get_by_role("link", name=re.compile("^This is the same person")).click()
    choose_time(page)
    cut.append(is_cut(page))
    page.get_by_role("button", name="Give the time back").click()

    assert (focused, cut, Patient.objects.count()) == (True, [False, False], 1)
    assert page.get_by_text("Nothing was booked.").is_visible()
    assert Hold.objects.get().released_at is not None
