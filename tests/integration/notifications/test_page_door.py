"""The way in: who is let in, who is not, and what each is told."""

import datetime as dt
import re
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from builders import DAY, HOUR, NOW, Clinic, make_medication, make_patient
from django.db import connection
from django.test import Client
from django.utils import timezone
from page_people import BORN, WRONG, browser, make_link, make_related, words_of

from cryoclinic.accounts.models import Organization
from notifications.models import AccessLink
from notifications.operations.access import LinkGone, LinkLocked, WrongDate, admit
from notifications.pages.session import COOKIE, IDLE
from scheduling.models import Appointment, MedicationStatement, Patient, RelatedPerson, Task

RIGHT_DATE = dt.date(1961, 3, 14)
WRONG_DATE = dt.date(1961, 3, 15)
OPENED_PAGES = ("/p/plan/", "/p/plan/problem/", "/p/plan/problem/sent/")
PERSONAL = ("Pia", "Novak", "apixaban", "kidney")


def without_keys(body: bytes) -> str:
    """Return a page without what differs by itself: the form's own key and the link's."""
    return re.sub(r'value="[^"]*"', "", body.decode())


def rows_of(link: AccessLink) -> tuple[object, ...]:
    return (*AccessLink.objects.filter(pk=link.pk).values_list()[0], Task.objects.count())


def test_door_says_the_same_for_every_key(booked: Appointment) -> None:
    past = timezone.now() - DAY
    keys = [
        make_link(booked)[0],
        make_link(booked, expires_at=past)[0],
        make_link(booked, revoked_at=past)[0],
        make_link(booked, locked_until=timezone.now() + HOUR)[0],
        "no-such-key",
    ]

    pages = [Client().get(f"/p/{key}") for key in keys]

    assert {response.status_code for response in pages} == {200}
    assert len({without_keys(response.content) for response in pages}) == 1
    assert [word for word in PERSONAL if word in pages[0].content.decode()] == []


def test_door_names_the_clinic_where_there_is_only_one(booked: Appointment) -> None:
    Organization.objects.filter(name="Southside Clinic").update(name="Northside Clinic")

    two = words_of(Client().get("/p/no-such-key"))

    assert "Your clinic" in two
    assert "Northside Clinic" not in two


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_looking_at_the_door_changes_nothing(booked: Appointment, method: str) -> None:
    token, link = make_link(booked)
    before = rows_of(link)

    response = getattr(Client(), method)(f"/p/{token}")

    assert response.status_code == 200
    assert rows_of(link) == before


def test_right_date_opens_the_plan_at_an_address_without_the_key(booked: Appointment) -> None:
    token, _ = make_link(booked)
    client = Client()

    response = client.post("/p/open/", {"token": token, **BORN})

    cookie = response.cookies[COOKIE]
    assert (response.status_code, response["Location"]) == (303, "/p/plan/")
    assert (cookie["httponly"], cookie["path"], cookie["max-age"]) == (True, "/p/", 1800)
    assert token not in cookie.value
    assert client.get("/p/plan/").status_code == 200


def test_every_opening_is_a_session_of_its_own(booked: Appointment) -> None:
    token, _ = make_link(booked)

    cookies = {browser(token).cookies[COOKIE].value for _ in range(2)}

    assert len(cookies) == 2


def test_wrong_date_keeps_what_was_typed_and_counts_down(booked: Appointment) -> None:
    token, link = make_link(booked)

    response = Client().post("/p/open/", {"token": token, **WRONG})

    link.refresh_from_db()
    assert response.status_code == 422
    assert "This date does not match what we have. Check the day, month and year." in words_of(response)
    assert "You have 4 tries left. Or call us on 020 7946 0000 ." in words_of(response)
    assert [f'value="{value}"' in response.content.decode() for value in WRONG.values()] == [True] * 3
    assert "<title>Error: " in response.content.decode()
    assert link.failed_tries == 1


