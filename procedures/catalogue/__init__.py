"""
The starter catalogue: procedure types and protocols as files, and the checks every protocol must pass.

Pure: no framework, no database, no clock. A clinic approves every line before use; nothing here is advice.
"""

from procedures.catalogue.checks import Problem, problems
from procedures.catalogue.content import ProtocolContent
from procedures.catalogue.reading import (
    CatalogueEntry,
    CatalogueRefused,
    Finding,
    builtin_files,
    read_catalogue,
)
from procedures.catalogue.schema import CatalogueFile, schema_text
from procedures.catalogue.sources import sources

__all__ = [
    "CatalogueEntry",
    "CatalogueFile",
    "CatalogueRefused",
    "Finding",
    "Problem",
    "ProtocolContent",
    "builtin_files",
    "problems",
    "read_catalogue",
    "schema_text",
    "sources",
]
