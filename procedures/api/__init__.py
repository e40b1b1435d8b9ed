"""Procedure types over REST: read only."""