@pytest.mark.parametrize(
    "typed",
    [
        {"day": "31", "month": "2", "year": "1961"},
        {"day": "", "month": "3", "year": "1961"},
        {"day": "x", "month": "3", "year": "1961"},
        {"day": "14", "month": "3", "year": "61"},
    ],
)
def test_what_is_no_date_costs_no_try(booked: Appointment, typed: dict[str, str]) -> None:
    token, link = make_link(booked)

    response = Client().post("/p/open/", {"token": token, **typed})

    link.refresh_from_db()
    assert (response.status_code, link.failed_tries) == (422, 0)
    assert "For example" in words_of(response)


def test_fifth_wrong_date_locks_and_tells_the_clinic(booked: Appointment) -> None:
    token, _ = make_link(booked)
    client = Client()

    answers = [client.post("/p/open/", {"token": token, **WRONG}).status_code for _ in range(5)]
    locked = client.post("/p/open/", {"token": token, **BORN})

    [task] = Task.objects.filter(appointment=booked, about__endswith="link-locked")
    assert answers == [422, 422, 422, 422, 429]
    assert locked.status_code == 429
    assert "Too many tries We have told the clinic. Please call us on 020 7946 0000" in words_of(locked)
    assert "You can try again from" in words_of(locked)
    assert (task.kind, task.status) == ("phone-patient", "requested")
    assert "Pia" not in task.reason


def test_lock_opens_after_an_hour_with_all_tries(booked: Appointment) -> None:
    _, link = make_link(booked)
    now = timezone.now()
    for _ in range(5):
        with pytest.raises((WrongDate, LinkLocked)):
            admit(token_sha256=link.token_sha256, birth_date=WRONG_DATE, now=now)

    with pytest.raises(LinkLocked):
        admit(token_sha256=link.token_sha256, birth_date=RIGHT_DATE, now=now + dt.timedelta(minutes=59))
    with pytest.raises(WrongDate) as refused:
        admit(token_sha256=link.token_sha256, birth_date=WRONG_DATE, now=now + HOUR)

    assert refused.value.tries_left == 4
    assert admit(token_sha256=link.token_sha256, birth_date=RIGHT_DATE, now=now + HOUR) == link


def test_right_date_gives_all_tries_back(booked: Appointment) -> None:
    _, link = make_link(booked, failed_tries=4)

    admit(token_sha256=link.token_sha256, birth_date=RIGHT_DATE, now=timezone.now())

    link.refresh_from_db()
    assert (link.failed_tries, link.locked_until) == (0, None)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_eight_wrong_dates_at_once_count_five(booked: Appointment) -> None:
    _, link = make_link(booked)
    now = timezone.now()

    def attempt(_: int) -> str:
        try:
            admit(token_sha256=link.token_sha256, birth_date=WRONG_DATE, now=now)
        except (WrongDate, LinkLocked) as error:
            return type(error).__name__
        finally:
            connection.close()
        return "let in"

    with ThreadPoolExecutor(8) as pool:
        outcomes = sorted(pool.map(attempt, range(8)))

    link.refresh_from_db()
    assert outcomes == ["LinkLocked"] * 4 + ["WrongDate"] * 4
    assert (link.failed_tries, link.locked_until) == (0, now + HOUR)
    assert Task.objects.filter(about__endswith="link-locked").count() == 1


@pytest.mark.parametrize(
    "fields", [{"expires_at": timezone.now() - DAY}, {"revoked_at": timezone.now() - DAY}]
)
def test_dead_link_says_so(booked: Appointment, fields: dict[str, dt.datetime]) -> None:
    token, _ = make_link(booked, **fields)

    response = Client().post("/p/open/", {"token": token, **BORN})

    assert response.status_code == 410
    assert "This link no longer works Links stop working 7 days after your visit." in words_of(response)
    assert "410" not in words_of(response)


