"""A device breaks or a site shuts: who is hit, what could be done, and doing it for each visit by itself."""

import datetime as dt
from typing import Any

import pytest
from builders import DAY, HOUR, NOW, START, Clinic, book, make_patient, make_resource
from shut_places import shut

from scheduling import operations
from scheduling.codes import CancellationReason, ClosureAnswer, ResourceKind
from scheduling.models import Allocation, Appointment, ClosureChoice, OpeningException, Resource
from scheduling.operations.actor import PersonNeeded
from scheduling.operations.closures import (
    AlreadyReopened,
    Choice,
    ClosureIsOver,
    ClosureNeedsAReason,
    ElsewhereResource,
    EndsBeforeItBegins,
    Outcome,
    apply_choices,
    closure_hits,
    hits_between,
    proposals_for,
    remedies_of,
    reopen,
)
from scheduling.operations.slots import find_slots

LATER = START + 3 * HOUR
NEXT_WEEK = START + 7 * DAY
MINUTE = dt.timedelta(minutes=1)


def spare_console(clinic: Clinic) -> Resource:
    return make_resource(clinic.london, kind=ResourceKind.DEVICE, name="Console 2", skills=["cryo-console"])


def two_visits(clinic: Clinic) -> tuple[Appointment, Appointment]:
    return book(clinic), book(clinic, patient=make_patient(clinic.organization), start=LATER)


def chosen(appointment: Appointment, answer: ClosureAnswer, **fields: Any) -> Choice:
    return Choice(appointment=appointment, revision=1, answer=answer, **fields)


def apply(clinic: Clinic, closure: OpeningException, *choices: Choice) -> tuple[Outcome, ...]:
    return apply_choices(closure=closure, choices=choices, now=NOW, by=clinic.staff)


def refused(outcomes: tuple[Outcome, ...]) -> list[str | None]:
    return [each.refusal and type(each.refusal).__name__ for each in outcomes]


def test_preview_lists_who_would_be_hit_and_closes_nothing(clinic: Clinic) -> None:
    first, second = two_visits(clinic)
    device = clinic.resource("device")
    period = {"begin": START + HOUR, "end": LATER + HOUR, "now": NOW}

    by_device = hits_between(location=clinic.london, resource=device, **period)
    by_site = hits_between(location=clinic.london, resource=None, **period)
    before = hits_between(location=clinic.london, resource=device, begin=START - DAY, end=START, now=NOW)

    assert [(each.appointment.pk, each.legs) for each in by_device] == [
        (first.pk, ("console",)), (second.pk, ("console",)),
    ]  # fmt: skip
    assert [each.legs for each in by_site] == [
        ("operator", "room", "console", "bay"), ("operator", "room", "console"),
    ]  # fmt: skip
    assert before == ()
    assert not OpeningException.objects.exists()


def test_what_is_over_or_cancelled_is_not_hit(clinic: Clinic) -> None:
    first, second = two_visits(clinic)
    operations.cancel_appointment(
        appointment=second, reason=CancellationReason.PATIENT, now=NOW, by=clinic.staff
    )
    closure = shut(clinic)

    assert [each.appointment.pk for each in closure_hits(closure, now=NOW)] == [first.pk]
    assert closure_hits(closure, now=START + 2 * HOUR) == ()


def test_a_closure_blocks_new_bookings_at_once_and_keeps_those_made(clinic: Clinic) -> None:
    kept = book(clinic)

    closure = shut(clinic)

    with pytest.raises(operations.OutsideHours):
        book(clinic, patient=make_patient(clinic.organization), start=LATER)
    assert find_slots(offering=clinic.offering, first=START, until=START + 8 * HOUR, now=NOW) == []
    assert (closure.closed_by, closure.closed_at) == (clinic.nora, NOW)
    assert Appointment.objects.get(pk=kept.pk).revision == 1


def test_remedies_are_what_can_be_had(clinic: Clinic) -> None:
    book(clinic)
    spare = spare_console(clinic)
    closure = shut(clinic)

    (hit,) = closure_hits(closure, now=NOW)
    remedies = remedies_of(hit, now=NOW)

    assert dict(remedies.swaps) == {"console": (spare,)}
    assert (remedies.can_swap, remedies.obstacle) == (True, None)
    # With the spare one even the same day is to be had: of each morning and afternoon the first time.
    assert [each.start for each in remedies.slots] == [
        START - 1.75 * HOUR, START + 3 * HOUR, START + DAY - 1.75 * HOUR, START + DAY + 3 * HOUR,
    ]  # fmt: skip


def test_without_a_spare_one_there_are_other_times_only(clinic: Clinic) -> None:
    book(clinic)
    closure = shut(clinic)

    (hit,) = closure_hits(closure, now=NOW)
    remedies = remedies_of(hit, now=NOW)

    assert (dict(remedies.swaps), remedies.can_swap) == ({"console": ()}, False)
    assert remedies.slots[0].start >= START + 8 * HOUR


