"""Calendars of others are read with care, and ours tell nothing but when."""

import datetime as dt
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from zoneinfo import ZoneInfo

import pytest

from scheduling.calendars import (
    AddressRefused,
    Booked,
    BookedState,
    CalendarUnreadable,
    busy_times,
    feed_document,
    fetch_calendar,
)
from scheduling.calendars.fetching import checked_address

LONDON = ZoneInfo("Europe/London")
BEGIN = dt.datetime(2027, 3, 22, tzinfo=LONDON)
END = BEGIN + dt.timedelta(days=14)


def calendar(*events: str) -> bytes:
    body = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    text = f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n{body}END:VCALENDAR\n"
    return text.replace("\n", "\r\n").encode()


def at(month: int, day: int, hour: int = 0, minute: int = 0) -> dt.datetime:
    return dt.datetime(2027, month, day, hour, minute, tzinfo=dt.UTC)


ONE = "UID:a\nDTSTAMP:20270101T000000Z\nDTSTART:20270323T090000Z\nDTEND:20270323T100000Z"
DAILY = (
    "UID:d\nDTSTAMP:20270101T000000Z\nDTSTART;TZID=Europe/London:20270326T090000\n"
    "DTEND;TZID=Europe/London:20270326T100000\nRRULE:FREQ=DAILY;COUNT=4"
)
MOVED = (
    "UID:d\nDTSTAMP:20270101T000000Z\nRECURRENCE-ID;TZID=Europe/London:20270328T090000\n"
    "DTSTART;TZID=Europe/London:20270328T150000\nDTEND;TZID=Europe/London:20270328T160000"
)
CASES = {
    "one event": ([ONE], [(at(3, 23, 9), at(3, 23, 10))]),
    "a title is nothing": ([ONE + "\nSUMMARY:Divorce"], [(at(3, 23, 9), at(3, 23, 10))]),
    "a cancelled one": ([ONE + "\nSTATUS:CANCELLED"], []),
    "a free one": ([ONE + "\nTRANSP:TRANSPARENT"], []),
    "another kind of free": ([ONE + "\nX-MICROSOFT-CDO-BUSYSTATUS:FREE"], []),
    "outside the period": ([ONE.replace("202703", "202705")], []),
    "without length": ([ONE.replace("DTEND:20270323T100000Z", "DTEND:20270323T090000Z")], []),
    "a whole day, of London": (
        ["UID:w\nDTSTART;VALUE=DATE:20270328\nDTEND;VALUE=DATE:20270329"],
        [(at(3, 28, 0), at(3, 28, 23))],
    ),
    "a time without a zone is London's": (
        ["UID:f\nDTSTART:20270329T090000\nDTEND:20270329T100000"],
        [(at(3, 29, 8), at(3, 29, 9))],
    ),
    "across the change of the clocks": (
        [DAILY],
        [
            (at(3, 26, 9), at(3, 26, 10)),
            (at(3, 27, 9), at(3, 27, 10)),
            (at(3, 28, 8), at(3, 28, 9)),
            (at(3, 29, 8), at(3, 29, 9)),
        ],
    ),
    "one occurrence left out and one moved": (
        [
            DAILY + "\nEXDATE;TZID=Europe/London:20270327T090000",
            MOVED,
        ],
        [
            (at(3, 26, 9), at(3, 26, 10)),
            (at(3, 28, 14), at(3, 28, 15)),
            (at(3, 29, 8), at(3, 29, 9)),
        ],
    ),
}


