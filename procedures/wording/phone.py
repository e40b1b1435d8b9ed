"""Phone numbers in groups."""

from functools import lru_cache

import phonenumbers


@lru_cache(maxsize=1024)
def phone(number: str) -> str:
    """
    Return an E.164 number as its own country writes it, in groups: "020 7946 0000".

    Anything else (an emergency number, an extension) is returned as it is.
    """
    try:
        parsed = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)
