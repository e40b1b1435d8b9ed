"""What every integration test may ask for; the people and places are described in `builders`."""

import pytest
from builders import Clinic, make_clinic


@pytest.fixture
def clinic(db: None) -> Clinic:
    """A clinic with two locations, its people, and Pia."""
    return make_clinic()
