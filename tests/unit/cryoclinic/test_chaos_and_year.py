"""What a storm and a simulated year say of themselves."""

from collections import Counter
from typing import Any

import pytest

from cryoclinic.chaos.reckoning import Found
from cryoclinic.chaos.reports import Fate, fate_of, signature
from cryoclinic.chaos.storm import Aftermath
from cryoclinic.chaos.strikes import strikes
from cryoclinic.soak.networks import shares_of
from cryoclinic.soak.verdict import Verdict
from notifications.channels.twilio_hooks import is_signed


def aftermath(*, recovery_s: float = 5.0, receipts_lost: int = 0, **found: int) -> Aftermath:
    counts = {"sent": 90, "lost": 0, "repeated": 0, "unknown": 3, "unlisted": 0, **found}
    return Aftermath(
        kills=2, found=Found(**counts), recovery_s=recovery_s, receipts=280, receipts_lost=receipts_lost
    )


def verdict(**changes: Any) -> Verdict:
    fields: dict[str, Any] = {
        "messages": 10,
        "bookings": 2,
        "happened": {"book": 2},
        "clock_changes": 8,
        "zones": 5,
        "repeated": 0,
        "outside_window": 0,
        "unexplained": 0,
        "after_cancellation": 0,
        "untrue": 0,
        "seconds": 1.5,
    }
    return Verdict(**{**fields, **changes})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, []),
        ({"lost": 1}, ["1 messages were lost"]),
        ({"repeated": 2}, ["2 copies were sent too many"]),
        ({"unlisted": 3}, ["3 things stand on no list"]),
        ({"receipts_lost": 4}, ["4 receipts had no effect"]),
        ({"recovery_s": 60.5}, ["recovery took more than 60 s"]),
    ],
)
def test_storm_says_what_it_broke(changes: dict[str, Any], said: list[str]) -> None:
    assert aftermath(**changes).broken == said


def test_storm_line_keeps_its_keys_in_their_order() -> None:
    line = aftermath().as_json()

    assert line == (
        '{"kills": 2, "sent": 90, "lost": 0, "repeated": 0, "unknown": 3, "unlisted": 0, '
        '"recovery_s": 5.0, "receipts": 280, "receipts_lost": 0}'
    )


def test_storm_has_its_kills_and_two_flushes_and_two_restarts() -> None:
    assert Counter(strikes(kills=200)) == {"kill": 200, "stop": 25, "flush": 2, "restart": 2}


def test_few_messages_do_not_arrive_and_the_same_ones_every_time() -> None:
    fates = [fate_of(f"message {number}", seed=1) for number in range(2000)]

    missed = len(fates) - fates.count(Fate.DELIVERED)
    assert 60 < missed < 140
    assert fates == [fate_of(f"message {number}", seed=1) for number in range(2000)]


def test_provider_signs_reports_as_the_product_checks_them(settings: Any) -> None:
    settings.TWILIO_AUTH_TOKEN = "a secret of both"
    settings.PUBLIC_BASE_URL = "http://127.0.0.1:8123"
    form = {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30003"}

    signed = signature("http://127.0.0.1:8123/hooks/twilio/status/7", form, token="a secret of both")

    assert is_signed(path="/hooks/twilio/status/7", params=form, signature=signed)
    assert not is_signed(path="/hooks/twilio/status/8", params=form, signature=signed)


def test_networks_share_the_messages_and_no_seed() -> None:
    shares = list(shares_of(messages=1000, seed=3, networks=4))

    assert [share.messages for share in shares] == [250] * 4
    assert len({(share.database, share.seed) for share in shares}) == 4
    assert shares[0].seed == 3


def test_two_networks_are_counted_together() -> None:
    both = verdict().plus(verdict(happened={"book": 3, "move": 1}, unexplained=1, seconds=2.5))

    assert both == verdict(
        messages=20, bookings=4, happened={"book": 5, "move": 1}, unexplained=1, seconds=2.5, networks=2
    )
    assert (verdict().holds, both.holds) == (True, False)
