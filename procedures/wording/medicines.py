"""
The words a proposal about a medicine is made of, in each language.

A proposal is where a clinician starts: what is told is what they sign. Parts of the day and weekdays come with
the word that a sentence needs before them.
"""

from dataclasses import dataclass

from procedures.wording.languages import NoWording

# Of the day, in the order of `DAY_PARTS` of `procedures.wording.en`: night, evening, afternoon, morning, night.
PartsOfDay = tuple[str, str, str, str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class MedicineSentences:
    """
    Sentences with `{name}` as `str.format` fills it.

    `forms` are what the last one is, by the form in English; `weekdays` from Monday, as "none on" names them.
    """

    go_on: str
    last: str  # {form} {day} {part}
    forms: dict[str, str]
    parts_of_day: PartsOfDay
    at_time: str  # {time}
    no_more_that_day: str
    none_after: str
    none_between: str  # {first} {final}
    none_on: str  # {days}
    weekdays: tuple[str, ...]
    last_joint: str
    restart: str
    usual_again: str
    part_of_dose: str  # {percent} {when}
    before_treatment: str
    on_day: str  # {day} {part}
    example: str  # {less} {full}
    stay_off: str
    again: str  # {moment}
    again_usual: str  # {moment}


_SENTENCES = {
    "en": MedicineSentences(
        go_on="Go on as now.",
        last="Take your last {form} on {day}{part}.",
        forms={"tablet": "tablet", "capsule": "capsule", "dose": "dose"},
        parts_of_day=(
            ", at night",
            ", in the evening",
            ", in the afternoon",
            ", in the morning",
            ", at night",
        ),
        at_time=", at {time}",
        no_more_that_day="Take no more that day.",
        none_after="Take none after that until your treatment.",
        none_between="Take none from {first} to {final}.",
        none_on="Take none on {days}.",
        weekdays=("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        last_joint=" or ",
        restart="We will tell you after the treatment when to start again.",
        usual_again="We will tell you after the treatment when to take your usual dose again.",
        part_of_dose="Take {percent}% of your usual dose{when}.",
        before_treatment=" before your treatment",
        on_day=" on {day}{part}",
        example="For example, {less} units in place of {full}.",
        stay_off="Do not take it again until a doctor tells you to.",
        again="Take it again, as before, from {moment}.",
        again_usual="Take your usual dose again from {moment}.",
    ),
    "es": MedicineSentences(
        go_on="Siga como hasta ahora.",
        last="Tome la última {form} el {day}{part}.",
        forms={"tablet": "pastilla", "capsule": "cápsula", "dose": "dosis"},
        parts_of_day=(
            ", por la noche",
            ", por la noche",
            ", por la tarde",
            ", por la mañana",
            ", por la noche",
        ),
        at_time=", a {time}",
        no_more_that_day="Ese día no tome más.",
        none_after="Después no lo tome hasta su tratamiento.",
        none_between="No lo tome desde el {first} hasta el {final}.",
        none_on="No lo tome {days}.",
        weekdays=(
            "el lunes",
            "el martes",
            "el miércoles",
            "el jueves",
            "el viernes",
            "el sábado",
            "el domingo",
        ),
        last_joint=" ni ",
        restart="Después del tratamiento le diremos cuándo volver a tomarlo.",
        usual_again="Después del tratamiento le diremos cuándo volver a su dosis habitual.",
        part_of_dose="Tome el {percent} % de su dosis habitual{when}.",
        before_treatment=" antes de su tratamiento",
        on_day=" el {day}{part}",
        example="Por ejemplo, {less} unidades en lugar de {full}.",
        stay_off="No vuelva a tomarlo hasta que se lo diga el personal médico.",
        again="Vuelva a tomarlo, como antes, desde el {moment}.",
        again_usual="Vuelva a su dosis habitual desde el {moment}.",
    ),
    "pl": MedicineSentences(
        go_on="Przyjmuj go tak jak dotąd.",
        last="Ostatnią {form} przyjmij {day}{part}.",
        forms={"tablet": "tabletkę", "capsule": "kapsułkę", "dose": "dawkę"},
        parts_of_day=(", w nocy", ", wieczorem", ", po południu", ", rano", ", w nocy"),
        at_time=", o {time}",
        no_more_that_day="Tego dnia nie przyjmuj więcej.",
        none_after="Potem nie przyjmuj go aż do zabiegu.",
        none_between="Nie przyjmuj go od {first} do {final}.",
        none_on="Nie przyjmuj go {days}.",
        weekdays=(
            "w poniedziałek",
            "we wtorek",
            "w środę",
            "w czwartek",
            "w piątek",
            "w sobotę",
            "w niedzielę",
        ),
        last_joint=" ani ",
        restart="Po zabiegu powiemy Ci, kiedy zacząć go znowu przyjmować.",
        usual_again="Po zabiegu powiemy Ci, kiedy wrócić do zwykłej dawki.",
        part_of_dose="Przyjmij {percent}% swojej zwykłej dawki{when}.",
        before_treatment=" przed zabiegiem",
        on_day=" {day}{part}",
        example="Na przykład zamiast {full} jednostek: {less}.",
        stay_off="Nie przyjmuj go znowu, dopóki lekarz tak nie powie.",
        again="Zacznij go znowu przyjmować, jak wcześniej, {moment}.",
        again_usual="Wróć do zwykłej dawki {moment}.",
    ),
    "fr": MedicineSentences(
        go_on="Continuez comme maintenant.",
        last="Prenez {form} {day}{part}.",
        forms={
            "tablet": "votre dernier comprimé",
            "capsule": "votre dernière gélule",
            "dose": "votre dernière dose",
        },
        parts_of_day=(", la nuit", ", le soir", ", l'après-midi", ", le matin", ", la nuit"),
        at_time=", à {time}",
        no_more_that_day="N'en prenez plus ce jour-là.",
        none_after="Ensuite, n'en prenez plus jusqu'à votre traitement.",
        none_between="N'en prenez pas du {first} au {final}.",
        none_on="N'en prenez pas {days}.",
        weekdays=("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
        last_joint=" ni ",
        restart="Après le traitement, nous vous dirons quand le reprendre.",
        usual_again="Après le traitement, nous vous dirons quand revenir à votre dose habituelle.",
        part_of_dose="Prenez {percent} % de votre dose habituelle{when}.",
        before_treatment=" avant votre traitement",
        on_day=" {day}{part}",
        example="Par exemple, {less} unités au lieu de {full}.",
        stay_off="Ne le reprenez pas avant qu'un médecin vous le dise.",
        again="Reprenez-le, comme avant, à partir du {moment}.",
        again_usual="Revenez à votre dose habituelle à partir du {moment}.",
    ),
}


def medicine_sentences(language: str) -> MedicineSentences:
    """
    Return the sentences of a language; a regional code falls back to its language.

    :raises NoWording: if there are none
    """
    found = _SENTENCES.get(language) or _SENTENCES.get(language.partition("-")[0])
    if found is None:
        raise NoWording(language)
    return found
