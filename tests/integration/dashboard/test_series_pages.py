"""A series as a whole on its page, and what becomes of the rest when one session is cancelled."""

import pytest
from builders import DAY, NOW, START, Clinic
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from scheduling import operations
from scheduling.models import Appointment, Series
from scheduling.operations.series import SeriesWish, book_series
from scheduling.sessions import Gaps

pytestmark = pytest.mark.slow


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stop the clock when the sessions are booked; ask for it before anybody signs in."""
    monkeypatch.setattr(timezone, "now", lambda: NOW)


@pytest.fixture
def series(clock: None, clinic: Clinic) -> Series:
    """Three sessions a week apart."""
    wish = SeriesWish(sessions=3, gaps=Gaps(least_days=7, most_days=10), first=START)
    return book_series(offering=clinic.offering, patient=clinic.pia, wish=wish, now=NOW, by=clinic.staff)


def text_of(answer: HttpResponse) -> str:
    return " ".join(answer.content.decode().split())


def session(series: Series, position: int) -> Appointment:
    return Appointment.objects.get(series_session__series=series, series_session__position=position)


def page_of(series: Series) -> str:
    return reverse("work:series", args=[series.uid])


def statuses(series: Series) -> list[str]:
    return [session(series, position).status for position in (1, 2, 3)]


@pytest.mark.full
def test_page_shows_the_days_between_sessions_and_which_gap_is_not_kept(
    clinic: Clinic, nurse: Client, series: Series
) -> None:
    operations.move_appointment(
        appointment=session(series, 2), start=START + 3 * DAY, now=NOW, by=clinic.staff
    )

    shown = text_of(nurse.get(page_of(series)))

    assert "3 of 3 sessions" in shown
    assert "Session 2 is 3 days after session 1; at least 7 are needed." in shown
    assert "Session 3 is 11 days after session 2; at most 10 are allowed." in shown


def test_cancelling_one_session_asks_what_becomes_of_the_others(nurse: Client, series: Series) -> None:
    page = reverse("work:cancel", args=[session(series, 2).uid])
    typed = {"reason": "pat", "revision": "1"}

    unsaid = nurse.post(page, typed)
    shown, stood = text_of(unsaid), statuses(series)
    done = text_of(nurse.post(page, {**typed, "rest": "cancel"}, follow=True))

    assert (unsaid.status_code, stood) == (422, ["booked"] * 3)
    assert "Say what becomes of the sessions after it." in shown
    assert "1 of 1 sessions cancelled." in done
    assert statuses(series) == ["booked", "cancelled", "cancelled"]


@pytest.mark.full
def test_others_are_kept_if_that_is_chosen_and_the_missing_one_is_booked(
    clinic: Clinic, nurse: Client, series: Series
) -> None:
    nurse.post(
        reverse("work:cancel", args=[session(series, 2).uid]),
        {"reason": "pat", "revision": "1", "rest": "keep"},
    )
    shown = text_of(nurse.get(page_of(series)))
    kept = statuses(series)

    booked = text_of(nurse.post(reverse("work:series-missing", args=[series.uid]), follow=True))
    again = nurse.post(reverse("work:series-missing", args=[series.uid]))

    assert ("Book the 1 missing session" in shown, kept) == (True, ["booked", "cancelled", "booked"])
    assert "Booked: 1 session." in booked
    assert (again.status_code, "Every session that was wanted is booked" in text_of(again)) == (409, True)
    assert series.sessions.count() == 4


@pytest.mark.full
def test_last_session_is_cancelled_without_a_question(nurse: Client, series: Series) -> None:
    page = reverse("work:cancel", args=[session(series, 3).uid])

    answer = nurse.post(page, {"reason": "pat", "revision": "1"})

    assert (answer.status_code, statuses(series)) == (302, ["booked", "booked", "cancelled"])


@pytest.mark.full
def test_chosen_sessions_are_cancelled_together(nurse: Client, series: Series) -> None:
    page = reverse("work:series-cancelled", args=[series.uid])
    second, third = session(series, 2), session(series, 3)
    seen = {f"revision-{second.uid}": "1", f"revision-{third.uid}": "9"}

    nothing = nurse.post(page, {**seen, "reason": "pat"})
    no_reason = nurse.post(page, {**seen, "session": [str(second.uid)]})
    done = text_of(
        nurse.post(page, {**seen, "session": [str(second.uid), str(third.uid)], "reason": "pat"}, follow=True)
    )

    assert (nothing.status_code, "Choose at least one session." in text_of(nothing)) == (422, True)
    assert (no_reason.status_code, "Choose a reason." in text_of(no_reason)) == (422, True)
    assert "1 of 2 sessions cancelled." in done
    assert statuses(series) == ["booked", "cancelled", "booked"]


@pytest.mark.full
def test_others_see_none_of_it(series: Series, stranger: Client, auditor: Client) -> None:
    missing = reverse("work:series-missing", args=[series.uid])

    assert [stranger.get(page_of(series)).status_code, stranger.post(missing).status_code] == [404, 404]
    assert [auditor.get(page_of(series)).status_code, auditor.post(missing).status_code] == [200, 403]
    assert "Book the" not in text_of(auditor.get(page_of(series)))
