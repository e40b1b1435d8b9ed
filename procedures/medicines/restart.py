"""
When the rules would let a held medicine start again: a proposal for the operator and the clinician, no more.

The numbers are the `resume` entries of the rule set's rows, each with its source. Pure: no framework, no database, no
clock.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from procedures.preparation.rule_rows import hold_rows
from procedures.preparation.rule_set import DATA

# [ops] The clock time at which "the day after" begins for somebody who takes a medicine in the morning.
DAY_AFTER_FROM = dt.time(8)
WORDS = {
    "hours_after": "hours after the end",
    "day_after": "the day after",
    "same_day": "the same day",
    "when_eating_normally": "when eating normally",
    "first_meal": "with the first meal",
    "when_stable": "when blood pressure and circulation are stable",
    "multidisciplinary": "decided by the team",
    "prescriber": "decided by the prescriber",
    "clinician": "decided by a clinician",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Restart:
    """
    What one rule says about starting again.

    `earliest_at` and `latest_at` are aware and None where the rule gives no time. `words` says it for staff.
    """

    rule_id: str
    source: str
    kind: str
    words: str
    earliest_at: dt.datetime | None = None
    latest_at: dt.datetime | None = None


def restarts_of(rule_ids: Iterable[str], *, ended_at: dt.datetime, zone: ZoneInfo) -> tuple[Restart, ...]:
    """
    Return what the rules of a hold say about starting again after a procedure that ended at `ended_at` (aware).

    Hours are elapsed hours; "the day after" is the next date in `zone`, the clinic's. Rules that hold nothing say
    nothing. Sources: the row's own (SIR 2019, FDA 2020, ADA 2024, ACR and others in the rule set).
    """
    known = _resumes()
    found = ((rule, *known[rule]) for rule in dict.fromkeys(rule_ids) if rule in known)
    return tuple(
        _restart(rule, resume, source=source, ended_at=ended_at, zone=zone)
        for rule, resume, source in found
        if resume["type"] in WORDS
    )


def earliest_restart_at(restarts: Iterable[Restart]) -> dt.datetime | None:
    """Return the first moment at which every rule with a time would let it start; None without any."""
    moments = [each.earliest_at for each in restarts if each.earliest_at is not None]
    return max(moments, default=None)


def _restart(
    rule_id: str, resume: Mapping[str, Any], *, source: str, ended_at: dt.datetime, zone: ZoneInfo
) -> Restart:
    kind = str(resume["type"])
    earliest_at, latest_at = _window(resume, ended_at=ended_at, zone=zone)
    note = f" ({resume['note']})" if "note" in resume else ""
    return Restart(
        rule_id=rule_id,
        source=source,
        kind=kind,
        words=f"{_hours(resume)}{WORDS[kind]}{note}",
        earliest_at=earliest_at,
        latest_at=latest_at,
    )


def _hours(resume: Mapping[str, Any]) -> str:
    if resume["type"] != "hours_after":
        return ""
    least, most = resume["min"], resume["max"]
    return f"{least} " if least == most else f"{least} to {most} "


def _window(
    resume: Mapping[str, Any], *, ended_at: dt.datetime, zone: ZoneInfo
) -> tuple[dt.datetime | None, dt.datetime | None]:
    end = ended_at.astimezone(dt.UTC)
    if resume["type"] == "hours_after":
        return end + dt.timedelta(hours=resume["min"]), end + dt.timedelta(hours=resume["max"])
    if resume["type"] == "day_after":
        day = ended_at.astimezone(zone).date() + dt.timedelta(days=1)
        return dt.datetime.combine(day, DAY_AFTER_FROM, tzinfo=zone).astimezone(dt.UTC), None
    return None, None


@cache
def _resumes() -> dict[str, tuple[Mapping[str, Any], str]]:
    """Return the restart entry and the source under each row's id, as the preparation engine forms the ids."""
    rules = json.loads((DATA / "rules.json").read_text(encoding="utf-8"))
    tables = (("bleeding", "bleeding_risk_hold_rules"), ("other", "other_drug_rules"))
    return {
        row.id: (record["resume"], row.source)
        for table, key in tables
        for record in rules[key]
        for _, row in hold_rows(table=table, records=[record])
    }
