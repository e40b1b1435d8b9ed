"""From owed to sent: once, in order, inside its window, and with a decision about every failure."""

import datetime as dt
from collections.abc import Iterator

import pytest
from builders import DAY, NOW, START, Clinic, book, make_patient
from clinic_clock import tick
from owed import ROUTINE, SAFETY, attempts, minutes, owe, owe_many, planned, state, tasks
from scripted_channel import PATH, Script, ScriptedChannel

from cryoclinic.accounts.models import Organization
from notifications import dispatch
from notifications.channels import Doubtful, Presence, TryLater, Undeliverable
from notifications.codes import AttemptStatus, Rank, RequestStatus
from notifications.dispatch import record as recording
from notifications.models import Communication, CommunicationRequest, ContactPoint
from notifications.operations import plan_again, reconcile_timeline
from scheduling.models import Appointment, Task

pytestmark = pytest.mark.slow
LEASE = dt.timedelta(seconds=60)


@pytest.fixture
def script(settings: object) -> Iterator[Script]:
    """Every channel follows this script; nothing else leaves."""
    settings.CHANNELS = {"email": PATH, "sms": PATH}  # type: ignore[attr-defined]
    ScriptedChannel.script = Script()
    yield ScriptedChannel.script
    ScriptedChannel.script = Script()


@pytest.fixture
def visit(booked: Appointment) -> Appointment:
    """Pia's visit, with nothing planned but what a test owes."""
    return planned(booked)


def deliver(at: dt.datetime = NOW) -> dispatch.Delivered:
    return dispatch.deliver_due(now=at)


# --- what goes, and in which order ---------------------------------------------------------------------


def test_claim_takes_one_message_a_person_and_the_most_urgent_first(
    visit: Appointment, script: Script
) -> None:
    owe(visit, ROUTINE, next_at=NOW - minutes(9))
    urgent = owe(visit, SAFETY)
    change = owe(visit, ROUTINE, rank=Rank.CHANGE)

    first = dispatch.claim(now=NOW, batch=10)
    while_under_way = dispatch.claim(now=NOW, batch=10)

    assert [attempt.request_id for attempt in first] == [change.pk]
    assert while_under_way == []
    assert state(urgent) == ("active", "")


def test_messages_to_one_person_go_in_order_of_urgency_then_of_time(
    visit: Appointment, script: Script
) -> None:
    Organization.objects.update(routine_per_day=9)
    owed = [
        owe(visit, ROUTINE, next_at=NOW - minutes(2)),
        owe(visit, SAFETY),
        owe(visit, ROUTINE, rank=Rank.CHANGE),
        owe(visit, ROUTINE, next_at=NOW - minutes(5)),
        owe(visit, ROUTINE, rank=Rank.CHANGE, next_at=NOW - minutes(1)),
    ]

    deliver()

    order = list(Communication.objects.order_by("id").values_list("request_id", flat=True))
    assert order == [owed[index].pk for index in (4, 2, 1, 3, 0)]


@pytest.mark.parametrize(
    ("changes", "goes"),
    [
        ({}, True),
        ({"next_at": NOW + minutes(1)}, False),
        ({"next_at": NOW - DAY, "due_at": NOW - DAY, "expires_at": NOW}, False),
        ({"expires_at": NOW + minutes(0.01)}, True),
        ({"status": "on-hold", "status_reason": "unsigned"}, False),
        ({"status": "revoked", "status_reason": "superseded", "closed_at": NOW}, False),
        ({"status": "completed", "closed_at": NOW}, False),
    ],
)
def test_claim_takes_what_is_active_due_and_not_over(
    visit: Appointment, script: Script, changes: dict[str, object], goes: bool
) -> None:
    owe(visit, SAFETY, **changes)

    assert len(dispatch.claim(now=NOW, batch=10)) == int(goes)


def test_clinic_that_paused_its_messages_sends_none_until_it_goes_on(
    visit: Appointment, script: Script
) -> None:
    owe(visit)
    visit.organization.messages_paused_at = NOW
    visit.organization.save()

    paused = deliver()
    visit.organization.messages_paused_at = None
    visit.organization.save()

    assert paused.attempts == 0
    assert deliver().completed == 1


