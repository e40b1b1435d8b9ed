"""A protocol as a YAML file: the `protocol` part of a catalogue file, every step written out."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import yaml
from pydantic import ValidationError
from pydantic_core import to_json

from procedures.catalogue import CatalogueRefused, Finding, ProtocolContent, problems
from procedures.catalogue.protocol_schema import ProtocolEntry
from procedures.catalogue.reading import located_in, shape_findings, unknown_sources
from procedures.catalogue.strict import Code, Strict
from procedures.catalogue.vocabulary import procedures as known_procedures
from procedures.catalogue.yaml_lines import Path as PathInFile
from procedures.exchange.entries import entry_of

LINE_LENGTH = 116


class CannotBeWritten(ValueError):
    """This protocol holds something that its file could not say; correct its texts, then export it again."""


class ProtocolFileEntry(Strict):
    """A protocol file: for which procedure, and what patients and clinic are told."""

    procedure: Code
    """The id of the preparation engine's vocabulary."""
    protocol: ProtocolEntry


@dataclass(frozen=True, kw_only=True, slots=True)
class ProtocolFile:
    """A protocol that was read, and the procedure it is for."""

    procedure: str
    content: ProtocolContent


def write_protocol(content: ProtocolContent, *, procedure: str) -> str:
    """
    Return the file's text; `read_protocol` gives the same content back.

    :raises CannotBeWritten: if it would not
    :raises MomentBetweenMinutes: if a moment is not in whole minutes
    """
    document = {"procedure": procedure, "protocol": entry_of(content)}
    text = yaml.dump(
        document, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=LINE_LENGTH, indent=2
    )
    try:
        read_back = _parsed(text, file="")
    except CatalogueRefused as refused:
        raise CannotBeWritten from refused
    if read_back.content.sha256 != content.sha256:
        raise CannotBeWritten
    return text


def read_protocol(text: str, *, file: str) -> ProtocolFile:
    """
    Return the protocol in a file's text; `file` is the name that findings carry.

    :raises CatalogueRefused: with every finding, each with its line
    """
    read = _parsed(text, file=file)
    located = located_in(text, file=file)
    found = [
        Finding(file=file, line=located.line_of(where), reason=reason)
        for where, reason in _cross_checks(read)
    ]
    found += [
        Finding(file=file, line=located.line_of(where), reason=reason)
        for where, reason in unknown_sources(located.value, path=())
    ]
    if found:
        raise CatalogueRefused(sorted(found, key=lambda finding: finding.line))
    return read


def protocol_schema_text() -> str:
    """Return the JSON Schema of a protocol file."""
    schema = ProtocolFileEntry.model_json_schema()
    return json.dumps({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}, indent=2) + "\n"


def _parsed(text: str, *, file: str) -> ProtocolFile:
    located = located_in(text, file=file)
    try:
        entry = ProtocolFileEntry.model_validate_json(to_json(located.value))
    except ValidationError as error:
        raise CatalogueRefused(shape_findings(error, located=located, file=file)) from error
    return ProtocolFile(procedure=entry.procedure, content=entry.protocol.as_content())


def _cross_checks(read: ProtocolFile) -> Iterator[tuple[PathInFile, str]]:
    if read.procedure not in known_procedures():
        yield ("procedure",), f"nobody knows the procedure {read.procedure}"
    for problem in problems(read.content):
        yield ("protocol", *problem.path), problem.reason


class _Dumper(yaml.SafeDumper):
    """Writes what the catalogue reads: no aliases, paragraphs as blocks."""

    def ignore_aliases(self, data: object) -> bool:
        """Return True: every entry is written out."""
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        """Indent lists below their key, as the catalogue does."""
        super().increase_indent(flow, indentless=False)


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    # A block ends every paragraph where it ends; what the block cannot hold PyYAML quotes.
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)
