"""Journeys tell their stories with the people and places of the integration tests."""

import sys
from pathlib import Path

INTEGRATION = Path(__file__).resolve().parent.parent / "integration"
sys.path[:0] = [str(INTEGRATION), str(INTEGRATION / "notifications")]
