"""Measurements, each beside its floor in the same run: raw SQL, or the naive way."""
