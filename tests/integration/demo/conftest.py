"""A demo is a demo only if the settings say so."""

from typing import Any

import pytest


@pytest.fixture
def demo(settings: Any) -> None:
    """The settings of `make demo`."""
    settings.DEMO = True


@pytest.fixture
def demo_urls(settings: Any) -> None:
    """The addresses that a demo has beside the product's."""
    settings.ROOT_URLCONF = "demo_addresses"
