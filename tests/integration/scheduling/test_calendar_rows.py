"""Feeds that are read under their address, and busy times of others as closures."""

import datetime as dt
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_patient, make_resource
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scheduling.calendars import CalendarUnreadable
from scheduling.codes import CancellationReason, ResourceKind, TaskKind
from scheduling.models import Appointment, BusyCalendar, CalendarFeed, OpeningException, Task
from scheduling.operations import OutsideHours, cancel_appointment, move_appointment
from scheduling.operations.busy import (
    Imported,
    add_calendar,
    import_document,
    read_due_calendars,
    remove_calendar,
)
from scheduling.operations.feeds import NoPractitioner, create_feed, feed_at, feed_of, revoke_feed
from scheduling.operations.swaps import swap_leg

pytestmark = pytest.mark.django_db


def document(*events: tuple[str, dt.datetime, dt.datetime]) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//x//y//EN"]
    for uid, begin, end in events:
        lines += ["BEGIN:VEVENT", f"UID:{uid}", "SUMMARY:Private", f"DTSTART:{stamp(begin)}"]
        lines += [f"DTEND:{stamp(end)}", "END:VEVENT"]
    return "\r\n".join([*lines, "END:VCALENDAR", ""]).encode()


def stamp(moment: dt.datetime) -> str:
    return f"{moment.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}"


@pytest.fixture
def outside(clinic: Clinic) -> BusyCalendar:
    return add_calendar(resource=clinic.resource("practitioner"), label="Own", by=clinic.nora, now=NOW)


# --- feeds ------------------------------------------------------------------------------------------


def test_feed_tells_when_a_resource_is_booked_and_nothing_else(clinic: Clinic) -> None:
    appointment = book(clinic)
    made = create_feed(resource=clinic.resource("room"), by=clinic.nora, now=NOW)

    text = feed_at(made.feed, now=NOW).decode()

    assert re.findall(r"SUMMARY:(.*)\r", text) == ["Booked"]
    assert re.findall(r"DTSTART:(.*)\r", text) == ["20270316T084500Z"]
    assert not re.search(f"Pia|Novak|Kidney|{clinic.pia.identifier}|{appointment.uid}", text)


def told_of(feed: CalendarFeed, *, now: dt.datetime = NOW) -> list[tuple[str, str, str]]:
    """Return of each event its state, its beginning and its sequence."""
    text = feed_at(feed, now=now).decode()
    found = [re.findall(rf"{name}:(.*)\r", text) for name in ("STATUS", "DTSTART", "SEQUENCE")]
    return list(zip(*found, strict=True))


def test_event_stays_itself_when_a_visit_moves_and_is_cancelled_with_it(clinic: Clinic) -> None:
    appointment = book(clinic)
    feed = create_feed(resource=clinic.resource("room"), by=clinic.nora, now=NOW).feed
    uids = [re.findall(r"UID:(.*)\r", feed_at(feed, now=NOW).decode())]

    moved = move_appointment(appointment=appointment, start=START + DAY, by=clinic.staff, now=NOW)
    after_move = told_of(feed)
    uids.append(re.findall(r"UID:(.*)\r", feed_at(feed, now=NOW).decode()))
    cancel_appointment(appointment=moved, reason=CancellationReason.PROVIDER, by=clinic.staff, now=NOW)
    after_cancel = told_of(feed)
    uids.append(re.findall(r"UID:(.*)\r", feed_at(feed, now=NOW).decode()))

    assert after_move == [("CONFIRMED", "20270317T084500Z", "2")]
    assert after_cancel == [("CANCELLED", "20270317T084500Z", "3")]
    assert uids == [uids[0]] * 3
    assert len(uids[0]) == 1


def test_swapped_resource_is_told_that_it_is_free_again(clinic: Clinic) -> None:
    spare = make_resource(clinic.london, kind=ResourceKind.DEVICE, name="Console 2", skills=["cryo-console"])
    appointment = book(clinic)
    serving = appointment.allocations.get(leg="console").resource
    other = spare if serving != spare else clinic.resource("device")
    feeds = [create_feed(resource=each, by=clinic.nora, now=NOW).feed for each in (serving, other)]

    swap_leg(appointment=appointment, leg="console", taking=other, by=clinic.staff, now=NOW)

    assert [[state for state, _, _ in told_of(feed)] for feed in feeds] == [["CANCELLED"], ["CONFIRMED"]]


def test_feed_costs_the_same_for_one_visit_and_for_three(clinic: Clinic) -> None:
    feed = create_feed(resource=clinic.resource("room"), by=clinic.nora, now=NOW).feed
    counts = []
    for more in (1, 2):
        for n in range(more):
            patient = make_patient(clinic.organization)
            book(clinic, patient=patient, start=START + (len(counts) + n) * DAY)
        with CaptureQueriesContext(connection) as queries:
            shown = len(told_of(feed))
        counts.append((shown, len(queries)))

    assert counts == [(1, 1), (3, 1)]


def test_token_is_in_no_log(clinic: Clinic, caplog: pytest.LogCaptureFixture) -> None:
    made = create_feed(resource=clinic.resource("room"), by=clinic.nora, now=NOW)
    revoke_feed(feed=made.feed, by=clinic.nora, now=NOW)
    caplog.set_level("DEBUG")

    Client().get(f"/calendars/{made.token}.ics")

    heard = [record for record in caplog.records if record.name != "django.db.backends"]
    assert not any(made.token in record.getMessage() for record in heard)


