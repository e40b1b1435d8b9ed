"""What every part of the page is made from: one reader, one moment, everything read once."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from notifications.operations.access import Reader
from notifications.operations.inputs import Inputs, inputs_of
from notifications.operations.page_answers import latest_answer
from notifications.operations.people import zone_of
from notifications.operations.today.saying import Speaker, texts_known
from notifications.operations.today.steps import Place, steps_for, texts_at
from notifications.operations.today.values import Clinic, Text
from notifications.operations.today.words import words_in
from notifications.planning.facts import without_medicines
from procedures.steps import Audience, FactValue, Step
from scheduling.models import Appointment, AppointmentChange, PatientAnswer, RelatedPerson, Task


@dataclass(frozen=True, kw_only=True, slots=True)
class Ground:
    """What every part of the page is made from."""

    reader: Reader
    inputs: Inputs
    speaker: Speaker
    clinic: Clinic
    steps: tuple[Step, ...]
    tasks: tuple[Task, ...]
    history: tuple[AppointmentChange, ...]
    answer: PatientAnswer | None

    @property
    def appointment(self) -> Appointment:
        """The visit the page is about."""
        return self.reader.appointment

    @property
    def language(self) -> str:
        """The language the reader asked for."""
        return self.reader.person.language

    @property
    def for_patient(self) -> bool:
        """Whether the reader sees everything: the patient, or a child's guardian."""
        return self.reader.audience is Audience.PATIENT

    def texts(self, place: Place) -> tuple[Text, ...]:
        """Return the protocol's texts that stand at a place, as this patient reads them."""
        return texts_at(
            place, steps=self.steps, speaker=self.speaker, clinic=self.clinic, language=self.language
        )


def ground_of(reader: Reader, *, clinic: Clinic, now: dt.datetime) -> Ground:
    """
    Read everything the page needs.

    :raises InvalidCase: if what is recorded about the patient does not make a case
    """
    appointment = reader.appointment
    inputs = inputs_of(appointment)
    facts = dict(inputs.facts) if inputs.signed else without_medicines(inputs.facts)
    return Ground(
        reader=reader,
        inputs=inputs,
        speaker=speaker_of(reader, facts=facts | texts_known(clinic), now=now),
        clinic=clinic,
        steps=steps_for(inputs),
        tasks=open_tasks(appointment),
        history=tuple(appointment.changes.all()),
        answer=latest_answer(appointment),
    )


def speaker_of(reader: Reader, *, facts: Mapping[str, FactValue], now: dt.datetime) -> Speaker:
    """Return how times are said to this reader."""
    zone = reader.appointment.location.tz
    return Speaker(
        words=words_in(reader.person.language),
        now=now,
        zone=zone,
        reader_zone=zone_of(reader.person, zone),
        facts=facts,
        procedure_in=reader.appointment.offering.procedure_type.patient_name_in,
    )


def open_tasks(appointment: Appointment) -> tuple[Task, ...]:
    """Return what staff still have to do for the appointment."""
    return tuple(Task.objects.still_open().filter(appointment=appointment))


def for_whom(reader: Reader, *, speaker: Speaker) -> str:
    """Return whose plan it is, for everybody but the patient."""
    person, patient = reader.person, reader.appointment.patient
    if not isinstance(person, RelatedPerson):
        return ""
    if reader.audience is Audience.PATIENT:
        return speaker.put(speaker.words.plan.for_parent, name=patient.given_name)
    return speaker.put(speaker.words.plan.for_carer, name=f"{patient.given_name} {patient.family_name}")
