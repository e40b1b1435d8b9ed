"""What the diary asks of staff when nobody else would notice: closures nobody settled, sessions too near each other."""

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book
from django.test import Client
from django.urls import reverse

from scheduling.operations.closures import ask_about_closures, close

pytestmark = pytest.mark.slow


@pytest.fixture
def at_desk(nurse: Client, clinic: Clinic) -> Client:
    """A nurse at her desk in London."""
    nurse.get(reverse("work:today"), {"at": str(clinic.london.uid)})
    return nurse


def test_task_of_a_closure_leads_to_its_page(clinic: Clinic, at_desk: Client) -> None:
    book(clinic)
    period = {"begin": START - HOUR, "end": START + DAY}
    closure = close(location=clinic.london, **period, reason="Leaks gas", now=NOW, by=clinic.staff)
    ask_about_closures(now=NOW)

    shown = at_desk.get(reverse("work:tasks")).content.decode()

    assert "1 visit is in a time that was closed." in shown
    assert f'href="{reverse("work:closure", args=[closure.uid])}">Open the closure' in shown