def test_message_waits_for_the_plan_to_be_current(visit: Appointment, script: Script) -> None:
    owe(visit)
    plan_again(appointment_id=visit.pk)

    assert deliver().attempts == 0


# --- the night -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "hour", "minute", "goes"),
    [
        ("", 20, 59, True),
        ("", 21, 0, False),
        ("", 7, 59, False),
        ("", 8, 0, True),
        ("America/New_York", 12, 0, False),  # 7:00 there
        ("America/New_York", 13, 0, True),  # 8:00 there
        ("America/New_York", 22, 0, True),  # 17:00 there
    ],
)
def test_night_where_the_person_lives_puts_a_message_off(
    visit: Appointment, script: Script, *, zone: str, hour: int, minute: int, goes: bool
) -> None:
    visit.patient.zone = zone
    visit.patient.save()
    planned(visit)
    request = owe(visit)
    at = NOW.replace(hour=hour, minute=minute) + DAY

    deliver(at)

    assert script.channels() == ["sms"] * int(goes)
    request.refresh_from_db()
    allowed_at = at.replace(hour=13 if zone else 8, minute=0) + (DAY if hour == 21 else dt.timedelta())
    assert goes or request.next_at == allowed_at


def test_pressing_change_goes_in_the_night(visit: Appointment, script: Script) -> None:
    owe(visit, SAFETY, rank=Rank.CHANGE, time_critical=True)

    deliver(NOW.replace(hour=23))

    assert script.channels() == ["sms"]


def test_people_who_sleep_do_not_keep_others_waiting(
    northside: Clinic, script: Script, settings: object
) -> None:
    settings.DELIVERY_BATCH = 2  # type: ignore[attr-defined]
    sleeping = owe_many(northside, 4, next_at=NOW - DAY, due_at=NOW - DAY)
    for request in sleeping:
        request.appointment.patient.zone = "Pacific/Auckland"
        request.appointment.patient.save()
        planned(request.appointment)
    awake = owe(planned(book(northside, start=START + 70 * DAY)))

    deliver(NOW)

    assert state(awake) == ("completed", "")
    assert [state(request) for request in sleeping] == [("active", "")] * 4


# --- what cannot be said, or to nobody -----------------------------------------------------------------


def test_message_without_its_fact_waits_with_a_task_and_holds_up_nobody(
    visit: Appointment, northside: Clinic, script: Script
) -> None:
    broken = owe(visit, SAFETY, facts={})
    unknown = owe(visit, ROUTINE, notice="not-in-the-protocol")
    other = owe(planned(book(northside, patient=make_patient(northside.organization), start=START + DAY)))

    deliver()

    assert state(broken) == ("on-hold", "unrenderable")
    assert state(unknown) == ("on-hold", "unrenderable")
    assert state(other) == ("completed", "")
    reasons = Task.objects.filter(appointment=visit).order_by("id").values_list("kind", "severity", "reason")
    sentence = "The text of this message could not be filled in. Tell the person by phone."
    assert list(reasons) == [
        ("phone-patient", "urgent", sentence),
        ("phone-patient", "attention", sentence),
    ]


def test_message_with_an_odd_fact_holds_up_nobody(
    visit: Appointment, northside: Clinic, script: Script
) -> None:
    broken = owe(visit)
    CommunicationRequest.objects.filter(pk=broken.pk).update(facts={"solids_stop": "t:tomorrow"})
    other = owe(planned(book(northside, patient=make_patient(northside.organization), start=START + DAY)))

    deliver()

    assert (state(broken), state(other)) == (("on-hold", "unrenderable"), ("completed", ""))


def test_address_that_stopped_working_since_the_plan_is_not_used(visit: Appointment, script: Script) -> None:
    request = owe(visit, channels=["sms"])
    ContactPoint.objects.filter(system="sms").update(state="invalid")
    planned(visit)

    deliver()

    assert script.channels() == []
    assert state(request) == ("on-hold", "unreachable")
    assert tasks(request) == ["phone-patient"]


