"""Made-up histories keep every promise, and the promises would notice if they did not."""

import datetime as dt
import io
import json
import sys
from collections import Counter
from dataclasses import replace

import pytest
from django.core.management import CommandError, call_command
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cryoclinic.soak import draws, promises
from cryoclinic.soak.histories import history
from cryoclinic.soak.playing import Scene, Sent, play
from cryoclinic.soak.running import run
from procedures.preparation import Hold, HoldOption, HoldStatus
from procedures.steps import Gate, Trigger

SEED = 2027
IN_FULL = 10_000
SOME = 300

quickly = settings(
    derandomize=True, max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)


@pytest.mark.slow
@quickly
@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_any_history_keeps_every_promise(seed: int, number: int) -> None:
    assert promises.broken_by(history(seed=seed, number=number)) == ()


@pytest.mark.full
def test_ten_thousand_histories_keep_every_promise(capsys: pytest.CaptureFixture[str]) -> None:
    batches = list(run(seed=SEED, first=0, histories=IN_FULL, processes=2))

    count = sum(batch.histories for batch in batches)
    events = sum(batch.events for batch in batches)
    with capsys.disabled():
        sys.stdout.write(f"\n{count:,} histories with {events:,} events\n")
    assert count == IN_FULL
    assert [broken for batch in batches for broken in batch.broken] == []


def test_number_and_seed_make_the_history() -> None:
    same, another = history(seed=SEED, number=3), history(seed=SEED + 1, number=3)

    assert history(seed=SEED, number=3) == same
    assert another != same


@pytest.mark.slow
def test_draws_reach_every_corner() -> None:
    told = [history(seed=SEED, number=number) for number in range(SOME)]

    days = [each.case.start.astimezone(each.case.zone).date() for each in told]
    on_change = [day in draws.changes_of(each.case.zone.key) for each, day in zip(told, days, strict=True)]
    whats = Counter(event.what for each in told for event in each.events)
    assert len({each.case.zone.key for each in told}) > SOME // 3
    assert sum(on_change) > SOME // 15
    assert {(2, 29), (12, 31), (1, 1)} <= {(day.month, day.day) for day in days}
    assert set(whats) == {"booked", "signed", "unsigned", "moved", "medicine", "cancelled", "ended"}
    assert {each.case.procedure for each in told} == {name for name, _ in draws.vocabulary().procedures}


def test_zones_are_all_of_the_world_and_their_changes_are_found() -> None:
    changes = draws.changes_of("Europe/London")

    assert len(draws.vocabulary().zones) > 400
    assert [day for day in changes if day.year == 2027] == [dt.date(2027, 3, 28), dt.date(2027, 10, 31)]
    assert draws.changes_of("Asia/Kolkata") == ()


# --- the promises have teeth --------------------------------------------------------------------------------------


def scene_where(wanted: object) -> Scene:
    """Return the first scene of the seed that has something."""
    assert callable(wanted)
    scenes = (scene for number in range(SOME) for scene in play(history(seed=SEED, number=number)))
    return next(scene for scene in scenes if wanted(scene))


def complaints(name: str, scene: Scene) -> list[str]:
    promise = {**promises.PREPARING, **promises.TELLING}[name]
    return list(promise(scene, history(seed=SEED, number=0)))


def planned_otherwise(scene: Scene, **changes: object) -> Scene:
    plan = replace(scene.ground.plan, **changes)  # type: ignore[arg-type]
    return replace(scene, ground=replace(scene.ground, plan=plan))


def has_fasting_times(scene: Scene) -> bool:
    return scene.ground.plan.fasting is not None and bool(scene.ground.plan.fasting.stops)


def test_stop_by_the_clock_on_the_wall_is_noticed() -> None:
    scene = scene_where(has_fasting_times)
    fasting = scene.ground.plan.fasting
    assert fasting is not None
    assert fasting.solids_stop is not None

    spoiled = planned_otherwise(
        scene, fasting=replace(fasting, solids_stop=fasting.solids_stop + dt.timedelta(hours=1))
    )

    assert complaints("fasting_is_elapsed_hours", scene) == []
    assert len(complaints("fasting_is_elapsed_hours", spoiled)) == 1


def ranged_in(scene: Scene) -> list[Hold]:
    return [hold for hold in scene.ground.plan.holds if hold.status is HoldStatus.NEEDS_CHOICE]


def test_proposal_without_a_number_is_noticed() -> None:
    scene = scene_where(lambda each: ranged_in(each) != [])
    ranged = ranged_in(scene)[0]

    spoiled = planned_otherwise(
        scene, holds=(replace(ranged, status=HoldStatus.PROPOSED, settled=HoldOption(), options=()),)
    )

    assert complaints("ranges_stay_ranges", scene) == []
    assert complaints("ranges_stay_ranges", spoiled) != []


def test_another_plan_for_the_same_case_is_noticed() -> None:
    scene = scene_where(lambda each: each.ground.plan.continued)

    spoiled = planned_otherwise(scene, lead_time_days=99, continued=())

    assert complaints("plan_depends_on_its_inputs_alone", spoiled) != []
    assert (
        complaints(
            "timeline_depends_on_its_inputs_alone",
            replace(scene, timeline=replace(scene.timeline, messages=())),
        )
        != []
    )


def sent_in(scene: Scene) -> Sent:
    return scene.sent[0]


def test_medicine_without_a_signature_is_noticed() -> None:
    scene = scene_where(lambda each: each.sent and not each.ground.signed)
    sent = sent_in(scene)
    gated = replace(sent, notices=(replace(sent.notices[0], gate=Gate.SIGNATURE),))
    named = replace(sent, words=("Stop apixaban on Monday.",))
    told = replace(sent, message=replace(sent.message, facts=(("medicine_plan", "text:x"),)))

    for spoiled in (gated, named, told):
        assert len(complaints("unsigned_is_unsaid", replace(scene, sent=(spoiled,)))) == 1


def test_instruction_that_comes_too_late_is_noticed() -> None:
    scene = scene_where(
        lambda each: any(
            "solids_stop" in dict(sent.message.facts) and sent.message.trigger is Trigger.SCHEDULED
            for sent in each.sent
        )
    )
    sent = next(each for each in scene.sent if "solids_stop" in dict(each.message.facts))

    spoiled = replace(sent, at=scene.ground.booking.start - dt.timedelta(minutes=1))

    assert complaints("nothing_past_is_asked", scene) == []
    assert complaints("nothing_past_is_asked", replace(scene, sent=(spoiled,))) != []


def test_reminder_after_a_cancellation_is_noticed() -> None:
    scene = scene_where(lambda each: each.sent and each.sent[0].message.trigger is Trigger.SCHEDULED)
    off = replace(scene.ground, booking=replace(scene.ground.booking, state="cancelled"))

    assert complaints("cancelled_is_silent", replace(scene, ground=off)) != []


# --- the command --------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_command_counts_in_json_lines() -> None:
    output = io.StringIO()

    call_command("soak", histories=3, seed=SEED, processes=1, stdout=output)

    [line] = [json.loads(each) for each in output.getvalue().splitlines()]
    assert (line["histories"], line["broken"], line["of"], line["seed"]) == (3, 0, 3, SEED)
    assert line["events"] >= 6


def test_command_refuses_to_do_nothing() -> None:
    with pytest.raises(CommandError) as refused:
        call_command("soak", histories=0)

    assert refused.value.returncode == 2
