"""The page as a whole: from an appointment as it is now to the sentences of one reader."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

from notifications.operations.access import Reader
from notifications.operations.inputs import state_of
from notifications.operations.page_answers import ANSWERABLE
from notifications.operations.today import changes as changing
from notifications.operations.today.ended import cancelled_page, phone_page
from notifications.operations.today.ground import Ground, for_whom, ground_of
from notifications.operations.today.medicines import first_step_on, medicines_of
from notifications.operations.today.moments import (
    Situation,
    clocks_of,
    days_of,
    moments_of,
    next_of,
    now_of,
    stops_told,
)
from notifications.operations.today.saying import Speaker, clinic_of
from notifications.operations.today.steps import Place, facts_named
from notifications.operations.today.values import Medicines, Now, Page, Question
from scheduling.codes import AnswerCode
from scheduling.models import RelatedPerson

ANSWERS = {
    AnswerCode.ACCEPTED: ("you are coming", "You have nothing else to do here before then."),
    AnswerCode.DECLINED: (
        "you cannot come",
        "We will call you about another time. The visit stands until then.",
    ),
    AnswerCode.TENTATIVE: ("please call me", "We will call you."),
}


def page_of(reader: Reader, *, now: dt.datetime) -> Page:
    """
    Return what the reader is to know at `now` (aware). Times are the clinic's.

    A carer gets when and where, food and drink; nothing of medicines and answers.

    :raises InvalidCase: if what is recorded about the patient does not make a case
    """
    # In UTC: two times in one zone are subtracted by the wall clock, which a clock change makes wrong.
    now = now.astimezone(dt.UTC)
    appointment = reader.appointment
    state = state_of(appointment)
    clinic = clinic_of(appointment)
    if state == "silent":
        return phone_page(reader, clinic=clinic, now=now)
    if state == "cancelled":
        return cancelled_page(reader, clinic=clinic, now=now)
    ground = ground_of(reader, clinic=clinic, now=now)
    return _over(ground) if state == "over" else _ahead(ground)


def _ahead(ground: Ground) -> Page:
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
        food=ground.texts(Place.FOOD),
        medicine_texts=ground.texts(Place.MEDICINES) if not medicines.signed else (),
        visit_texts=ground.texts(Place.VISIT),
        going_home_texts=ground.texts(Place.GOING_HOME),
        more=ground.texts(Place.MORE),
        help=ground.texts(Place.HELP),
    )


def _over(ground: Ground) -> Page:
    aftercare = ground.texts(Place.AFTERCARE) if ground.for_patient else ()
    title = aftercare[0].title if aftercare else "The visit is over"
    page = replace(
        _common(ground),
        kind="over",
        now=Now(title=title, details=aftercare[0].paragraphs if aftercare else ()),
        aftercare=aftercare[1:],
    )
    if not ground.for_patient:
        return page
    return replace(page, help=ground.texts(Place.HELP), medicines=_medicines(ground))


def _common(ground: Ground) -> Page:
    reader, speaker = ground.reader, ground.speaker
    return Page(
        kind="plan",
        clinic=ground.clinic,
        as_of=speaker.at(speaker.now),
        now=Now(title=""),
        carer=not ground.for_patient,
        for_whom=for_whom(reader),
        no_text_in_language=ground.language.partition("-")[0] != reader.person.language.partition("-")[0],
        zone_note=f"All times here are times in {speaker.city}." if speaker.is_abroad else "",
        history=changing.history_of(ground.history, speaker=speaker),
    )


def _situation(
    ground: Ground, *, stops: Mapping[str, dt.datetime], question: Question | None, medicines: Medicines
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


def _question(ground: Ground) -> Question | None:
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


def _medicines(ground: Ground) -> Medicines:
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


def _with_changes(page: Page, ground: Ground) -> Page:
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


def _visit(ground: Ground) -> tuple[tuple[str, str], ...]:
    speaker, appointment = ground.speaker, ground.appointment
    rows = [
        ("Come at", speaker.at(appointment.arrive_at)),
        ("Begins at about", speaker.at(appointment.start)),
        ("Where", f"{appointment.location.name}, {appointment.location.address}"),
    ]
    stay = appointment.period.upper - appointment.arrive_at
    return (*rows, ("How long", f"About {speaker.say(stay)} with us"))


def _going_home(ground: Ground) -> str:
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
        return f"We have a name: {escort.given_name} takes you home."
    return f"We do not have a name yet. Tell us who takes you home: call {ground.clinic.phone_said}."


def _clocks_change(speaker: Speaker, *, until: dt.datetime) -> bool:
    return speaker.now.astimezone(speaker.zone).utcoffset() != until.astimezone(speaker.zone).utcoffset()
