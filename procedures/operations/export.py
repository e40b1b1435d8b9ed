"""A protocol version as a file."""

from typing import Any

from procedures.exchange import Publication, plan_definition, write_protocol
from procedures.models import Protocol
from procedures.models.reading import content_of


def protocol_as_yaml(protocol: Protocol) -> str:
    """
    Return the version as a YAML file; imported, it gives a draft of the same content.

    :raises CannotBeWritten: if a text has edges or characters that the file could not keep
    :raises MomentBetweenMinutes: if a moment is not in whole minutes
    """
    return write_protocol(content_of(protocol), procedure=protocol.procedure_type.code)


def protocol_as_plan_definition(protocol: Protocol) -> dict[str, Any]:
    """
    Return the version as a FHIR R4 PlanDefinition.

    :raises MomentBetweenMinutes: if a moment is not in whole minutes
    """
    publication = Publication(
        uid=protocol.uid,
        version=protocol.version,
        status=protocol.status,
        publisher=protocol.organization.name,
        procedure=protocol.procedure_type.code,
        approved_on=None if protocol.approved_at is None else protocol.approved_at.date(),
        active_from=protocol.active_from,
    )
    return plan_definition(content_of(protocol), publication)