def test_proposals_do_not_get_in_each_others_way(clinic: Clinic) -> None:
    first, second = two_visits(clinic)
    closure = shut(clinic)

    moves = proposals_for(closure_hits(closure, now=NOW), now=NOW)
    spare_console(clinic)
    swaps = proposals_for(closure_hits(closure, now=NOW), now=NOW)
    outcomes = apply(
        clinic,
        closure,
        *(
            chosen(each.hit.appointment, ClosureAnswer.MOVE, start=each.slot and each.slot.start)
            for each in moves
        ),
    )

    # The next day begins at 7:15; the second one has to wait until everything the first needs is free again.
    assert [each.slot and each.slot.start for each in moves] == [
        START + DAY - 1.75 * HOUR, START + DAY + 0.25 * HOUR,
    ]  # fmt: skip
    assert [(each.answer, each.taking and each.taking.name) for each in swaps] == [("swap", "Console 2")] * 2
    assert refused(outcomes) == [None, None]
    assert Appointment.objects.get(pk=second.pk).start.date() == (START + DAY).date()
    assert Appointment.objects.get(pk=first.pk).start.date() == (START + DAY).date()


def test_one_spare_device_is_proposed_to_one_of_two_at_the_same_time(clinic: Clinic) -> None:
    for kind, name, skill in (
        (ResourceKind.PRACTITIONER, "Radiologist 2", "radiology"),
        (ResourceKind.ROOM, "Room 2", "ct"),
        (ResourceKind.DEVICE, "Console 2", "cryo-console"),
    ):
        make_resource(clinic.london, kind=kind, name=name, skills=[skill])
    book(clinic)
    book(clinic, patient=make_patient(clinic.organization), start=START + 15 * MINUTE)
    make_resource(clinic.london, kind=ResourceKind.DEVICE, name="Console 3", skills=["cryo-console"])
    closures = [shut(clinic), shut(clinic, resource=Resource.objects.get(name="Console 2"))]

    hits = [hit for closure in closures for hit in closure_hits(closure, now=NOW)]
    found = proposals_for(hits, now=NOW)

    assert [(each.answer, each.taking and each.taking.name) for each in found] == [
        ("swap", "Console 3"),
        ("move", None),
    ]


def test_patient_who_is_here_is_not_sent_to_another_day(clinic: Clinic) -> None:
    visit = book(clinic)
    closure = shut(clinic)
    operations.mark_arrived(appointment=visit, now=START - HOUR, by=clinic.staff)

    (hit,) = closure_hits(closure, now=START - HOUR)

    assert remedies_of(hit, now=START - HOUR).slots == ()


def test_choices_are_done_each_by_itself(clinic: Clinic) -> None:
    first, second = two_visits(clinic)
    third = book(clinic, patient=make_patient(clinic.organization), start=START + 6 * HOUR)
    spare_console(clinic)
    closure = shut(clinic, end=START + 9 * HOUR)

    outcomes = apply(
        clinic,
        closure,
        chosen(first, ClosureAnswer.SWAP),
        chosen(second, ClosureAnswer.MOVE, start=NEXT_WEEK),
        chosen(third, ClosureAnswer.LEAVE, reason="Comes back at noon"),
    )

    assert refused(outcomes) == [None, None, None]
    assert first.allocations.get(leg="console", active=True).resource.name == "Console 2"
    assert Appointment.objects.get(pk=second.pk).start == NEXT_WEEK
    assert second.changes.last().reason == "Closed: Console leaks gas."  # type: ignore[union-attr]
    assert [(each.appointment.pk, each.left) for each in closure_hits(closure, now=NOW)] == [
        (third.pk, "Comes back at noon")
    ]
    rows = ClosureChoice.objects.order_by("id").values_list("appointment", "answer", "about_start", "user")
    assert list(rows) == [
        (first.pk, "swap", START, clinic.nora.pk),
        (second.pk, "move", NEXT_WEEK, clinic.nora.pk),
        (third.pk, "leave", START + 6 * HOUR, clinic.nora.pk),
    ]


def test_one_refusal_changes_nothing_of_its_visit_and_stops_no_other(clinic: Clinic) -> None:
    first, second = two_visits(clinic)
    closure = shut(clinic)

    outcomes = apply(
        clinic,
        closure,
        chosen(first, ClosureAnswer.SWAP),
        chosen(second, ClosureAnswer.MOVE, start=NEXT_WEEK),
    )

    assert refused(outcomes) == ["NoSuchResource", None]
    untouched = Appointment.objects.get(pk=first.pk)
    assert (untouched.revision, untouched.changes.count(), untouched.closure_choices.count()) == (1, 1, 0)
    assert Appointment.objects.get(pk=second.pk).start == NEXT_WEEK


