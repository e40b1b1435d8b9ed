"""
How facts become words: dates, times, lengths and numbers, per language and medium.

Pure: no framework, no database, no clock. Every text anyone reads takes its facts through here, so that one
instant is said one way everywhere.
"""

from procedures.wording.grade import grade
from procedures.wording.hours import PhoneNow, phone_at, read_hours, say_hours
from procedures.wording.languages import Language, NoWording, in_language, languages
from procedures.wording.media import Medium
from procedures.wording.phone import phone
from procedures.wording.plurals import Forms
from procedures.wording.saying import NaiveInstant, NegativeLength, Sayable, UnknownSpec, night, say
from procedures.wording.sms import Alphabet, SmsSize, segments
from procedures.wording.template import Placeholder, StrayBrace, UnknownPlaceholder, fill, parse, placeholders

__all__ = [
    "Alphabet",
    "Forms",
    "Language",
    "Medium",
    "NaiveInstant",
    "NegativeLength",
    "NoWording",
    "PhoneNow",
    "Placeholder",
    "Sayable",
    "SmsSize",
    "StrayBrace",
    "UnknownPlaceholder",
    "UnknownSpec",
    "fill",
    "grade",
    "in_language",
    "languages",
    "night",
    "parse",
    "phone",
    "phone_at",
    "placeholders",
    "read_hours",
    "say",
    "say_hours",
    "segments",
]
