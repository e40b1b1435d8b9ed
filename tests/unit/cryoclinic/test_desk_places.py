"""What people at a location are used to."""

import pytest

from cryoclinic.accounts.models import Location, Organization
from cryoclinic.dashboard.places import country_of, writes_month_first


@pytest.mark.parametrize(
    ("region", "phone", "country", "month_first"),
    [
        ("GB-ENG", "+12125550100", "GB", False),
        ("US-MA", "", "US", True),
        ("", "+442079460000", "GB", False),
        ("", "+12125550100", "US", True),
        ("", "nonsense", "", False),
    ],
)
def test_country_comes_from_the_region_or_the_phone(
    region: str, phone: str, country: str, month_first: bool
) -> None:
    location = Location(organization=Organization(phone=phone), region=region)

    assert (country_of(location), writes_month_first(location)) == (country, month_first)
