"""Read catalogue files: all of them, or none with a list of what is wrong."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError
from pydantic_core import ErrorDetails, to_json

from procedures.catalogue.checks import problems
from procedures.catalogue.content import digest
from procedures.catalogue.schema import CatalogueFile
from procedures.catalogue.sharing import SharedStepsAreWrong, UnknownSharedStep, with_shared_steps
from procedures.catalogue.sources import source_marks
from procedures.catalogue.type_checks import type_problems
from procedures.catalogue.yaml_lines import Located, UnreadableYaml, load
from procedures.catalogue.yaml_lines import Path as PathInFile

DATA = Path(__file__).parent / "data"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One reason why a file is refused, and the line (from 1) it stands on."""

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}"


class CatalogueRefused(Exception):
    """The catalogue files cannot be used as they are; nothing was loaded."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("\n".join(str(finding) for finding in self.findings))


@dataclass(frozen=True, kw_only=True, slots=True)
class CatalogueEntry:
    """A file that was read: its content, and the hash of the part about the type (codes and legs included)."""

    file: str
    content: CatalogueFile
    type_sha256: str


def builtin_files() -> tuple[Path, ...]:
    """Return the files of the starter catalogue, in order of their names."""
    return tuple(sorted(DATA.glob("*.yaml")))


def read_catalogue(files: Iterable[Path]) -> tuple[CatalogueEntry, ...]:
    """
    Return every file's content.

    :raises CatalogueRefused: with all findings of all files
    """
    entries: list[CatalogueEntry] = []
    findings: list[Finding] = []
    seen: dict[str, str] = {}
    for path in files:
        try:
            entry = _read(path)
        except CatalogueRefused as refused:
            findings.extend(refused.findings)
            continue
        code = entry.content.type.id
        if code in seen:
            reason = f"{code} is also in {seen[code]}"
            findings.append(Finding(file=str(path), line=1, reason=reason))
        seen[code] = str(path)
        entries.append(entry)
    if findings:
        raise CatalogueRefused(findings)
    return tuple(entries)


def located_in(text: str, *, file: str) -> Located:
    """
    Return the document in a file's text, with the shared steps it uses; `file` is the name that findings carry.

    :raises CatalogueRefused: if it is no YAML as the catalogue uses it, or uses a step that there is not
    """
    try:
        return _with_shared_steps(load(text), file=file)
    except UnreadableYaml as error:
        raise CatalogueRefused([Finding(file=file, line=error.line, reason=error.reason)]) from error


def _read(path: Path) -> CatalogueEntry:
    file = str(path)
    try:
        located = located_in(path.read_text(encoding="utf-8"), file=file)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else "not a text in UTF-8"
        raise CatalogueRefused([Finding(file=file, line=1, reason=f"cannot be read: {reason}")]) from error
    try:
        content = CatalogueFile.model_validate_json(to_json(located.value))
    except ValidationError as error:
        raise CatalogueRefused(shape_findings(error, located=located, file=file)) from error
    found = [
        Finding(file=file, line=located.line_of(where), reason=reason)
        for where, reason in _cross_checks(content, path=path)
    ]
    if found:
        raise CatalogueRefused(sorted(found, key=lambda finding: finding.line))
    described = content.model_dump(mode="json", exclude={"protocol"})
    return CatalogueEntry(file=file, content=content, type_sha256=digest(described))


def _with_shared_steps(located: Located, *, file: str) -> Located:
    try:
        return with_shared_steps(located)
    except SharedStepsAreWrong as error:
        raise CatalogueRefused([Finding(file=file, line=1, reason=f"shared steps: {error}")]) from error
    except UnknownSharedStep as error:
        reason = f"no shared file has the step {error.code}"
        raise CatalogueRefused(
            [Finding(file=file, line=located.line_of(error.path), reason=reason)]
        ) from error


def shape_findings(error: ValidationError, *, located: Located, file: str) -> Iterator[Finding]:
    """Yield what is wrong with the shape of a document, each with its line."""
    for detail in error.errors(include_url=False):
        # A key of a mapping is reported as one more element of the path.
        where = tuple(part for part in detail["loc"] if part != "[key]")
        yield Finding(file=file, line=located.line_of(where), reason=_sentence(detail, where=where))


def _sentence(detail: ErrorDetails, *, where: PathInFile) -> str:
    name = ".".join(str(part) for part in where) or "the file"
    if detail["type"] == "missing" and where[-1] == "source":
        return f"{name}: a number without a source"
    if detail["type"] == "extra_forbidden":
        return f"{name}: nobody knows this key"
    return f"{name}: {detail['msg'].removeprefix('Value error, ')}"


def _cross_checks(content: CatalogueFile, *, path: Path) -> Iterator[tuple[PathInFile, str]]:
    if path.stem != content.type.id:
        yield ("type", "id"), f"the file is named {path.stem} and holds {content.type.id}"
    for problem in type_problems(content):
        yield problem.path, problem.reason
    if content.protocol is not None:
        for problem in problems(content.protocol.as_content()):
            yield ("protocol", *problem.path), problem.reason
    yield from unknown_sources(content.model_dump(mode="json"), path=())


def unknown_sources(value: object, *, path: PathInFile) -> Iterator[tuple[PathInFile, str]]:
    """Yield the sources that nobody knows, each with where it stands."""
    if isinstance(value, dict):
        for key, entry in value.items():
            if key == "source" and isinstance(entry, str):
                unknown = sorted(set(entry.split(", ")) - source_marks())
                yield from (((*path, key), f"nobody knows the source {mark}") for mark in unknown)
            else:
                yield from unknown_sources(entry, path=(*path, key))
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            yield from unknown_sources(entry, path=(*path, index))
