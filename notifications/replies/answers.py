"""
What we answer to a text message, in the languages we write in (ux: who, what follows, where to call).

One answer to one message. Words that carriers act on stand only where the law asks for the way back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Answer(StrEnum):
    """Which answer."""

    STOPPED = "stopped"
    STOPPED_MAYBE_VISIT = "stopped-maybe-visit"
    STARTED = "started"
    HELP = "help"
    WHICH_VISIT = "which-visit"
    WILL_READ = "will-read"
    DANGER = "danger"


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What the answers name; `phone` is in groups, as it is said, and `visit_day` empty unless there is one visit."""

    clinic: str
    phone: str
    emergency_number: str
    visit_day: str = ""


_ENGLISH = {
    Answer.STOPPED: (
        "{clinic}: we will send you no more texts. {stands}We will phone you about food, drink and medicines. "
        "Changed your mind? Reply START or call {phone}"
    ),
    Answer.STOPPED_MAYBE_VISIT: (
        "{clinic}: that word ends our texts. It does not change your visit. {stands}"
        "We will phone you. Call us now if you cannot come: {phone}. For texts again reply START"
    ),
    Answer.STARTED: "{clinic}: you will get our texts again. Questions: {phone}",
    Answer.HELP: (
        "{clinic}: questions about your visit? Call {phone}. In an emergency call {emergency_number}. For no more texts reply STOP"
    ),
    Answer.WHICH_VISIT: (
        "{clinic}: we cannot tell which visit you mean, so nothing is changed. Please open the link in our last text, or call {phone}"
    ),
    Answer.WILL_READ: (
        "{clinic}: thank you. A person will read your message, but not at once. Questions: {phone}. "
        "In an emergency call {emergency_number}"
    ),
    Answer.DANGER: (
        "{clinic}: is this an emergency? Call {emergency_number} now. Do not wait for us. "
        "We read texts later. Questions: {phone}"
    ),
}
_SPANISH = {
    Answer.STOPPED: (
        "{clinic}: dejamos de enviarle mensajes. {stands}Le llamaremos por la comida, la bebida y las medicinas. "
        "¿Ha cambiado de idea? Responda START o llame al {phone}"
    ),
    Answer.STOPPED_MAYBE_VISIT: (
        "{clinic}: esa palabra para nuestros mensajes. No cambia su visita. {stands}"
        "Le llamaremos. Si no puede venir, llame ahora al {phone}. Para recibir mensajes responda START"
    ),
    Answer.STARTED: "{clinic}: le enviamos mensajes de nuevo. Dudas: {phone}",
    Answer.HELP: (
        "{clinic}: ¿dudas sobre su visita? Llame al {phone}. En una emergencia llame al {emergency_number}. "
        "Para no recibir mensajes responda STOP"
    ),
    Answer.WHICH_VISIT: (
        "{clinic}: no sabemos de qué visita se trata y no hemos cambiado nada. "
        "Abra el enlace de nuestro SMS anterior o llame al {phone}"
    ),
    Answer.WILL_READ: (
        "{clinic}: gracias. Una persona va a leer su mensaje, pero no enseguida. Dudas: {phone}. "
        "En una emergencia llame al {emergency_number}"
    ),
    Answer.DANGER: (
        "{clinic}: ¿es una emergencia? Llame ahora al {emergency_number}. No nos espere. "
        "No leemos los mensajes enseguida. Dudas: {phone}"
    ),
}
_FRENCH = {
    Answer.STOPPED: (
        "{clinic} : vous ne recevrez plus nos SMS. {stands}Nous vous appellerons pour les repas, les boissons et les médicaments. "
        "Vous changez d'avis ? Répondez START ou appelez le {phone}"
    ),
    Answer.STOPPED_MAYBE_VISIT: (
        "{clinic} : ce mot met fin à nos SMS. Il ne change pas votre visite. {stands}"
        "Nous vous appellerons. Si vous ne pouvez pas venir, appelez le {phone}. Pour nos SMS, répondez START"
    ),
    Answer.STARTED: "{clinic} : vous recevrez de nouveau nos SMS. Questions : {phone}",
    Answer.HELP: (
        "{clinic} : une question sur votre visite ? Appelez le {phone}. En cas d'urgence, appelez le {emergency_number}. "
        "Pour ne plus recevoir de SMS, répondez STOP"
    ),
    Answer.WHICH_VISIT: (
        "{clinic} : nous ne savons pas de quelle visite vous parlez. Rien n'est changé. "
        "Ouvrez le lien de notre dernier SMS ou appelez le {phone}"
    ),
    Answer.WILL_READ: (
        "{clinic} : merci. Une personne lira votre message, mais pas tout de suite. Questions : {phone}. "
        "En cas d'urgence, appelez le {emergency_number}"
    ),
    Answer.DANGER: (
        "{clinic} : est-ce une urgence ? Appelez maintenant le {emergency_number}. Ne nous attendez pas. "
        "Nous lisons les SMS plus tard. Questions : {phone}"
    ),
}
_POLISH = {
    Answer.STOPPED: (
        "{clinic}: nie wyślemy więcej SMS-ów. {stands}Zadzwonimy w sprawie jedzenia, picia i leków. "
        "Zmiana zdania? Odpisz START lub zadzwoń: {phone}"
    ),
    Answer.STOPPED_MAYBE_VISIT: (
        "{clinic}: to słowo kończy nasze SMS-y. Nie zmienia wizyty. {stands}"
        "Zadzwonimy. Nie możesz przyjść? Zadzwoń teraz: {phone}. Nowe SMS-y: odpisz START"
    ),
    Answer.STARTED: "{clinic}: znów będziemy pisać SMS-y. Pytania: {phone}",
    Answer.HELP: (
        "{clinic}: pytania o wizytę? Zadzwoń: {phone}. W nagłym wypadku: {emergency_number}. Koniec SMS-ów: odpisz STOP"
    ),
    Answer.WHICH_VISIT: (
        "{clinic}: nie wiemy, o którą wizytę chodzi. Nic nie zmieniamy. "
        "Otwórz link z ostatniego SMS-a lub zadzwoń: {phone}"
    ),
    Answer.WILL_READ: (
        "{clinic}: dziękujemy. Ktoś to przeczyta, ale nie od razu. Pytania: {phone}. W nagłym wypadku: {emergency_number}"
    ),
    Answer.DANGER: (
        "{clinic}: czy to nagły wypadek? Dzwoń teraz: {emergency_number}. Nie czekaj na nas. "
        "SMS-y czytamy później. Pytania: {phone}"
    ),
}
WORDS: Mapping[str, Mapping[Answer, str]] = {
    "en": _ENGLISH,
    "es": _SPANISH,
    "fr": _FRENCH,
    "pl": _POLISH,
}
STANDS: Mapping[str, str] = {
    "en": "Your visit on {visit_day} stands. ",
    "es": "Su visita del {visit_day} sigue en pie. ",
    "fr": "Votre visite du {visit_day} est maintenue. ",
    "pl": "Wizyta {visit_day} jest aktualna. ",
}


def words_for(answer: Answer, *, facts: Facts, language: str) -> str:
    """Return an answer in words; in English where we do not speak the language."""
    spoken = language if language in WORDS else "en"
    stands = STANDS[spoken] if facts.visit_day else ""
    values = {
        # First, because it holds a name of its own.
        "stands": stands.replace("{visit_day}", facts.visit_day),
        "phone": facts.phone,
        "emergency_number": facts.emergency_number,
        # Last: a clinic's name is anything, braces included.
        "clinic": facts.clinic,
    }
    text = WORDS[spoken][answer]
    for name, value in values.items():
        text = text.replace("{" + name + "}", value)
    return text
