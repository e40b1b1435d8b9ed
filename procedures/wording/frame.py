"""The words around the core of a message, which every language supplies."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """
    Templates of the lines that every message shares; `{name}` as in `procedures.wording.fill`.

    `name` is the language's own name. `plan` and `more` end an SMS whose core is complete or shortened;
    `open_plan` labels the link of an email, and `call` stands before its phone number. `between` divides the
    parts of a list that hold commas. `reply` offers the three answers to an SMS; no word in it is one that carriers
    act on.
    """

    name: str
    plan: str  # {link}
    more: str  # {link}
    questions: str  # {phone}
    reply: str
    greeting: str  # {first_name}
    open_plan: str
    call: str
    between: str = "; "
    direction: str = "ltr"
