"""
The one message that no protocol writes: a time that has become free, for somebody on the waiting list.

Its words are the product's own, because an offer is the same whatever the treatment; a text message names none. It
is never the only way: somebody phones as well, so a message that cannot go is left out and says why.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from notifications.planning.facts import facts_as_json
from notifications.planning.owed import has_text
from notifications.planning.quiet import first_allowed
from notifications.planning.timeline import Entry, sorted_plan
from notifications.planning.values import NotOwed, PlannedMessage, Recipient, TimelinePlan
from procedures.steps import (
    Answer,
    Audience,
    FactValue,
    Gate,
    Notice,
    NoticeText,
    Purpose,
    SafetyClass,
    Trigger,
)

# Whoever reads the message has at least so long to open the page and answer [ops].
TIME_TO_ANSWER = dt.timedelta(minutes=5)

_TEXTS = (
    NoticeText(
        language="en",
        sms="A time is free: {free_start}. Would you like it? Tell us on your page by {answer_by:until}. The first to take it has it.",
        subject="A time is free on {free_start:name}",
        email=(
            "A time for your visit has become free: {free_start}.\n\n"
            "Would you like it? Open your page and tell us by {answer_by:until}. "
            "Others may be asked too. The first to take it has it.\n\n"
            "If you do not want it, say so on the page. You stay on our waiting list."
        ),
    ),
    NoticeText(
        language="es",
        sms="Hay una cita libre: {free_start}. ¿La quiere? Responda con el enlace hasta el {answer_by:until}. Es para quien la acepte primero.",
        subject="Hay una cita libre el {free_start:name}",
        email=(
            "Ha quedado libre una cita para usted: {free_start}.\n\n"
            "¿La quiere? Abra su página y responda hasta el {answer_by:until}. "
            "Quizá preguntemos también a otras personas. Es para quien la acepte primero.\n\n"
            "Si no la quiere, dígalo en la página. Sigue en nuestra lista de espera."
        ),
    ),
    NoticeText(
        language="pl",
        sms="Mamy wolny termin: {free_start}. Odpowiedz na stronie do {answer_by:until}. Termin dostaje pierwsza osoba.",
        subject="Wolny termin: {free_start:name}",
        email=(
            "Zwolnił się termin wizyty: {free_start}.\n\n"
            "Czy chcesz z niego skorzystać? Otwórz swoją stronę i odpowiedz do {answer_by:until}. "
            "Możemy zapytać też inne osoby. Termin dostaje ta, która pierwsza go przyjmie.\n\n"
            "Jeśli go nie chcesz, zaznacz to na stronie. Zostajesz na naszej liście oczekujących."
        ),
    ),
    NoticeText(
        language="fr",
        sms="Un rendez-vous est libre : {free_start}. Le voulez-vous ? Répondez avec le lien jusqu'au {answer_by:until}. Il va à qui le prend en premier.",
        subject="Un rendez-vous est libre le {free_start:name}",
        email=(
            "Un rendez-vous s'est libéré pour vous : {free_start}.\n\n"
            "Le voulez-vous ? Ouvrez votre page et répondez jusqu'au {answer_by:until}. "
            "D'autres personnes sont peut-être aussi invitées. Il va à qui le prend en premier.\n\n"
            "Si vous ne le voulez pas, dites-le sur la page. Vous restez sur notre liste d'attente."
        ),
    ),
)
OFFER = Notice(
    code="waitlist-offer",
    trigger=Trigger.SCHEDULED,
    when=None,
    latest=None,
    purpose=Purpose.PREPARATION,
    safety=SafetyClass.ROUTINE,
    audiences=frozenset({Audience.PATIENT}),
    answer=Answer.NONE,
    gate=Gate.APPROVED,
    # Not `start`: nobody is due then yet, and no calendar should say so.
    facts=("free_start", "answer_by"),
    channels=(),
    texts=_TEXTS,
)
_EARLIER_TEXTS = (
    NoticeText(
        language="en",
        sms="An earlier time is free: {free_start}. Take it on your page by {answer_by:until} and your visit of {given_up:name} moves. The first to take it has it.",
        subject="An earlier time is free on {free_start:name}",
        email=(
            "An earlier time for your visit has become free: {free_start}.\n\n"
            "Would you like it? Open your page and tell us by {answer_by:until}. "
            "Others may be asked too. The first to take it has it.\n\n"
            "If you take it, your visit of {given_up} moves to this time. If you do not, that visit stays as it is."
        ),
    ),
    NoticeText(
        language="es",
        sms="Hay una cita antes: {free_start}, en lugar de la del {given_up:name}. Responda con el enlace hasta el {answer_by:until}. Es para quien la acepte primero.",
        subject="Hay una cita antes, el {free_start:name}",
        email=(
            "Ha quedado libre una cita antes de la suya: {free_start}.\n\n"
            "¿La quiere? Abra su página y responda hasta el {answer_by:until}. "
            "Quizá preguntemos también a otras personas. Es para quien la acepte primero.\n\n"
            "Si la acepta, sustituye a la cita que tiene: {given_up}. Si no, su cita sigue igual."
        ),
    ),
    NoticeText(
        language="pl",
        sms="Mamy nowy termin: {free_start}, zamiast wizyty {given_up:name}. Odpowiedz na stronie do {answer_by:until}. Termin dostaje pierwsza osoba.",
        subject="Wcześniejszy termin: {free_start:name}",
        email=(
            "Zwolnił się wcześniejszy termin wizyty: {free_start}.\n\n"
            "Czy chcesz z niego skorzystać? Otwórz swoją stronę i odpowiedz do {answer_by:until}. "
            "Możemy zapytać też inne osoby. Termin dostaje ta, która pierwsza go przyjmie.\n\n"
            "Jeśli go przyjmiesz, zastąpi wizytę, którą masz: {given_up}. Jeśli nie, zostaje ona bez zmian."
        ),
    ),
    NoticeText(
        language="fr",
        sms="Un autre rendez-vous est libre : {free_start}, à la place du {given_up:name}. Répondez avec le lien jusqu'au {answer_by:until}. Il va à qui le prend en premier.",
        subject="Un rendez-vous plus tôt est libre le {free_start:name}",
        email=(
            "Un rendez-vous plus tôt que le vôtre s'est libéré : {free_start}.\n\n"
            "Le voulez-vous ? Ouvrez votre page et répondez jusqu'au {answer_by:until}. "
            "D'autres personnes sont peut-être aussi invitées. Il va à qui le prend en premier.\n\n"
            "Si vous le prenez, il remplace celui que vous avez : {given_up}. Sinon, le vôtre reste le même."
        ),
    ),
)
# To somebody who has a visit: it says which one moves, so that nobody believes to have two.
EARLIER_OFFER = replace(
    OFFER, code="earlier-offer", facts=("free_start", "answer_by", "given_up"), texts=_EARLIER_TEXTS
)
# Notices that belong to no protocol, by code.
BUILT_IN = {OFFER.code: OFFER, EARLIER_OFFER.code: EARLIER_OFFER}


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """
    A free start, offered at `offered_at` until `answer_by` (both aware; answers count before it).

    `decided` is whether the patient could take it without a clinician deciding first. `given_up` is the start (aware) of
    the visit that moves if it is taken, None if the patient has none.
    """

    start: dt.datetime
    offered_at: dt.datetime
    answer_by: dt.datetime
    decided: bool
    given_up: dt.datetime | None = None

    @property
    def notice(self) -> Notice:
        """The notice that tells of it."""
        return OFFER if self.given_up is None else EARLIER_OFFER


def plan_offer(offer: Offer, *, recipients: Iterable[Recipient]) -> TimelinePlan:
    """
    Return the message about an offer for each who may answer it, and why the others get none.

    It goes at once, after the night if it is night, and only while there is time to answer.
    """
    return sorted_plan(_entries(offer, recipients))


def _entries(offer: Offer, recipients: Iterable[Recipient]) -> Iterator[Entry]:
    for recipient in recipients:
        reason = _refusal(offer, recipient)
        if reason:
            yield NotOwed(recipient=recipient.key, notice=offer.notice.code, reason=reason)
        else:
            yield _message(offer, recipient)


def _refusal(offer: Offer, recipient: Recipient) -> str:
    if recipient.audience not in OFFER.audiences:
        return f"not-for:{recipient.audience.value}"
    if not offer.decided:
        return "undecided"
    if not has_text(offer.notice, recipient=recipient):
        return "no-text"
    if not recipient.channels:
        return "no-channel"
    expires_at = offer.answer_by - TIME_TO_ANSWER
    if offer.offered_at >= expires_at:
        return "too-late"
    return "" if _due_at(offer, recipient) < expires_at else "quiet-hours-do-not-fit"


def _due_at(offer: Offer, recipient: Recipient) -> dt.datetime:
    return first_allowed(offer.offered_at.astimezone(dt.UTC), recipient=recipient)


def _message(offer: Offer, recipient: Recipient) -> PlannedMessage:
    values: dict[str, FactValue] = {"free_start": offer.start, "answer_by": offer.answer_by}
    if offer.given_up is not None:
        values["given_up"] = offer.given_up
    facts = facts_as_json(values)
    return PlannedMessage(
        recipient=recipient.key,
        notice=offer.notice.code,
        trigger=OFFER.trigger,
        parts=(offer.notice.code,),
        facts=tuple(sorted(facts.items())),
        due_at=_due_at(offer, recipient),
        expires_at=(offer.answer_by - TIME_TO_ANSWER).astimezone(dt.UTC),
        purpose=OFFER.purpose,
        safety=OFFER.safety,
        answer=OFFER.answer,
        channels=recipient.channels,
        language=recipient.language,
    )
