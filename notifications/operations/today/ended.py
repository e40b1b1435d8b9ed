"""Pages that say one thing only: the visit is off, or a person must tell."""

import datetime as dt

from notifications.operations.access import Reader
from notifications.operations.today.ground import for_whom, open_tasks, speaker_of
from notifications.operations.today.medicines import CALLS
from notifications.operations.today.values import Clinic, Now, Page
from procedures.steps import Audience


def phone_page(reader: Reader, *, clinic: Clinic, now: dt.datetime) -> Page:
    """Return a page that asks the reader to call."""
    speaker = speaker_of(reader, facts={}, now=now)
    title = speaker.put(speaker.words.now.call_about, phone=clinic.phone_said)
    return Page(
        kind="phone",
        words=speaker.words,
        clinic=clinic,
        as_of=speaker.at(now),
        now=Now(title=title, call=True),
    )


def cancelled_page(reader: Reader, *, clinic: Clinic, now: dt.datetime) -> Page:
    """Return the cancellation and nothing else; what to do with a medicine is said by a person."""
    appointment = reader.appointment
    speaker = speaker_of(reader, facts={}, now=now)
    words, day = speaker.words.changes, speaker.say(appointment.start, "day")
    if reader.audience is Audience.PATIENT:
        title = speaker.put(words.off, day=day)
        call = speaker.put(words.changed_a_medicine, phone=clinic.phone_said)
        if any(task.kind in CALLS for task in open_tasks(appointment)):
            call = f"{call} {words.we_also_call}"
        details: tuple[str, ...] = (words.need_not_fast, call, words.sorry)
    else:
        title = speaker.put(words.off_for_them, day=day)
        details = (words.need_not_fast_for_them, words.sorry)
    return Page(
        kind="cancelled",
        words=speaker.words,
        clinic=clinic,
        as_of=speaker.at(now),
        now=Now(title=title, details=details, call=reader.audience is Audience.PATIENT),
        carer=reader.audience is Audience.CARER,
        for_whom=for_whom(reader, speaker=speaker),
    )
