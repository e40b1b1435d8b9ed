"""Why a message went or did not, in words."""

import datetime as dt

import pytest

from cryoclinic.rehearsal.words import moment_in_words, why_closed, why_not_owed, why_sent, why_waiting
from procedures.steps import Anchor, Moment


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (Moment(anchor=Anchor.BOOKING, elapsed=dt.timedelta(0)), "at the booking, or the last move"),
        (
            Moment(anchor=Anchor.END, elapsed=dt.timedelta(minutes=240)),
            "4 hours after the end of the treatment",
        ),
        (
            Moment(anchor=Anchor.ARRIVE, elapsed=dt.timedelta(minutes=-90)),
            "1 hour 30 minutes before the arrival",
        ),
        (Moment(anchor=Anchor.START, days=-3, local_time=dt.time(17)), "3 days before the visit at 17:00"),
        (Moment(anchor=Anchor.START, days=-1, local_time=dt.time(17)), "1 day before the visit at 17:00"),
        (Moment(anchor=Anchor.START, days=0, local_time=dt.time(8)), "on the day of the visit at 08:00"),
    ],
)
def test_moment_reads_as_staff_would_say_it(moment: Moment, words: str) -> None:
    assert moment_in_words(moment) == words


@pytest.mark.parametrize(
    ("reason", "sentence"),
    [
        ("condition-not-met:liquid_diet", "It does not apply to this patient (liquid diet)."),
        ("not-for:carer", "It is not meant for this person."),
        ("said-by:3f2b", "Another message has said it."),
        ("brand-new", "brand-new."),
    ],
)
def test_every_zero_has_a_sentence(reason: str, sentence: str) -> None:
    assert why_not_owed(reason) == sentence


def test_changes_say_what_changed() -> None:
    assert why_sent(trigger="correction", notice=None) == "the start that was told no longer held"
    assert why_sent(trigger="scheduled", notice=None) == "the protocol asks for it"
    assert why_closed("expired") == "Its time passed before it could be sent."
    assert why_waiting("unsigned") == "It waits for a clinician's signature."
