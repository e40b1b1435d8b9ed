"""Procedure types and protocols as rows, and protocols as values."""

from procedures.models.procedure_type import ProcedureCode, ProcedureLeg, ProcedureType
from procedures.models.protocol import Protocol, ProtocolDerivedFact, ProtocolNotice, ProtocolStep
from procedures.models.reading import content_of, derived_facts_of, steps_of

__all__ = [
    "ProcedureCode",
    "ProcedureLeg",
    "ProcedureType",
    "Protocol",
    "ProtocolDerivedFact",
    "ProtocolNotice",
    "ProtocolStep",
    "content_of",
    "derived_facts_of",
    "steps_of",
]