CASES |= {
    "a zone by its Windows name": (
        ["UID:z\nDTSTART;TZID=Eastern Standard Time:20270329T090000\nDURATION:PT1H"],
        [(at(3, 29, 13), at(3, 29, 14))],
    ),
    "a weekly one with an end and a day of its own": (
        [
            (
                "UID:k\nDTSTART;TZID=Europe/London:20270322T090000\nDURATION:PT30M\n"
                "RRULE:FREQ=WEEKLY;BYDAY=MO,WE;UNTIL=20270330T235959Z"
            )
        ],
        [
            (at(3, 22, 9), at(3, 22, 9, 30)),
            (at(3, 24, 9), at(3, 24, 9, 30)),
            (at(3, 29, 8), at(3, 29, 8, 30)),
        ],
    ),
    "an added day": (
        ["UID:r\nDTSTART:20270323T090000Z\nDURATION:PT1H\nRDATE:20270325T090000Z"],
        [(at(3, 23, 9), at(3, 23, 10)), (at(3, 25, 9), at(3, 25, 10))],
    ),
    "one occurrence cancelled": (
        [DAILY, MOVED + "\nSTATUS:CANCELLED"],
        [
            (at(3, 26, 9), at(3, 26, 10)),
            (at(3, 27, 9), at(3, 27, 10)),
            (at(3, 29, 8), at(3, 29, 9)),
        ],
    ),
    "one that began long before": (
        ["UID:l\nDTSTART:20260101T000000Z\nDTEND:20270323T100000Z"],
        [(dt.datetime(2026, 1, 1, tzinfo=dt.UTC), at(3, 23, 10))],
    ),
    "a tentative one": ([ONE + "\nSTATUS:TENTATIVE"], [(at(3, 23, 9), at(3, 23, 10))]),
    "the same twice": ([ONE, ONE], [(at(3, 23, 9), at(3, 23, 10))]),
    "a day without an end": (["UID:w\nDTSTART;VALUE=DATE:20270323"], [(at(3, 23), at(3, 24))]),
    "no events": ([], []),
}


@pytest.mark.parametrize("name", CASES)
def test_busy_times_are_those_of_the_calendar(name: str) -> None:
    events, expected = CASES[name]

    found = busy_times(calendar(*events), begin=BEGIN, end=END, zone=LONDON)

    assert [(each.begin, each.end) for each in found] == expected


# A zone as some programs write it: by a name of their own, with its rules beside it.
OWN_ZONE = (
    "BEGIN:VTIMEZONE\nTZID:Our office\n"
    "BEGIN:STANDARD\nDTSTART:20001029T020000\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10\n"
    "TZOFFSETFROM:+0200\nTZOFFSETTO:+0100\nEND:STANDARD\n"
    "BEGIN:DAYLIGHT\nDTSTART:20000326T020000\nRRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\n"
    "TZOFFSETFROM:+0100\nTZOFFSETTO:+0200\nEND:DAYLIGHT\nEND:VTIMEZONE\n"
)
IN_IT = (
    "UID:o\nDTSTART;TZID=Our office:20270327T090000\nDTEND;TZID=Our office:20270327T100000\n"
    "RRULE:FREQ=DAILY;COUNT=2"
)


def beside(extra: str, *events: str) -> bytes:
    """Return a calendar with something beside its events."""
    text = extra.replace("\n", "\r\n").encode()
    return calendar(*events).replace(b"END:VCALENDAR", text + b"END:VCALENDAR")


def test_zone_that_a_calendar_brings_along_is_kept_over_the_change_of_clocks() -> None:
    found = busy_times(beside(OWN_ZONE, IN_IT), begin=BEGIN, end=END, zone=LONDON)

    assert [each.begin for each in found] == [at(3, 27, 8), at(3, 28, 7)]


def test_times_without_a_zone_are_of_the_zone_the_calendar_names() -> None:
    floating = "UID:f\nDTSTART:20270329T090000\nDTEND:20270329T100000"

    found = busy_times(
        beside("X-WR-TIMEZONE:America/New_York\n", floating), begin=BEGIN, end=END, zone=LONDON
    )

    assert [each.begin for each in found] == [at(3, 29, 13)]


def test_free_and_busy_times_count_as_they_are_listed() -> None:
    listed = (
        "BEGIN:VFREEBUSY\nUID:f\nFREEBUSY;FBTYPE=BUSY:20270323T090000Z/20270323T100000Z,20270324T090000Z/PT1H\n"
        "FREEBUSY;FBTYPE=FREE:20270325T090000Z/PT1H\nFREEBUSY:20270326T090000Z/PT1H\nEND:VFREEBUSY\n"
    )

    first, again = (busy_times(beside(listed), begin=BEGIN, end=END, zone=LONDON) for _ in range(2))

    assert [(each.begin, each.end) for each in first] == [
        (at(3, day, 9), at(3, day, 10)) for day in (23, 24, 26)
    ]
    assert first == again


