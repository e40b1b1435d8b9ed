"""What a text takes as SMS."""

import pytest

from procedures.wording import Alphabet, SmsSize, segments


@pytest.mark.parametrize(
    ("text", "units", "parts"),
    [
        ("", 0, 0),
        ("a", 1, 1),
        ("a" * 160, 160, 1),
        ("a" * 161, 161, 2),
        ("a" * 306, 306, 2),
        ("a" * 307, 307, 3),
        ("€" * 80, 160, 1),
        ("[~]", 6, 1),
        # 152 and a bracket of two: the bracket moves whole into the second part, and so on.
        ("a" * 152 + "[" + "a" * 151, 305, 2),
        ("a" * 152 + "[" + "a" * 152, 306, 3),
        ("àé£ Ø@\n", 7, 1),
    ],
)
def test_text_in_the_small_alphabet_is_counted_in_septets(text: str, units: int, parts: int) -> None:
    assert segments(text) == SmsSize(alphabet=Alphabet.GSM_7, units=units, segments=parts, forcing=())


@pytest.mark.parametrize(
    ("text", "units", "parts", "forcing"),
    [
        ("ł" + "a" * 69, 70, 1, ("ł",)),
        ("ł" + "a" * 70, 71, 2, ("ł",)),
        ("a" * 133 + "ş", 134, 2, ("ş",)),
        ("a" * 134 + "ş", 135, 3, ("ş",)),
        ("Şükłü ł", 7, 1, ("Ş", "ł")),
        ("🙂" * 35, 70, 1, ("🙂",)),
        # 66 and a pair of two: the pair moves whole into the second part.
        ("a" * 66 + "🙂" + "a" * 65, 133, 2, ("🙂",)),
        ("a" * 66 + "🙂" + "a" * 66, 134, 3, ("🙂",)),
        ("It\u2019s", 4, 1, ("\u2019",)),
        ("á`", 2, 1, ("á", "`")),
    ],
)
def test_one_foreign_character_forces_the_large_alphabet(
    text: str, units: int, parts: int, forcing: tuple[str, ...]
) -> None:
    assert segments(text) == SmsSize(alphabet=Alphabet.UCS_2, units=units, segments=parts, forcing=forcing)
