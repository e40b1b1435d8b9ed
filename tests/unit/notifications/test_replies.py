"""Which kind of reply a text is, and what is answered."""

import pytest

from notifications.replies import Answer, Facts, Kind, parse, words_for
from notifications.replies.answers import STANDS, WORDS
from procedures.wording import segments

FACTS = Facts(clinic="Northside Clinic", phone="020 7946 0000", emergency_number="999", visit_day="16 March")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("STOP", "stop"),
        ("stop", "stop"),
        ("  Stop. ", "stop"),
        ("STOPALL", "stop"),
        ("UNSUBSCRIBE", "stop"),
        ("END", "stop"),
        ("Quit!", "stop"),
        ("revoke", "stop"),
        ("OPTOUT", "stop"),
        ("opt-out", "stop"),
        ("Opt out", "stop"),
        ("ARRÊT", "stop"),
        ("arret", "stop"),
        ("no más", "stop"),
        ("CANCEL", "cancel"),
        ("Cancel", "cancel"),
        ("START", "start"),
        ("unstop", "start"),
        ("YES", "yes"),
        ("HELP", "help"),
        ("info", "help"),
        ("1", "coming"),
        (" 1.", "coming"),
        ("#1", "coming"),
        ("\N{FULLWIDTH DIGIT ONE}", "coming"),
        ("2", "not-coming"),
        ("3", "call-me"),
        # Words for a person: nothing in them is guessed.
        ("", "text"),
        ("12", "text"),
        ("1 or 2?", "text"),
        ("4", "text"),
        ("Please stop by the pharmacy", "text"),
        ("cancel my visit please", "text"),
        ("yes I come", "text"),
        ("👍", "text"),
        ("I can't breathe", "danger"),
        ("There is BLOOD on the dressing", "danger"),
        ("Me sangra la herida", "danger"),
        ("Il a de la fièvre", "danger"),
        ("mąż zemdlał", "danger"),
        ("mam duszności", "danger"),
    ],
)
def test_text_is_taken_for(text: str, kind: str) -> None:
    assert parse(text).kind == kind


@pytest.mark.parametrize(
    ("text", "word", "kind"),
    [
        ("STOP", "STOP", "stop"),
        ("CANCEL", "STOP", "cancel"),
        ("basta", "STOP", "stop"),
        ("si", "START", "start"),
        ("ayuda", "HELP", "help"),
        ("1", "", "coming"),
        ("1", "SOMETHING NEW", "coming"),
    ],
)
def test_what_the_carrier_did_counts(text: str, word: str, kind: str) -> None:
    assert parse(text, carrier_word=word).kind == kind


@pytest.mark.parametrize("kind", [Kind.STOP, Kind.CANCEL])
def test_cancel_is_an_opt_out_like_stop(kind: Kind) -> None:
    assert parse(kind.value).is_opt_out


def test_answers_are_said_in_every_language() -> None:
    assert {language: set(words) for language, words in WORDS.items()} == {
        language: set(Answer) for language in ("en", "es", "fr", "pl")
    }
    assert set(STANDS) == set(WORDS)


@pytest.mark.parametrize("language", sorted(WORDS))
@pytest.mark.parametrize("answer", Answer)
def test_answer_leaves_no_placeholder_and_is_short(answer: Answer, language: str) -> None:
    text = words_for(answer, facts=FACTS, language=language)

    most = 3 if language == "pl" else 2
    assert ("{" in text, segments(text).segments <= most) == (False, True)


def test_opt_out_answer_says_what_follows() -> None:
    text = words_for(Answer.STOPPED, facts=FACTS, language="en")

    assert text == (
        "Northside Clinic: we will send you no more texts. Your visit on 16 March stands. We will phone you about "
        "food, drink and medicines. Changed your mind? Reply START or call 020 7946 0000"
    )


def test_opt_out_answer_names_no_visit_when_several_could_be_meant() -> None:
    several = Facts(clinic="Northside Clinic", phone="020 7946 0000", emergency_number="999")

    assert "stands" not in words_for(Answer.STOPPED, facts=several, language="en")


def test_answer_takes_names_as_they_are_and_falls_back_to_english() -> None:
    odd = Facts(clinic="{phone} & Co", phone="1", emergency_number="2")

    assert words_for(Answer.STARTED, facts=odd, language="xx") == (
        "{phone} & Co: you will get our texts again. Questions: 1"
    )