def test_keys_stay_when_an_occurrence_moves() -> None:
    before = busy_times(calendar(ONE), begin=BEGIN, end=END, zone=LONDON)
    after = busy_times(calendar(ONE.replace("T09", "T08")), begin=BEGIN, end=END, zone=LONDON)

    assert [each.key for each in before] == [each.key for each in after]


BOMBS = {
    "no calendar": b"<html>Sign in</html>",
    "nothing": b"",
    "too large": b" " * 1_000_001,
    "every second": calendar(ONE + "\nRRULE:FREQ=SECONDLY"),
    "every minute": calendar(ONE + "\nRRULE:FREQ=MINUTELY"),
    "every second of a day": calendar(ONE + "\nRRULE:FREQ=DAILY;BYSECOND=1,2"),
    "often a day": calendar(ONE + "\nRRULE:FREQ=DAILY;BYHOUR=1,2,3,4,5;BYMINUTE=1,2,3,4,5"),
    "for centuries": calendar(ONE.replace("DTSTART:2027", "DTSTART:1027") + "\nRRULE:FREQ=DAILY"),
    "without a step": calendar(ONE + "\nRRULE:FREQ=DAILY;INTERVAL=0"),
    "backwards": calendar(ONE + "\nRRULE:FREQ=DAILY;INTERVAL=-1"),
    "by days of the year, daily": calendar(ONE + "\nRRULE:FREQ=DAILY;BYYEARDAY=400"),
    "by weeks of the year, daily": calendar(ONE + "\nRRULE:FREQ=DAILY;BYWEEKNO=54"),
    "too many times": calendar(ONE + "\nRRULE:FREQ=DAILY;COUNT=99999999999999999999"),
    "in a zone that nobody knows": calendar(
        "UID:x\nDTSTART;TZID=Mars/Olympus:20270323T090000\nDURATION:PT1H"
    ),
    "cut off": calendar(ONE)[:-30],
    "nested without end": b"BEGIN:VCALENDAR\r\n" * 50,
    "zeros": b"\0" * 100,
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "an event without a start": calendar("UID:x\nSUMMARY:y\nRRULE:FREQ=DAILY"),
    "a start that is none": calendar("UID:x\nDTSTART:soon\nRRULE:FREQ=DAILY"),
}


@pytest.mark.parametrize("name", BOMBS)
def test_calendar_that_cannot_be_read_is_refused(name: str) -> None:
    with pytest.raises(CalendarUnreadable):
        busy_times(BOMBS[name], begin=BEGIN, end=END, zone=LONDON)


def test_more_events_than_we_read_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("scheduling.calendars.reading.MAX_EVENTS", 2)

    with pytest.raises(CalendarUnreadable):
        busy_times(calendar(ONE, ONE, ONE), begin=BEGIN, end=END, zone=LONDON)


def test_rules_that_never_come_may_not_take_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    never = [ONE.replace("UID:a", f"UID:{n}") + "\nRRULE:FREQ=YEARLY;BYWEEKNO=54" for n in range(3)]
    monkeypatch.setattr("scheduling.calendars.reading.CPU_SECONDS", 0.0)

    with pytest.raises(CalendarUnreadable):
        busy_times(calendar(*never), begin=BEGIN, end=END, zone=LONDON)


