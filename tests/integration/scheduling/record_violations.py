"""How the constraints and guards of readiness, merged records, consent and calendars are broken."""

from collections.abc import Callable
from typing import Any

from builders import HOUR, NOW, START, Clinic, book, make_patient

from scheduling.models import (
    BusyCalendar,
    BusyTime,
    CalendarFeed,
    ConsentRecord,
    OpeningException,
    Patient,
    PatientMerge,
    ReadinessRecord,
    RelatedPerson,
)


def judge(clinic: Clinic, **fields: Any) -> ReadinessRecord:
    defaults = {"state": "ready", "as_of": NOW, "plan_revision": 1, "next_change_at": NOW}
    return ReadinessRecord.objects.create(appointment=book(clinic), **{**defaults, **fields})


def merge(clinic: Clinic, *, merged: Patient | None = None) -> PatientMerge:
    merged = merged or make_patient(clinic.organization)
    return PatientMerge.objects.create(kept=clinic.pia, merged=merged, merged_by=clinic.nora, merged_at=NOW)


def consent(clinic: Clinic) -> ConsentRecord:
    person = RelatedPerson.objects.create(patient=clinic.pia, relationship="carer")
    return ConsentRecord.objects.create(related_person=person, given=True, recorded_at=NOW)


def feed(clinic: Clinic, *, number: str = "1", **fields: Any) -> CalendarFeed:
    defaults: dict[str, Any] = {"resource": clinic.resource("room"), "practitioner": None}
    return CalendarFeed.objects.create(
        organization=clinic.organization,
        token_sha256=number,
        created_by=clinic.nora,
        created_at=NOW,
        **{**defaults, **fields},
    )


def feed_twice(clinic: Clinic, **fields: Any) -> None:
    feed(clinic, **fields)
    feed(clinic, number="2", **fields)


def calendar(clinic: Clinic, **fields: Any) -> BusyCalendar:
    return BusyCalendar.objects.create(
        resource=clinic.resource("room"), label="Own", created_by=clinic.nora, created_at=NOW, **fields
    )


def busy_twice(clinic: Clinic) -> None:
    own = calendar(clinic)
    for _ in range(2):
        closure = OpeningException.objects.create(
            location=clinic.london, period=(START, START + HOUR), reason="Busy"
        )
        BusyTime.objects.create(calendar=own, key="same", closure=closure)


def change_merged(clinic: Clinic) -> None:
    other = make_patient(clinic.organization)
    Patient.objects.filter(pk=other.pk).update(merged_into=clinic.pia)
    Patient.objects.filter(pk=other.pk).update(given_name="Eva")


VIOLATIONS_OF_RECORDS: dict[str, Callable[[Clinic], object]] = {
    "scheduling_readiness_is_known": lambda c: judge(c, state="maybe", next_due_at=NOW),
    "scheduling_blocked_names_what_blocks": lambda c: judge(c, state="blocked", next_due_at=NOW),
    "scheduling_unready_has_a_next_step": lambda c: judge(c, state="at-risk"),
    "scheduling_patient_is_not_merged_with_itself": lambda c: merge(c, merged=c.pia),
    "scheduling_patient_is_not_merged_into_itself": lambda c: Patient.objects.filter(pk=c.pia.pk).update(
        merged_into=c.pia
    ),
    "scheduling_feed_is_of_one": lambda c: feed(c, practitioner=c.nora),
    "scheduling_one_feed_per_resource": feed_twice,
    "scheduling_one_feed_per_practitioner": lambda c: feed_twice(c, resource=None, practitioner=c.nora),
    "scheduling_feed_revoked_by_somebody": lambda c: feed(c, revoked_at=NOW),
    "scheduling_busy_calendar_is_read_again": lambda c: calendar(c, url="https://example.org/"),
    "scheduling_busy_time_is_imported_once": busy_twice,
}
GUARDS_OF_RECORDS: dict[str, Callable[[Clinic], object]] = {
    "merge_is_kept": lambda c: merge(c).delete(),
    "consent_is_kept": lambda c: consent(c).delete(),
    "merged_patient_stays": change_merged,
}
