"""A network of clinics in zones whose clocks change on different days, and the people who come."""

import datetime as dt
import random
from decimal import Decimal

from cryoclinic.demo.furniture import LONDON, WEEK, Site, Thing
from cryoclinic.demo.people import APIXABAN, METFORMIN, Persona, Relative

# Northern and southern, by an hour and by half an hour, and none at all.
ZONES = ("Europe/London", "America/New_York", "Australia/Sydney", "Australia/Lord_Howe", "Asia/Kolkata")
_EACH = 4
_CHILDREN, _MEDICINES, _CARERS, _ELSEWHERE = 0.1, 0.3, 0.3, 0.15
KIDNEY_VALUES = {"egfr": Decimal(78), "creatinine_clearance": Decimal(82)}


def sites() -> tuple[Site, ...]:
    """Return one site in each zone, with enough of everything."""
    return tuple(
        Site(
            name=f"House {number}",
            address=f"{number} Long Street",
            zone=zone,
            region="",
            days=WEEK,
            opens=LONDON.opens,
            closes=LONDON.closes,
            things=tuple(
                Thing(kind=thing.kind, name=f"{thing.name} {copy}", skills=thing.skills)
                for copy in range(_EACH)
                for thing in LONDON.things
            ),
        )
        for number, zone in enumerate(ZONES, start=1)
    )


def persona(number: int, *, chance: random.Random, today: dt.date) -> Persona:
    """Return somebody: a child with a parent, somebody who takes a blood thinner, or neither."""
    child = chance.random() < _CHILDREN
    takes = not child and chance.random() < _MEDICINES
    relatives = []
    if child or chance.random() < _CARERS:
        kind = "guardian" if child else "carer"
        phone = f"+4475{number:08}"
        relatives.append(Relative(given_name="Gus", relationship=kind, phone=phone, is_escort=True))
    return Persona(
        number=number,
        given_name=f"Patient{number}",
        family_name="Year",
        sex="f",
        birth_date=today - dt.timedelta(days=365 * (9 if child else 61)),
        language=chance.choice(("en", "es", "pl", "fr")),
        abroad=chance.random() < _ELSEWHERE,
        phone=f"+4474{number:08}",
        email=f"patient{number}@example.org",
        doses=(APIXABAN, METFORMIN) if takes else (),
        conditions=("atrial_fibrillation",) if takes else (),
        relatives=tuple(relatives),
    )
