"""Writes of the procedures package that carry a rule."""