def test_two_visits_moved_to_one_time_leave_one_where_it_was(clinic: Clinic) -> None:
    first, second = two_visits(clinic)
    closure = shut(clinic)

    outcomes = apply(
        clinic,
        closure,
        chosen(first, ClosureAnswer.MOVE, start=NEXT_WEEK),
        chosen(second, ClosureAnswer.MOVE, start=NEXT_WEEK),
    )

    assert refused(outcomes) == [None, "SlotTaken"]
    assert Appointment.objects.get(pk=second.pk).start == LATER


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"answer": ClosureAnswer.LEAVE}, "ClosureNeedsAReason"),
        ({"answer": ClosureAnswer.LEAVE, "reason": "x", "revision": 9}, "StaleRevision"),
        ({"answer": ClosureAnswer.MOVE}, "NewStartNeeded"),
        ({"answer": ClosureAnswer.MOVE, "start": START}, "AlreadyThere"),
        ({"answer": ClosureAnswer.MOVE, "start": START + HOUR}, "OutsideHours"),
        ({"answer": ClosureAnswer.MOVE, "start": NOW + HOUR}, "TooShortNotice"),
        ({"answer": ClosureAnswer.SWAP, "revision": 9}, "StaleRevision"),
    ],
    ids=["no reason", "changed", "no start", "stays", "closed then too", "too soon", "changed before a swap"],
)
def test_a_choice_is_refused_by_the_rule_it_breaks(
    clinic: Clinic, fields: dict[str, Any], expected: str
) -> None:
    appointment = book(clinic)
    closure = shut(clinic)

    outcomes = apply(clinic, closure, Choice(**{"appointment": appointment, "revision": 1, **fields}))

    assert refused(outcomes) == [expected]


def test_the_same_choice_twice_is_done_once(clinic: Clinic) -> None:
    appointment = book(clinic)
    spare_console(clinic)
    closure = shut(clinic)
    choice = chosen(appointment, ClosureAnswer.SWAP)

    assert refused(apply(clinic, closure, choice)) == [None]
    assert refused(apply(clinic, closure, choice)) == ["NotHit"]


def test_a_visit_of_which_two_legs_are_hit_is_swapped_whole_or_not_at_all(clinic: Clinic) -> None:
    clinic.offering.leg_overrides = {"bay": {"count": 2}}
    clinic.offering.save()
    appointment = book(clinic)
    bays = Resource.objects.filter(location=clinic.london, kind="bay")
    OpeningException.objects.create(
        location=clinic.london, resource=bays[1], period=(START, START + DAY), reason="Out"
    )
    closure = shut(clinic, resource=None)
    before = set(Allocation.objects.filter(active=True).values_list("resource", flat=True))

    outcomes = apply(clinic, closure, chosen(appointment, ClosureAnswer.SWAP))

    assert refused(outcomes) == ["NoSuchResource"]
    assert set(Allocation.objects.filter(active=True).values_list("resource", flat=True)) == before


def test_left_counts_for_the_start_it_was_said_of(clinic: Clinic) -> None:
    appointment = book(clinic)
    closure = shut(clinic)
    apply(clinic, closure, chosen(appointment, ClosureAnswer.LEAVE, reason="Repaired by then"))
    OpeningException.objects.update(reopened_at=NOW, reopened_by=clinic.nora)
    operations.move_appointment(appointment=appointment, start=START + HOUR, now=NOW, by=clinic.staff)
    OpeningException.objects.update(reopened_at=None, reopened_by=None)

    assert [each.left for each in closure_hits(closure, now=NOW)] == [""]


def test_reopening_lets_bookings_in_and_stays_on_record(clinic: Clinic) -> None:
    closure = shut(clinic)

    opened = reopen(closure=closure, now=NOW + HOUR, by=clinic.staff)

    assert (opened.reopened_by, opened.reopened_at) == (clinic.nora, NOW + HOUR)
    assert book(clinic).start == START
    assert find_slots(offering=clinic.offering, first=LATER, until=LATER + HOUR, now=NOW) != []
    assert closure_hits(opened, now=NOW) == ()
    with pytest.raises(AlreadyReopened):
        reopen(closure=closure, now=NOW + HOUR, by=clinic.staff)
    with pytest.raises(AlreadyReopened):
        apply(clinic, closure)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"end": START - HOUR}, EndsBeforeItBegins),
        ({"begin": NOW - DAY, "end": NOW}, ClosureIsOver),
        ({"reason": " "}, ClosureNeedsAReason),
        ({"begin": START.replace(tzinfo=None)}, operations.StartIsNaive),
    ],
)
def test_a_closure_must_make_sense(
    clinic: Clinic, changes: dict[str, Any], expected: type[Exception]
) -> None:
    with pytest.raises(expected):
        shut(clinic, **changes)


def test_a_closure_is_of_its_own_location_and_by_a_person(clinic: Clinic) -> None:
    with pytest.raises(ElsewhereResource):
        shut(clinic, resource=clinic.resource("device", clinic.new_york))
    with pytest.raises(PersonNeeded):
        shut(clinic, by=clinic.portal)


def test_what_was_closed_in_the_records_counts_as_a_closure(clinic: Clinic) -> None:
    book(clinic)
    OpeningException.objects.create(
        location=clinic.london, period=(START, START + dt.timedelta(hours=1)), reason="Fire drill"
    )
    closure = OpeningException.objects.closures().get()

    assert len(closure_hits(closure, now=NOW)) == 1
