"""What the diary asks of staff when nobody else would notice: closures nobody settled, sessions too near each other."""

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book
from django.test import Client
from django.urls import reverse

from scheduling.models import Appointment
from scheduling.operations.closures import ask_about_closures, close
from scheduling.operations.series import SeriesWish, book_series
from scheduling.sessions import Gaps

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


def test_move_too_near_to_another_session_is_read_before_it_is_done(clinic: Clinic, at_desk: Client) -> None:
    wish = SeriesWish(sessions=2, gaps=Gaps(least_days=7, most_days=10), first=START)
    series = book_series(offering=clinic.offering, patient=clinic.pia, wish=wish, now=NOW, by=clinic.staff)
    second = series.sessions.get(position=2).appointment
    page, typed = (
        reverse("work:move", args=[second.uid]),
        {"day": "2027-03-19", "time": "09:00", "revision": "1"},
    )

    warned = at_desk.post(page, typed)
    stood = Appointment.objects.get(pk=second.pk).start
    done = at_desk.post(page, {**typed, "seen": "2027-03-19T09:00:00+00:00"})

    assert warned.status_code == 409
    assert "Session 2 is 3 days after session 1; at least 7 are needed." in warned.content.decode()
    assert 'name="seen" value="2027-03-19T09:00:00+00:00"' in " ".join(warned.content.decode().split())
    assert (stood, done.status_code) == (second.start, 302)
    assert Appointment.objects.get(pk=second.pk).start == START + 3 * DAY