def test_unknown_link_says_the_same_as_a_dead_one(booked: Appointment) -> None:
    dead, _ = make_link(booked, expires_at=timezone.now() - DAY)

    pages = [Client().post("/p/open/", {"token": token, **BORN}).content for token in (dead, "no-such-key")]

    assert pages[0] == pages[1]


def test_link_taken_back_while_open_closes_the_page(booked: Appointment) -> None:
    token, link = make_link(booked)
    client = browser(token)

    AccessLink.objects.filter(pk=link.pk).update(revoked_at=timezone.now())

    assert client.get("/p/plan/").status_code == 410
    assert client.get("/p/plan/").status_code == 403


def test_carer_whose_sharing_ended_is_told_so(booked: Appointment) -> None:
    carer = make_related(booked, relationship="carer")
    token, _ = make_link(booked, person=carer)
    client = browser(token)
    RelatedPerson.objects.filter(pk=carer.pk).update(revoked_at=NOW + DAY)

    while_open, at_the_door = client.get("/p/plan/"), Client().post("/p/open/", {"token": token, **BORN})

    assert [while_open.status_code, at_the_door.status_code] == [403, 403]
    assert "This plan is no longer shared with you" in words_of(while_open)
    assert words_of(while_open) == words_of(at_the_door)


def test_page_closes_when_nobody_reads(booked: Appointment, monkeypatch: pytest.MonkeyPatch) -> None:
    client = browser(make_link(booked)[0])
    began = time.time()

    monkeypatch.setattr(time, "time", lambda: began + IDLE.total_seconds() - 5)
    still_open = client.get("/p/plan/").status_code
    monkeypatch.setattr(time, "time", lambda: began + 2 * IDLE.total_seconds() - 10)
    kept_open_by_reading = client.get("/p/plan/").status_code
    monkeypatch.setattr(time, "time", lambda: began + 3 * IDLE.total_seconds())
    client.cookies[COOKIE]["max-age"] = ""
    closed = client.get("/p/plan/")

    assert (still_open, kept_open_by_reading, closed.status_code) == (200, 200, 403)
    assert "Your plan is closed" in words_of(closed)


def test_somebody_elses_session_opens_nothing(booked: Appointment) -> None:
    client = browser(make_link(booked)[0])
    value = client.cookies[COOKIE].value

    client.cookies[COOKIE] = value.replace(value[:2], "99", 1)

    assert client.get("/p/plan/").status_code == 403


def test_closing_the_page_forgets_it(booked: Appointment) -> None:
    client = browser(make_link(booked)[0])

    client.post("/p/plan/close/")

    assert client.get("/p/plan/").status_code == 403


