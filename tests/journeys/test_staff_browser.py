"""A clinician's morning in a real browser: sign in, take a task, sign for a medicine; by keyboard, narrow, dark."""

import datetime as dt

import builders
import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page

from cryoclinic.accounts.codes import Role
from scheduling.codes import TaskKind, TaskSeverity
from scheduling.models import Appointment, MedicationDecision, Task
from scheduling.operations import open_task

pytestmark = [pytest.mark.full, pytest.mark.django_db(transaction=True)]

PASSWORD = "a long pass phrase"
NARROW = 320


@pytest.fixture
def visit() -> Appointment:
    """A visit of Pia, who takes aspirin, with an urgent call about her."""
    clinic = builders.make_clinic()
    clinic.cleo.set_password(PASSWORD)
    clinic.cleo.username = "cleo"
    clinic.cleo.save()
    assert clinic.cleo.memberships.get().role == Role.CLINICIAN
    builders.make_medication(clinic.pia, "aspirin", dose_times=["08:00"])
    booked: Appointment = builders.book(clinic)
    now = timezone.now()
    open_task(
        organization=clinic.organization,
        kind=TaskKind.PHONE_PATIENT,
        about="call",
        severity=TaskSeverity.URGENT,
        reason="The visit moved.",
        due_at=now + dt.timedelta(hours=1),
        now=now,
        appointment=booked,
    )
    return booked


def sign_in(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("User name").fill("cleo")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_clinician_takes_a_call_and_signs_for_a_medicine(
    browser: Browser, live_server: object, visit: Appointment
) -> None:
    page = browser.new_page()
    sign_in(page, f"{live_server.url}/staff/?at={visit.location.uid}")

    page.get_by_role("button", name="Take and call").click()
    page.get_by_text("Done ...").click()
    page.get_by_label("Reached, and it is settled").check()
    page.get_by_role("button", name="Done: Phone the patient").click()
    page.goto(f"{live_server.url}/staff/appointments/{visit.uid}/medicines/")
    page.get_by_role("radio").first.check()
    page.get_by_role("button", name="Go on to the words for aspirin").click()
    words = page.get_by_label("Sentence, language en").input_value()
    page.get_by_role("button", name="Check these words").click()
    page.get_by_label("Your password").fill(PASSWORD)
    page.get_by_role("button", name="Sign for Pia Novak").click()
    page.get_by_text("Signed for Pia Novak.").wait_for()

    assert Task.objects.get().outcome == "Reached, and it is settled"
    assert MedicationDecision.objects.get().sentences == {"en": words}
    page.close()


def test_everything_is_reached_by_keyboard_and_focus_is_seen(
    browser: Browser, live_server: object, visit: Appointment
) -> None:
    page = browser.new_page()
    sign_in(page, f"{live_server.url}/staff/?at={visit.location.uid}")
    page.wait_for_url("**/staff/**")
    wanted = page.evaluate(
        "[...document.querySelectorAll('a[href], button, select, input:not([type=hidden]), summary')].length"
    )

    reached = []
    for _ in range(wanted):
        page.keyboard.press("Tab")
        reached.append(
            page.evaluate(
                "[document.activeElement.textContent.trim(), getComputedStyle(document.activeElement).outlineWidth]"
            )
        )

    assert reached[0][0] == "Skip to content"
    assert {width for _, width in reached} == {"3px"}
    assert any("Take and call" in text for text, _ in reached)
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_scrolls_sideways_at_320_pixels(
    browser: Browser, live_server: object, visit: Appointment, scheme: str
) -> None:
    page = browser.new_page(viewport={"width": NARROW, "height": 640}, color_scheme=scheme)
    sign_in(page, f"{live_server.url}/staff/?at={visit.location.uid}")
    one = f"/staff/appointments/{visit.uid}/"
    widths = {}
    for address in (
        "/staff/?day=2027-03-16",
        "/staff/tasks/",
        one,
        f"{one}move/",
        f"{one}cancel/",
        f"{one}medicines/",
    ):
        page.goto(live_server.url + address)
        widths[address] = page.evaluate("document.documentElement.scrollWidth")

    assert set(widths.values()) == {NARROW}
    page.close()


def test_dark_pages_are_dark(browser: Browser, live_server: object, visit: Appointment) -> None:
    page = browser.new_page(color_scheme="dark")
    sign_in(page, f"{live_server.url}/staff/?at={visit.location.uid}")

    colors = page.evaluate(
        "[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color]"
    )

    assert colors == ["rgb(14, 21, 29)", "rgb(213, 222, 232)"]
    page.close()


def test_the_core_act_works_without_script(browser: Browser, live_server: object, visit: Appointment) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    sign_in(page, f"{live_server.url}/staff/?at={visit.location.uid}")

    page.get_by_role("button", name="Take and call").click()
    page.get_by_text("You have it: Phone the patient.").wait_for()

    assert Task.objects.get().status == "in-progress"
    context.close()
