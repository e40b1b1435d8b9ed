"""The preparation engine's codes, as far as catalogue files name them."""

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import Any


@lru_cache(maxsize=1)
def _vocabulary() -> Mapping[str, Any]:
    data = resources.files("procedures.preparation").joinpath("data/vocabulary.json")
    loaded: Mapping[str, Any] = json.loads(data.read_text(encoding="utf-8"))
    return loaded


def procedures() -> Mapping[str, Mapping[str, Any]]:
    """Return the procedures the engine can prepare, by id."""
    known: Mapping[str, Mapping[str, Any]] = _vocabulary()["procedures"]
    return known


def prerequisites() -> frozenset[str]:
    """Return what the engine may ask evidence for."""
    return frozenset(_vocabulary()["prerequisite_items"])


def prerequisites_before_a_booking() -> frozenset[str]:
    """Return those of which evidence can exist before there is a booking: neither of one booking nor of its day."""
    items = _vocabulary()["prerequisite_items"]
    return frozenset(
        name for name, item in items.items() if item["valid_days"] not in {"this_booking", 0, None}
    )


def never_send_codes() -> frozenset[str]:
    """Return what a step's subject may be; codes that are about one drug end in a colon."""
    return frozenset(code.split("<")[0] for code in _vocabulary()["never_send"])


def drug_names() -> frozenset[str]:
    """Return every drug the engine knows, combinations by their parts."""
    return frozenset(part for name in _vocabulary()["drugs"] for part in name.split("/"))