def test_feed_says_when_and_nothing_else() -> None:
    booked = [
        Booked(uid=uid, begin=at(3, 23, 9), end=at(3, 23, 10), sequence=2, changed_at=at(3, 1))
        for uid in ("b", "a")
    ]

    document = feed_document(booked)

    assert document == feed_document(reversed(booked))
    assert document.count(b"SUMMARY:Booked\r\n") == 2
    assert [each.begin for each in busy_times(document, begin=BEGIN, end=END, zone=LONDON)] == [
        at(3, 23, 9),
        at(3, 23, 9),
    ]


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (BookedState.CONFIRMED, (b"STATUS:CONFIRMED", b"TRANSP:OPAQUE")),
        (BookedState.TENTATIVE, (b"STATUS:TENTATIVE", b"TRANSP:OPAQUE")),
        (BookedState.CANCELLED, (b"STATUS:CANCELLED", b"TRANSP:TRANSPARENT")),
    ],
)
def test_feed_says_how_firm_a_time_is(state: BookedState, expected: tuple[bytes, bytes]) -> None:
    booked = Booked(
        uid="a", begin=at(3, 23, 9), end=at(3, 23, 10), sequence=3, changed_at=at(3, 1), state=state
    )

    lines = feed_document([booked]).split(b"\r\n")

    assert {*expected, b"UID:a", b"SEQUENCE:3", b"DTSTART:20270323T090000Z", b"DTSTAMP:20270301T000000Z"} <= {
        *lines
    }
    busy = busy_times(feed_document([booked]), begin=BEGIN, end=END, zone=LONDON)
    assert len(busy) == (0 if state is BookedState.CANCELLED else 1)


# --- addresses --------------------------------------------------------------------------------------

PRIVATE = [
    "127.0.0.1", "10.0.0.8", "192.168.1.1", "172.16.0.1", "169.254.169.254", "0.1.2.3", "100.64.0.1",
    "224.0.0.1", "::1", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "2002:7f00:1::",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_private_addresses_are_refused(host: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        checked_address(host, port=443, may_be_private=False)

    assert refused.value.why == "private"


def test_public_address_is_taken_as_it_was_checked() -> None:
    assert checked_address("93.184.216.34", port=443, may_be_private=False) == "93.184.216.34"


REFUSED = {
    "http://example.org/a.ics": "scheme",
    "file:///etc/passwd": "scheme",
    "https://user:secret@127.0.0.1/": "scheme",
    "https://127.0.0.1:99999/": "scheme",
    "https://127.0.0.1/": "private",
    "https://[::1]/": "private",
    "https:///a.ics": "scheme",
}


@pytest.mark.parametrize("url", REFUSED)
def test_address_is_refused_before_anybody_is_asked(url: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        fetch_calendar(url, timeout_seconds=1)

    assert refused.value.why == REFUSED[url]


class _Clinic(BaseHTTPRequestHandler):
    """A calendar server of the clinic's own."""

    def do_GET(self) -> None:
        if self.path == "/elsewhere":
            self._answer(302, b"", Location="https://169.254.169.254/latest")
        elif self.path == "/round":
            self._answer(302, b"", Location="/round")
        elif self.path == "/large":
            self._answer(200, b" " * 1_000_100)
        elif self.path == "/gone":
            self._answer(404, b"")
        elif self.headers.get("If-None-Match") == '"1"':
            self._answer(304, b"")
        else:
            self._answer(200, calendar(ONE), ETag='"1"')

    def _answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def origin() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Clinic)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_calendar_is_read_from_an_origin_of_our_own(origin: str) -> None:
    first = fetch_calendar(f"{origin}/a.ics", timeout_seconds=2, allowed=[origin])
    again = fetch_calendar(f"{origin}/a.ics", timeout_seconds=2, allowed=[origin], etag=first.etag)

    assert (first.document, first.etag) == (calendar(ONE), '"1"')
    assert again.document is None


@pytest.mark.parametrize(
    ("path", "why"),
    [("elsewhere", "private"), ("round", "redirects"), ("large", "too-large"), ("gone", "status")],
)
def test_what_an_allowed_server_may_not_do(origin: str, path: str, why: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        fetch_calendar(f"{origin}/{path}", timeout_seconds=2, allowed=[origin])

    assert refused.value.why == why


@pytest.mark.slow
def test_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        origin = f"http://127.0.0.1:{mute.getsockname()[1]}"

        with pytest.raises(AddressRefused) as refused:
            fetch_calendar(f"{origin}/", timeout_seconds=0.3, allowed=[origin])

    assert refused.value.why == "unreachable"
