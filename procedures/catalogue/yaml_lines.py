"""
YAML that remembers its lines.

Only what JSON has too: a plain scalar is text unless it is a whole number, true, false or null, so that 17:00
and no stay what was written.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import yaml

Path = tuple[str | int, ...]

# The same parser in C where PyYAML was built with it, some ten times faster.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CONSTANTS: dict[str, bool | None] = {"true": True, "false": False, "null": None}
_WHOLE_NUMBER = re.compile(r"-?(0|[1-9]\d*)")


class UnreadableYaml(ValueError):
    """This file is not YAML as the catalogue uses it."""

    def __init__(self, *, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line
        self.reason = reason


@dataclass(frozen=True, kw_only=True, slots=True)
class Located:
    """A document and, for every path in it, the line (from 1) where its key or entry stands."""

    value: object
    lines: Mapping[Path, int]

    def line_of(self, path: Path) -> int:
        """Return the line of the path, or of its nearest parent that the file has."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def load(text: str) -> Located:
    """
    Return the one document in `text`.

    :raises UnreadableYaml: if it is no YAML, lists a key twice, or uses an alias
    """
    try:
        node = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise UnreadableYaml(line=line, reason=f"not YAML: {error.problem}") from error
    except yaml.YAMLError as error:
        raise UnreadableYaml(line=1, reason="not YAML: a character that YAML does not allow") from error
    if node is None:
        raise UnreadableYaml(line=1, reason="the file is empty")
    builder = _Builder()
    return Located(value=builder.build(node, path=()), lines=builder.lines)


class _Builder:
    """Turns nodes into values and notes where each stood."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self._built: set[int] = set()

    def build(self, node: yaml.Node, *, path: Path) -> object:
        # An alias is the anchored node once more; followed, it could also bite its own tail.
        if id(node) in self._built:
            raise UnreadableYaml(line=_line(node), reason="an alias is not allowed; write the entry out")
        self._built.add(id(node))
        self.lines.setdefault(path, _line(node))
        if isinstance(node, yaml.MappingNode):
            return self._build_mapping(node, path=path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(entry, path=(*path, index)) for index, entry in enumerate(node.value)]
        return _scalar(node)

    def _build_mapping(self, node: yaml.MappingNode, *, path: Path) -> dict[str, object]:
        built: dict[str, object] = {}
        for key, value in node.value:
            name = _key(key)
            if name in built:
                raise UnreadableYaml(line=_line(key), reason=f"the key {name} is listed twice")
            self.lines[(*path, name)] = _line(key)
            built[name] = self.build(value, path=(*path, name))
        return built


def _key(node: yaml.Node) -> str:
    if not isinstance(node, yaml.ScalarNode) or node.value == "<<":
        raise UnreadableYaml(line=_line(node), reason="a key must be a plain word")
    return str(node.value)


def _scalar(node: yaml.Node) -> object:
    written = str(node.value)
    # The two parsers write a plain style as nothing and as an empty text.
    if getattr(node, "style", None):
        return written
    if written in _CONSTANTS:
        return _CONSTANTS[written]
    return int(written) if _WHOLE_NUMBER.fullmatch(written) else written


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
