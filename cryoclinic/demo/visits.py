"""Which visits the demo's diary has around today, and what became of each. Values only."""

import datetime as dt
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from cryoclinic.demo.furniture import BACK, BONE, CERVIX, EYE, HEART, KIDNEY, KNEE, LIVER, LUNG, RIBS, SKIN
from cryoclinic.demo.people import CHILD_EVERY, Persona

FIRST_DAY, LAST_DAY = -10, 11
VISITS_TODAY = 7


class Fate(StrEnum):
    """What becomes of a visit, as far as it lies in the past."""

    USUAL = "usual"  # arrives, is treated, leaves
    MOVED = "moved"
    CANCELLED = "cancelled"
    MISSED = "missed"
    UNRECORDED = "unrecorded"  # nobody wrote down that it ended
    UNSIGNED = "unsigned"  # nobody has decided about the medicines


_FATES = (
    *[Fate.USUAL] * 11, Fate.MOVED, Fate.MOVED, Fate.CANCELLED, Fate.CANCELLED, Fate.MISSED, Fate.UNRECORDED,
    Fate.UNSIGNED, Fate.UNSIGNED, Fate.USUAL,
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Visit:
    """A visit to be booked `lead` days before `day`, both counted from today; `day` is where the search begins."""

    persona: Persona
    procedure: str
    day: int
    lead: int
    fate: Fate


def visits(people: Sequence[Persona], *, seed: int) -> Iterator[Visit]:
    """Yield three weeks of visits, in the order of their days; everybody comes once before anybody comes twice."""
    rng = random.Random(seed)  # noqa: S311 - nothing secret is drawn
    queue = list(people)
    rng.shuffle(queue)
    count = 0
    for day in range(FIRST_DAY, LAST_DAY + 1):
        for _ in range(VISITS_TODAY if day == 0 else rng.randint(1, 3)):
            persona = queue[count % len(queue)]
            procedure = _procedure(persona, rng)
            shortest = 4 if procedure in {BACK, SKIN, CERVIX, KNEE} else 9
            lead = max(rng.randint(shortest, shortest + 12), day + 1)
            yield Visit(
                persona=persona,
                procedure=procedure,
                day=day,
                lead=lead,
                fate=_FATES[count % len(_FATES)],
            )
            count += 1


def start_of_search(visit: Visit, *, today: dt.date) -> dt.date:
    """Return the date from which a start is looked for."""
    return today + dt.timedelta(days=visit.day)


def _procedure(persona: Persona, rng: random.Random) -> str:
    if persona.number % CHILD_EVERY == 0:
        return EYE if persona.is_small and not persona.abroad else SKIN
    common = rng.choices((KIDNEY, BACK, SKIN), weights=(4, 3, 3) if persona.doses else (2, 4, 4))[0]
    if persona.abroad or rng.random() < 0.6:  # noqa: PLR2004 - most come for what is common
        return common
    if "atrial_fibrillation" in persona.conditions:
        return HEART
    rare = (LIVER, LUNG, BONE, KNEE, RIBS)
    return rng.choice((*rare, CERVIX) if persona.sex == "f" else rare)
