"""The demo's sixty patients, made up from lists: who they are, what they take, who is near them. Values only."""

import datetime as dt
import random
from collections.abc import Iterator
from dataclasses import dataclass

PATIENTS = 60
CHILD_EVERY = 30

_GIVEN = {
    "f": (
        "Margaret", "Aisha", "Joan", "Helen", "Priya", "Grace", "Elena", "Ruth", "Fiona", "Maria", "Chloe", "Hana",
        "Doris", "Nadia", "Sofia", "Wendy", "Leah", "Teresa", "Olga", "Janet", "Amara", "Beatriz", "Carol", "Yvonne",
        "Irene", "Paula", "Ellen", "Mei", "Gloria", "Sylvia",
    ),
    "m": (
        "Thomas", "Kwame", "Peter", "Arthur", "Rajesh", "David", "Marek", "George", "Hassan", "Frank", "Liam", "Juan",
        "Victor", "Samuel", "Neil", "Walter", "Omar", "Diego", "Stanley", "Ivan", "Colin", "Emeka", "Robert", "Hugo",
        "Derek", "Antonio", "Philip", "Wei", "Edgar", "Malcolm",
    ),
}  # fmt: skip
_FAMILY = (
    "Ellis", "Rahman", "Whitfield", "Osei", "Kapoor", "Doyle", "Kowalski", "Bennett", "Farouk", "Castillo", "Murphy",
    "Tanaka", "Greaves", "Haddad", "Moreau", "Sutton", "Levy", "Romero", "Petrov", "Barlow", "Adeyemi", "Santos",
    "Hughes", "Laurent", "Fischer", "Navarro", "Pryce", "Chen", "Whitaker", "Nowicki",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Dose:
    """A medicine as the patient says it; `times` are wall-clock times, `weekdays` empty for every day."""

    drug: str
    brand: str = ""
    form: str = ""
    times: tuple[str, ...] = ("08:00",)
    weekdays: tuple[str, ...] = ()
    phase: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Relative:
    """Somebody near the patient, who agreed to be told."""

    given_name: str
    relationship: str
    phone: str
    is_escort: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Persona:
    """A patient before there is a row."""

    number: int
    given_name: str
    family_name: str
    sex: str
    birth_date: dt.date
    language: str
    abroad: bool
    phone: str
    email: str
    doses: tuple[Dose, ...]
    conditions: tuple[str, ...]
    relatives: tuple[Relative, ...]
    is_small: bool = False
    """A child below the age of school."""

    @property
    def identifier(self) -> str:
        """Return the clinic's own number for the person."""
        return f"N-{1000 + self.number}"


SCHOOL_AGE = 6
APIXABAN = Dose(drug="apixaban", brand="Eliquis", form="5 mg tablet", times=("08:00", "20:00"))
METFORMIN = Dose(drug="metformin", brand="", form="500 mg tablet", times=("08:00", "18:00"))
# Usual lists and the conditions that go with them; most people take nothing that matters here.
_LISTS: tuple[tuple[int, tuple[Dose, ...], tuple[str, ...]], ...] = (
    (14, (), ()),
    (8, (Dose(drug="amlodipine", form="5 mg tablet"),), ("hypertension",)),
    (6, (Dose(drug="atorvastatin", form="20 mg tablet", times=("21:00",)),), ()),
    (6, (Dose(drug="ramipril", form="5 mg capsule"),), ("hypertension",)),
    (5, (APIXABAN, Dose(drug="bisoprolol", form="2.5 mg tablet")), ("atrial_fibrillation",)),
    (3, (Dose(drug="warfarin", form="3 mg tablet", times=("18:00",)),), ("atrial_fibrillation",)),
    (4, (Dose(drug="clopidogrel", brand="Plavix", form="75 mg tablet"),), ("stent_beyond_window",)),
    (5, (METFORMIN,), ("type_2_diabetes",)),
    (
        4,
        (
            METFORMIN,
            Dose(
                drug="semaglutide",
                brand="Ozempic",
                form="1 mg pen",
                times=("09:00",),
                weekdays=("sun",),
                phase="maintenance",
            ),
        ),
        ("type_2_diabetes",),
    ),
    (3, (Dose(drug="levothyroxine", form="50 microgram tablet", times=("07:00",)),), ()),
    (2, (Dose(drug="turmeric capsules", form="capsule"),), ()),
)


def personas(*, seed: int, today: dt.date) -> tuple[Persona, ...]:
    """Return the sixty, the same for the same seed and date; ages are counted from `today`."""
    rng = random.Random(seed)  # noqa: S311 - nothing secret is drawn
    lists = [(doses, conditions) for share, doses, conditions in _LISTS for _ in range(share)]
    rng.shuffle(lists)
    return tuple(
        _persona(number, rng=rng, today=today, doses=doses, conditions=conditions)
        for number, (doses, conditions) in zip(range(1, PATIENTS + 1), lists, strict=True)
    )


def _persona(
    number: int, *, rng: random.Random, today: dt.date, doses: tuple[Dose, ...], conditions: tuple[str, ...]
) -> Persona:
    sex = "f" if number % 2 else "m"
    given, family = _GIVEN[sex][(number - 1) // 2], _FAMILY[(number * 7) % len(_FAMILY)]
    child = number % CHILD_EVERY == 0
    if child:
        doses, conditions = (), ()
    age = rng.randint(2, 16) if child else rng.randint(48, 84) if doses else rng.randint(23, 78)
    abroad = number % 4 == 0
    return Persona(
        number=number,
        given_name=given,
        family_name=family,
        sex=sex,
        birth_date=today.replace(day=1) - dt.timedelta(days=365 * age + rng.randint(40, 300)),
        language=_language(number),
        abroad=abroad,
        phone=_phone(number, abroad=abroad),
        email=f"{given}.{family}@example.org".lower(),
        doses=doses,
        conditions=conditions,
        is_small=age < SCHOOL_AGE,
        relatives=tuple(_relatives(number, family=family, child=child, abroad=abroad, rng=rng)),
    )


def _relatives(
    number: int, *, family: str, child: bool, abroad: bool, rng: random.Random
) -> Iterator[Relative]:
    if child or number % 3 == 0:
        names = _GIVEN["m" if number % 2 else "f"]
        yield Relative(
            given_name=rng.choice(names),
            relationship="guardian" if child else "carer",
            phone=_phone(number + (0 if abroad else 500) + (30 if abroad else 0), abroad=abroad),
            is_escort=not child,
        )


def _language(number: int) -> str:
    # One is enough to see what happens when there is no approved text: people phone, with an interpreter.
    return {5: "es", 11: "fr", 17: "pl", 23: "de", 29: "es", 35: "pl", 41: "fr", 47: "pl"}.get(number, "en")


def _phone(number: int, *, abroad: bool) -> str:
    """Return a number that is kept free for fiction: 020 7946 0xxx, or 555-01xx in New York."""
    return f"+1212555{100 + number % 100:04}" if abroad else f"+442079460{number:03}"
