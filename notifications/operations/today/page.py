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
    Whose,
    clocks_of,
    days_of,
    moments_of,
    next_of,
    now_of,
    stops_told,
)
from notifications.operations.today.phone import phone_now, phone_said
from notifications.operations.today.saying import Speaker, clinic_of
from notifications.operations.today.steps import Place, facts_named
from notifications.operations.today.values import Medicines, Now, Page, Question, Text
from notifications.operations.today.words import PageWords
from scheduling.codes import AnswerCode
from scheduling.models import RelatedPerson


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
    return _with_language(_over(ground) if state == "over" else _ahead(ground), ground)


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
    title = aftercare[0].title if aftercare else ground.speaker.words.plan.over
    page = replace(
        _common(ground),
        kind="over",
        now=Now(
            title=title,
            details=aftercare[0].paragraphs if aftercare else (),
            language=aftercare[0].language if aftercare else "",
        ),
        aftercare=aftercare[1:],
    )
    if not ground.for_patient:
        return page
    return replace(page, help=ground.texts(Place.HELP), medicines=_medicines(ground))


def _common(ground: Ground) -> Page:
    reader, speaker = ground.reader, ground.speaker
    return Page(
        kind="plan",
        words=speaker.words,
        clinic=ground.clinic,
        as_of=speaker.at(speaker.now),
        now=Now(title=""),
        carer=not ground.for_patient,
        for_whom=for_whom(reader, speaker=speaker),
        zone_note=speaker.put(speaker.words.plan.all_times_in, city=speaker.city)
        if speaker.is_abroad
        else "",
        history=changing.history_of(ground.history, speaker=speaker),
        phone_now=phone_said(phone_now(ground.appointment, now=speaker.now), speaker=speaker),
    )


def _situation(
    ground: Ground, *, stops: Mapping[str, dt.datetime], question: Question | None, medicines: Medicines
) -> Situation:
    booking, speaker = ground.inputs.booking, ground.speaker
    place = ground.appointment.location.name
    medicine_on = first_step_on(ground.appointment, inputs=ground.inputs) if ground.for_patient else None
    return Situation(
        booking=booking,
        status=ground.appointment.status,
        place=place,
        phone=ground.clinic.phone_said,
        whose=_whose(ground),
        moments=moments_of(
            booking=booking,
            stops=stops,
            place=place,
            whose=_whose(ground),
            medicine_on=medicine_on,
            speaker=speaker,
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
        asked=speaker.put(speaker.words.plan.question, at=speaker.at(appointment.start)),
    )
    if ground.answer is None:
        return asked
    answer, what_next = _answer_said(AnswerCode(ground.answer.answer), words=speaker.words)
    return replace(asked, answer=answer, told_at=speaker.at(ground.answer.answered_at), what_next=what_next)


def _answer_said(answer: AnswerCode, *, words: PageWords) -> tuple[str, str]:
    """Return an answer as we say it back, and what happens now."""
    plan = words.plan
    return {
        AnswerCode.ACCEPTED: (plan.said_coming, plan.after_coming),
        AnswerCode.DECLINED: (plan.said_cannot_come, plan.after_cannot_come),
        AnswerCode.TENTATIVE: (plan.said_call_me, plan.after_call_me),
    }[answer]


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
    words, place = speaker.words.plan, appointment.location
    stay = appointment.period.upper - appointment.arrive_at
    return (
        (words.come_at, speaker.heading(speaker.at(appointment.arrive_at))),
        (words.begins_about, speaker.heading(speaker.at(appointment.start))),
        (words.where, f"{place.name}, {place.address}"),
        (words.how_long, speaker.put(words.stay, length=speaker.say(stay))),
    )


def _going_home(ground: Ground) -> str:
    if not ground.inputs.plan.escort_needed:
        return ""
    speaker, person = ground.speaker, ground.reader.person
    words = speaker.words.plan
    if isinstance(person, RelatedPerson) and person.is_escort and not ground.for_patient:
        return words.you_take_them
    related = ground.appointment.patient.related_persons.all()
    escort = next((each for each in related if each.is_escort and each.may_be_told), None)
    if not ground.for_patient:
        return words.adult_takes_them
    if escort is not None:
        return speaker.put(words.escort, name=escort.given_name)
    return speaker.put(words.no_escort, phone=ground.clinic.phone_said)


def _whose(ground: Ground) -> Whose:
    if not ground.for_patient:
        return "other"
    return "child" if isinstance(ground.reader.person, RelatedPerson) else "own"


def _with_language(page: Page, ground: Ground) -> Page:
    """Say so on the page when something on it is not in the reader's language."""
    wanted = ground.language.partition("-")[0]
    texts: tuple[Text, ...] = (
        *page.changes_now, *page.food, *page.medicine_texts, *page.visit_texts, *page.going_home_texts,
        *page.more, *page.aftercare, *page.help,
    )  # fmt: skip
    languages = {page.words.language, page.now.language or wanted, *(text.language for text in texts)}
    return replace(page, no_text_in_language={each.partition("-")[0] for each in languages} != {wanted})


def _clocks_change(speaker: Speaker, *, until: dt.datetime) -> bool:
    return speaker.now.astimezone(speaker.zone).utcoffset() != until.astimezone(speaker.zone).utcoffset()
