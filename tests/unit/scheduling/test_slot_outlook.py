import datetime as dt

import pytest

from scheduling.operations.slots.outlook import FREE, Outlook, SlotState, Verdict

TOO_SOON = Verdict(state=SlotState.TOO_SOON, reason="Later.")
NOON = dt.datetime(2027, 3, 16, 12, tzinfo=dt.UTC)
EVENING = NOON + dt.timedelta(hours=6)


def asked_and_told(*starts: dt.datetime, ends: bool = True) -> tuple[list[dt.datetime], list[Verdict]]:
    """Return which starts were judged, and every verdict: too soon until noon, free from then on until the evening."""
    asked = []

    def judge(start: dt.datetime) -> tuple[Verdict, dt.datetime | None]:
        asked.append(start)
        if not ends:
            return FREE, None
        return (TOO_SOON, NOON) if start < NOON else (FREE, EVENING)

    outlook = Outlook(judge=judge)
    return asked, [outlook.of(start) for start in starts]


def at(hour: int, minute: int = 0) -> dt.datetime:
    return NOON.replace(hour=hour, minute=minute)


@pytest.mark.parametrize(
    ("starts", "judged", "told"),
    [
        ([at(9), at(10), at(11, 59)], [at(9)], [TOO_SOON] * 3),
        ([at(9), at(12), at(17, 59)], [at(9), at(12)], [TOO_SOON, FREE, FREE]),
        ([at(12), at(18)], [at(12), at(18)], [FREE, FREE]),
        ([at(13), at(9)], [at(13), at(9)], [FREE, TOO_SOON]),
        ([at(13), at(13)], [at(13)], [FREE, FREE]),
    ],
)
def test_outlook_remembers_a_verdict_as_long_as_it_lasts(starts, judged, told):
    asked, verdicts = asked_and_told(*starts)

    assert (asked, verdicts) == (judged, told)


def test_outlook_asks_once_where_nothing_ever_changes():
    asked, verdicts = asked_and_told(at(9), at(15), at(9) + dt.timedelta(days=300), ends=False)

    assert (asked, verdicts) == ([at(9)], [FREE] * 3)
