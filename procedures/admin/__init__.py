"""Admin of procedure types and protocols. What patients are told changes only through the protocol's own way."""

from procedures.admin import protocols, texts, types

__all__ = ["protocols", "texts", "types"]
