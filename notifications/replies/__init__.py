"""
What somebody wrote back, read without guessing: pure.

A reply is a carrier's keyword, one of the three digits we ask for, or words for a person to read.
"""

from notifications.replies.answers import Answer, Facts, words_for
from notifications.replies.keywords import OPT_OUTS, Kind, Reply, parse

__all__ = ["OPT_OUTS", "Answer", "Facts", "Kind", "Reply", "parse", "words_for"]
