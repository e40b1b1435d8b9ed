"""What the plans of one patient would come to, start by start: a case a day, and a plan only where it can be another."""

import datetime as dt
from dataclasses import dataclass, field, replace

from procedures.models import Protocol
from procedures.preparation import Case, Gist, Gists, GistsOfDay
from scheduling.models import Appointment, Evidence, Patient, ProcedureOffering
from scheduling.models.case import evidence_for, facts_on
from scheduling.operations.feasibility import case_for_start
from scheduling.operations.terms import Particulars


@dataclass(kw_only=True, slots=True)
class Prospects:
    """What decides about each start of one patient, if it became known at `now` (aware). Facts are read when first asked."""

    offering: ProcedureOffering
    protocol: Protocol
    patient: Patient
    particulars: Particulars
    booking: Appointment | None
    now: dt.datetime
    _gists: Gists = field(default_factory=Gists)
    _days: dict[dt.date, GistsOfDay] = field(default_factory=dict)
    _case: Case | None = None
    _evidence: list[Evidence] = field(default_factory=list)

    def at(self, start: dt.datetime) -> tuple[Gist, dt.datetime]:
        """Return what decides about a start (aware), and the first later moment (UTC) at which it may be another."""
        day = start.astimezone(self.offering.location.tz).date()
        if day not in self._days:
            self._days[day] = self._gists.on(self._case_on(day, start), day=day)
        return self._days[day].at(start.astimezone(dt.UTC))

    def _case_on(self, day: dt.date, start: dt.datetime) -> Case:
        if self._case is None:
            self._evidence = evidence_for(self.patient, booking=self.booking)
            self._case = case_for_start(
                offering=self.offering,
                protocol=self.protocol,
                patient=self.patient,
                particulars=self.particulars,
                start=start,
                now=self.now,
                booking=self.booking,
            )
            return self._case
        facts = facts_on(day, facts=self._case.patient, patient=self.patient, evidence=self._evidence)
        if facts is not self._case.patient:
            self._case = replace(self._case, patient=facts)
        return self._case
