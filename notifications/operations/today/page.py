"""The page as a whole: from an appointment as it is now to the sentences of one reader."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace

from notifications.operations.access import Reader
from notifications.operations.inputs import Inputs, inputs_of, state_of
from notifications.operations.page_answers import ANSWERABLE, latest_answer
from notifications.operations.people import zone_of
from notifications.operations.today import changes as changing
from notifications.operations.today.medicines import CALLS, first_step_on, medicines_of
from notifications.operations.today.moments import (
    Situation,
    clocks_of,
    days_of,
    moments_of,
    next_of,
    now_of,
    stops_told,
)
from notifications.operations.today.saying import Speaker, clinic_of, texts_known
from notifications.operations.today.steps import Place, facts_named, reading_language, steps_for, texts_at
from notifications.operations.today.values import Clinic, Medicines, Now, Page, Question, Text
from notifications.planning.facts import without_medicines
from procedures.steps import Audience, FactValue, Step
from scheduling.codes import AnswerCode
from scheduling.models import Appointment, AppointmentChange, PatientAnswer, RelatedPerson, Task

ANSWERS = {
    AnswerCode.ACCEPTED: ("you are coming", "You have nothing else to do here before then."),
    AnswerCode.DECLINED: (
        "you cannot come",
        "We will call you about another time. The visit stands until then.",
    ),
    AnswerCode.TENTATIVE: ("please call me", "We will call you."),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class _Ground:
    """What every part of the page is made from."""

    reader: Reader
    inputs: Inputs
    speaker: Speaker
    clinic: Clinic
    steps: tuple[Step, ...]
    language: str
    tasks: tuple[Task, ...]
    history: tuple[AppointmentChange, ...]
    answer: PatientAnswer | None

    @property
    def appointment(self) -> Appointment:
        return self.reader.appointment

    @property
    def for_patient(self) -> bool:
        return self.reader.audience is Audience.PATIENT


def page_of(reader: Reader, *, now: dt.datetime) -> Page:
    """
    Return what the reader is to know at `now` (aware). Times are the clinic's.

    A carer gets when and where, food and drink; nothing of medicines and answers.

    :raises InvalidCase: if what is recorded about the patient does not make a case
    """
    appointment = reader.appointment
    state = state_of(appointment)
    clinic = clinic_of(appointment)
    if state == "silent":
        return _by_phone(reader, clinic=clinic, now=now)
    if state == "cancelled":
        return _cancelled(reader, clinic=clinic, now=now)
    ground = _ground(reader, clinic=clinic, now=now)
    return _over(ground) if state == "over" else _ahead(ground)


def _by_phone(reader: Reader, *, clinic: Clinic, now: dt.datetime) -> Page:
    speaker = _speaker(reader, facts={}, now=now)
    title = f"Call us on {clinic.phone_said} about this visit"
    return Page(kind="phone", clinic=clinic, as_of=speaker.at(now), now=Now(title=title))


def _cancelled(reader: Reader, *, clinic: Clinic, now: dt.datetime) -> Page:
    """Return the cancellation and nothing else; what to do with a medicine is said by a person."""
    appointment = reader.appointment
    speaker = _speaker(reader, facts={}, now=now)
    day = speaker.say(appointment.start, "day")
    also = " We will also call you." if any(task.kind in CALLS for task in _tasks(appointment)) else ""
    if reader.audience is Audience.PATIENT:
        title = f"Your visit on {day} will not go ahead"
        details: tuple[str, ...] = (
            "You do not need to fast.",
            f"If you stopped or changed a medicine for this visit, call us now on {clinic.phone_said}.{also}",
            "We are sorry for the change.",
        )
    else:
        title = f"The visit on {day} will not go ahead"
        details = ("The person you help does not need to fast.", "We are sorry for the change.")
    return Page(
        kind="cancelled",
        clinic=clinic,
        as_of=speaker.at(now),
        now=Now(title=title, details=details),
        carer=reader.audience is Audience.CARER,
        for_whom=_for_whom(reader),
    )


def _ground(reader: Reader, *, clinic: Clinic, now: dt.datetime) -> _Ground:
    appointment = reader.appointment
    inputs = inputs_of(appointment)
    facts = dict(inputs.facts) if inputs.signed else without_medicines(inputs.facts)
    return _Ground(
        reader=reader,
        inputs=inputs,
        speaker=_speaker(reader, facts=facts | texts_known(clinic), now=now),
        clinic=clinic,
        steps=steps_for(inputs),
        language=reading_language(reader.person.language),
        tasks=_tasks(appointment),
        history=tuple(appointment.changes.all()),
        answer=latest_answer(appointment),
    )


def _speaker(reader: Reader, *, facts: Mapping[str, FactValue], now: dt.datetime) -> Speaker:
    zone = reader.appointment.location.tz
    return Speaker(now=now, zone=zone, reader_zone=zone_of(reader.person, zone), facts=facts)


def _tasks(appointment: Appointment) -> tuple[Task, ...]:
    return tuple(Task.objects.still_open().filter(appointment=appointment))


def _ahead(ground: _Ground) -> Page:
    speaker, appointment = ground.speaker, ground.appointment
    question = _question(ground)
    medicines = _medicines(ground)
    stops = stops_told(
        ground.inputs.facts, named=frozenset().union(*(facts_named(step) for step in ground.steps))
    )
    situation = _situation(ground, stops=stops, question=question, medicines=medicines)
    now = now_of(situation, speaker=speaker)
    page = replace(
        _common(ground),
        now=now,
        next=next_of(situation, now=now, speaker=speaker),
        clocks=clocks_of(stops, speaker=speaker),
        days=days_of(situation, speaker=speaker),
        visit=_visit(ground),
        going_home=_going_home(ground),
        clock_change=_clocks_change(speaker, until=appointment.planned_end),
    )
    page = _with_changes(page, ground)
    if not ground.for_patient:
        return page
    return replace(
        page,
        question=question,
        medicines=medicines,
        food=_texts(ground, Place.FOOD),
        medicine_texts=_texts(ground, Place.MEDICINES) if not medicines.signed else (),
        visit_texts=_texts(ground, Place.VISIT),
        going_home_texts=_texts(ground, Place.GOING_HOME),
        more=_texts(ground, Place.MORE),
        help=_texts(ground, Place.HELP),
    )


def _over(ground: _Ground) -> Page:
    aftercare = _texts(ground, Place.AFTERCARE) if ground.for_patient else ()
    title = aftercare[0].title if aftercare else "The visit is over"
    page = replace(
        _common(ground),
        kind="over",
        now=Now(title=title, details=aftercare[0].paragraphs if aftercare else ()),
        aftercare=aftercare[1:],
    )
    if not ground.for_patient:
        return page
    return replace(page, help=_texts(ground, Place.HELP), medicines=_medicines(ground))


def _common(ground: _Ground) -> Page:
    reader, speaker = ground.reader, ground.speaker
    return Page(
        kind="plan",
        clinic=ground.clinic,
        as_of=speaker.at(speaker.now),
        now=Now(title=""),
        carer=not ground.for_patient,
        for_whom=_for_whom(reader),
        no_text_in_language=ground.language.partition("-")[0] != reader.person.language.partition("-")[0],
        zone_note=f"All times here are times in {speaker.city}." if speaker.is_abroad else "",
        history=changing.history_of(ground.history, speaker=speaker),
    )


def _for_whom(reader: Reader) -> str:
    person, patient = reader.person, reader.appointment.patient
    if not isinstance(person, RelatedPerson):
        return ""
    if reader.audience is Audience.PATIENT:
        return f"For the parent or carer of {patient.given_name}"
    return f"This is the plan of {patient.given_name} {patient.family_name}"


def _situation(
    ground: _Ground, *, stops: Mapping[str, dt.datetime], question: Question | None, medicines: Medicines
) -> Situation:
    booking, speaker = ground.inputs.booking, ground.speaker
    place = ground.appointment.location.name
    who = "You" if ground.for_patient else "They"
    medicine_on = first_step_on(ground.appointment, inputs=ground.inputs) if ground.for_patient else None
    return Situation(
        booking=booking,
        status=ground.appointment.status,
        place=place,
        phone=ground.clinic.phone_said,
        who=who,
        moments=moments_of(
            booking=booking, stops=stops, place=place, who=who, medicine_on=medicine_on, speaker=speaker
        ),
        unanswered=question is not None and not question.answer,
        medicine_on=medicine_on,
        calls_now=ground.for_patient and bool(medicines.void),
    )


def _question(ground: _Ground) -> Question | None:
    appointment, speaker = ground.appointment, ground.speaker
    if not ground.for_patient or appointment.status not in ANSWERABLE or appointment.start <= speaker.now:
        return None
    asked = Question(
        about_start=appointment.start.astimezone(dt.UTC).isoformat(),
        asked=f"Are you coming on {speaker.at(appointment.start)}?",
    )
    if ground.answer is None:
        return asked
    answer, what_next = ANSWERS[AnswerCode(ground.answer.answer)]
    return replace(asked, answer=answer, told_at=speaker.at(ground.answer.answered_at), what_next=what_next)


def _medicines(ground: _Ground) -> Medicines:
    if not ground.for_patient:
        return Medicines()
    return medicines_of(
        ground.appointment,
        inputs=ground.inputs,
        tasks=ground.tasks,
        language=ground.reader.person.language,
        speaker=ground.speaker,
        clinic=ground.clinic,
    )


def _with_changes(page: Page, ground: _Ground) -> Page:
    appointment, speaker = ground.appointment, ground.speaker
    wrong = changing.told_wrong(appointment, inputs=ground.inputs, key=ground.reader.key)
    move = changing.last_move(ground.history)
    moved = move is not None and (ground.answer is None or "start" in wrong)
    trigger = changing.trigger_of(wrong=wrong, moved=moved)
    texts = changing.change_texts(
        trigger,
        steps=ground.inputs.steps,
        audience=ground.reader.audience,
        start=appointment.start,
        speaker=speaker,
        clinic=ground.clinic,
        language=ground.language,
    )
    old = speaker.at(move.from_start) if texts and move is not None and move.from_start else ""
    return replace(page, changes_now=texts, old_time=old)


def _visit(ground: _Ground) -> tuple[tuple[str, str], ...]:
    speaker, appointment = ground.speaker, ground.appointment
    rows = [
        ("Come at", speaker.at(appointment.arrive_at)),
        ("Begins at about", speaker.at(appointment.start)),
        ("Where", f"{appointment.location.name}, {appointment.location.address}"),
    ]
    stay = appointment.period.upper - appointment.arrive_at
    return (*rows, ("How long", f"About {speaker.say(stay)} with us"))


def _going_home(ground: _Ground) -> str:
    if not ground.inputs.plan.escort_needed:
        return ""
    person = ground.reader.person
    if isinstance(person, RelatedPerson) and person.is_escort and not ground.for_patient:
        return "You take them home."
    related = ground.appointment.patient.related_persons.all()
    escort = next((each for each in related if each.is_escort and each.may_be_told), None)
    if not ground.for_patient:
        return "An adult must take them home."
    if escort is not None:
        return f"{escort.given_name} takes you home."
    return f"We do not have a name yet. Tell us who takes you home: call {ground.clinic.phone_said}."


def _clocks_change(speaker: Speaker, *, until: dt.datetime) -> bool:
    return speaker.now.astimezone(speaker.zone).utcoffset() != until.astimezone(speaker.zone).utcoffset()


def _texts(ground: _Ground, place: Place) -> tuple[Text, ...]:
    return texts_at(
        place, steps=ground.steps, speaker=ground.speaker, clinic=ground.clinic, language=ground.language
    )
