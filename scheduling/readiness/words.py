"""Items of preparation as staff read them. Pure."""

ACRONYMS = {"inr": "INR", "egfr": "eGFR", "la": "Left atrial", "oac": "Anticoagulant", "eua": "Examination"}


def item_words(code: str) -> str:
    """Return a prerequisite as words: "Planning imaging", "INR"."""
    head, _, rest = code.partition("_")
    words = f"{ACRONYMS.get(head, head)}{' ' if rest else ''}{rest.replace('_', ' ')}"
    return words if head in ACRONYMS else words[:1].upper() + words[1:]