PARTS = {
    "notice": "visit-soon-patient",
    "trigger": "collapsed",
    "parts": ["food-first", "escort-wanted", "visit-where", "visit-booked"],
    "facts": {**SAFETY["facts"], "start": START, "arrive_at": START, "place": "London", "address": "1 High Street", "escort_needed": "yes"},
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "channel"),
    [
        ({}, "email"),
        ({"channels": ["sms"]}, "sms"),
        ({"rank": Rank.CHANGE}, "sms"),
        ({"attempts_made": 4}, "sms"),
    ],
)
def test_message_of_many_parts_leaves_none_out(
    visit: Appointment, script: Script, changes: dict[str, object], channel: str
) -> None:
    owe(visit, SAFETY, **{**PARTS, **changes})

    deliver()

    [(used, message)] = script.handed_over
    said = ("An adult must take you home", "be at London", "tell us", "/p/")
    assert used == channel
    assert [words for words in said if words not in message.text] == []


def test_change_that_asks_for_an_answer_does_not_ask_twice(visit: Appointment, script: Script) -> None:
    moved = {
        "notice": "visit-moved-patient",
        "trigger": "correction",
        "rank": Rank.CHANGE,
        "parts": ["visit-moved-patient", "visit-booked"],
        "facts": {"start": START, "arrive_at": START},
        "channels": ["email"],
    }
    owe(visit, SAFETY, **moved)

    deliver()

    [(_, message)] = script.handed_over
    said = ("Tell us if you can come then.", "Your visit is on", "Please tell us if you are coming.")
    assert [words in message.text for words in said] == [True, False, False]


# --- failures --------------------------------------------------------------------------------------------


def test_channel_that_is_busy_is_tried_again_later_then_the_other_one(
    visit: Appointment, script: Script
) -> None:
    script.errors = [TryLater("busy")] * 6
    request = owe(visit)
    tried_at = []

    for _ in range(6):
        request.refresh_from_db()
        tried_at.append(request.next_at - NOW)
        deliver(request.next_at)

    waits = [0, 0.5, 2.5, 12.5, 42.5, 102.5]
    assert [round(after.total_seconds() / 60, 1) for after in tried_at] == pytest.approx(waits, abs=0.1)
    assert script.channels() == ["sms", "sms", "email", "email", "sms", "sms"]
    assert state(request) == ("revoked", "gave-up")
    assert tasks(request) == ["phone-patient"]


def test_wait_the_provider_asks_for_is_kept(visit: Appointment, script: Script) -> None:
    script.errors = [TryLater("busy", after=minutes(7))]
    request = owe(visit)

    deliver()

    request.refresh_from_db()
    assert request.next_at - NOW >= minutes(7)


def test_retry_never_goes_beyond_the_window(visit: Appointment, script: Script) -> None:
    script.errors = [TryLater("busy")]
    request = owe(visit, expires_at=NOW + minutes(0.4))

    deliver()

    assert state(request) == ("revoked", "gave-up")
    assert tasks(request) == ["phone-patient"]


def test_routine_message_that_is_given_up_needs_no_call(visit: Appointment, script: Script) -> None:
    script.errors = [Undeliverable("no", address_is_bad=False)] * 2
    request = owe(visit, ROUTINE)

    deliver()

    assert state(request) == ("revoked", "gave-up")
    assert tasks(request) == []


def test_refused_for_good_goes_by_the_other_channel_at_once(visit: Appointment, script: Script) -> None:
    script.errors = [Undeliverable("content", address_is_bad=False)]
    request = owe(visit)

    deliver()

    assert attempts(request) == [("sms", "not-done", "content", False), ("email", "completed", "", False)]
    assert state(request) == ("completed", "")


