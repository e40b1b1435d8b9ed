"""
The words that a patient text must not have, by language, as parts of regular expressions.

Stems stand for what a language makes of them. The lists are the clinic's house rules, not clinical content; another
language is another row here.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class WordList:
    """
    One language's words.

    `unclear` are times and abbreviations that can be misread, `clock_times` fixed times beyond 9:30, `commands` what
    phone companies act on and `asking` the verbs before it. `medicine` says that a text is about medicine at all,
    `medicine_form` that it speaks about taking one. `diagnosis` tells what a visit is for, `health` anything private.
    """

    unclear: str
    clock_times: str
    commands: str
    asking: str
    medicine: str
    medicine_form: str
    diagnosis: str
    health: str


ENGLISH = WordList(
    unclear=r"midnight|12\s?am|pre-?op|post-?op|nil by mouth|nbm|npo|as directed",
    clock_times=r"\d{1,2}\s?(?:am|pm|a\.m\.|p\.m\.|o'clock)|noon",
    commands="CANCEL|STOP|END|QUIT|YES|START",
    asking=r"(?:reply|answer|send|text)(?:\s+with)?",
    medicine=r"medicines?|medications?|injections?",
    medicine_form=r"tablets?|pills?|doses?|drugs?|blood thinners?|painkillers?|insulin",
    diagnosis=(
        r"operations?|surgery|biops(?:y|ies)|ablations?|cryo\w*|freez\w*|cancer|tumou?rs?|kidneys?|liver|lungs?"
        r"|prostate|breast|bones?|heart|nerves?|spine|knees?|hips?|skin|cervix"
    ),
    health=r"treatments?|procedures?|scans?|medicines?|fast(?:ing)?|food|drink|pain|eyes?|blood|fever",
)
SPANISH = WordList(
    unclear=r"medianoche|12 de la noche|pre-?operatori\w*|post-?operatori\w*|según (?:lo )?indica\w*|dieta absoluta",
    clock_times=r"mediodía|a las? \d{1,2}",
    commands="ALTO|BAJA|CANCELAR|CANCELA|FIN|PARAR|SALIR|SI|SÍ|INICIAR|ALTA",
    asking=r"(?:responda|responde|conteste|contesta|envíe|envía|escriba|escribe|mande)(?:\s+(?:con|la palabra))?",
    medicine=r"medicin\w*|medicament\w*|medicación|inyecci\w*",
    medicine_form=(
        r"pastillas?|comprimidos?|tabletas?|píldoras?|cápsulas?|dosis|fármacos?|anticoagulantes?|analgésicos?"
        r"|calmantes?|insulinas?"
    ),
    diagnosis=(
        r"operaci(?:ón|ones)|cirug\w*|quirúrgic\w*|biopsias?|ablaci(?:ón|ones)|crio\w*|congel\w*|cáncer\w*|tumor\w*"
        r"|riñ(?:ón|ones)|renal\w*|hígado|hepátic\w*|pulm(?:ón|ones)|pulmonar\w*|próstata|mamas?|huesos?|óse[oa]s?"
        r"|coraz(?:ón|ones)|nervios?|columna|rodillas?|caderas?|piel|cérvix|cuello uterino|cuello del útero"
    ),
    health=(
        r"tratamientos?|procedimientos?|escáner\w*|resonancias?|medicin\w*|medicament\w*|medicación|ayun\w*|comidas?"
        r"|comer|bebidas?|beber|dolor\w*|espalda|ojos?|sangre|fiebre"
    ),
)
POLISH = WordList(
    unclear=r"północ\w*|przedoperacyjn\w*|pooperacyjn\w*|według zaleceń|zgodnie z zaleceniami",
    clock_times=r"w południe|godz(?:\.|in\w*)?\s?\d{1,2}",
    commands="ANULUJ|KONIEC|REZYGNUJĘ|REZYGNUJE|TAK|WYPISZ|WYŁĄCZ|ZACZNIJ",
    asking=r"(?:odpisz|odpowiedz|wyślij|napisz|prosimy odpisać|prosimy odpowiedzieć)(?:\s+słowem)?",
    medicine=r"lek(?:i|u|ów|om|ami|ach|iem|owi)?|lekarstw\w*|zastrzyk\w*",
    medicine_form=(
        r"tablet\w*|pigułk\w*|pigułek|kapsułk\w*|kapsułek|dawk\w*|dawek|insulin\w*|przeciwbólow\w*|przeciwzakrzepow\w*"
        r"|rozrzedzając\w*"
    ),
    diagnosis=(
        r"operacj\w*|chirurg\w*|biopsj\w*|ablacj\w*|krio\w*|zamraż\w*|zamroż\w*|mroże\w*|rak(?:a|u|i|iem)?|nowotw\w*"
        r"|guz(?:a|y|ów|em|ie|ami|ach|om|owi)?|nerk\w*|nerek|wątrob\w*|płuc\w*|prostat\w*|stercz\w*|pierś|piersi"
        r"|piersią|piersiach|kość|kości\w*|serc\w*|nerw(?:u|y|ów|em|ie|ami|ach|om|owi)?|kręgosłup\w*|kolan\w*"
        r"|biodr\w*|bioder|skór(?:a|y|ę|ą|ze|o)|szyjk\w*"
    ),
    health=(
        r"leczeni\w*|zabieg\w*|procedur\w*|badani\w*|badań|skan\w*|tomograf\w*|rezonans\w*|leki|leków|lekach|lekarstw\w*"
        r"|czczo|głod\w*|jedzeni\w*|napoj\w*|napój|ból\w*|bólu|krew|krwi\w*|gorączk\w*|oko|oka|oczu|oczy"
    ),
)
FRENCH = WordList(
    unclear=r"minuit|pré-?op\w*|post-?op\w*|comme indiqué|selon (?:les )?(?:indications?|prescriptions?)",
    clock_times=r"(?<!-)midi|\d{1,2}\s?h\s?\d{2}|(?<!\d )à \d{1,2}\s?(?:h|heures?)",
    commands="ANNULER|ARRÊT|ARRET|ARRÊTER|FIN|OUI|DÉBUT|DEBUT",
    asking=r"(?:répondez|réponds|envoyez|écrivez|tapez)(?:\s+(?:par|le mot))?",
    medicine=r"médicament\w*|piqûres?|injections?",
    medicine_form=(
        r"comprimés?|cachets?|pilules?|gélules?|doses?|anticoagulants?|anti-?douleurs?|antalgiques?|insulines?"
    ),
    diagnosis=(
        r"opérations?|chirurg\w*|biopsies?|ablations?|cryo\w*|congel\w*|congèl\w*|cancer\w*|tumeurs?|reins?|réna\w*|foie"
        r"|hépatiques?|poumons?|pulmonaires?|prostat\w*|seins?|os|osseu\w*|cœur|coeur|cardia\w*|nerfs?|nerveu\w*"
        r"|colonne|rachis|genou\w*|hanches?|peau|utérus"
    ),
    health=(
        r"traitements?|procédures?|interventions?|scanners?|irm|examens?|médicament\w*|jeûn\w*|jeun|nourriture|repas"
        r"|manger|boire|boissons?|douleurs?|dos|yeux|œil|oeil|sang|fièvre"
    ),
)

WORD_LISTS = {"en": ENGLISH, "es": SPANISH, "fr": FRENCH, "pl": POLISH}


def listed_languages() -> frozenset[str]:
    """Return the languages whose words are known here."""
    return frozenset(WORD_LISTS)


def lists_for(language: str) -> tuple[WordList, ...]:
    """Return the words to look for in a text: English everywhere, and the language's own where there is a list."""
    own = WORD_LISTS.get(language.partition("-")[0])
    return (ENGLISH,) if own in {None, ENGLISH} else (ENGLISH, own)
