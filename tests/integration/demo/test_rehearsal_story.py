"""The story of one fortnight: every chapter, the truth in each, and the same words for the same day."""

import datetime as dt
import itertools
import re

import pytest

from cryoclinic.rehearsal.fortnight import tell_fortnight
from scheduling.models import Appointment, Task

DAY = dt.date(2027, 3, 1)
CHAPTERS = [
    "The booking",
    "What the preparation asks",
    "A clinician signs",
    "The days before",
    "The visit moves",
    "A clinician signs again",
    "Two ways end",
    "The days before the new date",
    "The day",
    "Afterwards",
    "What was sent, and why",
    "What was owed and not sent, and why",
    "What was not owed, and why",
    "What staff were asked to do",
]


def told() -> list[str]:
    lines: list[str] = []
    tell_fortnight(day=DAY, write=lines.append)
    return lines


@pytest.mark.slow
@pytest.mark.django_db
def test_story_has_every_chapter_and_its_truth() -> None:
    lines = told()

    chapters = [line for line, under in itertools.pairwise(lines) if line and under == "=" * len(line)]
    assert chapters == CHAPTERS
    text = "\n".join(lines)
    assert [word for word in ("midnight", "pre-op", "12 am", "http://") if word in text.lower()] == []
    moved = text[text.index("The visit moves") : text.index("A clinician signs again")]
    assert re.search(r"(Text|Email) to Margaret:", moved)
    assert re.search(r"(Text|Email) to Tom \(carer\):", moved)
    assert "no longer hold" in " ".join(moved.split())
    assert "may have stopped a medicine" in moved
    assert "Dr Marchetti signs for this start" in text[text.index("A clinician signs again") :]
    ended = " ".join(text[text.index("Two ways end") : text.index("The days before the new date")].split())
    assert "we will send you no more texts" in ended
    assert "Text messages were refused from this person's number." in ended
    assert "We have no address that works for this person." in ended
    assert [each.status for each in Appointment.objects.all()] == ["fulfilled"]
    assert list(Task.objects.still_open().values_list("kind", "about")) == []