def test_address_refused_for_good_is_marked_and_the_plan_takes_the_other(
    northside: Clinic, script: Script
) -> None:
    appointment = book(northside)
    reconcile_timeline(appointment_id=appointment.pk, now=NOW)
    script.errors = [Undeliverable("no-such-address", address_is_bad=True)]

    deliver()
    hidden = deliver()
    tick(NOW + minutes(1))

    assert ContactPoint.objects.get(system="email", value=appointment.patient.email).state == "invalid"
    assert hidden.attempts == 0
    assert script.channels() == ["email", "sms"]


def test_call_that_fails_in_a_way_nobody_foresaw_is_in_doubt(visit: Appointment, script: Script) -> None:
    script.errors = [RuntimeError("+447946000000 said no")]
    request = owe(visit)

    deliver()

    assert attempts(request) == [("sms", "unknown", "unforeseen", False)]
    assert state(request) == ("on-hold", "in-doubt")


# --- doubt -----------------------------------------------------------------------------------------------

DOUBTS = [
    # safety?, the channel says, what becomes of the request, its attempts, the tasks
    (True, Presence.FOUND, ("completed", ""), ["completed"], []),
    (True, Presence.ABSENT, ("completed", "in-doubt"), ["not-done", "completed"], []),
    (True, Presence.CANNOT_TELL, ("completed", "in-doubt"), ["unknown", "completed"], []),
    (False, Presence.FOUND, ("completed", ""), ["completed"], []),
    (False, Presence.ABSENT, ("completed", "in-doubt"), ["not-done", "completed"], []),
    (False, Presence.CANNOT_TELL, ("completed", "in-doubt"), ["unknown"], []),
]


@pytest.mark.parametrize("died", [True, False], ids=["sender died", "no answer"])
@pytest.mark.parametrize(("is_safety", "presence", "expected", "tried", "calls"), DOUBTS)
def test_doubt_is_looked_up_and_decided(
    visit: Appointment, script: Script, *, died: bool, is_safety: bool, presence: Presence,
    expected: tuple[str, str], tried: list[str], calls: list[str],
) -> None:  # fmt: skip
    script.presence = presence
    request = owe(visit, SAFETY if is_safety else ROUTINE)
    if died:
        dispatch.claim(now=NOW, batch=10)
    else:
        script.errors = [Doubtful("no-answer")]
        deliver()

    dispatch.settle_lapsed(now=NOW + LEASE)
    planned(visit)
    deliver(NOW + LEASE)

    listed = [(status, resend) for _, status, _, resend in attempts(request)]
    assert listed == [(status, index == 1) for index, status in enumerate(tried)]
    assert state(request)[0] == expected[0]
    assert tasks(request) == calls


@pytest.mark.parametrize(
    ("presence", "expected"),
    [(Presence.ABSENT, ("revoked", "in-doubt")), (Presence.CANNOT_TELL, ("completed", "in-doubt"))],
)
def test_safety_message_is_resent_once_and_then_phoned(
    visit: Appointment, script: Script, presence: Presence, expected: tuple[str, str]
) -> None:
    script.presence = presence
    request = owe(visit)

    for lease in range(4):
        dispatch.claim(now=NOW + lease * LEASE, batch=10)
        dispatch.settle_lapsed(now=NOW + (lease + 1) * LEASE)
        planned(visit)

    assert [resend for _, _, _, resend in attempts(request)] == [False, True]
    assert state(request) == expected
    assert tasks(request) == ["in-doubt"]


@pytest.mark.parametrize("reason", ["busy", recording.LEASE_HALF_GONE])
def test_resend_that_was_not_sent_is_tried_again_as_a_resend_and_stops_nobody(
    visit: Appointment, northside: Clinic, script: Script, reason: str
) -> None:
    request = owe(visit)
    dispatch.claim(now=NOW, batch=10)
    dispatch.settle_lapsed(now=NOW + LEASE)
    planned(visit)
    [attempt] = dispatch.claim(now=NOW + LEASE, batch=10)
    outcome = recording.Outcome(
        attempt_id=attempt.pk, request_id=request.pk, status=AttemptStatus.NOT_DONE, reason=reason
    )
    recording.record([outcome], now=NOW + LEASE)
    other = owe(planned(book(northside, patient=make_patient(northside.organization), start=START + DAY)))

    deliver(NOW + 10 * LEASE)

    resends = [(status, resend) for _, status, _, resend in attempts(request)]
    assert resends == [("unknown", False), ("not-done", True), ("completed", True)]
    assert state(request)[0] == "completed"
    assert state(other) == ("completed", "")


