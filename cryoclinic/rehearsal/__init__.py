"""Tried out end to end: one patient's fortnight as a story, and the whole product started and used from outside."""
