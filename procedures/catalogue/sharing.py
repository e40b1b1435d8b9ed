"""
Steps that many protocols have in common: written once, named by `use` in a catalogue file.

`- use: food-and-water` stands for the step of that code in `shared/*.yaml`, with its texts in the languages the
protocol lists. A loaded protocol has full steps only: what is shared is the writing, not the content.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import Field, TypeAdapter, ValidationError
from pydantic_core import to_json

from procedures.catalogue.protocol_schema import StepEntry
from procedures.catalogue.strict import Code, Strict
from procedures.catalogue.yaml_lines import Located, load
from procedures.catalogue.yaml_lines import Path as PathInFile

SHARED = Path(__file__).parent / "shared"


class UseEntry(Strict):
    """A step of the shared files, by its code."""

    use: Code


class SharedSteps(Strict):
    """A file of steps that protocols may use."""

    steps: tuple[StepEntry, ...] = Field(min_length=1)


class SharedStepsAreWrong(ValueError):
    """The shared steps cannot be used as they are."""


class UnknownSharedStep(LookupError):
    """No shared file has this step."""

    def __init__(self, *, code: str, path: PathInFile) -> None:
        super().__init__(code)
        self.code = code
        self.path = path


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedStep:
    """A step as written, and the file it stands in."""

    written: Mapping[str, Any]
    file: str


@lru_cache(maxsize=1)
def shared_steps() -> Mapping[str, SharedStep]:
    """
    Return the shared steps by code.

    :raises SharedStepsAreWrong: if a file has another shape, or two of them have the same step
    """
    found: dict[str, SharedStep] = {}
    for path in sorted(SHARED.glob("*.yaml")):
        located = load(path.read_text(encoding="utf-8"))
        try:
            TypeAdapter(SharedSteps).validate_json(to_json(located.value))
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            line = located.line_of(first["loc"])
            raise SharedStepsAreWrong(f"{path.name}:{line}: {where}: {first['msg']}") from error
        for written in located.value["steps"]:  # type: ignore[index]
            code = written["code"]
            if code in found:
                raise SharedStepsAreWrong(f"{path.name}: the step {code} is also in {found[code].file}")
            found[code] = SharedStep(written=written, file=path.name)
    return found


def with_shared_steps(located: Located) -> Located:
    """
    Return the document with every `use` replaced by the step it names.

    :raises UnknownSharedStep: if no shared file has one of them
    """
    value = located.value
    if not isinstance(value, dict) or not isinstance(value.get("protocol"), dict):
        return located
    protocol = value["protocol"]
    steps = protocol.get("steps")
    if not isinstance(steps, list):
        return located
    languages = protocol.get("languages")
    full = [
        _full(step, path=("protocol", "steps", index), languages=languages)
        for index, step in enumerate(steps)
    ]
    return Located(value={**value, "protocol": {**protocol, "steps": full}}, lines=located.lines)


def _full(step: object, *, path: PathInFile, languages: object) -> object:
    if not isinstance(step, dict) or set(step) != {"use"}:
        return step
    code = step["use"]
    known = shared_steps()
    if code not in known:
        raise UnknownSharedStep(code=str(code), path=path)
    written = known[code].written
    return _in_languages(written, languages if isinstance(languages, list) else [])


def _in_languages(written: Mapping[str, Any], languages: list[Any]) -> dict[str, Any]:
    """Return a step with the texts of these languages only; one that is missing is for the checks to find."""
    step = dict(written)
    step["texts"] = _chosen(written["texts"], languages)
    if "notices" in written:
        step["notices"] = [
            {**notice, "texts": _chosen(notice["texts"], languages)} for notice in written["notices"]
        ]
    return step


def _chosen(texts: Mapping[str, Any], languages: list[Any]) -> dict[str, Any]:
    return {language: text for language, text in texts.items() if language in languages}
