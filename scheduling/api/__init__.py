"""Offerings, slots, appointments and patients over REST: translate in, one call, translate out."""
