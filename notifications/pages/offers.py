"""The page behind the link of an offer: take it, leave it, or what became of it."""

import datetime as dt

from django.http import HttpRequest, HttpResponse

from notifications.operations.access import Reader
from notifications.operations.offered import offer_never_taken
from notifications.operations.today import Speaker, clinic_of, speaker_of
from notifications.pages.base import shown
from procedures.steps import Audience
from scheduling.codes import AnswerCode, AppointmentStatus, CancellationReason
from scheduling.models import Appointment, WaitlistOffer


def offer_page(request: HttpRequest, reader: Reader, *, now: dt.datetime) -> HttpResponse | None:
    """Return the page of an offer that its reader has not taken, None for any visit that was ever booked."""
    offer = offer_never_taken(reader.appointment)
    if offer is None or reader.audience is not Audience.PATIENT:
        return None
    speaker = speaker_of(reader, facts={}, now=now)
    if reader.appointment.status == AppointmentStatus.PROPOSED and offer.expires_at > now:
        return _open(request, reader, offer, speaker=speaker)
    title, why = _became(offer, speaker=speaker)
    return _said(request, reader, speaker=speaker, title=title, why=why)


def offer_by_phone(request: HttpRequest, reader: Reader, *, now: dt.datetime) -> HttpResponse:
    """Return the page of an offer that cannot be taken without a person."""
    speaker = speaker_of(reader, facts={}, now=now)
    words = speaker.words.offer
    title = speaker.put(words.by_phone, phone=clinic_of(reader.appointment).phone_said)
    return _said(request, reader, speaker=speaker, title=title, why=[words.by_phone_why])


def _open(request: HttpRequest, reader: Reader, offer: WaitlistOffer, *, speaker: Speaker) -> HttpResponse:
    words, appointment = speaker.words.offer, reader.appointment
    by = speaker.at(offer.expires_at, "until")
    place = appointment.location
    given_up = _visit_of(offer)
    return shown(
        request,
        "offer",
        words=speaker.words,
        clinic=clinic_of(appointment),
        heading=speaker.put(
            words.free if given_up is None else words.earlier, at=speaker.at(appointment.start)
        ),
        details=[
            speaker.put(words.answer_by, by=by),
            words.first,
            *_about(given_up, words.moves, speaker=speaker),
            f"{place.name}, {place.address}",
        ],
        answers=AnswerCode,
    )


def _became(offer: WaitlistOffer, *, speaker: Speaker) -> tuple[str, list[str]]:
    """Return the heading and the sentences about an offer that is over."""
    words, visit = speaker.words.offer, _visit_of(offer)
    if offer.visit.pk != offer.appointment_id:
        return speaker.put(words.moved, at=speaker.at(offer.visit.start)), [words.moved_why]
    if offer.appointment.cancellation_reason == CancellationReason.PATIENT:
        return words.left, [words.left_how, *_about(visit, words.stays, speaker=speaker)]
    if visit is not None and visit.booked_at >= offer.offered_at:
        # Nobody took it from them: they were given another time, and the offer ended with that.
        return words.booked, _about(visit, words.booked_why, speaker=speaker)
    return words.over, [words.over_why, *_about(visit, words.stays, speaker=speaker)]


def _visit_of(offer: WaitlistOffer) -> Appointment | None:
    """Return the visit that the patient has beside the offer, None for none that still stands."""
    visit = offer.entry.visit
    return visit if visit is not None and visit.status == AppointmentStatus.BOOKED else None


def _about(visit: Appointment | None, sentence: str, *, speaker: Speaker) -> list[str]:
    """Say a sentence about a visit, on the clock of the page; of a visit on another clock nothing is said."""
    if visit is None or visit.location.zone != speaker.zone.key:
        return []
    return [speaker.put(sentence, at=speaker.at(visit.start))]


def _said(
    request: HttpRequest, reader: Reader, *, speaker: Speaker, title: str, why: list[str]
) -> HttpResponse:
    clinic = clinic_of(reader.appointment)
    return shown(request, "offer", words=speaker.words, clinic=clinic, heading=title, details=why)
