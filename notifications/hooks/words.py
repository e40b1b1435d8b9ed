"""What the page behind "unsubscribe" says, in the languages we write in."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Words:
    """The sentences of the page before and after the button is pressed."""

    language: str
    ask: str
    still: str
    button: str
    done: str


_WORDS = {
    words.language: words
    for words in (
        Words(
            language="en",
            ask="Do you want no more routine email from us?",
            still="We still write to you about changes to your visit and about your safety.",
            button="No more routine email",
            done="You will get no more routine email from us.",
        ),
        Words(
            language="es",
            ask="¿No quiere recibir más correos habituales nuestros?",
            still="Le seguiremos escribiendo si cambia su visita o si se trata de su seguridad.",
            button="No quiero más correos habituales",
            done="No le enviaremos más correos habituales.",
        ),
        Words(
            language="fr",
            ask="Ne voulez-vous plus recevoir nos messages courants ?",
            still="Nous vous écrirons encore si votre visite change ou pour votre sécurité.",
            button="Ne plus recevoir de messages courants",
            done="Vous ne recevrez plus nos messages courants.",
        ),
        Words(
            language="pl",
            ask="Nie chcesz już dostawać od nas zwykłych e-maili?",
            still="Nadal napiszemy, jeśli zmieni się wizyta lub jeśli chodzi o bezpieczeństwo.",
            button="Nie chcę zwykłych e-maili",
            done="Nie wyślemy więcej zwykłych e-maili.",
        ),
    )
}


def words_in(language: str) -> Words:
    """Return the page's words; in English where we do not speak the language."""
    return _WORDS.get(language, _WORDS["en"])
