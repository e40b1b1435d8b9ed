"""What the linter must know beside the protocol: the kind of procedure, and how its messages are framed."""

from dataclasses import dataclass
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """
    A procedure type: its code in the vocabulary, kinds of anaesthesia, planned minutes, names for patients.

    Names are pairs of language and name; `targets` are those it knows, if any.
    """

    code: str
    anaesthesia_options: tuple[str, ...]
    planned_minutes: int
    patient_names: tuple[tuple[str, str], ...]
    targets: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Letterhead:
    """
    What stands around the core of a message; by default names as long as they usually get.

    `link` has the length of a real one; `phone` is an E.164 number.
    """

    clinic_name: str = "Northside Clinic"
    phone: str = "+442079460000"
    phone_hours: str = "Monday to Friday, 8:00 to 18:00"
    emergency_number: str = "999"
    first_name: str = "Christopher"
    link: str = "https://go.northside.example/p/q2Xw0bT5m1Rk8cV4nZ7jLg"
    place: str = "Northside Clinic, 2nd floor"
    address: str = "14 Harbour Street, London N1 9QF"
    zone: ZoneInfo = LONDON
