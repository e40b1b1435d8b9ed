"""What every part of a catalogue file has in common: nothing unknown, nothing converted, no number without a source."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

_MARK = r"(?:S[0-4]|L\d{1,2}[a-c]?|[A-Z][A-Z0-9]*_?\d{4}(?:_\d{4})?|c|ops)"

Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(?:[-_][a-z0-9]+)*$", max_length=60)]
Source = Annotated[str, StringConstraints(pattern=rf"^{_MARK}(?:, {_MARK})*$", max_length=80)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=4000)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(?:-[A-Z]{2})?$")]


class Strict(BaseModel):
    """Base of every entry."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, use_attribute_docstrings=True)