def test_doubt_that_outlives_its_window_is_phoned(visit: Appointment, script: Script) -> None:
    request = owe(visit, expires_at=NOW + minutes(0.5))
    dispatch.claim(now=NOW, batch=10)

    dispatch.settle_lapsed(now=NOW + LEASE)

    assert [resend for _, _, _, resend in attempts(request)] == [False]
    assert state(request) == ("completed", "in-doubt")
    assert tasks(request) == ["in-doubt"]


def test_resend_that_found_no_time_expires_with_a_call(visit: Appointment, script: Script) -> None:
    request = owe(visit, expires_at=NOW + minutes(2))
    dispatch.claim(now=NOW, batch=10)
    dispatch.settle_lapsed(now=NOW + LEASE)
    planned(visit)

    dispatch.expire_overdue(now=NOW + minutes(2))

    assert state(request) == ("revoked", "expired")
    assert tasks(request) == ["phone-patient"]


@pytest.mark.parametrize(
    ("word", "expected"),
    [(AttemptStatus.COMPLETED, ("completed", "")), (AttemptStatus.NOT_DONE, ("on-hold", "in-doubt"))],
)
def test_late_word_after_the_lease_counts_only_if_it_says_sent(
    visit: Appointment, script: Script, word: AttemptStatus, expected: tuple[str, str]
) -> None:
    request = owe(visit)
    [attempt] = dispatch.claim(now=NOW, batch=10)
    Communication.objects.update(status="unknown", settled_at=NOW + LEASE)
    CommunicationRequest.objects.update(status="on-hold", status_reason="in-doubt")

    recording.record(
        [recording.Outcome(attempt_id=attempt.pk, request_id=request.pk, status=word)], now=NOW + 2 * LEASE
    )

    assert state(request) == expected


def test_sender_that_wakes_up_after_half_its_lease_calls_nobody(
    visit: Appointment, script: Script, settings: object
) -> None:
    settings.DELIVERY_LEASE_SECONDS = 0.000001  # type: ignore[attr-defined]
    request = owe(visit)

    outcomes = dispatch.deliver_batch(now=NOW, batch=1)

    assert [(o.status, o.reason) for o in outcomes] == [("not-done", "lease-half-gone")]
    assert script.handed_over == []
    request.refresh_from_db()
    assert (request.status, request.attempts_made) == ("active", 0)


# --- too late --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "status", "calls"),
    [
        (SAFETY, "active", ["phone-patient"]),
        (SAFETY, "on-hold", ["phone-patient"]),
        (ROUTINE, "active", []),
        (ROUTINE, "on-hold", []),
    ],
)
def test_message_that_is_too_late_is_closed_and_safety_is_phoned(
    visit: Appointment, script: Script, kind: dict[str, object], status: str, calls: list[str]
) -> None:
    request = owe(
        visit, kind, status=status, status_reason="unsigned" if status == RequestStatus.ON_HOLD else ""
    )

    closed = dispatch.expire_overdue(now=START - DAY)

    assert closed == 1
    assert state(request) == ("revoked", "expired")
    assert tasks(request) == calls


def test_message_under_way_is_not_expired(visit: Appointment, script: Script) -> None:
    request = owe(visit, expires_at=NOW + minutes(0.5))
    dispatch.claim(now=NOW, batch=10)

    assert dispatch.expire_overdue(now=NOW + minutes(0.5)) == 0
    assert state(request) == ("active", "")


def test_message_whose_plan_is_behind_is_left_to_the_plan(visit: Appointment, script: Script) -> None:
    request = owe(visit)
    plan_again(appointment_id=visit.pk)

    assert dispatch.expire_overdue(now=START - DAY) == 0
    assert (state(request), tasks(request)) == (("active", ""), [])
