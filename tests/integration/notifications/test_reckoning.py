"""The ledger against the database: a fault that is planted is found."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from builders import NOW, Clinic
from owed import minutes, owe_many
from scripted_channel import PATH, Script, ScriptedChannel

from cryoclinic.chaos.reckoning import Found, at_rest, reckon
from cryoclinic.chaos.reports import Fate
from cryoclinic.chaos.strikes import Strike, strikes
from cryoclinic.soak import audit
from notifications import dispatch
from notifications.models import Communication, CommunicationRequest

LATER = NOW + minutes(5)
Ledger = Callable[..., Path]


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """Write a ledger of these attempts, all of which arrived."""

    def written(*uids: object) -> Path:
        file = tmp_path / "ledger.jsonl"
        file.write_text(
            "".join(json.dumps({"uid": str(uid), "fate": Fate.DELIVERED}) + "\n" for uid in uids),
            encoding="utf-8",
        )
        return file

    return written


@pytest.fixture
def sent(northside: Clinic, settings: object) -> list[Communication]:
    """Three messages that left."""
    settings.CHANNELS = {"email": PATH, "sms": PATH}  # type: ignore[attr-defined]
    ScriptedChannel.script = Script()
    owe_many(northside, 3)
    dispatch.deliver_due(now=NOW)
    return list(Communication.objects.order_by("id"))


def found(**faults: int) -> Found:
    return Found(**{"sent": 3, "lost": 0, "repeated": 0, "unknown": 0, "unlisted": 0, **faults})


def test_what_agrees_is_whole(sent: list[Communication], ledger: Ledger) -> None:
    assert reckon(ledger(*(each.uid for each in sent)), now=LATER) == found()
    assert at_rest(LATER)


def test_message_the_provider_never_had_is_lost(sent: list[Communication], ledger: Ledger) -> None:
    assert reckon(ledger(sent[0].uid, sent[1].uid), now=LATER) == found(sent=2, lost=1)


def test_second_copy_is_a_repetition(sent: list[Communication], ledger: Ledger) -> None:
    uids = [each.uid for each in sent]

    assert reckon(ledger(*uids, uids[0]), now=LATER) == found(sent=4, repeated=1)


def test_message_nobody_wrote_down_is_unlisted(sent: list[Communication], ledger: Ledger) -> None:
    uids = [each.uid for each in sent]

    assert reckon(ledger(*uids, "00000000-0000-0000-0000-000000000000"), now=LATER) == found(
        sent=4, unlisted=1
    )


def test_request_left_lying_is_lost(northside: Clinic, ledger: Ledger) -> None:
    owe_many(northside, 1)

    assert reckon(ledger(), now=LATER) == found(sent=0, lost=1)
    assert not at_rest(LATER)


def test_audit_finds_a_second_copy(sent: list[Communication]) -> None:
    once = dict.fromkeys((each.uid for each in sent), 1)

    assert list(audit.repeated(once)) == []
    assert len(list(audit.repeated({**once, sent[0].uid: 2}))) == 1


def test_audit_finds_what_left_too_late(sent: list[Communication]) -> None:
    CommunicationRequest.objects.filter(pk=sent[0].request_id).update(expires_at=NOW, due_at=NOW - minutes(9))

    [line] = audit.outside_window()
    assert line.startswith(f"window {sent[0].uid}: food-first at ")
    assert line.endswith(f", {(NOW - minutes(9)).isoformat()} to {NOW.isoformat()}")


def test_audit_finds_what_stayed_open(northside: Clinic) -> None:
    [request] = owe_many(northside, 1)

    assert list(audit.unexplained(LATER)) == []
    assert list(audit.unexplained(request.expires_at)) == [f"still open {request.uid}"]


@pytest.mark.parametrize("kills", [1, 20, 200])
def test_storm_kills_as_often_as_it_says(kills: int) -> None:
    listed = list(strikes(kills=kills))

    assert listed.count(Strike.KILL) == kills
    assert (Strike.RESTART in listed) == (kills > 1)
