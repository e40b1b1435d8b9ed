"""Fields whose refusals say what to write instead."""

import datetime as dt
from typing import Any

import phonenumbers
from django.core.exceptions import ValidationError as DjangoValidationError
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from cryoclinic.accounts.models import validate_zone

# Nothing is booked outside these; far beyond them, arithmetic with zones overflows.
FIRST_YEAR, LAST_YEAR = 2000, 2199


@extend_schema_field(OpenApiTypes.DATETIME)
class InstantField(serializers.DateTimeField):
    """A moment with its offset. One without is refused, because it could mean any zone."""

    default_error_messages = {
        "invalid": "Write the time as ISO 8601 with its offset, for example 2027-03-16T09:00:00+00:00.",
        "out_of_reach": "Write a time between the years 2000 and 2199.",
        "naive_datetime": "Add the offset to the time, for example 2027-03-16T09:00:00+00:00 or ...Z.",
    }

    def enforce_timezone(self, value: dt.datetime) -> dt.datetime:
        """
        Return the moment as it is when it is aware.

        :raises ValidationError: `naive_datetime`, if it has no offset; `out_of_reach`, if no calendar of ours has it
        """
        if value.utcoffset() is None:
            self.fail("naive_datetime")
        if not FIRST_YEAR <= value.year <= LAST_YEAR:
            self.fail("out_of_reach")
        return value.astimezone(dt.UTC)


@extend_schema_field({"type": "string", "examples": ["+442079460000"], "maxLength": 20})
class PhoneField(serializers.CharField):
    """A phone number, stored as E.164. Spaces, dots and brackets are fine."""

    default_error_messages = {
        "phone": "Write the number with its country code, for example +44 20 7946 0000.",
    }

    def to_internal_value(self, data: Any) -> str:
        """
        Return the number as E.164, or nothing for nothing.

        :raises ValidationError: `phone`, if no such number can exist
        """
        text = super().to_internal_value(data)
        if not text:
            return text
        try:
            number = phonenumbers.parse(text)
        except phonenumbers.NumberParseException:
            self.fail("phone")
        if not phonenumbers.is_valid_number(number):
            self.fail("phone")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class ZoneField(serializers.CharField):
    """A time zone by its name in the time zone database."""

    default_error_messages = {
        "unknown_zone": "This is not a time zone. Use a name such as Europe/London.",
    }

    def to_internal_value(self, data: Any) -> str:
        """
        Return the name, or nothing for nothing.

        :raises ValidationError: `unknown_zone`, if there is no such zone
        """
        name = super().to_internal_value(data)
        try:
            if name:
                validate_zone(name)
        except DjangoValidationError:
            self.fail("unknown_zone")
        return name
