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
    title = f"Call us on {clinic.phone_said} about this visit"
    return Page(kind="phone", clinic=clinic, as_of=speaker.at(now), now=Now(title=title, call=True))


def cancelled_page(reader: Reader, *, clinic: Clinic, now: dt.datetime) -> Page:
    """Return the cancellation and nothing else; what to do with a medicine is said by a person."""
    appointment = reader.appointment
    speaker = speaker_of(reader, facts={}, now=now)
    day = speaker.say(appointment.start, "day")
    also = " We will also call you." if any(task.kind in CALLS for task in open_tasks(appointment)) else ""
    if reader.audience is Audience.PATIENT:
        title = f"Your visit on {day} will not go ahead"
        details: tuple[str, ...] = (
            "You do not need to fast.",
            f"If you stopped or changed a medicine for this visit, call us now on {clinic.phone_said}.{also}",
            "We are sorry for the change.",
        )
    else:
        title = f"The visit on {day} will not go ahead"
        details = ("The person you help does not need to fast.", "We are sorry for the change.")
    return Page(
        kind="cancelled",
        clinic=clinic,
        as_of=speaker.at(now),
        now=Now(title=title, details=details, call=reader.audience is Audience.PATIENT),
        carer=reader.audience is Audience.CARER,
        for_whom=for_whom(reader),
    )
