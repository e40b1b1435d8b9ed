"""A series as staff read it, and what becomes of the rest when one session ends."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest

from cryoclinic.dashboard import words
from cryoclinic.dashboard.access import Desk
from cryoclinic.dashboard.readiness import state_of
from cryoclinic.dashboard.words import Tag
from scheduling.codes import AHEAD, CancellationReason
from scheduling.models import Appointment, Series
from scheduling.operations.gaps import broken_gaps_of
from scheduling.operations.series_rest import STANDS, SessionOutcome, cancel_sessions, sessions_after

KEEP, CANCEL = "keep", "cancel"


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionRow:
    """One session; `days` since the standing session before it, None for the first; `broken` says what is wrong."""

    position: int
    visit: Appointment
    state: Tag
    days: int | None
    broken: str

    @property
    def stands(self) -> bool:
        """Whether it is booked or done."""
        return self.visit.status in STANDS

    @property
    def is_ahead(self) -> bool:
        """Whether it can still be moved or cancelled."""
        return self.visit.status in AHEAD


class RestForm(forms.Form):
    """What becomes of the sessions after one that is cancelled."""

    rest = forms.ChoiceField(
        label="The sessions after it",
        widget=forms.RadioSelect,
        error_messages={"required": "Say what becomes of the sessions after it."},
    )

    def __init__(self, *args: Any, after: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        count = "the session" if after == 1 else f"all {after} sessions"
        self.fields["rest"].choices = [  # type: ignore[attr-defined] # a field of choices
            (KEEP, "Keep them as they are. A missing session can be booked on the page of the series."),
            (CANCEL, f"Cancel {count} after it too, for the same reason"),
        ]


class CancelSessionsForm(forms.Form):
    """Why sessions of a series are cancelled together."""

    reason = forms.ChoiceField(
        label="Who or what ends them",
        choices=[("", "Choose"), *CancellationReason.choices],
        error_messages={"required": "Choose a reason."},
    )
    note = forms.CharField(label="Note for colleagues (optional)", max_length=200, required=False)


def rest_form(request: HttpRequest, appointment: Appointment) -> RestForm | None:
    """Return the question about the sessions after a visit; None where there are none."""
    after = len(sessions_after(appointment))
    return RestForm(request.POST or None, after=after) if after else None


def cancel_rest(
    appointment: Appointment, *, form: RestForm | None, reason: CancellationReason, note: str, desk: Desk
) -> str:
    """Do what was chosen about the sessions after a cancelled visit; return a sentence, empty for nothing."""
    after = sessions_after(appointment)
    if form is None or form.cleaned_data["rest"] != CANCEL or not after:
        return ""
    series = appointment.series_session.series
    outcomes = cancel_sessions(
        series=series,
        sessions=[(each, each.revision) for each in after],
        reason=reason,
        note=note,
        now=desk.now,
        by=desk.actor,
    )
    return said(outcomes, desk)


def said(outcomes: tuple[SessionOutcome, ...], desk: Desk) -> str:
    """Return how many sessions were cancelled, and why the others were not."""
    done = sum(each.refusal is None for each in outcomes)
    refused = (
        f"{words.day_and_time(each.appointment.start, desk.zone)}: {words.sentence_of(each.refusal)}"
        for each in outcomes
        if each.refusal is not None
    )
    return " ".join((f"{done} of {len(outcomes)} sessions cancelled.", *refused))


def rows_of(series: Series, desk: Desk) -> tuple[SessionRow, ...]:
    """Return the sessions in the order of their starts, each with its distance to the one before that stands."""
    broken = {(gap.position, gap.following): gap.sentence for gap in broken_gaps_of(series)}
    found: list[SessionRow] = []
    before: tuple[int, dt.date] | None = None
    for session in sorted(series.sessions.all(), key=lambda each: each.appointment.start):
        visit = session.appointment
        day = visit.start.astimezone(desk.zone).date()
        stands = visit.status in STANDS
        days = None if before is None or not stands else (day - before[1]).days
        wrong = "" if before is None else broken.get((before[0], session.position), "")
        found.append(
            SessionRow(position=session.position, visit=visit, state=state_of(visit), days=days, broken=wrong)
        )
        if stands:
            before = (session.position, day)
    return tuple(found)
