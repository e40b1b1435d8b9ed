"""What the source marks of the catalogue stand for."""

from functools import lru_cache
from pathlib import Path

import yaml

_FILE = Path(__file__).parent / "sources.yaml"


@lru_cache(maxsize=1)
def sources() -> dict[str, str]:
    """Return what each mark stands for, and how far it has been checked."""
    loaded = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {str(mark): str(text) for mark, text in loaded.items()}


@lru_cache(maxsize=1)
def source_marks() -> frozenset[str]:
    """Return the marks a file may use."""
    return frozenset(sources())
