"""
Protocols as files: YAML as the catalogue writes it, and FHIR R4 PlanDefinition.

Pure: no framework, no database, no clock. What is written here reads back as the same content, to the last letter.
"""

from procedures.exchange.plan_definition import Publication, plan_definition
from procedures.exchange.plan_definition_reading import PlanDefinitionRefused, read_plan_definition
from procedures.exchange.yaml_file import ProtocolFile, protocol_schema_text, read_protocol, write_protocol

__all__ = [
    "PlanDefinitionRefused",
    "ProtocolFile",
    "Publication",
    "plan_definition",
    "protocol_schema_text",
    "read_plan_definition",
    "read_protocol",
    "write_protocol",
]