@pytest.mark.parametrize("address", [*OPENED_PAGES, "/p/open/", "/p/plan/answer/", "/p/some-key"])
def test_every_page_is_kept_to_itself(booked: Appointment, address: str) -> None:
    client = browser(make_link(booked)[0])

    for response in (client.get(address), Client().get(address)):
        assert response["Cache-Control"] == "no-store"
        assert response["Referrer-Policy"] == "no-referrer"
        assert response["X-Robots-Tag"] == "noindex, nofollow"
        assert response["X-Frame-Options"] == "DENY"
        assert response["Content-Security-Policy"] == (
            "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )


@pytest.mark.parametrize("address", OPENED_PAGES)
def test_title_and_addresses_name_nobody(booked: Appointment, address: str) -> None:
    make_medication(booked.patient, "apixaban")
    token, _ = make_link(booked)

    body = browser(token).get(address).content.decode()

    [title] = re.findall(r"<title>(.*?)</title>", body)
    links = " ".join(re.findall(r'(?:href|action|src)="([^"]*)"', body))
    assert [word for word in (*PERSONAL, token) if word in title + links] == []
    assert "<script" not in body
    assert "style=" not in body


def test_forged_form_is_refused_with_a_page_and_without_a_trace(
    booked: Appointment, caplog: pytest.LogCaptureFixture
) -> None:
    token, link = make_link(booked)

    response = Client(enforce_csrf_checks=True).post("/p/open/", {"token": token, **WRONG})

    link.refresh_from_db()
    assert (response.status_code, link.failed_tries) == (403, 0)
    assert "Nothing was saved." in words_of(response)
    assert token not in caplog.text


@pytest.mark.parametrize(
    ("origin", "site", "with_key", "status"),
    [
        ("null", "same-origin", True, 303),
        ("null", "", True, 303),
        ("http://testserver", "same-origin", True, 303),
        ("null", "same-origin", False, 403),
        ("null", "cross-site", True, 403),
        ("https://elsewhere.example", "cross-site", True, 403),
    ],
)
def test_form_is_taken_from_our_own_page_alone(
    booked: Appointment, origin: str, site: str, with_key: bool, status: int
) -> None:
    token, _ = make_link(booked)
    client = Client(enforce_csrf_checks=True)
    [key] = re.findall(r'csrfmiddlewaretoken" value="(.*?)"', client.get(f"/p/{token}").content.decode())
    headers = {"Origin": origin, **({"Sec-Fetch-Site": site} if site else {})}
    fields = {"token": token, **BORN, **({"csrfmiddlewaretoken": key} if with_key else {})}

    response = client.post("/p/open/", fields, headers=headers)

    assert response.status_code == status


@pytest.mark.parametrize("address", ["/p/plan/answer/", "/p/plan/problem/", "/p/plan/close/"])
def test_forged_form_of_an_open_page_is_answered_by_a_page_of_ours(booked: Appointment, address: str) -> None:
    client = browser(make_link(booked)[0])
    client.handler.enforce_csrf_checks = True

    response = client.post(address, {"answer": "accepted"}, headers={"Origin": "null"})

    assert response.status_code == 403
    assert "Nothing was saved." in words_of(response)


def test_plan_that_cannot_be_made_leaves_a_number(booked: Appointment) -> None:
    make_medication(booked.patient, "apixaban")
    client = browser(make_link(booked)[0])
    MedicationStatement.objects.update(dose_times=["25:99"])

    response = client.get("/p/plan/")

    assert response.status_code == 500
    assert "020 7946 0000" in words_of(response)


def test_failure_leaves_a_number_and_no_person_in_the_log(
    booked: Appointment, caplog: pytest.LogCaptureFixture
) -> None:
    token, _ = make_link(booked)
    client = browser(token)
    Patient.objects.update(zone="Nowhere/At-All")

    response = client.get("/p/plan/")

    assert response.status_code == 500
    assert "Sorry, there is a problem" in words_of(response)
    assert "020 7946 0000" in words_of(response)
    assert "notifications.page.failed error=ZoneInfoNotFoundError" in caplog.text
    assert [word for word in (*PERSONAL, token) if word in caplog.text] == []


def test_key_is_not_logged_when_the_database_fails(
    booked: Appointment, caplog: pytest.LogCaptureFixture
) -> None:
    token, _ = make_link(booked)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_organization RENAME TO not_there")

    response = Client().get(f"/p/{token}")

    assert response.status_code == 500
    assert "Sorry, there is a problem" in words_of(response)
    assert "notifications.page.failed error=ProgrammingError" in caplog.text
    assert token not in caplog.text


def test_link_opens_its_own_patients_page_alone(northside: Clinic, booked: Appointment) -> None:
    other = make_patient(northside.elsewhere, given_name="Olga", birth_date=RIGHT_DATE)
    Patient.objects.filter(pk=other.pk).update(family_name="Omarova")
    token, _ = make_link(booked)

    words = words_of(browser(token).get("/p/plan/"))

    assert "Northside Clinic" in words
    assert [word for word in ("Olga", "Omarova", "Southside") if word in words] == []


def test_unknown_key_is_nobodys(booked: Appointment) -> None:
    with pytest.raises(LinkGone):
        admit(token_sha256="0" * 64, birth_date=RIGHT_DATE, now=timezone.now())