def test_practitioners_feed_covers_every_location(clinic: Clinic) -> None:
    resource = clinic.resource("practitioner")
    with pytest.raises(NoPractitioner):
        create_feed(resource=resource, by=clinic.nora, now=NOW, everywhere=True)
    for location in (clinic.london, clinic.new_york):
        each = clinic.resource("practitioner", location)
        each.user = clinic.dov
        each.save()
    book(clinic)
    book(clinic, offering=clinic.offering_new_york, start=START + DAY + 6 * HOUR)
    resource.refresh_from_db()

    made = create_feed(resource=resource, by=clinic.nora, now=NOW, everywhere=True)

    assert feed_at(made.feed, now=NOW).count(b"BEGIN:VEVENT") == 2


def test_new_address_ends_the_old_one(clinic: Clinic) -> None:
    room = clinic.resource("room")
    first, second = (create_feed(resource=room, by=clinic.nora, now=NOW) for _ in range(2))
    found = [feed_of(each.token) for each in (first, second)]

    revoke_feed(feed=second.feed, by=clinic.nora, now=NOW + HOUR)

    assert found == [None, second.feed]
    assert feed_of(second.token) is None
    assert not CalendarFeed.objects.filter(token_sha256__contains=second.token).exists()


def test_feed_over_http_is_cached_and_dies_with_its_address(clinic: Clinic) -> None:
    made = create_feed(resource=clinic.resource("room"), by=clinic.nora, now=NOW)
    address = f"/calendars/{made.token}.ics"

    first = Client().get(address)
    again = Client().get(address, headers={"If-None-Match": first["ETag"]})
    posted = Client().post(address)
    revoke_feed(feed=made.feed, by=clinic.nora, now=NOW)
    after = Client().get(address)

    assert (first.status_code, first["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert (again.status_code, again.content) == (304, b"")
    assert (posted.status_code, after.status_code) == (405, 404)


# --- busy times of others ---------------------------------------------------------------------------


def test_busy_times_close_the_resource_once(clinic: Clinic, outside: BusyCalendar) -> None:
    first = document(("a", START, START + HOUR), ("b", START + DAY, START + DAY + HOUR))
    moved = document(("a", START, START + 2 * HOUR), ("c", START + 2 * DAY, START + 2 * DAY + HOUR))

    done = [import_document(calendar=outside, document=each, now=NOW) for each in (first, first, moved)]

    assert done == [
        Imported(added=2, changed=0, removed=0, in_the_way=0),
        Imported(added=0, changed=0, removed=0, in_the_way=0),
        Imported(added=1, changed=1, removed=1, in_the_way=0),
    ]
    closures = OpeningException.objects.filter(resource=outside.resource).order_by("period")
    assert [(each.period.lower, each.period.upper, each.reason) for each in closures] == [
        (START, START + 2 * HOUR, "Busy in an outside calendar"),
        (START + 2 * DAY, START + 2 * DAY + HOUR, "Busy in an outside calendar"),
    ]
    with pytest.raises(OutsideHours):
        book(clinic)


def test_visit_in_the_way_becomes_a_task_and_stays(clinic: Clinic, outside: BusyCalendar) -> None:
    appointment = book(clinic)
    busy = document(("a", START, START + HOUR))

    done = [import_document(calendar=outside, document=busy, now=NOW) for _ in range(2)]

    assert {each.in_the_way for each in done} == {1}
    task = Task.objects.get(kind=TaskKind.BUSY_ELSEWHERE)
    assert (task.appointment, task.status) == (appointment, "requested")
    assert Appointment.objects.get().start == START

    move_appointment(
        appointment=appointment, start=START + DAY, expected_revision=1, by=clinic.staff, now=NOW
    )
    import_document(calendar=outside, document=busy, now=NOW)
    task.refresh_from_db()
    assert task.status == "cancelled"


def test_what_cannot_be_read_changes_nothing(clinic: Clinic, outside: BusyCalendar) -> None:
    import_document(calendar=outside, document=document(("a", START, START + HOUR)), now=NOW)

    with pytest.raises(CalendarUnreadable):
        import_document(calendar=outside, document=b"<html>", now=NOW)

    assert OpeningException.objects.filter(resource=outside.resource).count() == 1


def test_removed_calendar_opens_what_lies_ahead(clinic: Clinic, outside: BusyCalendar) -> None:
    over, ahead = (START, START + HOUR), (START + 4 * DAY, START + 5 * DAY)
    import_document(calendar=outside, document=document(("a", *over), ("b", *ahead)), now=NOW)

    for _ in range(2):
        remove_calendar(calendar=outside, now=START + DAY)

    assert [each.period.lower for each in OpeningException.objects.all()] == [START]
    assert book(clinic, start=START + 6 * DAY, now=START + DAY).status == "booked"


class _Server(BaseHTTPRequestHandler):
    answer = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("ETag", '"1"')
        self.send_header("Content-Length", str(len(self.answer)))
        self.end_headers()
        self.wfile.write(self.answer)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def origin() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Server)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_address_is_read_when_due_and_a_failure_waits(clinic: Clinic, origin: str) -> None:
    room = clinic.resource("room")
    good, bad = (
        add_calendar(resource=room, label=label, url=url, by=clinic.nora, now=NOW)
        for label, url in (("Good", f"{origin}/a.ics"), ("Bad", "https://127.0.0.1/a.ics"))
    )
    _Server.answer = document(("a", START, START + HOUR))

    looked = [
        read_due_calendars(now=NOW + minutes * HOUR / 60, timeout_seconds=2, allowed=[origin])
        for minutes in (0, 1, 31)
    ]

    good.refresh_from_db()
    bad.refresh_from_db()
    assert looked == [2, 0, 2]
    assert (good.failure, good.etag, good.fetched_at is not None) == ("", '"1"', True)
    assert (bad.failure, bad.failures) == ("private", 2)
    assert bad.next_fetch_at == NOW + 31 * HOUR / 60 + HOUR
    assert OpeningException.objects.filter(resource=room).count() == 1
