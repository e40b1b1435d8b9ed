"""Today's truth for whoever stands behind a link. Reads only; nothing here changes anything."""

from notifications.operations.today.ground import speaker_of
from notifications.operations.today.page import page_of
from notifications.operations.today.phone import phone_now, reading_said
from notifications.operations.today.saying import Speaker, clinic_of
from notifications.operations.today.values import (
    Clinic,
    Clock,
    Day,
    Medicine,
    Medicines,
    Now,
    Page,
    Question,
    Text,
)
from notifications.operations.today.words import PageWords, all_words, counted, put, words_in

__all__ = [
    "Clinic",
    "Clock",
    "Day",
    "Medicine",
    "Medicines",
    "Now",
    "Page",
    "PageWords",
    "Question",
    "Speaker",
    "Text",
    "all_words",
    "clinic_of",
    "counted",
    "page_of",
    "phone_now",
    "put",
    "reading_said",
    "speaker_of",
    "words_in",
]
