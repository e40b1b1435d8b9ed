"""Procedure types and protocols as rows."""

from procedures.models.protocol import Protocol, ProtocolDerivedFact, ProtocolNotice, ProtocolStep
from procedures.models.procedure_type import ProcedureCode, ProcedureLeg, ProcedureType

__all__ = [
    "ProcedureCode",
    "ProcedureLeg",
    "ProcedureType",
    "Protocol",
    "ProtocolDerivedFact",
    "ProtocolNotice",
    "ProtocolStep",
]
