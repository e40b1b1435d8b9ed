"""What is recorded while a visit is going on, or about it, without ending it: the beginning, the deposit."""

import datetime as dt

from scheduling.codes import OCCUPYING, AppointmentStatus, ChangeKind
from scheduling.models import Appointment
from scheduling.operations.actor import Actor
from scheduling.operations.changes import amend, check_revision
from scheduling.operations.day_record import NothingToRecord
from scheduling.operations.statuses import TimesDoNotFit


class AlreadyBegun(Exception):
    """The beginning of this procedure is recorded already."""

    def __init__(self, *, began_at: dt.datetime) -> None:
        super().__init__(began_at)
        self.began_at = began_at


def record_start(
    *,
    appointment: Appointment,
    began_at: dt.datetime,
    now: dt.datetime,
    by: Actor,
    expected_revision: int | None = None,
) -> Appointment:
    """
    Record when the procedure really began (aware): from then on the visit is in progress.

    FHIR has no such status for an appointment; the recorded beginning says it.

    :raises TimesDoNotFit: if the time has no zone or has not come yet
    :raises NothingToRecord: if the patient has not arrived, or the visit is over
    :raises AlreadyBegun: if a beginning is recorded
    :raises StaleRevision: if it has changed since `expected_revision`
    """
    if began_at.utcoffset() is None or began_at > now:
        raise TimesDoNotFit
    seen = Appointment.objects.get(pk=appointment.pk)
    check_revision(seen, expected_revision)
    if seen.status != AppointmentStatus.ARRIVED:
        raise NothingToRecord
    if seen.began_at is not None:
        raise AlreadyBegun(began_at=seen.began_at)
    return amend(
        seen,
        kind=ChangeKind.BEGAN,
        among=(AppointmentStatus.ARRIVED,),
        now=now,
        by=by,
        expected_revision=seen.revision,
        began_at=began_at,
    )


def record_deposit(
    *,
    appointment: Appointment,
    is_there: bool,
    now: dt.datetime,
    by: Actor,
    expected_revision: int | None = None,
) -> Appointment:
    """
    Record that the deposit is there, or that it is not after all. No money passes here.

    :raises TransitionRefused: if the visit is over
    :raises StaleRevision: if it has changed since `expected_revision`
    """
    return amend(
        appointment,
        kind=ChangeKind.DEPOSIT,
        among=OCCUPYING,
        now=now,
        by=by,
        expected_revision=expected_revision,
        reason="Recorded as there" if is_there else "Recorded as not there",
        deposit_recorded_at=now if is_there else None,
    )
