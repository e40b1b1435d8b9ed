"""Who may read the page behind a link: the date of birth, a few tries, then a wait."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Case, DateTimeField, F, PositiveSmallIntegerField, Q, Value, When

from notifications.models import AccessLink
from notifications.models.attempt import AccessLinkQuerySet
from notifications.operations.people import Person, people_told
from procedures.steps import Audience
from scheduling.codes import TaskKind, TaskSeverity
from scheduling.models import Appointment
from scheduling.operations import open_task

# [ops] Wrong dates in a row before a link rests, how long it rests, and how soon somebody asks the person about it.
TRIES = 5
LOCKED_FOR = dt.timedelta(hours=1)
CALL_WITHIN = dt.timedelta(hours=4)
LOCKED_REASON = f"Somebody gave a wrong date of birth {TRIES} times for this person's plan. Phone and ask who tried to open it."


class LinkGone(Exception):
    """This link no longer works."""


class NotShared(Exception):
    """This plan is no longer shared with you."""

    def __init__(self, *, link: AccessLink) -> None:
        super().__init__()
        self.link = link


class LinkLocked(Exception):
    """Too many tries. We have told the clinic."""

    def __init__(self, *, link: AccessLink) -> None:
        super().__init__()
        self.link = link


class WrongDate(Exception):
    """This date does not match what we have. Check the day, month and year."""

    def __init__(self, *, link: AccessLink, tries_left: int) -> None:
        super().__init__(tries_left)
        self.link = link
        self.tries_left = tries_left


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """Somebody at the page: whose plan it is and what they may see of it."""

    link: AccessLink
    appointment: Appointment
    person: Person
    audience: Audience

    @property
    def key(self) -> str:
        """The name under which the planner knows the person."""
        return self.link.recipient.key


def admit(*, token_sha256: str, birth_date: dt.date, now: dt.datetime) -> AccessLink:
    """
    Return the link if `birth_date` is the patient's; a wrong date counts. `now` is aware.

    Who comes first is decided by the database: of any number of tries at once five count, and a right date is
    refused like any other once the link is locked.

    :raises LinkGone: if there is no such link, or it has expired or been taken back
    :raises NotShared: if the person may no longer be told
    :raises WrongDate: if the date is another; carries the tries that are left
    :raises LinkLocked: if the tries are used up; carries the link with the time it opens again
    """
    link = _usable(AccessLink.objects.filter(token_sha256=token_sha256), now=now)
    _reader(link)
    free = AccessLink.objects.filter(Q(locked_until=None) | Q(locked_until__lte=now), pk=link.pk)
    if link.appointment.patient.birth_date == birth_date:
        if not free.update(failed_tries=0, locked_until=None):
            raise LinkLocked(link=_again(link))
        return link
    with transaction.atomic():
        # The row stays locked in between, so that what is read is what this very try has made of it.
        counted = _count(free, now=now)
        current = _again(link)
    if not counted:
        raise LinkLocked(link=current)
    if current.locked_until is not None and current.locked_until > now:
        _ask_who_it_was(link.appointment, now=now)
        raise LinkLocked(link=current)
    raise WrongDate(link=current, tries_left=TRIES - current.failed_tries)


def reader_of(*, link_id: int, token_sha256: str, now: dt.datetime) -> Reader:
    """
    Return who is at the page, if the link still opens it. `now` is aware.

    :raises LinkGone: if the link has expired or been taken back, or is not the one the date was given for
    :raises NotShared: if the person may no longer be told
    """
    return _reader(_usable(AccessLink.objects.filter(pk=link_id, token_sha256=token_sha256), now=now))


def _usable(links: AccessLinkQuerySet, *, now: dt.datetime) -> AccessLink:
    link = (
        links.usable(now)
        .select_related(
            "recipient__patient",
            "recipient__related_person",
            "appointment__organization",
            "appointment__location",
        )
        .first()
    )
    if link is None:
        raise LinkGone
    return link


def _reader(link: AccessLink) -> Reader:
    appointment = (
        Appointment.objects.with_facts().prefetch_related("decisions__signed_by").get(pk=link.appointment_id)
    )
    link.appointment = appointment
    told = people_told(appointment).get(link.recipient.key)
    if told is None:
        raise NotShared(link=link)
    person, audience = told
    return Reader(link=link, appointment=appointment, person=person, audience=audience)


def _count(free: AccessLinkQuerySet, *, now: dt.datetime) -> int:
    """Count a wrong date in one statement: the last one locks and starts the count anew; 0 if already locked."""
    last = Q(failed_tries__gte=TRIES - 1)
    return free.update(
        failed_tries=Case(
            When(last, then=Value(0)),
            default=F("failed_tries") + 1,
            output_field=PositiveSmallIntegerField(),
        ),
        locked_until=Case(
            When(last, then=Value(now + LOCKED_FOR)), default=Value(None), output_field=DateTimeField()
        ),
    )


def _again(link: AccessLink) -> AccessLink:
    current = AccessLink.objects.get(pk=link.pk)
    current.appointment, current.recipient = link.appointment, link.recipient
    return current


def _ask_who_it_was(appointment: Appointment, *, now: dt.datetime) -> None:
    open_task(
        organization=appointment.organization,
        appointment=appointment,
        kind=TaskKind.PHONE_PATIENT,
        about=f"{appointment.uid}:link-locked",
        severity=TaskSeverity.ATTENTION,
        reason=LOCKED_REASON,
        due_at=now + CALL_WITHIN,
        now=now,
    )
