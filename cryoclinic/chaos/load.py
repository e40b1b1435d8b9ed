"""The clinic's day while everything falls over: people are booked, moved, cancelled, and their medicines signed."""

import datetime as dt
import logging
import random
import threading
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from cryoclinic.demo.clinic import Clinic, furnish
from cryoclinic.demo.furniture import KIDNEY, LONDON, WEEK, Site, Thing
from cryoclinic.demo.people import APIXABAN, Persona, Relative
from cryoclinic.demo.preparing import record_qualification, record_usual_evidence, sign_all
from cryoclinic.demo.registry import register_one
from cryoclinic.rehearsal.smoke import DAYTIME, ZONES
from scheduling.codes import CancellationReason
from scheduling.models import Appointment, ProcedureOffering
from scheduling.operations import (
    Actor,
    SlotTaken,
    TransitionRefused,
    book_appointment,
    cancel_appointment,
    move_appointment,
)
from scheduling.operations.slots import find_slots

log = logging.getLogger(__name__)
# So many of everything that a booking is refused only when it should be.
_EACH = 12
PAUSE_SECONDS = 0.35
_BOOK, _MOVE, _SIGN = 0.6, 0.8, 0.9
_CHILDREN, _MEDICINES = 0.25, 0.3


def _site() -> Site:
    """Return a house where it is day now, so that nothing waits for the morning."""
    zone = next(name for name in ZONES if timezone.now().astimezone(ZoneInfo(name)).hour in DAYTIME)
    return Site(
        name="Storm house",
        address="1 Long Street",
        zone=zone,
        region="",
        days=WEEK,
        opens=LONDON.opens,
        closes=LONDON.closes,
        things=tuple(
            Thing(kind=thing.kind, name=f"{thing.name} {number}", skills=thing.skills)
            for number in range(_EACH)
            for thing in LONDON.things
        ),
    )


@dataclass(kw_only=True, slots=True)
class Load:
    """A thread that uses the clinic until it is told to stop; a database that is away costs it nothing but the one act."""

    chance: random.Random
    clinic: Clinic
    offering: ProcedureOffering
    starts: list[dt.datetime]
    done: int = 0
    refused: int = 0
    interrupted: int = 0
    _people: int = 0
    _over: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def begin(self) -> None:
        """Start using the clinic."""
        self._thread = threading.Thread(target=self._live, name="load", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Finish the act under way and stop."""
        self._over.set()
        if self._thread:
            self._thread.join()

    def _live(self) -> None:
        while not self._over.wait(PAUSE_SECONDS * self.chance.uniform(0.5, 1.5)):
            try:
                self._act(timezone.now())
                self.done += 1
            except (SlotTaken, TransitionRefused):
                self.refused += 1
            except (OperationalError, InterfaceError):
                # It was restarted under our hands: whoever sits at the desk tries something else.
                self.interrupted += 1
                connection.close()
        connection.close()

    def _act(self, now: dt.datetime) -> None:
        drawn = self.chance.random()
        booked = list(Appointment.objects.filter(status="booked").order_by("-id")[:60])
        if drawn < _BOOK or not booked:
            self._book(now)
            return
        chosen = self.chance.choice(booked)
        if drawn < _MOVE:
            move_appointment(
                appointment=chosen,
                start=self._free_start(),
                now=now,
                by=self._staff,
                override_reason="Agreed.",
            )
        elif drawn < _SIGN:
            sign_all(appointment=chosen, by=self.clinic.people["cleo"], now=now)
        else:
            cancel_appointment(appointment=chosen, reason=CancellationReason.PATIENT, now=now, by=self._staff)

    def _book(self, now: dt.datetime) -> None:
        self._people += 1
        persona = self._persona(self._people, now)
        with transaction.atomic():
            patient = register_one(persona, organization=self.clinic.organization, now=now)
            record_qualification(
                patient=patient, offering=self.offering, by=self.clinic.people["nora"], now=now
            )
        appointment = book_appointment(
            offering=self.offering,
            patient=patient,
            start=self._free_start(),
            now=now,
            by=self._staff,
            override_reason="Prepared by phone.",
        )
        record_usual_evidence(appointment=appointment, by=self.clinic.people["nora"], now=now)

    def _persona(self, number: int, now: dt.datetime) -> Persona:
        child = self.chance.random() < _CHILDREN
        takes = not child and self.chance.random() < _MEDICINES
        parent = Relative(
            given_name="Gus", relationship="guardian", phone=f"+4420796{number:06}", is_escort=True
        )
        return Persona(
            number=number,
            given_name=f"Patient{number}",
            family_name="Storm",
            sex="f",
            birth_date=now.date() - dt.timedelta(days=365 * (9 if child else 61)),
            language=self.chance.choice(("en", "es", "pl", "fr")),
            abroad=False,
            phone=f"+4420794{number:06}",
            email=f"patient{number}@example.org",
            doses=(APIXABAN,) if takes else (),
            conditions=("atrial_fibrillation",) if takes else (),
            relatives=(parent,) if child else (),
        )

    @property
    def _staff(self) -> Actor:
        return Actor(user=self.clinic.people["sam"], may_override=True)

    def _free_start(self) -> dt.datetime:
        return self.chance.choice(self.starts)


def load_of(*, seed: int) -> Load:
    """Make the clinic and return what will use it."""
    now = timezone.now()
    site = _site()
    with transaction.atomic():
        clinic = furnish(now=now - dt.timedelta(days=60), sites=(site,))
    offering = ProcedureOffering.objects.with_terms().get(pk=clinic.offerings[site.name, KIDNEY].pk)
    first = now + dt.timedelta(days=12)
    found = find_slots(
        offering=offering, first=first, until=first + dt.timedelta(days=120), limit=4000, now=now
    )
    return Load(
        chance=random.Random(seed),  # noqa: S311 - the same day in every run
        clinic=clinic,
        offering=offering,
        starts=[slot.start for slot in found],
    )
