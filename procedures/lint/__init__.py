"""
The linter: everything that keeps a protocol from being approved, and what its author should read once more.

Pure: no framework, no database, no clock. It says what `catalogue.problems` says and adds what shows only when the
texts are put into words and the steps are tried on patients.
"""

from procedures.lint.finding import Finding, Severity, has_errors
from procedures.lint.kind import Kind, Letterhead
from procedures.lint.linter import lint

__all__ = ["Finding", "Kind", "Letterhead", "Severity", "has_errors", "lint"]
