"""No more routine messages to an address: what one click in an email asks for. Safety messages still go."""

import datetime as dt

from django.core import signing
from django.db import transaction

from notifications.models import ContactPoint
from notifications.operations.correspondents import correspondents_at
from scheduling.codes import TaskKind, TaskSeverity
from scheduling.operations import open_task

SALT = "cryoclinic.unsubscribe"
# [ops] By when somebody should know that a patient who prepares for a visit reads no routine email.
TELL_WITHIN = dt.timedelta(days=1)
REASON = (
    "This person wants no routine email any more. Safety messages still go. Ask how we can best reach them."
)


class TokenUnknown(ValueError):
    """This link is not complete. Copy the whole address from the message."""


def unsubscribe_token(*, point_id: int, language: str) -> str:
    """Return what stands in an email's unsubscribe address: opaque, and good for this one address alone."""
    return signing.dumps([point_id, language], salt=SALT)


def read_token(token: str) -> tuple[int, str]:
    """
    Return the address and the language of a token.

    :raises TokenUnknown: if we did not make it
    """
    try:
        point_id, language = signing.loads(token, salt=SALT)
    except signing.BadSignature as error:
        raise TokenUnknown from error
    return point_id, language


def refuse_routine(*, point_id: int, now: dt.datetime) -> bool:
    """
    Send nothing routine to an address any more; True if that is news. `now` is aware.

    :raises TokenUnknown: if there is no such address
    """
    with transaction.atomic():
        point = ContactPoint.objects.select_for_update(no_key=True).filter(pk=point_id).first()
        if point is None:
            raise TokenUnknown
        if point.routine_refused_at is not None:
            return False
        point.routine_refused_at = now
        point.save(update_fields=["routine_refused_at"])
        _tell_staff(point, now)
    return True


def _tell_staff(point: ContactPoint, now: dt.datetime) -> None:
    for appointment in correspondents_at(system=point.system, address=point.value, now=now).appointments:
        open_task(
            organization=appointment.organization,
            appointment=appointment,
            kind=TaskKind.PHONE_PATIENT,
            about=f"{appointment.uid}:no-routine-email",
            severity=TaskSeverity.ROUTINE,
            reason=REASON,
            due_at=now + TELL_WITHIN,
            now=now,
        )
