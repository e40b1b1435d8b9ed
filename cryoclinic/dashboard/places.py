"""What people at a location are used to: which country's phone numbers they dial, how they write a date."""

import phonenumbers

from cryoclinic.accounts.models import Location

# Countries in which the month is written before the day.
MONTH_FIRST = frozenset({"US", "FM", "MH", "PW"})


def country_of(location: Location) -> str:
    """Return the country of a location, such as "GB": of its region, else of its phone number; empty for unknown."""
    if location.region:
        return location.region.partition("-")[0].upper()
    try:
        number = phonenumbers.parse(location.organization.helpline_at(location).phone)
    except phonenumbers.NumberParseException:
        return ""
    return phonenumbers.region_code_for_number(number) or ""


def writes_month_first(location: Location) -> bool:
    """Return whether people there write 3/14/1961."""
    return country_of(location) in MONTH_FIRST
