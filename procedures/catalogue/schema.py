"""
The shape of a catalogue file: one procedure type, and optionally a protocol for it.

Published as JSON Schema in `catalogue.schema.json`. Every number stands beside a source: marks of `sources.yaml`,
separated by commas; `ops` is an operational default without a published number, which the clinic must set.
"""

import json
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from procedures.catalogue.protocol_schema import ProtocolEntry
from procedures.catalogue.sharing import UseEntry
from procedures.catalogue.strict import Code, Language, Source, Strict, Text

Minutes = Annotated[int, Field(ge=0, le=1440)]
SomeMinutes = Annotated[int, Field(ge=1, le=1440)]

# The values of procedures.codes, which cannot be imported here because it stands on the framework.
GuidanceCode = Literal["ct", "xray", "us", "mri", "sight"]
AnaesthesiaCode = Literal["none", "local", "moderate_sedation", "deep_sedation", "general", "spinal"]
BleedingClassCode = Literal["minimal", "low", "high", "uninterrupted_oac", "not_rated"]
RoleCode = Literal["practitioner", "room", "device", "bay", "equipment"]
LegAnchorCode = Literal["start", "end"]
VerificationCode = Literal["seed", "secondary", "unverified", "operational"]
EscortCode = Literal["always", "if-sedated", "guardian", "never"]


class Guidance(Strict):
    """How the operator sees where to freeze."""

    options: Annotated[tuple[GuidanceCode, ...], Field(min_length=1)]
    """The usual one first."""
    source: Source


class AnaesthesiaChoice(Strict):
    """What the patient may be given."""

    options: Annotated[tuple[AnaesthesiaCode, ...], Field(min_length=1)]
    """The usual one first; a booking names one of them."""
    source: Source


class BleedingClass(Strict):
    """Which rows of the hold table apply."""

    code: BleedingClassCode
    """SIR 2019 knows low and high; the stricter one where the target decides."""
    note: Text
    """On what the class stands, and what must be confirmed."""
    source: Source


class Span(Strict):
    """A range in minutes, both ends included."""

    min: Minutes
    max: Minutes
    source: Source


class Planned(Strict):
    """A length in minutes."""

    minutes: Minutes
    source: Source


class Overnight(Strict):
    """Whether some patients stay the night."""

    possible: bool
    source: Source


class Escort(Strict):
    """Who takes the patient home."""

    when: EscortCode
    source: Source


class Leg(Strict):
    """
    One thing the procedure occupies: what, how many, and its own piece of time.

    The piece begins `offset_minutes` after the anchor (negative is before) and lasts `duration_minutes`; without
    that, until `tail_minutes` after the planned end.
    """

    key: Code
    """Its name within the type."""
    role: RoleCode
    skill: Code
    """What a resource must be able to do."""
    count: Annotated[int, Field(ge=1, le=20)] = 1
    anchor: LegAnchorCode = "start"
    offset_minutes: Annotated[int, Field(ge=-1440, le=1440)] = 0
    duration_minutes: SomeMinutes | None = None
    tail_minutes: Minutes = 0
    source: Source


class ProcedureCode(Strict):
    """A code of a terminology; none of them is for billing."""

    system: Literal["cpt", "icd-10-pcs", "snomed-ct"]
    code: Annotated[str, StringConstraints(max_length=40)]
    """Empty while nobody has named one."""
    display: Annotated[str, StringConstraints(max_length=200)] = ""
    verification: VerificationCode
    source: Source


class TypeEntry(Strict):
    """A kind of procedure and what it needs."""

    id: Code
    """The id of the preparation engine's vocabulary; also the name of the file. It never changes."""
    name: Annotated[str, StringConstraints(min_length=1, max_length=120)]
    """For staff."""
    patient_names: Annotated[
        dict[Language, Annotated[str, StringConstraints(min_length=1, max_length=120)]], Field(min_length=1)
    ]
    """In plain words, as it stands in "You come for ..."; by language, English among them."""
    family: Literal["tumor", "heart", "pain", "skin", "cervix", "eye"]
    indication: Text
    targets: tuple[Code, ...] = ()
    """Where the target decides more than the place: the targets a booking may name."""
    guidance: Guidance
    anaesthesia: AnaesthesiaChoice
    bleeding_class: BleedingClass
    minutes: Span
    """How long the procedure occupies the room, set-up and turnover not counted."""
    planned: Planned
    """What a booking reserves of it."""
    setup: Planned
    turnover: Planned
    observe: Span
    overnight: Overnight
    escort: Escort


class CatalogueFile(BaseModel):
    """A file of the procedure catalogue."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        frozen=True,
        use_attribute_docstrings=True,
        title="Cryoclinic catalogue file",
    )

    type: TypeEntry
    legs: Annotated[tuple[Leg, ...], Field(min_length=1)]
    """What one such procedure occupies."""
    codes: tuple[ProcedureCode, ...] = ()
    protocol: ProtocolEntry | None = None
    """A complete protocol to start from; a clinic reads, changes and approves it before any use."""


def schema_text() -> str:
    """Return the JSON Schema of a catalogue file, as it is published."""
    schema = CatalogueFile.model_json_schema()
    # A file may name a shared step where the model, which is read after that, has the step itself.
    schema["$defs"]["UseEntry"] = UseEntry.model_json_schema()
    steps = schema["$defs"]["ProtocolEntry"]["properties"]["steps"]
    steps["items"] = {"anyOf": [steps["items"], {"$ref": "#/$defs/UseEntry"}]}
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2) + "\n"
