"""The page behind the link of an offer: take it, leave it, or what became of it."""

import datetime as dt

from django.http import HttpRequest, HttpResponse

from notifications.operations.access import Reader
from notifications.operations.offered import offer_never_taken
from notifications.operations.today import Speaker, clinic_of, speaker_of
from notifications.pages.base import shown
from procedures.steps import Audience
from scheduling.codes import AnswerCode, AppointmentStatus, CancellationReason
from scheduling.models import WaitlistOffer


def offer_page(request: HttpRequest, reader: Reader, *, now: dt.datetime) -> HttpResponse | None:
    """Return the page of an offer that its reader has not taken, None for any visit that was ever booked."""
    offer = offer_never_taken(reader.appointment)
    if offer is None or reader.audience is not Audience.PATIENT:
        return None
    speaker = speaker_of(reader, facts={}, now=now)
    words = speaker.words.offer
    if reader.appointment.status == AppointmentStatus.PROPOSED and offer.expires_at > now:
        return _open(request, reader, offer, speaker=speaker)
    if reader.appointment.cancellation_reason == CancellationReason.PATIENT:
        return _said(request, reader, speaker=speaker, title=words.left, why=words.left_how)
    return _said(request, reader, speaker=speaker, title=words.over, why=words.over_why)


def offer_by_phone(request: HttpRequest, reader: Reader, *, now: dt.datetime) -> HttpResponse:
    """Return the page of an offer that cannot be taken without a person."""
    speaker = speaker_of(reader, facts={}, now=now)
    words = speaker.words.offer
    title = speaker.put(words.by_phone, phone=clinic_of(reader.appointment).phone_said)
    return _said(request, reader, speaker=speaker, title=title, why=words.by_phone_why)


def _open(request: HttpRequest, reader: Reader, offer: WaitlistOffer, *, speaker: Speaker) -> HttpResponse:
    words, appointment = speaker.words.offer, reader.appointment
    by = speaker.at(offer.expires_at, "until")
    place = appointment.location
    return shown(
        request,
        "offer",
        words=speaker.words,
        clinic=clinic_of(appointment),
        heading=speaker.put(words.free, at=speaker.at(appointment.start)),
        details=[speaker.put(words.answer_by, by=by), words.first, f"{place.name}, {place.address}"],
        answers=AnswerCode,
    )


def _said(request: HttpRequest, reader: Reader, *, speaker: Speaker, title: str, why: str) -> HttpResponse:
    clinic = clinic_of(reader.appointment)
    return shown(request, "offer", words=speaker.words, clinic=clinic, heading=title, details=[why])
