"""Whoever serves no more visits on a day is said to have a full day, not to be busy at that hour."""

from builders import DAY, HOUR, NOW, START, Clinic, book

from scheduling.models import Resource
from scheduling.operations.slots import explain_slot

LATER = START + 3 * HOUR


def explained(clinic: Clinic, *, start: object = LATER) -> list[tuple[str, str]]:
    found = explain_slot(offering=clinic.offering, start=start, now=NOW)  # type: ignore[arg-type]
    return [(obstacle.rule.value, obstacle.leg) for obstacle in found.obstacles]


def test_full_day_of_a_resource_is_named_as_such(clinic: Clinic) -> None:
    radiologist = clinic.resource("practitioner")
    book(clinic)
    before = explained(clinic)
    Resource.objects.filter(pk=radiologist.pk).update(most_per_day=1)

    full, busy, next_day = (
        explained(clinic),
        explained(clinic, start=START),
        explained(clinic, start=START + DAY),
    )

    assert before == []
    assert [rule for rule, _ in full] == ["day-full"]
    assert sorted({rule for rule, _ in busy}) == ["day-full", "not-free"]
    assert next_day == []
